# The package itself: what it installs, how far it is locked in, what it leaves behind.

package() {
    for unit in consentd.socket consentd-admin.socket consentd-resume.timer; do
        check "$unit listens and is enabled" systemctl is-active --quiet $unit
        check "$unit is enabled" systemctl is-enabled --quiet $unit
    done
    check "nothing runs" is_dead
    check "the first request is answered" serving
    check "modes" [ "$(stat -c '%a %G' $publish $admin | tr '\n' ' ')" = "660 consent-publish 660 consent-admin " ]
    check "state mode" [ "$(stat -Lc %a /var/lib/private/consentd)" = 700 ]
    check "pages" man -w consentd consentctl consentd-rpc >/dev/null
    runuser -u nobody -- socat - UNIX-CONNECT:$publish </dev/null 2>/dev/null && die "a stranger can connect"
    # A debug build takes its runtime from the toolchain, and what that needs from other packages.
    if ! ldd /usr/sbin/consentd | grep -q swift; then
        depends=$(dpkg-query -W -f '${Depends}' consentd | sed 's/ ([^)]*)//g')
        check "it depends on $depends" [ "$depends" = "libc6, libsystemd0, libcurl4, systemd" ]
    fi
    echo "installed: $(dpkg-query -W -f '${Version}, ${Installed-Size} KiB, ${Depends}' consentd)"
    # What an operator has turned off stays off, and what was on comes back.
    systemctl disable --now consentd-resume.timer 2>/dev/null
    apt-get remove -y consentd >/run/apt.log 2>&1 || die "apt remove"
    check "nothing listens" [ ! -e $publish ]
    check "nothing is left running" is_dead
    install_package
    for unit in consentd.socket consentd-admin.socket; do
        check "$unit listens after remove and install" systemctl is-active --quiet $unit
        check "$unit is enabled after remove and install" systemctl is-enabled --quiet $unit
    done
    systemctl is-enabled --quiet consentd-resume.timer && die "remove and install turned the timer on"
    check "it serves after remove and install" serving
    CONSENTD_KEEP_STATE=1 apt-get purge -y consentd >/run/apt.log 2>&1 || die "apt purge"
    left=$(find /etc/systemd -name '*consentd*')
    check "purge left $left" [ -z "$left" ]
    check "the state was to be kept" [ -d /var/lib/private/consentd/journal ]
    install_package
    check "an upgrade keeps serving" serving
    check "the timer is on again" systemctl is-active --quiet consentd-resume.timer
    apt-get purge -y consentd >/run/apt.log 2>&1 || die "apt purge"
    rm -rf /run/systemd/system/consentd.service.d
    left=$(find /etc /run /usr /var/lib -xdev -name '*consentd*' -not -path '/run/boot/*' | grep -v -e /var/lib/dpkg -e /var/lib/systemd)
    check "purge left $left" [ -z "$left" ]
    getent group consent-publish consent-admin && die "purge left groups"
    return 0
}

mount_options() { # DIRECTORY: of the mount that the daemon sees there
    awk -v place="$1" '$5 == place {options = $6} END {print options}' "/proc/$(main_pid)/mountinfo"
}

security() {
    for unit in consentd.socket consentd-admin.socket consentd.service consentd-resume.timer consentd-resume.service; do
        said=$(systemd-analyze verify /lib/systemd/system/$unit 2>&1)
        check "verify $unit: $said" [ -z "$said" ]
    done
    score=$(systemd-analyze security --no-pager consentd.service | sed -n 's/.*exposure level for consentd.service: \([0-9.]*\).*/\1/p')
    echo "exposure: $score"
    check "score $score" awk "BEGIN {exit !($score <= 1.3)}"
    check "it serves" serving
    status=/proc/$(main_pid)/status
    check "no capabilities" grep -q '^CapEff:[[:space:]]*0*$' "$status"
    check "a filter" grep -q '^Seccomp:[[:space:]]*2$' "$status"
    check "no new privileges" grep -q '^NoNewPrivs:[[:space:]]*1$' "$status"
    for place in /var/lib/private/consentd /tmp /var/tmp; do
        check "nothing in $place can be executed" grep -q noexec <<<"$(mount_options $place)"
    done
    for place in /dev /proc /sys; do
        check "it sees nothing of $place" [ -z "$(ls -A "/proc/$(main_pid)/root$place")" ]
    done
    [ "$(entries)" -le "$(entries PRIORITY=6)" ] || journalctl -u consentd --no-pager PRIORITY=3
    check "the runtime is content" [ "$(journalctl -u consentd -o cat --no-pager | grep -ci 'failed to set')" = 0 ]
}

