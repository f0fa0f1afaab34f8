"""How one version starts another one."""

import os
import sys
from pathlib import Path

#: Set for a program that was started by the one that is installed: it does not look for another version again.
LAUNCHED = "COUNTER_APP_LAUNCHED"

# A frozen program leads its libraries in by these; another version must find its own.
_OF_A_FROZEN_PROGRAM = (
    "LD_LIBRARY_PATH",
    "_PYI_APPLICATION_HOME_DIR",
    "_PYI_ARCHIVE_FILE",
    "_PYI_PARENT_PROCESS_LEVEL",
)


def program_of(place: Path) -> Path | None:
    """Return the file that starts the version in a folder; None when it is not there.

    Windows has two programs, one of them without a console: whichever this process is, is started again.
    """
    names = ("counter-app.exe", "counter-app") if sys.platform == "win32" else ("counter-app",)
    own = Path(sys.executable).name
    if sys.platform == "win32" and getattr(sys, "frozen", False):
        names = (own, *names)
    return next((place / name for name in names if (place / name).is_file()), None)


def child_environment(version: str) -> dict[str, str]:
    """Return the environment for a program of that version."""
    own = {name: value for name, value in os.environ.items() if name not in _OF_A_FROZEN_PROGRAM}
    if "LD_LIBRARY_PATH_ORIG" in own:
        own["LD_LIBRARY_PATH"] = own.pop("LD_LIBRARY_PATH_ORIG")
    # PyInstaller's own word for a program that is another one than the one that starts it.
    return own | {LAUNCHED: version, "PYINSTALLER_RESET_ENVIRONMENT": "1"}
