"""A batch: consecutive entries of one desk and epoch with that desk's signature over the chain at the last of them.

Whoever holds the entry before the first one can make the same hashes from the content alone; the signature over the
last hash then vouches for every byte of the batch and for everything before it.
"""

from collections.abc import Callable, Sequence

import msgspec

from counter_app.core.errors import BugError, EnvironmentFailure
from counter_app.journal.chain import head_bytes, is_signed
from counter_app.journal.entries import Entry
from counter_app.journal.journal import make_entry
from counter_app.sync.codec import Packed, Record, pack, unpack

#: How many entries travel together unless somebody asks for fewer: below it bytes grow, above it a cut costs more.
BATCH_ENTRIES = 50
#: Nor do entries travel together whose bodies are larger than this: packed, they are well below what a reader takes.
BATCH_BYTES = 3 * 512 * 1024

_NAME = b"QMCB"
_MAGIC = _NAME + b"\x01"
_SIGNATURE_BYTES = 64


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed batch; `data` is what travels, the rest is for whoever carries it."""

    desk: str
    epoch: int
    first_seq: int
    last_seq: int
    last_hash: bytes
    data: bytes


class OpenBatch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch as read, not yet linked to anything: nothing in it is proved."""

    run: Packed
    signature: bytes

    @property
    def last_seq(self) -> int:
        """The number of its last entry."""
        return self.run.first_seq + len(self.run.records) - 1

    def link(self, prev_hash: bytes) -> tuple[Entry, ...]:
        """Return its entries after the one with this hash."""
        run, entries = self.run, []
        for seq, record in enumerate(self.run.records, start=self.run.first_seq):
            header = (
                record.id,
                run.desk,
                run.epoch,
                seq,
                record.at,
                record.clerk,
                record.kind,
                record.version,
                record.subject,
            )
            entries.append(make_entry(header, body=record.body, prev_hash=prev_hash))
            prev_hash = entries[-1].hash
        return tuple(entries)

    def is_genuine(self, entries: Sequence[Entry], public_key: bytes) -> bool:
        """Whether the desk with this key signed the chain that ends with these linked entries."""
        return is_signed(public_key, self.signature, head_of(entries[-1]))


def head_of(entry: Entry) -> bytes:
    """Return what a desk signs to vouch for its chain up to an entry."""
    return head_bytes(desk=entry.desk, epoch=entry.epoch, seq=entry.seq, entry_digest=entry.hash)


def seal(entries: Sequence[Entry], sign: Callable[[bytes], bytes]) -> Batch:
    """Return consecutive entries of one desk and epoch as a batch, signed by `sign`: that desk's key, or what kept it.

    Raises:
        BugError: ``sync.cannot_pack``.
    """
    first, last = entries[0], entries[-1]
    if [entry.seq for entry in entries] != list(range(first.seq, first.seq + len(entries))):
        raise BugError("sync.cannot_pack")
    records = tuple(
        Record(entry.id, entry.at, entry.clerk, entry.kind, entry.version, entry.subject, entry.body)
        for entry in entries
    )
    packed = pack(Packed(desk=first.desk, epoch=first.epoch, first_seq=first.seq, records=records))
    return Batch(
        desk=first.desk,
        epoch=first.epoch,
        first_seq=first.seq,
        last_seq=last.seq,
        last_hash=last.hash,
        data=_MAGIC + sign(head_of(last)) + packed,
    )


def open_batch(data: bytes) -> OpenBatch:
    """Read a batch.

    Raises:
        EnvironmentFailure: ``sync.bad_batch``, ``sync.newer_program``; nothing of it is used.
    """
    start = len(_MAGIC) + _SIGNATURE_BYTES
    if data[: len(_NAME)] == _NAME and data[len(_NAME) : len(_MAGIC)] > _MAGIC[len(_NAME) :]:
        raise EnvironmentFailure("sync.newer_program")
    if not data.startswith(_MAGIC) or len(data) <= start:
        raise EnvironmentFailure("sync.bad_batch")
    return OpenBatch(run=unpack(data[start:]), signature=data[len(_MAGIC) : start])