# Without a package manager: install.sh, and the commands that it tells of.
by_hand() {
    CONSENTD_KEEP_STATE= apt-get purge -y consentd >/run/apt.log 2>&1 || die "apt purge"
    mkdir /run/tree
    sh /project/systemd/install.sh --binaries /suite --destdir /run/tree || die "install.sh"
    difference=$(diff <(cd /run/tree && find . -type f | sort) \
        <(dpkg-deb -c /package/consentd_*.deb | awk '$1 ~ /^-/ {print $6}' | sort))
    check "--destdir lays out what the package holds: $difference" [ -z "$difference" ]

    sh /project/systemd/install.sh --binaries /suite --prefix /usr/local || die "install.sh"
    eval "$(sed -n 's/^#   \(systemd-sysusers .*\)/\1/p; s/^#   \(systemctl .*\)/\1/p' /project/systemd/install.sh)" 2>/dev/null
    check "sockets listen" systemctl is-active --quiet consentd.socket consentd-admin.socket consentd-resume.timer
    check "it serves" serving
    check "it is this one" grep -q /usr/local/sbin/consentd <(systemctl show -p ExecStart consentd.service)
    check "the catalog explains" grep -q 'Nothing needs to be done' <(journalctl -x -u consentd --no-pager MESSAGE_ID=6c2096b7e13c40aba8b9377cfa3f8b93)
    check "completions for bash" bash -c '. /usr/local/share/bash-completion/completions/consentctl && complete -p consentctl' >/dev/null
    for file in zsh/vendor-completions/_consentctl fish/vendor_completions.d/consentctl.fish; do
        check "completions in $file" grep -q publish "/usr/local/share/$file"
    done
    echo "install.sh: $(cd /run/tree && find . -type f | wc -l) files, as in the package"
}

# Each example drop-in at work.
dropins() {
    local examples=/usr/share/doc/consentd/examples service=/etc/systemd/system/consentd.service.d
    mkdir -p $service
    setting CONSENTD_ALLOW_INSECURE_ENDPOINTS=1
    simulator
    cp $examples/10-network.conf $service/
    systemctl daemon-reload
    verified 10-network.conf
    configure >/dev/null
    event e1 ada@example.com >/dev/null
    check "what the list allows is reached" until_true 20 is_delivered e1
    # The simulator is at an address that the list does not name any more.
    sed -i /localhost/d $service/10-network.conf
    systemctl daemon-reload
    systemctl restart consentd.service
    event e2 ada@example.com >/dev/null
    check "what it does not is not" until_true 20 grep_status e2 '"attempts":[1-9]'
    check "and waits" [ "$(state_of e2)" != delivered ]
    rm $service/10-network.conf

    if [ "$(systemctl --version | awk 'NR == 1 {print $2}')" -ge 254 ]; then
        cp $examples/30-systemd-254.conf $service/
        systemctl daemon-reload
        verified 30-systemd-254.conf
        systemctl restart consentd.service
        check "a reload that waits" systemctl reload consentd.service
        rm $service/30-systemd-254.conf
    else
        echo "30-systemd-254.conf: this systemd is older"
    fi
    systemctl daemon-reload

    # A publisher with a user of its own for each run, as the README tells it.
    mkdir -p /etc/systemd/system/yours.service.d
    cat >/etc/publish <<'PUBLISHER'
echo '{"jsonrpc":"2.0","id":1,"method":"publishConsent","params":{"event":{"organization_user_id":"eve@example.com","preferences":{"tFyHkpl":true}}}}' |
    socat -t10 - UNIX-CONNECT:/run/consentd/publish.sock | grep '"seq"'
PUBLISHER
    printf '[Service]\nType=oneshot\nDynamicUser=yes\nExecStart=/bin/bash -o pipefail /etc/publish\n' >/etc/systemd/system/yours.service
    systemctl daemon-reload
    systemctl start yours.service 2>/dev/null && die "a publisher without the group can publish"
    for source in "$examples/40-publishers.conf" README; do
        if [ "$source" = README ]; then
            sed -n '/^# .etc.systemd.system.yours/,/^```/{/^```/d;p}' /project/README.md >/run/publisher.conf
            source=/run/publisher.conf
        fi
        check "an example in $source" grep -q SupplementaryGroups "$source"
        cp "$source" /etc/systemd/system/yours.service.d/consentd.conf
        systemctl daemon-reload
        systemctl reset-failed yours.service 2>/dev/null
        check "a publisher with $source" systemctl start yours.service
    done
    user=$(journalctl -u consentd -o json --no-pager CONSENTD_METHOD=publishConsent | grep -o '"CONSENTD_PEER_UID":"[0-9]*"' | tail -n 1 | tr -dc 0-9)
    check "the log names the publisher's own user, not $user" [ "$user" -ge 61184 ]
    check "a publisher may not configure" grep -q PERMISSION_DENIED <(call $publish listConfigurations)
    echo "drop-ins: network list, publishers"
}
grep_status() { call $publish deliveryStatus '{"event_id":"'"$1"'"}' | grep -q "$2"; }
verified() {
    local said; said=$(systemd-analyze verify consentd.service 2>&1)
    check "verify with $1: $said" [ -z "$said" ]
}

