"""Taking batches of desks into PostgreSQL: every entry once, in the order of its chain, whoever pushes how often.

The rules are those of `counter_app.sync.inbox` at a desk. The row of a chain is locked while a batch of it is taken, so
batches that arrive side by side, twice or in the wrong order end in the same rows.
"""

import logging
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg

from counter_app.core.clock import from_millis
from counter_app.core.errors import AppError, UserError
from counter_app.domain.dossier import Dossier
from counter_app.domain.dossier_code import epoch_part, owns_code, parse_dossier_code
from counter_app.domain.unit import Slice
from counter_app.journal.chain import GENESIS
from counter_app.journal.entries import DossierReceived, Entry, decode_body
from counter_app.journal.shared_codes import rank_of
from counter_app.province.concerned_queue import note_concerned_change, note_received
from counter_app.province.database import Connection
from counter_app.province.desks import find_latest_roster
from counter_app.province.epochs import forget_moved
from counter_app.province.feeds import lock_units, publish
from counter_app.province.locks import Lock
from counter_app.province.papers import index_papers
from counter_app.province.portal_queue import note_change
from counter_app.sync.batch import OpenBatch, open_batch
from counter_app.sync.portal_answers import TOLD_KINDS
from counter_app.sync.ports import Acknowledgement, FeedKind
from counter_app.sync.reading import STRANGE, cannot_take

_log = logging.getLogger(__name__)
#: How many batches of one giver may wait for what they follow, and how long; they are offered again by the desk.
MOST_WAITING = 200
_WAITING_FOR = timedelta(days=60)
#: What no desk has more of: they have parts for some epochs, and a unit's signed lists name every chain.
_ALL_NUMBERS = Slice(1, 9_999)
_WEEK = timedelta(days=7)
_FIRST_MONTH = date(2020, 1, 1)
#: How long making a month's partition waits for who reads entries.
_PARTITION_WAIT_MS = 500

# A batch is one statement: what a statement costs is more than what a row costs.
_INSERT = """
INSERT INTO entry (month, desk, epoch, seq, id, at, clerk, kind, version, subject, body, hash)
SELECT month, %s, %s, seq, id, at, clerk, kind, version, subject, body, hash
FROM unnest(%s::date[], %s::bigint[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::integer[], %s::text[],
    %s::bytea[], %s::bytea[]) AS fresh (month, seq, id, at, clerk, kind, version, subject, body, hash)
"""
_INSERT_DOSSIERS = """
INSERT INTO dossier (code, id, unit_code, desk)
SELECT code, id, %s, %s FROM unnest(%s::text[], %s::text[]) AS fresh (code, id)
ON CONFLICT (code) DO NOTHING RETURNING code
"""
#: Of a dossier that was received more often, what a desk with bad intent may have written, no more are looked at.
_INTAKES = """
SELECT epoch, seq, at, kind, version, subject, body FROM entry WHERE subject = %s AND desk = %s AND kind = %s
ORDER BY at LIMIT 16
"""
_GIVER = """
SELECT public_key, unit_code, revoked_at, slice_low, slice_high FROM desk WHERE id = %s AND kind <> 'hall' FOR SHARE
"""


def take_batch(
    connection: Connection, data: bytes, *, asker: str, hall_unit: str | None = None, now: datetime
) -> Acknowledgement | None:
    """Take a batch that this desk pushed, or the hall of `hall_unit` for a desk of it, in the caller's transaction.

    Returns what the province has of the chain; where the batch contradicts it, the hash that is held under the batch's
    last number; None when nothing of the chain is here yet, because the batch came before its predecessors.

    Raises:
        EnvironmentFailure: ``sync.bad_batch``, ``sync.newer_program``; nothing was taken.
        UserError: ``province.not_genuine``, ``province.other_desk``, ``province.desk_revoked``;
            ``province.no_epoch_left``: no desk has such an epoch, whatever its numbers; ``sync.cannot_take``: this
            program fails at it; nothing was taken.
    """
    try:
        return _take_batch(connection, open_batch(data), data, asker=asker, hall_unit=hall_unit, now=now)
    except STRANGE as exc:  # whoever carries it for others goes on with what they gave
        raise cannot_take(exc) from exc


