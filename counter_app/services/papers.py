"""What an ordered paper says: from the store to the facts that `printing` lays out. Reads only."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, func, select

from counter_app.core.clock import local_date, to_millis
from counter_app.core.errors import UserError
from counter_app.domain.actions.papers import find_extension, is_true_of
from counter_app.domain.actions.state import DossierState
from counter_app.domain.dossier import Dossier, Status
from counter_app.domain.fees import compute_fees
from counter_app.domain.forms.details import Details
from counter_app.domain.forms.facts import (
    ClosingData,
    CountedLine,
    FormData,
    HandoverData,
    JournalHead,
    ListedDossier,
    RegisterData,
    SlipData,
)
from counter_app.domain.forms.form_sets import form_set_on
from counter_app.domain.forms.kinds import KINDS, Form, FormSet, Per
from counter_app.domain.forms.subjects import Subject
from counter_app.domain.lookup_check import check_of
from counter_app.domain.manifest import Manifest
from counter_app.domain.unit import Unit
from counter_app.journal.dossier_states import STATE_COLUMNS, as_it_stands, state_of
from counter_app.services.answers.manifests import ManifestView
from counter_app.services.answers.printing import PaperRequest
from counter_app.services.bag_papers import get_signed_manifest
from counter_app.services.manifest_rows import get_manifest
from counter_app.services.open_desk import OpenDesk
from counter_app.services.paper_subjects import as_ordered, midnight, resolve_subject
from counter_app.services.process_times import ProcessTimes
from counter_app.services.session import Session
from counter_app.services.slip_checks import SlipChecks
from counter_app.services.slips import hand_times, head_of, listed_of, slip_of, spelled_out
from counter_app.services.waybill_rows import collected_lines, money_of_day
from counter_app.settings.settings import Settings
from counter_app.store.tables import dossiers, journal, local, organisation

_details_decoder = msgspec.json.Decoder(Details)
_subject_decoder = msgspec.json.Decoder(Subject)


class Papers:
    """Fills papers. Safe from any thread."""

    def __init__(
        self,
        desk: OpenDesk,
        session: Session,
        settings: Settings,
        slip_checks: SlipChecks,
        process_times: ProcessTimes,
    ) -> None:
        self._desk = desk
        self._process_times = process_times
        self._session = session
        self._settings = settings
        self._slip_checks = slip_checks

    def get_data(self, job_id: str) -> FormData:
        """Return what the paper of a job says.

        Raises:
            UserError: ``print_job.unknown_job``.
        """
        with self._desk.store.reading() as connection:
            job = dossiers.print_job
            row = connection.execute(select(job).where(job.c.id == job_id)).one_or_none()
            if row is None:
                raise UserError("print_job.unknown_job")
            return self._fill(
                connection,
                Form(row.form),
                _subject_decoder.decode(row.about),
                form_set=FormSet(row.form_set) if row.form_set else None,
                details=_details_decoder.decode(row.details),
                reprint=row.reprint,
                clerk_name=_name_of(connection, row.clerk),
            )

    def draft(self, request: PaperRequest) -> FormData:
        """Return what a paper would say if it were ordered now.

        Raises:
            UserError: as `PrintOrders.order` for a subject that does not exist or does not suit the form.
        """
        with self._desk.store.reading() as connection:
            subject = resolve_subject(connection, request, today=local_date(self._desk.clock.now()))
            return self._fill(
                connection,
                request.form,
                subject.about,
                form_set=request.form_set,
                details=as_ordered(request.form, request.details, self._desk.clock.now(), subject.due_at),
                reprint=0,
                clerk_name=self._clerk_name(),
            )

    def _fill(
        self,
        connection: Connection,
        form: Form,
        about: Subject,
        *,
        form_set: FormSet | None,
        details: Details,
        reprint: int,
        clerk_name: str,
    ) -> FormData:
        match KINDS[form].per:
            case Per.DOSSIER:
                return self._slip(connection, form, about, form_set=form_set, details=details, reprint=reprint)
            case Per.PERIOD:
                return self._register(connection, about, form_set=form_set, reprint=reprint, clerk_name=clerk_name)
            case Per.MANIFEST:
                return self._handover(
                    connection, form, about, form_set=form_set, details=details, reprint=reprint, clerk_name=clerk_name
                )
            case Per.SESSION:
                return self._closing(connection, about, form_set=form_set, reprint=reprint, clerk_name=clerk_name)

    def _slip(
        self,
        connection: Connection,
        form: Form,
        about: Subject,
        *,
        form_set: FormSet | None,
        details: Details,
        reprint: int,
    ) -> SlipData:
        if about.manifest_id:
            return self._bag_label(connection, form, about, details=details)
        found = _dossiers_of(connection, about.dossier_ids)
        (received, state), units = found[0], _Units(self._desk, connection)
        first = _as_ordered(received, state, details)
        unit = units.get(first.unit_code)
        due_at = find_extension(state) if form is Form.APOLOGY else None
        sealed = self._slip_checks.seal(first, form, due_at=due_at, link=unit.slip_link)
        slip = slip_of(
            first,
            unit,
            form=form,
            form_set=form_set or first.form_set,
            details=_with_result(details, state) if form is Form.RESULT_RECEIPT else details,
            competent=units.find(first.competent_unit_code),
            reprint=reprint,
            scan_text=sealed if is_true_of(form, state) else "",
        )
        received_at = state.accepted_at or received.received_at
        slip = msgspec.structs.replace(
            slip,
            issued_at=details.issued_at or received_at,
            received_at=received_at,
            hops=tuple(spelled_out(hop, first, unit) for hop in state.hops),
            lookup_check=check_of(first.code, first.id) if slip.scan_text and len(found) == 1 else "",
        )
        if form is Form.CONTROL_SLIP:
            progress = self._process_times.trace(connection, received, state)
            return msgspec.structs.replace(slip, hand_times=hand_times(state, progress))
        if form is not Form.RECEIPT_BULK:
            return slip
        listed = tuple(_listed(one, stands, units) for one, stands in found)
        return msgspec.structs.replace(slip, listed=listed)

    def _register(
        self, connection: Connection, about: Subject, *, form_set: FormSet | None, reprint: int, clerk_name: str
    ) -> RegisterData:
        first, last = _days_of(about)
        start = midnight(first)
        before = select(func.count()).where(*_in_book(midnight(date(first.year, 1, 1)), start))
        units = _Units(self._desk, connection)
        rows = (
            _listed(one, state, units)
            for one, state in _iter_dossiers(connection, _book(start, midnight(last + timedelta(days=1))))
        )
        return RegisterData(
            form_set=form_set or form_set_on(last),
            head=head_of(units.own()),
            issued_at=self._desk.clock.now(),
            first_day=first,
            last_day=last,
            book=str(self._settings.get("print.register.book")),
            first_number=int(connection.execute(before).scalar_one()) + 1,
            rows=tuple(rows),
            clerk_name=clerk_name,
            reprint=reprint,
        )

    def _handover(
        self,
        connection: Connection,
        form: Form,
        about: Subject,
        *,
        form_set: FormSet | None,
        details: Details,
        reprint: int,
        clerk_name: str,
    ) -> HandoverData:
        now, units = self._desk.clock.now(), _Units(self._desk, connection)
        if about.manifest_id:
            view = get_signed_manifest(self._desk, connection, about.manifest_id)
            rows, details = _lines_of(connection, view, units), with_manifest(details, view.manifest)
            scan_texts = view.passport or view.acknowledgement
        else:
            rows = [_listed(one, state, units) for one, state in _dossiers_of(connection, about.dossier_ids)]
            scan_texts = ()
        return HandoverData(
            form=form,
            form_set=form_set or form_set_on(local_date(now)),
            head=head_of(units.own()),
            issued_at=now,
            rows=tuple(rows),
            code=about.manifest_id,
            scan_texts=scan_texts,
            clerk_name=clerk_name,
            reprint=reprint,
            details=details,
        )

    def _bag_label(self, connection: Connection, form: Form, about: Subject, *, details: Details) -> SlipData:
        """Return the sticker of a bag: the manifest's code to scan, to whom it goes, and what tells the bag."""
        manifest = get_manifest(connection, about.manifest_id).manifest
        now, units = self._desk.clock.now(), _Units(self._desk, connection)
        told = (manifest.bag, manifest.seal, manifest.giver)
        return SlipData(
            form=form,
            form_set=form_set_on(local_date(now)),
            head=head_of(units.own()),
            code=manifest.code,
            issued_at=manifest.closed_at or now,
            procedure_code="",
            procedure_name=" · ".join(part for part in told if part),
            applicant_name=manifest.receiver,
            submitter_name="",
            details=details,
        )

    def _closing(
        self, connection: Connection, about: Subject, *, form_set: FormSet | None, reprint: int, clerk_name: str
    ) -> ClosingData:
        day, _last = _days_of(about)
        start, end = midnight(day), midnight(day + timedelta(days=1))
        own = [one for one, _state in _iter_dossiers(connection, _received(start, end)) if self._is_own(one)]
        in_book = _iter_dossiers(connection, _book(start, end))
        accepted = [one for one, _state in in_book if self._is_own(one)]
        quotes = [compute_fees(one.fees, quantities={"dossier": one.dossier_count}) for one in accepted]
        jobs, run = dossiers.print_job.c, local.print_run.c
        ordered = (jobs.ordered_at >= to_millis(start), jobs.ordered_at < to_millis(end))
        prints = [int(row) for row in connection.execute(select(jobs.reprint).where(*ordered)).scalars()]
        owed = (
            select(func.coalesce(dossiers.dossier.c.code, jobs.subject))
            .select_from(dossiers.print_job)
            .outerjoin(dossiers.dossier, jobs.dossier_id == dossiers.dossier.c.id)
            .join(local.print_run, run.job_id == jobs.id)
            .where(run.owed)
            .order_by(jobs.id)
        )
        codes = sorted(one.code for one in own)
        return ClosingData(
            form_set=form_set or form_set_on(day),
            head=head_of(self._desk.read_unit(connection)),
            issued_at=self._desk.clock.now(),
            day=day,
            accepted=len(accepted),
            supplement_asked=sum(one.due is None and one.status is Status.SUPPLEMENT_ASKED for one in own),
            refused=sum(one.status is Status.NOT_ACCEPTED for one in own),
            by_procedure=_counted(one.procedure_name for one in own),
            first_code=codes[0] if codes else "",
            last_code=codes[-1] if codes else "",
            fees_known=sum(quote.total for quote in quotes),
            fees_open=sum(not quote.is_complete for quote in quotes),
            prints=len(prints),
            reprints=sum(number > 0 for number in prints),
            owed=tuple(connection.execute(owed).scalars()),
            desk_label=self._desk.desk.name,
            collected=collected_lines(money_of_day(connection, day, desk_id=self._desk.desk.id)),
            journal_head=self._journal_head(connection),
            clerk_name=clerk_name,
            reprint=reprint,
        )

    def _is_own(self, dossier: Dossier) -> bool:
        return (dossier.unit_code, dossier.desk_name) == (self._desk.desk.unit_code, self._desk.desk.name)

    def _journal_head(self, connection: Connection) -> JournalHead | None:
        head, epoch = journal.head, self._desk.journal.epoch
        row = connection.execute(
            select(head).where(head.c.desk == self._desk.desk.id, head.c.epoch == epoch)
        ).one_or_none()
        return JournalHead(epoch=epoch, seq=row.seq, hash=row.hash) if row is not None else None

    def _clerk_name(self) -> str:
        current = self._session.current
        return current.clerk.full_name if current is not None else ""


