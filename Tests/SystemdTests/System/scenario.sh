#!/bin/bash
# One scenario in a freshly booted system with the package installed: scenario.sh NAME [ARGUMENT]...
# Prints what was measured; the exit status says whether everything was as it must be. Expects
#   /package  the package
#   /suite    the programs as they were built, and the test program
#   /project  the project's systemd/ and README.md
set -u
export DEBIAN_FRONTEND=noninteractive
admin=/run/consentd/admin.sock publish=/run/consentd/publish.sock state=/var/lib/private/consentd

die() {
    echo "FAILED: $*"
    systemctl status --no-pager -n 0 consentd.service consentd.socket 2>&1 | head -30
    journalctl --no-pager -n 30 -u consentd.service -u consentd.socket
    exit 1
}
check() { "${@:2}" || die "$1"; }
call() { # SOCKET METHOD [PARAMS]: the answer of one call
    printf '{"jsonrpc":"2.0","id":1,"method":"%s","params":%s}' "$2" "${3:-{\}}" | socat -t60 - "UNIX-CONNECT:$1"
}
patient() { socat -t60 - "UNIX-CONNECT:$1"; }
serving() { call $publish health.check | grep -q '"SERVING"'; }
until_true() { # SECONDS COMMAND...
    local deadline=$((SECONDS + $1)); shift
    until "$@"; do [ $SECONDS -lt $deadline ] || return 1; sleep 0.1; done
}
is_dead() { ! systemctl is-active --quiet consentd.service; }
# What was written a moment ago is read too.
journalctl() { command journalctl --sync; command journalctl "$@"; }
entries() { journalctl --no-pager -o cat -u consentd.service "$@" | wc -l; }
has_entries() { [ "$(entries "$@")" -gt 0 ]; }
idle_exits() { entries MESSAGE_ID=d71fa02f69034de7a65e71c791363542; }
setting() { echo "$1" >>/etc/consentd/consentd.conf; }
dropin() {
    mkdir -p /run/systemd/system/$1.d
    printf '%s\n' "${@:2}" >/run/systemd/system/$1.d/test.conf
    systemctl daemon-reload
}
simulator() { # [OPTION]...
    /suite/salesforce-simulator --port 8080 "$@" >/run/simulator.log 2>&1 &
    simulator=$!
    until_true 10 bash -c 'exec 3<>/dev/tcp/127.0.0.1/8080' 2>/dev/null || die "no simulator"
}
configure() { # [ADDRESS]
    call $admin createConfiguration '{"type_id":"sf-sales-cloud","name":"leads","authentication":{"url":"'"${1:-http://127.0.0.1:8080}"'","client_id":"simulator-client","client_secret":"simulator-secret"},"properties":{"sobject":["Lead"]},"mappings":[{"id":"Newsletter__c","value":"tFyHkpl"}],"upsert_mode":true}'
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
}

for file in package life state suite; do . "$(dirname "$0")/$file.sh"; done
install_package
"$@" || die "$*"
# Whatever the scenario was about: no daemon broke down on its way (SIGILL and SIGTRAP are how Swift's runtime ends one).
check "no daemon broke down" [ "$(journalctl -o cat --no-pager | grep -Ec 'status=(4/ILL|5/TRAP|7/BUS|8/FPE|11/SEGV)')" = 0 ]
echo "passed: $1"
