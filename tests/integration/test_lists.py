"""Lists, their numbers and the figures of the start page say what reading every dossier would say."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select

from counter_app.bootstrap import OpenCounter
from counter_app.core.clock import local_date
from counter_app.core.errors import UserError
from counter_app.domain.acknowledgement import acknowledge_by
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import RULES, Action
from counter_app.domain.dossier import Outcome, Status
from counter_app.domain.person import Party
from counter_app.domain.postal import WaybillKind
from counter_app.domain.procedure import Channel
from counter_app.domain.unit import Role
from counter_app.journal.rebuild import derived_digest
from counter_app.services.answers.intake import IntakeForm
from counter_app.services.answers.lists import DossierFilter, ListOrder, Scope
from counter_app.services.answers.postal import NewWaybill
from counter_app.services.sample_data import LOGIN
from counter_app.store.tables import dossiers
from tests.fakes.desks import PROCEDURE, DeskClock, a_form, at_work, sample_desk
from tests.fakes.worklists import codes_in_order, read_all, wants

OTHER_PROCEDURE = "2.000815"
OTHER_UNIT = "H99.15"
NAMES = ("Trần Thị Ánh", "Đỗ Văn An", "Nguyễn Đức Ân", "Lê Văn Án", "Vũ Thị Ấn", "Đặng Bình")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["receive", "receive", "act", "act", "act", "wait"]),
        st.integers(0, 10_000),
        st.sampled_from(Action),
        st.sampled_from(Channel),
    ),
    min_size=5,
    max_size=40,
)
FILTERS = st.builds(
    DossierFilter,
    is_late=st.sampled_from([False, False, True]),
    is_due_today=st.sampled_from([False, False, True]),
    due_within_days=st.sampled_from([0, 0, 0, 3, 10]),
    is_due_soon=st.sampled_from([False, False, False, True]),
    is_running=st.sampled_from([False, False, True]),
    statuses=st.lists(st.sampled_from(Status), max_size=3).map(tuple),
    waits_for_owner=st.sampled_from([False] * 5 + [True]),
    is_result_elsewhere=st.sampled_from([False] * 5 + [True]),
    is_to_acknowledge=st.sampled_from([False] * 5 + [True]),
    is_to_transfer=st.sampled_from([False] * 5 + [True]),
    procedure_code=st.sampled_from(["", "", PROCEDURE, OTHER_PROCEDURE]),
    field_name=st.sampled_from(["", "", "Hộ tịch", "Chứng thực"]),
    channel=st.sampled_from([None, None, *Channel]),
    competent_unit_code=st.sampled_from(["", "", "H99.14", OTHER_UNIT]),
    received_from=st.none() | st.dates(date(2026, 11, 1), date(2026, 12, 31)),
    received_to=st.none() | st.dates(date(2026, 11, 1), date(2027, 1, 31)),
    due_from=st.none() | st.dates(date(2026, 11, 20), date(2026, 12, 31)),
    due_to=st.none() | st.dates(date(2026, 11, 20), date(2027, 1, 31)),
    scope=st.sampled_from(Scope),
)


@pytest.fixture(scope="module")
def clock() -> DeskClock:
    return DeskClock()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, clock: DeskClock) -> Iterator[OpenCounter]:
    with at_work(sample_desk(tmp_path_factory.mktemp("lists")), clock) as made:
        made.counter.session.act_as()
        made.counter.session.save_clerk(login="hai", full_name="Cán Hai", role=Role.HEAD, password="mật khẩu thử")
        made.counter.session.act_as(LOGIN)
        yield made


def receive(desk: OpenCounter, number: int, channel: Channel, outcome: Outcome = Outcome.ACCEPTED) -> str:
    person = Party(full_name=NAMES[number % len(NAMES)], id_number=f"036199{number % 1_000_000:06d}")
    form = IntakeForm(
        procedure_code=(PROCEDURE, OTHER_PROCEDURE)[number % 2],
        applicant=person,
        channel=channel,
        competent_unit_code=("", OTHER_UNIT, "")[number % 3],
        reason="thiếu giấy tờ",
    )
    return desk.counter.intake.receive(form, outcome).dossier.code


def act(desk: OpenCounter, code: str, action: Action) -> None:
    given_facts: dict[str, Any] = {
        "reason": "có lý do",
        "reason_code": "other",
        "receiver": desk.counter.lookup.get_dossier(code).dossier.applicant.full_name,
        "amount": 5_000,
        "new_due_at": desk.desk.clock.now() + timedelta(days=9),
        "result_kind": "Quyết định",
    }
    facts = ActionFacts(**{name: given_facts[name] for name in RULES[action].needs})
    desk.counter.dossiers.act(code, action, facts)


def online_to_acknowledge(desk: OpenCounter, number: int = 0) -> str:
    """A dossier that was refused and reopened waits again as it did when it came."""
    code = receive(desk, number, Channel.ONLINE, Outcome.REFUSED)
    desk.counter.session.act_as()
    act(desk, code, Action.REOPEN)
    desk.counter.session.act_as(LOGIN)
    return code


def work(desk: OpenCounter, clock: DeskClock, steps: list[tuple[str, int, Action, Channel]]) -> None:
    for kind, number, action, channel in steps:
        desk.counter.session.act_as((LOGIN, "hai", None)[number % 3])
        if kind == "wait":
            clock.move(timedelta(hours=number % 60))
        elif kind == "receive":
            outcome = (Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.SUPPLEMENT_ASKED, Outcome.REFUSED)[number % 4]
            receive(desk, number, channel, outcome)
        else:
            known = [row.code for row in desk.counter.lookup.list_recent(limit=8)]
            offers = desk.counter.dossiers.list_actions(known[number % len(known)])
            chosen = next((one.action for one in offers if one.action is action), None)
            chosen = chosen or (offers[number % len(offers)].action if offers else None)
            if chosen is not None:
                try:
                    act(desk, known[number % len(known)], chosen)
                except UserError as error:
                    assert error.code.startswith("action."), error.code  # noqa: PT017
    desk.counter.session.act_as(LOGIN)


Counts = tuple[Counter[tuple[Any, ...]], ...]


def counted(desk: OpenCounter) -> Counts:
    with desk.desk.store.reading() as connection:
        tables = (dossiers.dossier_count, dossiers.dossier_total, dossiers.dossier_unit_total)
        rows = [connection.execute(select(table)).all() for table in tables]
    assert all(row.dossiers > 0 for found in rows for row in found)
    return tuple(Counter({tuple(row)[:-1]: row.dossiers for row in found}) for found in rows)


def scanned(desk: OpenCounter) -> Counts:
    by_period: Counter[tuple[Any, ...]] = Counter()
    about: Counter[tuple[Any, ...]] = Counter()
    by_unit: Counter[tuple[Any, ...]] = Counter()
    for one in read_all(desk):
        status, dossier = one.state.status, one.dossier
        digit = (status is Status.REGISTERED and dossier.channel is Channel.ONLINE) or (
            status is Status.RESOLVED and one.is_here
        )
        standing = int(status) * 10 + digit
        runs = status in (Status.REGISTERED, Status.RECEIVED, Status.IN_PROGRESS)
        periods = [f"M{one.due_on:%Y-%m}", f"D{one.due_on:%Y-%m-%d}"] if runs and one.due_on else []
        owner = (dossier.unit_code, one.desk, one.clerk)
        for period in ("", *periods):
            by_period[(standing, period, *owner)] += 1
        about[(standing, dossier.procedure_code, dossier.field_name, dossier.channel.value, *owner)] += 1
        by_unit[(standing, dossier.competent_unit_code, *owner)] += 1
    return by_period, about, by_unit


@settings(max_examples=12, deadline=None)
@given(steps=STEPS)
def test_counters_equal_a_count_by_scanning_after_any_work_and_after_a_rebuild(
    desk: OpenCounter, clock: DeskClock, steps: list[tuple[str, int, Action, Channel]]
) -> None:
    work(desk, clock, steps)
    assert counted(desk) == scanned(desk)

    with desk.desk.store.reading() as connection:
        before = derived_digest(connection)
    desk.counter.verification.rebuild()
    with desk.desk.store.reading() as connection:
        assert derived_digest(connection) == before
    assert desk.counter.verification.verify().findings == ()


@settings(max_examples=150, deadline=None)
@given(wanted=FILTERS, order=st.sampled_from(ListOrder))
def test_any_filter_lists_and_counts_what_reading_every_dossier_finds(
    desk: OpenCounter, wanted: DossierFilter, order: ListOrder
) -> None:
    expected = codes_in_order(desk, wanted, order)

    listed = [row.code for row in desk.counter.lists.page(wanted, order=order, limit=10_000).rows]

    assert listed == expected
    assert desk.counter.lists.count(wanted) == len(expected)


@settings(max_examples=60, deadline=None)
@given(wanted=FILTERS, order=st.sampled_from(ListOrder), size=st.integers(1, 7), skip=st.integers(0, 9))
def test_pages_forwards_and_backwards_make_the_whole_list_each_dossier_once(
    desk: OpenCounter, wanted: DossierFilter, order: ListOrder, size: int, skip: int
) -> None:
    lists = desk.counter.lists
    whole = [row.code for row in lists.page(wanted, order=order, limit=10_000).rows]

    forwards: list[str] = []
    while rows := lists.page(wanted, order=order, after=forwards[-1] if forwards else "", limit=size).rows:
        forwards += [row.code for row in rows]
    backwards: list[str] = []
    while rows := lists.page(
        wanted, order=order, after=backwards[0] if backwards else "", backwards=True, limit=size
    ).rows:
        backwards = [row.code for row in rows] + backwards

    assert forwards == whole
    assert backwards == whole
    assert [row.code for row in lists.page(wanted, order=order, skip=skip, limit=size).rows] == whole[skip:][:size]


@pytest.mark.parametrize("scope", Scope)
def test_figures_are_the_lengths_of_the_lists_behind_them(desk: OpenCounter, clock: DeskClock, scope: Scope) -> None:
    for number in range(3):
        online_to_acknowledge(desk, number)
        clock.move(timedelta(hours=7))
    found, now = desk.counter.figures.read(scope), clock.now()
    today = local_date(now)

    def scan(**conditions: Any) -> int:
        return sum(map(wants(desk, DossierFilter(scope=scope, **conditions), now), read_all(desk)))

    assert (found.late, found.due_today) == (scan(is_late=True), scan(is_due_today=True))
    assert (
        found.due_soon
        == scan(is_due_soon=True)
        == scan(due_within_days=3)
        == sum(row.is_due_soon for row in desk.counter.lists.page(DossierFilter(scope=scope), limit=500).rows)
        == scan(is_running=True, due_from=today + timedelta(days=1), due_to=found.soon_until)
    )
    assert found.supplement == scan(statuses=(Status.SUPPLEMENT_ASKED,))
    assert found.payment == scan(statuses=(Status.PAYMENT_ASKED,))
    assert found.waits_for_owner == scan(waits_for_owner=True)
    assert found.result_elsewhere == scan(is_result_elsewhere=True)
    assert found.to_acknowledge == scan(is_to_acknowledge=True) >= 3
    assert found.to_transfer == scan(is_to_transfer=True)
    assert found.unsent == desk.counter.desk_status.read().unsent
    assert found.held == len(desk.counter.lists.list_held()) == 0


def test_acknowledgement_has_eight_working_hours_and_its_clock_is_told(desk: OpenCounter, clock: DeskClock) -> None:
    code = online_to_acknowledge(desk)
    view = desk.counter.lookup.get_dossier(code)
    calendar = desk.counter.calendars.calendar_of(desk.counter.units.own())
    due = acknowledge_by(view.dossier.received_at, calendar)
    waiting = DossierFilter(is_to_acknowledge=True)

    before = desk.counter.figures.read(Scope.UNIT)
    row = next(row for row in desk.counter.lists.page(waiting).rows if row.code == code)
    assert row.acknowledge_by == due
    clock.move(due - clock.now() + timedelta(seconds=1))
    after = desk.counter.figures.read(Scope.UNIT)
    assert after.acknowledge_overdue == before.acknowledge_overdue + sum(
        1 for one in desk.counter.lists.page(waiting, limit=1_000).rows
        if one.acknowledge_by and before.acknowledge_next_by and before.acknowledge_next_by <= one.acknowledge_by <= due
    )  # fmt: skip
    assert after.to_acknowledge == before.to_acknowledge

    desk.counter.session.act_as("hai")
    act(desk, code, Action.ACCEPT)
    desk.counter.session.act_as(LOGIN)
    assert desk.counter.figures.read(Scope.UNIT).to_acknowledge == after.to_acknowledge - 1
    accepted = next(row for row in desk.counter.lists.page(DossierFilter(), limit=1_000).rows if row.code == code)
    assert accepted.acknowledge_by is None


def test_paper_of_another_unit_asks_to_be_handed_on_from_three_until_it_is(tmp_path: Path) -> None:
    clock = DeskClock()  # Monday, 9:10
    with at_work(sample_desk(tmp_path), clock) as desk:
        other, own = receive(desk, 1, Channel.DIRECT), receive(desk, 0, Channel.DIRECT)
        wanted = DossierFilter(is_to_transfer=True)

        def asked() -> list[str]:
            codes = [row.code for row in desk.counter.lists.page(wanted).rows]
            assert desk.counter.figures.read(Scope.UNIT).to_transfer == desk.counter.lists.count(wanted) == len(codes)
            return codes

        clock.move(timedelta(hours=5, minutes=49, seconds=59))
        assert asked() == []
        clock.move(timedelta(seconds=1))
        assert own not in asked() == [other]
        clock.move(timedelta(seconds=1))
        late = receive(desk, 4, Channel.DIRECT)
        assert asked() == [other]
        clock.move(timedelta(days=2))
        assert asked() == [other, late]
        sent = NewWaybill(number="VN000009", code=late, kind=WaybillKind.DOSSIER_IN, carrier="Bưu điện", address="Xã")
        desk.counter.post.waybills.open(sent)
        assert asked() == [other]
        act(desk, other, Action.TRANSFER)
        assert asked() == []


def test_mine_are_those_i_received_and_need_somebody_signed_in(desk: OpenCounter) -> None:
    mine = receive(desk, 1, Channel.DIRECT)
    desk.counter.session.act_as("hai")
    theirs = receive(desk, 2, Channel.DIRECT)

    def codes(scope: Scope) -> set[str]:
        return {row.code for row in desk.counter.lists.page(DossierFilter(scope=scope), limit=1_000).rows}

    assert (theirs in codes(Scope.MINE), mine in codes(Scope.MINE)) == (True, False)
    assert {mine, theirs} <= codes(Scope.DESK) == codes(Scope.UNIT)
    by_both = DossierFilter(scope=Scope.MINE, clerk_id="somebody else")
    assert (desk.counter.lists.count(by_both), desk.counter.lists.page(by_both).rows) == (0, ())
    rows = desk.counter.lists.page(DossierFilter(scope=Scope.MINE)).rows
    assert {row.clerk_name for row in rows} == {"Cán Hai"}
    desk.counter.session.sign_out()
    try:
        with pytest.raises(UserError, match=r"session\.nobody"):
            desk.counter.lists.page(DossierFilter(scope=Scope.MINE))
        with pytest.raises(UserError, match=r"session\.nobody"):
            desk.counter.figures.read(Scope.MINE)
    finally:
        desk.counter.session.act_as(LOGIN)


def test_page_after_an_unknown_dossier_is_refused(desk: OpenCounter) -> None:
    with pytest.raises(UserError, match=r"dossier\.unknown_code"):
        desk.counter.lists.page(DossierFilter(), after="H99.14-261123-9999")


@pytest.mark.parametrize(
    ("wanted", "order"),
    [
        *((DossierFilter(), order) for order in ListOrder),
        (DossierFilter(is_late=True), ListOrder.DUE),
        (DossierFilter(is_due_today=True), ListOrder.DUE),
        (DossierFilter(due_within_days=3, scope=Scope.MINE), ListOrder.DUE),
        (DossierFilter(waits_for_owner=True), ListOrder.DUE),
        (DossierFilter(is_to_acknowledge=True), ListOrder.NEWEST),
        (DossierFilter(statuses=(Status.RETURNED, Status.WITHDRAWN)), ListOrder.NEWEST),
        (DossierFilter(statuses=(Status.RESOLVED,)), ListOrder.DUE),
        (DossierFilter(scope=Scope.MINE), ListOrder.NEWEST),
        (DossierFilter(procedure_code=PROCEDURE), ListOrder.NEWEST),
        (DossierFilter(field_name="Hộ tịch"), ListOrder.NEWEST),
        (DossierFilter(competent_unit_code=OTHER_UNIT), ListOrder.NEWEST),
    ],
)
def test_everyday_lists_walk_along_an_index_and_sort_nothing(
    desk: OpenCounter, wanted: DossierFilter, order: ListOrder
) -> None:
    code = desk.counter.lookup.list_recent(limit=1)[0].code

    plans = [step for after in ("", code) for step in plan_of(desk, wanted, order, after)]

    assert [step for step in plans if "TEMP B-TREE" in step] == []
    walks = [step for step in plans if step.startswith(("SCAN dossier", "SEARCH dossier"))]
    assert walks
    # The rows themselves are walked only where their own order is asked for.
    is_whole = wanted == DossierFilter() and order is ListOrder.NEWEST
    assert is_whole or [step for step in walks if step == "SCAN dossier"] == []


def plan_of(desk: OpenCounter, wanted: DossierFilter, order: ListOrder, after: str) -> list[str]:
    asked: list[tuple[str, Any]] = []

    def remember(_c: object, _cursor: object, sql: str, values: Any, _context: object, many: bool) -> None:
        if sql.startswith("SELECT") and not many:
            asked.append((sql, values))

    event.listen(desk.desk.store.engine, "before_cursor_execute", remember)
    try:
        desk.counter.lists.page(wanted, order=order, limit=5, after=after)
        desk.counter.lists.count(wanted)
    finally:
        event.remove(desk.desk.store.engine, "before_cursor_execute", remember)
    with desk.desk.store.reading() as connection:
        plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all() for sql, values in asked]
    return [row[3] for plan in plans for row in plan]


@pytest.mark.parametrize("order", [ListOrder.NEWEST, ListOrder.NAME])
def test_list_that_most_dossiers_belong_to_is_walked_in_its_order_instead_of_sorted(
    desk: OpenCounter, order: ListOrder
) -> None:
    for number in range(90):
        receive(desk, number, Channel.POST)
    wanted = DossierFilter(is_running=True, due_from=date(2026, 1, 1))
    few = DossierFilter(is_to_acknowledge=True, due_from=date(2030, 1, 1))

    listed = [row.code for row in desk.counter.lists.page(wanted, order=order, limit=1).rows]

    assert listed == codes_in_order(desk, wanted, order)[:1]
    assert [step for step in plan_of(desk, wanted, order, "") if "TEMP B-TREE" in step] == []
    assert [step for step in plan_of(desk, few, order, "") if "TEMP B-TREE" in step] != []


def test_many_dossiers_of_one_instant_keep_one_order(desk: OpenCounter) -> None:
    codes = [desk.counter.intake.receive(a_form(number), Outcome.ACCEPTED).dossier.code for number in range(6)]
    due = desk.counter.lookup.get_dossier(codes[0]).state.due
    assert due is not None
    day = local_date(due.due_at)
    wanted = DossierFilter(due_from=day, due_to=day)

    listed = [row.code for row in desk.counter.lists.page(wanted, limit=1_000).rows]
    assert [code for code in listed if code in codes] == codes
    assert msgspec.structs.replace(wanted, due_to=day - timedelta(days=1)).natural_order is ListOrder.DUE
