"""PKCS#11 modules of tokens that are usual in Vietnam: where each maker's installer puts its library.

Each entry says where the name was seen and whether somebody tried it with this program.
"""

import os
import sys
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenModule:
    """One library: what it is for, its full path on this system, and whether it was tried."""

    name: str
    path: Path
    is_verified: bool


@cache
def list_known_modules(platform: str = sys.platform) -> tuple[TokenModule, ...]:
    """Return the modules known for a platform in the order in which to look for them; paths need not exist."""
    document = tomllib.loads((files(__name__) / "modules.toml").read_text(encoding="utf-8"))
    return tuple(
        TokenModule(name=entry["name"], path=Path(_full(entry["path"])), is_verified=entry["verified"])
        for entry in document["module"]
        if entry["platform"] == platform
    )


def _full(path: str) -> str:
    """Put the folder of Windows in; a bare file name would let a planted library be loaded."""
    return path.replace("%SystemRoot%", os.environ.get("SYSTEMROOT", r"C:\Windows"))
