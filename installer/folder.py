"""The program as one folder: PyInstaller on `counter-app.spec`, in an environment that holds nothing else."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from installer.elf import strip_debugging

ROOT = Path(__file__).parents[1]
WORK = ROOT / "build" / "installer"


def commit_time() -> int:
    """Return the moment of the sources, in seconds: what is built of the same sources is then the same."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given is not None:
        return int(given)
    said = subprocess.run(
        ["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    return int(said) if said else int((ROOT / "pyproject.toml").stat().st_mtime)


def build_folder() -> Path:
    """Return the finished folder for this system; an older one is replaced."""
    out = WORK / sys.platform
    shutil.rmtree(out, ignore_errors=True)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(commit_time()), "PYTHONHASHSEED": "0"}
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "ERROR"]
    command += ["--distpath", str(out), "--workpath", str(WORK / "work"), str(ROOT / "installer/counter-app.spec")]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    folder = out / "counter-app"
    if sys.platform == "linux":
        strip_debugging(folder)
    return folder
