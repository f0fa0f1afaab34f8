"""Taking the next number of this desk's slice, in the transaction that uses it."""

from datetime import date

from sqlalchemy import Connection, bindparam, select

from counter_app.core.errors import EnvironmentFailure
from counter_app.domain.dossier_code import DossierCode, next_number
from counter_app.services.open_desk import OpenDesk
from counter_app.store.tables import dossiers

# Made once: building a statement costs as much as running it.
_COUNTER = dossiers.number_counter.c
_LAST_NUMBER = select(_COUNTER.last).where(
    _COUNTER.desk_id == bindparam("desk_id"), _COUNTER.epoch == bindparam("epoch"), _COUNTER.day == bindparam("day")
)
_TAKEN = select(dossiers.dossier.c.row).where(dossiers.dossier.c.code == bindparam("code"))


def take_number(connection: Connection, desk: OpenDesk, *, unit_code: str, day: date) -> tuple[str, int]:
    """Return the code of the next dossier received on a day, and its number; it is taken when an entry says so.

    A number under which another desk holds a dossier, rightly or not, is left out.

    Raises:
        EnvironmentFailure: ``check.numbers_used_up``.
    """
    place = {"desk_id": desk.desk.id, "epoch": desk.journal.epoch, "day": day.isoformat()}
    last: int | None = connection.execute(_LAST_NUMBER, place).scalar()
    while (number := next_number(desk.part, last)) is not None:
        code = DossierCode(unit_code, day, number).format()
        if connection.execute(_TAKEN, {"code": code}).first() is None:
            return code, number
        last = number
    raise EnvironmentFailure("check.numbers_used_up")
