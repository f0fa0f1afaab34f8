"""Appending to this desk's chain: entry, effect and signed head in the caller's one transaction."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.dialects.sqlite import Insert
from sqlalchemy.dialects.sqlite import insert as upsert

from counter_app.core.clock import Clock, to_millis
from counter_app.core.errors import UserError
from counter_app.core.ids import new_id
from counter_app.journal.apply import apply
from counter_app.journal.chain import GENESIS, MOST_BODY_BYTES, Header, Signer, entry_hash, head_bytes, is_header_text
from counter_app.journal.entries import Body, Entry, encode_body
from counter_app.journal.rows import Rows
from counter_app.store.tables import journal as tables

_INSERT_ENTRY = insert(tables.entry)
_NEAR = timedelta(hours=1)


def _move_head() -> Insert:
    statement = upsert(tables.head)
    moved = {name: statement.excluded[name] for name in ("seq", "at", "hash", "signature")}
    return statement.on_conflict_do_update(index_elements=["desk", "epoch"], set_=moved)


MOVE_HEAD = _move_head()


class Journal:
    """This desk's writer. Use it only inside `Store.writing`, from the thread that holds the transaction."""

    def __init__(self, *, desk_id: str, epoch: int, signer: Signer, clock: Clock) -> None:
        self.desk_id = desk_id
        self.epoch = epoch
        self._signer = signer
        self._clock = clock
        self.last_appended: Entry | None = None

    @property
    def public_key(self) -> bytes:
        """This desk's raw Ed25519 public key."""
        return self._signer.public_key

    def sign(self, message: bytes) -> bytes:
        """Return this desk's signature; a message begins with words that no other use of the key begins with."""
        return self._signer.sign(message)

    def in_epoch(self, epoch: int) -> "Journal":
        """Return a writer of the same desk under another epoch."""
        return Journal(desk_id=self.desk_id, epoch=epoch, signer=self._signer, clock=self._clock)

    def forget_last(self) -> None:
        """Start a transaction: nothing was appended in it yet."""
        self.last_appended = None

    def append(self, connection: Connection, body: Body, *, clerk: str, subject: str) -> Entry:
        """Write an entry with its rows and sign the new head; durable when the transaction commits.

        Raises:
            UserError: ``journal.too_long``: its subject is more than any node takes, or not one line;
                ``journal.too_large``: so is what it says.
        """
        head = self._read_head(connection)
        entry = self._link(head, body, clerk=clerk, subject=subject)
        position = connection.execute(_INSERT_ENTRY, _columns(entry)).lastrowid
        rows = Rows(connection, appending=position)
        apply(rows, entry, body, position=position)
        rows.write()
        self._sign_head(connection, entry)
        self.last_appended = entry
        return entry

    def _read_head(self, connection: Connection) -> tuple[int, int, bytes]:
        """Return (seq, at, hash) of the last entry of this epoch; `at` never runs behind any known entry.

        A desk whose clock is far ahead does not take others along: of theirs only what is near counts.
        """
        rows = connection.execute(select(tables.head)).all()
        near = to_millis(self._clock.now() + _NEAR) << 16
        latest = max((row.at for row in rows if row.desk == self.desk_id or row.at <= near), default=0)
        heads = {row.epoch: row for row in rows if row.desk == self.desk_id}
        own = heads.get(self.epoch)
        return (own.seq, latest, own.hash) if own is not None else (0, latest, GENESIS)

    def _link(self, head: tuple[int, int, bytes], body: Body, *, clerk: str, subject: str) -> Entry:
        if not is_header_text(subject):
            raise UserError("journal.too_long")
        data = encode_body(body)
        if len(data) > MOST_BODY_BYTES:
            raise UserError("journal.too_large", most_kb=MOST_BODY_BYTES // 1024)
        last_seq, last_at, prev_hash = head
        header = (
            new_id(),
            self.desk_id,
            self.epoch,
            last_seq + 1,
            max(to_millis(self._clock.now()) << 16, last_at + 1),
            clerk,
            body.KIND,
            body.VERSION,
            subject,
        )
        return make_entry(header, body=data, prev_hash=prev_hash)

    def _sign_head(self, connection: Connection, entry: Entry) -> None:
        message = head_bytes(desk=entry.desk, epoch=entry.epoch, seq=entry.seq, entry_digest=entry.hash)
        values = {
            "desk": entry.desk,
            "epoch": entry.epoch,
            "seq": entry.seq,
            "at": entry.at,
            "hash": entry.hash,
            "signature": self._signer.sign(message),
        }
        connection.execute(MOVE_HEAD, values)


def make_entry(header: Header, *, body: bytes, prev_hash: bytes) -> Entry:
    """Return the entry of a header and body, linked to the one before."""
    entry_id, desk, epoch, seq, at, clerk, kind, version, subject = header
    return Entry(
        id=entry_id,
        desk=desk,
        epoch=epoch,
        seq=seq,
        at=at,
        clerk=clerk,
        kind=kind,
        version=version,
        subject=subject,
        body=body,
        prev_hash=prev_hash,
        hash=entry_hash(prev_hash=prev_hash, header=header, body=body),
    )


def _columns(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in entry.__struct_fields__}
