# The whole end-to-end suite in the unit's sandbox: its daemons inherit the filters, the file systems and the user.
#
# What fills the machine or watches the clock runs by itself, as README's test command has it.
#
# Left out are DeadlineTests, which hold the disk up with strace, and a test that sets a limit of descriptors: the unit
# forbids both. Of the unit's settings those are left out that are about one daemon (sockets, state, credential,
# watchdog, restarts, limits of memory and tasks), and of the paths out of reach /dev and /proc: tests need /dev/null, and
# their own tasks run on the runtime's threads.
suite() {
    # What is named in NoExecPaths= has to be there.
    serving || die "no answer"
    [ -x /suite/consentdPackageTests.xctest ] || die "no test program"
    tests='/suite/consentdPackageTests.xctest --testing-library swift-testing'
    large='MemoryTests BatchLimitTests DeliveryBulkTests ConnectionLimitTests DeliveryCrashTests'
    large="$large ParkedCrowdTests ConnectionTests DeliveryIsolationTests WatchTests"
    first="$tests --filter EndToEndTests --skip DeadlineTests --skip whereDescriptorsAreFew$(printf ' --skip %s' $large)"
    second="/usr/bin/env SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=1 $tests$(printf ' --filter EndToEndTests.%s' $large)"
    sed -e "s|^ExecStart=.*|ExecStart=$first\nExecStart=$second\nEnvironment=CONSENTD_CORPUS=/project/Tests/Corpus\nEnvironment=SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=8|" \
        -e 's|^Type=.*|Type=oneshot|' -e 's|^TimeoutStartSec=.*|TimeoutStartSec=9min|' \
        -e '/^\(ExecReload\|Sockets\|Requires\|WatchdogSec\|Restart\|NotifyAccess\|Memory[HM]\|TasksMax\)/d' \
        -e 's|^InaccessiblePaths=.*|InaccessiblePaths=/sys|' -e 's|^User=.*|User=consentd-suite|' -e '/^\(StateDirectory\|LoadCredential\|Environment\)/d' -e '/^\[Install\]/,$d' \
        /lib/systemd/system/consentd.service >/run/systemd/system/consentd-suite.service
    systemctl daemon-reload
    systemctl start consentd-suite.service
    said=$(journalctl -u consentd-suite.service -o cat --no-pager)
    grep -E '✘|➜|Test run with' <<<"$said" | tail -n 20
    check "the sandbox is that of the daemon" [ "$(sandbox consentd-suite.service)" = "$(sandbox consentd.service)" ]
    check "the suite passes" [ "$(systemctl show -p Result --value consentd-suite.service)" = success ]
    check "tests ran" grep -Eq 'Test run with [1-9][0-9]+ tests' <<<"$said"
}
sandbox() { # UNIT: the settings under test, as systemd understood them
    systemctl show "$1" -p DynamicUser,ProtectSystem,ProtectHome,ProtectProc,ProcSubset,PrivateTmp,PrivateDevices,PrivateIPC \
        -p ProtectClock,ProtectHostname,ProtectKernelLogs,ProtectKernelModules,ProtectKernelTunables,ProtectControlGroups \
        -p NoNewPrivileges,CapabilityBoundingSet,MemoryDenyWriteExecute,RestrictAddressFamilies,RestrictNamespaces \
        -p RestrictRealtime,RestrictSUIDSGID,LockPersonality,SystemCallFilter,SystemCallArchitectures,SystemCallErrorNumber,UMask \
        -p NoExecPaths,ExecPaths
}
