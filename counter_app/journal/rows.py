"""Rows on their way into the derived tables: one entry's at a time while a clerk works, thousands in a rebuild."""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Executable, Result, Row, Table, bindparam, select, update
from sqlalchemy.exc import DBAPIError

from counter_app.core.clock import to_millis
from counter_app.core.errors import AppError
from counter_app.domain.actions.state import DossierState, initial_state
from counter_app.domain.dossier import Dossier, DueDate
from counter_app.domain.standing import standing_of
from counter_app.domain.unit import Slice
from counter_app.journal.ahead import Ahead
from counter_app.journal.counts import Sort, move_counts, read_dossier_columns, sort_of
from counter_app.journal.dossier_states import as_received, encode_state, find_dossier_row, state_of
from counter_app.journal.people import People
from counter_app.journal.slices import find_slice
from counter_app.journal.statements import put_rows
from counter_app.store.tables import DERIVED, dossiers, journal, local

_STATE_NAMES = ("status", "due_at", "due_order", "standing", "accepted_at", "state")

# Made once: building a statement costs as much as running it.
_CHANGE_DOSSIER = (
    update(dossiers.dossier)
    .where(dossiers.dossier.c.id == bindparam("changed"))
    .values({name: bindparam(f"new_{name}") for name in _STATE_NAMES})
)


