"""The file of a backup: named parts of any length, one after the other, sealed with age.

After a mark stands a key of the file's own, wrapped under the pass phrase as a store's is (Argon2id, AES-256-GCM), then
an age file (https://age-encryption.org/v1, X25519) with the parts. Nothing is ever written in the clear. Not age's own
pass phrases: their work is measured on the machine that writes, and a slower one refuses to open them.
"""

import os
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.store.keys import derive_key

_MAGIC = b"QMCP\x01\n"
_LENGTH_BYTES, _SALT_BYTES, _NONCE_BYTES = 4, 16, 12
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
    key = _wrap(str(identity).encode(), passphrase)
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
        secret = _unwrap(_frame(stream, path, _MOST_KEY_BYTES), passphrase)
        identity = pyrage.x25519.Identity.from_str(secret)
        with _draining(lambda target: pyrage.decrypt_io(stream, target, [identity]), path) as pipe:
            while name := _frame(pipe, path, _MOST_NAME_BYTES):
                yield name.decode("utf-8", "replace"), _pieces(pipe, path)


def _wrap(secret: bytes, passphrase: str) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
    return salt + nonce + AESGCM(derive_key(passphrase, salt)).encrypt(nonce, secret, _MAGIC)


def _unwrap(wrapped: bytes, passphrase: str) -> str:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, rest = wrapped[:_SALT_BYTES], wrapped[_SALT_BYTES:]
    try:
        key = AESGCM(derive_key(passphrase, salt))
        return key.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], _MAGIC).decode()
    except (InvalidTag, ValueError) as exc:
        raise UserError("province.wrong_passphrase") from exc


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
