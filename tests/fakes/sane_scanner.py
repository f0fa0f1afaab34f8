"""SANE's own `test` backend, in a configuration folder of a test's own: a real backend, a glass and a feeder of ten."""

import os
import shutil
from pathlib import Path

import pytest

SHEETS = 10
DEVICE = "sane:test:0"

needs_sane = pytest.mark.skipif(
    shutil.which("scanimage") is None or os.name != "posix", reason="sane-utils is installed by the set-up of make test"
)


def sane_folder(folder: Path, *, backend: str = "test", **options: str) -> dict[str, str]:
    """Make a configuration with one backend and return the environment that chooses it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dll.conf").write_text(f"{backend}\n", encoding="utf-8")
    lines = [f"{name.replace('_', '-')} {value}" for name, value in options.items()]
    (folder / f"{backend}.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return {"SANE_CONFIG_DIR": str(folder)}


def faulty_sane(folder: Path, status: str) -> dict[str, str]:
    """Make one whose reading ends with a SANE status, such as ``SANE_STATUS_JAMMED``."""
    return sane_folder(folder, read_status_code=f'"{status}"')


def airscan_folder(folder: Path, address: str) -> dict[str, str]:
    """Make a configuration of the real `sane-airscan` driver with one scanner and no discovery."""
    environment = sane_folder(folder, backend="airscan")
    lines = ["[devices]", f'"Scanner" = {address}, eSCL', "[options]", "discovery = disable"]
    (folder / "airscan.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return environment
