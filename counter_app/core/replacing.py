"""Writing a file as a whole: keys, settings, printed papers."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from counter_app.core.errors import EnvironmentFailure


def replace_file(path: Path, data: bytes) -> None:
    """Write a file so that either the old or the new content is there after a power cut; owner-only.

    Raises:
        EnvironmentFailure: ``disk.write_failed``.
    """
    draft = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
        sync_folder(path.parent)
    except OSError as exc:
        with contextlib.suppress(OSError):  # a half-written draft would only take room on a full disk
            draft.unlink(missing_ok=True)
        raise EnvironmentFailure("disk.write_failed", retryable=True, file=path.name) from exc


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Give a file that gets its name once all of it is on the disk; otherwise nothing is left of it.

    Somebody else's file that lies there is replaced: look first.

    Raises:
        OSError: it cannot be written there.
    """
    draft = path.with_name(
        f"{path.name[:40]}.{secrets.token_hex(4)}.part"
    )  # nobody's, and no longer than a name may be
    with draft.open("xb") as stream:
        try:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())  # a stick is pulled out soon
            stream.close()
            draft.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                stream.close()
            with contextlib.suppress(OSError):  # what went wrong first is told
                draft.unlink(missing_ok=True)
            raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the new name durable too; Windows has no handle of a folder and writes names through its own journal."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
