#!/usr/bin/env bash
# Prepare this checkout: Debian packages, uv, and .venv with the locked dependencies. Skips whatever is there.
#
#   tools/setup.sh run        what the window needs
#   tools/setup.sh vnc        the same, and a virtual screen with a VNC port
#   tools/setup.sh province   what the provincial service needs
#   tools/setup.sh test       everything the test command needs
#   tools/setup.sh bench      the same, and the programs that the benchmarks compare with
#   tools/setup.sh installer  what the packages are built with, in an environment of its own
#   tools/setup.sh smoke      what the packages are tried with, and what the window needs
#
# Exit 3, with one sentence, when something cannot be had.
set -euo pipefail
cd "$(dirname "$0")/.."

kind="${1:-run}"
bootstrap=build/bootstrap

fail() {
  printf 'counter-app set-up: %s\n' "$1" >&2
  exit 3
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    sudo "$@"
  else
    return 1
  fi
}

# Ubuntu 24.04 renamed some libraries for 64-bit time (libssl3t64); apt knows both names, dpkg only the new one.
missing_packages() {
  local installed name
  installed=" $(dpkg-query -W -f='${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | tr '\n' ' ') "
  for name in "$@"; do
    [[ "$installed" == *" $name "* || "$installed" == *" ${name}t64 "* ]] || printf '%s\n' "$name"
  done
}

need_packages() {
  local log=build/apt.log
  local -a missing
  if ! command -v dpkg-query >/dev/null; then
    echo "counter-app set-up: this is not Debian or Ubuntu; see tools/packages-*.txt for the libraries to have." >&2
    return 0
  fi
  mapfile -t missing < <(missing_packages "$@")
  [ "${#missing[@]}" -gt 0 ] || return 0
  echo "Installing from Debian: ${missing[*]}"
  mkdir -p build
  # A stale or partly unreachable package list is no reason to stop: the install that follows decides.
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update >"$log" 2>&1 </dev/null || true
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -y --no-install-recommends install "${missing[@]}" >>"$log" 2>&1 </dev/null ||
    fail "these Debian packages are missing and could not be installed (details in $log); install them as root, then run this again: apt-get install ${missing[*]}"
}

find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; then
      "$candidate" -c 'import sys; print(sys.executable)'
      return 0
    fi
  done
  return 1
}

ensure_uv() {
  local stamp="$bootstrap/requirements.txt"
  cmp -s tools/uv-requirements.txt "$stamp" && [ -x "$bootstrap/bin/uv" ] && return 0
  "$python" -c 'import ensurepip, venv' 2>/dev/null || need_packages python3-venv python3-pip
  rm -rf "$bootstrap"
  "$python" -m venv "$bootstrap" ||
    fail "$python cannot make a virtual environment; install its venv module (on Debian: python3-venv) and run this again."
  echo "Fetching uv from PyPI"
  "$bootstrap/bin/python" -m pip install -q --disable-pip-version-check --no-input --require-hashes \
    -r tools/uv-requirements.txt </dev/null ||
    fail "uv could not be fetched from PyPI; check the line to https://pypi.org (or set PIP_INDEX_URL) and run this again."
  cp tools/uv-requirements.txt "$stamp"
}

run_sync() {
  ensure_uv
  # An office's own certificate authority is in the system's store, not among those uv brings along.
  [ ! -s /etc/ssl/certs/ca-certificates.crt ] || export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}"
  UV_PYTHON="$python" UV_PYTHON_DOWNLOADS=never UV_HTTP_TIMEOUT="${UV_HTTP_TIMEOUT:-300}" UV_LINK_MODE=copy \
    "$bootstrap/bin/uv" sync -q --locked "$@" </dev/null ||
    fail "the locked Python packages could not be installed; check the line to https://pypi.org and the free disk space (about 1 GB), then run this again."
}

# Nothing but the program's own dependencies: what is not installed cannot get into a package.
sync_installer() {
  echo "Installing the locked Python packages into build/installer/venv"
  UV_PROJECT_ENVIRONMENT=build/installer/venv run_sync --no-dev --group installer --extra province \
    --no-editable --reinstall-package counter-app
}

sync_venv() {
  local groups stamp=".venv/.set-up-$1" wanted
  [ "$1" != installer ] || { sync_installer; return; }
  wanted="$(cat uv.lock pyproject.toml | sha256sum) $python"
  [ -x .venv/bin/counter-app ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && return 0
  groups=(--no-dev)
  [ "$1" = province ] && groups=(--no-dev --extra province)
  [ "$1" = test ] && groups=(--group dev)
  [ "$1" = bench ] && groups=(--group dev --group bench)
  echo "Installing the locked Python packages into .venv"
  run_sync --inexact --compile-bytecode "${groups[@]}"
  printf '%s\n' "$wanted" >"$stamp"
  # What the benchmarks need contains what the tests need, and that what the window needs.
  [ "$1" = run ] || printf '%s\n' "$wanted" >.venv/.set-up-run
  [ "$1" != bench ] || printf '%s\n' "$wanted" >.venv/.set-up-test
}

read_list() {
  grep -hv '^#' "$@"
}

python="$(find_python)" ||
  fail "Python 3.11, 3.12, 3.13 or 3.14 is needed and none was found; install python3 (or set PYTHON to its path) and run this again."

lists=(tools/packages-run.txt)
case "$kind" in
  run) ;;
  vnc | province | test | installer | smoke) lists+=("tools/packages-$kind.txt") ;;
  bench) lists+=(tools/packages-test.txt tools/packages-bench.txt) ;;
  *) fail "unknown set-up '$kind'; choose run, vnc, province, test, bench, installer or smoke." ;;
esac
mapfile -t packages < <(read_list "${lists[@]}")
# PyInstaller packs the interpreter's library, which Debian's python3 does without and names after its version.
if [ "$kind" = installer ] && [[ "$python" == /usr/bin/* ]]; then
  packages+=("$("$python" -c 'import sys; print("libpython%d.%d" % sys.version_info[:2])')")
fi
need_packages "${packages[@]}"
case "$kind" in
  province | test | bench | installer) sync_venv "$kind" ;;
  *) sync_venv run ;;
esac
