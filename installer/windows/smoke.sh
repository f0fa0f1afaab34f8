#!/usr/bin/env bash
# Try the Windows installer under Wine, in an empty prefix: smoke.sh SETUP. Needs what build.sh has made, and root.
set -euo pipefail
setup="$(realpath "$1")"
cd "$(dirname "$0")/../.."
. installer/windows/inner.sh
prefix=prefix-smoke

rm -rf "$debian/root/$prefix" "$debian/root/smoke"
mkdir -p "$debian/root/smoke"
cp "$setup" installer/windows/smoke.py "$debian/root/smoke/"
inside sh -c 'WINEDLLOVERRIDES= wineboot -u && wineserver -w && sh /root/stubs/make_stubs.sh /root/stubs "$WINEPREFIX"' </dev/null >/dev/null 2>&1
inside python3 /root/smoke/smoke.py "/root/smoke/$(basename "$setup")" /root/smoke/intake.png
mkdir -p build/installer/pictures
cp "$debian"/root/smoke/*.png build/installer/pictures/
echo "Pictures: build/installer/pictures"
