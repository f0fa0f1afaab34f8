"""What is safe elsewhere and what still waits, read from what holders acknowledged."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, func, select

from counter_app.core.clock import from_millis, to_millis
from counter_app.domain.ticks import PortalTick, Ticks
from counter_app.store.tables import exchange, local
from counter_app.store.tables import journal as tables
from counter_app.sync.outbox import list_unsent
from counter_app.sync.portal_answers import TOLD_KINDS, Covered
from counter_app.sync.ports import PROVINCE

_ENTRY = tables.entry.c
_ACKNOWLEDGED = exchange.acknowledged.c
_CHAINS = (
    select(_ENTRY.desk, _ENTRY.epoch, func.max(_ENTRY.seq).label("last"))
    .where(_ENTRY.subject == bindparam("subject"))
    .group_by(_ENTRY.desk, _ENTRY.epoch)
)
_TOLD_OF = _CHAINS.where(_ENTRY.kind.in_(sorted(TOLD_KINDS)))
_PORTAL = select(exchange.portal_answer).where(exchange.portal_answer.c.dossier_id == bindparam("subject"))
_covers = msgspec.json.Decoder(tuple[Covered, ...])
_HOLDERS = select(_ACKNOWLEDGED.holder, _ACKNOWLEDGED.seq).where(
    _ACKNOWLEDGED.desk == bindparam("desk"), _ACKNOWLEDGED.epoch == bindparam("epoch")
)
_OLDEST = select(func.min(_ENTRY.at)).where(
    _ENTRY.subject == bindparam("subject"),
    _ENTRY.desk == bindparam("desk"),
    _ENTRY.epoch == bindparam("epoch"),
    _ENTRY.seq > bindparam("seq"),
)
_LOCAL = select(local.local_value.c.value).where(local.local_value.c.name == bindparam("name"))
#: Under which name a store keeps since when something waits that was written under a clock that was ahead.
SEEN_UNSENT = "seen_unsent"
_AT = select(_ENTRY.at).where(
    _ENTRY.desk == bindparam("desk"), _ENTRY.epoch == bindparam("epoch"), _ENTRY.seq == bindparam("seq")
)


def read_ticks(connection: Connection, dossier_id: str, *, own_desk: str) -> Ticks:
    """Return where else everything lies that this store knows of a dossier.

    What another desk wrote lies there too. An acknowledgement is kept only when its hash is the one here.
    """
    elsewhere, waiting = True, []
    for chain in connection.execute(_CHAINS, {"subject": dossier_id}).all():
        named = {"desk": chain.desk, "epoch": chain.epoch}
        holders = {row.holder: row.seq for row in connection.execute(_HOLDERS, named)}
        elsewhere = elsewhere and (chain.desk != own_desk or max(holders.values(), default=0) >= chain.last)
        seq = holders.get(PROVINCE, 0)
        if seq < chain.last:
            waiting.append(connection.execute(_OLDEST, {**named, "subject": dossier_id, "seq": seq}).scalar_one())
    since = from_millis(min(waiting) >> 16) if waiting else None
    answer = connection.execute(_PORTAL, {"subject": dossier_id}).one_or_none()
    return Ticks(
        second_machine=elsewhere,
        province=not waiting,
        waiting_since=since,
        is_exchanging=is_exchanging(connection),
        portal=_read_portal(connection, dossier_id, answer),
        portal_refusal=answer.refusal if answer is not None else "",
    )


def _read_portal(connection: Connection, dossier_id: str, answer: Row[Any] | None) -> PortalTick:
    if answer is None:
        return PortalTick.NOT_TOLD
    if answer.refusal:
        return PortalTick.REFUSED
    told = {(one.desk, one.epoch): one.seq for one in _covers.decode(answer.covers)}
    chains = connection.execute(_TOLD_OF, {"subject": dossier_id}).all()
    is_all = all(told.get((chain.desk, chain.epoch), 0) >= chain.last for chain in chains)
    return PortalTick.TAKEN if is_all else PortalTick.WAITING


def find_last_answer(connection: Connection, holder: str, *, now: datetime) -> datetime | None:
    """Return when a holder last said what it has, None when it never did.

    What it said under a clock that was ahead says nothing.
    """
    said = (_ACKNOWLEDGED.holder == holder, _ACKNOWLEDGED.at <= to_millis(now))
    at = connection.execute(select(func.max(_ACKNOWLEDGED.at)).where(*said)).scalar()
    return from_millis(at) if at is not None else None


def is_exchanging(connection: Connection) -> bool:
    """Whether a province has given this desk its list of desks."""
    return connection.execute(_LOCAL, {"name": "roster"}).first() is not None


def find_oldest_unsent(connection: Connection, holder: str, *, own_desk: str, now: datetime) -> datetime | None:
    """Return since when the oldest entry of this desk waits that a holder has not confirmed, None when it has all.

    One that was written under a clock that was ahead waits since it was first seen (`find_seen_unsent`).
    """
    waits = _list_first_unsent(connection, holder, own_desk)
    if not waits:
        return None
    oldest = min(at for _place, at in waits)
    if oldest <= to_millis(now):
        return from_millis(oldest)
    place, seen_at = _read_seen(connection)
    return from_millis(seen_at) if place == waits[0][0] and seen_at <= to_millis(now) else now


def find_seen_unsent(connection: Connection, holder: str, *, own_desk: str, now: datetime) -> bytes | None:
    """Return what is to be kept as `SEEN_UNSENT` from now on, None where what is kept, or nothing, tells enough."""
    waits = _list_first_unsent(connection, holder, own_desk)
    if not waits or min(at for _place, at in waits) <= to_millis(now):
        return None
    place, seen_at = _read_seen(connection)
    is_known = place == waits[0][0] and seen_at <= to_millis(now)
    return None if is_known else f"{waits[0][0]} {to_millis(now)}".encode()


def _list_first_unsent(connection: Connection, holder: str, own_desk: str) -> list[tuple[str, int]]:
    """Return of each chain of which something waits the first such entry's place, and when it was written."""
    first = []
    for one in list_unsent(connection, holder, desk=own_desk):
        seq = one.acknowledged + 1
        at = connection.execute(_AT, {"desk": one.desk, "epoch": one.epoch, "seq": seq}).scalar()
        if at is not None:
            first.append((f"{one.epoch}/{seq}", at >> 16))
    return first


def _read_seen(connection: Connection) -> tuple[str, int]:
    """Return the place of the entry that was seen waiting, and since when; no place where none was."""
    kept = connection.execute(_LOCAL, {"name": SEEN_UNSENT}).scalar() or b" 0"
    place, _blank, at = kept.decode().partition(" ")
    return place, int(at)


def count_unsent(connection: Connection, holder: str, *, own_desk: str) -> int:
    """Return how many entries of this desk a holder has not confirmed."""
    return sum(one.last - one.acknowledged for one in list_unsent(connection, holder, desk=own_desk))
