# What the daemon says and takes: damage, settings, logs, keys, certificates.

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

# Options, which a drop-in may give, are not lost although the command line cannot be read from /proc.
options() {
    dropin consentd.service '[Service]' 'ExecStart=' 'ExecStart=/usr/sbin/consentd --idle-exit 300ms'
    serving || die "no answer"
    check "an option is heard, since without it an idle exit takes two minutes" until_true 20 is_dead
    dropin consentd.service '[Service]' 'ExecStart=' 'ExecStart=/usr/sbin/consentd --nonsense' 'Restart=no'
    systemctl start consentd.service 2>/dev/null
    check "a wrong one is refused" [ "$(systemctl show -p ExecMainStatus --value consentd.service)" = 64 ]
}

reload() {
    serving || die "no answer"
    local pid; pid=$(main_pid)
    setting CONSENTD_LOG_LEVEL=debug
    check "reload" systemctl reload consentd.service
    check "settings are read again" until_true 5 has_entries MESSAGE_ID=1c631b2cb6a444ff8f9c98a2d8b21679
    event e1 a@example.com >/dev/null
    check "an entry for a call" until_true 5 has_entries CONSENTD_METHOD=publishConsent
    # The level is that of the next call; nothing is started anew.
    sed -i s/=debug/=error/ /etc/consentd/consentd.conf
    systemctl reload consentd.service
    calls() { entries CONSENTD_METHOD=publishConsent; }
    is_quiet() { local before; before=$(calls); event e2 a@example.com >/dev/null; sleep 0.3; [ "$(calls)" = "$before" ]; }
    check "a higher level logs less" until_true 5 is_quiet
    sed -i s/=error/=info/ /etc/consentd/consentd.conf
    systemctl reload consentd.service
    is_loud() { ! is_quiet; }
    check "and a lower one more again" until_true 5 is_loud
    setting CONSENTD_LOG_LEVEL=loud
    systemctl reload consentd.service
    bad() { systemctl show -p StatusText --value consentd.service | grep -q 'not reloaded.*loud'; }
    check "the status tells of bad settings" until_true 10 bad
    check "the same daemon serves on" [ "$(main_pid)" = "$pid" ]
    serving || die "no answer"
    systemctl stop consentd.service
    check "bad settings at a start are told to callers" grep -q FAILED_PRECONDITION <(event e1 a@example.com)
    setting CONSENTD_LOUD=1
    sed -i '/=loud/d' /etc/consentd/consentd.conf
    systemctl reload consentd.service
    worse() { systemctl show -p StatusText --value consentd.service | grep -q 'not reloaded.*CONSENTD_LOUD'; }
    check "the status tells of other bad settings" until_true 10 worse
    sed -i '/LOUD/d' /etc/consentd/consentd.conf
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
    call $admin eraseSubject '{"organization_user_id":"canary-subject@example.com"}' >/dev/null
    call $admin retryDelivery '{"delivery_id":"dlv_000000000000000200000001"}' >/dev/null
    call $admin cancelDelivery '{"delivery_id":"dlv_000000000000000200000001"}' >/dev/null
    call $admin deleteConfiguration '{"id":"cfg_00000001"}' >/dev/null
    for method in createConfiguration updateConfiguration publishConsent eraseSubject retryDelivery cancelDelivery deleteConfiguration; do
        entry=$(journalctl -u consentd -o json --no-pager CONSENTD_METHOD=$method | head -1)
        check "an entry for $method" grep -q '"CONSENTD_PEER_UID":"0"' <<<"$entry"
    done
    check "a refusal too" grep -q . <(journalctl -u consentd -o cat --no-pager CONSENTD_STATUS=PERMISSION_DENIED)
    check "a sequence number" grep -q . <(journalctl -u consentd -o cat --no-pager CONSENTD_SEQ=2)
    journalctl -o export --no-pager >/run/export
    check "no subject, no secret" [ "$(grep -ac -e canary-subject -e canary-secret -e simulator-secret /run/export)" = 0 ]
    # The control: what is in the log is found there.
    check "the log is searched" [ "$(grep -ac CONSENTD_METHOD=eraseSubject /run/export)" -ge 1 ]
    echo "log at trace: $(entries) entries, no subject, no secret"
    check "nothing but native entries" [ "$(journalctl -u consentd -o cat --no-pager _TRANSPORT=stdout _COMM=consentd | wc -l)" = 0 ]
}

