"""Runs before the program: what it starts itself (scanimage, PostgreSQL, a browser) gets Debian's own libraries.

PyInstaller points the loader at the program's folder and keeps the former value beside.
"""

import os

_BEFORE = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
if _BEFORE is not None:
    os.environ["LD_LIBRARY_PATH"] = _BEFORE
else:
    os.environ.pop("LD_LIBRARY_PATH", None)
