"""Messages over a pipe: four bytes of length, big endian, then one MessagePack document."""

from typing import IO, TypeVar

import msgspec

from counter_app.core.errors import EnvironmentFailure

CHUNK_BYTES = 1_000_000
MOST_FRAME_BYTES = CHUNK_BYTES + 4_096
"""A page travels in chunks, so that a damaged length never makes the other side wait for gigabytes."""

T = TypeVar("T")


def write_frame(pipe: IO[bytes], message: msgspec.Struct) -> None:
    """Send one message.

    Raises:
        OSError, ValueError: the other side has gone, or the pipe is closed.
    """
    body = msgspec.msgpack.encode(message)
    pipe.write(len(body).to_bytes(4, "big") + body)
    pipe.flush()


def read_frame(pipe: IO[bytes], decoder: msgspec.msgpack.Decoder[T]) -> T | None:
    """Return the next message, None when the other side has closed the pipe between two messages.

    Raises:
        EnvironmentFailure: ``scan.worker_ended``: the pipe ended within a message, or what came is no such message.
    """
    head = _read(pipe, 4)
    if not head:
        return None
    size = int.from_bytes(head, "big")
    if len(head) < 4 or not 0 < size <= MOST_FRAME_BYTES:
        raise EnvironmentFailure("scan.worker_ended", retryable=True)
    body = _read(pipe, size)
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise EnvironmentFailure("scan.worker_ended", retryable=True) from exc


def _read(pipe: IO[bytes], size: int) -> bytes:
    """Return so many bytes, fewer only at the end of the pipe."""
    parts: list[bytes] = []
    missing = size
    while missing:
        try:
            part = pipe.read(missing)
        except (OSError, ValueError):  # ValueError: this side closed it
            break
        if not part:
            break
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
