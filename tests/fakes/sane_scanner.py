"""SANE's own `test` backend, in a configuration folder of a test's own: a real backend, a glass and a feeder of ten."""

import os
import shutil
from dataclasses import dataclass, field
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


# Sensors as scanimage prints those of a backend that has some (genesys, fujitsu): SANE's test device has none.
_SCANIMAGE = """#!/bin/sh
here="{folder}"
if [ -e "$here/open" ] || kill -0 "$(cat "$here/scan" 2>/dev/null)" 2>/dev/null; then touch "$here/twice"; fi
case "$*" in
    *--batch*) echo $$ > "$here/scan"; exec "{real}" "$@";;
    *--all-options*) ;;
    *) exec "{real}" "$@";;
esac
if [ -e "$here/busy" ]; then echo "scanimage: open of device test:0 failed: Device busy" >&2; exit 1; fi
touch "$here/open"
"{real}" "$@"
code=$?
echo "  Sensors:"
echo "    --scan[=(yes|no)] $(cat "$here/button")"
echo "        Scan button"
echo "    --page-loaded[=(yes|no)] [yes] [hardware]"
rm "$here/open"
echo >> "$here/looks"
exit $code
"""


@dataclass
class ButtonScanner:
    """SANE's test device behind a `scanimage` that adds sensors: a scan button, and one that says paper is there."""

    folder: Path
    environment: dict[str, str] = field(init=False)
    program: Path = field(init=False)

    def __post_init__(self) -> None:
        environment = sane_folder(self.folder)
        self.program = self.folder / "scanimage"
        self.program.write_text(_SCANIMAGE.format(folder=self.folder, real=shutil.which("scanimage")), encoding="utf-8")
        self.program.chmod(0o700)
        self.environment = {**environment, "PATH": f"{self.folder}{os.pathsep}{os.environ['PATH']}"}
        self.release()

    def press(self) -> None:
        """Hold the button down."""
        self._say("[yes] [hardware]")

    def release(self) -> None:
        """Let the button go."""
        self._say("[no] [hardware]")

    def say_nothing(self) -> None:
        """Be a scanner that tells of no button."""
        self._say("[inactive]")

    @property
    def looks(self) -> int:
        """How often the sensors were read."""
        looks = self.folder / "looks"
        return looks.stat().st_size if looks.exists() else 0

    @property
    def was_opened_twice(self) -> bool:
        """Whether somebody opened it while it was open."""
        return (self.folder / "twice").exists()

    def be_busy(self, *, is_busy: bool) -> None:
        """Be in the hands of another program."""
        if is_busy:
            (self.folder / "busy").touch()
        else:
            (self.folder / "busy").unlink()

    def _say(self, state: str) -> None:
        written = self.folder / "written"
        written.write_text(state, encoding="utf-8")
        written.replace(self.folder / "button")
