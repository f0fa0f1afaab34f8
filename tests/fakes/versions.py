"""Versions of the program to update to: the maker's key and packs, small programs that stand for a version, and a
driver that ends a process at its n-th step on the disk."""

import json
import os
import signal
import stat
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from counter_app.core.paths import DataFolder
from counter_app.update.pack import Terms, write_pack
from counter_app.update.version import platform_name

OLD_STORE, NEW_STORE = b"old store", b"old store, brought up to date"

#: Does to a store of plain bytes what a version does on trial: alone, for this very try, then its marker.
_STANDS_FOR_A_VERSION = """#!{python} -ISu
import fcntl, json, os, sys, time
root, token = sys.argv[2], sys.argv[5]
mood = {mood!r}
if mood == "breaks":
    open(root + "/counter.db", "wb").write(b"torn")
    sys.exit(1)
if mood == "orphan":
    os.kill(os.getppid(), 9)
lock = os.open(root + "/counter.use", os.O_RDWR)
fcntl.flock(lock, fcntl.LOCK_EX)
change = json.load(open(root + "/updates/state.json")).get("change") or {{}}
if change.get("token") != token:
    sys.exit(2)
open(root + "/counter.db", "ab").write(b", brought up to date")
if mood == "hangs":
    time.sleep(60)
with open(root + "/updates/tried.json.new", "w") as out:
    json.dump({{"token": token, "version": {version!r}, "entries": 7, "migrated": True}}, out)
os.replace(root + "/updates/tried.json.new", root + "/updates/tried.json")
"""

#: This very program, calling itself a later version whose store has one more table.
_THE_PROGRAM_ITSELF = """#!{python}
import sys
sys.path.insert(0, {root!r})
import counter_app
counter_app.__version__ = {version!r}
from sqlalchemy import text
from counter_app.services import open_desk
from counter_app.store import migrating

def migrate(store, *, keep=lambda: None):
    keep()
    with store.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("CREATE TABLE IF NOT EXISTS of_the_new_version (x)"))

open_desk.migrate = migrate
from counter_app.__main__ import main
sys.exit(main())
"""


def new_key(folder: Path) -> tuple[Path, bytes]:
    """Make a release key; return its file and the raw public key. Beside it lies ``release-key.pem``."""
    private = Ed25519PrivateKey.generate()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "private.pem"
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = private.public_key()
    (folder / "release-key.pem").write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return path, public.public_bytes_raw()


def program_folder(place: Path, *, version: str = "9.1.0", mood: str = "good") -> Path:
    """Return a new folder of a program that behaves so: good, breaks, hangs, orphan; or ``real``."""
    (place / "_internal").mkdir(parents=True)
    (place / "_internal" / "dữ liệu.bin").write_bytes(bytes(range(256)) * 40)
    (place / "lib.so.6").write_bytes(b"a library")
    (place / "lib.so").symlink_to("lib.so.6")
    source = _THE_PROGRAM_ITSELF if mood == "real" else _STANDS_FOR_A_VERSION
    program = place / "counter-app"
    root = str(Path(__file__).parents[2])
    program.write_text(source.format(python=sys.executable, mood=mood, version=version, root=root), encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return place


def terms(version: str = "9.1.0", *, share: int = 100, not_before: date | None = None, **other: Any) -> Terms:
    """Return the terms of a pack for this machine."""
    facts: dict[str, Any] = {"minimum_version": "0.0", "platform": platform_name(), "program": "counter-app"}
    return Terms(version=version, share=share, not_before=not_before, **facts | other)


def a_pack(root: Path, key: Path, *, mood: str = "good", version: str = "9.1.0", **other: Any) -> Path:
    """Return the file of a new pack."""
    root.mkdir(parents=True, exist_ok=True)
    out = root / f"{version}-{mood}.qmcu"
    write_pack(
        program_folder(root / f"{version}-{mood}", version=version, mood=mood),
        out,
        key=key,
        terms=terms(version, **other),
    )
    return out


def plain_desk(root: Path) -> DataFolder:
    """Return a data folder whose store is a few bytes: for what treats a store as files."""
    folder = DataFolder(root)
    folder.create()
    folder.store.write_bytes(OLD_STORE)
    return folder


def end_at_step(number: int, below: Path, work: Callable[[], object]) -> bool:
    """Do the work in a process that is killed before its n-th step on files below a folder; whether it was killed."""
    child = os.fork()
    if child == 0:
        _kill_before(number, str(below))
        try:
            work()
        except Exception:  # noqa: BLE001 - what work says is seen on the disk
            os._exit(1)
        os._exit(0)
    _pid, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def _kill_before(number: int, below: str) -> None:
    left = [number]

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        is_step = event in {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "shutil.rmtree"}
        is_step = is_step or (event == "open" and _writes(arguments)) or event == "subprocess.Popen"
        if is_step and any(str(argument).startswith(below) for argument in arguments[:2]):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def _writes(arguments: tuple[Any, ...]) -> bool:
    flags = arguments[2] if len(arguments) > 2 else 0
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))


def state_of(folder: DataFolder) -> dict[str, Any]:
    """Return what is written down about versions."""
    found: dict[str, Any] = json.loads((folder.updates / "state.json").read_text(encoding="utf-8"))
    return found
