"""Which of several dossiers has a code that two machines of one desk gave: the same one at every store.

It belongs to the intake that stands in the epoch whose number it is; those that were moved to another epoch come after,
and among equals the earlier one is first. The others are held until the machine that wrote them receives them again.
Every intake counts, also one that does not stand because another desk received its dossier before: its paper has the
code. So the answer is the same whatever came first to a store, and where an answer becomes another one, all rows are
made anew.
"""

from itertools import groupby
from typing import Any

from sqlalchemy import Connection, func, select

from counter_app.domain.dossier_code import epoch_part, owns_code
from counter_app.domain.unit import Slice
from counter_app.journal.entries import Entry
from counter_app.journal.rows import Rows
from counter_app.store.tables import dossiers

_INTAKE = dossiers.intake_code.c
_SHARED = (
    select(_INTAKE.code, _INTAKE.desk)
    .group_by(_INTAKE.code, _INTAKE.desk)
    .having(func.count(_INTAKE.dossier_id.distinct()) > 1)
    .subquery()
)
_INTAKES_OF_SHARED = (
    select(dossiers.intake_code)
    .join(_SHARED, (_SHARED.c.code == _INTAKE.code) & (_SHARED.c.desk == _INTAKE.desk))
    .order_by(_INTAKE.code, _INTAKE.desk)
)

Rank = tuple[bool, int, int, int]


def rank_of(intake: Any, code: str, numbers: Slice) -> Rank:
    """Return the place of an intake among those of its desk with one code, where the first one has it.

    It is an entry, or a row with its `at`, `epoch` and `seq`.

    Raises:
        UserError: ``code.bad_slice``: no desk has these numbers.
    """
    part = epoch_part(numbers, intake.epoch)
    return (part is None or not owns_code(part, code), intake.at, intake.epoch, intake.seq)


def note_intake(rows: Rows, entry: Entry, *, code: str, dossier_id: str) -> None:
    """Note which code an intake gave, whether it stands or not."""
    if dossier_id == entry.subject:
        columns = {"code": code, "desk": entry.desk, "entry_id": entry.id, "dossier_id": dossier_id}
        rows.replace(dossiers.intake_code, {**columns, "at": entry.at, "epoch": entry.epoch, "seq": entry.seq})
        rows.ahead.note_received(code)


def loses_code(rows: Rows, entry: Entry, code: str, numbers: Slice) -> bool:
    """Whether the code of an intake, one of `numbers`, belongs to another dossier of its desk.

    Where it did belong to that one before this intake came, `Rows.is_stale` is said.
    """
    if rows.losing is not None:
        return (entry.desk, entry.id) in rows.losing
    first = rows.find_first_intake(entry.desk, code, home_epoch=_home_of(code, numbers))
    if first is None or first.dossier_id == entry.subject:
        return False
    if rank_of(entry, code, numbers) < rank_of(first, code, numbers):
        rows.is_stale = True
        return False
    return True


def _home_of(code: str, numbers: Slice) -> int:
    """Return the epoch whose number a code has."""
    epoch = 1
    while (part := epoch_part(numbers, epoch)) is not None:
        if owns_code(part, code):
            return epoch
        epoch += 1
    return 0


def find_losing(connection: Connection, numbers: dict[str, Slice]) -> frozenset[tuple[str, str]]:
    """Return the desk and id of every noted intake whose code belongs to another dossier of its desk."""
    losing: set[tuple[str, str]] = set()
    intakes = connection.execute(_INTAKES_OF_SHARED).all()
    for (code, desk), group in groupby(intakes, lambda one: (one.code, one.desk)):
        if desk in numbers and owns_code(numbers[desk], code):
            losing |= {(desk, one.entry_id) for one in _list_after_first(list(group), code, numbers[desk])}
    return frozenset(losing)


def _list_after_first(intakes: list[Any], code: str, numbers: Slice) -> list[Any]:
    first = min(intakes, key=lambda one: rank_of(one, code, numbers))
    return [one for one in intakes if one.dossier_id != first.dossier_id]
