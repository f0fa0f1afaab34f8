"""What is inside a bundle: pieces with a kind and a length, and at the end the giver's signature over all of them."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum

import msgspec

from counter_app.core.clock import Instant
from counter_app.core.errors import EnvironmentFailure
from counter_app.sync.codec import MOST_PACKED_BYTES
from counter_app.sync.ports import Acknowledgement

#: Longer pieces are no bundle of ours.
MOST_PIECE_BYTES = MOST_PACKED_BYTES * 4
CHUNK_BYTES = 256 * 1024
#: A digest of everything up to there is told after so many bytes of whole pieces, and at the end.
_MARK_EVERY_BYTES = CHUNK_BYTES
MARK_BYTES = 32
#: More pieces than that between two marks are none of ours, of which two have 90 bytes at least: each costs its time.
_MOST_BETWEEN_MARKS = _MARK_EVERY_BYTES // 32
_HEAD_BYTES = 5
_WORDS = b"counter-app bundle 1\x00"


class Kind(IntEnum):
    """What a piece is."""

    HEADER = 1
    ROSTER = 2
    STATEMENT = 3
    PAPER = 4
    CHUNK = 5
    BATCH = 6
    END = 7
    ASKING = 8
    ANSWER = 9
    FEED = 10
    OWN = 11


_KINDS = frozenset(Kind)


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """Who gives it (a desk's id) to whom (a holder), and when it was made."""

    giver: str
    receiver: str
    made_at: Instant


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What the giver has of every chain, and the papers that it knows of and lacks."""

    chains: tuple[Acknowledgement, ...]
    lacks: tuple[str, ...] = ()


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the vault; its chunks follow."""

    sha256: str
    size_bytes: int


Piece = tuple[Kind, bytes]


class Reading:
    """A file-like view of pieces on their way out, signed at the end."""

    def __init__(self, pieces: Iterable[Piece], sign: Callable[[bytes], bytes]) -> None:
        self._rest = self._bytes_of(pieces, sign)
        self._left = b""

    def read(self, size: int = -1) -> bytes:
        """Return at most so many bytes, none at the end."""
        while not self._left:
            following = next(self._rest, None)
            if following is None:
                return b""
            self._left = following
        wanted = size if size >= 0 else len(self._left)
        given, self._left = self._left[:wanted], self._left[wanted:]
        return given

    def _bytes_of(self, pieces: Iterable[Piece], sign: Callable[[bytes], bytes]) -> Iterator[bytes]:
        digest = hashlib.sha256()
        for kind, data in pieces:
            piece = bytes([kind]) + len(data).to_bytes(4, "big") + data
            digest.update(piece)
            yield piece
        signature = sign(_WORDS + digest.digest())
        yield bytes([Kind.END]) + len(signature).to_bytes(4, "big") + signature


def _unmarked(_mark: bytes) -> None:
    """Keep no mark."""


class Writing:
    """A file-like end for plain bytes: every whole piece goes to `take`, and to `end` what was signed and by what.

    `marked` hears now and then the digest of all pieces that `take` has had: the same at the same places of the same
    bytes, and at the end.
    """

    def __init__(
        self,
        take: Callable[[Kind, bytes], None],
        end: Callable[[bytes, bytes], None],
        *,
        marked: Callable[[bytes], None] = _unmarked,
    ) -> None:
        self._take, self._end, self._marked = take, end, marked
        self._waiting = bytearray()
        self._digest = hashlib.sha256()
        self._unmarked_bytes = self._unmarked_pieces = 0
        self.is_ended = False

    def write(self, data: bytes) -> int:
        """Take bytes as they come.

        Raises:
            EnvironmentFailure: ``bundle.damaged``.
        """
        self._waiting += data
        while (piece := self._next()) is not None:
            kind, content = piece
            if self.is_ended:
                raise EnvironmentFailure("bundle.damaged")
            if kind is Kind.END:
                self.is_ended = True
                self._mark()
                self._end(_WORDS + self._digest.digest(), content)
            else:
                self._digest.update(bytes([kind]) + len(content).to_bytes(4, "big") + content)
                self._take(kind, content)
                self._count(_HEAD_BYTES + len(content))
        return len(data)

    def flush(self) -> None:
        """Nothing is kept back."""

    @property
    def is_whole(self) -> bool:
        """Whether it ended where a bundle ends."""
        return self.is_ended and not self._waiting

    def _count(self, size: int) -> None:
        self._unmarked_bytes += size
        self._unmarked_pieces += 1
        if self._unmarked_pieces > _MOST_BETWEEN_MARKS:
            raise EnvironmentFailure("bundle.damaged")
        if self._unmarked_bytes >= _MARK_EVERY_BYTES:
            self._mark()

    def _mark(self) -> None:
        self._unmarked_bytes = self._unmarked_pieces = 0
        self._marked(self._digest.digest())

    def _next(self) -> Piece | None:
        if len(self._waiting) < _HEAD_BYTES:
            return None
        length = int.from_bytes(self._waiting[1:_HEAD_BYTES], "big")
        if length > MOST_PIECE_BYTES or self._waiting[0] not in _KINDS:
            raise EnvironmentFailure("bundle.damaged")
        if len(self._waiting) < _HEAD_BYTES + length:
            return None
        kind, content = Kind(self._waiting[0]), bytes(self._waiting[_HEAD_BYTES : _HEAD_BYTES + length])
        del self._waiting[: _HEAD_BYTES + length]
        return kind, content
