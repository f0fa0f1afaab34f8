"""Papers in a bucket: ``papers/AB/SHA256`` as in a folder, and those on their way as ``parts/NAME/PLACE``.

Everything lies in the bucket, so any of several services over one database takes a paper on where another one left it.
A piece is an object of its own. Its key counts down from the end of what has come then, so the first key that the
server lists is the newest, and how much has come is one question.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from counter_app.core.clock import Clock
from counter_app.core.errors import EnvironmentFailure
from counter_app.province.s3_calls import Listed, S3Server
from counter_app.province.s3_place import S3Keys, S3Place
from counter_app.store.paper_folder import sha256_of_name

_READ_BYTES = 1024 * 1024
_MOST_BYTES = 10**12


class _OtherContent(Exception):  # noqa: N818 - nobody erred: it stops a request
    """What is being put is not the paper it should be."""


class S3Papers:
    """Any thread, several processes; every method asks the server.

    Raises:
        EnvironmentFailure: every method, as `counter_app.province.s3_calls.S3Server`.
    """

    def __init__(self, place: S3Place, keys: S3Keys, clock: Clock | None = None) -> None:
        self.address = place.address
        self._server = S3Server(place, keys, clock)

    def check(self) -> None:
        """Return when the bucket answers."""
        self._server.list_first("papers/")

    def holds(self, sha256: bytes) -> bool:
        """Whether a paper is there whole."""
        return self._server.has(_key(sha256))

    def size_of_part(self, part: str) -> int:
        """Return how much of a part has come."""
        newest = self._server.list_first(f"parts/{part}/")
        return _end_of(newest) if newest is not None else 0

    def append(self, part: str, data: bytes) -> int:
        """Add to a part and return how much has come."""
        end = self.size_of_part(part) + len(data)
        if data:
            self._server.put(f"parts/{part}/{_MOST_BYTES - end:013d}", data)
        return end

    def finish(self, part: str, sha256: bytes) -> bool:
        """Make a part the paper of that content; it is gone and nothing is kept where it is another content."""
        pieces = sorted(self._server.iter_listed(f"parts/{part}/"), key=_end_of)
        is_whole = _are_one_after_the_other(pieces) and self._put(pieces, sha256)
        for piece in pieces:
            self._server.delete(piece.key)
        return is_whole

    def _put(self, pieces: Sequence[Listed], sha256: bytes) -> bool:
        size = _end_of(pieces[-1]) if pieces else 0
        try:
            self._server.put_pieces(
                _key(sha256), self._iter_checked(pieces, sha256), size_bytes=size, sha256=sha256.hex()
            )
        except _OtherContent:
            return False
        return True

    def _iter_checked(self, pieces: Sequence[Listed], sha256: bytes) -> Iterator[bytes]:
        """Yield all of them, the last one only if it makes them the paper: without it the server stores nothing."""
        digest, last = hashlib.sha256(), b""
        for data in self._iter_pieces(pieces):
            digest.update(data)
            if last:
                yield last
            last = data
        if digest.digest() != sha256:
            raise _OtherContent
        yield last

    def _iter_pieces(self, pieces: Sequence[Listed]) -> Iterator[bytes]:
        for piece in pieces:
            for offset in range(0, piece.size_bytes, _READ_BYTES):
                yield self._server.get(piece.key, offset=offset, most=_READ_BYTES) or b""

    def read(self, sha256: bytes, offset: int, most: int) -> bytes:
        """Return bytes of a paper."""
        found = self._server.get(_key(sha256), offset=offset, most=most)
        if found is None:
            raise EnvironmentFailure("province.no_paper")
        return found

    def iter_content(self, sha256: bytes) -> Iterator[bytes]:
        """Yield a whole paper."""
        offset = 0
        while data := self.read(sha256, offset, _READ_BYTES):
            offset += len(data)
            yield data

    def iter_held(self) -> Iterator[bytes]:
        """Yield the SHA-256 of every paper that is there whole."""
        for one in self._server.iter_listed("papers/"):
            if (sha256 := sha256_of_name(one.key.rpartition("/")[2])) is not None:
                yield sha256

    def clear_parts(self, before: datetime) -> int:
        """Remove the parts of which nothing has come since an instant; returns how many there were."""
        count = 0
        for _part, listed in groupby(self._server.iter_listed("parts/"), lambda one: one.key.rpartition("/")[0]):
            pieces = list(listed)
            if max(one.put_at for one in pieces) < before:
                for piece in pieces:
                    self._server.delete(piece.key)
                count += 1
        return count

    def close(self) -> None:
        """Close every connection."""
        self._server.close()


def _key(sha256: bytes) -> str:
    name = sha256.hex()
    return f"papers/{name[:2]}/{name}"


def _end_of(piece: Listed) -> int:
    return _MOST_BYTES - int(piece.key.rpartition("/")[2])


def _are_one_after_the_other(pieces: Sequence[Listed]) -> bool:
    """Whether none is missing between them, as one is whose age made the server clear it away."""
    end = 0
    for piece in pieces:
        if end + piece.size_bytes != _end_of(piece):
            return False
        end += piece.size_bytes
    return True
