"""Whose signature it is: the keys of this store's desks and of those that an administrator trusts. Needs no line."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from counter_app.domain.slip_code import key_id_of
from counter_app.journal.chain import is_signed
from counter_app.store.tables import organisation


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Whose key it is."""

    public_key: bytes
    unit_code: str
    unit_name: str
    desk_name: str


def list_holders(connection: Connection, key_id: bytes) -> list[KeyHolder]:
    """Return everybody whose key has this short name: the desks of this store, and those that are trusted."""
    desk, unit, trusted = organisation.desk.c, organisation.unit.c, organisation.slip_key
    desks = select(desk.public_key, desk.unit_code, unit.name.label("unit_name"), desk.name.label("desk_name")).join(
        organisation.unit, unit.code == desk.unit_code
    )
    others = select(trusted.c.public_key, trusted.c.unit_code, trusted.c.unit_name, trusted.c.desk_name)
    rows = [*connection.execute(desks), *connection.execute(others.where(trusted.c.key_id == key_id))]
    return [
        KeyHolder(row.public_key, row.unit_code, row.unit_name, row.desk_name)
        for row in rows
        if key_id_of(row.public_key) == key_id
    ]


def find_signer(holders: Sequence[KeyHolder], signature: bytes, message: bytes) -> KeyHolder | None:
    """Return the holder whose signature it is, None when it is nobody's of these."""
    return next((one for one in holders if is_signed(one.public_key, signature, message)), None)