# The journal's key as a credential, in every form that is taken; one key, so each form must open what the others wrote.
key() {
    local form pid
    setting CONSENTD_ALLOW_INSECURE_ENDPOINTS=1
    mkdir -p -m 700 /etc/credstore /etc/credstore.encrypted
    head -c 32 /dev/urandom >/run/key
    for form in raw hexadecimal base64 encrypted; do
        rm -f /etc/credstore/journal.kek
        case $form in
            raw) cp /run/key /etc/credstore/journal.kek ;;
            hexadecimal) od -An -v -tx1 /run/key | tr -d ' \n' >/etc/credstore/journal.kek ;;
            base64) base64 /run/key >/etc/credstore/journal.kek ;;
            encrypted)
                systemd-creds encrypt --name=journal.kek /run/key /etc/credstore.encrypted/journal.kek 2>/dev/null || die "systemd-creds"
                mkdir -p /etc/systemd/system/consentd.service.d
                cp /usr/share/doc/consentd/examples/20-encrypted-key.conf /etc/systemd/system/consentd.service.d/
                systemctl daemon-reload
                verified 20-encrypted-key.conf
                ;;
        esac
        check "it serves with a key: $form" serving
        [ "$form" != raw ] || configure >/dev/null
        check "an event with a key: $form" grep -q '"seq"' <(event "$form" ada@example.com)
        check "no key of its own" [ ! -e $state/keys/journal.kek ]
        for other in raw hexadecimal base64; do
            [ "$other" != "$form" ] || break
            check "what was written with $other opens" grep -q '"replayed":true' <(event "$other" ada@example.com)
        done
        pid=$(main_pid)
        check "no key in environment or arguments" [ "$(traces /proc/"$pid"/environ /proc/"$pid"/cmdline)" = 0 ]
        check "no core dumps" grep -q '^Max core file size *0 *0' /proc/"$pid"/limits
        check "no memory in core dumps" grep -qx 0*  /proc/"$pid"/coredump_filter
        systemctl stop consentd.service
    done
    # The control: a file with the key is found out.
    check "a key would be seen" [ "$(traces /run/key)" = 1 ]

    head -c 32 /dev/urandom | systemd-creds encrypt --name=journal.kek - /etc/credstore.encrypted/journal.kek 2>/dev/null
    refuses_key "a wrong key" 'consentctl journal rotate-key'
    rm /etc/credstore.encrypted/journal.kek /etc/systemd/system/consentd.service.d/20-encrypted-key.conf
    systemctl daemon-reload
    systemctl stop consentd.service
    refuses_key "no key" 'put journal.kek back'
    systemctl stop consentd.service
    echo nonsense >/etc/credstore/journal.kek
    refuses_key "nonsense" '32 bytes'
    cp /run/key /etc/credstore/journal.kek
    systemctl reload consentd.service
    check "the right key and a reload heal it" until_true 10 serving
    check "everything is there" grep -q '"replayed":true' <(event encrypted ada@example.com)
    journalctl --no-pager -o export >/run/export
    check "no key in the log" [ "$(traces /run/export)" = 0 ]
    echo "keys: raw, hexadecimal, base64, encrypted; wrong, none, nonsense"
}
traces() { # FILE...: in how many of these files the key stands, in any form
    local needle
    for needle in "$(od -An -v -tx1 /run/key | tr -d ' \n')" "$(base64 /run/key)"; do grep -alF -- "$needle" "$@"; done >/run/found
    python3 - /run/key "$@" >>/run/found <<'PYTHON'
import sys
key = open(sys.argv[1], "rb").read()
for path in sys.argv[2:]:
    if key in open(path, "rb").read(): print(path)
PYTHON
    sort -u /run/found | wc -l
}
refuses_key() { # WHAT WORDS: up, and saying so to callers and to the operator
    for _ in $(seq 3); do
        check "$1: callers are told" grep -q 'FAILED_PRECONDITION.*JOURNAL_REFUSED' <(event e1 ada@example.com)
        check "$1: health" grep -q NOT_SERVING <(call $publish health.check)
    done
    check "$1: it stays up" systemctl is-active --quiet consentd.service consentd.socket consentd-admin.socket
    check "$1: the status tells" grep -q "$2" <(systemctl show -p StatusText consentd.service)
}

# An org under its real name, by TLS: what resolves names and checks certificates has to work in the sandbox too.
tls() {
    local org=acme.my.salesforce.com server
    echo "127.0.0.1 $org" >>/etc/hosts
    authority() { # NAME: an authority, and a certificate of it for the org
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" -keyout /run/$1.key -out /run/$1.pem
        openssl req -newkey rsa:2048 -nodes -subj "/CN=$org" -keyout /run/$1-org.key -out /run/$1-org.csr
        openssl x509 -req -days 2 -in /run/$1-org.csr -CA /run/$1.pem -CAkey /run/$1.key -CAcreateserial \
            -extfile <(echo "subjectAltName=DNS:$org") -out /run/$1-org.pem
        cat /run/$1-org.key >>/run/$1-org.pem
    }
    serve() { # NAME: the org, with that authority's certificate
        socat OPENSSL-LISTEN:443,reuseaddr,fork,cert=/run/$1-org.pem,verify=0 TCP:127.0.0.1:8080 2>>/run/socat.log &
        server=$!
        until_true 10 bash -c 'exec 3<>/dev/tcp/127.0.0.1/443' 2>/dev/null || die "no TLS"
    }
    { authority known && authority unknown; } >/run/openssl.log 2>&1 || die "openssl: $(tail -n 3 /run/openssl.log)"
    cat /run/known.pem >>/etc/ssl/certs/ca-certificates.crt
    simulator --instance-url "https://$org"
    serve unknown
    check "configuration" grep -q '"id":"cfg_00000001"' <(configure "https://$org")
    check "publish" grep -q '"seq"' <(event e1 ada@example.com)
    is_refused() { grep -q '"state":"retrying","reason":"TLS_UNTRUSTED_CERTIFICATE"' <(call $publish deliveryStatus '{"event_id":"e1"}'); }
    check "nobody trusts a stranger" until_true 20 is_refused
    kill $server
    serve known
    check "delivered by TLS" until_true 60 is_delivered e1
    echo "by TLS, as $org: refused with an unknown authority, then delivered"
}
