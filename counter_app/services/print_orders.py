"""Ordering papers: one journal entry and one waiting job for each, durable before a printer hears of it."""

from collections.abc import Callable, Sequence
from datetime import date

import msgspec
from sqlalchemy import Connection, func, select

from counter_app.core.changes import Topic
from counter_app.core.clock import local_date
from counter_app.core.errors import UserError
from counter_app.core.ids import new_id
from counter_app.core.text import nfc
from counter_app.domain.forms.details import Details
from counter_app.domain.forms.kinds import KINDS, Form, FormSet, Sheet, Tray
from counter_app.domain.forms.subjects import Subject
from counter_app.journal.entries import OrderedPrint, PaperOrdered
from counter_app.services.answers.printing import PaperRequest, PrintJob
from counter_app.services.open_desk import OpenDesk
from counter_app.services.paper_subjects import ResolvedSubject, accepted_codes, as_ordered, resolve_subject
from counter_app.services.printing_jobs import get_job, queue_run
from counter_app.services.session import Session
from counter_app.settings.settings import Settings
from counter_app.store.tables import dossiers

_MOST_COPIES = 9
_AT_ONCE = 50
"""Orders in one transaction of a batch: a clerk's save never waits long behind it."""


def _never() -> bool:
    return False


def _nothing(_done: int, _total: int) -> None:
    return


class PrintOrders:
    """Orders papers. Safe from any thread."""

    def __init__(self, desk: OpenDesk, session: Session, settings: Settings) -> None:
        self._desk = desk
        self._session = session
        self._settings = settings

    def order(self, request: PaperRequest) -> PrintJob:
        """Order one paper. A form that was ordered before for the same subject becomes a further printing.

        A further printing carries "BẢN IN LẠI" and needs a reason, which is journalled; labels do not.

        Raises:
            UserError: ``print_job.reason_missing``, ``print_job.copies_out_of_range``, nobody signed in, and as
                `counter_app.services.paper_subjects.resolve_subject`; nothing was ordered.
        """
        with self._desk.transaction() as connection:
            job_id = self._order(connection, request, batch="")
        self._announce()
        with self._desk.store.reading() as connection:
            return get_job(connection, job_id)

    def check(self, request: PaperRequest) -> None:
        """Return if the paper could be ordered now; changes nothing.

        Raises:
            UserError: as `order`.
        """
        self._session.require()
        with self._desk.store.reading() as connection:
            self._printing(connection, request, self._resolve(connection, request))

    def order_again(self, job_id: str, *, reason: str) -> PrintJob:
        """Order a further printing of what a job printed: same subject, set, sheet, copies and words.

        Raises:
            UserError: ``print_job.unknown_job``, ``print_job.reason_missing``, nobody signed in.
        """
        signed_in = self._session.require()
        reason = nfc(reason)
        if not reason:
            raise UserError("print_job.reason_missing")
        with self._desk.transaction() as connection:
            ordered, about, name = _read_order(connection, job_id)
            again = msgspec.structs.replace(
                ordered, id=new_id(), reprint=_next_printing(connection, about, name, ordered), reason=reason, batch=""
            )
            self._append(connection, again, about, name, clerk=signed_in.clerk.id, printer="")
        self._announce()
        with self._desk.store.reading() as connection:
            return get_job(connection, again.id)

    def order_last_again(self, *, reason: str) -> PrintJob | None:
        """Order a further printing of what was ordered last, None when nothing ever was.

        Raises:
            UserError: as `order_again`.
        """
        job = dossiers.print_job.c
        with self._desk.store.reading() as connection:
            last = connection.execute(select(job.id).order_by(job.id.desc()).limit(1)).scalar()
        return self.order_again(last, reason=reason) if last is not None else None

    def order_many(
        self,
        requests: Sequence[PaperRequest],
        *,
        batch: str = "",
        progressed: Callable[[int, int], None] = _nothing,
        is_cancelled: Callable[[], bool] = _never,
    ) -> str:
        """Order many papers as one batch and return its id; stops between transactions when cancelled.

        `batch` is the id to give it, so that what was ordered before a failure can be followed and cancelled too.

        Raises:
            UserError: as `order`, for the first request that cannot be ordered; those before it stay ordered.
        """
        batch = batch or new_id()
        for start in range(0, len(requests), _AT_ONCE):
            if is_cancelled():
                break
            some = requests[start : start + _AT_ONCE]
            with self._desk.transaction() as connection:
                for request in some:
                    self._order(connection, request, batch=batch)
            progressed(start + len(some), len(requests))
            self._announce()
        return batch

    def list_codes(self, first: date, last: date) -> tuple[str, ...]:
        """Return the codes of the dossiers accepted on local days, both included, in the order they were received."""
        with self._desk.store.reading() as connection:
            return accepted_codes(connection, first, last)

    def was_ordered(self, code: str, form: Form) -> bool:
        """Whether this form of a dossier was ordered before, so that a further one needs a reason.

        Raises:
            UserError: ``dossier.unknown_code`` and the like.
        """
        if KINDS[form].tray is Tray.LABEL:
            return False
        with self._desk.store.reading() as connection:
            subject = self._resolve(connection, PaperRequest(form=form, codes=(code,)))
            return _last_printing(connection, subject, form) is not None

    def _order(self, connection: Connection, request: PaperRequest, *, batch: str) -> str:
        signed_in = self._session.require()
        subject = self._resolve(connection, request)
        ordered = OrderedPrint(
            id=new_id(),
            form=request.form,
            copies=self._copies(request),
            reprint=self._printing(connection, request, subject),
            reason=nfc(request.reason),
            form_set=request.form_set,
            sheet=request.sheet,
            details=as_ordered(request.form, request.details, self._desk.clock.now(), subject.due_at),
            batch=batch,
        )
        name = "" if subject.about.dossier_id else subject.name
        self._append(connection, ordered, subject.about, name, clerk=signed_in.clerk.id, printer=request.printer)
        return ordered.id

    def _append(
        self, connection: Connection, ordered: OrderedPrint, about: Subject, name: str, *, clerk: str, printer: str
    ) -> None:
        body = PaperOrdered(about=about, ordered=ordered, name=name)
        subject = about.dossier_id or f"paper:{name}"
        entry = self._desk.journal.append(connection, body, clerk=clerk, subject=subject)
        queue_run(connection, ordered.id, entry.at >> 16, printer=printer)

    def _resolve(self, connection: Connection, request: PaperRequest) -> ResolvedSubject:
        return resolve_subject(connection, request, today=local_date(self._desk.clock.now()))

    def _printing(self, connection: Connection, request: PaperRequest, subject: ResolvedSubject) -> int:
        if KINDS[request.form].tray is Tray.LABEL:
            return 0
        last = _last_printing(connection, subject, request.form)
        if last is None:
            return 0
        if not nfc(request.reason):
            raise UserError("print_job.reason_missing")
        return last + 1

    def _copies(self, request: PaperRequest) -> int:
        usual = KINDS[request.form].copies
        copies = request.copies or usual or int(self._settings.get("print.slip.copies"))
        if not 1 <= copies <= _MOST_COPIES:
            raise UserError("print_job.copies_out_of_range", copies=copies, most=_MOST_COPIES)
        return copies

    def _announce(self) -> None:
        self._desk.announcer.announce(Topic.PRINT_JOBS, Topic.DOSSIERS)


