# Sourced. The Debian 13 with Wine that the Windows installer is built and tried in.
debian=build/installer/wine

# A command in the inner Debian, under Wine's prefix $prefix. Its mounts live in a namespace of their own and go with it.
inside() {
  unshare --mount --pid --fork --kill-child sh -c '
    mount --make-rprivate / && mount -t proc proc "$0/proc" && exec chroot "$0" env -i HOME=/root LANG=C.UTF-8 \
      PATH=/usr/sbin:/usr/bin:/sbin:/bin WINEARCH=win64 WINEDEBUG=-all XDG_RUNTIME_DIR=/tmp \
      WINEDLLOVERRIDES="ucrtbase=n;winedbg.exe=d" PYTHONUTF8=1 PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1 \
      "$@"' "$debian" WINEPREFIX="/root/${prefix:-prefix}" "$@"
}
