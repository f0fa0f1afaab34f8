"""Desks of the province: invited by a one-time code, listed in their unit's signed roster, revoked in one step."""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from counter_app.core.clock import to_millis
from counter_app.core.errors import UserError
from counter_app.domain.unit import Slice, Unit, UnitLevel
from counter_app.province.authority import Authority
from counter_app.province.database import Connection
from counter_app.province.feeds import publish
from counter_app.province.packs import give_to_new_unit
from counter_app.sync.ports import Acknowledgement, FeedKind
from counter_app.sync.roster import DeskKind, Enrolment, EnrolmentClaim, Roster, RosterDesk, RosterHall, sign_roster
from counter_app.sync.signed import read_unproved

VALID_FOR = timedelta(days=14)
"""How long a code may be used."""

_SECRET_BYTES = 10
_FINGERPRINT_BYTES = 10
_NUMBERS = 1_000
_LAST_NUMBER = 9_999
_NO_NUMBERS = Slice(0, 0)  # a hall receives nothing
_USE = """
SELECT seen_at IS NOT NULL OR revoked_at IS NOT NULL
    OR EXISTS (SELECT 1 FROM chain WHERE chain.desk = desk.id AND seq > 0) AS is_final
FROM desk WHERE id = %s FOR UPDATE
"""
_NEXT_ROSTER = """
UPDATE unit SET roster_number = greatest(%(least)s, roster_number + 1) WHERE code = %(unit)s RETURNING roster_number
"""
_IS_UNSURE = "EXISTS (SELECT 1 FROM put_back WHERE number > unit.numbers_checked) AS is_unsure"
_NUMBERS_OF = f"SELECT next_number, {_IS_UNSURE} FROM unit WHERE code = %s FOR UPDATE"  # noqa: S608
_INVITATION = f"""
SELECT enrolment.*, unit.facts, {_IS_UNSURE} FROM enrolment JOIN unit ON unit.code = unit_code
WHERE code_hash = %s AND expires_at > %s FOR UPDATE OF enrolment
"""  # noqa: S608 - our own words
_encode_unit = msgspec.json.Encoder(order="deterministic").encode


class Admitted(NamedTuple):
    """Where a claim made a desk, or a hall; it is new unless the same claim came before."""

    unit_code: str
    kind: DeskKind
    is_new: bool


def make_code(authority: Authority) -> str:
    """Return a new code: 80 random bits, and 80 bits of the authority's fingerprint, by which a desk knows it."""
    data = secrets.token_bytes(_SECRET_BYTES) + authority.fingerprint[:_FINGERPRINT_BYTES]
    text = base64.b32encode(data).decode()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def hash_of(code: str) -> bytes:
    """Return under what a code is kept: blanks, dashes and small letters make no difference."""
    return hashlib.sha256("".join(code.upper().replace("-", "").split()).encode()).digest()


def invite(
    connection: Connection,
    authority: Authority,
    *,
    unit: Unit,
    kind: DeskKind,
    name: str,
    number_slice: Slice | None,
    now: datetime,
    valid_for: timedelta = VALID_FOR,
) -> str:
    """Keep the particulars of a desk to come and return the code that makes it one.

    Raises:
        UserError: ``province.no_numbers``, ``province.numbers_taken``: the unit's numbers are given away.
        UserError: ``province.numbers_unsure``: perhaps they are, see `confirm_numbers`.
    """
    _keep_unit(connection, unit)
    chosen = _NO_NUMBERS if kind is DeskKind.HALL else _give_numbers(connection, unit.code, number_slice)
    code = make_code(authority)
    connection.execute(
        "INSERT INTO enrolment VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (hash_of(code), unit.code, name, kind.value, chosen.low, chosen.high, now + valid_for),
    )
    return code


def confirm_numbers(connection: Connection, unit: Unit) -> None:
    """Note that somebody saw which of a unit's numbers are free.

    A database that was put back from a backup has forgotten which were given since, and gives none before.
    """
    _keep_unit(connection, unit)
    checked = "UPDATE unit SET numbers_checked = (SELECT coalesce(max(number), 0) FROM put_back) WHERE code = %s"
    connection.execute(checked, (unit.code,))


def _keep_unit(connection: Connection, unit: Unit) -> None:
    added = connection.execute(
        "INSERT INTO unit (code, facts) VALUES (%s, %s) ON CONFLICT (code) DO NOTHING", (unit.code, _encode_unit(unit))
    )
    if added.rowcount:
        give_to_new_unit(connection, unit.code)


