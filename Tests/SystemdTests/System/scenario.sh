#!/bin/bash
# One scenario in a freshly booted system with the package installed: scenario.sh NAME
# Prints what was measured; the exit status says whether everything was as it must be.
set -u
export DEBIAN_FRONTEND=noninteractive
admin=/run/consentd/admin.sock publish=/run/consentd/publish.sock

die() {
    echo "FAILED: $*"
    systemctl status --no-pager -n 0 consentd.service consentd.socket 2>&1 | head -30
    journalctl --no-pager -n 30 -u consentd.service -u consentd.socket
    exit 1
}
check() { "${@:2}" || die "$1"; }
call() { # SOCKET METHOD [PARAMS]: the answer of one call
    printf '{"jsonrpc":"2.0","id":1,"method":"%s","params":%s}' "$2" "${3:-{\}}" | socat -t10 - "UNIX-CONNECT:$1"
}
patient() { socat -t10 - "UNIX-CONNECT:$1"; }
serving() { call $publish health.check | grep -q '"SERVING"'; }
until_true() { # SECONDS COMMAND...
    local deadline=$((SECONDS + $1)); shift
    until "$@"; do [ $SECONDS -lt $deadline ] || return 1; sleep 0.1; done
}
is_dead() { ! systemctl is-active --quiet consentd.service; }
entries() { journalctl --no-pager -o cat -u consentd.service "$@" | wc -l; }
idle_exits() { entries MESSAGE_ID=d71fa02f69034de7a65e71c791363542; }
setting() { echo "$1" >>/etc/consentd/consentd.conf; }
dropin() {
    mkdir -p /run/systemd/system/$1.d
    printf '%s\n' "${@:2}" >/run/systemd/system/$1.d/test.conf
    systemctl daemon-reload
}
simulator() {
    /suite/salesforce-simulator --port 8080 >/run/simulator.log 2>&1 &
    simulator=$!
    until_true 10 bash -c 'exec 3<>/dev/tcp/127.0.0.1/8080' 2>/dev/null || die "no simulator"
}
configure() {
    call $admin createConfiguration '{"type_id":"sf-sales-cloud","name":"leads","authentication":{"url":"http://127.0.0.1:8080","client_id":"simulator-client","client_secret":"simulator-secret"},"properties":{"sobject":["Lead"]},"mappings":[{"id":"Newsletter__c","value":"tFyHkpl"}],"upsert_mode":true}'
}
event() { # ID SUBJECT
    call $publish publishConsent '{"event":{"id":"'"$1"'","organization_user_id":"'"$2"'","preferences":{"tFyHkpl":true}}}'
}
state_of() { call $publish deliveryStatus '{"event_id":"'"$1"'"}' | grep -o '"state":"[a-z_]*"' | cut -d '"' -f 4; }
is_delivered() { [ "$(state_of "$1")" = delivered ]; }
restarts() { systemctl show -p NRestarts --value consentd.service; }
has_restarted() { [ "$(restarts)" -ge 1 ]; }
main_pid() { systemctl show -p MainPID --value consentd.service; }
milliseconds() { echo $(($(date +%s%N) / 1000000)); }

install_package() {
    apt-get install -y /package/consentd_*.deb >/run/apt.log 2>&1 || { cat /run/apt.log; die "apt install"; }
    # A debug build takes its runtime from the toolchain, which the unit hides.
    local libraries
    libraries=$(ldd /usr/sbin/consentd | awk '$3 ~ /swift/ {print $3}')
    [ -z "$libraries" ] || cp $libraries "/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)/"
}

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
    echo "installed: $(dpkg-query -W -f '${Version}, ${Installed-Size} KiB, ${Depends}' consentd)"
    CONSENTD_KEEP_STATE=1 apt-get purge -y consentd >/run/apt.log 2>&1 || die "apt purge"
    check "the state was to be kept" [ -d /var/lib/private/consentd/journal ]
    install_package
    check "an upgrade keeps serving" serving
    apt-get purge -y consentd >/run/apt.log 2>&1 || die "apt purge"
    left=$(find /etc /run /usr /var/lib -xdev -name '*consentd*' -not -path '/run/boot/*' | grep -v -e /var/lib/dpkg -e /var/lib/systemd)
    check "purge left $left" [ -z "$left" ]
    getent group consent-publish consent-admin && die "purge left groups"
    return 0
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
    [ "$(entries)" -le "$(entries PRIORITY=6)" ] || journalctl -u consentd --no-pager PRIORITY=3
    check "the runtime is content" [ "$(journalctl -u consentd -o cat --no-pager | grep -ci 'failed to set')" = 0 ]
}

