"""Print jobs as rows: ordered with the dossier, claimed by a printer's thread, settled when the paper is out.

The order is journalled. How a printer gets on with it is this machine's own business and is kept in `print_run`.
"""

import logging
from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, and_, event, func, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from counter_app.core.changes import Topic
from counter_app.core.clock import from_millis, to_millis
from counter_app.core.errors import UserError
from counter_app.domain.forms.kinds import KINDS, Form, FormSet, Sheet, Tray
from counter_app.services.answers.printing import BatchProgress, PrintJob, PrintState
from counter_app.services.open_desk import OpenDesk
from counter_app.services.printing_owner import PrintingOwner
from counter_app.store.tables import dossiers, local
from counter_app.store.writer_queue import Priority

_log = logging.getLogger(__name__)

_OPEN = (PrintState.QUEUED, PrintState.FAILED, PrintState.UNKNOWN)
_CLAIMABLE = (PrintState.QUEUED, PrintState.FAILED)
#: The error code of a job that somebody took out of the queue.
CANCELLED = "print.cancelled"
_QUEUE = insert(local.print_run)


class PrintingJobs:
    """Follows print jobs. Claiming is atomic: two queues never print one job. Safe from any thread.

    A job under way has an owner, the one open store that claimed it, until that store is closed or its process ends.
    Only the owner says how the job goes on (`settle`, `pass_on`, `note_waiting`).
    """

    def __init__(self, desk: OpenDesk) -> None:
        self._desk = desk
        self._owner = owner = PrintingOwner(desk.folder.root)
        # Where no outcome can be written any more, nobody need wait for one.
        event.listen(desk.store.engine, "engine_disposed", lambda _engine: owner.release())

    def get(self, job_id: str) -> PrintJob:
        """Return a job.

        Raises:
            UserError: ``print_job.unknown_job``.
        """
        with self._desk.store.reading() as connection:
            return get_job(connection, job_id)

    def list_recent(self, *, limit: int = 50) -> tuple[PrintJob, ...]:
        """Return the newest jobs first."""
        job = dossiers.print_job.c
        return self._list(jobs_query().order_by(job.ordered_at.desc(), job.id.desc()).limit(limit))

    def list_open(self) -> tuple[PrintJob, ...]:
        """Return jobs that are queued, failed or unknown, oldest first."""
        return self._list(_open_jobs())

    def list_owed(self) -> tuple[PrintJob, ...]:
        """Return jobs that went to a file because no printer would take them: the citizen has no paper yet."""
        return self._list(jobs_query().where(local.print_run.c.owed).order_by(local.print_run.c.job_id))

    def list_of_batch(self, batch: str) -> tuple[PrintJob, ...]:
        """Return the jobs ordered together, in order."""
        return self._list(jobs_query().where(dossiers.print_job.c.batch == batch).order_by(dossiers.print_job.c.id))

    def list_targets(self) -> tuple[str, ...]:
        """Return every printer that a queued job waits for by name."""
        run = local.print_run.c
        query = select(run.target).where(run.state == PrintState.QUEUED.value, run.target != "").distinct()
        with self._desk.store.reading() as connection:
            return tuple(connection.execute(query).scalars())

    def claim(self, printer: str, *, trays: Collection[Tray] | None = None) -> PrintJob | None:
        """Take the oldest queued job for a printer: its state is durably PRINTING when this returns.

        A job that waits for a printer by name goes to that one only; any other to the printer that its tray's papers
        go to first. `trays` are this printer's; None takes the papers of all trays.
        """
        run, job = local.print_run.c, dossiers.print_job.c
        forms = [form.value for form, kind in KINDS.items() if trays is None or kind.tray in trays]
        mine = or_(run.target == printer, and_(run.target == "", job.form.in_(forms)))
        owner = self._owner.hold()
        with self._desk.transaction(Priority.PRINTER) as connection:
            row = connection.execute(_open_jobs(PrintState.QUEUED).where(mine).limit(1)).one_or_none()
            found = job_of(row) if row is not None else None
            if found is not None:
                self._take(connection, found.id, printer=printer, owner=owner)
        return self._announced(found, printer)

    def claim_job(self, job_id: str, printer: str) -> PrintJob | None:
        """Take one job if it is queued, failed or owed; None when somebody else has it, it is done or it is unknown."""
        owner = self._owner.hold()
        with self._desk.transaction(Priority.PRINTER) as connection:
            row = connection.execute(jobs_query().where(dossiers.print_job.c.id == job_id)).one_or_none()
            job = job_of(row) if row is not None else None
            if job is not None and not _may_be_taken(job):
                job = None
            if job is not None:
                self._take(connection, job.id, printer=printer, owner=owner)
        return self._announced(job, printer)

    def settle(self, job_id: str, state: PrintState, *, error_code: str = "", owed: bool | None = None) -> bool:
        """Say how a claimed job ended: PRINTED, FAILED or UNKNOWN.

        `owed` says whether the paper itself is still owed; None leaves that as it was, and a printed paper without
        further word is owed no more. Returns False, and changes nothing, when the job is no longer ours.
        """
        if owed is None and state is PrintState.PRINTED:
            owed = False
        values: dict[str, Any] = {"state": state.value, "error_code": error_code, "owner": ""}
        return self._change_own(job_id, values | ({} if owed is None else {"owed": owed}))

    def note_waiting(self, job_id: str, code: str) -> bool:
        """Say what the printer of a job under way waits for, "" when it goes on. False when it is no longer ours."""
        return self._change_own(job_id, {"error_code": code})

    def pass_on(self, job_id: str, target: str, *, error_code: str) -> bool:
        """Queue a claimed job, of which nothing was printed, for another printer. False when it is no longer ours."""
        values = {"state": PrintState.QUEUED.value, "target": target, "error_code": error_code, "owner": ""}
        return self._change_own(job_id, values)

    def answer(self, job_id: str, *, came_out: bool) -> PrintJob:
        """Take the clerk's word on a job whose outcome is unknown: it is printed, or it is queued again.

        Nothing came out, so what comes next is no reprint.

        Raises:
            UserError: ``print_job.unknown_job``, ``print_job.not_unknown``.
        """
        with self._desk.transaction() as connection:
            if get_job(connection, job_id).state is not PrintState.UNKNOWN:
                raise UserError("print_job.not_unknown")
            state = PrintState.PRINTED if came_out else PrintState.QUEUED
            self._update(connection, job_id, {"state": state.value, "error_code": ""} | _PAID[came_out])
        self._desk.announcer.announce(Topic.PRINT_JOBS)
        return self.get(job_id)

    def requeue(self, job_id: str, *, printer: str | None = None) -> PrintJob:
        """Queue a failed, waiting or owed job again, for the printer it was asked for or another; no paper came out.

        Raises:
            UserError: ``print_job.unknown_job``, ``print_job.answer_first``, ``print.job_taken``.
        """
        with self._desk.transaction() as connection:
            job = get_job(connection, job_id)
            if job.state is PrintState.UNKNOWN:
                raise UserError("print_job.answer_first")
            if not _may_be_taken(job):
                raise UserError("print.job_taken")
            asked = job.asked if printer is None else printer
            values = {"state": PrintState.QUEUED.value, "error_code": "", "asked": asked, "target": asked}
            self._update(connection, job_id, values)
        self._desk.announcer.announce(Topic.PRINT_JOBS)
        return self.get(job_id)

    def cancel(self, job_ids: Sequence[str]) -> int:
        """Take jobs that have not begun out of the queue; they can be sent again. Returns how many."""
        run = local.print_run.c
        waiting = (PrintState.QUEUED.value,)
        count = 0
        with self._desk.transaction() as connection:
            for job_id in job_ids:
                statement = update(local.print_run).where(run.job_id == job_id, run.state.in_(waiting))
                values = {"state": PrintState.FAILED.value, "error_code": CANCELLED, "changed_at": self._now_ms()}
                count += connection.execute(statement.values(values)).rowcount
        if count:
            self._desk.announcer.announce(Topic.PRINT_JOBS)
        return count

    def queue_owed(self) -> int:
        """Queue every paper that is still owed for the printer it should go to; no reprint, for none came out.

        Returns how many.
        """
        run = local.print_run.c
        statement = update(local.print_run).where(run.owed, run.state == PrintState.PRINTED.value)
        with self._desk.transaction() as connection:
            values = {"state": PrintState.QUEUED.value, "target": run.asked, "changed_at": self._now_ms()}
            count = int(connection.execute(statement.values(values)).rowcount)
        if count:
            self._desk.announcer.announce(Topic.PRINT_JOBS)
        return count

    def read_batch(self, batch: str) -> BatchProgress:
        """Return how far a batch is."""
        run = local.print_run.c
        query = (
            select(run.state, func.count())
            .join(dossiers.print_job, dossiers.print_job.c.id == run.job_id)
            .where(dossiers.print_job.c.batch == batch)
            .group_by(run.state)
        )
        with self._desk.store.reading() as connection:
            counts = {PrintState(row[0]): int(row[1]) for row in connection.execute(query)}
        return BatchProgress(
            batch=batch,
            total=sum(counts.values()),
            printed=counts.get(PrintState.PRINTED, 0),
            failed=counts.get(PrintState.FAILED, 0),
            unknown=counts.get(PrintState.UNKNOWN, 0),
        )

    def recover(self) -> int:
        """Make UNKNOWN what dead owners left PRINTING. Returns how many; cheap when there is none, at any time."""
        dead = [owner for owner in self._list_owners() if not self._owner.is_alive(owner)]
        count = self._make_unknown(dead) if dead else 0
        self._owner.sweep()
        if count:
            _log.warning("print jobs found interrupted: %d", count)
            self._desk.announcer.announce(Topic.PRINT_JOBS)
        return count

    def _list_owners(self) -> tuple[str, ...]:
        run = local.print_run.c
        query = select(run.owner).where(run.state == PrintState.PRINTING.value).distinct()
        with self._desk.store.reading() as connection:
            return tuple(connection.execute(query).scalars())

    def _make_unknown(self, owners: Sequence[str]) -> int:
        run = local.print_run.c
        values = {"state": PrintState.UNKNOWN.value, "error_code": "print_job.interrupted", "owner": ""}
        statement = update(local.print_run).where(run.state == PrintState.PRINTING.value, run.owner.in_(owners))
        with self._desk.transaction(Priority.PRINTER) as connection:
            return int(connection.execute(statement.values(values | {"changed_at": self._now_ms()})).rowcount)

    def _list(self, query: "_JobSelect") -> tuple[PrintJob, ...]:
        with self._desk.store.reading() as connection:
            return tuple(job_of(row) for row in connection.execute(query))

    def _now_ms(self) -> int:
        return to_millis(self._desk.clock.now())

    def _change_own(self, job_id: str, values: dict[str, Any]) -> bool:
        """Change a job under way that is ours; whoever finds it taken away has nothing more to say about it."""
        run = local.print_run.c
        statement = update(local.print_run).where(
            run.job_id == job_id, run.state == PrintState.PRINTING.value, run.owner == self._owner.id
        )
        with self._desk.transaction(Priority.PRINTER) as connection:
            changed = connection.execute(statement.values(values | {"changed_at": self._now_ms()})).rowcount > 0
        if changed:
            self._desk.announcer.announce(Topic.PRINT_JOBS)
        else:
            _log.warning("print job is no longer ours: job=%s", job_id)
        return changed

    def _update(self, connection: Connection, job_id: str, values: dict[str, Any]) -> None:
        statement = update(local.print_run).where(local.print_run.c.job_id == job_id)
        connection.execute(statement.values(values | {"changed_at": self._now_ms()}))

    def _announced(self, job: PrintJob | None, printer: str) -> PrintJob | None:
        if job is None:
            return None
        self._desk.announcer.announce(Topic.PRINT_JOBS)
        return msgspec.structs.replace(job, state=PrintState.PRINTING, printer=printer, error_code="")

    def _take(self, connection: Connection, job_id: str, *, printer: str, owner: str) -> None:
        values = {
            "state": PrintState.PRINTING.value,
            "printer": printer,
            "error_code": "",
            "changed_at": self._now_ms(),
            "owner": owner,
        }
        new = {"job_id": job_id, "asked": "", "target": "", "owed": False, **values}
        statement = upsert(local.print_run).values(new)
        connection.execute(statement.on_conflict_do_update(index_elements=["job_id"], set_=values))


