"""How long each hand had for its part of a dossier, how long it took, and who is late by how much.

Every change of hands is matched to the steps of the procedure's internal process. All time is working time of the
unit that resolves. Waits for a supplement or a payment are nobody's time, nor is the way between two units where the
procedure does not count it (Nghị định 118/2025/NĐ-CP, land procedures: LAW R2).
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from counter_app.core.clock import local_date
from counter_app.core.text import fold
from counter_app.domain.actions.state import DossierState, DueChangeCause
from counter_app.domain.procedure import ProcessStep
from counter_app.domain.working_time import WorkingCalendar

_NONE = timedelta()
_MINUTE = timedelta(minutes=1)
# What provinces call the desk itself in their published processes.
_DESK_WORDS = ("mot cua", "tiep nhan", "phuc vu hanh chinh cong")

Stretch = tuple[datetime, datetime]


class Kept(StrEnum):
    """How a hand kept its time: done on an earlier day than its last one, on that day, or later than it had."""

    EARLY = "early"
    ON_TIME = "on_time"
    LATE = "late"


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """The paper dossier in one hand. `ended_at` is None while it is there.

    `steps` are those of the process that are done there, none where the process knows no such hand; `allowed` is what
    is left of their share, None where it is not stated, and `due_at` when that is used up. `kept` is None while
    nothing can be said yet.
    """

    holder: str
    began_at: datetime
    ended_at: datetime | None
    took: timedelta
    steps: tuple[ProcessStep, ...] = ()
    allowed: timedelta | None = None
    due_at: datetime | None = None
    kept: Kept | None = None

    @property
    def late_by(self) -> timedelta:
        """Working time beyond what was allowed, nought where nothing is known to be late."""
        return max(self.took - self.allowed, _NONE) if self.allowed is not None else _NONE


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """The way of a dossier so far: its hands in order, and the steps nobody has begun yet.

    `late_by` is working time since the due date of the whole, nought while it is not late or not awaited.
    """

    holdings: tuple[Holding, ...] = ()
    ahead: tuple[ProcessStep, ...] = ()
    late_by: timedelta = _NONE
    is_late: bool = False
    """Past its due date and still awaited, also where no working time has gone by since."""

    @property
    def current(self) -> Holding | None:
        """Who has it now, None when it is resolved or closed."""
        last = self.holdings[-1] if self.holdings else None
        return last if last is not None and last.ended_at is None else None


NO_PROGRESS = Progress()


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What the way of a dossier is measured against.

    `desk_names` are the names of the desk that received; `transports` the stretches on the way between two units that
    do not count; `closed_at` is when it was resolved, refused, stopped or withdrawn, None before.
    """

    calendar: WorkingCalendar
    now: datetime
    desk_names: tuple[str, ...] = ()
    transports: tuple[Stretch, ...] = ()
    closed_at: datetime | None = None


def trace_progress(state: DossierState, steps: Sequence[ProcessStep], around: Surroundings) -> Progress:
    """Return the way of an accepted dossier; nothing while it is not accepted.

    Pure. Raises as `WorkingCalendar`.
    """
    if state.accepted_at is None or state.due is None:
        return NO_PROGRESS
    clock = _Clock(state, around)
    matcher = _Matcher(steps, around.desk_names)
    holdings: list[Holding] = []
    used: dict[int, timedelta] = {}
    for holder, began_at, ended_at in _stretches(state, around.closed_at):
        hand = matcher.take(holder)
        found = matcher.steps_of(hand)
        share = clock.share_of(found)
        allowed = None
        if share is not None and hand is not None:
            left = max(share - used.get(hand, _NONE), _NONE)
            allowed = left + clock.extension_within(began_at, ended_at)
        took = clock.between(began_at, ended_at or around.now)
        if hand is not None:
            used[hand] = used.get(hand, _NONE) + took
        holding = Holding(holder=holder, began_at=began_at, ended_at=ended_at, took=took, steps=found, allowed=allowed)
        holdings.append(_judged(holding, clock))
    is_late = state.is_running and state.due.due_at < around.now
    late_by = clock.between(state.due.due_at, around.now) if is_late else _NONE
    return Progress(holdings=tuple(holdings), ahead=matcher.ahead(), late_by=late_by, is_late=is_late)


def _judged(holding: Holding, clock: "_Clock") -> Holding:
    if holding.allowed is None:
        return holding
    due_at = clock.after(holding.began_at, holding.allowed)
    kept = None
    if holding.late_by:
        kept = Kept.LATE
    elif holding.ended_at is not None:
        kept = Kept.EARLY if local_date(holding.ended_at) < local_date(due_at) else Kept.ON_TIME
    return msgspec.structs.replace(holding, due_at=due_at, kept=kept)


def _stretches(state: DossierState, closed_at: datetime | None) -> Iterator[tuple[str, datetime, datetime | None]]:
    """Yield holder, beginning and end, from the acceptance or the reopening on, up to the end of the resolving.

    A change of hands at the desk itself, as when a manifest was put right, is no new hand.
    """
    reopened = [change.at for change in state.due_changes if change.cause is DueChangeCause.REOPENED]
    began_at = reopened[-1] if reopened else state.accepted_at
    hops = tuple(hop for hop in state.hops if hop.at and hop.at > reopened[-1]) if reopened else state.hops[1:]
    if reopened:
        holder = hops[0].giver if hops else state.holder
    else:
        holder = state.hops[0].receiver if state.hops else state.holder
    for hop in hops:
        if hop.at is None or hop.receiver == holder or (closed_at is not None and hop.at >= closed_at):
            continue
        if began_at is not None:
            yield holder, began_at, hop.at
        holder, began_at = hop.receiver, hop.at
    if began_at is not None:
        yield holder, began_at, max(closed_at, began_at) if closed_at is not None else None


