"""What is proved of a bundle is what is taken: its signature first, by hashing alone, then the same bytes once more.

What a bundle lies on may answer differently each time it is read, and a week's papers are too large to be copied. So
the pass that proves the signature keeps a digest for every quarter of a megabyte; whoever reads again is given a
stretch only once its digest is the one kept.
"""

import queue
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path

from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.journal.chain import is_signed
from counter_app.sync.bundle_file import Progressed, in_silence, never, read_bundle, read_header
from counter_app.sync.frames import MARK_BYTES, Header, Kind, Piece, Writing


class Opening:
    """The first two pieces of a bundle: who says to have made it, and by what that may be known. Proved by nothing."""

    def __init__(self, header: Header, second: Piece | None) -> None:
        self.header = header
        self.second = second

    def find(self, kind: Kind) -> bytes | None:
        """Return the second piece if it is of a kind."""
        return self.second[1] if self.second is not None and self.second[0] is kind else None


class ProvedBundle:
    """A bundle of which the giver signed every byte. It may be read again any number of times, from any thread.

    `size_bytes` are those of what is in its pieces.
    """

    def __init__(self, path: Path, identity: str, marks: bytes, size_bytes: int) -> None:
        self._path, self._identity, self._marks = path, identity, marks
        self.size_bytes = size_bytes

    def iter_pieces(self) -> Generator[Piece, None, None]:
        """Yield the pieces, read anew from the beginning; a few of them are in memory.

        Raises:
            EnvironmentFailure: ``bundle.changed``: from here on the file is not what was proved, or cannot be read.
        """
        with closing(_ReadingAgain(self._path, self._identity, self._marks)) as reading:
            for stretch in reading:
                yield from stretch


def prove_bundle(
    path: Path,
    identity: str,
    key_of: Callable[[Opening], bytes],
    *,
    progressed: Progressed = in_silence,
    is_cancelled: Callable[[], bool] = never,
) -> ProvedBundle:
    """Prove that the giver signed all of a bundle; nothing but its first two pieces is interpreted or kept.

    `key_of` returns the public key of who says to have made it, or raises. `progressed` hears how many bytes are read.

    Raises:
        UserError: ``bundle.not_genuine``, ``bundle.not_for_us``, ``bundle.cancelled``, ``cli.no_such_file``.
        EnvironmentFailure: ``bundle.damaged``.
        AppError: whatever `key_of` raises.
    """
    first: list[Piece] = []
    marks, size = bytearray(), 0

    def take(kind: Kind, data: bytes) -> None:
        nonlocal size
        if is_cancelled():
            raise UserError("bundle.cancelled")
        size += len(data)
        if len(first) < 2:
            first.append((kind, data))

    def end(signed: bytes, signature: bytes) -> None:
        if not first or first[0][0] is not Kind.HEADER:
            raise EnvironmentFailure("bundle.damaged")
        opening = Opening(read_header(first[0][1]), first[1] if len(first) > 1 else None)
        if not is_signed(key_of(opening), signature, signed):
            raise UserError("bundle.not_genuine")

    read_bundle(path, identity, Writing(take, end, marked=marks.extend), progressed=progressed)
    return ProvedBundle(path, identity, bytes(marks), size)


class _StoppedError(Exception):
    """Nobody wants the rest."""


class _ReadingAgain:
    """Reads in a thread of its own, for age gives bytes and is not asked for them: one stretch ahead of who takes."""

    def __init__(self, path: Path, identity: str, marks: bytes) -> None:
        self._path, self._identity, self._marks = path, identity, marks
        self._at = 0
        self._stretch: list[Piece] = []
        self._ready: queue.Queue[list[Piece] | Exception | None] = queue.Queue(1)
        self._is_stopped = self._is_over = False
        self._thread = threading.Thread(target=self._read, name="bundle", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[list[Piece]]:
        while True:
            ready = self._ready.get()
            if isinstance(ready, list):
                yield ready
                continue
            self._is_over = True
            if isinstance(ready, AppError):
                raise EnvironmentFailure("bundle.changed", retryable=True) from ready
            if ready is not None:
                raise ready
            return

    def close(self) -> None:
        """End the thread, so that the file is closed."""
        self._is_stopped = True
        while not self._is_over:
            self._is_over = not isinstance(self._ready.get(), list)
        self._thread.join()

    def _read(self) -> None:
        ended: Exception | None = EnvironmentFailure("bundle.damaged")
        try:
            writing = Writing(self._take, lambda _signed, _signature: None, marked=self._know_again)
            read_bundle(self._path, self._identity, writing)
            ended = None
        except Exception as exc:  # noqa: BLE001 - it is raised where the pieces are taken
            ended = exc
        finally:  # whatever age ends by: somebody waits
            self._ready.put(ended)

    def _take(self, kind: Kind, data: bytes) -> None:
        self._stretch.append((kind, data))

    def _know_again(self, mark: bytes) -> None:
        if self._is_stopped:
            raise _StoppedError
        if mark != self._marks[self._at : self._at + MARK_BYTES]:
            raise EnvironmentFailure("bundle.damaged")
        self._at += MARK_BYTES
        ready, self._stretch = self._stretch, []
        self._ready.put(ready)
