"""A folder in memory: another program wants file names, and no page may lie on a disk in the clear."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from counter_app.core.errors import EnvironmentFailure

_PREFIX = "counter-scan-"


@contextlib.contextmanager
def memory_folder() -> Iterator[Path]:
    """Make a folder that only this user can read, and take it away afterwards. POSIX only.

    What a killed program of ours left is taken away first.

    Raises:
        EnvironmentFailure: ``scan.no_memory_folder``: this machine has no place in memory (``/dev/shm``).
    """
    place = next((place for place in _places() if place.is_dir() and os.access(place, os.W_OK)), None)
    if place is None:
        raise EnvironmentFailure("scan.no_memory_folder")
    sweep(place)
    try:
        folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=place))
    except OSError as exc:
        raise EnvironmentFailure("scan.no_memory_folder") from exc
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(place: Path) -> None:
    """Take away the folders of programs that no longer run."""
    for folder in place.glob(f"{_PREFIX}*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isascii() and owner.isdigit() and len(owner) < 10 and not _runs(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def _runs(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _places() -> tuple[Path, ...]:
    own = os.environ.get("XDG_RUNTIME_DIR", "")
    return (Path("/dev/shm"), *([Path(own)] if own else []))  # noqa: S108 - in memory, and the folder has a random name