def _may_be_taken(job: PrintJob) -> bool:
    """Whether a job may be printed or queued anew: nobody has it in hand and none of its paper came out."""
    return job.state in _CLAIMABLE or (job.owed and job.state is PrintState.PRINTED)


_PAID: dict[bool, dict[str, Any]] = {True: {"owed": False}, False: {}}

_JobRow = Row[Any]
_JobSelect = Select[Any]


def jobs_query() -> _JobSelect:
    """Return the query that `job_of` reads, to be narrowed by the caller."""
    job, run = dossiers.print_job, local.print_run
    return (
        select(
            job.c.id,
            job.c.dossier_id,
            dossiers.dossier.c.code,
            job.c.subject,
            job.c.form,
            job.c.copies,
            job.c.reprint,
            job.c.reason,
            job.c.form_set,
            job.c.sheet,
            job.c.batch,
            job.c.ordered_at,
            run.c.state,
            run.c.printer,
            run.c.error_code,
            run.c.asked,
            run.c.owed,
        )
        .outerjoin(dossiers.dossier, dossiers.dossier.c.id == job.c.dossier_id)
        .outerjoin(run, run.c.job_id == job.c.id)
    )


def _open_jobs(*states: PrintState) -> _JobSelect:
    """Jobs of this machine in one of the states; a job without a run was ordered at another desk."""
    waiting = local.print_run.c.state.in_([state.value for state in states or _OPEN])
    # Ids sort by the time they were made, so one index gives the waiting jobs in order however many were printed.
    return jobs_query().where(waiting).order_by(local.print_run.c.job_id)


