"""Dossiers that another unit received and this one decides: which wait, what one holds, and the answer to it."""

from typing import Any

import msgspec
from sqlalchemy import Connection, Select, select

from counter_app.core.changes import Topic
from counter_app.core.clock import from_millis, local_date
from counter_app.core.errors import UserError
from counter_app.domain.concerned import ConcernedAnswer, checked_answer
from counter_app.domain.document import DocumentContent
from counter_app.journal.exchange_entries import ConcernedAnswered, concerned_subject
from counter_app.services.answers.concerned import ConcernedRow
from counter_app.services.open_desk import OpenDesk, read_local
from counter_app.services.paper_line import PaperFetching
from counter_app.services.session import Session
from counter_app.store.tables import exchange, organisation
from counter_app.sync.concerned import read_concerned
from counter_app.sync.exchange import PROVINCE_KEY

_SHOWN, _SAID = exchange.concerned_dossier.c, exchange.concerned_answer.c
_answer = msgspec.json.Decoder(ConcernedAnswer)


def _rows() -> Select[Any]:
    """Return the query for dossiers with what was answered last, those due first in front."""
    same = (_SAID.dossier_id == _SHOWN.dossier_id) & (_SAID.unit_code == _SHOWN.unit_code)
    return (
        select(_SHOWN.data, _SAID.answer, _SAID.at.label("answered_at"), organisation.clerk.c.login)
        .outerjoin(exchange.concerned_answer, same)
        .outerjoin(organisation.clerk, organisation.clerk.c.id == _SAID.clerk)
        .order_by(_SHOWN.due_at.is_(None), _SHOWN.due_at, _SHOWN.code)
    )


class Concerned:
    """Safe from any thread. `read_file` waits for the line."""

    def __init__(self, desk: OpenDesk, session: Session, fetching: PaperFetching) -> None:
        self._desk = desk
        self._session = session
        self._fetching = fetching

    def list_open(self) -> tuple[ConcernedRow, ...]:
        """Return what is to be decided, what waits for this unit in front, what is due first before the rest."""
        with self._desk.store.reading() as connection:
            rows = self._read(connection, _rows().where(_SHOWN.is_open))
        return tuple(sorted((row for row in rows if not row.is_decided), key=lambda row: not row.is_waiting))

    def get(self, wanted: str) -> ConcernedRow:
        """Return one by its code or its id, decided or not.

        Raises:
            UserError: ``concerned.unknown``.
        """
        with self._desk.store.reading() as connection:
            return self._get(connection, wanted)

    def answer(self, wanted: str, answer: ConcernedAnswer) -> ConcernedRow:
        """State what became of one; a later statement corrects an earlier one. The other unit's desks are told.

        Raises:
            UserError: ``concerned.unknown``, ``concerned.ended``; as `checked_answer`; nobody signed in. Nothing was
                saved.
        """
        signed_in = self._session.require()
        checked = checked_answer(answer, today=local_date(self._desk.clock.now()))
        with self._desk.transaction() as connection:
            row = self._get(connection, wanted)
            dossier = row.dossier
            if not dossier.is_open and row.answer is None:
                raise UserError("concerned.ended", code=dossier.code)
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
        files = self.get(wanted).dossier.files
        if not 1 <= place <= len(files):
            raise UserError("concerned.no_file", number=place, count=len(files))
        file = files[place - 1]
        content = DocumentContent(sha256=file.sha256, size_bytes=file.size_bytes, pages=file.pages)
        self._fetching.require(content)
        return self._desk.vault.get(file.sha256)

    def _get(self, connection: Connection, wanted: str) -> ConcernedRow:
        named = (_SHOWN.code == wanted.upper()) | (_SHOWN.dossier_id == wanted)
        for row in self._read(connection, _rows().where(named)):
            return row
        raise UserError("concerned.unknown", code=wanted[:60])

    def _read(self, connection: Connection, query: Select[Any]) -> list[ConcernedRow]:
        key, now = read_local(connection, PROVINCE_KEY) or b"", self._desk.clock.now()
        found = []
        for row in connection.execute(query).all():
            dossier = read_concerned(row.data, key)
            answer = _answer.decode(row.answer) if row.answer is not None else None
            made = ConcernedRow(
                dossier=dossier,
                answer=answer,
                answered_at=from_millis(row.answered_at >> 16) if answer is not None else None,
                answered_by=row.login or "",
            )
            is_late = made.is_waiting and dossier.due_at is not None and dossier.due_at < now
            found.append(msgspec.structs.replace(made, is_late=is_late))
        return found
