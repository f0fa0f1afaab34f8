"""The file of a backup: named parts of any length, one after the other, sealed with age.

After a mark stands an age file under the pass phrase (scrypt) with a key of its own, then an age file under that key
(X25519) with the parts: any program that speaks age opens both (https://age-encryption.org/v1). Nothing is ever written
in the clear.
"""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from counter_app.core.errors import EnvironmentFailure, UserError

_MAGIC = b"QMCP\x01\n"
_LENGTH_BYTES = 4
_MOST_KEY_BYTES, _MOST_NAME_BYTES, _MOST_CHUNK = 4_096, 4_096, 1 << 20

Put = Callable[[str, Iterable[bytes]], None]
"""Writes one part: its name and its content in pieces."""
Part = tuple[str, Iterator[bytes]]


@contextmanager
def sealing(path: Path, passphrase: str) -> Iterator[Put]:
    """Give what writes parts; the file is there, whole and on disk, when the body ends, or it is not there.

    Raises:
        EnvironmentFailure: ``disk.write_failed``.
    """
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    key = pyrage.passphrase.encrypt(str(identity).encode(), passphrase)
    draft = path.with_name(f"{path.name}.part")
    try:
        with draft.open("xb") as stream:
            draft.chmod(0o600)
            stream.write(_MAGIC + _framed(key))
            with _pumping(lambda source: pyrage.encrypt_io(source, stream, [identity.to_public()])) as pipe:
                yield lambda name, pieces: _put(pipe, name, pieces)
                pipe.write(_framed(b""))
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    except OSError as exc:
        raise EnvironmentFailure("disk.write_failed", retryable=True, file=path.name) from exc
    finally:
        draft.unlink(missing_ok=True)


def iter_parts(path: Path, passphrase: str) -> Iterator[Part]:
    """Yield the parts in order; the content of each is to be read before the next one is asked for.

    Raises:
        UserError: ``province.no_backup_file``, ``province.wrong_passphrase``.
        EnvironmentFailure: ``province.backup_damaged``, at the latest after the last part.
    """
    import pyrage

    try:
        stream = path.open("rb")
    except OSError as exc:
        raise UserError("province.no_backup_file", file=path.name) from exc
    with stream:
        if stream.read(len(_MAGIC)) != _MAGIC:
            raise EnvironmentFailure("province.backup_damaged", file=path.name)
        sealed_key = _frame(stream, path, _MOST_KEY_BYTES)
        try:
            secret = pyrage.passphrase.decrypt(sealed_key, passphrase)
            identity = pyrage.x25519.Identity.from_str(secret.decode())
        except (pyrage.DecryptError, pyrage.IdentityError, ValueError) as exc:
            raise UserError("province.wrong_passphrase") from exc
        with _draining(lambda target: pyrage.decrypt_io(stream, target, [identity]), path) as pipe:
            while name := _frame(pipe, path, _MOST_NAME_BYTES):
                yield name.decode("utf-8", "replace"), _pieces(pipe, path)


def _put(pipe: BinaryIO, name: str, pieces: Iterable[bytes]) -> None:
    pipe.write(_framed(name.encode()))
    for piece in pieces:
        pipe.writelines(_framed(piece[start : start + _MOST_CHUNK]) for start in range(0, len(piece), _MOST_CHUNK))
    pipe.write(_framed(b""))


def _pieces(pipe: BinaryIO, path: Path) -> Iterator[bytes]:
    while piece := _frame(pipe, path, _MOST_CHUNK):
        yield piece


def _framed(data: bytes) -> bytes:
    return len(data).to_bytes(_LENGTH_BYTES, "big") + data


def _frame(stream: BinaryIO, path: Path, most: int) -> bytes:
    head = stream.read(_LENGTH_BYTES)
    length = int.from_bytes(head, "big")
    data = stream.read(length) if len(head) == _LENGTH_BYTES and length <= most else b""
    if len(head) < _LENGTH_BYTES or length > most or len(data) < length:
        raise EnvironmentFailure("province.backup_damaged", file=path.name)
    return data


@contextmanager
def _pumping(seal: Callable[[BinaryIO], None]) -> Iterator[BinaryIO]:
    """Give the end of a pipe into which is written; `seal` reads the other end in a thread of its own."""
    source, sink = os.pipe()
    failures: list[Exception] = []
    thread = threading.Thread(target=_run, args=(seal, os.fdopen(source, "rb"), failures), name="backup")
    thread.start()
    try:
        with os.fdopen(sink, "wb") as pipe:
            yield pipe
    except BrokenPipeError:
        if not failures:
            raise
    finally:
        thread.join()
    if failures:
        raise OSError("sealing failed") from failures[0]


@contextmanager
def _draining(unseal: Callable[[BinaryIO], None], path: Path) -> Iterator[BinaryIO]:
    """Give the end of a pipe to read from; `unseal` writes the other end in a thread of its own."""
    source, sink = os.pipe()
    failures: list[Exception] = []
    thread = threading.Thread(target=_run, args=(unseal, os.fdopen(sink, "wb"), failures), name="backup")
    thread.start()
    try:
        with os.fdopen(source, "rb") as pipe:
            yield pipe
            if pipe.read(1):
                raise EnvironmentFailure("province.backup_damaged", file=path.name)
    finally:
        thread.join()
    if failures:
        raise EnvironmentFailure("province.backup_damaged", file=path.name) from failures[0]


def _run(work: Callable[[BinaryIO], None], end: BinaryIO, failures: list[Exception]) -> None:
    try:
        work(end)
    except Exception as exc:  # noqa: BLE001 - age and the disk fail in many ways; the caller hears of it
        failures.append(exc)
    finally:
        with suppress(OSError):
            end.close()
