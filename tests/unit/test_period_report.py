"""The periodic figures: which period, what is counted in it, and that what came in adds up with what became of it."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.domain.actions.state import (
    DossierState,
    DueChange,
    DueChangeCause,
    Pause,
    PauseCause,
    Result,
)
from counter_app.domain.dossier import Dossier, DueDate, Status
from counter_app.domain.forms.kinds import FormSet
from counter_app.domain.period_report import Period, count_period, digest_of, find_period
from counter_app.domain.person import Party
from counter_app.domain.procedure import Channel
from counter_app.domain.time_limit import TimeLimit, TimeUnit

PERIOD = Period(date(2025, 12, 15), date(2026, 6, 14))
LIMIT = TimeLimit(amount=5, unit=TimeUnit.WORKING_DAY)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 5, tzinfo=UTC)


IN, BEFORE, AFTER = (noon(day) for day in (date(2026, 3, 2), date(2025, 11, 3), date(2026, 7, 1)))


def due(at: datetime) -> DueDate:
    return DueDate(due_at=at, limit=LIMIT, starts_at=at)


def a_dossier(channel: Channel = Channel.DIRECT, unit: str = "H99.51", field: str = "Hộ tịch") -> Dossier:
    return Dossier(
        id="1",
        code="H99.51-260302-0001",
        unit_code="H99.51",
        competent_unit_code=unit,
        procedure_code="1",
        procedure_effective_on=date(2025, 7, 1),
        procedure_name="x",
        field_name=field,
        status=Status.RECEIVED,
        channel=channel,
        received_at=IN,
        due=None,
        form_set=next(iter(FormSet)),
        applicant=Party(),
    )


def state(
    status: Status = Status.IN_PROGRESS,
    accepted_at: datetime | None = IN,
    due_at: datetime = IN,
    decided_at: datetime | None = None,
    **more: object,
) -> DossierState:
    result = Result(kind="Giấy", decided_at=decided_at) if decided_at is not None else None
    made = DossierState(status=status, accepted_at=accepted_at, due=due(due_at), result=result)
    return msgspec.structs.replace(made, **more)


def counted(one: DossierState, ended_at: datetime | None = None, channel: Channel = Channel.DIRECT) -> set[str]:
    rows = count_period(PERIOD, [(a_dossier(channel), one, ended_at)])
    return {name for row in rows for name in row.__struct_fields__ if getattr(row, name) == 1}


@pytest.mark.parametrize(
    ("today", "last"),
    [
        (date(2026, 6, 14), None),
        (date(2026, 6, 15), date(2026, 6, 14)),
        (date(2026, 8, 13), date(2026, 6, 14)),
        (date(2026, 8, 14), None),
        (date(2026, 12, 15), date(2026, 12, 14)),
        (date(2027, 1, 5), date(2026, 12, 14)),
        (date(2027, 3, 15), date(2027, 3, 14)),
    ],
)
def test_period_is_the_last_that_is_over_and_begins_on_the_fifteenth_of_december(
    today: date, last: date | None
) -> None:
    period = find_period(today)
    assert period == (None if last is None else Period(date(last.year - 1, 12, 15), last))


def test_each_dossier_is_counted_once_as_it_came_and_once_by_what_became_of_it_until_the_end() -> None:
    day, resolved = timedelta(days=1), Status.RESOLVED
    assert counted(state(accepted_at=None)) == set()
    assert counted(state(accepted_at=AFTER)) == set()
    assert counted(state(resolved, BEFORE, decided_at=BEFORE)) == set()
    assert counted(state(), channel=Channel.ONLINE) == {"online", "open_overdue"}
    assert counted(state(due_at=AFTER), channel=Channel.POST) == {"direct", "open_in_time"}
    assert counted(state(accepted_at=BEFORE, due_at=noon(PERIOD.last))) == {"carried", "open_in_time"}
    assert counted(state(resolved, due_at=IN + day, decided_at=IN)) == {"direct", "early"}
    assert counted(state(resolved, due_at=IN, decided_at=IN + timedelta(hours=5))) == {"direct", "on_time"}
    assert counted(state(Status.RETURNED, due_at=IN, decided_at=IN + day)) == {"direct", "late"}
    assert counted(state(resolved, due_at=AFTER, decided_at=AFTER)) == {"direct", "open_in_time"}
    assert counted(state(Status.WITHDRAWN), IN) == {"direct", "ended"}
    assert counted(state(Status.STOPPED, BEFORE), BEFORE) == set()
    assert counted(state(Status.STOPPED), AFTER) == {"direct", "open_overdue"}


def test_what_moved_or_stopped_the_clock_counts_as_it_was_when_the_period_ended() -> None:
    wait = Pause(cause=PauseCause.SUPPLEMENT, began_at=IN, back_to=Status.IN_PROGRESS)
    assert counted(state(pauses=(wait,))) == {"direct", "waiting"}
    over = msgspec.structs.replace(wait, ended_at=IN + timedelta(days=1))
    assert counted(state(pauses=(over,))) == {"direct", "open_overdue"}
    later = msgspec.structs.replace(wait, began_at=AFTER)
    assert counted(state(pauses=(later,))) == {"direct", "open_overdue"}
    moved = DueChange(at=AFTER, cause=DueChangeCause.EXTENDED, due_before=IN, due_after=AFTER)
    assert counted(state(due_at=AFTER, due_changes=(moved,))) == {"direct", "open_overdue"}
    within = msgspec.structs.replace(moved, at=IN)
    assert counted(state(due_at=AFTER, due_changes=(within,))) == {"direct", "open_in_time"}


_instants = st.datetimes(datetime(2025, 6, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def lives(draw: st.DrawFn) -> tuple[Dossier, DossierState, datetime | None]:
    accepted_at = draw(_instants)
    after = accepted_at + draw(st.timedeltas(timedelta(0), timedelta(days=300)))
    status = draw(st.sampled_from([Status.IN_PROGRESS, Status.RESOLVED, Status.RETURNED, Status.STOPPED]))
    is_decided = status in (Status.RESOLVED, Status.RETURNED)
    one = state(status, accepted_at, draw(_instants), after if is_decided else None)
    dossier = a_dossier(
        draw(st.sampled_from(Channel)), draw(st.sampled_from(["H99.1", "H99.2"])), draw(st.sampled_from(["A", "B"]))
    )
    return dossier, one, after if status is Status.STOPPED else None


@given(st.lists(lives(), max_size=12))
def test_what_came_in_is_what_was_decided_what_is_open_and_what_ended(
    found: list[tuple[Dossier, DossierState, datetime | None]],
) -> None:
    rows = count_period(PERIOD, found)
    for row in rows:
        came = row.online + row.direct + row.carried
        became = row.early + row.on_time + row.late + row.open_in_time + row.open_overdue + row.waiting + row.ended
        assert came == became > 0
    assert [(row.unit_code, row.field_name) for row in rows] == sorted(
        {(row.unit_code, row.field_name) for row in rows}
    )
    assert digest_of(rows) == digest_of(count_period(PERIOD, reversed(found)))