def _take_batch(
    connection: Connection, opened: OpenBatch, data: bytes, *, asker: str, hall_unit: str | None, now: datetime
) -> Acknowledgement | None:
    desk_id, hall = opened.run.desk, None if hall_unit is None else asker
    if hall is None and desk_id != asker:
        raise UserError("province.other_desk")
    # Locked, so that a list that revokes it says all that was ever taken of it.
    desk = connection.execute(_GIVER, (desk_id,)).fetchone()
    if desk is None:
        raise UserError("province.not_admitted" if hall is None else "province.other_desk", desk=desk_id[:40])
    if hall is not None and desk.unit_code != hall_unit:
        raise UserError("province.other_desk")
    if desk.revoked_at is not None and (hall is None or not _was_here(connection, desk.unit_code, opened)):
        raise UserError("province.desk_revoked" if hall is None else "province.other_desk", desk=desk_id[:40])
    if epoch_part(_ALL_NUMBERS, opened.run.epoch) is None:
        raise UserError("province.no_epoch_left")
    chain = _Chain(connection, desk_id, opened.run.epoch, desk.public_key, desk.unit_code, now, hall)
    chain.numbers = Slice(desk.slice_low, desk.slice_high)
    answer = chain.take(opened, data)
    chain.take_waiting()
    if chain.has_changed:
        forget_moved(connection, desk_id)
    return answer or chain.acknowledgement()


def _was_here(connection: Connection, unit_code: str, opened: OpenBatch) -> bool:
    """Whether the province had a revoked desk's batch, and perhaps lost it when it was put back from a backup."""
    roster = find_latest_roster(connection, unit_code)
    known = roster.find(opened.run.desk) if roster is not None else None
    end = known.find_end(opened.run.epoch) if known is not None else None
    return end is not None and opened.last_seq <= end.seq


def list_chains(connection: Connection, desk_id: str) -> list[Acknowledgement]:
    """Return how far the chains of a desk are here."""
    rows = connection.execute("SELECT * FROM chain WHERE desk = %s AND seq > 0 ORDER BY epoch", (desk_id,))
    return [Acknowledgement(desk=desk_id, epoch=row.epoch, seq=row.seq, hash=bytes(row.hash)) for row in rows]


