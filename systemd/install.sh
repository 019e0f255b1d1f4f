#!/bin/sh
# Lays out what a machine needs to run consentd:
#
#   install.sh [--prefix /usr] [--destdir DIR] [--binaries DIR]
#
#   --prefix    where the programs and their pages go (default /usr)
#   --destdir   put in front of every path, for packagers
#   --binaries  where consentd and consentctl were built (default: ../.build/release)
#
# It starts and enables nothing; afterwards, on the machine itself:
#   systemd-sysusers && systemctl daemon-reload && journalctl --update-catalog
#   systemctl enable --now consentd.socket consentd-admin.socket consentd-resume.timer
set -eu

here=$(cd "$(dirname "$0")" && pwd)
prefix=/usr destdir= binaries=$here/../.build/release
while [ $# -gt 0 ]; do
    case $1 in
        --prefix) prefix=${2:?--prefix needs a directory}; shift 2 ;;
        --destdir) destdir=${2:?--destdir needs a directory}; shift 2 ;;
        --binaries) binaries=${2:?--binaries needs a directory}; shift 2 ;;
        -h | --help) sed -n '2,/^set -eu/{/^set -eu/d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
        *) echo "install.sh: unknown argument $1" >&2; exit 64 ;;
    esac
done
case $prefix in /*) ;; *) echo "install.sh: --prefix must begin with a slash" >&2; exit 64 ;; esac
prefix=${prefix%/}
for program in consentd consentctl; do
    [ -x "$binaries/$program" ] || { echo "install.sh: no $program in $binaries; build it first" >&2; exit 66; }
done

# Below /usr systemd's own files have their place; below any other prefix it would not look for them.
case $prefix in
    /usr | "") units=/lib/systemd/system lib=/usr/lib catalogs=/usr/lib share=/usr/share ;;
    *) units=/etc/systemd/system lib=/etc catalogs=/usr/local/lib share=$prefix/share ;;
esac
presets=$lib/systemd/system-preset catalogs=$catalogs/systemd/catalog

put() { # MODE SOURCE TARGET
    mkdir -p "$destdir$(dirname "$3")"
    install -m "$1" "$2" "$destdir$3"
}

put 755 "$binaries/consentd" "$prefix/sbin/consentd"
put 755 "$binaries/consentctl" "$prefix/bin/consentctl"
for unit in consentd.socket consentd-admin.socket consentd-resume.timer consentd-resume.service; do
    put 644 "$here/$unit" "$units/$unit"
done
mkdir -p "$destdir$units"
sed "s|@prefix@|$prefix|g" "$here/consentd.service.in" >"$destdir$units/consentd.service"
chmod 644 "$destdir$units/consentd.service"
put 644 "$here/consentd.sysusers" "$lib/sysusers.d/consentd.conf"
put 644 "$here/consentd.preset" "$presets/80-consentd.preset"
put 644 "$here/consentd.catalog" "$catalogs/consentd.catalog"
[ -e "$destdir/etc/consentd/consentd.conf" ] || put 644 "$here/consentd.conf" /etc/consentd/consentd.conf
for dropin in "$here"/dropins/*.conf; do
    put 644 "$dropin" "$share/doc/consentd/examples/$(basename "$dropin")"
done
for page in "$here"/man/*.[1-8]; do
    section=${page##*.}
    target=$share/man/man$section/$(basename "$page")
    mkdir -p "$destdir$(dirname "$target")"
    gzip -9nc "$page" >"$destdir$target.gz"
done

# The completions come from the program itself, so that they never tell of options that it does not have.
completion() { # SHELL TARGET
    mkdir -p "$destdir$(dirname "$2")"
    "$binaries/consentctl" --generate-completion-script "$1" >"$destdir$2"
    chmod 644 "$destdir$2"
}
completion bash "$share/bash-completion/completions/consentctl"
completion zsh "$share/zsh/vendor-completions/_consentctl"
completion fish "$share/fish/vendor_completions.d/consentctl.fish"
