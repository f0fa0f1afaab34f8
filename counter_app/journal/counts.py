"""Keeping `dossier_count`, `dossier_total` and `dossier_unit_total` in step with the dossiers: what a change takes from
one sort and gives to another.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Executable, Table, bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

from counter_app.core.clock import from_millis, local_date
from counter_app.domain.standing import RUNNING_STANDINGS
from counter_app.store.tables import dossiers


class Sort(NamedTuple):
    """Everything that a dossier is counted by."""

    standing: int
    due_day: str
    unit_code: str
    desk_id: str
    clerk_id: str
    procedure_code: str
    field_name: str
    channel: str
    competent_unit_code: str


_FIXED = Sort._fields[2:]
_fixed = itemgetter(*_FIXED)
_BASE = select(
    dossiers.dossier.c.id,
    dossiers.dossier.c.standing,
    dossiers.dossier.c.due_at,
    *(dossiers.dossier.c[name] for name in _FIXED),
)
_BY_ID = _BASE.where(dossiers.dossier.c.id.in_(bindparam("wanted", expanding=True)))
_SOME = 500
_RUNNING = frozenset(int(one) for one in RUNNING_STANDINGS)


class _Statements(NamedTuple):
    """Made once: building a statement costs as much as running it."""

    keys: tuple[str, ...]
    add: Executable
    drop_empty: Executable


def _prepare(table: Table) -> _Statements:
    keys = tuple(column.name for column in table.primary_key.columns)
    add = upsert(table)
    total = table.c.dossiers + add.excluded.dossiers
    same = [table.c[name] == bindparam(f"of_{name}") for name in keys]
    drop_empty = delete(table).where(*same, table.c.dossiers == 0)
    return _Statements(keys, add.on_conflict_do_update(index_elements=list(keys), set_={"dossiers": total}), drop_empty)


_COUNT, _TOTAL = _prepare(dossiers.dossier_count), _prepare(dossiers.dossier_total)
_UNIT_TOTAL = _prepare(dossiers.dossier_unit_total)


def month_period(day: str) -> str:
    """Return the period of a local day's month; `day` is ISO."""
    return f"M{day[:7]}"


def day_period(day: str) -> str:
    """Return the period of a local day; `day` is ISO."""
    return f"D{day}"


def _due_day_of(standing: int, due_at: int | None) -> str:
    """Return the local day a dossier is counted under: "" unless its clock runs and it has a due date."""
    return _local_day(due_at) if due_at is not None and standing in _RUNNING else ""


@lru_cache(maxsize=4_096)  # dossiers fall due at the ends of working days
def _local_day(due_at: int) -> str:
    return local_date(from_millis(due_at)).isoformat()


def sort_of(columns: Mapping[str, Any]) -> Sort:
    """Return the sort of a dossier from the columns of its row."""
    day = _due_day_of(columns["standing"], columns["due_at"])
    return Sort(columns["standing"], day, *_fixed(columns))


def read_dossier_columns(connection: Connection, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return what dossiers are counted by, as their rows have it now."""
    runs = (ids[start : start + _SOME] for start in range(0, len(ids), _SOME))
    found = (row for run in runs for row in connection.execute(_BY_ID, {"wanted": run}).mappings())
    return {row["id"]: dict(row) for row in found}


def move_counts(connection: Connection, moves: Counter[Sort]) -> None:
    """Add to each sort what it won or lost; what has no dossiers has no row."""
    counts: Counter[tuple[int | str, ...]] = Counter()
    totals: Counter[tuple[int | str, ...]] = Counter()
    unit_totals: Counter[tuple[int | str, ...]] = Counter()
    for sort, by in moves.items():
        owner = (sort.unit_code, sort.desk_id, sort.clerk_id)
        for period in _periods_of(sort.due_day):
            counts[sort.standing, period, *owner] += by
        about = (sort.procedure_code, sort.field_name, sort.channel)
        totals[sort.standing, *about, *owner] += by
        unit_totals[sort.standing, sort.competent_unit_code, *owner] += by
    _move(connection, _COUNT, counts)
    _move(connection, _TOTAL, totals)
    _move(connection, _UNIT_TOTAL, unit_totals)


def _periods_of(day: str) -> Iterator[str]:
    yield ""
    if day:
        yield month_period(day)
        yield day_period(day)


def _move(connection: Connection, statements: _Statements, moves: Counter[tuple[int | str, ...]]) -> None:
    moved = {key: by for key, by in moves.items() if by}
    if not moved:
        return
    keys = statements.keys
    connection.execute(
        statements.add, [dict(zip(keys, key, strict=True)) | {"dossiers": by} for key, by in moved.items()]
    )
    lost = [{f"of_{name}": value for name, value in zip(keys, key, strict=True)} for key in moved if moved[key] < 0]
    if lost:
        connection.execute(statements.drop_empty, lost)
