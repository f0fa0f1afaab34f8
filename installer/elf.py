"""What the libraries of a folder ask of the system they will run on."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_NEEDED = re.compile(r"^\s*NEEDED\s+(\S+)", re.MULTILINE)
_GLIBC = re.compile(r"\bGLIBC_(\d+)\.(\d+)\b")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What nothing in the folder provides."""

    libraries: tuple[str, ...]
    """Names of shared libraries, sorted."""
    glibc: tuple[int, int]
    """The oldest C library that has every function that is called."""
    glibc_asked_by: str


def iter_elf_files(folder: Path) -> Iterator[Path]:
    """Give every program and library of a folder once, in the order of their names."""
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not file.is_symlink():
            with file.open("rb") as opened:
                if opened.read(4) == b"\x7fELF":
                    yield file


def read_wanted(folder: Path) -> Wanted:
    """Return what a folder asks of the system. Needs `objdump` of binutils."""
    own = {file.name for file in folder.rglob("*")}
    needed: set[str] = set()
    newest, asked_by = (0, 0), ""
    for file in iter_elf_files(folder):
        said = subprocess.run(["objdump", "-p", file], capture_output=True, text=True, check=True).stdout
        needed.update(_NEEDED.findall(said))
        version = max(((int(major), int(minor)) for major, minor in _GLIBC.findall(said)), default=(0, 0))
        if version > newest:
            newest, asked_by = version, str(file.relative_to(folder))
    return Wanted(libraries=tuple(sorted(needed - own)), glibc=newest, glibc_asked_by=asked_by)


def strip_debugging(folder: Path) -> None:
    """Take out what only a debugger reads; some wheels bring as much of it as they bring code."""
    for file in iter_elf_files(folder):
        sections = subprocess.run(["objdump", "-h", file], capture_output=True, text=True, check=True).stdout
        if " .debug_info" in sections:
            subprocess.run(["strip", "--strip-debug", file], check=True)
