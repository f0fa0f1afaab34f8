from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from counter_app.core.clock import VIETNAM
from counter_app.domain.actions.state import DossierState, DueChange, DueChangeCause, Pause, PauseCause
from counter_app.domain.dossier import DueDate, Status
from counter_app.domain.due_date import compute_due
from counter_app.domain.forms.details import Hop
from counter_app.domain.procedure import ProcessStep
from counter_app.domain.progress import Kept, Progress, Surroundings, trace_progress
from counter_app.domain.time_limit import TimeLimit, TimeUnit
from counter_app.domain.unit import DEFAULT_TIMETABLE
from counter_app.domain.working_time import WorkingCalendar

CALENDAR = WorkingCalendar(DEFAULT_TIMETABLE)
DESK = "Quầy 1"
LIMIT = TimeLimit(amount=5, unit=TimeUnit.WORKING_DAY)
STEPS = (
    ProcessStep(name="Tiếp nhận", hours=4),
    ProcessStep(name="Thẩm định", done_by="Phòng Tư pháp", hours=12),
    ProcessStep(name="Trình ký", done_by="Phòng Tư pháp", hours=4),
    ProcessStep(name="Ký", done_by="Lãnh đạo UBND xã", percent=20),
    ProcessStep(name="Trả kết quả", done_by="Bộ phận Một cửa", hours=4),
)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


RECEIVED = local("2026-11-30T08:00")  # a Monday


def hop(giver: str, receiver: str, at: str) -> Hop:
    return Hop(giver=giver, receiver=receiver, at=local(at))


def state_of(*hops: Hop, status: Status = Status.IN_PROGRESS, **changes: object) -> DossierState:
    first = Hop(giver="Người nộp", receiver=DESK, at=RECEIVED)
    facts: dict[str, object] = {
        "status": status,
        "due": compute_due(LIMIT, RECEIVED, CALENDAR),
        "accepted_at": RECEIVED,
        "holder": hops[-1].receiver if hops else DESK,
        "hops": (first, *hops),
    }
    return DossierState(**{**facts, **changes})  # type: ignore[arg-type]


def trace(state: DossierState, now: str, **around: object) -> Progress:
    facts: dict[str, object] = {"calendar": CALENDAR, "now": local(now), "desk_names": (DESK, "Bộ phận Một cửa")}
    return trace_progress(state, STEPS, Surroundings(**{**facts, **around}))  # type: ignore[arg-type]


def hours(amount: float) -> timedelta:
    return timedelta(hours=amount)


def test_every_hand_has_its_share_its_time_and_its_verdict() -> None:
    state = state_of(
        hop(DESK, "Phòng Tư pháp", "2026-11-30T10:00"),
        hop("Phòng Tư pháp", "Lãnh đạo UBND xã", "2026-12-03T10:00"),
    )

    desk, office, leader = trace(state, "2026-12-03T15:00").holdings

    assert (desk.allowed, desk.took, desk.kept) == (hours(4), hours(2), Kept.ON_TIME)
    assert [step.name for step in office.steps] == ["Thẩm định", "Trình ký"]
    assert (office.allowed, office.took, office.kept, office.late_by) == (hours(16), hours(24), Kept.LATE, hours(8))
    assert office.due_at == local("2026-12-02T10:00")
    assert (leader.allowed, leader.took, leader.kept, leader.ended_at) == (hours(8), hours(3), None, None)


def test_handed_on_a_day_before_the_last_one_is_early() -> None:
    state = state_of(
        hop(DESK, "Phòng Tư pháp", "2026-11-30T10:00"), hop("Phòng Tư pháp", "Lãnh đạo UBND xã", "2026-12-01T10:00")
    )

    assert trace(state, "2026-12-01T11:00").holdings[1].kept is Kept.EARLY


def test_who_holds_it_now_is_late_before_the_dossier_is() -> None:
    state = state_of(hop(DESK, "Phòng Tư pháp xã Đồng Mẫu", "2026-11-30T10:00"))

    progress = trace(state, "2026-12-02T15:30")

    assert progress.current is not None
    assert (progress.current.kept, progress.current.late_by) == (Kept.LATE, hours(3.5))
    assert progress.late_by == timedelta()
    assert [step.name for step in progress.ahead] == ["Ký", "Trả kết quả"]