def _name_of(connection: Connection, clerk_id: str) -> str:
    """Return the name of the clerk who ordered a paper: it is signed by whoever made it, not by who prints it."""
    name = connection.execute(
        select(organisation.clerk.c.full_name).where(organisation.clerk.c.id == clerk_id)
    ).scalar()
    return str(name or "")


class _Units:
    """Units by code, each read once."""

    def __init__(self, desk: OpenDesk, connection: Connection) -> None:
        self._desk = desk
        self._connection = connection
        self._known: dict[str, Unit | None] = {}

    def own(self) -> Unit:
        return self.get(self._desk.desk.unit_code)

    def get(self, code: str) -> Unit:
        found = self.find(code)
        if found is None:
            raise UserError("unit.unknown", code=code)
        return found

    def find(self, code: str) -> Unit | None:
        if code not in self._known:
            try:
                self._known[code] = self._desk.read_unit(self._connection, code)
            except UserError:
                self._known[code] = None
        return self._known[code]


def _days_of(about: Subject) -> tuple[date, date]:
    if about.first_day is None or about.last_day is None:
        raise UserError("print_job.no_days")
    return about.first_day, about.last_day


def _dossiers_of(connection: Connection, ids: Sequence[str]) -> list[tuple[Dossier, DossierState]]:
    """Return the dossiers, and where they stand, in the order of their ids."""
    found: dict[str, tuple[Dossier, DossierState]] = {}
    for start in range(0, len(ids), 500):
        query = STATE_COLUMNS.where(dossiers.dossier.c.id.in_(ids[start : start + 500]))
        found |= {row.id: state_of(row) for row in connection.execute(query)}
    return [found[dossier_id] for dossier_id in ids]


