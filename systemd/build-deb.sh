#!/bin/sh
# Builds the Debian package:
#
#   build-deb.sh [--binaries DIR] [--output DIR]
#
#   --binaries  take consentd and consentctl from here instead of making a release build with the Swift runtime in it
#   --output    where the package goes (default: the current directory)
#
# Needs dpkg-dev (dpkg-deb, dpkg-shlibdeps), binutils and pkg-config; prints the package's path at the end.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
binaries= output=.
while [ $# -gt 0 ]; do
    case $1 in
        --binaries) binaries=${2:?--binaries needs a directory}; shift 2 ;;
        --output) output=${2:?--output needs a directory}; shift 2 ;;
        -h | --help) sed -n '2,/^set -eu/{/^set -eu/d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
        *) echo "build-deb.sh: unknown argument $1" >&2; exit 64 ;;
    esac
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -z "$binaries" ]; then
    # Of what the runtime needs, only the C library is worth a dependency. A directory in which a library is there as an
    # archive alone makes the linker take that. It stays, since another path would compile everything anew.
    archives=$here/../.build/archives
    mkdir -p "$archives"
    for archive in libstdc++.a libz.a; do
        path=$("$(dirname "$(readlink -f "$(command -v swift)")")/clang" -print-file-name=$archive)
        [ -f "$path" ] || { echo "build-deb.sh: there is no $archive; install libstdc++-12-dev and zlib1g-dev" >&2; exit 66; }
        ln -sf "$path" "$archives/$archive"
    done
    # The directory that libsystemd names holds zlib too, and would be looked through first.
    sed 's/-L[^ ]*//' "$(pkg-config --variable=pcfiledir libsystemd)/libsystemd.pc" >"$archives/libsystemd.pc"
    archives=$(cd "$archives" && pwd)
    export PKG_CONFIG_PATH=$archives
    # Nobody loads anything into the programs that would look for their symbols; exporting them, as Swift does with its
    # runtime linked in, would make them a tenth larger, and the runtime search them all at every start.
    release() {
        swift build --package-path "$here/.." -c release --static-swift-stdlib -Xswiftc -L -Xswiftc "$archives" \
            -Xswiftc -Xclang-linker -Xswiftc -static-libgcc -Xlinker --no-export-dynamic "$@"
    }
    for product in consentd consentctl; do release --product $product >&2; done
    binaries=$(release --show-bin-path)
    for program in consentd consentctl; do
        needed=$(objdump -p "$binaries/$program" | sed -n 's/^ *NEEDED *//p' |
            grep -v -e '^libc\.so' -e '^libm\.so' -e '^ld-linux' -e '^libsystemd\.so') || continue
        echo "build-deb.sh: $program needs more than it may:" $needed >&2
        exit 70
    done
fi
mkdir "$work/bin" "$work/tree"
for program in consentd consentctl; do
    cp "$binaries/$program" "$work/bin/$program"
    strip "$work/bin/$program"
done
chmod 755 "$work/tree"
"$here/install.sh" --destdir "$work/tree" --binaries "$work/bin"

version=$("$work/bin/consentd" --version)
architecture=$(dpkg --print-architecture)
mkdir "$work/tree/DEBIAN"
for script in postinst prerm postrm; do
    install -m 755 "$here/debian/$script" "$work/tree/DEBIAN/$script"
done
echo /etc/consentd/consentd.conf >"$work/tree/DEBIAN/conffiles"

# Of which packages the libraries are that the programs are linked with, and from which version on.
mkdir -p "$work/source/debian"
: >"$work/source/debian/control"
depends=$(cd "$work/source" && dpkg-shlibdeps -O --ignore-missing-info "$work/bin/consentd" "$work/bin/consentctl" \
    2>/dev/null | sed -n 's/^shlibs:Depends=//p')
# It is loaded once there is something to send, so the linker knows nothing of it.
depends="${depends:-libc6, libsystemd0}, libcurl4 (>= 7.68.0)"
size=$(du -sk "$work/tree" | cut -f 1)
cat >"$work/tree/DEBIAN/control" <<CONTROL
Package: consentd
Version: $version
Architecture: $architecture
Maintainer: consentd maintainers <root@localhost>
Installed-Size: $size
Depends: $depends, systemd (>= 252)
Section: net
Priority: optional
Description: keeps Salesforce true to what people consented to
 Takes consent events from services on this host by JSON-RPC on Unix sockets,
 keeps them in a durable journal, and updates the right fields of the right
 Leads, Contacts and Accounts in Salesforce.
CONTROL
mkdir -p "$output"
package=$output/consentd_${version}_$architecture.deb
dpkg-deb -Zgzip --root-owner-group --build "$work/tree" "$package" >&2
echo "$package"
