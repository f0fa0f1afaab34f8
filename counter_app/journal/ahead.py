"""What a run of entries will ask of the store, asked once for all of them.

Where several desks write, each entry asks whether its dossier is here, who wrote about it and whether something of it
is held; asked one by one, the questions cost more than the answers. An answer is kept only as long as the run itself
has not made it untrue, and whoever finds none asks the store.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, bindparam, select

from counter_app.journal.dossier_states import STATE_COLUMNS
from counter_app.store.tables import dossiers, exchange
from counter_app.store.tables import journal as tables

Order = tuple[int, str, int, int]
"""Of an entry: `at`, desk, epoch, seq."""

_SOME = 500
_WANTED: BindParameter[Any] = bindparam("wanted", expanding=True)
_ENTRY, _DOSSIER, _HELD = tables.entry.c, dossiers.dossier.c, exchange.held_entry.c

# Made once: building a statement costs as much as running it.
_KEYS = select(_ENTRY.subject, _ENTRY.position, _ENTRY.at, _ENTRY.desk, _ENTRY.epoch, _ENTRY.seq).where(
    _ENTRY.subject.in_(_WANTED)
)
_ROWS = STATE_COLUMNS.where(_DOSSIER.id.in_(_WANTED))
_CODES = select(_DOSSIER.code).where(_DOSSIER.code.in_(_WANTED))
_GIVEN = select(dossiers.intake_code.c.code).where(dossiers.intake_code.c.code.in_(_WANTED)).distinct()
_HELD_OF = select(_HELD.dossier_id).where(_HELD.dossier_id.in_(_WANTED))


class _Place(NamedTuple):
    position: int
    order: Order


class Ahead:
    """Answers for one run at a time. One transaction, one thread; no entry is written into the journal meanwhile."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._places: dict[str, list[_Place]] = {}
        self._rows: dict[str, Any] = {}
        self._new: set[str] = set()
        self._free: set[str] = set()

    def look(self, subjects: Iterable[str], codes: Iterable[str]) -> None:
        """Ask for a run about these subjects, which receives dossiers under these codes; all before it is written."""
        about = list(dict.fromkeys(subjects))
        self._places = {subject: [] for subject in about}
        for row in self._ask(_KEYS, about):
            self._places[row.subject].append(_Place(row.position, (row.at, row.desk, row.epoch, row.seq)))
        self._rows = {row.id: row for row in self._ask(_ROWS, about)}
        wanted = list(codes)
        given = {row.code for query in (_CODES, _GIVEN) for row in self._ask(query, wanted)}
        self._new = {*about, *wanted} - self._rows.keys() - given
        self._free = set(about) - {row.dossier_id for row in self._ask(_HELD_OF, about)}

    def find_orders(self, subject: str, until: int) -> list[Order] | None:
        """Return the orders of the entries about a subject up to a position, None where that was not asked."""
        places = self._places.get(subject)
        return [place.order for place in places if place.position <= until] if places is not None else None

    def is_new(self, name: str) -> bool:
        """Whether no dossier has this id, and no intake gave this code, for sure."""
        return name in self._new

    def is_free(self, dossier_id: str) -> bool:
        """Whether nothing of a dossier is held, for sure."""
        return dossier_id in self._free

    def take_row(self, dossier_id: str) -> Any:
        """Return a dossier's row once, if it was asked for and nothing changed it since."""
        return self._rows.pop(dossier_id, None)

    def note_received(self, *names: str) -> None:
        """There is a dossier under this id and code now."""
        self._new.difference_update(names)

    def note_held(self, dossier_id: str) -> None:
        """Something of a dossier is held now."""
        self._free.discard(dossier_id)

    def forget_rows(self) -> None:
        """Something changes rows that nobody can tell from here."""
        self._rows.clear()

    def _ask(self, query: Any, wanted: Sequence[str]) -> Iterator[Any]:
        for start in range(0, len(wanted), _SOME):
            yield from self._connection.execute(query, {"wanted": wanted[start : start + _SOME]}).all()
