#!/bin/bash
# Boots this machine's systemd as PID 1 in namespaces of its own and runs a script there, as root:
#
#   boot.sh [--bind SOURCE:TARGET]... SCRIPT [ARGUMENT]...
#
# The script finds the others of its directory beside it. The root file system shows through, but whatever is written
# goes to memory and is gone afterwards. The network is a loopback device. Exit status: the script's, or 125 when the
# system does not come up.
set -u

fail() { echo "boot.sh: $*" >&2; exit 125; }

binds=()
while [ "${1-}" = --bind ]; do binds+=("$2"); shift 2; done

case ${BOOT_STAGE-outside} in
outside)
    [ "$(id -u)" = 0 ] || fail "needs root"
    [ -x /lib/systemd/systemd ] || fail "needs systemd"
    arguments=()
    for bind in ${binds[@]+"${binds[@]}"}; do arguments+=(--bind "$bind"); done
    # Two PID namespaces: the outer one ends everything with this process, the inner one gives systemd its number 1.
    BOOT_STAGE=stage exec setpriv --pdeathsig KILL \
        unshare --mount --propagation private --pid --fork --kill-child=KILL --mount-proc \
        bash "$0" ${arguments[@]+"${arguments[@]}"} "$@"
    ;;

stage)
    stage=/mnt root=/mnt/root
    mount -t tmpfs -o mode=755 stage $stage || fail "cannot mount a tmpfs"
    mkdir $root $stage/changes $stage/work $stage/cgroup
    mount -t overlay -o "lowerdir=/,upperdir=$stage/changes,workdir=$stage/work" overlay $root || fail "no overlayfs"
    mount -t cgroup2 cgroup2 $stage/cgroup || fail "no cgroup2"
    cp -r -- "$(dirname -- "$1")" $stage/scripts
    script=/run/boot/scripts/$(basename -- "$1"); shift

    group=$stage/cgroup/consentd-boot.$(tr -d - </proc/sys/kernel/random/uuid)
    mkdir "$group"
    BOOT_STAGE=inside bash -c 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"' - "$group" \
        unshare --mount --propagation private --pid --fork --kill-child=KILL --uts --ipc --net --cgroup \
        bash "$0" $(for bind in ${binds[@]+"${binds[@]}"}; do printf -- '--bind %s ' "$bind"; done) \
        </dev/null >$stage/console 2>&1 &
    holder=$!
    cleanup() {
        kill -KILL $holder 2>/dev/null
        wait $holder 2>/dev/null
        for _ in 1 2 3 4 5 6 7 8 9 10; do
            find "$group" -depth -type d -exec rmdir {} + 2>/dev/null
            [ -d "$group" ] || break
            sleep 0.1
        done
    }
    trap cleanup EXIT

    state=
    for _ in $(seq 600); do
        kill -0 $holder 2>/dev/null || break
        init=$(cut -d ' ' -f 1 /proc/$holder/task/$holder/children 2>/dev/null)
        if [ -n "$init" ] && [ "$(cat /proc/$init/comm 2>/dev/null)" = systemd ]; then
            inside=(nsenter -t "$init" -a -r/proc/"$init"/root -w/proc/"$init"/root --)
            state=$("${inside[@]}" systemctl is-system-running 2>/dev/null)
            case $state in running | degraded) break ;; esac
        fi
        sleep 0.1
    done
    case $state in running | degraded) ;; *) tail -n 40 $stage/console >&2; fail "no boot (${state:-no systemd})" ;; esac
    "${inside[@]}" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb \
        bash "$script" "$@" </dev/null
    status=$?
    exit $status
    ;;

inside)
    stage=/mnt root=/mnt/root
    set -e
    mount --bind $root $root
    cd $root
    mount -t proc proc proc
    mount --bind proc/sys proc/sys && mount -o remount,bind,ro proc/sys
    mount -t sysfs -o ro sysfs sys
    mount -t cgroup2 cgroup2 sys/fs/cgroup
    mount -t tmpfs -o mode=755 tmpfs run
    mount -t tmpfs -o mode=1777 tmpfs tmp
    mount -t tmpfs -o mode=755 tmpfs dev
    for node in null zero full random urandom tty; do
        : >dev/$node
        mount --bind /dev/$node dev/$node
    done
    mkdir dev/pts dev/shm
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
    mount -t tmpfs -o mode=1777 tmpfs dev/shm
    ln -s pts/ptmx dev/ptmx
    ln -s /proc/self/fd dev/fd
    for number in 0:stdin 1:stdout 2:stderr; do ln -s "fd/${number%:*}" "dev/${number#*:}"; done
    : >dev/console
    mount --bind /dev/null dev/console
    mkdir -p run/boot
    cp -r $stage/scripts run/boot/scripts
    for bind in ${binds[@]+"${binds[@]}"}; do
        mkdir -p ".${bind#*:}"
        mount --rbind "${bind%%:*}" ".${bind#*:}"
    done
    ip link set lo up
    pivot_root . .          # a chroot would not do: the kernel gives a process in one no user namespaces
    umount -l .
    mount --make-rshared /  # else credentials, mounted by a child of systemd, would not reach the service
    exec env -i container=boot PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        setpriv --bounding-set -sys_time,-sys_module,-sys_rawio --inh-caps -sys_time,-sys_module,-sys_rawio \
        /lib/systemd/systemd --system --unit=basic.target --log-target=journal --show-status=0
    ;;
esac
