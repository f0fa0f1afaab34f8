"""Configuration packs: made from a catalogue file, signed, and put on the feeds of the units that they are for."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import msgspec

from counter_app.core.errors import UserError
from counter_app.core.reading import read_at_most
from counter_app.domain.catalogue import read_catalogue, starter_procedures
from counter_app.domain.catalogue.doubts import Doubt
from counter_app.domain.procedure import Procedure
from counter_app.domain.working_time import DayOverride, parse_overrides
from counter_app.province.authority import Authority
from counter_app.province.database import Connection
from counter_app.province.feeds import publish
from counter_app.province.locks import Lock
from counter_app.sync.packs import ConfigurationPack, read_pack, sign_pack
from counter_app.sync.ports import FeedKind

_LARGEST_FILE_BYTES = 64 * 1024 * 1024
_LARGEST_TABLE_BYTES = 1024 * 1024
_LONGEST_NAME = 200


class PublishedPack(msgspec.Struct, frozen=True, kw_only=True):
    """A pack that the province gave out; `unit` is empty where it is for every unit."""

    number: int
    unit: str
    name: str
    effective_on: date
    issued_at: datetime
    procedures: int
    days: int


def read_procedures(path: Path, *, effective_on: date) -> tuple[tuple[Procedure, ...], tuple[Doubt, ...]]:
    """Return the procedures of a portal dump, national packet or workbook, and every doubtful row.

    Raises:
        UserError: ``catalogue.no_such_file``, ``catalogue.too_large_file``, and as `read_catalogue`.
    """
    content = read_catalogue(_read(path, _LARGEST_FILE_BYTES), effective_on=effective_on, name=path.name)
    return tuple(content.procedures), content.doubts


def read_days(path: Path) -> tuple[DayOverride, ...]:
    """Return the days of a table ``date,working,name``.

    Raises:
        UserError: ``catalogue.no_such_file``, ``catalogue.too_large_file``, ``due.bad_calendar_row``.
    """
    try:
        text = _read(path, _LARGEST_TABLE_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise UserError("due.bad_calendar_row", row=1) from exc
    return parse_overrides(text)


def _read(path: Path, most_bytes: int) -> bytes:
    try:
        data = read_at_most(path, most_bytes)
    except (OSError, ValueError) as exc:
        raise UserError("catalogue.no_such_file", name=path.name) from exc
    if data is None:
        raise UserError("catalogue.too_large_file", name=path.name, most_mb=most_bytes // (1024 * 1024))
    return data


def give_out(
    connection: Connection,
    authority: Authority,
    *,
    unit_code: str,
    name: str,
    effective_on: date,
    procedures: Sequence[Procedure],
    days: Sequence[DayOverride],
    now: datetime,
) -> PublishedPack:
    """Sign a pack and put it on the feed of one unit, or of all of them, in the caller's transaction.

    Raises:
        UserError: ``pack.empty``, ``pack.too_large``, ``pack.too_long``, ``unit.unknown``.
    """
    if not procedures and not days:
        raise UserError("pack.empty")
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (Lock.NUMBERING_PACKS,))
    pack = ConfigurationPack(
        number=_next_number(connection, now),
        name=name[:_LONGEST_NAME],
        effective_on=effective_on,
        issued_at=now,
        unit_code=unit_code,
        procedures=tuple(procedures),
        days=tuple(days),
    )
    data = sign_pack(pack, authority.signer.sign)
    for code in [unit_code] if unit_code else _list_units(connection):
        publish(connection, code, FeedKind.PACK, data)
    connection.execute(
        "INSERT INTO configuration_pack VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (pack.number, unit_code or None, pack.name, effective_on, now, len(pack.procedures), len(pack.days), data),
    )
    return _published(pack)


def give_to_new_unit(connection: Connection, unit_code: str) -> None:
    """Put what every unit has on the feed of a unit that is new, in the caller's transaction."""
    rows = connection.execute("SELECT data FROM configuration_pack WHERE unit_code IS NULL ORDER BY number").fetchall()
    for row in rows:
        publish(connection, unit_code, FeedKind.PACK, bytes(row.data))


def list_packs(connection: Connection) -> list[PublishedPack]:
    """Return every pack, the newest first."""
    rows = connection.execute("SELECT * FROM configuration_pack ORDER BY number DESC")
    return [
        PublishedPack(
            number=row.number,
            unit=row.unit_code or "",
            name=row.name,
            effective_on=row.effective_on,
            issued_at=row.issued_at,
            procedures=row.procedures,
            days=row.days,
        )
        for row in rows
    ]


def read_newest(connection: Connection, province_key: bytes) -> dict[str, Procedure]:
    """Return by its code the last version of every procedure that all units have or will have: starter and packs."""
    rows = connection.execute(
        "SELECT data FROM configuration_pack WHERE unit_code IS NULL ORDER BY effective_on, number"
    ).fetchall()
    newest = {one.code: one for one in starter_procedures()}
    for row in rows:
        newest |= {one.code: one for one in read_pack(bytes(row.data), province_key).procedures}
    return newest


def get_file(connection: Connection, number: int) -> bytes:
    """Return a pack as its file, to be carried to a desk without a line.

    Raises:
        UserError: ``pack.unknown``.
    """
    row = connection.execute("SELECT data FROM configuration_pack WHERE number = %s", (number,)).fetchone()
    if row is None:
        raise UserError("pack.unknown", number=number)
    return bytes(row.data)


def _next_number(connection: Connection, now: datetime) -> int:
    """Return a number above all others, also those that a restored database has forgotten: seconds since 1970."""
    row = connection.execute("SELECT max(number) AS last FROM configuration_pack").fetchone()
    return max(int(now.timestamp()), (row.last or 0) + 1 if row is not None else 1)


def _list_units(connection: Connection) -> list[str]:
    return [row.code for row in connection.execute("SELECT code FROM unit ORDER BY code").fetchall()]


def _published(pack: ConfigurationPack) -> PublishedPack:
    return PublishedPack(
        number=pack.number,
        unit=pack.unit_code,
        name=pack.name,
        effective_on=pack.effective_on,
        issued_at=pack.issued_at,
        procedures=len(pack.procedures),
        days=len(pack.days),
    )
