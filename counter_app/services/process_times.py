"""Measuring the way of dossiers against the internal process of their procedures."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, select

from counter_app.core.clock import from_millis, local_date
from counter_app.core.errors import UserError
from counter_app.domain.actions.state import DossierState
from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import Dossier, Status
from counter_app.domain.due_date import nth_working_day_after
from counter_app.domain.procedure import Procedure
from counter_app.domain.progress import NO_PROGRESS, Progress, Stretch, Surroundings, trace_progress
from counter_app.domain.unit import Unit
from counter_app.journal.dossier_states import STATE_COLUMNS, state_of
from counter_app.journal.entries import DossierActed, decode_body
from counter_app.services.answers.process import LateHolder
from counter_app.services.calendars import Calendars
from counter_app.services.catalogue import Catalogue
from counter_app.services.open_desk import OpenDesk
from counter_app.settings.settings import Settings
from counter_app.store.tables import custody, dossiers, journal

_CLOSING = frozenset({Action.RESOLVE, Action.REFUSE, Action.STOP, Action.WITHDRAW})
_CLOSED = frozenset({Status.NOT_ACCEPTED, Status.WITHDRAWN, Status.STOPPED, Status.RESOLVED, Status.RETURNED})
_MOST_AT_ONCE = 500


class ProcessTimes:
    """Reads only. Safe from any thread."""

    def __init__(self, desk: OpenDesk, calendars: Calendars, catalogue: Catalogue, settings: Settings) -> None:
        self._desk = desk
        self._settings = settings
        self._calendars = calendars
        self._catalogue = catalogue

    def trace(self, connection: Connection, dossier: Dossier, state: DossierState) -> Progress:
        """Return the way of a dossier, by the process of the version of its procedure under which it was received."""
        if state.accepted_at is None:
            return NO_PROGRESS
        procedure = self._find_procedure(dossier)
        received_by = self._find_unit(connection, dossier.unit_code) or self._desk.read_unit(connection)
        competent = self._find_unit(connection, dossier.competent_unit_code) or received_by
        counts_transport = procedure is None or procedure.counts_transport
        around = Surroundings(
            calendar=self._calendars.calendar_of(competent),
            now=self._desk.clock.now(),
            desk_names=(dossier.desk_name, received_by.desk_name, received_by.name),
            transports=() if counts_transport else _list_transports(connection, dossier.code),
            closed_at=_find_closing(connection, dossier.id) if state.status in _CLOSED else None,
        )
        return trace_progress(state, procedure.steps if procedure is not None else (), around)

    @property
    def soon_days(self) -> int:
        """How many working days after today are soon, as set."""
        return int(self._settings.get("due.soon_days"))

    def soon_until(self) -> date:
        """Return the last day that is soon, in working days of the desk's own unit; today where it never opens."""
        today = local_date(self._desk.clock.now())
        with self._desk.store.reading() as connection:
            unit = self._desk.read_unit(connection)
        try:
            return nth_working_day_after(today, self.soon_days, self._calendars.calendar_of(unit))
        except UserError:
            return today

    def list_late_holders(self, codes: Iterable[str]) -> dict[str, LateHolder]:
        """Return who holds each of these dossiers now, and how late the dossier and its holder are; by code."""
        wanted = list(codes)
        found: dict[str, LateHolder] = {}
        with self._desk.store.reading() as connection:
            for start in range(0, len(wanted), _MOST_AT_ONCE):
                part = wanted[start : start + _MOST_AT_ONCE]
                rows = connection.execute(STATE_COLUMNS.where(dossiers.dossier.c.code.in_(part)))
                for row in rows.all():
                    dossier, state = state_of(row)
                    found[dossier.code] = _late_holder(state, self.trace(connection, dossier, state))
        return found

    def _find_procedure(self, dossier: Dossier) -> Procedure | None:
        try:
            return self._catalogue.get(dossier.procedure_code, on=dossier.procedure_effective_on)
        except UserError:
            return None

    def _find_unit(self, connection: Connection, code: str) -> Unit | None:
        try:
            return self._desk.read_unit(connection, code)
        except UserError:
            return None


def _late_holder(state: DossierState, progress: Progress) -> LateHolder:
    current = progress.current
    return LateHolder(
        holder=state.holder,
        since=current.began_at if current is not None else None,
        late_by=progress.late_by,
        step=", ".join(step.name for step in current.steps) if current is not None else "",
        step_late_by=current.late_by if current is not None else timedelta(),
    )


def _find_closing(connection: Connection, dossier_id: str) -> datetime | None:
    """Return when a dossier was last resolved, refused, stopped or withdrawn after its intake."""
    entry = journal.entry.c
    query = select(entry.at, entry.kind, entry.version, entry.body).where(
        entry.subject == dossier_id, entry.kind == DossierActed.KIND
    )
    for row in connection.execute(query.order_by(entry.position.desc())):
        body = decode_body(row.kind, row.version, row.body)
        if isinstance(body, DossierActed) and body.action in _CLOSING:
            return from_millis(row.at >> 16)
    return None


def _list_transports(connection: Connection, code: str) -> tuple[Stretch, ...]:
    """Return when a dossier was on its way: from a manifest's closing to its being scanned in, where both are known.

    A manifest that the other end never acknowledged says nothing about the way.
    """
    table, item = custody.manifest.c, custody.manifest_item.c
    query = (
        select(table.closed_at, table.received_at)
        .join(custody.manifest_item, item.manifest_code == table.code)
        .where(item.dossier_code == code, table.closed_at.is_not(None), table.received_at.is_not(None))
    )
    return tuple((from_millis(row.closed_at), from_millis(row.received_at)) for row in connection.execute(query))
