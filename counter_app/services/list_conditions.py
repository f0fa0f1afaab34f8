"""What a filter of dossiers means at this moment: standings, stretches of time, and columns with one value."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta

import msgspec

from counter_app.core.clock import local_date, to_millis
from counter_app.domain.due_date import nth_working_day_after
from counter_app.domain.standing import EVERY_STANDING, RUNNING_STANDINGS, Standing, standings_of
from counter_app.domain.transfer import accepted_until
from counter_app.domain.working_time import WorkingCalendar
from counter_app.journal.counts import day_period, month_period
from counter_app.services.answers.lists import DossierFilter
from counter_app.services.paper_subjects import midnight

_DAY_MS = 86_400_000  # every day since 1975: Việt Nam keeps no summer time


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """A filter resolved. Days are local, both included; `due_before` is an instant, for what is late by the hour.

    `accepted_until` with its unit: accepted until then, and its paper is here although not that unit resolves it.
    """

    standings: frozenset[Standing]
    equal: dict[str, str]
    due_from: date | None = None
    due_to: date | None = None
    due_before: datetime | None = None
    received_from: date | None = None
    received_to: date | None = None
    accepted_until: datetime | None = None
    own_unit: str = ""

    @property
    def is_counted(self) -> bool:
        """Whether the kept counters know the number, but for what is late since today's midnight."""
        has_due = bool(self.due_from or self.due_to or self.due_before)
        about = self.equal.keys() - {"desk_id", "clerk_id"}
        is_due_counted = self.standings <= RUNNING_STANDINGS and not about
        is_known = "competent_unit_code" not in about or len(about) == 1
        has_time = bool(self.received_from or self.received_to or self.accepted_until)
        return is_known and (is_due_counted or not has_due) and not has_time


def resolve(
    wanted: DossierFilter,
    *,
    now: datetime,
    owner: dict[str, str],
    calendar: Callable[[], WorkingCalendar],
    soon_days: int,
    own_unit: str,
) -> Conditions:
    """Return what a filter means now; `owner` is the column and value of its scope, nothing for the whole unit.

    `calendar` and `own_unit` are of the desk's unit; `soon_days` is how many working days after today are soon.
    """
    today = local_date(now)
    first, last = _latest((wanted.due_from,)), _earliest((wanted.due_to,))
    if wanted.is_due_today:
        first, last = _latest((first, today)), _earliest((last, today))
    for days in (wanted.due_within_days, soon_days if wanted.is_due_soon else 0):
        if days:
            first = _latest((first, today + timedelta(days=1)))
            last = _earliest((last, nth_working_day_after(today, days, calendar())))
    equal = {
        "procedure_code": wanted.procedure_code,
        "field_name": wanted.field_name,
        "channel": wanted.channel.value if wanted.channel else "",
        "competent_unit_code": wanted.competent_unit_code,
        "clerk_id": wanted.clerk_id,
    }
    given = {name: value for name, value in equal.items() if value}
    clashes = any(given.get(name, value) != value for name, value in owner.items())
    return Conditions(
        standings=frozenset() if clashes else _standings(wanted),
        equal=given | owner,
        due_from=first,
        due_to=last,
        due_before=now if wanted.is_late else None,
        received_from=wanted.received_from,
        received_to=wanted.received_to,
        accepted_until=accepted_until(now, calendar()) if wanted.is_to_transfer else None,
        own_unit=own_unit,
    )


def _standings(wanted: DossierFilter) -> frozenset[Standing]:
    by_due_day = wanted.is_due_today or wanted.is_due_soon or wanted.due_within_days
    asks_for_running = wanted.is_late or by_due_day or wanted.is_running
    parts = (
        (bool(wanted.statuses), standings_of(wanted.statuses)),
        (bool(asks_for_running), RUNNING_STANDINGS),
        (wanted.waits_for_owner, frozenset({Standing.RESULT_HERE})),
        (wanted.is_result_elsewhere, frozenset({Standing.RESULT_ELSEWHERE})),
        (wanted.is_to_acknowledge, frozenset({Standing.TO_ACKNOWLEDGE})),
        (wanted.is_to_transfer, frozenset({Standing.RECEIVED})),
    )
    kept = EVERY_STANDING
    for is_asked, standings in parts:
        kept = kept & standings if is_asked else kept
    return kept


def _latest(days: Iterable[date | None]) -> date | None:
    return max((day for day in days if day is not None), default=None)


def _earliest(days: Iterable[date | None]) -> date | None:
    return min((day for day in days if day is not None), default=None)


def start_of(day: date) -> int:
    """Return the milliseconds at which a local day begins."""
    return to_millis(midnight(day))


def end_of(day: date) -> int:
    """Return the milliseconds at which a local day is over."""
    return start_of(day) + _DAY_MS


def iter_periods(first: date, last: date) -> Iterator[tuple[str, str]]:
    """Yield the periods of `dossier_count` that make up a stretch of local days: days at its ends, months between."""
    if first > last:
        return
    begin, end = first.isoformat(), last.isoformat()
    if begin[:7] == end[:7]:
        yield day_period(begin), day_period(end)
        return
    yield day_period(begin), day_period(f"{begin[:7]}-31")
    after, before = _month_after(first), last.replace(day=1) - timedelta(days=1)
    if after <= before:
        yield month_period(after.isoformat()), month_period(before.isoformat())
    yield day_period(f"{end[:7]}-01"), day_period(end)


def _month_after(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
