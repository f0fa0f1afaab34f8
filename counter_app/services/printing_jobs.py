"""Print jobs as rows: ordered with the dossier, claimed by a printer's thread, settled when the paper is out.

The order is journalled. How a printer gets on with it is this machine's own business and is kept in `print_run`.
"""

import msgspec
from sqlalchemy import Connection, Row, Select, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from counter_app.core.changes import Topic
from counter_app.core.clock import from_millis, to_millis
from counter_app.core.errors import UserError
from counter_app.core.ids import new_id
from counter_app.core.text import nfc
from counter_app.domain.dossier import Dossier
from counter_app.domain.dossier_code import looks_like_dossier_code, parse_dossier_code
from counter_app.domain.forms.facts import SlipData
from counter_app.domain.forms.kinds import Form
from counter_app.journal.entries import OrderedPrint, PrintOrdered
from counter_app.services.answers.printing import PrintJob, PrintState
from counter_app.services.open_desk import OpenDesk
from counter_app.services.session import Session
from counter_app.services.slips import slip_of
from counter_app.store.tables import dossiers, local
from counter_app.store.writer_queue import Priority

_CLAIMABLE = (PrintState.QUEUED, PrintState.FAILED, PrintState.UNKNOWN)


_QUEUE = insert(local.print_run)


class PrintingJobs:
    """Orders and follows print jobs. Claiming is atomic: two queues never print one job."""

    def __init__(self, desk: OpenDesk, session: Session) -> None:
        self._desk = desk
        self._session = session

    def order_reprint(self, dossier_code: str, form: Form, *, reason: str, copies: int = 2) -> PrintJob:
        """Order a further print of a form; it carries "BẢN IN LẠI". The reason is required and journalled.

        Raises:
            UserError: ``print_job.reason_missing``, ``dossier.unknown_code``, ``print_job.never_ordered``.
        """
        signed_in = self._session.require()
        reason = nfc(reason)
        if not reason:
            raise UserError("print_job.reason_missing")
        if looks_like_dossier_code(dossier_code):
            dossier_code = parse_dossier_code(dossier_code).format()
        with self._desk.transaction() as connection:
            dossier_id = connection.execute(
                select(dossiers.dossier.c.id).where(dossiers.dossier.c.code == dossier_code)
            ).scalar()
            if dossier_id is None:
                raise UserError("dossier.unknown_code", code=dossier_code[:40])
            job = dossiers.print_job.c
            before = connection.execute(
                select(func.max(job.reprint)).where(job.dossier_id == dossier_id, job.form == form.value)
            ).scalar()
            if before is None:
                raise UserError("print_job.never_ordered", code=dossier_code)
            ordered = OrderedPrint(id=new_id(), form=form, copies=copies, reprint=before + 1, reason=reason)
            body = PrintOrdered(dossier_id=dossier_id, ordered=ordered)
            entry = self._desk.journal.append(connection, body, clerk=signed_in.clerk.id, subject=dossier_id)
            queue_run(connection, ordered.id, entry.at >> 16)
        self._desk.announcer.announce(Topic.PRINT_JOBS, Topic.DOSSIERS)
        return self.get(ordered.id)

    def get(self, job_id: str) -> PrintJob:
        """Return a job.

        Raises:
            UserError: ``print_job.unknown_job``.
        """
        with self._desk.store.reading() as connection:
            row = connection.execute(_jobs().where(dossiers.print_job.c.id == job_id)).one_or_none()
        if row is None:
            raise UserError("print_job.unknown_job")
        return job_of(row)

    def list_recent(self, *, limit: int = 50) -> tuple[PrintJob, ...]:
        """Return the newest jobs first."""
        query = _jobs().order_by(dossiers.print_job.c.ordered_at.desc(), dossiers.print_job.c.id.desc()).limit(limit)
        with self._desk.store.reading() as connection:
            return tuple(job_of(row) for row in connection.execute(query))

    def list_open(self) -> tuple[PrintJob, ...]:
        """Return jobs that are queued, failed or unknown, oldest first."""
        with self._desk.store.reading() as connection:
            return tuple(job_of(row) for row in connection.execute(_open_jobs()))

    def get_slip(self, job_id: str) -> SlipData:
        """Return what the paper of a job says.

        Raises:
            UserError: ``print_job.unknown_job``.
        """
        job = dossiers.print_job.c
        query = (
            select(dossiers.dossier.c.facts, job.form, job.reprint)
            .join(dossiers.dossier, dossiers.dossier.c.id == job.dossier_id)
            .where(job.id == job_id)
        )
        with self._desk.store.reading() as connection:
            row = connection.execute(query).one_or_none()
            if row is None:
                raise UserError("print_job.unknown_job")
            dossier = msgspec.json.decode(row.facts, type=Dossier)
            unit = self._desk.read_unit(connection, dossier.unit_code)
        return slip_of(dossier, unit, form=Form(row.form), reprint=row.reprint)

    def claim(self, printer: str) -> PrintJob | None:
        """Take the oldest queued job for a printer: its state is durably PRINTING when this returns."""
        with self._desk.transaction(Priority.PRINTER) as connection:
            row = connection.execute(_open_jobs(PrintState.QUEUED).limit(1)).one_or_none()
            job = job_of(row) if row is not None else None
            if job is not None:
                self._write_run(connection, job.id, PrintState.PRINTING, printer=printer)
        return self._announced(job, printer)

    def claim_job(self, job_id: str, printer: str) -> PrintJob | None:
        """Take one job if it is queued, failed or unknown; None when somebody else has it or it is done."""
        with self._desk.transaction(Priority.PRINTER) as connection:
            row = connection.execute(_jobs().where(dossiers.print_job.c.id == job_id)).one_or_none()
            job = job_of(row) if row is not None else None
            if job is not None and job.state not in _CLAIMABLE:
                job = None
            if job is not None:
                self._write_run(connection, job.id, PrintState.PRINTING, printer=printer)
        return self._announced(job, printer)

    def settle(self, job_id: str, state: PrintState, *, error_code: str = "") -> None:
        """Say how a claimed job ended: PRINTED, FAILED or UNKNOWN."""
        with self._desk.transaction(Priority.PRINTER) as connection:
            connection.execute(
                update(local.print_run)
                .where(local.print_run.c.job_id == job_id)
                .values(state=state.value, error_code=error_code, changed_at=to_millis(self._desk.clock.now()))
            )
        self._desk.announcer.announce(Topic.PRINT_JOBS)

    def recover(self) -> int:
        """At start: jobs found PRINTING become UNKNOWN. Returns how many."""
        with self._desk.transaction(Priority.PRINTER) as connection:
            count = connection.execute(
                update(local.print_run)
                .where(local.print_run.c.state == PrintState.PRINTING.value)
                .values(state=PrintState.UNKNOWN.value, error_code="print_job.interrupted")
            ).rowcount
        return int(count)

    def _announced(self, job: PrintJob | None, printer: str) -> PrintJob | None:
        if job is None:
            return None
        self._desk.announcer.announce(Topic.PRINT_JOBS)
        return msgspec.structs.replace(job, state=PrintState.PRINTING, printer=printer, error_code="")

    def _write_run(self, connection: Connection, job_id: str, state: PrintState, *, printer: str) -> None:
        values = {
            "state": state.value,
            "printer": printer,
            "error_code": "",
            "changed_at": to_millis(self._desk.clock.now()),
        }
        statement = upsert(local.print_run).values(job_id=job_id, **values)
        connection.execute(statement.on_conflict_do_update(index_elements=["job_id"], set_=values))