def _lines_of(connection: Connection, view: ManifestView, units: _Units) -> list[ListedDossier]:
    """Return the listed dossiers in order; one that this desk does not hold is known by its code alone."""
    table = dossiers.dossier.c
    codes, found = view.manifest.codes, dict[str, ListedDossier]()
    for start in range(0, len(codes), 500):
        query = STATE_COLUMNS.where(table.code.in_(codes[start : start + 500]))
        lines = [_listed(*state_of(row), units) for row in connection.execute(query)]
        found |= {line.code: line for line in lines}
    return [found.get(code) or ListedDossier(code=code, procedure_name="", applicant_name="") for code in codes]


def with_manifest(details: Details, manifest: Manifest) -> Details:
    """Return the details of a manifest's paper; what the clerk stated for the paper itself wins."""
    return msgspec.structs.replace(
        details,
        giver=details.giver or manifest.closed_by,
        receiver=details.receiver or manifest.receiver,
        bag=details.bag or manifest.bag,
        seal=details.seal or manifest.seal,
    )


def _received(start: datetime, end: datetime) -> Select[Any]:
    table = dossiers.dossier.c
    query = STATE_COLUMNS.where(table.received_at >= to_millis(start), table.received_at < to_millis(end))
    return query.order_by(table.received_at, table.row)


