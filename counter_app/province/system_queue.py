"""What other systems must be asked: one row for each question, its state, and nothing of what is asked."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from counter_app.domain.systems import RequestState, System, Wanted
from counter_app.province.database import Connection

_MOST_REFUSED = 1_000
_AT_ONCE = 200
_ENDED_BADLY = [RequestState.REFUSED.value, RequestState.GIVEN_UP.value]

_UNPLANNED = """
SELECT dossier, unit_code, changes FROM portal_sending
WHERE planned < changes AND unit_code <> ALL(%s) ORDER BY unit_code, dossier LIMIT %s
"""
_DUE = """
SELECT * FROM system_request
WHERE system = %s AND state IN ('waiting', 'sent') AND (try_after IS NULL OR try_after <= %s)
ORDER BY try_after NULLS FIRST, dossier, request LIMIT %s
"""


class Unanswered(msgspec.Struct, frozen=True, kw_only=True):
    """A question that a system refused, or that was given up, and why."""

    code: str
    unit: str
    system: System
    state: RequestState
    reason: str


class SystemStanding(msgspec.Struct, frozen=True, kw_only=True):
    """How many questions to one system are in each state."""

    system: System
    counts: dict[str, int]


def list_unplanned(connection: Connection, *, but: Iterable[str]) -> list[Any]:
    """Return dossiers that changed since their questions were worked out, none of the units in `but`."""
    return connection.execute(_UNPLANNED, (list(but), _AT_ONCE)).fetchall()


def plan(connection: Connection, row: Any, wanted: Iterable[Wanted]) -> None:
    """Keep what a dossier is to be asked about; what stands there already stays as it is."""
    for one in wanted:
        connection.execute(
            "INSERT INTO system_request (dossier, system, request, unit_code) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            (row.dossier, one.system.value, one.request, row.unit_code),
        )
    connection.execute("UPDATE portal_sending SET planned = %s WHERE dossier = %s", (row.changes, row.dossier))


def list_due(connection: Connection, system: System, now: datetime) -> list[Any]:
    """Return questions to one system whose time has come, those never tried first."""
    return connection.execute(_DUE, (system.value, now, _AT_ONCE)).fetchall()


def keep(connection: Connection, row: Any, **values: str | int | datetime | None) -> None:
    """Write columns of one question."""
    columns = ", ".join(f"{name} = %({name})s" for name in values)
    connection.execute(
        f"UPDATE system_request SET {columns}"  # noqa: S608 - our own names
        " WHERE dossier = %(dossier)s AND system = %(system)s AND request = %(request)s",
        {**values, "dossier": row.dossier, "system": row.system, "request": row.request},
    )


def drop(connection: Connection, row: Any) -> None:
    """Forget a question that became pointless."""
    connection.execute(
        "DELETE FROM system_request WHERE dossier = %s AND system = %s AND request = %s",
        (row.dossier, row.system, row.request),
    )


def list_offers(connection: Connection) -> dict[str, set[System]]:
    """Return of every unit which systems its desks were told of."""
    rows = connection.execute(
        "SELECT unit.code, offer.system FROM unit LEFT JOIN system_offer AS offer ON offer.unit_code = unit.code"
        " ORDER BY unit.code"
    )
    offers: dict[str, set[System]] = {}
    for row in rows.fetchall():
        offers.setdefault(row.code, set()).update([System(row.system)] if row.system else [])
    return offers


def note_offer(connection: Connection, unit_code: str, system: System, *, is_used: bool) -> None:
    """Keep that desks are told of a system, or that it is used no longer; what is known is planned anew."""
    if is_used:
        connection.execute("INSERT INTO system_offer VALUES (%s, %s) ON CONFLICT DO NOTHING", (unit_code, system.value))
        connection.execute("UPDATE portal_sending SET planned = 0 WHERE unit_code = %s", (unit_code,))
    else:
        gone = (unit_code, system.value)
        connection.execute("DELETE FROM system_offer WHERE unit_code = %s AND system = %s", gone)
        connection.execute(
            "DELETE FROM system_request WHERE unit_code = %s AND system = %s AND state IN ('waiting', 'sent')", gone
        )


def read_standings(connection: Connection) -> list[SystemStanding]:
    """Return of every system that was ever asked how many questions are in each state."""
    rows = connection.execute("SELECT system, state, count(*) AS count FROM system_request GROUP BY system, state")
    counts: dict[System, dict[str, int]] = {}
    for row in rows.fetchall():
        counts.setdefault(System(row.system), {})[row.state] = row.count
    return [
        SystemStanding(system=one, counts={state.value: counts[one].get(state.value, 0) for state in RequestState})
        for one in System
        if one in counts
    ]


def list_unanswered(connection: Connection) -> Sequence[Unanswered]:
    """Return what was refused or given up, at most a thousand, the oldest first."""
    rows = connection.execute(
        "SELECT coalesce(dossier.code, one.dossier) AS code, one.unit_code AS unit, one.system, one.state, one.reason"
        " FROM system_request AS one LEFT JOIN dossier ON dossier.id = one.dossier"
        " WHERE one.state IN ('refused', 'given_up') ORDER BY one.answered_at LIMIT %s",
        (_MOST_REFUSED,),
    )
    return [
        Unanswered(
            code=row.code,
            unit=row.unit,
            system=System(row.system),
            state=RequestState(row.state),
            reason=row.reason,
        )
        for row in rows.fetchall()
    ]


def ask_again(connection: Connection) -> int:
    """Let what was refused or given up be asked again, where it still has a point; returns how many."""
    again = "UPDATE system_request SET state = 'waiting', tries = 0, try_after = NULL WHERE state = ANY(%s)"
    return connection.execute(again, (_ENDED_BADLY,)).rowcount
