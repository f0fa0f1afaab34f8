"""What the Windows build gives to PyInstaller, and what its folder must and must not hold.

python -m installer.windows.parts resource VERSION   the version resource of the programs, for PyInstaller
python -m installer.windows.parts check FOLDER       exit 1, with a line for each reason not to ship the folder
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

NAME = "Quầy Một Cửa"
PUBLISHER = "The Quầy Một Cửa team"

NEEDED = (
    "QuayMotCua.exe",
    "counter-app.exe",
    "_internal/python313.dll",
    "_internal/VCRUNTIME140.dll",
    "_internal/MSVCP140.dll",
    "_internal/PySide6/plugins/platforms/qwindows.dll",
    "_internal/tessdata/vie.traineddata",
)
"""Without these the program does not start on a fresh Windows 10, or does not read papers."""

_STUB_MARK = b"only_for_wine"
_WINE_MARK = b"Wine builtin DLL"
_OF_WINDOWS = re.compile(r"^(?:icu(?:uc|in)?|ucrtbase|winecrt|mscms|kernel32|api-ms-win-[\w-]+)\.dll$", re.IGNORECASE)
_VIETNAMESE, _UNICODE = 0x042A, 1200


def split_version(version: str) -> tuple[int, int, int, int]:
    """Return a version as Windows counts it: four numbers, the last one 0.

    Raises:
        ValueError: the version is not three numbers, each below 65536.
    """
    numbers = [int(part) for part in version.split(".")]
    if len(numbers) != 3 or not all(0 <= number < 65536 for number in numbers):
        raise ValueError(f"not a version for Windows: {version}")
    return numbers[0], numbers[1], numbers[2], 0


def version_resource(version: str) -> str:
    """Return the version resource of both programs, as PyInstaller reads it."""
    numbers = split_version(version)
    words = {
        "CompanyName": PUBLISHER,
        "FileDescription": NAME,
        "FileVersion": ".".join(map(str, numbers)),
        "LegalCopyright": "EUPL-1.2",
        "ProductName": NAME,
        "ProductVersion": version,
    }
    table = ", ".join(f"StringStruct({name!r}, {value!r})" for name, value in words.items())
    return (
        f"VSVersionInfo(ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}, mask=0x3F, OS=0x40004, fileType=1), "
        f"kids=[StringFileInfo([StringTable('{_VIETNAMESE:04x}{_UNICODE:04x}', [{table}])]), "
        f"VarFileInfo([VarStruct('Translation', [{_VIETNAMESE}, {_UNICODE}])])])\n"
    )


def list_faults(folder: Path) -> list[str]:
    """Return why a folder must not be shipped; nothing when it may."""
    missing = [f"{name} is missing" for name in NEEDED if not (folder / name).is_file()]
    return missing + [fault for file in sorted(folder.rglob("*")) if file.is_file() for fault in _faults_of(file)]


def _faults_of(file: Path) -> Iterator[str]:
    content = file.read_bytes()
    if _STUB_MARK in content:
        yield f"{file.name} is a stub that is meant for Wine only"
    if content.startswith(b"MZ") and _WINE_MARK in content[:256]:
        yield f"{file.name} is Wine's own, not Windows'"
    if _OF_WINDOWS.match(file.name):
        yield f"{file.name} belongs to Windows itself"


def main(arguments: list[str]) -> int:
    """Do what the command line says; return the exit code."""
    match arguments:
        case ["resource", version]:
            sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
            sys.stdout.write(version_resource(version))
            return 0
        case ["check", folder]:
            faults = list_faults(Path(folder))
            print(*faults, sep="\n", end="\n" if faults else "")
            return 1 if faults else 0
        case _:
            print(__doc__)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