_JobRow = Row[tuple[str, str, str, str, int, int, str, int, str | None, str | None, str | None]]
_JobSelect = Select[tuple[str, str, str, str, int, int, str, int, str | None, str | None, str | None]]


def _jobs() -> _JobSelect:
    job, run = dossiers.print_job, local.print_run
    return (
        select(
            job.c.id,
            job.c.dossier_id,
            dossiers.dossier.c.code,
            job.c.form,
            job.c.copies,
            job.c.reprint,
            job.c.reason,
            job.c.ordered_at,
            run.c.state,
            run.c.printer,
            run.c.error_code,
        )
        .join(dossiers.dossier, dossiers.dossier.c.id == job.c.dossier_id)
        .outerjoin(run, run.c.job_id == job.c.id)
    )


def _open_jobs(*states: PrintState) -> _JobSelect:
    """Jobs of this machine in one of the states; a job without a run was ordered at another desk."""
    waiting = local.print_run.c.state.in_([state.value for state in states or _CLAIMABLE])
    # Ids sort by the time they were made, so one index gives the waiting jobs in order however many were printed.
    return _jobs().where(waiting).order_by(local.print_run.c.job_id)


def queue_run(connection: Connection, job_id: str, at_ms: int) -> None:
    """Put an ordered job into this machine's queue, in the transaction that orders it."""
    values = {"job_id": job_id, "state": PrintState.QUEUED.value, "printer": "", "error_code": "", "changed_at": at_ms}
    connection.execute(_QUEUE, values)


def job_of(row: _JobRow) -> PrintJob:
    """Return the job of a row of `_jobs`."""
    return PrintJob(
        id=row.id,
        dossier_id=row.dossier_id,
        dossier_code=row.code or "",
        form=Form(row.form),
        copies=row.copies,
        reprint=row.reprint,
        reason=row.reason,
        ordered_at=from_millis(row.ordered_at),
        state=PrintState(row.state) if row.state else PrintState.UNKNOWN,
        printer=row.printer or "",
        error_code=row.error_code or "",
    )


def list_of_dossier(connection: Connection, dossier_id: str) -> tuple[PrintJob, ...]:
    """Return a dossier's print jobs in the order they were ordered."""
    query = _jobs().where(dossiers.print_job.c.dossier_id == dossier_id).order_by(dossiers.print_job.c.ordered_at)
    return tuple(job_of(row) for row in connection.execute(query))