def _last_printing(connection: Connection, subject: ResolvedSubject, form: Form) -> int | None:
    name = "" if subject.about.dossier_id else subject.name
    return _last_printing_of(connection, subject.about, name, form)


def _last_printing_of(connection: Connection, about: Subject, name: str, form: Form) -> int | None:
    job = dossiers.print_job.c
    same = job.dossier_id == about.dossier_id if about.dossier_id else job.subject == name
    query = select(func.max(job.reprint)).where(same, job.form == form.value)
    last: int | None = connection.execute(query).scalar()
    return last


def _next_printing(connection: Connection, about: Subject, name: str, ordered: OrderedPrint) -> int:
    if KINDS[ordered.form].tray is Tray.LABEL:
        return 0
    last = _last_printing_of(connection, about, name, ordered.form)
    return 0 if last is None else last + 1


def _read_order(connection: Connection, job_id: str) -> tuple[OrderedPrint, Subject, str]:
    """Return an order as it was made, its subject and the subject's name.

    Raises:
        UserError: ``print_job.unknown_job``.
    """
    job = dossiers.print_job
    row = connection.execute(select(job).where(job.c.id == job_id)).one_or_none()
    if row is None:
        raise UserError("print_job.unknown_job")
    ordered = OrderedPrint(
        id=row.id,
        form=Form(row.form),
        copies=row.copies,
        reprint=row.reprint,
        reason=row.reason,
        form_set=FormSet(row.form_set) if row.form_set else None,
        sheet=Sheet(row.sheet) if row.sheet else None,
        details=msgspec.json.decode(row.details, type=Details),
        batch=row.batch,
    )
    return ordered, msgspec.json.decode(row.about, type=Subject), row.subject
