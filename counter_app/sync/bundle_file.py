"""The file of a bundle: pieces sealed to one receiver with age (https://age-encryption.org/v1), signed by the giver.

Whoever carries it cannot read it; whoever opens it sees who made it, and whether any of it is missing or altered.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.core.replacing import new_file
from counter_app.sync.age_headers import MOST_HEADER_BYTES, has_short_header
from counter_app.sync.frames import CHUNK_BYTES, Header, Kind, Paper, Piece, Reading, Writing

_MAGIC = b"QMCU\x01\n"
_MOST_PAPER_BYTES = 256 * 1024 * 1024
_encode = msgspec.msgpack.Encoder().encode


Progressed = Callable[[int, int], None]
"""Hears how much of how much is done; of nothing when it cannot be told."""


def in_silence(_done: int, _total: int) -> None:
    """Tell nobody how far it is."""


def never() -> bool:
    """Go on whatever happens."""
    return False


class BundleMade(msgspec.Struct, frozen=True, kw_only=True):
    """What was put into a bundle. `papers_missing` are known here and lie elsewhere."""

    entries: int
    papers: int
    papers_missing: int
    size_bytes: int


class Pieces:
    """Pieces in the order in which bundles have them, with each paper put together."""

    def __init__(self) -> None:
        self.header: Header | None = None
        self._paper: Paper | None = None
        self._content = bytearray()

    def take(self, kind: Kind, data: bytes) -> None:
        """Take the next piece.

        Raises:
            EnvironmentFailure: ``bundle.damaged``.
        """
        if (kind is Kind.HEADER) != (self.header is None):
            raise EnvironmentFailure("bundle.damaged")
        if self._paper is not None and kind is not Kind.CHUNK:
            raise EnvironmentFailure("bundle.damaged")
        match kind:
            case Kind.HEADER:
                self.header = read_header(data)
            case Kind.PAPER:
                self._begin(decode_piece(data, Paper))
            case Kind.CHUNK:
                self._go_on(data)
            case _:
                self.piece(kind, data)

    @property
    def giver(self) -> str:
        """Who says to have made it: proved only at the end. Empty before the first piece."""
        return self.header.giver if self.header is not None else ""

    def _begin(self, paper: Paper) -> None:
        if not 0 <= paper.size_bytes <= _MOST_PAPER_BYTES:
            raise EnvironmentFailure("bundle.damaged")
        self._paper, self._content = paper, bytearray()
        self._finish(paper)

    def _go_on(self, data: bytes) -> None:
        if self._paper is None or not data:
            raise EnvironmentFailure("bundle.damaged")
        self._content += data
        self._finish(self._paper)

    def _finish(self, paper: Paper) -> None:
        if len(self._content) < paper.size_bytes:
            return
        content, self._paper, self._content = bytes(self._content), None, bytearray()
        if len(content) > paper.size_bytes or hashlib.sha256(content).hexdigest() != paper.sha256:
            raise EnvironmentFailure("bundle.damaged")
        self.paper(paper, content)

    def paper(self, paper: Paper, content: bytes) -> None:
        """Take a whole paper, its digest checked."""

    def piece(self, kind: Kind, data: bytes) -> None:
        """Take any other piece."""


def read_header(data: bytes) -> Header:
    """Return who gives a bundle to whom.

    Raises:
        EnvironmentFailure: ``bundle.damaged``.
    """
    header: Header = decode_piece(data, Header)
    if header.made_at.tzinfo is None:
        raise EnvironmentFailure("bundle.damaged")
    return header


def paper_pieces(sha256: str, size_bytes: int, contents: Iterable[bytes]) -> Iterator[Piece]:
    """Yield a paper as its pieces."""
    yield Kind.PAPER, _encode(Paper(sha256=sha256, size_bytes=size_bytes))
    for content in contents:
        for start in range(0, len(content), CHUNK_BYTES):
            yield Kind.CHUNK, content[start : start + CHUNK_BYTES]


def write_bundle(path: Path, pieces: Iterable[Piece], *, sign: Callable[[bytes], bytes], recipient: str) -> int:
    """Write a bundle to a new file, whole or not at all; returns its size in bytes.

    Raises:
        EnvironmentFailure: ``disk.write_failed``; there is no file then.
        AppError: whatever a piece failed by.
    """
    import pyrage

    failed = _Failed()
    try:
        with new_file(path) as stream:
            stream.write(_MAGIC)
            reading = Reading(failed.watch(pieces), sign)
            pyrage.encrypt_io(reading, stream, [pyrage.x25519.Recipient.from_str(recipient)])
        return path.stat().st_size
    except (OSError, pyrage.EncryptError) as exc:
        raise failed.by or EnvironmentFailure("disk.write_failed", retryable=True, file=path.name) from exc


class _Failed:
    """What a piece failed by: age makes an error of its own of it."""

    def __init__(self) -> None:
        self.by: AppError | None = None

    def watch(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        try:
            yield from pieces
        except AppError as exc:
            self.by = exc
            raise


class _Counted:
    """A stream that tells how much of it was read."""

    def __init__(self, stream: BinaryIO, size: int, progressed: Progressed) -> None:
        self._stream, self._size, self._progressed = stream, size, progressed
        self._done = 0

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._done += len(data)
        self._progressed(min(self._done, self._size), self._size)
        return data


def read_bundle(path: Path, identity: str, writing: Writing, *, progressed: Progressed = in_silence) -> None:
    """Open a bundle and give its pieces on, proved by nothing; `progressed` hears how many bytes of how many are read.

    Raises:
        UserError: ``bundle.not_for_us``, ``cli.no_such_file``.
        EnvironmentFailure: ``bundle.damaged``.
    """
    import pyrage

    try:
        with path.open("rb") as stream:
            if stream.read(len(_MAGIC)) != _MAGIC:
                raise EnvironmentFailure("bundle.damaged")
            if not has_short_header(stream.read(MOST_HEADER_BYTES)):
                raise EnvironmentFailure("bundle.damaged")
            stream.seek(len(_MAGIC))
            counted = _Counted(stream, path.stat().st_size, progressed)
            pyrage.decrypt_io(counted, writing, [pyrage.x25519.Identity.from_str(identity)])
    except AppError:
        raise
    except pyrage.DecryptError as exc:
        is_for_another = "matching" in str(exc).lower()
        raise (UserError("bundle.not_for_us") if is_for_another else EnvironmentFailure("bundle.damaged")) from exc
    except FileNotFoundError as exc:
        raise UserError("cli.no_such_file", file=path.name) from exc
    except OSError as exc:
        raise EnvironmentFailure("bundle.damaged") from exc
    if not writing.is_whole:
        raise EnvironmentFailure("bundle.damaged")


def require_for(beginning: bytes, identity: str) -> None:
    """Whether what begins like this is a bundle for the holder of the identity, as far as its first bytes say.

    Raises:
        UserError: ``bundle.not_for_us``.
        EnvironmentFailure: ``bundle.damaged``.
    """
    import pyrage

    header = beginning[len(_MAGIC) :][:MOST_HEADER_BYTES]
    if not (beginning.startswith(_MAGIC) and has_short_header(header)):
        raise EnvironmentFailure("bundle.damaged")
    try:
        pyrage.decrypt(header, [pyrage.x25519.Identity.from_str(identity)])
    except pyrage.DecryptError as exc:  # cut off here, it never opens: only whose it is counts
        if "matching" in str(exc).lower():
            raise UserError("bundle.not_for_us") from exc


def require_new(path: Path) -> None:
    """Whether a file can be made there.

    Raises:
        UserError: ``cli.file_exists``, ``cli.no_such_folder``.
        EnvironmentFailure: ``disk.write_failed``: nothing of such a name can be.
    """
    try:
        if path.exists() or path.is_symlink():
            raise UserError("cli.file_exists", file=path.name)
        if not path.parent.is_dir():
            raise UserError("cli.no_such_folder", folder=path.parent.name)
    except OSError as exc:
        raise EnvironmentFailure("disk.write_failed", file=path.name) from exc


def decode_piece(data: bytes, kind: Any) -> Any:
    """Return what a piece says.

    Raises:
        EnvironmentFailure: ``bundle.damaged``.
    """
    try:
        return msgspec.msgpack.decode(data, type=kind)
    except (msgspec.MsgspecError, RecursionError) as exc:
        raise EnvironmentFailure("bundle.damaged") from exc
