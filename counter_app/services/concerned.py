"""Dossiers that another unit received and this one decides: which wait, what one holds, and the answer to it."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, String, cast, false, func, select

from counter_app.core.changes import Topic
from counter_app.core.clock import from_millis, local_date, to_millis
from counter_app.core.errors import UserError
from counter_app.domain.concerned import (
    ConcernedAnswer,
    ConcernedFile,
    ConcernedOutcome,
    check_may_answer,
    checked_answer,
)
from counter_app.domain.document import DocumentContent
from counter_app.journal.exchange_entries import ConcernedAnswered, concerned_subject
from counter_app.scanning.rearranging import PagePicture, draw_page
from counter_app.services.answers.concerned import ConcernedFigures, ConcernedRow
from counter_app.services.last_file import LastFile
from counter_app.services.open_desk import OpenDesk, read_local
from counter_app.services.paper_line import PaperFetching
from counter_app.services.session import Session
from counter_app.store.tables import exchange, organisation
from counter_app.sync.concerned import read_concerned
from counter_app.sync.exchange import PROVINCE_KEY

_SHOWN, _SAID = exchange.concerned_dossier.c, exchange.concerned_answer.c
_SAME = (_SAID.dossier_id == _SHOWN.dossier_id) & (_SAID.unit_code == _SHOWN.unit_code)
_ASKED = cast(_SAID.answer, String).op("->>")("$.outcome") == ConcernedOutcome.SUPPLEMENT.value
_DECIDED = func.coalesce(~_ASKED, false())
"""As `ConcernedRow.is_decided` says it of one whose unit has not ended it."""
_answer = msgspec.json.Decoder(ConcernedAnswer)


def _waits() -> ColumnElement[bool]:
    """Return whether it is this unit's turn, as `ConcernedRow.is_waiting` says it."""
    came = _ASKED & (_SAID.at.op(">>")(16) < _SHOWN.turn_from)
    return _SHOWN.turn_from.is_not(None) & (_SAID.answer.is_(None) | came)


def _rows() -> Select[Any]:
    """Return the query for dossiers with what was answered last: what waits in front, what is decided last."""
    return (
        select(_SHOWN.data, _SAID.answer, _SAID.at.label("answered_at"), organisation.clerk.c.login)
        .outerjoin(exchange.concerned_answer, _SAME)
        .outerjoin(organisation.clerk, organisation.clerk.c.id == _SAID.clerk)
        .order_by(_waits().desc(), _DECIDED, _SHOWN.due_at.is_(None), _SHOWN.due_at, _SHOWN.code)
    )


def list_lent_files(connection: Connection) -> list[str]:
    """Return the papers, by their SHA-256, of dossiers that are open; no table names them.

    Those of a snapshot that cannot be read are left out: they come again with the next one.
    """
    key = read_local(connection, PROVINCE_KEY) or b""
    found: list[str] = []
    for data in connection.execute(select(_SHOWN.data).where(_SHOWN.is_open)).scalars():
        with suppress(UserError):
            found += (file.sha256 for file in read_concerned(data, key).files)
    return found


