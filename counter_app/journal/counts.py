"""Keeping `dossier_count` in step with the dossiers: what a change takes from one sort and gives to another."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

from counter_app.core.clock import from_millis, local_date
from counter_app.domain.standing import RUNNING_STANDINGS
from counter_app.store.tables import dossiers

Sort = tuple[int | str, ...]

_KEYS = tuple(column.name for column in dossiers.dossier_count.primary_key.columns)
_FIXED = _KEYS[2:]
_BASE = select(
    dossiers.dossier.c.id,
    dossiers.dossier.c.standing,
    dossiers.dossier.c.due_at,
    *(dossiers.dossier.c[name] for name in _FIXED),
)
_BY_ID = _BASE.where(dossiers.dossier.c.id == bindparam("wanted"))
_SAME = [dossiers.dossier_count.c[name] == bindparam(f"of_{name}") for name in _KEYS]
_DROP_EMPTY = delete(dossiers.dossier_count).where(*_SAME, dossiers.dossier_count.c.dossiers == 0)
_RUNNING = frozenset(int(one) for one in RUNNING_STANDINGS)


def _adding() -> Any:
    statement = upsert(dossiers.dossier_count)
    total = dossiers.dossier_count.c.dossiers + statement.excluded.dossiers
    return statement.on_conflict_do_update(index_elements=list(_KEYS), set_={"dossiers": total})


_ADD = _adding()


def due_day_of(standing: int, due_at: int | None) -> str:
    """Return the local day a dossier is counted under: "" unless its clock runs and it has a due date."""
    return local_date(from_millis(due_at)).isoformat() if due_at is not None and standing in _RUNNING else ""


def sort_of(columns: Mapping[str, Any]) -> Sort:
    """Return the sort of a dossier, in the order of the key of `dossier_count`."""
    day = due_day_of(columns["standing"], columns["due_at"])
    return (columns["standing"], day, *(columns[name] for name in _FIXED))


def read_dossier_columns(connection: Connection, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return what dossiers are counted by, as their rows have it now."""
    found = (connection.execute(_BY_ID, {"wanted": one}).mappings().one_or_none() for one in ids)
    return {row["id"]: dict(row) for row in found if row is not None}


def move_counts(connection: Connection, moves: Counter[Sort]) -> None:
    """Add to each sort what it won or lost; a sort without dossiers has no row."""
    moved = {sort: by for sort, by in moves.items() if by}
    if not moved:
        return
    connection.execute(_ADD, [dict(zip(_KEYS, sort, strict=True)) | {"dossiers": by} for sort, by in moved.items()])
    lost = [{f"of_{name}": value for name, value in zip(_KEYS, sort, strict=True)} for sort in moved if moved[sort] < 0]
    if lost:
        connection.execute(_DROP_EMPTY, lost)
