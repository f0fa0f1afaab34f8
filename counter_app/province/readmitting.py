"""What a province that was put back from a backup has forgotten of its desks comes back from them.

Every desk holds its unit's list of desks as this province signed it: who was admitted, with which numbers, and who was
revoked. Nothing in it is a desk's word.
"""

import secrets
from datetime import datetime
from typing import NamedTuple

import msgspec

from counter_app.core.errors import UserError
from counter_app.domain.unit import Unit
from counter_app.province.database import Connection
from counter_app.province.desks import find_latest_roster
from counter_app.province.packs import give_to_new_unit
from counter_app.sync.roster import DeskKind, Roster, RosterDesk, RosterHall

_HASH_BYTES = 32
_NUL = rb"\u0000"
_encode_unit = msgspec.json.Encoder(order="deterministic").encode
_OVERLAPPING = """
SELECT code_hash, desk_id, slice_low, slice_high FROM enrolment
WHERE unit_code = %s AND slice_low <= %s AND slice_high >= %s
"""
_INSERT_DESK = """
INSERT INTO desk (id, unit_code, name, kind, public_key, slice_low, slice_high, recipient, enrolled_at, revoked_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


class TakenBack(NamedTuple):
    """Whose list it was, whether anything on it was new, and whether its number was: then a later one must follow."""

    unit_code: str
    has_learned: bool
    is_ahead: bool


def take_back(connection: Connection, roster: Roster, *, asker: str, unit: Unit | None, now: datetime) -> TakenBack:
    """Admit again who stands on a signed list and is not known here, and revoke whom it revokes.

    What was here of a revoked desk when the list was signed may come once more: `publish_roster` is shown the list.

    The desk or hall that shows it must stand on it. A desk whose numbers others were given meanwhile stays out. `unit`
    is that of the asker, for a province that has forgotten it too.

    Raises:
        UserError: ``province.not_admitted``, ``province.desk_revoked``, ``province.numbers_taken``; nothing changed.
    """
    unit_code = _unit_of(roster, asker)
    _lock_listed(connection, roster)
    if _is_replaced(connection, asker):
        raise UserError("province.not_admitted", desk=asker[:40])
    _need_unit(connection, unit_code, unit, asker)
    revoked = connection.execute("SELECT 1 FROM desk WHERE id = %s AND revoked_at IS NOT NULL", (asker,)).fetchone()
    if revoked is not None:
        raise UserError("province.desk_revoked", desk=asker[:40])
    latest, changed = find_latest_roster(connection, unit_code), False
    for one in roster.desks:
        if one.unit_code == unit_code:
            changed = _take_desk(connection, one, latest, asker=asker, now=now) or changed
    for hall in roster.halls:
        if hall.unit_code == unit_code:
            changed = _take_hall(connection, hall, now=now) or changed
    ahead = "UPDATE unit SET roster_number = %(number)s WHERE code = %(unit)s AND roster_number < %(number)s"
    raised = connection.execute(ahead, {"number": roster.number, "unit": unit_code})
    return TakenBack(unit_code, changed, raised.rowcount > 0)


def note_put_back(connection: Connection, roster: Roster) -> None:
    """Note that this database has forgotten what a list says, where nobody did since it was signed.

    It was put back by other means than ours.
    """
    connection.execute(
        "INSERT INTO put_back (at) SELECT now() WHERE NOT EXISTS (SELECT 1 FROM put_back WHERE at >= %s)",
        (roster.issued_at,),
    )


def _unit_of(roster: Roster, asker: str) -> str:
    hall = next((one for one in roster.halls if one.hall_id == asker), None)
    found: RosterDesk | RosterHall | None = roster.find(asker) or hall
    if found is None:
        raise UserError("province.not_admitted", desk=asker[:40])
    if found.revoked_at is not None:
        raise UserError("province.desk_revoked", desk=found.name[:40])
    return found.unit_code


def _lock_listed(connection: Connection, roster: Roster) -> None:
    """Take the rows of whom a list names before the unit's, as their batches do."""
    query = "SELECT 1 FROM desk WHERE id = ANY(%s) ORDER BY kind <> 'hall', id FOR NO KEY UPDATE"
    listed = [hall.hall_id for hall in roster.halls] + [desk.desk_id for desk in roster.desks]
    connection.execute(query, (listed,))


