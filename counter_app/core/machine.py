"""Telling one machine from another, so that a copied disk is noticed."""

import sys
from pathlib import Path


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
