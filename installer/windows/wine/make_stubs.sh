#!/bin/sh
# What Wine 10 lacks of Windows 10, put into one Wine prefix: make_stubs.sh SOURCES PREFIX. Runs inside the build's Debian.
# Tests only. The files say "only_for_wine" inside, by which the build keeps them out of the installer.
set -eu
sources="$1" system="$2/drive_c/windows/system32"
own=/usr/lib/x86_64-linux-gnu/wine/x86_64-windows/ucrtbase.dll
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
compile="x86_64-w64-mingw32-gcc -shared -static-libgcc -O1 -s -Wl,--no-insert-timestamp"

$compile -o "$system/icuuc.dll" "$sources/icuuc.c"

x86_64-w64-mingw32-gcc -O1 -c -o "$scratch/complex.o" "$sources/ucrtbase.c"
x86_64-w64-mingw32-nm "$scratch/complex.o" | sed -n 's/.* T only_for_wine_//p' | sort >"$scratch/here"
x86_64-w64-mingw32-nm "$own" | sed -n 's/.* T __wine_stub_//p' | sort >"$scratch/missing"
x86_64-w64-mingw32-objdump -p "$own" | awk '/^\t\[ *[0-9]+\] \+base/ {print $NF}' | sort -u >"$scratch/names"
comm -12 "$scratch/here" "$scratch/missing" >"$scratch/ours"
{
  echo EXPORTS
  sed 's/.*/& = only_for_wine_&/' "$scratch/ours"
  comm -23 "$scratch/names" "$scratch/ours" | sed 's/.*/& = winecrt.&/'
} >"$scratch/ucrtbase.def"
# Without its mark Wine's library is loaded like any other, under another name.
x86_64-w64-mingw32-strip -o "$scratch/winecrt.dll" "$own"
sed 's/Wine builtin DLL/only_for_wine   /' "$scratch/winecrt.dll" >"$system/winecrt.dll"
$compile -o "$system/ucrtbase.dll" "$scratch/complex.o" "$scratch/ucrtbase.def"