activation() {
    local times=() begin slowest=0
    serving || die "no first answer"
    systemctl stop consentd.service
    for _ in $(seq 50); do
        begin=$(milliseconds)
        serving || die "activation ${#times[@]} was not answered"
        times+=($(($(milliseconds) - begin)))
        systemctl stop consentd.service
    done
    sorted=($(printf '%s\n' "${times[@]}" | sort -n))
    echo "activation to answer, with socat's own start: median ${sorted[25]} ms, slowest ${sorted[49]} ms of 50"
    # The limit is 500 on a quiet machine; one that builds something meanwhile may take longer.
    check "soon enough" [ "${sorted[49]}" -lt "${1:-500}" ]
    for _ in $(seq 30); do
        serving || die "one of 30 in a row was not answered"
        systemctl stop consentd.service
    done
    check "the socket unit survives" systemctl is-active --quiet consentd.socket consentd-admin.socket
}

idle() {
    setting CONSENTD_IDLE_EXIT=250ms
    local asked=0 answered=0
    until [ "$(idle_exits)" -ge 20 ]; do
        for _ in $(seq 10); do
            asked=$((asked + 1))
            serving && answered=$((answered + 1))
            sleep "0.$((200 + RANDOM % 120))"
        done
        [ $asked -lt 1500 ] || die "only $(idle_exits) idle exits"
    done
    echo "idle exits: $(idle_exits), requests: $asked, answered: $answered"
    check "every request is answered" [ $asked = $answered ]
    check "the socket unit survives" systemctl is-active --quiet consentd.socket consentd-admin.socket
}

resume() {
    setting CONSENTD_IDLE_EXIT=300ms
    setting CONSENTD_ALLOW_INSECURE_ENDPOINTS=1
    dropin consentd-resume.timer '[Timer]' 'OnUnitInactiveSec=1s' 'AccuracySec=100ms'
    systemctl restart consentd-resume.timer
    check "configuration" grep -q '"state":"active"' <(configure)
    check "publish" grep -q '"seq"' <(event e1 ada@example.com)
    check "an idle exit although something waits for its retry" until_true 20 is_dead
    simulator
    # Nobody calls until the work is done: the mark goes when nothing is left to do.
    check "work goes on without a client" until_true 90 [ ! -e /var/lib/private/consentd/resume-at ]
    check "delivered" until_true 60 is_delivered e1
}

crash() {
    setting CONSENTD_ALLOW_INSECURE_ENDPOINTS=1
    check "configuration" grep -q '"state":"active"' <(configure)
    for number in $(seq 20); do
        check "publish $number" grep -q '"seq"' <(event "e$number" "person$number@example.com")
    done
    kill -KILL "$(main_pid)"
    check "a restart" until_true 20 has_restarted
    simulator
    for number in $(seq 20); do
        check "event $number is delivered" until_true 60 is_delivered "e$number"
    done
    echo "20 of 20 events delivered after SIGKILL"
}

watchdog() {
    dropin consentd.service '[Service]' 'WatchdogSec=4s' 'RestartSec=100ms'
    serving || die "no answer"
    kill -STOP "$(main_pid)"
    check "a stopped process is replaced" until_true 30 has_restarted
    check "and serves" until_true 10 serving
    echo "stopped process: restarted"
    [ -x /usr/bin/strace ] || die "needs strace"
    simulator
    setting CONSENTD_ALLOW_INSECURE_ENDPOINTS=1
    systemctl restart consentd.service
    systemctl reset-failed consentd.service
    local before pid
    configure >/dev/null
    pid=$(main_pid)
    strace -f -qq -e trace=fdatasync -e inject=fdatasync:delay_enter=60000000 -o /dev/null -p "$pid" &
    local tracer=$!
    sleep 1
    event blocked ada@example.com >/dev/null &
    is_caught() { [ "$(systemctl show -p Result --value consentd.service)" = watchdog ]; }
    is_replaced() { local now; now=$(main_pid); [ "$now" != 0 ] && [ "$now" != "$pid" ]; }
    check "a blocked journal thread is noticed" until_true 40 is_caught
    # Whoever traces a process keeps it from ending.
    kill -KILL $tracer
    check "it is replaced" until_true 40 is_replaced
    check "and serves" until_true 10 serving
    echo "blocked journal thread: restarted"
}

corrupt() {
    serving || die "no answer"
    systemctl stop consentd.service
    printf XXXX | dd of=/var/lib/private/consentd/journal/MANIFEST bs=1 seek=2 conv=notrunc status=none
    for _ in $(seq 5); do
        check "callers are told" grep -q '"DATA_LOSS"' <(event e1 ada@example.com)
        check "health" grep -q NOT_SERVING <(call $publish health.check)
    done
    check "it stays up" systemctl is-active --quiet consentd.service consentd.socket consentd-admin.socket
    check "the status names the command" grep -q 'consentctl journal' <(systemctl show -p StatusText consentd.service)
    check "the catalog explains" grep -q 'consentctl journal verify' <(journalctl -x -u consentd --no-pager MESSAGE_ID=9d55b3f6a8a742bb91775b2901305615)
    systemctl show -p StatusText --value consentd.service
}