class Concerned:
    """Safe from any thread. What reads or draws a file waits for the line: from a pool."""

    def __init__(self, desk: OpenDesk, session: Session, fetching: PaperFetching) -> None:
        self._desk = desk
        self._session = session
        self._fetching = fetching
        self._looked_at = LastFile(desk.vault)

    def list_open(self) -> tuple[ConcernedRow, ...]:
        """Return what is to be decided, what waits for this unit in front, what is due first before the rest."""
        with self._desk.store.reading() as connection:
            return tuple(self._readable(connection, _rows().where(_SHOWN.is_open, ~_DECIDED)))

    def list_under_way(self, *, most: int | None = None) -> tuple[ConcernedRow, ...]:
        """Return also what is answered while its unit has not ended it: what waits in front, what is decided last.

        What is due first comes before the rest; of these the first `most`.
        """
        with self._desk.store.reading() as connection:
            return tuple(self._readable(connection, _rows().where(_SHOWN.is_open).limit(most)))

    def get(self, wanted: str) -> ConcernedRow:
        """Return one by its code or its id, decided or not.

        Raises:
            UserError: ``concerned.unknown``; ``sync.bad_concerned``: what came of it cannot be read.
        """
        with self._desk.store.reading() as connection:
            return self._get(connection, wanted)

    def read_figures(self, connection: Connection) -> ConcernedFigures:
        """Return how many wait, in the caller's transaction; the same that `list_under_way` calls waiting and late."""
        now = to_millis(self._desk.clock.now())
        query = (
            select(func.count(), func.count().filter(_SHOWN.due_at < now))
            .select_from(exchange.concerned_dossier)
            .outerjoin(exchange.concerned_answer, _SAME)
            .where(_SHOWN.is_open, _waits())
        )
        waiting, late = connection.execute(query).one()
        return ConcernedFigures(waiting=waiting, late=late)

    def answer(self, wanted: str, answer: ConcernedAnswer, *, seen: ConcernedRow | None = None) -> ConcernedRow:
        """State what became of one; a later statement corrects an earlier one. The other unit's desks are told.

        `seen` is the row as it was when the answer was begun, None where nobody looked: what was answered since is
        not corrected by somebody who has not seen it.

        Raises:
            UserError: ``concerned.unknown``, ``concerned.ended``, ``concerned.answered_meanwhile``; as
                `checked_answer` and `check_may_answer`; nobody signed in. Nothing was saved.
        """
        signed_in = self._session.require()
        checked = checked_answer(answer, today=local_date(self._desk.clock.now()))
        with self._desk.transaction() as connection:
            row = self._get(connection, wanted)
            dossier = row.dossier
            if not dossier.is_open and row.answer is None:
                raise UserError("concerned.ended", code=dossier.code)
            check_may_answer(row.answer, checked.outcome, signed_in.clerk.role)
            if seen is not None and (seen.answer, seen.answered_at) != (row.answer, row.answered_at):
                raise UserError("concerned.answered_meanwhile", code=dossier.code)
            body = ConcernedAnswered(
                dossier_id=dossier.dossier_id, unit_code=dossier.unit_code, code=dossier.code, answer=checked
            )
            subject = concerned_subject(dossier.dossier_id)
            self._desk.journal.append(connection, body, clerk=signed_in.clerk.id, subject=subject)
            answered = self._get(connection, wanted)
        self._desk.announcer.announce(Topic.ONLINE)
        return answered

    def read_file(self, wanted: str, place: int) -> bytes:
        """Return a digitised paper, by its place from 1, brought here where it is not.

        Raises:
            UserError: ``concerned.unknown``, ``concerned.no_file``; ``document.not_fetched``.
        """
        return self._desk.vault.get(self._bring(wanted, place).sha256)

    def count_pages(self, wanted: str, place: int) -> int:
        """Return how many pages a paper has, by its place from 0; it lies at this desk then, and can be drawn.

        Raises:
            UserError: as `read_file`, and what `count_pages` and `check_effort` say of the file: it was made elsewhere.
        """
        from counter_app.scanning.files import check_effort, count_pages, is_pdf

        file = self._bring(wanted, place + 1)
        data = self._desk.vault.get(file.sha256)
        if not is_pdf(data):
            raise UserError("document.unreadable_file", file=file.name)
        check_effort(data, file.name)
        return count_pages(data, name=file.name)

    def draw_waiting(self, page_id: str, *, longest: int) -> PagePicture:
        """Return a page of a paper that lies here as pixels; `page_id` is ``dossier/place/page``, the place from 0.

        Only where its pages were counted.

        Raises:
            UserError: ``concerned.unknown``, ``concerned.no_file``; ``document.bad_pages``.
            EnvironmentFailure: ``vault.missing``, ``vault.damaged``.
        """
        wanted, place, number = page_id.rsplit("/", 2)
        with self._looked_at.open(self._file(wanted, int(place) + 1).sha256) as file:
            return draw_page(file, int(number), longest=longest)

    def _file(self, wanted: str, place: int) -> ConcernedFile:
        files = self.get(wanted).dossier.files
        if not 1 <= place <= len(files):
            raise UserError("concerned.no_file", number=place, count=len(files))
        return files[place - 1]

    def _bring(self, wanted: str, place: int) -> ConcernedFile:
        file = self._file(wanted, place)
        is_new = not self._desk.vault.holds(file.sha256)
        self._fetching.require(DocumentContent(sha256=file.sha256, size_bytes=file.size_bytes, pages=file.pages))
        if is_new:
            self._desk.announcer.announce(Topic.ONLINE)
        return file

    def _get(self, connection: Connection, wanted: str) -> ConcernedRow:
        named = (_SHOWN.code == wanted.upper()) | (_SHOWN.dossier_id == wanted)
        row = connection.execute(_rows().where(named)).first()
        if row is None:
            raise UserError("concerned.unknown", code=wanted[:60])
        return self._row(row, read_local(connection, PROVINCE_KEY) or b"")

    def _readable(self, connection: Connection, query: Select[Any]) -> Iterator[ConcernedRow]:
        """Yield what can be read: one that cannot comes again with its next change, and hides nothing meanwhile."""
        key = read_local(connection, PROVINCE_KEY) or b""
        for row in connection.execute(query).all():
            with suppress(UserError):
                yield self._row(row, key)

    def _row(self, row: Any, key: bytes) -> ConcernedRow:
        dossier = read_concerned(row.data, key)
        answer = _answer.decode(row.answer) if row.answer is not None else None
        made = ConcernedRow(
            dossier=dossier,
            answer=answer,
            answered_at=from_millis(row.answered_at >> 16) if answer is not None else None,
            answered_by=row.login or "",
            here=tuple(self._desk.vault.holds(file.sha256) for file in dossier.files),
        )
        is_late = made.is_waiting and dossier.due_at is not None and dossier.due_at < self._desk.clock.now()
        return msgspec.structs.replace(made, is_late=is_late)
