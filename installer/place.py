"""What the smoke test needs of a system that it installs into."""

import subprocess
from pathlib import Path
from typing import Protocol


class Place(Protocol):
    """Somewhere that has none of the program's libraries, seen from this machine."""

    files: Path
    """A folder of the place, by its path on this machine; the program's user may write there."""

    def inside(self, path: Path) -> str:
        """Return how the program names a path of this machine."""

    def install(self, package: Path) -> str:
        """Install, or upgrade in place. Returns what the installer said.

        Raises:
            RefusedError: the installer changed nothing.
        """

    def remove(self) -> None:
        """Take the program away, as thoroughly as the system can without being asked for the data."""

    def is_installed(self) -> bool:
        """Whether the program's command is there."""

    def newer(self, package: Path) -> Path:
        """Return the same package with a higher version."""

    def start(self, *arguments: str, **variables: str) -> "subprocess.Popen[str]":
        """Start the installed program with these variables and nobody at the keyboard."""

    def end(self, window: "subprocess.Popen[str]") -> None:
        """End a window that was started, as a power cut would."""

    def close(self) -> None:
        """Leave nothing of it behind."""


class RefusedError(Exception):
    """An installer said no; its words."""