class _Chain:
    """One chain, its row locked until the transaction ends."""

    def __init__(
        self,
        connection: Connection,
        desk: str,
        epoch: int,
        key: bytes,
        unit_code: str,
        now: datetime,
        hall: str | None,
    ) -> None:
        self._connection, self._desk, self._epoch, self._key, self._hall = connection, desk, epoch, key, hall
        self._unit_code, self._now = unit_code, now
        where = (desk, epoch)
        added = connection.execute(
            "INSERT INTO chain VALUES (%s, %s, 0, 0, %s) ON CONFLICT DO NOTHING", (*where, GENESIS)
        )  # fmt: skip
        self._is_new = added.rowcount > 0
        self.numbers = _ALL_NUMBERS
        self.has_changed = False
        query = "SELECT seq, at, hash FROM chain WHERE desk = %s AND epoch = %s FOR UPDATE"
        row = connection.execute(query, where).fetchone()
        self._seq: int = row.seq if row is not None else 0
        self._at: int = row.at if row is not None else 0
        self._hash = bytes(row.hash) if row is not None else GENESIS

    def acknowledgement(self) -> Acknowledgement | None:
        """Return what is here, None for nothing."""
        if self._seq == 0:
            return None
        return Acknowledgement(desk=self._desk, epoch=self._epoch, seq=self._seq, hash=self._hash)

    def take(self, opened: OpenBatch, data: bytes) -> Acknowledgement | None:
        """Take, keep for later or keep aside one batch; returns an acknowledgement only of a fork."""
        if opened.run.first_seq > self._seq + 1:
            self._let_wait(opened, data)
            return None
        entries = opened.link(self._find_hash(opened.run.first_seq - 1))
        is_genuine = opened.is_genuine(entries, self._key)
        known = self._read_hashes(opened)
        differs_at = next((entry.seq for entry in entries if known.get(entry.seq, entry.hash) != entry.hash), 0)
        if not is_genuine:
            raise UserError("province.not_genuine", desk=self._desk[:40])
        if differs_at:
            return self._keep_fork(entries[-1], differs_at, data)
        fresh = entries[len(known) :]
        if fresh:
            self._check(fresh)
            self._store(fresh)
            publish(self._connection, self._unit_code, FeedKind.BATCH, data, desk=self._desk, hall=self._hall)
        return None

    def take_waiting(self) -> None:
        """Take what waited for what is here now; what turns out to be no true batch is forgotten."""
        query = "SELECT first_seq, giver, data FROM waiting_batch WHERE desk = %s AND epoch = %s AND first_seq <= %s"
        while True:
            row = self._connection.execute(
                query + " ORDER BY first_seq, giver LIMIT 1", (self._desk, self._epoch, self._seq + 1)
            ).fetchone()
            if row is None:
                return
            self._take_one_waiting(row)
            self._connection.execute(
                "DELETE FROM waiting_batch WHERE desk = %s AND epoch = %s AND first_seq = %s AND giver = %s",
                (self._desk, self._epoch, row.first_seq, row.giver),
            )

    def _take_one_waiting(self, row: Any) -> None:
        try:
            self.take(open_batch(row.data), row.data)
        except AppError:
            return

    def _find_hash(self, seq: int) -> bytes:
        if seq == self._seq:
            return self._hash
        if seq == 0:
            return GENESIS
        query = "SELECT hash FROM entry WHERE desk = %s AND epoch = %s AND seq = %s"
        row = self._connection.execute(query, (self._desk, self._epoch, seq)).fetchone()
        return bytes(row.hash) if row is not None else GENESIS

    def _read_hashes(self, opened: OpenBatch) -> dict[int, bytes]:
        if opened.run.first_seq > self._seq:
            return {}
        rows = self._connection.execute(
            "SELECT seq, hash FROM entry WHERE desk = %s AND epoch = %s AND seq BETWEEN %s AND %s",
            (self._desk, self._epoch, opened.run.first_seq, opened.last_seq),
        )
        return {row.seq: bytes(row.hash) for row in rows}

    def _let_wait(self, opened: OpenBatch, data: bytes) -> None:
        """Keep a batch that nothing proves yet: it counts against its giver, and a chain does not begin with it."""
        if self._is_new:
            where = (self._desk, self._epoch)
            self._connection.execute("DELETE FROM chain WHERE desk = %s AND epoch = %s AND seq = 0", where)
        giver, oldest = self._hall or self._desk, self._now - _WAITING_FOR
        self._connection.execute("DELETE FROM waiting_batch WHERE giver = %s AND came_at < %s", (giver, oldest))
        query = "SELECT count(*) AS count FROM waiting_batch WHERE giver = %s"
        row = self._connection.execute(query, (giver,)).fetchone()
        if row is None or row.count >= MOST_WAITING:
            return
        # A later one in its place may be the true one.
        self._connection.execute(
            "INSERT INTO waiting_batch (desk, epoch, first_seq, giver, data, came_at) VALUES (%s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (desk, epoch, first_seq, giver) DO UPDATE SET data = excluded.data",
            (self._desk, self._epoch, opened.run.first_seq, giver, data, self._now),
        )

    def _keep_fork(self, last: Entry, differs_at: int, data: bytes) -> Acknowledgement:
        kept = self._connection.execute(
            "INSERT INTO fork (desk, epoch, seq, hash, differs_at, data) VALUES (%s, %s, %s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            (self._desk, self._epoch, last.seq, last.hash, differs_at, data),
        )
        self.has_changed = self.has_changed or kept.rowcount > 0
        held = min(last.seq, self._seq)
        return Acknowledgement(desk=self._desk, epoch=self._epoch, seq=held, hash=self._find_hash(held))

    def _check(self, entries: Sequence[Entry]) -> None:
        """Refuse a signed batch whose clock runs backwards or that names two entries alike, as no program of ours does.

        Raises:
            UserError: ``province.not_genuine``.
        """
        at = self._at
        if len({entry.id for entry in entries}) < len(entries):
            raise UserError("province.not_genuine", desk=self._desk[:40])
        for entry in entries:
            if entry.at <= at or not 0 < entry.at >> 16 < 1 << 45:
                raise UserError("province.not_genuine", desk=self._desk[:40])
            at = entry.at

    def _store(self, entries: Sequence[Entry]) -> None:
        lock_units(self._connection, self._unit_code)
        months = [_month_of(entry) for entry in entries]
        for month in sorted(set(months)):
            _need_partition(self._connection, month, self._now)
        rows = [_columns(entry, month) for entry, month in zip(entries, months, strict=True)]
        self._connection.execute(_INSERT, (self._desk, self._epoch, *map(list, zip(*rows, strict=True))))
        note_received(self._connection, self._index_dossiers(entries), self._unit_code)
        note_concerned_change(self._connection, entries, self._unit_code)
        index_papers(self._connection, entries, self._unit_code)
        note_change(
            self._connection,
            [entry.subject for entry in entries if entry.subject and entry.kind in TOLD_KINDS],
            self._unit_code,
        )
        last = entries[-1]
        self._seq, self._at, self._hash, self.has_changed = last.seq, last.at, last.hash, True
        self._connection.execute(
            "UPDATE chain SET seq = %s, at = %s, hash = %s WHERE desk = %s AND epoch = %s",
            (last.seq, last.at, last.hash, self._desk, self._epoch),
        )

    def _index_dossiers(self, entries: Sequence[Entry]) -> list[Dossier]:
        """Make dossiers findable by their code; of two with one code one has it, and both are stored.

        It is the same one as at desks. A desk gives codes of its own unit and numbers only: with others it would take
        the place of another desk's dossiers.
        """
        found: dict[str, Entry] = {}
        received: list[Dossier] = []
        for entry in entries:
            dossier = _find_received(entry)
            if dossier is not None and self._gives(dossier.code):
                found.setdefault(dossier.code, entry)
                received.append(dossier)
        if found:
            columns = (list(found), [entry.subject for entry in found.values()])
            added = self._connection.execute(_INSERT_DOSSIERS, (self._unit_code, self._desk, *columns)).fetchall()
            for code in found.keys() - {row.code for row in added}:
                if self._comes_first(found[code], code):
                    update = "UPDATE dossier SET id = %s WHERE code = %s"
                    self._connection.execute(update, (found[code].subject, code))
        return received

    def _gives(self, code: str) -> bool:
        return owns_code(self.numbers, code) and parse_dossier_code(code).unit_code == self._unit_code.upper()

    def _comes_first(self, entry: Entry, code: str) -> bool:
        """Whether a code belongs to this intake, and not to the dossier that has it here."""
        row = self._connection.execute("SELECT * FROM dossier WHERE code = %s", (code,)).fetchone()
        if row is None or row.desk != self._desk or row.id == entry.subject:
            return False
        intakes = self._connection.execute(_INTAKES, (row.id, self._desk, DossierReceived.KIND)).fetchall()
        known = [(one, _find_received(one)) for one in intakes]
        ranks = [
            rank_of(one, code, self.numbers) for one, dossier in known if dossier is not None and dossier.code == code
        ]
        return bool(ranks) and rank_of(entry, code, self.numbers) < min(ranks)


