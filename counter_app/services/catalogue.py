"""The procedures a desk may receive: finding them while typing, and importing new versions."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec
from sqlalchemy import Connection, func, select

from counter_app.core.changes import Topic
from counter_app.core.clock import local_date
from counter_app.core.errors import UserError
from counter_app.core.reading import read_at_most
from counter_app.domain.catalogue import ProcedureIndex, read_catalogue
from counter_app.domain.procedure import Procedure, ProcedureSource
from counter_app.journal.entries import ProcedurePublished
from counter_app.services.answers.catalogue import ImportReport, ProcedureHit
from counter_app.services.open_desk import PROGRAM, OpenDesk
from counter_app.services.session import Session
from counter_app.store.tables import catalogue, dossiers

_LARGEST_FILE_BYTES = 64 * 1024 * 1024
_RECENT = 30
_MOST_KNOWN = 1_000


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The versions in force today, ready to be searched."""

    day: date
    index: ProcedureIndex
    recent: tuple[str, ...]


class Catalogue:
    """Reads from memory after the first call; safe from any thread."""

    def __init__(self, desk: OpenDesk, session: Session) -> None:
        self._desk = desk
        self._session = session
        self._lock = threading.Lock()
        self._shelf: _Shelf | None = None
        self._recent_stale = True
        self._known: dict[tuple[str, date], Procedure] = {}
        self._edition = 0
        desk.announcer.subscribe(self._forget)

    def find_procedures(self, words: str, *, limit: int = 12) -> tuple[ProcedureHit, ...]:
        """Return procedures by the start of words (no diacritics needed), initials, code or nickname.

        An empty text gives the procedures this desk used most recently, then the catalogue in order.
        """
        shelf = self._load_shelf()
        found = shelf.index.find(words, limit=limit, recent=shelf.recent)
        return tuple(
            ProcedureHit(
                code=procedure.code,
                name=procedure.name,
                field_name=procedure.field_name,
                recent=procedure.code in shelf.recent,
            )
            for procedure in found
        )

    def codes_named(self, words: Sequence[str], *, is_growing: bool = False) -> tuple[str, ...]:
        """Return the codes of the procedures that folded words name, as `ProcedureIndex.codes_named`."""
        return self._load_shelf().index.codes_named(words, is_growing=is_growing)

    def get(self, code: str, *, on: date | None = None) -> Procedure:
        """Return the version in force on a date (today when None).

        Raises:
            UserError: ``catalogue.unknown_procedure``.
        """
        day = on or local_date(self._desk.clock.now())
        wanted = (code.strip(), day)
        with self._lock:
            known, edition = self._known.get(wanted), self._edition
        if known is not None:
            return known
        procedure = self._read(*wanted)
        with self._lock:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            if self._edition == edition:  # nothing was published while this was read
                self._known[wanted] = procedure
        return procedure

    def _read(self, code: str, day: date) -> Procedure:
        with self._desk.store.reading() as connection:
            found = find_version(connection, code, on=day)
        if found is None:
            raise UserError("catalogue.unknown_procedure", code=code[:50])
        return found

    def import_file(self, path: Path, *, effective_on: date | None = None) -> ImportReport:
        """Import a portal dump, a national packet (JSON) or a workbook (XLSX), all or nothing.

        Raises:
            UserError: the file is none of these, or broken; nothing was changed.
        """
        try:
            data = read_at_most(path, _LARGEST_FILE_BYTES)
        except (OSError, ValueError) as exc:  # ValueError: a name no system can have
            raise UserError("catalogue.no_such_file", name=path.name) from exc
        if data is None:
            raise UserError("catalogue.too_large_file", name=path.name, most_mb=_LARGEST_FILE_BYTES // (1024 * 1024))
        day = effective_on or local_date(self._desk.clock.now())
        content = read_catalogue(data, effective_on=day, name=path.name)
        added, unchanged = self.publish(content.procedures)
        return ImportReport(added=added, unchanged=unchanged, doubts=content.doubts)

    def publish(self, procedures: Iterable[Procedure]) -> tuple[int, int]:
        """Put versions into the catalogue, all or nothing. Returns (added, unchanged)."""
        signed_in = self._session.current
        clerk = signed_in.clerk.id if signed_in else PROGRAM
        added = unchanged = 0
        with self._desk.transaction() as connection:
            for published in procedures:
                procedure = _with_known_process(connection, published)
                if _is_in_force(connection, procedure):
                    unchanged += 1
                    continue
                body = ProcedurePublished(procedure=procedure)
                self._desk.journal.append(connection, body, clerk=clerk, subject=procedure.code)
                added += 1
        self._desk.announcer.announce(Topic.CATALOGUE)
        return added, unchanged

    def _forget(self, topics: frozenset[Topic]) -> None:
        with self._lock:
            if Topic.CATALOGUE in topics:
                self._shelf = None
                self._known.clear()
                self._edition += 1
            if Topic.DOSSIERS in topics:  # changes only what was used recently; the index is kept
                self._recent_stale = True

    def _load_shelf(self) -> _Shelf:
        today = local_date(self._desk.clock.now())
        with self._lock:
            shelf, stale = self._shelf, self._recent_stale
        if shelf is not None and shelf.day == today and not stale:
            return shelf
        with self._desk.store.reading() as connection:
            recent = _list_recent(connection)
            index = shelf.index if shelf is not None and shelf.day == today else _read_index(connection, today)
        shelf = _Shelf(today, index, recent)
        with self._lock:
            self._shelf, self._recent_stale = shelf, False
        return shelf


def find_version(connection: Connection, code: str, *, on: date) -> Procedure | None:
    """Return the newest version up to that day."""
    table = catalogue.procedure.c
    query = (
        select(table.facts)
        .where(table.code == code, table.effective_on <= on.isoformat())
        .order_by(table.effective_on.desc())
        .limit(1)
    )
    facts = connection.execute(query).scalar()
    return msgspec.json.decode(facts, type=Procedure) if facts is not None else None


def _with_known_process(connection: Connection, procedure: Procedure) -> Procedure:
    """A source that knows no internal process does not take away the one a province decided."""
    if procedure.steps or procedure.source is ProcedureSource.WORKBOOK:
        return procedure
    known = find_version(connection, procedure.code, on=procedure.effective_on)
    if known is None or not known.steps:
        return procedure
    return msgspec.structs.replace(procedure, steps=known.steps, counts_transport=known.counts_transport)


def _is_in_force(connection: Connection, procedure: Procedure) -> bool:
    """Whether the newest version up to that day says the same already."""
    known = find_version(connection, procedure.code, on=procedure.effective_on)
    if known is None:
        return False
    return msgspec.structs.replace(known, effective_on=procedure.effective_on) == procedure


def _read_index(connection: Connection, today: date) -> ProcedureIndex:
    table = catalogue.procedure.c
    newest = (
        select(table.code, func.max(table.effective_on).label("effective_on"))
        .where(table.effective_on <= today.isoformat())
        .group_by(table.code)
        .subquery()
    )
    query = select(table.facts).join(
        newest, (table.code == newest.c.code) & (table.effective_on == newest.c.effective_on)
    )
    rows = connection.execute(query.order_by(table.code))
    return ProcedureIndex([msgspec.json.decode(row.facts, type=Procedure) for row in rows])


def _list_recent(connection: Connection) -> tuple[str, ...]:
    """Return the procedures of the last dossiers, most recent first, each once."""
    table = dossiers.dossier.c
    rows = connection.execute(select(table.procedure_code).order_by(table.row.desc()).limit(_RECENT))
    return tuple(dict.fromkeys(row.procedure_code for row in rows))