def test_late_dossier_is_late_by_working_time_over_a_weekend() -> None:
    progress = trace(state_of(), "2026-12-08T09:00")  # due Monday the 7th at 08:00

    assert progress.late_by == hours(8 + 1)


def test_wait_for_a_supplement_is_nobodys_time() -> None:
    waited = Pause(
        cause=PauseCause.SUPPLEMENT,
        began_at=local("2026-12-01T08:00"),
        ended_at=local("2026-12-03T08:00"),
        back_to=Status.IN_PROGRESS,
    )
    state = state_of(hop(DESK, "Phòng Tư pháp", "2026-11-30T10:00"), pauses=(waited,))

    (_desk, office) = trace(state, "2026-12-03T10:00").holdings

    assert (office.took, office.due_at) == (hours(6 + 2), local("2026-12-04T10:00"))


def test_way_between_units_counts_unless_it_is_taken_off() -> None:
    state = state_of(hop(DESK, "Phòng Tư pháp", "2026-11-30T10:00"))
    carried = ((local("2026-11-30T10:00"), local("2026-12-01T10:00")),)

    assert trace(state, "2026-12-01T11:00").holdings[1].took == hours(9)
    assert trace(state, "2026-12-01T11:00", transports=carried).holdings[1].took == hours(1)


def test_sent_back_to_an_earlier_hand_it_has_what_is_left_of_its_share() -> None:
    state = state_of(
        hop(DESK, "Phòng Tư pháp", "2026-11-30T10:00"),
        hop("Phòng Tư pháp", "Lãnh đạo UBND xã", "2026-12-01T10:00"),
        hop("Lãnh đạo UBND xã", "Phòng Tư pháp", "2026-12-01T14:30"),
    )

    again = trace(state, "2026-12-02T14:30").holdings[3]

    assert [step.name for step in again.steps] == ["Thẩm định", "Trình ký"]
    assert (again.allowed, again.took, again.kept) == (hours(8), hours(8), None)


def test_back_at_the_desk_it_is_the_last_step_and_not_the_first_again() -> None:
    state = state_of(hop(DESK, "Phòng Tư pháp", "2026-11-30T10:00"), hop("Phòng Tư pháp", DESK, "2026-12-01T10:00"))

    assert [step.name for step in trace(state, "2026-12-01T10:30").holdings[2].steps] == ["Trả kết quả"]


def test_hand_that_the_process_does_not_know_has_its_time_but_no_share() -> None:
    state = state_of(hop(DESK, "Công an xã", "2026-11-30T10:00"))

    other = trace(state, "2026-11-30T11:00").holdings[1]

    assert (other.steps, other.allowed, other.took, other.kept) == ((), None, hours(1), None)


def test_extension_is_for_the_hand_that_held_the_dossier_when_it_was_given() -> None:
    due = compute_due(LIMIT, RECEIVED, CALENDAR)
    later = local("2026-12-09T08:00")
    change = DueChange(
        at=local("2026-12-02T09:00"), cause=DueChangeCause.EXTENDED, due_before=due.due_at, due_after=later
    )
    state = state_of(
        hop(DESK, "Phòng Tư pháp", "2026-11-30T10:00"),
        hop("Phòng Tư pháp", "Lãnh đạo UBND xã", "2026-12-04T10:00"),
        due=DueDate(due_at=later, limit=LIMIT, starts_at=due.starts_at),
        due_changes=(change,),
    )

    desk, office, leader = trace(state, "2026-12-04T11:00").holdings

    assert (desk.allowed, office.allowed) == (hours(4), hours(16 + 16))
    assert leader.allowed == hours(8)  # a fifth of the five days first given