def _find_received(entry: Any) -> Dossier | None:
    """Return the dossier that an entry received, None of one that no program of ours wrote or a newer one did."""
    if entry.kind != DossierReceived.KIND:
        return None
    try:
        body = decode_body(entry.kind, entry.version, entry.body)
    except AppError:
        return None
    return body.dossier if isinstance(body, DossierReceived) and body.dossier.id == entry.subject else None


def _columns(entry: Entry, month: date) -> tuple[Any, ...]:
    return (
        month,
        entry.seq,
        entry.id,
        entry.at,
        entry.clerk,
        entry.kind,
        entry.version,
        entry.subject,
        entry.body,
        entry.hash,
    )


def _month_of(entry: Entry) -> date:
    try:
        return from_millis(entry.at >> 16).astimezone(UTC).date().replace(day=1)
    except (OverflowError, ValueError):  # a clock beyond the calendar
        return date(9999, 1, 1)


def _need_partition(connection: Connection, month: date, now: datetime) -> None:
    """Make the partition of a month; months that cannot be meant share one, and what came into it early stays there.

    PostgreSQL makes no partition for rows that lie elsewhere, and one clock that was ahead must stop nobody's entries.
    Nor does whoever reads entries for long.
    """
    following = (month.replace(day=28) + _WEEK).replace(day=1)
    latest = now.date().replace(day=1)
    if not month >= _FIRST_MONTH or (month.year - latest.year) * 12 + month.month - latest.month > 1:
        return
    name = f"entry_{month:%Y_%m}"
    if connection.execute("SELECT to_regclass(%s) AS found", (name,)).fetchone().found is not None:  # type: ignore[union-attr]
        return
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (Lock.MAKING_PARTITION,))
    if connection.execute("SELECT 1 FROM entry_elsewhen WHERE month = %s LIMIT 1", (month,)).fetchone() is not None:
        return
    values = f"FROM ('{month}') TO ('{following}')"
    try:
        with connection.transaction():  # whoever wants to read an entry waits while this one does
            connection.execute(f"SET LOCAL lock_timeout = {_PARTITION_WAIT_MS}")
            connection.execute(f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF entry FOR VALUES {values}")
            connection.execute("SET LOCAL lock_timeout TO DEFAULT")
    except psycopg.errors.LockNotAvailable:
        _log.warning("entries of %s lie with those of other times: the table was in use, by a backup perhaps", month)
