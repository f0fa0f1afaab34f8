"""What lists and figures must say, found by reading every dossier whole: no index, no counter, no shared query."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from counter_app.bootstrap import OpenCounter
from counter_app.core.clock import VIETNAM, local_date
from counter_app.core.text import name_key
from counter_app.domain.actions.state import DossierState
from counter_app.domain.dossier import Dossier, Status
from counter_app.domain.procedure import Channel
from counter_app.domain.working_time import WorkingCalendar
from counter_app.journal.dossier_states import state_of
from counter_app.journal.entries import DossierReceived
from counter_app.journal.rebuild import iter_entries
from counter_app.services.answers.lists import DossierFilter, ListOrder, Scope
from counter_app.store.tables import dossiers


@dataclass(frozen=True, slots=True)
class Known:
    """One dossier as received and as it stands, with who received it in which place of the journal."""

    dossier: Dossier
    state: DossierState
    clerk: str
    desk: str
    position: int

    @property
    def due_on(self) -> date | None:
        return local_date(self.state.due.due_at) if self.state.due else None

    @property
    def is_here(self) -> bool:
        return self.state.result is not None and self.state.result.here_at is not None


def read_all(desk: OpenCounter) -> list[Known]:
    """Return every dossier of the store."""
    with desk.desk.store.reading() as connection:
        received = {
            entry.subject: (entry.clerk, entry.desk, position)
            for position, entry in iter_entries(connection)
            if entry.kind == DossierReceived.KIND
        }
        rows = connection.execute(select(dossiers.dossier)).all()
    return [_known(state_of(row), *received[row.id]) for row in rows]


def _known(as_it_stands: tuple[Dossier, DossierState], clerk: str, desk: str, position: int) -> Known:
    dossier, state = as_it_stands
    return Known(dossier, state, clerk, desk, position)


def wants(desk: OpenCounter, wanted: DossierFilter, now: datetime) -> Callable[[Known], bool]:
    """Return whether a dossier belongs to a list."""
    today, session = local_date(now), desk.counter.session.require()
    calendar = desk.counter.calendars.calendar_of(session.unit)
    within, soon = _working_days_after(today, wanted.due_within_days, calendar), _working_days_after(today, 3, calendar)
    owners = {Scope.MINE: session.clerk.id, Scope.DESK: session.desk.id}

    def is_wanted(one: Known) -> bool:
        state, due_on = one.state, one.due_on
        runs = state.status in {Status.REGISTERED, Status.RECEIVED, Status.IN_PROGRESS}
        received_on = local_date(one.dossier.received_at)
        return all(
            (
                not wanted.is_late or (runs and state.due is not None and state.due.due_at < now),
                not wanted.is_due_today or (runs and due_on == today),
                not wanted.due_within_days or (runs and due_on is not None and today < due_on <= within),
                not wanted.is_due_soon or (runs and due_on is not None and today < due_on <= soon),
                not wanted.is_running or runs,
                not wanted.statuses or state.status in wanted.statuses,
                not wanted.waits_for_owner or (state.status is Status.RESOLVED and one.is_here),
                not wanted.is_result_elsewhere or (state.status is Status.RESOLVED and not one.is_here),
                not wanted.is_to_acknowledge
                or (state.status is Status.REGISTERED and one.dossier.channel is Channel.ONLINE),
                not wanted.is_to_transfer or _is_to_transfer(desk, one, now, calendar),
                wanted.procedure_code in ("", one.dossier.procedure_code),
                wanted.field_name in ("", one.dossier.field_name),
                wanted.channel in (None, one.dossier.channel),
                wanted.competent_unit_code in ("", one.dossier.competent_unit_code),
                wanted.received_from is None or received_on >= wanted.received_from,
                wanted.received_to is None or received_on <= wanted.received_to,
                wanted.due_from is None or (due_on is not None and due_on >= wanted.due_from),
                wanted.due_to is None or (due_on is not None and due_on <= wanted.due_to),
                wanted.clerk_id in ("", one.clerk),
                owners.get(wanted.scope) in (None, one.clerk, one.desk),
            )
        )

    return is_wanted


def _is_to_transfer(desk: OpenCounter, one: Known, now: datetime, calendar: WorkingCalendar) -> bool:
    """Said hour by hour: when a paper has to go follows from when it was accepted."""
    state, own = one.state, desk.desk.desk
    if state.status is not Status.RECEIVED or state.holder != own.name or state.accepted_at is None:
        return False
    return one.dossier.competent_unit_code not in ("", own.unit_code) and goes_at(state.accepted_at, calendar) <= now


def goes_at(accepted_at: datetime, calendar: WorkingCalendar) -> datetime:
    """15:00 of the same working day; for what came later, or on a free day, when work begins again."""
    day = local_date(accepted_at)
    three = datetime.combine(day, time(15), VIETNAM)
    if calendar.is_working_day(day) and accepted_at <= three:
        return three
    following = day + timedelta(days=1)
    return calendar.next_opening(datetime.combine(following, time(), VIETNAM))


def codes_in_order(desk: OpenCounter, wanted: DossierFilter, order: ListOrder) -> list[str]:
    """Return the codes of a list in its order."""
    found = [one for one in read_all(desk) if wants(desk, wanted, desk.desk.clock.now())(one)]
    far = datetime.max.replace(tzinfo=desk.desk.clock.now().tzinfo) - timedelta(days=1)
    match order:
        case ListOrder.DUE:
            found.sort(key=lambda one: (one.state.due.due_at if one.state.due else far, one.position))
        case ListOrder.NEWEST:
            found.sort(key=lambda one: -one.position)
        case ListOrder.NAME:
            found.sort(key=lambda one: (name_key(one.dossier.applicant.full_name), one.position))
    return [one.dossier.code for one in found]


def _working_days_after(day: date, count: int, calendar: WorkingCalendar) -> date:
    found = day
    while count:
        found += timedelta(days=1)
        count -= calendar.is_working_day(found)
    return found