def in_minutes(amount: timedelta) -> int:
    """Return an amount of time as whole minutes."""
    return amount // _MINUTE


class _Clock:
    """Working time of the unit, without what is nobody's time."""

    def __init__(self, state: DossierState, around: Surroundings) -> None:
        self._calendar = around.calendar
        self._now = around.now
        waits = [(pause.began_at, pause.ended_at or around.now) for pause in state.pauses]
        self._excluded = tuple(_merged([*waits, *around.transports]))
        self._extended = tuple(
            (change.at, change.due_before, change.due_after)
            for change in state.due_changes
            if change.cause is DueChangeCause.EXTENDED and change.due_before and change.due_after
        )
        self._term = self._calendar.working_time_between(*_first_term(state))

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the time that counts, without seconds: nobody is late by a moment."""
        counted = self._calendar.working_time_between(start, end)
        for begins, ends in self._excluded:
            counted -= self._calendar.working_time_between(max(start, begins), min(end, ends))
        return max(counted, _NONE) // _MINUTE * _MINUTE

    def after(self, start: datetime, amount: timedelta) -> datetime:
        """Return the instant at which so much time that counts has gone by."""
        found = self._calendar.add_working_time(start, amount)
        for begins, ends in self._excluded:
            if ends > start and begins < found:
                stood = self._calendar.working_time_between(max(start, begins), ends)
                found = self._calendar.add_working_time(found, stood)
        return found

    def share_of(self, steps: tuple[ProcessStep, ...]) -> timedelta | None:
        """Return the share of these steps, None where one of them does not state it."""
        shares = [self._share(step) for step in steps]
        known = [share for share in shares if share is not None]
        return sum(known, _NONE) if known and len(known) == len(shares) else None

    def _share(self, step: ProcessStep) -> timedelta | None:
        if step.hours is not None:
            return timedelta(hours=step.hours)
        if step.percent is not None:
            return self._term * step.percent / 100 // _MINUTE * _MINUTE
        return None

    def extension_within(self, start: datetime, end: datetime | None) -> timedelta:
        """Return what the one extension added for whoever held the dossier when it was given."""
        return sum(
            (
                self._calendar.working_time_between(before, after)
                for at, before, after in self._extended
                if start <= at and (end is None or at < end)
            ),
            _NONE,
        )


def _merged(stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    """Yield the stretches in order, those that touch as one: no minute is taken off twice."""
    last: Stretch | None = None
    for begins, ends in sorted(stretches):
        if last is not None and begins <= last[1]:
            last = (last[0], max(last[1], ends))
            continue
        if last is not None:
            yield last
        last = (begins, ends)
    if last is not None:
        yield last


def _first_term(state: DossierState) -> Stretch:
    """Return when the term in force began to run and ended as it was first given, before waits and extensions."""
    due = state.due
    if due is None or state.accepted_at is None:
        raise ValueError("a dossier without a due date has no term")
    begun = (DueChangeCause.ACCEPTED, DueChangeCause.REOPENED)
    since = [number for number, change in enumerate(state.due_changes) if change.cause in begun]
    later = state.due_changes[since[-1] + 1 :] if since else state.due_changes
    first = next((change.due_before for change in later if change.due_before is not None), due.due_at)
    return due.starts_at, first


class _Matcher:
    """Finds the steps of each hand in turn. Consecutive steps of one unit are done in one hand."""

    def __init__(self, steps: Sequence[ProcessStep], desk_names: Iterable[str]) -> None:
        self._hands: list[list[ProcessStep]] = []
        for step in steps:
            if self._hands and fold(self._hands[-1][0].done_by) == fold(step.done_by):
                self._hands[-1].append(step)
            else:
                self._hands.append([step])
        self._desk_names = [fold(name) for name in desk_names if name]
        self._at = -1
        self._taken: set[int] = set()

    def take(self, holder: str) -> int | None:
        """Return the number of the hand that this holder is: the next one of that name, else an earlier one again."""
        onwards = range(self._at + 1, len(self._hands))
        back = range(self._at, -1, -1)
        found = next((number for number in (*onwards, *back) if self._is(number, holder)), None)
        if found is not None:
            self._at = max(self._at, found)
            self._taken.add(found)
        return found

    def steps_of(self, hand: int | None) -> tuple[ProcessStep, ...]:
        """Return the steps of a hand."""
        return tuple(self._hands[hand]) if hand is not None else ()

    def ahead(self) -> tuple[ProcessStep, ...]:
        """Return the steps after the last one that was begun."""
        return tuple(step for hand in self._hands[self._at + 1 :] for step in hand)

    def _is(self, number: int, holder: str) -> bool:
        wanted, name = fold(self._hands[number][0].done_by), fold(holder)
        names = self._desk_names if name in self._desk_names else [name]
        if names is self._desk_names and (not wanted or any(words in wanted for words in _DESK_WORDS)):
            return True
        return bool(wanted) and any(_holds(one, wanted) or _holds(wanted, one) for one in names)


def _holds(whole: str, part: str) -> bool:
    """Whether one name holds another as whole words: "Phòng Tư pháp xã Đồng Mẫu" holds "Phòng Tư pháp"."""
    return bool(part) and f" {part} " in f" {whole} "