def _give_numbers(connection: Connection, unit_code: str, wanted: Slice | None) -> Slice:
    """Return numbers that nobody else of the unit was ever given; the unit's row is locked."""
    row = connection.execute(_NUMBERS_OF, (unit_code,)).fetchone()
    if row is not None and row.is_unsure:
        raise UserError("province.numbers_unsure", unit=unit_code[:40])
    first = row.next_number if row is not None else 1
    if wanted is None:
        low = 1 if first == 1 else -(-first // _NUMBERS) * _NUMBERS
        wanted = Slice(low, min(low // _NUMBERS * _NUMBERS + _NUMBERS - 1, _LAST_NUMBER))
    if wanted.low > _LAST_NUMBER or wanted.low > wanted.high or wanted.high > _LAST_NUMBER:
        raise UserError("province.no_numbers", unit=unit_code[:40])
    taken = connection.execute(
        "SELECT 1 FROM enrolment WHERE unit_code = %s AND slice_low <= %s AND slice_high >= %s",
        (unit_code, wanted.high, wanted.low),
    ).fetchone()
    if taken is not None:
        raise UserError("province.numbers_taken", low=wanted.low, high=wanted.high)
    connection.execute(
        "UPDATE unit SET next_number = greatest(next_number, %s) WHERE code = %s", (wanted.high + 1, unit_code)
    )
    return wanted


def find_invitation(connection: Connection, code: str, *, now: datetime) -> Any:
    """Return the row of a code that may still be used, locked.

    Raises:
        UserError: ``province.unknown_code``.
    """
    row = connection.execute(_INVITATION, (hash_of(code), now)).fetchone()
    if row is None:
        raise UserError("province.unknown_code")
    return row


def enrolment_of(row: Any, code: str, authority: Authority, url: str) -> Enrolment:
    """Return the document that an invited desk is made from."""
    return Enrolment(
        code=code,
        unit=msgspec.json.decode(row.facts, type=Unit),
        desk_name=row.name,
        kind=DeskKind(row.kind),
        number_slice=Slice(row.slice_low, row.slice_high),
        province_key=authority.signer.public_key,
        expires_at=row.expires_at,
        url=url,
    )


def admit(connection: Connection, claim: EnrolmentClaim, *, now: datetime) -> Admitted:
    """Make an invited desk, or hall, one of the province's.

    The same claim may come again, and so may one of another key as long as the desk or hall before it was never heard
    under its certificate: the answer was lost and it was made anew. A desk is heard as soon as it has its answer. The
    code of one that was revoked makes no other.

    Raises:
        UserError: ``province.unknown_code``, ``province.code_used``, ``province.desk_revoked``.
        UserError: ``province.code_unsure``: perhaps it made a desk that was forgotten, see `confirm_numbers`.
    """
    row = find_invitation(connection, claim.code, now=now)
    if row.desk_id == claim.desk_id:
        _need_same(connection, claim)
        return Admitted(row.unit_code, DeskKind(row.kind), is_new=False)
    if row.is_unsure and row.kind != DeskKind.HALL:
        raise UserError("province.code_unsure")
    if row.desk_id is not None:
        use = connection.execute(_USE, (row.desk_id,)).fetchone()
        if use is not None and use.is_final:
            raise UserError("province.code_used")
        for held in ("waiting_batch WHERE desk", "chain WHERE desk", "desk WHERE id"):  # a hall may have invented some
            connection.execute(f"DELETE FROM {held} = %s", (row.desk_id,))  # noqa: S608 - our own words
        connection.execute("INSERT INTO replaced VALUES (%s) ON CONFLICT DO NOTHING", (row.desk_id,))
    if connection.execute("SELECT 1 FROM desk WHERE id = %s", (claim.desk_id,)).fetchone() is not None:
        raise UserError("province.code_used")
    connection.execute(
        "INSERT INTO desk (id, unit_code, name, kind, public_key, slice_low, slice_high, recipient, enrolled_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            claim.desk_id,
            row.unit_code,
            row.name,
            row.kind,
            claim.public_key,
            row.slice_low,
            row.slice_high,
            claim.recipient,
            now,
        ),
    )
    connection.execute("UPDATE enrolment SET desk_id = %s WHERE code_hash = %s", (claim.desk_id, row.code_hash))
    connection.execute("DELETE FROM replaced WHERE id = %s", (claim.desk_id,))
    return Admitted(row.unit_code, DeskKind(row.kind), is_new=True)


def _need_same(connection: Connection, claim: EnrolmentClaim) -> None:
    """Whether the desk that a code made claims it again: its id stands on every list of the unit, its key does not.

    Raises:
        UserError: ``province.code_used``, ``province.desk_revoked``.
    """
    row = connection.execute("SELECT * FROM desk WHERE id = %s", (claim.desk_id,)).fetchone()
    if row is None or bytes(row.public_key) != claim.public_key:
        raise UserError("province.code_used")
    if row.revoked_at is not None:
        raise UserError("province.desk_revoked", desk=row.name[:40])


def revoke(connection: Connection, wanted: str, *, now: datetime) -> Any:
    """Let a desk, by its id or its name, do nothing from now on; what it pushed stays. Returns its row.

    Raises:
        UserError: ``province.unknown_desk``, ``province.several_desks``.
    """
    row = get_desk(connection, wanted)
    connection.execute("UPDATE desk SET revoked_at = coalesce(revoked_at, %s) WHERE id = %s", (now, row.id))
    return row


def get_desk(connection: Connection, wanted: str) -> Any:
    """Return the row of a desk by its id or its name, locked.

    Raises:
        UserError: ``province.unknown_desk``, ``province.several_desks``.
    """
    rows = connection.execute(
        "SELECT * FROM desk WHERE id = %s OR lower(name) = lower(%s) ORDER BY id = %s DESC FOR UPDATE",
        (wanted, wanted, wanted),
    ).fetchall()
    if not rows:
        raise UserError("province.unknown_desk", desk=wanted[:40])
    if len(rows) > 1 and rows[0].id != wanted:
        raise UserError("province.several_desks", desk=wanted[:40])
    return rows[0]


def publish_roster(
    connection: Connection, authority: Authority, unit_code: str, *, now: datetime, shown: Roster | None = None
) -> bytes:
    """Sign the list of a unit's desks as it is now and put it on the unit's feed; returns it.

    Its number is above all others, also those that a restored database has forgotten: milliseconds since 1970. `shown`
    is one that this province signed before.
    """
    row = connection.execute(_NEXT_ROSTER, {"unit": unit_code, "least": to_millis(now)}).fetchone()
    number = row.roster_number if row is not None else 1
    data = _sign_roster(connection, authority, unit_code, number, now=now, shown=shown)
    publish(connection, unit_code, FeedKind.ROSTER, data)
    return data


def show_roster(connection: Connection, authority: Authority, unit_code: str, *, now: datetime) -> bytes:
    """Sign the list of a unit's desks again as it stands, for somebody who asks; nobody else hears of it."""
    row = connection.execute("SELECT roster_number FROM unit WHERE code = %s", (unit_code,)).fetchone()
    return _sign_roster(connection, authority, unit_code, row.roster_number if row is not None else 0, now=now)


def _sign_roster(
    connection: Connection,
    authority: Authority,
    unit_code: str,
    number: int,
    *,
    now: datetime,
    shown: Roster | None = None,
) -> bytes:
    desks = connection.execute("SELECT * FROM desk WHERE unit_code = %s ORDER BY enrolled_at, id", (unit_code,))
    nodes = desks.fetchall()
    ends = _list_ends(connection, unit_code, [node.id for node in nodes if node.revoked_at is not None], shown)
    roster = Roster(
        number=number,
        issued_at=now,
        recipient=authority.recipient,
        desks=tuple(_roster_desk(node, ends.get(node.id, ())) for node in nodes if node.kind != DeskKind.HALL),
        halls=tuple(_roster_hall(node) for node in nodes if node.kind == DeskKind.HALL),
    )
    return sign_roster(roster, authority.signer.sign)


def find_latest_roster(connection: Connection, unit_code: str) -> Roster | None:
    """Return the list of a unit's desks that was signed last, as far as this database knows."""
    query = "SELECT data FROM feed WHERE unit_code = %s AND kind = %s ORDER BY position DESC LIMIT 1"
    row = connection.execute(query, (unit_code, FeedKind.ROSTER.value)).fetchone()
    return read_unproved(bytes(row.data), Roster, "sync.bad_roster") if row is not None else None


def _list_ends(
    connection: Connection, unit_code: str, revoked: Sequence[str], shown: Roster | None
) -> dict[str, tuple[Acknowledgement, ...]]:
    """Return how far the chains of revoked desks were ever here: a database that was put back may have less of them."""
    if not revoked:
        return {}
    rows = connection.execute("SELECT * FROM chain WHERE desk = ANY(%s) AND seq > 0", (list(revoked),))
    ends = [Acknowledgement(desk=row.desk, epoch=row.epoch, seq=row.seq, hash=bytes(row.hash)) for row in rows]
    for roster in (find_latest_roster(connection, unit_code), shown):
        ends += [end for desk in (roster.desks if roster is not None else ()) for end in desk.ends]
    farthest: dict[tuple[str, int], Acknowledgement] = {}
    for end in sorted(ends, key=lambda one: (one.epoch, one.seq)):
        farthest[(end.desk, end.epoch)] = end
    return {one: tuple(end for end in farthest.values() if end.desk == one) for one in revoked}


def _roster_desk(row: Any, ends: tuple[Acknowledgement, ...]) -> RosterDesk:
    return RosterDesk(
        desk_id=row.id,
        unit_code=row.unit_code,
        name=row.name,
        kind=DeskKind(row.kind),
        public_key=bytes(row.public_key),
        number_slice=Slice(row.slice_low, row.slice_high),
        recipient=row.recipient,
        revoked_at=row.revoked_at,
        ends=ends,
    )


def _roster_hall(row: Any) -> RosterHall:
    return RosterHall(hall_id=row.id, unit_code=row.unit_code, name=row.name, revoked_at=row.revoked_at)


def level_of(kind: DeskKind) -> UnitLevel:
    """Return the level of a unit that is only known by the kind of its desks."""
    return UnitLevel.POST if kind is DeskKind.POST else UnitLevel.COMMUNE