def get_job(connection: Connection, job_id: str) -> PrintJob:
    """Return a job.

    Raises:
        UserError: ``print_job.unknown_job``.
    """
    row = connection.execute(jobs_query().where(dossiers.print_job.c.id == job_id)).one_or_none()
    if row is None:
        raise UserError("print_job.unknown_job")
    return job_of(row)


def queue_run(connection: Connection, job_id: str, at_ms: int, *, printer: str = "") -> None:
    """Put an ordered job into this machine's queue, in the transaction that orders it.

    `printer` is the one that was asked for, "" for the one the settings name.
    """
    values = {
        "job_id": job_id,
        "state": PrintState.QUEUED.value,
        "printer": "",
        "error_code": "",
        "changed_at": at_ms,
        "asked": printer,
        "target": printer,
        "owed": False,
        "owner": "",
    }
    connection.execute(_QUEUE, values)


def job_of(row: _JobRow) -> PrintJob:
    """Return the job of a row of `jobs_query`."""
    return PrintJob(
        id=row.id,
        dossier_id=row.dossier_id or "",
        dossier_code=row.code or "",
        form=Form(row.form),
        copies=row.copies,
        reprint=row.reprint,
        reason=row.reason,
        ordered_at=from_millis(row.ordered_at),
        state=PrintState(row.state) if row.state else PrintState.UNKNOWN,
        printer=row.printer or "",
        error_code=row.error_code or "",
        subject=row.subject or row.code or "",
        form_set=FormSet(row.form_set) if row.form_set else None,
        sheet=Sheet(row.sheet) if row.sheet else None,
        asked=row.asked or "",
        owed=bool(row.owed),
        batch=row.batch,
    )


def list_of_dossier(connection: Connection, dossier_id: str) -> tuple[PrintJob, ...]:
    """Return a dossier's print jobs in the order they were ordered."""
    query = jobs_query().where(dossiers.print_job.c.dossier_id == dossier_id).order_by(dossiers.print_job.c.ordered_at)
    return tuple(job_of(row) for row in connection.execute(query))