def test_resolving_ends_the_last_hands_time_and_what_comes_after_is_no_step() -> None:
    closed_at = local("2026-12-01T09:00")
    state = state_of(
        hop(DESK, "Phòng Tư pháp", "2026-11-30T10:00"),
        hop("Phòng Tư pháp", DESK, "2026-12-02T10:00"),
        status=Status.RESOLVED,
    )

    progress = trace(state, "2026-12-10T09:00", closed_at=closed_at)

    assert [holding.holder for holding in progress.holdings] == [DESK, "Phòng Tư pháp"]
    assert (progress.holdings[1].ended_at, progress.current, progress.late_by) == (closed_at, None, timedelta())


def test_nothing_is_measured_before_the_acceptance() -> None:
    waiting = DossierState(status=Status.SUPPLEMENT_ASKED, holder="Người nộp")

    assert trace(waiting, "2026-12-10T09:00") == Progress()


def test_reopened_dossier_begins_anew_where_it_lies() -> None:
    reopened = local("2026-12-14T08:00")
    due = compute_due(LIMIT, reopened, CALENDAR)
    change = DueChange(at=reopened, cause=DueChangeCause.REOPENED, due_before=None, due_after=due.due_at)
    state = state_of(hop(DESK, "Phòng Tư pháp", "2026-11-30T10:00"), due=due, due_changes=(change,), holder=DESK)

    (again,) = trace(state, "2026-12-14T10:00").holdings

    assert (again.holder, again.allowed, again.took) == (DESK, hours(4), hours(2))


@st.composite
def ways(draw: st.DrawFn) -> tuple[DossierState, datetime]:
    """Hands one after another from Monday on, with waits among them."""
    at, giver, hops = RECEIVED, DESK, []
    for _ in range(draw(st.integers(0, 6))):
        at += draw(st.timedeltas(timedelta(minutes=1), timedelta(days=3)))
        receiver = draw(st.sampled_from([DESK, "Phòng Tư pháp", "Lãnh đạo UBND xã", "Công an xã"]))
        hops.append(Hop(giver=giver, receiver=receiver, at=at))
        giver = receiver
    now = at + draw(st.timedeltas(timedelta(), timedelta(days=3)))
    begins = RECEIVED + draw(st.timedeltas(timedelta(), timedelta(days=4)))
    pause = Pause(
        cause=PauseCause.SUPPLEMENT,
        began_at=begins,
        ended_at=begins + draw(st.timedeltas(timedelta(), timedelta(days=4))),
        back_to=Status.IN_PROGRESS,
    )
    return state_of(*hops, pauses=draw(st.sampled_from([(), (pause,)]))), now


@settings(max_examples=150)
@given(ways())
def test_hands_follow_each_other_without_gap_and_no_minute_counts_twice(way: tuple[DossierState, datetime]) -> None:
    state, now = way
    around = Surroundings(calendar=CALENDAR, now=now, desk_names=(DESK,))

    holdings = trace_progress(state, STEPS, around).holdings

    assert holdings[0].began_at == RECEIVED
    assert [one.ended_at for one in holdings[:-1]] == [one.began_at for one in holdings[1:]]
    assert all(one.holder != other.holder for one, other in pairwise(holdings))
    worked = CALENDAR.working_time_between(RECEIVED, now)
    waited = sum(
        (CALENDAR.working_time_between(p.began_at, min(p.ended_at or now, now)) for p in state.pauses), timedelta()
    )
    took = sum((one.took for one in holdings), timedelta())
    assert worked - waited - timedelta(minutes=len(holdings)) <= took <= worked - waited
    for one in holdings:
        assert one.kept is not Kept.LATE or (one.allowed is not None and one.took > one.allowed)
        assert one.due_at is None or one.due_at >= one.began_at.astimezone(UTC)


@settings(max_examples=100)
@given(ways(), st.timedeltas(timedelta(), timedelta(days=5)))
def test_nobody_becomes_less_late_by_waiting(way: tuple[DossierState, datetime], later: timedelta) -> None:
    state, now = way
    first = trace_progress(state, STEPS, Surroundings(calendar=CALENDAR, now=now, desk_names=(DESK,)))
    second = trace_progress(state, STEPS, Surroundings(calendar=CALENDAR, now=now + later, desk_names=(DESK,)))

    assert second.late_by >= first.late_by
    assert second.holdings[-1].late_by >= first.holdings[-1].late_by
