"""The figures of a period from a unit's mirror."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, or_, select

from counter_app.core.clock import from_millis, to_millis
from counter_app.domain.actions.state import DossierState
from counter_app.domain.dossier import Dossier, Status
from counter_app.domain.period_report import Period, ReportRow, count_period
from counter_app.domain.standing import standings_of
from counter_app.journal.dossier_states import STATE_COLUMNS, state_of
from counter_app.journal.entries import DossierActed, DossierActedEarlier, decode_body
from counter_app.province.mirrors import Mirror
from counter_app.store.tables import dossiers, journal

_TABLE, _ENTRY = dossiers.dossier.c, journal.entry.c
_ENDED = frozenset({Status.NOT_ACCEPTED, Status.WITHDRAWN, Status.STOPPED})
_FINISHED = standings_of([*_ENDED, Status.RESOLVED, Status.RETURNED])
#: Nobody resolves a dossier for longer and then finishes it within the period unseen; keeps old years from being read.
_LONGEST = timedelta(days=3 * 366)
_ACTS = select(_ENTRY.at, _ENTRY.kind, _ENTRY.version, _ENTRY.body).where(_ENTRY.kind == DossierActed.KIND)


def count_unit(mirror: Mirror, period: Period) -> list[ReportRow]:
    """Return the figures of what a unit's desks received; up to some seconds for a large unit."""
    with mirror.desk.store.reading() as connection:
        return count_period(period, _iter_lives(connection, period))


def _iter_lives(connection: Connection, period: Period) -> Iterator[tuple[Dossier, DossierState, datetime | None]]:
    until, earliest = to_millis(period.ends_before), to_millis(period.ends_before - _LONGEST)
    query = STATE_COLUMNS.where(
        _TABLE.accepted_at < until,
        or_(_TABLE.accepted_at >= earliest, _TABLE.standing.not_in(sorted(map(int, _FINISHED)))),
    )
    for row in connection.execute(query):
        dossier, state = state_of(row)
        yield dossier, state, _ended_at(connection, row) if state.status in _ENDED else None


def _ended_at(connection: Connection, row: Any) -> datetime | None:
    """Return when the last thing was done with a dossier that ended without a decision."""
    last = connection.execute(_ACTS.where(_ENTRY.subject == row.id).order_by(_ENTRY.at.desc()).limit(1)).first()
    if last is None:
        return None
    body = decode_body(last.kind, last.version, last.body)
    return body.happened_at if isinstance(body, DossierActedEarlier) else from_millis(last.at >> 16)
