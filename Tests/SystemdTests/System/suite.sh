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

