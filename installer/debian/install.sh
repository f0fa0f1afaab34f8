#!/bin/sh
# Install Quầy Một Cửa for one user, without root: ./install.sh [--remove]. Data of desks is never touched.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
data=${XDG_DATA_HOME:-$HOME/.local/share}
place=$HOME/.local/lib/counter-app
command=$HOME/.local/bin/counter-app

is_open() {
  for running in /proc/[0-9]*/exe; do
    [ ! "$running" -ef "$place/counter-app" ] || return 0
  done
  return 1
}

if is_open; then
  echo "Quầy Một Cửa đang mở: hãy đóng chương trình rồi làm lại. / Quầy Một Cửa is open: close it, then try again." >&2
  exit 1
fi

if [ "${1:-}" = --remove ]; then
  rm -rf "$place" "$place.new" "$place.old"
  rm -f "$command" "$data/applications/counter-app.desktop" "$data/icons/hicolor/scalable/apps/counter-app.svg"
  echo "Đã gỡ; dữ liệu của quầy vẫn còn. / Removed; the desk's data is still there."
  exit 0
fi

missing=$(LD_LIBRARY_PATH="$here/counter-app/_internal" find "$here/counter-app" -type f -name '*.so*' -exec ldd {} + 2>/dev/null |
  sed -n 's/^[[:space:]]*\([^ ]*\) => not found$/\1/p' | sort -u | tr '\n' ' ')
if [ -n "$missing" ]; then
  echo "Máy này thiếu thư viện: $missing. Xem DEPENDS. / This machine lacks libraries: $missing. See DEPENDS." >&2
  exit 3
fi

# Beside the old one first, so that a full disk leaves the old one in place.
mkdir -p "${place%/*}" "${command%/*}" "$data/applications" "$data/icons/hicolor/scalable/apps"
rm -rf "$place.new" "$place.old"
cp -a "$here/counter-app" "$place.new"
[ ! -e "$place" ] || mv "$place" "$place.old"
mv "$place.new" "$place"
rm -rf "$place.old"
ln -sfn "$place/counter-app" "$command"
cp "$here/counter-app.svg" "$data/icons/hicolor/scalable/apps/"
sed -e "s|^Exec=.*|Exec=\"$command\"|" -e "/^TryExec=/d" "$here/counter-app.desktop" >"$data/applications/counter-app.desktop"
echo "Đã cài đặt / Installed: $command"
case ":$PATH:" in
  *":${command%/*}:"*) ;;
  *) echo "Hãy thêm ${command%/*} vào PATH, hoặc mở từ danh mục chương trình. / Add ${command%/*} to PATH, or open it from the menu." ;;
esac
