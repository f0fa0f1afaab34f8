"""What is inside the packages (CycloneDX), and the checksums of everything that was made."""

import hashlib
import json
import os
import platform
import re
import subprocess
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from installer.folder import ROOT, commit_time

_UV = ROOT / "build" / "bootstrap" / "bin" / "uv"
_WINDOWS_PYTHON = ROOT / "installer" / "windows" / "python.txt"
_WITHOUT = ("--no-dev", "--extra", "province", "--locked", "--no-header")


def write_bill(file: Path, *, debian: Iterable[str]) -> None:
    """Write what is inside, of all systems: Pythons, locked packages, and packages of Debian the `.deb` depends on."""
    said = subprocess.run(
        [_UV, "export", "-q", "--format", "cyclonedx1.5", *_WITHOUT],
        cwd=ROOT,
        env={**os.environ, "UV_PYTHON_DOWNLOADS": "never"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    bill = json.loads(said)
    bill["components"] += list_interpreters()
    bill["components"] += [_debian_component(depends) for depends in debian]
    _make_repeatable(bill)
    file.write_text(json.dumps(bill, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def list_interpreters() -> list[dict[str, Any]]:
    """Return the Pythons inside: that which runs this, for Linux, and the one that is fetched for Windows.

    Raises:
        ValueError: the file that names the latter is not as it was.
    """
    version = platform.python_version()
    linux = {"type": "platform", "bom-ref": "python-linux", "name": "python", "version": version}
    line = r"^([\w-]+)==([\d.]+) --hash=sha256:([0-9a-f]{64})$"
    named = re.search(line, _WINDOWS_PYTHON.read_text("utf-8"), re.MULTILINE)
    if named is None:
        raise ValueError(_WINDOWS_PYTHON.name)
    windows = {
        "type": "platform",
        "bom-ref": "python-windows",
        "name": "python",
        "version": named[2],
        "description": "of Windows; the hash is that of the package it is taken from",
        "purl": f"pkg:pypi/{named[1]}@{named[2]}",
        "hashes": [{"alg": "SHA-256", "content": named[3]}],
    }
    return [linux | {"description": "of Linux", "purl": f"pkg:generic/python@{version}"}, windows]


def _debian_component(depends: str) -> dict[str, Any]:
    name, _, least = depends.partition(" | ")[0].partition(" (>= ")
    component = {"type": "library", "bom-ref": f"deb:{name}", "name": name, "purl": f"pkg:deb/debian/{name}"}
    return component | ({"description": f"at least {least.rstrip(')')}"} if least else {})


def _make_repeatable(bill: dict[str, Any]) -> None:
    """Take chance and the clock out: of the same sources comes the same bill."""
    bill.pop("serialNumber", None)
    bill["metadata"]["timestamp"] = datetime.fromtimestamp(commit_time(), UTC).isoformat().replace("+00:00", "Z")
    content = json.dumps(bill, sort_keys=True).encode()
    bill["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, hashlib.sha256(content).hexdigest())}"


def write_checksums(folder: Path) -> Path:
    """Write `SHA256SUMS` of a folder, in the form that `sha256sum --check` reads."""
    sums = folder / "SHA256SUMS"
    files = sorted(file for file in folder.iterdir() if file.is_file() and file != sums)
    sums.write_text("".join(f"{_sha256(file)}  {file.name}\n" for file in files), encoding="utf-8")
    return sums


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
