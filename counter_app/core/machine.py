"""What this machine is: its own id, so that a copied disk is noticed, and how much memory it has."""

import os
import sys
from pathlib import Path

_ROOMY_BYTES = 6_000_000_000


def find_machine_id() -> str | None:
    """Return the operating system's own id of this installation, None where it keeps none.

    Windows: MachineGuid in the registry; Linux: machine-id(5). It never leaves this machine.
    """
    if sys.platform == "win32":
        import winreg

        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Microsoft\Cryptography") as key:
                return str(winreg.QueryValueEx(key, "MachineGuid")[0])
        except OSError:
            return None
    for place in (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id")):
        try:
            found = place.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
        if found:
            return found
    return None


def memory_bytes() -> int:
    """Return how much memory the machine has, 0 where it does not say."""
    if sys.platform == "win32":
        import ctypes

        # MEMORYSTATUSEX of the Windows API: its length and the load, four bytes each, then the total.
        status = ctypes.create_string_buffer(64)
        ctypes.c_uint32.from_buffer(status).value = len(status)
        is_told = ctypes.windll.kernel32.GlobalMemoryStatusEx(status)
        return int(ctypes.c_uint64.from_buffer(status, 8).value) if is_told else 0
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        return 0


def is_roomy() -> bool:
    """Whether memory need not be spared, beside what else runs; not so on a machine of 4 GB."""
    return memory_bytes() >= _ROOMY_BYTES