def _need_unit(connection: Connection, unit_code: str, unit: Unit | None, asker: str) -> None:
    """Lock the unit's row; where it was forgotten too it is made anew."""
    query = "SELECT 1 FROM unit WHERE code = %s FOR UPDATE"
    if connection.execute(query, (unit_code,)).fetchone() is not None:
        return
    facts = _encode_unit(unit) if unit is not None and unit.code == unit_code else _NUL
    if _NUL in facts:  # no program of ours names a unit so
        raise UserError("province.not_admitted", desk=asker[:40])
    connection.execute("INSERT INTO unit (code, facts) VALUES (%s, %s)", (unit_code, facts))
    give_to_new_unit(connection, unit_code)


def _take_desk(connection: Connection, one: RosterDesk, latest: Roster | None, *, asker: str, now: datetime) -> bool:
    if _is_known(connection, one.desk_id):
        return _revoke(connection, one.desk_id, one.revoked_at) or _reaches_further(one, latest)
    low, high = one.number_slice.low, one.number_slice.high
    taken = connection.execute(_OVERLAPPING, (one.unit_code, high, low)).fetchall()
    is_invited = [(row.desk_id, row.slice_low, row.slice_high) for row in taken] == [(None, low, high)]
    if taken and not is_invited:
        if one.desk_id == asker:
            raise UserError("province.numbers_taken", low=low, high=high)
        return False
    values = (one.desk_id, one.unit_code, one.name, one.kind.value, one.public_key, low, high, one.recipient)
    connection.execute(_INSERT_DESK, (*values, now, one.revoked_at))
    if is_invited:
        used = "UPDATE enrolment SET desk_id = %s, expires_at = %s WHERE code_hash = %s"
        connection.execute(used, (one.desk_id, now, taken[0].code_hash))
    else:
        # No code leads to it: the numbers are only never given again.
        nobodys = (secrets.token_bytes(_HASH_BYTES), one.unit_code, one.name, one.kind.value, low, high, now)
        query = "INSERT INTO enrolment VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
        connection.execute(query, (*nobodys, one.desk_id))
    beyond = "UPDATE unit SET next_number = greatest(next_number, %s) WHERE code = %s"
    connection.execute(beyond, (high + 1, one.unit_code))
    return True


def _reaches_further(one: RosterDesk, latest: Roster | None) -> bool:
    """Whether more was here of a revoked desk than the list that was signed last says."""
    known = latest.find(one.desk_id) if latest is not None else None
    has = {end.epoch: end.seq for end in (known.ends if known is not None else ())}
    return any(end.seq > has.get(end.epoch, 0) for end in one.ends)


def _take_hall(connection: Connection, hall: RosterHall, *, now: datetime) -> bool:
    if _is_known(connection, hall.hall_id):
        return _revoke(connection, hall.hall_id, hall.revoked_at)
    if _is_replaced(connection, hall.hall_id):
        return False
    # A hall signs nothing, and no list names its key.
    values = (hall.hall_id, hall.unit_code, hall.name, DeskKind.HALL.value, hall.hall_id.encode(), 0, 0, "")
    connection.execute(_INSERT_DESK, (*values, now, hall.revoked_at))
    return True


def _is_known(connection: Connection, node_id: str) -> bool:
    return connection.execute("SELECT 1 FROM desk WHERE id = %s", (node_id,)).fetchone() is not None


def _is_replaced(connection: Connection, node_id: str) -> bool:
    return connection.execute("SELECT 1 FROM replaced WHERE id = %s", (node_id,)).fetchone() is not None


def _revoke(connection: Connection, node_id: str, at: datetime | None) -> bool:
    if at is None:
        return False
    done = connection.execute("UPDATE desk SET revoked_at = %s WHERE id = %s AND revoked_at IS NULL", (at, node_id))
    return done.rowcount > 0