# Every command that the README has in "Install", "Operate" and "Call it from your service".
readme() {
    setting CONSENTD_ALLOW_INSECURE_ENDPOINTS=1
    simulator
    configure >/dev/null
    event e1 ada@example.com >/dev/null
    call $admin updateConfiguration '{"id":"cfg_00000001","revision":1,"patch":{"name":"people"}}' >/dev/null
    useradd somebody
    mkdir -p /run/there
    cd /run/there && cp /package/consentd_*.deb .
    local count=0 command output
    while IFS= read -r command; do
        count=$((count + 1))
        prepare "$command"
        command=${command//sudo /}
        command=${command//\/tmp\/consentd_0.1.0_amd64.deb/.\/consentd_*.deb}
        command=${command/apt install/apt-get install -y --reinstall}
        command=${command/apt purge/apt-get purge -y}
        command=${command//TARGET/\/run\/there\/backup}
        command=${command//STATE-DIRECTORY/\/run\/there\/state}
        command=${command// NAME/ somebody}
        output=$(eval "$command" 2>&1) || case $command in
            *is-active*) ;; # says what is not
            *) die "$command: $output" ;;
        esac
        case $command in
            *rotate-key*)
                rm /var/lib/private/consentd/keys/journal.kek
                systemctl start consentd.socket consentd-admin.socket consentd-resume.timer
                check "it serves under the new key" serving
                check "what was there is there" grep -q '"replayed":true' <(event e1 ada@example.com)
                ;;
        esac
        case $command in usermod* | *reload* | "systemctl stop"* | "systemctl start"* | *rotate-key*) continue ;; esac
        check "says something: $command" [ -n "$output" ]
    done < <(readme_commands)
    check "only $count commands found" [ "$count" -ge 15 ]
    echo "README: $count commands run"
}
readme_commands() {
    sed -n '/^## Install/,/^## What is where/p' /project/README.md | awk '
        /^```/ {inside = !inside; next}
        inside && /^\$ / {sub(/^\$ /, ""); if ($0 !~ /build-deb/) print; next}
        !inside {
            while (match($0, /`[^`]*`/)) {
                text = substr($0, RSTART + 1, RLENGTH - 2); $0 = substr($0, RSTART + RLENGTH)
                if (text ~ /^(sudo |CONSENTD_KEEP_STATE)?[A-Z_=1]* *(systemctl|journalctl|consentctl|apt|usermod) /) print text
            }
        }' | awk '/purge/ {last[++n] = $0; next} {print} END {for (i = 1; i <= n; i++) print last[i]}'
}
prepare() { # what a command of the README takes for granted
    case $1 in
        *"journal verify"* | *"journal rotate-key"*)
            systemctl stop consentd-resume.timer consentd.socket consentd-admin.socket consentd.service ;;&
        *"journal restore"*) mkdir -p -m 700 /run/there/state ;;
        *"journal rotate-key"*)
            mkdir -p -m 700 /etc/credstore
            head -c 32 /dev/urandom >/etc/credstore/journal.kek
            chmod 600 /etc/credstore/journal.kek ;;
        "systemctl reload"* | "systemctl status"* | "consentctl configuration"* | *backup*)
            systemctl start consentd.socket consentd-admin.socket consentd-resume.timer
            serving || die "no answer before $1" ;;
        *purge*) [ -x /usr/sbin/consentd ] || install_package ;;
    esac
}
