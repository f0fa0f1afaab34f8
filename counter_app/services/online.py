"""Online requests at the desk: which wait, what one says, its files to look at, and the intake that answers it."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, func, select

from counter_app.core.clock import from_millis
from counter_app.core.errors import UserError
from counter_app.domain.acknowledgement import acknowledge_by
from counter_app.domain.document import DocumentContent
from counter_app.domain.dossier import Dossier, Outcome, Paper
from counter_app.domain.online import Submission, SubmittedFile, line_of
from counter_app.domain.procedure import Channel
from counter_app.domain.working_time import WorkingCalendar
from counter_app.journal.entries import DocumentAttached
from counter_app.scanning.rearranging import PagePicture, draw_page, draw_picture
from counter_app.services.answers.documents import NamedFile
from counter_app.services.answers.intake import IntakeForm, IntakeResult
from counter_app.services.answers.online import OnlineFigures, OnlineIntake, OnlineRow
from counter_app.services.calendars import Calendars
from counter_app.services.catalogue import Catalogue
from counter_app.services.document_making import make_file_content
from counter_app.services.document_places import document_of
from counter_app.services.intake import Intake
from counter_app.services.open_desk import OpenDesk, read_local
from counter_app.services.session import Session
from counter_app.store.tables import dossiers, local
from counter_app.sync.exchange import PROVINCE_KEY
from counter_app.sync.online import read_submission

_ASKED, _FILE, _DOSSIER = local.online_submission.c, local.online_file.c, dossiers.dossier.c
_PDF = "application/pdf"
_MOST_KEPT = 60


def _rows() -> Select[Any]:
    """Return the query for requests with the dossier that answers each."""
    here = select(func.count()).where(_FILE.submission_id == _ASKED.id, _FILE.is_here).scalar_subquery()
    return select(local.online_submission, _DOSSIER.code, here.label("here")).outerjoin(
        dossiers.dossier, _DOSSIER.id == _ASKED.id
    )


class Online:
    """Safe from any thread. What works on files is slow and belongs into a pool."""

    def __init__(
        self, desk: OpenDesk, session: Session, intake: Intake, catalogue: Catalogue, calendars: Calendars
    ) -> None:
        self._desk = desk
        self._session = session
        self._intake = intake
        self._catalogue = catalogue
        self._calendars = calendars
        self._ready: dict[str, DocumentContent] = {}

    def list_waiting(self) -> tuple[OnlineRow, ...]:
        """Return the requests that nobody has answered, the one handed in first in front."""
        with self._desk.store.reading() as connection:
            calendar = self._calendar(connection)
            query = _rows().where(_DOSSIER.id.is_(None)).order_by(_ASKED.handed_in_at, _ASKED.id)
            return tuple(self._row(connection, row, calendar) for row in connection.execute(query).all())

    def get(self, wanted: str) -> OnlineRow:
        """Return a request by its id or its number, answered or not.

        Raises:
            UserError: ``online.unknown``.
        """
        with self._desk.store.reading() as connection:
            calendar = self._calendar(connection)
            for row in connection.execute(_rows().order_by(_ASKED.handed_in_at.desc())):
                found = self._row(connection, row, calendar)
                if wanted in (found.submission.id, found.submission.number):
                    return found
        raise UserError("online.unknown", number=wanted[:60])

    def read_figures(self, connection: Connection, calendar: WorkingCalendar) -> OnlineFigures:
        """Return how many wait, in the caller's transaction: later handed in is never due earlier."""
        query = select(_ASKED.handed_in_at).outerjoin(dossiers.dossier, _DOSSIER.id == _ASKED.id)
        found = connection.execute(query.where(_DOSSIER.id.is_(None)).order_by(_ASKED.handed_in_at)).scalars()
        handed_in = [from_millis(at) for at in found]
        overdue = bisect_left(handed_in, self._desk.clock.now(), key=lambda at: acknowledge_by(at, calendar))
        in_time = handed_in[overdue:]
        return OnlineFigures(
            waiting=len(handed_in), overdue=overdue, next_by=acknowledge_by(in_time[0], calendar) if in_time else None
        )

    def prepare(self, wanted: str) -> OnlineIntake:
        """Return a waiting request with the intake that it fills in, its papers counted as far as files say which.

        Raises:
            UserError: ``online.unknown``, ``online.answered``.
        """
        row = self.get(wanted)
        if row.code:
            raise UserError("online.answered", number=row.submission.number, code=row.code)
        return OnlineIntake(row=row, form=_form_of(row.submission))

    def receive(
        self, form: IntakeForm, outcome: Outcome, wanted: str, *, draft_page: str = "", with_paper: bool = True
    ) -> IntakeResult:
        """Answer a request: its dossier, its number, its paper and its files, or nothing. Slow where files are many.

        The due date counts from now. A refused one takes no files.

        Raises:
            UserError: ``online.unknown``, ``online.answered``, ``online.files_missing`` where one is to be accepted
                before all its files are here; what `Intake.receive` and `iter_file_pages` say.
        """
        self._session.require()
        row = self.get(wanted)
        asked = row.submission
        if row.code:
            raise UserError("online.answered", number=asked.number, code=row.code)
        if outcome is Outcome.ACCEPTED and not row.is_whole:
            missing = len(asked.files) - row.files_here
            raise UserError("online.files_missing", missing=missing, count=len(asked.files))
        contents = [] if outcome is Outcome.REFUSED else self._list_contents(asked, strict=outcome is Outcome.ACCEPTED)

        def ahead(connection: Connection) -> None:
            code = connection.execute(select(_DOSSIER.code).where(_DOSSIER.id == asked.id)).scalar()
            if code is not None:
                raise UserError("online.answered", number=asked.number, code=code)

        def along(connection: Connection, dossier: Dossier) -> None:
            clerk = self._session.require().clerk.id
            for file, content in contents:
                body = DocumentAttached(document=document_of(dossier, line_of(file, dossier.papers), content))
                self._desk.journal.append(connection, body, clerk=clerk, subject=dossier.id)

        return self._intake.receive(
            msgspec.structs.replace(form, channel=Channel.ONLINE),
            outcome,
            draft_page=draft_page,
            with_paper=with_paper,
            ahead=ahead,
            along=along,
            dossier_id=asked.id,
        )

    def make_ready(self, wanted: str) -> None:
        """Work on the files of a request ahead, so that receiving it need not wait. Slow."""
        self._list_contents(self.get(wanted).submission, strict=False)

    def count_pages(self, wanted: str, place: int) -> int:
        """Return how many pages a file has, by its place from 0. Slow.

        Raises:
            UserError: ``online.unknown``, ``online.files_missing``, and what `count_pages` and `check_effort` say of
                the file.
        """
        from counter_app.scanning.files import check_effort, count_pages

        file, data = self._read(wanted, place)
        if file.media_type == _PDF:
            check_effort(data, file.name)
        return count_pages(data, name=file.name)

    def draw_waiting(self, page_id: str, *, longest: int) -> PagePicture:
        """Return a page of a file as pixels; `page_id` is ``request/place/page``. Slow.

        Raises:
            UserError: as `count_pages`; ``document.bad_pages``.
        """
        from counter_app.scanning.reading import decode_picture

        wanted, place, number = page_id.rsplit("/", 2)
        file, data = self._read(wanted, int(place))
        if file.media_type == _PDF:
            return draw_page(data, int(number), longest=longest)
        return draw_picture(decode_picture(data, dpi=0, name=file.name).pixels, longest=longest)

    def _read(self, wanted: str, place: int) -> tuple[SubmittedFile, bytes]:
        row = self.get(wanted)
        file = row.submission.files[place]
        if not self._desk.vault.holds(file.sha256):
            missing = len(row.submission.files) - row.files_here
            raise UserError("online.files_missing", missing=missing, count=len(row.submission.files))
        return file, self._desk.vault.get(file.sha256)

    def _list_contents(self, asked: Submission, *, strict: bool) -> list[tuple[SubmittedFile, DocumentContent]]:
        """Return the files that can become documents; with `strict` one that cannot is an error."""
        made: list[tuple[SubmittedFile, DocumentContent]] = []
        for file in asked.files:
            if not self._desk.vault.holds(file.sha256):
                continue
            try:
                made.append((file, self._content_of(file)))
            except UserError:
                if strict:
                    raise
        return made

    def _content_of(self, file: SubmittedFile) -> DocumentContent:
        known = self._ready.get(file.sha256)
        if known is not None and self._desk.vault.holds(known.sha256):
            return known
        data = self._desk.vault.get(file.sha256)
        content = make_file_content(self._desk, NamedFile(name=file.name, data=data), file.component or file.name)
        while len(self._ready) >= _MOST_KEPT:
            self._ready.pop(next(iter(self._ready)))
        self._ready[file.sha256] = content
        return content

    def _calendar(self, connection: Connection) -> WorkingCalendar:
        return self._calendars.calendar_of(self._desk.read_unit(connection))

    def _row(self, connection: Connection, row: Any, calendar: WorkingCalendar) -> OnlineRow:
        asked = read_submission(row.data, read_local(connection, PROVINCE_KEY) or b"")
        until = acknowledge_by(asked.handed_in_at, calendar)
        return OnlineRow(
            submission=asked,
            procedure_name=self._name_of(asked),
            acknowledge_by=until,
            is_late=not row.code and until < self._desk.clock.now(),
            files_here=row.here,
            code=row.code or "",
        )

    def _name_of(self, asked: Submission) -> str:
        try:
            return self._catalogue.get(asked.procedure_code).name
        except UserError:
            return asked.procedure_code


def _form_of(asked: Submission) -> IntakeForm:
    named = dict.fromkeys(file.component for file in asked.files if file.component)
    return IntakeForm(
        procedure_code=asked.procedure_code,
        case_code=asked.case_code or None,
        channel=Channel.ONLINE,
        applicant=asked.applicant,
        submitter=asked.submitter,
        authorisation=asked.authorisation,
        papers=tuple(Paper(name=one, code=one, copy=1) for one in named),
        result_channel=asked.result_channel,
        delivery_address=asked.delivery_address,
        dossier_count=asked.dossier_count,
        note=asked.note,
    )