reload() {
    serving || die "no answer"
    local pid; pid=$(main_pid)
    setting CONSENTD_LOG_LEVEL=debug
    check "reload" systemctl reload consentd.service
    check "settings are read again" until_true 5 grep -q . <(journalctl -u consentd -o cat --no-pager MESSAGE_ID=1c631b2cb6a444ff8f9c98a2d8b21679)
    setting CONSENTD_LOG_LEVEL=loud
    systemctl reload consentd.service
    bad() { systemctl show -p StatusText --value consentd.service | grep -q 'not reloaded.*loud'; }
    check "the status tells of bad settings" until_true 10 bad
    check "the same daemon serves on" [ "$(main_pid)" = "$pid" ]
    serving || die "no answer"
    systemctl stop consentd.service
    check "bad settings at a start are told to callers" grep -q FAILED_PRECONDITION <(event e1 a@example.com)
    sed -i '/loud/d' /etc/consentd/consentd.conf
    systemctl reload consentd.service
    check "good settings heal it" until_true 10 serving
}

logs() {
    setting CONSENTD_LOG_LEVEL=trace
    setting CONSENTD_ALLOW_INSECURE_ENDPOINTS=1
    simulator
    configure >/dev/null
    event e1 canary-subject@example.com >/dev/null
    check "delivered" until_true 20 is_delivered e1
    call $publish createConfiguration >/dev/null
    call $admin updateConfiguration '{"id":"cfg_00000001","revision":1,"patch":{"authentication":{"client_secret":"canary-secret"}}}' >/dev/null
    sleep 0.5
    check "no subject, no secret" [ "$(journalctl -o export --no-pager | grep -ac -e canary-subject -e canary-secret -e simulator-secret)" = 0 ]
    for method in createConfiguration updateConfiguration publishConsent; do
        entry=$(journalctl -u consentd -o json --no-pager CONSENTD_METHOD=$method | head -1)
        check "an entry for $method" grep -q '"CONSENTD_PEER_UID":"0"' <<<"$entry"
    done
    check "a refusal too" grep -q . <(journalctl -u consentd -o cat --no-pager CONSENTD_STATUS=PERMISSION_DENIED)
    check "a sequence number" grep -q . <(journalctl -u consentd -o cat --no-pager CONSENTD_SEQ=2)
    check "nothing but native entries" [ "$(journalctl -u consentd -o cat --no-pager _TRANSPORT=stdout _COMM=consentd | wc -l)" = 0 ]
}

stop_drains() {
    setting CONSENTD_ALLOW_INSECURE_ENDPOINTS=1
    configure >/dev/null
    for number in $(seq 200); do
        printf '{"jsonrpc":"2.0","id":%s,"method":"publishConsent","params":{"event":{"organization_user_id":"p%s@example.com","preferences":{"tFyHkpl":true}}}}' "$number" "$number"
    done >/run/requests
    local begin answers
    (cat /run/requests; sleep 1) | patient $publish >/run/answers &
    sleep 0.2
    begin=$(milliseconds)
    systemctl stop consentd.service
    echo "stopped after $(($(milliseconds) - begin)) ms"
    check "within five seconds" [ $(($(milliseconds) - begin)) -lt 5000 ]
    wait $!
    answers=$(grep -c '"seq"' /run/answers)
    check "what was read was answered ($answers)" [ "$answers" = 200 ]
    check "an end as asked" [ "$(systemctl show -p Result --value consentd.service)" = success ]
}

# The whole end-to-end suite in the unit's sandbox: its daemons inherit the filters, the file systems and the user.
suite() {
    [ -x /suite/consentdPackageTests.xctest ] || die "no test program"
    sed -e 's|^ExecStart=.*|ExecStart=/suite/consentdPackageTests.xctest --testing-library swift-testing --filter EndToEndTests|' \
        -e 's|^Type=.*|Type=oneshot|' -e 's|^TimeoutStartSec=.*|TimeoutStartSec=9min|' \
        -e '/^\(ExecReload\|Sockets\|Requires\|WatchdogSec\|Restart\|NotifyAccess\|Memory[HM]\|TasksMax\|InaccessiblePaths\)/d' \
        -e 's|^User=.*|User=consentd-suite|' -e '/^\(StateDirectory\|NoExecPaths\|ExecPaths\|LoadCredential\|Environment\)/d' -e '/^\[Install\]/,$d' \
        /lib/systemd/system/consentd.service >/run/systemd/system/consentd-suite.service
    systemctl daemon-reload
    systemctl start consentd-suite.service
    said=$(journalctl -u consentd-suite.service -o cat --no-pager)
    grep -E '✘|Test run with' <<<"$said" | tail -n 20
    check "the suite passes" [ "$(systemctl show -p Result --value consentd-suite.service)" = success ]
    check "tests ran" grep -Eq 'Test run with [1-9][0-9]+ tests' <<<"$said"
}

install_package
"$@" || die "$*"
echo "passed: $1"
