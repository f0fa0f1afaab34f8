"""The vault: digitised papers as files, found by their content, encrypted, whole or not there.

A file is AES-256-GCM (NIST SP 800-38D) in chunks, each chunk sealed with its place and whether it is the last, so that
a cut, swapped or lengthened file is noticed (the STREAM construction: Hoang, Reyhanitabar, Rogaway, Vizár, "Online
Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", CRYPTO 2015). File names are keyed digests: the folder
does not tell which known paper it holds.
"""

import hashlib
import hmac
import os
import secrets
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO, RawIOBase
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from counter_app.core.errors import EnvironmentFailure
from counter_app.core.replacing import sync_folder

_MAGIC = b"QMCV\x01"
_PREFIX_BYTES = 7
_TAG_BYTES = 16
CHUNK_BYTES = 256 * 1024
_HEADER_BYTES = len(_MAGIC) + _PREFIX_BYTES
_FULL_CHUNK = CHUNK_BYTES + _TAG_BYTES

# A file that nothing refers to may belong to a transaction under way: it is swept only when it is older than this.
SWEEP_AFTER_S = 24 * 3600
_DRAFT, _TAKEN = ".new", ".gone"


class Blob(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept: the SHA-256 of the plain content as lower-case hex, and its length."""

    sha256: str
    size_bytes: int


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep did: files that are known, files deleted, and those that may belong to work under way."""

    kept: int = 0
    deleted: int = 0
    freed_bytes: int = 0
    waiting: int = 0


class Sealed(RawIOBase):
    """What is written comes out in sealed chunks. Only the last may be short, so one full chunk is held back."""

    def __init__(self, stream: BinaryIO, cipher_key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        super().__init__()
        self._stream = stream
        self._cipher = AESGCM(cipher_key)
        self._prefix = secrets.token_bytes(_PREFIX_BYTES)
        self._digest = hashlib.sha256()
        self._waiting = bytearray()
        self._place = self._size_bytes = 0
        stream.write(_MAGIC + self._prefix)

    def writable(self) -> bool:
        """Return that it can be written."""
        return True

    def write(self, data: Any) -> int:
        """Take a piece of any size."""
        self._waiting += data
        while len(self._waiting) > CHUNK_BYTES:
            self._write_chunk(bytes(self._waiting[:CHUNK_BYTES]), is_last=False)
            del self._waiting[:CHUNK_BYTES]
        return len(data)

    def end(self) -> Blob:
        """Seal what is left; there is at least one chunk."""
        self._write_chunk(bytes(self._waiting), is_last=True)
        return Blob(sha256=self._digest.hexdigest(), size_bytes=self._size_bytes)

    def _write_chunk(self, plain: bytes, *, is_last: bool) -> None:
        self._digest.update(plain)
        self._size_bytes += len(plain)
        self._stream.write(self._cipher.encrypt(_nonce(self._prefix, self._place, is_last=is_last), plain, _MAGIC))
        self._place += 1


class Opened(RawIOBase):
    """The plain content of a file of the vault, from any place. One thread at a time."""

    def __init__(self, stream: BinaryIO, cipher_key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        super().__init__()
        self._stream, self._cipher = stream, AESGCM(cipher_key)
        header = stream.read(_HEADER_BYTES)
        sealed_bytes = stream.seek(0, os.SEEK_END) - _HEADER_BYTES
        self._chunks = -(-sealed_bytes // _FULL_CHUNK)
        self._size_bytes = sealed_bytes - self._chunks * _TAG_BYTES
        self._prefix, self._at, self._place, self._plain = header[len(_MAGIC) :], 0, -1, b""
        if len(header) != _HEADER_BYTES or not header.startswith(_MAGIC) or self._size_bytes < 0:
            stream.close()
            raise EnvironmentFailure("vault.damaged")

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def seekable(self) -> bool:
        """Return that it can be read from any place."""
        return True

    def tell(self) -> int:
        """Return where the next byte is read."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place; returns it."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size_bytes}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, target: Any) -> int:
        """Read as much as there is room for; less only at the end.

        Raises:
            EnvironmentFailure: ``vault.damaged``.
        """
        view, done = memoryview(target).cast("B"), 0
        while done < len(view) and self._at < self._size_bytes:
            place, within = divmod(self._at, CHUNK_BYTES)
            plain = self._read_chunk(place)[within : within + len(view) - done]
            view[done : done + len(plain)] = plain
            self._at, done = self._at + len(plain), done + len(plain)
        return done

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
        super().close()

    def _read_chunk(self, place: int) -> bytes:
        from cryptography.exceptions import InvalidTag

        if place != self._place:
            self._stream.seek(_HEADER_BYTES + place * _FULL_CHUNK)
            nonce = _nonce(self._prefix, place, is_last=place == self._chunks - 1)
            try:
                self._plain = self._cipher.decrypt(nonce, self._stream.read(_FULL_CHUNK), _MAGIC)
            except InvalidTag as exc:
                raise EnvironmentFailure("vault.damaged") from exc
            self._place = place
        return self._plain


class Vault:
    """The files under one folder. Safe from any thread; every method reads or writes the disk."""

    def __init__(self, folder: Path, store_key: bytes) -> None:
        """`store_key` is the store's own 32 bytes; the vault's two keys are derived from it."""
        self._folder = folder
        self._cipher_key = _derive(store_key, b"counter-app vault content")
        self._name_key = _derive(store_key, b"counter-app vault names")

    def put(self, content: Iterable[bytes]) -> Blob:
        """Write content that may come in pieces of any size; durable under its name when this returns.

        The same content twice is one file. Memory stays at a few chunks.

        Raises:
            EnvironmentFailure: ``disk.full``, ``disk.write_failed``; nothing was kept.
        """

        def write(target: "Sealed") -> None:
            for piece in content:
                target.write(piece)

        return self.put_written(write)

    def put_written(self, write: Callable[["Sealed"], None]) -> Blob:
        """Keep what `write` writes into the stream that it is given: for content that is too large to hold twice.

        Raises:
            EnvironmentFailure: as `put`.
        """
        draft = self._folder / f"{secrets.token_hex(16)}{_DRAFT}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            with os.fdopen(handle, "wb") as stream:
                sealed = Sealed(stream, self._cipher_key)
                write(sealed)
                blob = sealed.end()
                stream.flush()
                os.fsync(stream.fileno())
            self._move_in(draft, blob)
        except OSError as exc:
            raise _failure(exc) from exc
        finally:
            _discard(draft)
        return blob

    def iter_content(self, sha256: str) -> Iterator[bytes]:
        """Yield the plain content in chunks; what was yielded is right, the end is checked as well.

        Raises:
            EnvironmentFailure: ``vault.missing``, ``vault.damaged``.
        """
        path, digest = self._path(sha256), hashlib.sha256()
        try:
            with path.open("rb") as stream:
                for plain in self._open(stream):
                    digest.update(plain)
                    yield plain
        except FileNotFoundError as exc:
            raise EnvironmentFailure("vault.missing") from exc
        except OSError as exc:
            raise EnvironmentFailure("vault.damaged") from exc
        if digest.hexdigest() != sha256:
            raise EnvironmentFailure("vault.damaged")

    def get(self, sha256: str) -> bytes:
        """Return the whole plain content.

        Raises:
            EnvironmentFailure: as `iter_content`.
        """
        whole = BytesIO()
        for plain in self.iter_content(sha256):
            whole.write(plain)
        return whole.getvalue()

    def open(self, sha256: str) -> "Opened":
        """Return the plain content as a file to read anywhere in, a chunk or two of it in memory; close it when done.

        What is read is what was sealed at that place. That the file as a whole is the one that was asked for says
        `iter_content` alone.

        Raises:
            EnvironmentFailure: ``vault.missing``, ``vault.damaged``.
        """
        try:
            return Opened(self._path(sha256).open("rb"), self._cipher_key)
        except FileNotFoundError as exc:
            raise EnvironmentFailure("vault.missing") from exc
        except OSError as exc:
            raise EnvironmentFailure("vault.damaged") from exc

    def holds(self, sha256: str) -> bool:
        """Whether there is a file of that content; says nothing about its soundness."""
        return self._path(sha256).is_file()

    def touch(self, sha256: str) -> bool:
        """Count the day that a file stays unnamed from now; whether there is such a file."""
        try:
            os.utime(self._path(sha256))
        except OSError:
            return False
        return True

    def scrub(self, blobs: Iterable[Blob]) -> tuple[Blob, ...]:
        """Read every given file whole and return those that are missing or damaged."""
        return tuple(blob for blob in blobs if not self._is_sound(blob))

    def sweep(
        self,
        is_known: Callable[[str], bool],
        *,
        now_s: float | None = None,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> Swept:
        """Delete files that nothing refers to and that are a day old; drafts of ended writes too.

        `is_known` answers for a file's name (`name_of`), from what the store said before this was called. Another
        process may put files meanwhile: what it puts is new, and stays. Files that cannot be deleted stay as well.
        """
        limit = (time.time() if now_s is None else now_s) - SWEEP_AFTER_S
        found = deleted = freed = waiting = 0
        for path in self._iter_files():
            if is_stopped():
                break
            if path.suffix != _DRAFT and is_known(path.stem):
                self._put_back(path)
                found += 1
                continue
            size = _take_away(path, limit)
            deleted, freed, waiting = deleted + (size is not None), freed + (size or 0), waiting + (size is None)
        return Swept(kept=found, deleted=deleted, freed_bytes=freed, waiting=waiting)

    def name_of(self, sha256: str) -> str:
        """Return the name of the file of that content."""
        return hmac.new(self._name_key, sha256.encode(), hashlib.sha256).hexdigest()

    def _iter_files(self) -> Iterator[Path]:
        try:
            entries = sorted(self._folder.iterdir())
        except FileNotFoundError:
            return
        for entry in entries:
            if entry.is_dir():
                yield from sorted(entry.iterdir())
            elif entry.suffix == _DRAFT:
                yield entry

    def _put_back(self, path: Path) -> None:
        """A sweep that was cut off in the middle had taken a file that is known again."""
        if path.suffix == _TAKEN:
            path.replace(path.with_suffix(""))

    def _path(self, sha256: str) -> Path:
        name = self.name_of(sha256)
        return self._folder / name[:2] / name

    def _is_sound(self, blob: Blob) -> bool:
        try:
            return sum(map(len, self.iter_content(blob.sha256))) == blob.size_bytes
        except EnvironmentFailure:
            return False

    def _move_in(self, draft: Path, blob: Blob) -> None:
        path = self._path(blob.sha256)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        draft.replace(path)
        sync_folder(path.parent)
        sync_folder(self._folder)

    def _open(self, stream: BinaryIO) -> Iterator[bytes]:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        header = stream.read(_HEADER_BYTES)
        if len(header) != _HEADER_BYTES or not header.startswith(_MAGIC):
            raise EnvironmentFailure("vault.damaged")
        cipher, prefix = AESGCM(self._cipher_key), header[len(_MAGIC) :]
        place, sealed = 0, stream.read(_FULL_CHUNK)
        while True:
            following = stream.read(_FULL_CHUNK) if len(sealed) == _FULL_CHUNK else b""
            try:
                yield cipher.decrypt(_nonce(prefix, place, is_last=not following), sealed, _MAGIC)
            except InvalidTag as exc:
                raise EnvironmentFailure("vault.damaged") from exc
            if not following:
                return
            place, sealed = place + 1, following


def _derive(store_key: bytes, purpose: bytes) -> bytes:
    """HKDF-SHA256 (RFC 5869) for one 32-byte key: extract, then one round of expand."""
    extracted = hmac.new(b"", store_key, hashlib.sha256).digest()
    return hmac.new(extracted, purpose + b"\x01", hashlib.sha256).digest()


def _nonce(prefix: bytes, place: int, *, is_last: bool) -> bytes:
    return prefix + struct.pack(">IB", place, int(is_last))


def _failure(error: OSError) -> EnvironmentFailure:
    code = "disk.full" if error.errno in (28, 122) else "disk.write_failed"  # ENOSPC, EDQUOT
    return EnvironmentFailure(code, retryable=True, file="vault")


def _take_away(path: Path, limit: float) -> int | None:
    """Delete a file that is older than the limit and return its length; None where it stays.

    It is taken out of its place first and looked at again there: whoever has put the same content in between finds
    it back, and whoever puts it now gets a file of its own.
    """
    taken = path if path.suffix in (_DRAFT, _TAKEN) else path.with_suffix(_TAKEN)
    try:
        if path.stat().st_mtime >= limit:
            return None
        path.replace(taken)
        about = taken.stat()
        if about.st_mtime >= limit:
            taken.replace(path)
            return None
        taken.unlink()
    except OSError:
        return None
    return about.st_size


def _discard(draft: Path) -> None:
    try:
        draft.unlink(missing_ok=True)
    except OSError:
        return  # the sweep takes it