_PUT_WORDS = f"REPLACE INTO {dossiers.SEARCH_TABLE} (rowid, words) VALUES (?, ?)"  # noqa: S608 - a constant name
_OWN_DESK = select(local.local_value.c.value).where(local.local_value.c.name == "desk_id")
_CHAINS = select(journal.head.c.desk).limit(2)
_CODE = select(dossiers.dossier.c.row).where(dossiers.dossier.c.code == bindparam("wanted"))
_INTAKE = dossiers.intake_code.c
_FIRST_INTAKE = (
    select(_INTAKE.dossier_id, _INTAKE.at, _INTAKE.epoch, _INTAKE.seq)
    .where(_INTAKE.code == bindparam("wanted"), _INTAKE.desk == bindparam("writer"))
    .order_by(_INTAKE.epoch != bindparam("home"), _INTAKE.at, _INTAKE.epoch, _INTAKE.seq)
    .limit(1)
)
_NO_STATE = update(dossiers.dossier).where(dossiers.dossier.c.id == bindparam("wanted")).values(state=None)
# What a strange but readable entry can bring about; what is wrong with the store itself shows at the next statement.
_FAILURES = (AppError, DBAPIError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
_log = logging.getLogger(__name__)


def due_order(due: DueDate | None) -> int:
    """Return the place of a due date in a list; without one after all others."""
    return to_millis(due.due_at) if due else dossiers.NO_DUE


def _state_columns(dossier: Dossier, state: DossierState) -> dict[str, Any]:
    return {
        "status": int(state.status),
        "due_at": to_millis(state.due.due_at) if state.due else None,
        "due_order": due_order(state.due),
        "standing": int(standing_of(state, dossier.channel)),
        "accepted_at": to_millis(state.accepted_at) if state.accepted_at else None,
        "state": encode_state(state),
    }


class Rows:
    """Collects rows by table and writes them in an order that respects references. One transaction, one thread."""

    def __init__(
        self,
        connection: Connection,
        *,
        appending: int = 0,
        losing: Collection[tuple[str, str]] | None = None,
        slices: Mapping[str, Slice] | None = None,
    ) -> None:
        """`appending` is the position of the entry that this desk is just writing: what fails with it fails.

        `losing` are all intakes, by desk and id, whose code is another dossier's (`counter_app.journal.shared_codes`),
        None where that is still to be found; `slices` the numbers of all desks of the journal, None as well.
        """
        self._connection = connection
        self.losing = losing
        self.is_stale = False
        """Whether what came now changes what something before it means: all rows are to be made anew."""
        self._appending = appending
        self._added: dict[str, list[dict[str, Any]]] = {}
        self._replaced: dict[str, list[dict[str, Any]]] = {}
        self._words: list[tuple[int, str]] = []
        self._states: dict[str, tuple[Dossier, DossierState]] = {}
        self._received: dict[str, tuple[Dossier, dict[str, Any]]] = {}
        self._moves: Counter[Sort] = Counter()
        self._new: set[str] = set()
        self.is_hopeful = False
        """While it is, no entry has a savepoint of its own: whoever set it undoes and repeats all when one fails."""
        self._slices: dict[str, Slice | None] = dict(slices or {})
        self._has_all_slices = slices is not None
        self.people = People(connection)
        self.ahead = Ahead(connection)

    @cached_property
    def own_desk(self) -> str:
        """The desk whose store this is."""
        value = self._connection.execute(_OWN_DESK).scalar()
        return value.decode() if value is not None else ""

    @cached_property
    def is_shared(self) -> bool:
        """Whether more than one chain is in this store; while there is one, its own order is the only one."""
        return len(self._connection.execute(_CHAINS).all()) > 1

    def is_strict_about(self, position: int) -> bool:
        """Whether the entry at this position is just being written here."""
        return position == self._appending

    def add(self, table: Table, values: dict[str, Any]) -> None:
        """Write a row that must not be there yet."""
        self._added.setdefault(table.name, []).append(values)

    def add_dossier(self, dossier: Dossier, values: dict[str, Any]) -> None:
        """Write the row of a dossier that must not be there yet; it is counted as it stands when it is written."""
        row = {**values, "state": None}
        self._received[dossier.id] = (dossier, row)
        self._new |= {row["id"], row["code"]}
        self.ahead.note_received(row["id"], row["code"])
        self.add(dossiers.dossier, row)

    def replace_dossier(self, dossier: Dossier, values: dict[str, Any]) -> None:
        """Write another intake in place of one with which nothing has been done, and count it instead."""
        self.write()
        before = read_dossier_columns(self._connection, [dossier.id])[dossier.id]
        self._moves[sort_of(before)] -= 1
        self._moves[sort_of(values)] += 1
        self._connection.execute(update(dossiers.dossier).where(dossiers.dossier.c.id == dossier.id).values(values))
        self.ahead.take_row(dossier.id)
        self.ahead.note_received(dossier.id, values["code"])

    def replace(self, table: Table, values: dict[str, Any]) -> None:
        """Write a row in place of the one with the same key."""
        self._replaced.setdefault(table.name, []).append(values)

    def replace_words(self, row: int, words: str) -> None:
        """Let a dossier be found by these words alone, whatever it was found by before; by none where there are none.

        An entry that changes what a dossier is found by (its parties, their names and numbers) gives
        `domain.search.index_words` of the dossier as it is afterwards, with `dossier.row`.
        """
        self._words.append((row, words))

    def read_dossier(self, dossier_id: str) -> tuple[Dossier, DossierState] | None:
        """Return a dossier as the entries so far left it, None when no entry brought it here."""
        known = self._states.get(dossier_id)
        if known is not None:
            return known
        # Received and acted upon in one run, as most are: it need not be written in between.
        received = self._received.get(dossier_id)
        if received is not None:
            return received[0], initial_state(received[0], desk_line=received[0].desk_name)
        if self.ahead.is_new(dossier_id):
            return None
        row = self.ahead.take_row(dossier_id) or find_dossier_row(self._connection, dossier_id)
        return state_of(row) if row is not None else None

    def find_written(self, dossier_id: str) -> Any:
        """Return a dossier's row with everything so far in it, None when no entry brought it here."""
        self.write()
        return find_dossier_row(self._connection, dossier_id)

    def run(self, statement: Executable, values: dict[str, Any] | list[dict[str, Any]]) -> Result[Any]:
        """Execute a statement now, after what was collected: for what is rare and reads or deletes."""
        self.write()
        self.ahead.forget_rows()
        return self._connection.execute(statement, values)

    def read(self, table: Table, **key: str) -> Row[Any] | None:
        """Return the row of a derived table as the entries so far left it."""
        if table.name in self._added or table.name in self._replaced:
            self.write()
        same = [table.c[name] == value for name, value in key.items()]
        return self._connection.execute(select(table).where(*same)).one_or_none()

    def is_dossier_known(self, dossier_id: str) -> bool:
        """Whether a dossier is here already, written or not."""
        if self.ahead.is_new(dossier_id):
            return False
        return dossier_id in self._new or find_dossier_row(self._connection, dossier_id) is not None

    def is_code_taken(self, code: str) -> bool:
        """Whether a dossier has this code already, written or not."""
        if self.ahead.is_new(code):
            return False
        return code in self._new or self.ask(_CODE, {"wanted": code}).first() is not None

    def find_first_intake(self, desk: str, code: str, *, home_epoch: int) -> Row[Any] | None:
        """Return which intake of a desk comes first of those that gave a code, in its home epoch before any other."""
        if self.ahead.is_new(code):
            return None
        ask = self.run if self.is_waiting(dossiers.intake_code) else self.ask
        return ask(_FIRST_INTAKE, {"wanted": code, "writer": desk, "home": home_epoch}).one_or_none()

    def find_slice(self, desk: str) -> Slice | None:
        """Return the numbers with which a desk came into service, None where they are not known or none."""
        if desk not in self._slices:
            self._slices[desk] = None if self._has_all_slices else find_slice(self._connection, desk)
        return self._slices[desk]

    def ask(self, statement: Executable, values: dict[str, Any]) -> Result[Any]:
        """Execute a query about what is written already, and leave what was collected where it is."""
        return self._connection.execute(statement, values)

    def is_waiting(self, table: Table) -> bool:
        """Whether rows of a table were collected and not written."""
        return table.name in self._added or table.name in self._replaced

    def forget_state(self, dossier_id: str) -> None:
        """Let a dossier stand where its intake left it."""
        row = self.find_written(dossier_id)
        if row is None or row.state is None:
            return
        dossier = as_received(row)
        self.change_dossier(dossier, initial_state(dossier, desk_line=dossier.desk_name))
        self.run(_NO_STATE, {"wanted": dossier_id})

    def attempt(self, effect: Callable[[], object]) -> bool:
        """Collect and write what entries mean, or nothing of it. Returns whether it could be."""
        self.write()
        trial = self._connection.begin_nested()
        try:
            effect()
            self.write()
        except _FAILURES as error:
            _log.info("tried in vain: %s", type(error).__name__)
            trial.rollback()
            self._forget()
            return False
        trial.commit()
        return True

    def attempt_all(self, effects: Sequence[Callable[[], None]], instead: Callable[[int], None]) -> None:
        """Do what several entries mean: quickly all together, or where one of them cannot be, each by itself.

        `instead` is done of those that cannot be even so, by their place: no entry stops the others.
        """
        self.is_hopeful = True
        done = self.attempt(lambda: [effect() for effect in effects])
        self.is_hopeful = False
        if not done:
            for place, effect in enumerate(effects):
                if not self.attempt(effect):
                    instead(place)
            self.write()

    def _forget(self) -> None:
        self._added.clear()
        self._replaced.clear()
        self._words.clear()
        self._states.clear()
        self._received.clear()
        self._moves.clear()
        self._new.clear()
        self.people.forget()

    def change_dossier(self, dossier: Dossier, state: DossierState) -> None:
        """Let a dossier stand elsewhere from now on."""
        self.ahead.take_row(dossier.id)
        self._states[dossier.id] = (dossier, state)

    def write(self) -> None:
        """Write what was collected."""
        self._new.clear()
        self._settle_received()
        for name in _ORDER:
            if name in self._added:
                put_rows(self._connection, name, self._added.pop(name), replaces=False)
            if name in self._replaced:
                put_rows(self._connection, name, self._replaced.pop(name), replaces=True)
        if self._words:
            self._connection.exec_driver_sql(_PUT_WORDS, self._words)
            self._words = []
        if self._states:
            self._change_dossiers({one: _state_columns(*known) for one, known in self._states.items()})
            self._states.clear()
        if self._moves:
            move_counts(self._connection, self._moves)
            self._moves.clear()
        self.people.write()

    def _settle_received(self) -> None:
        """A dossier that was received and acted upon since the last writing is written once, as it stands now."""
        for dossier_id, (_dossier, row) in self._received.items():
            if dossier_id in self._states:
                row.update(_state_columns(*self._states.pop(dossier_id)))
            self._moves[sort_of(row)] += 1
        self._received.clear()

    def _change_dossiers(self, changes: dict[str, dict[str, Any]]) -> None:
        before = read_dossier_columns(self._connection, list(changes))
        for dossier_id, columns in changes.items():
            known = before[dossier_id]
            self._moves[sort_of(known)] -= 1
            self._moves[sort_of(known | columns)] += 1
        rows = [
            {"changed": dossier_id, **{f"new_{name}": value for name, value in columns.items()}}
            for dossier_id, columns in changes.items()
        ]
        self._connection.execute(_CHANGE_DOSSIER, rows)


_ORDER = tuple(table.name for table in DERIVED)
