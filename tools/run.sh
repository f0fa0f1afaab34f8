#!/usr/bin/env bash
# Open the counter on its sample desk, or do its main job where there is no display.
#
#   tools/run.sh window | vnc | demo
set -euo pipefail
cd "$(dirname "$0")/.."

counter=.venv/bin/counter-app
sample=build/sample-desk
# Sample data only: a real desk keeps its key in the operating system's credential store or asks for a pass phrase.
export COUNTER_APP_PASSPHRASE="${COUNTER_APP_PASSPHRASE:-sample desk, invented people}"

make_sample() {
  [ -e "$1/counter.db" ] && return 0
  echo "Filling $1 with invented units, clerks, procedures and dossiers"
  # A half-made sample is worth nothing: build it aside, then put it in place.
  rm -rf "$1.new"
  "$counter" --data "$1.new" demo
  rm -rf "$1"
  mv "$1.new" "$1"
}

open_window() {
  if [ "$(uname)" = Linux ] && [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    cat >&2 <<'TEXT'
There is no display here, so the window cannot be shown. Two ways work without one:
  make run-vnc   a virtual display; look at it with any VNC viewer on this machine at 127.0.0.1:5900
  make demo      do the main job without a window; receipt and screenshots appear in build/demo
TEXT
    exit 3
  fi
  make_sample "$sample"
  exec "$counter" --data "$sample"
}

# Qt's own VNC platform listens on every network interface without a password, so a loopback-only server is used.
open_vnc() {
  local display_file port="${VNC_PORT:-5900}" started=()
  make_sample "$sample"
  display_file="$(mktemp)"
  trap 'kill "${started[@]}" 2>/dev/null || true; rm -f "$display_file"' EXIT
  Xvfb -displayfd 3 -screen 0 1366x768x24 -nolisten tcp 3>"$display_file" 2>/dev/null &
  started+=($!)
  until [ -s "$display_file" ]; do
    kill -0 "${started[0]}" 2>/dev/null || { echo "The virtual display could not be started." >&2; exit 3; }
    sleep 0.05
  done
  DISPLAY=":$(cat "$display_file")"
  export DISPLAY
  matchbox-window-manager -use_titlebar no 2>/dev/null &
  started+=($!)
  x11vnc -display "$DISPLAY" -localhost -rfbport "$port" -forever -shared -nopw -quiet >build/vnc.log 2>&1 &
  started+=($!)
  echo "The counter is open on a virtual display: connect a VNC viewer on this machine to 127.0.0.1:$port."
  echo "Close the counter's window, or press Ctrl+C here, to end."
  QT_QPA_PLATFORM=xcb "$counter" --data "$sample"
}

do_main_job() {
  export QT_QPA_PLATFORM=offscreen
  rm -rf build/demo
  mkdir -p build/demo
  .venv/bin/python -m tools.demo build/demo
}

case "${1:-window}" in
  window) open_window ;;
  vnc) open_vnc ;;
  demo) do_main_job ;;
  *) echo "Choose window, vnc or demo." >&2; exit 2 ;;
esac
