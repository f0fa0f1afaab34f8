"""Make the packages: python -m installer.build. Run by `make installer`, which prepares what this needs."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from installer.bill import write_bill, write_checksums
from installer.debian.control import PACKAGE
from installer.debian.package import build_packages
from installer.folder import ROOT, build_folder

_OUT = ROOT / "dist"
_WINDOWS = ROOT / "installer" / "windows" / "build.sh"
_NEEDED = {"objdump": "binutils", "strip": "binutils", "dpkg-deb": "dpkg", "dpkg-query": "dpkg", "xz": "xz-utils"}


def read_version() -> str:
    """Return the version of the sources."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def main() -> int:
    """Build everything this machine can build. Returns 0, or 3 with a sentence when something was missing."""
    lacking = sorted({package for program, package in _NEEDED.items() if shutil.which(program) is None})
    if sys.platform != "linux" or lacking:
        print(
            f"Packages are built on Debian or Ubuntu; missing: {', '.join(lacking) or 'Linux'}.",
            file=sys.stderr,
        )
        return 3
    version = read_version()
    _OUT.mkdir(exist_ok=True)
    for old in _list_made(version):
        old.unlink()
    built = build_packages(build_folder(), version=version, out=_OUT)
    write_bill(_OUT / f"{PACKAGE}-{version}.cdx.json", debian=built.depends)
    windows = subprocess.run([_WINDOWS], cwd=ROOT, check=False).returncode if _WINDOWS.exists() else 0
    write_checksums(_OUT)
    for file in sorted(_OUT.iterdir()):
        print(f"{file.stat().st_size / 1e6:8.1f} MB  {file.relative_to(ROOT)}")
    return windows


def _list_made(version: str) -> list[Path]:
    """Return what an earlier run left: the checksums must be those of one build."""
    names = (f"{PACKAGE}[_-]{version}*", f"QuayMotCua-{version}*", "SHA256SUMS")
    return [file for name in names for file in _OUT.glob(name)]


if __name__ == "__main__":
    sys.exit(main())
