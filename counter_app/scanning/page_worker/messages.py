"""What the program and its page worker say to each other. Both are of one version: they are the same program."""

from collections.abc import Iterator
from typing import IO, TypeVar

import msgspec

from counter_app.core.errors import EnvironmentFailure
from counter_app.domain.paper_facts import ReadPage
from counter_app.scanning.ready import ReadyPage
from counter_app.scanning.worker.frames import CHUNK_BYTES, read_frame, write_frame
from counter_app.scanning.worker.messages import Failed


class BeginPages(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Files follow whose pages are wanted; at most `workers` of them are worked on at a time."""

    workers: int
    reads_codes: bool


class ReadAgain(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A PDF follows of which one page is to be read, by its number from 1."""

    number: int


class FileBegins(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A `PageFile` of this name and so on; its bytes follow in chunks that are `size_bytes` together."""

    size_bytes: int
    name: str
    dpi: int
    is_one_page: bool


class FileTaken(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The worker has begun with a file: one more may be sent."""


class NoMoreFiles(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Every file was sent."""


class ReadyBegins(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A `ReadyPage` follows, encoded, in chunks that are `size_bytes` together; or, asked to read, a `ReadPage`."""

    size_bytes: int
    is_read_again: bool = False


class Chunk(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The next bytes, never none."""

    data: bytes


class PagesEnded(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Every page of every file is ready."""


T = TypeVar("T")
Request = BeginPages | ReadAgain | FileBegins | Chunk | NoMoreFiles
Answer = FileTaken | ReadyBegins | Chunk | PagesEnded | Failed
REQUESTS: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_encode = msgspec.msgpack.Encoder().encode
ANSWERS: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


def iter_chunks(data: bytes) -> Iterator[Chunk]:
    """Yield what does not fit into one message."""
    for start in range(0, len(data), CHUNK_BYTES):
        yield Chunk(data=data[start : start + CHUNK_BYTES])


def write_page(pipe: IO[bytes], page: ReadyPage | ReadPage) -> None:
    """Send a page.

    Raises:
        OSError, ValueError: the other side has gone, or the pipe is closed.
    """
    data = _encode(page)
    write_frame(pipe, ReadyBegins(size_bytes=len(data), is_read_again=isinstance(page, ReadPage)))
    for chunk in iter_chunks(data):
        write_frame(pipe, chunk)


def read_chunks(pipe: IO[bytes], decoder: msgspec.msgpack.Decoder[T], *, size_bytes: int, most_bytes: int) -> bytes:
    """Return what follows a head in chunks.

    Raises:
        EnvironmentFailure: ``document.worker_ended``: something else came, or it would be too much.
    """
    data = bytearray()
    while len(data) < size_bytes <= most_bytes:
        chunk = read_frame(pipe, decoder)
        if not isinstance(chunk, Chunk) or not chunk.data:
            raise worker_ended()
        data += chunk.data
    if len(data) != size_bytes:
        raise worker_ended()
    return bytes(data)


def worker_ended() -> EnvironmentFailure:
    """Return the error for a worker that has gone, or that talks nonsense."""
    return EnvironmentFailure("document.worker_ended", retryable=True)
