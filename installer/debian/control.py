"""The control file: what the package is, and what it needs of Debian 12 and Ubuntu 22.04 and later."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

from installer.elf import Wanted

PACKAGE = "quay-mot-cua"

# Renamed for 64-bit time in Debian 13 and Ubuntu 24.04.
_RENAMED = {"libcups2", "libglib2.0-0", "libssl3"}

_SUGGESTED = ("cups", "fonts-noto-core", "libsane1", "pcscd", "postgresql", "sane-airscan")

_CONTROL = """\
Package: {package}
Version: {version}
Architecture: amd64
Maintainer: The Quay Mot Cua team <quay-mot-cua@packages.invalid>
Installed-Size: {size_kib}
Depends: {depends}
Suggests: {suggests}
Section: misc
Priority: optional
Description: one-stop service desk: receive dossiers, print slips, return results
 Quầy Một Cửa is the desktop application of Vietnam's one-stop service desks. It
 reads identity cards, receives dossiers, digitises papers, prints the receipt
 slip and hands results over, with or without a line to the province.
 .
 The services of a province and of a hall are in the same package, and off until
 somebody turns them on.
"""


def read_package_list(file: Path) -> tuple[str, ...]:
    """Return the packages named in a list of `tools`."""
    return tuple(line for line in file.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#"))


def depends_on(wanted: Wanted, listed: Iterable[str]) -> tuple[str, ...]:
    """Return the packages that must be there: those listed, and the owner of each library the program asks for."""
    names = {*listed, *_owners(wanted.libraries), "adduser"} - {"libc6"}
    major, minor = wanted.glibc
    return (f"libc6 (>= {major}.{minor})", *(_either(name) for name in sorted(names)))


def write_control(*, version: str, size_bytes: int, depends: Iterable[str]) -> str:
    """Return the text of the control file."""
    return _CONTROL.format(
        package=PACKAGE,
        version=version,
        size_kib=-(-size_bytes // 1024),
        depends=", ".join(depends),
        suggests=", ".join(_SUGGESTED),
    )


def _either(name: str) -> str:
    return f"{name} | {name}t64" if name in _RENAMED else name


def _owners(libraries: Iterable[str]) -> set[str]:
    """Return Debian's packages of these libraries, by the name they have on this machine or had before it changed."""
    return {_owner(library) for library in libraries}


def _owner(library: str) -> str:
    for folder in ("/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64"):
        said = subprocess.run(
            ["dpkg-query", "--search", f"{folder}/{library}"], capture_output=True, text=True, check=False
        ).stdout
        if said:
            return said.partition(":")[0].removesuffix("t64")
    raise SystemExit(f"No Debian package on this machine owns {library}; install the one that does and run this again.")
