"""The licences of the libraries inside the program's folder, which go with it into every package."""

import re
from importlib.metadata import distributions
from pathlib import Path

_LICENCE = re.compile(r"^(?:licen[cs]e|copying|notice|copyright|authors)(?:[.\-_]|$)", re.IGNORECASE)
_NOT_INSIDE = {"altgraph", "packaging", "pip", "pyinstaller", "pyinstaller-hooks-contrib", "setuptools"}


def list_licences() -> list[tuple[Path, str]]:
    """Return each licence file of the environment that runs this, and the folder it belongs into."""
    inside = [found for found in distributions() if found.metadata["Name"].lower() not in _NOT_INSIDE]
    return sorted(
        (Path(str(found.locate_file(file))), f"licences/{found.metadata['Name']}")
        for found in inside
        for file in found.files or ()
        if _LICENCE.match(file.name) and "dist-info" in str(file)
    )
