"""Entries as few bytes as they can be, and back, exactly.

Hashes do not travel: `prev_hash` and `hash` follow from the content, and one signature over the last of them vouches
for all. An identifier (UUID) or a digest (SHA-256) inside a body travels once, as raw bytes, whatever its text repeats.
What is left is compressed with zstd (RFC 8878) and a dictionary that ships with the program.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import msgspec

from counter_app.core.errors import BugError, EnvironmentFailure
from counter_app.journal.chain import MOST_HEADER_TEXT_BYTES
from resources.sync import find_dictionary, newest_dictionary

MOST_ENTRIES = 1_000
MOST_PACKED_BYTES = 2 * 1024 * 1024
MOST_PLAIN_BYTES = 16 * 1024 * 1024

_UUID = rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_RAW = re.compile(rb"\b(?:" + _UUID + rb"|[0-9a-f]{64})\b")
_MARK = re.compile(rb"\x01|\x03|\x02([0-9]{1,7})\x02")
_CONTROL = re.compile(rb"[\x00-\x1f]")
_UUID_BYTES, _DIGEST_BYTES = 16, 32
_LEVEL = 15  # a batch of 50 in 15 ms; the highest level takes twice that for 0.3 % fewer bytes
_COUNTER_BITS = 16
#: The highest epoch and number: all that store them hold at least four bytes.
_MOST_PLACE = 2**31 - 1


class Record(NamedTuple):
    """What of an entry travels; the rest is said once for all or follows from the chain."""

    id: str
    at: int
    clerk: str
    kind: str
    version: int
    subject: str
    body: bytes


class Packed(NamedTuple):
    """A run of consecutive entries of one desk and epoch."""

    desk: str
    epoch: int
    first_seq: int
    records: tuple[Record, ...]


class _Columns(msgspec.Struct, frozen=True, array_like=True):
    """The parts of a run, each beside its like: that is what compresses."""

    version: int
    epoch: int
    first_seq: int
    millis: list[int]
    counters: list[int]
    uuids: bytes
    digests: bytes
    texts: bytes


_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(_Columns)
_FORMAT = 1


def pack(run: Packed) -> bytes:
    """Return a run as bytes.

    Raises:
        BugError: ``sync.cannot_pack``: an entry holds bytes below 0x20, which no entry of ours does.
    """
    writer = _Writer()
    desk = writer.shorten(run.desk.encode())
    lines = [desk, *(writer.line_of(record) for record in run.records)]
    columns = _Columns(
        version=_FORMAT,
        epoch=run.epoch,
        first_seq=run.first_seq,
        millis=_steps([record.at >> _COUNTER_BITS for record in run.records]),
        counters=[record.at & (1 << _COUNTER_BITS) - 1 for record in run.records],
        uuids=_transpose(b"".join(writer.uuids), _UUID_BYTES),
        digests=b"".join(writer.digests),
        texts=b"\x00".join(lines),
    )
    return _compress(_encode(columns))


def unpack(data: bytes) -> Packed:
    """Return the run; memory and work are bounded whatever the bytes are.

    Raises:
        EnvironmentFailure: ``sync.bad_batch``: cut, altered, too large; ``sync.newer_program``; nothing of it is used.
    """
    try:
        columns = _decoder.decode(_decompress(data))
        return _read(columns)
    except (msgspec.MsgspecError, ValueError, IndexError, UnicodeDecodeError) as exc:
        raise EnvironmentFailure("sync.bad_batch") from exc


def _read(columns: _Columns) -> Packed:
    if columns.version > _FORMAT:
        raise EnvironmentFailure("sync.newer_program")
    if columns.version != _FORMAT or not 1 <= columns.epoch <= _MOST_PLACE or not 1 <= columns.first_seq <= _MOST_PLACE:
        raise ValueError("format")
    lines = columns.texts.split(b"\x00", MOST_ENTRIES * 5 + 2)
    count = len(columns.millis)
    if columns.first_seq + count > _MOST_PLACE:
        raise ValueError("number")
    if not 1 <= count <= MOST_ENTRIES or len(columns.counters) != count or len(lines) != 1 + 5 * count:
        raise ValueError("count")
    reader = _Reader(_transpose_back(columns.uuids, _UUID_BYTES), columns.digests)
    desk = reader.lengthen(lines[0]).decode()
    millis, records, at = columns.millis, [], 0
    for index in range(count):
        at += millis[index]
        entry_id = reader.next_uuid()
        clerk, kind, version, subject, body = (reader.lengthen(part) for part in lines[1 + 5 * index : 6 + 5 * index])
        if max(len(clerk), len(kind), len(subject)) > MOST_HEADER_TEXT_BYTES:
            raise ValueError("length")
        records.append(
            Record(
                id=entry_id,
                at=_joined(at, columns.counters[index]),
                clerk=clerk.decode(),
                kind=kind.decode(),
                version=_small(version),
                subject=subject.decode(),
                body=body,
            )
        )
    return Packed(desk=desk, epoch=columns.epoch, first_seq=columns.first_seq, records=tuple(records))


def _joined(millis: int, counter: int) -> int:
    if not 0 <= millis < 1 << 47 or not 0 <= counter < 1 << _COUNTER_BITS:  # must fit SQLite's whole numbers
        raise ValueError("instant")
    return millis << _COUNTER_BITS | counter


def _small(text: bytes) -> int:
    if not text.isdigit() or len(text) > 4:
        raise ValueError("version")
    return int(text)


def texts_of(record: Record) -> bytes:
    """Return what of an entry is compressed by the dictionary; a dictionary is trained on many of these."""
    return _Writer().line_of(record)


class _Writer:
    """Takes identifiers and digests out of texts; a repeated one is named by how long ago it was used."""

    def __init__(self) -> None:
        self.uuids: list[bytes] = []
        self.digests: list[bytes] = []
        self._recent: list[bytes] = []

    def line_of(self, record: Record) -> bytes:
        """Return the five texts of an entry."""
        self.uuids.append(_uuid_bytes(record.id))
        parts = (record.clerk.encode(), record.kind.encode(), b"%d" % record.version, record.subject.encode())
        return b"\x00".join([*(self.shorten(part) for part in parts), self.shorten(record.body)])

    def shorten(self, text: bytes) -> bytes:
        """Return a text with marks in place of its identifiers and digests."""
        if _CONTROL.search(text):
            raise BugError("sync.cannot_pack")
        return _RAW.sub(lambda found: self._mark(found.group()), text)

    def _mark(self, text: bytes) -> bytes:
        if text in self._recent:
            place = self._recent.index(text)
            self._recent.insert(0, self._recent.pop(place))
            return b"\x02%d\x02" % place
        self._recent.insert(0, text)
        if len(text) == 2 * _DIGEST_BYTES:
            self.digests.append(bytes.fromhex(text.decode()))
            return b"\x03"
        self.uuids.append(bytes.fromhex(text.decode().replace("-", "")))
        return b"\x01"


class _Reader:
    """The other way round."""

    def __init__(self, uuids: bytes, digests: bytes) -> None:
        self._uuids, self._digests = uuids, digests
        self._uuid = self._digest = 0
        self._recent: list[bytes] = []
        self._left = MOST_PLAIN_BYTES

    def next_uuid(self) -> str:
        """Return the next identifier that travelled raw."""
        raw = self._uuids[self._uuid : self._uuid + _UUID_BYTES]
        if len(raw) != _UUID_BYTES:
            raise ValueError("identifiers")
        self._uuid += _UUID_BYTES
        text = raw.hex()
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def lengthen(self, text: bytes) -> bytes:
        """Return a text as it was."""
        # Most texts hold no mark, and looking for one by its byte is quicker than the pattern.
        is_marked = b"\x01" in text or b"\x02" in text or b"\x03" in text
        whole = _MARK.sub(self._text_of, text) if is_marked else text
        self._left -= len(whole)
        if self._left < 0:  # a mark is short and its text is not
            raise ValueError("size")
        if _CONTROL.search(whole):  # `pack` could not pass it on
            raise ValueError("control")
        return whole

    def _text_of(self, found: re.Match[bytes]) -> bytes:
        if found.group(1) is not None:
            text = self._recent.pop(int(found.group(1)))
        elif found.group() == b"\x03":
            text = self._next_digest()
        else:
            text = self.next_uuid().encode()
        self._recent.insert(0, text)
        return text

    def _next_digest(self) -> bytes:
        raw = self._digests[self._digest : self._digest + _DIGEST_BYTES]
        if len(raw) != _DIGEST_BYTES:
            raise ValueError("digests")
        self._digest += _DIGEST_BYTES
        return raw.hex().encode()


def _uuid_bytes(text: str) -> bytes:
    if not re.fullmatch(_UUID, text.encode()):
        raise BugError("sync.cannot_pack")
    return bytes.fromhex(text.replace("-", ""))


def _steps(values: Sequence[int]) -> list[int]:
    return [value - before for value, before in zip(values, (0, *values), strict=False)]


def _transpose(data: bytes, width: int) -> bytes:
    """Put the first bytes of all together, then the second: the time inside a UUIDv7 then repeats."""
    return b"".join(data[place::width] for place in range(width))


def _transpose_back(data: bytes, width: int) -> bytes:
    count, rest = divmod(len(data), width)
    if rest:
        raise ValueError("identifiers")
    return b"".join(data[place::count] for place in range(count))


@cache
def _chosen_dictionary() -> Any:
    import zstandard

    chosen = zstandard.ZstdCompressionDict(newest_dictionary())
    chosen.precompute_compress(level=_LEVEL)
    return chosen


def _compress(plain: bytes) -> bytes:
    import zstandard

    # One for each call: a compressor belongs to one thread, its dictionary to all.
    compressor = zstandard.ZstdCompressor(level=_LEVEL, dict_data=_chosen_dictionary(), write_content_size=True)
    return compressor.compress(plain)


@cache
def _known_dictionary(dictionary_id: int) -> Any:
    import zstandard

    data = find_dictionary(dictionary_id)
    if data is None:
        raise EnvironmentFailure("sync.newer_program")
    return zstandard.ZstdCompressionDict(data)


def _decompress(data: bytes) -> bytes:
    import zstandard

    if len(data) > MOST_PACKED_BYTES:
        raise EnvironmentFailure("sync.bad_batch")
    try:
        frame = zstandard.get_frame_parameters(data)
        if not 0 < frame.content_size <= MOST_PLAIN_BYTES:
            raise EnvironmentFailure("sync.bad_batch")
        known = _known_dictionary(frame.dict_id)
        decompressor = zstandard.ZstdDecompressor(dict_data=known, max_window_size=MOST_PLAIN_BYTES)
        plain = decompressor.decompress(data, allow_extra_data=False)
    except zstandard.ZstdError as exc:
        raise EnvironmentFailure("sync.bad_batch") from exc
    return plain
