"""Versions of the program: numbers with dots, compared number by number."""

import re
import sys

from counter_app.core.errors import UserError

_SHAPE = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6}){1,3}", re.ASCII)

Numbers = tuple[int, ...]


def numbers_of(version: str) -> Numbers:
    """Return what versions are compared by; 1.2 and 1.2.0 are equal.

    Raises:
        UserError: ``update.bad_version``.
    """
    if not _SHAPE.fullmatch(version):
        raise UserError("update.bad_version", version=version[:20])
    numbers = [int(number) for number in version.split(".")]
    return tuple(numbers + [0] * (4 - len(numbers)))


def platform_name() -> str:
    """Return what programs for this machine are called: ``linux-x86_64``, ``windows-x86_64``."""
    import platform

    machine = platform.machine().lower()
    system = {"win32": "windows"}.get(sys.platform, sys.platform)
    return f"{system}-{ {'amd64': 'x86_64', 'arm64': 'aarch64'}.get(machine, machine) }".replace(" ", "")