def _in_book(start: datetime, end: datetime) -> tuple[Any, ...]:
    """The register holds what was accepted, by the time of its acceptance: what comes later never moves a line."""
    table = dossiers.dossier.c
    return table.accepted_at >= to_millis(start), table.accepted_at < to_millis(end)


def _book(start: datetime, end: datetime) -> Select[Any]:
    table = dossiers.dossier.c
    return STATE_COLUMNS.where(*_in_book(start, end)).order_by(table.accepted_at, table.row)


def _iter_dossiers(connection: Connection, query: Select[Any]) -> Iterator[tuple[Dossier, DossierState]]:
    rows: Iterable[Row[Any]] = connection.execute(query.execution_options(yield_per=500))
    for row in rows:
        yield state_of(row)


def _listed(dossier: Dossier, state: DossierState, units: _Units) -> ListedDossier:
    line = listed_of(as_it_stands(dossier, state), units.find(dossier.competent_unit_code))
    returned = state.returns[-1] if state.returns else None
    return msgspec.structs.replace(
        line,
        returned_at=returned.at if returned else None,
        result=" ".join(part for part in (state.result.kind, state.result.number) if part) if state.result else "",
    )


def _as_ordered(received: Dossier, state: DossierState, details: Details) -> Dossier:
    """Return the dossier with the due date that its paper states: as at its order, at the intake as received."""
    due = received.due or state.due
    if due is not None and details.due_at is not None:
        due = msgspec.structs.replace(due, due_at=details.due_at)
    return msgspec.structs.replace(received, status=state.status, due=due)


def _with_result(details: Details, state: DossierState) -> Details:
    """Return the details of a result receipt with what was decided and handed over, where nothing else was stated."""
    result, last = state.result, state.returns[-1] if state.returns else None
    known = {
        "result_kind": result.kind if result else "",
        "result_number": result.number if result else "",
        "result_summary": result.summary if result else "",
        "result_on": result.decided_on if result else None,
        "receiver": last.receiver if last else "",
        "receiver_phone": last.receiver_phone if last else "",
    }
    return msgspec.structs.replace(details, **{name: getattr(details, name) or value for name, value in known.items()})


def _counted(names: Iterable[str]) -> tuple[CountedLine, ...]:
    """Return how often each name comes, the most frequent first."""
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(CountedLine(name=name, count=count) for name, count in ordered)
