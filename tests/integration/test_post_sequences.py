"""Whatever order a post office's work comes in: a result is in one place, money adds up, rows are the journal's."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import Status
from counter_app.domain.postal import Attempt, AttemptOutcome, Delivery
from counter_app.services.answers.postal import NewWaybill
from tests.fakes.desks import DeskClock, person
from tests.fakes.manifests import is_whole
from tests.fakes.posting import CARRIER, posting_desk, with_result

PLACES = st.integers(0, 1)
OWNER = person().full_name


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[OpenCounter, DeskClock, list[str]]]:
    clock = DeskClock()
    with posting_desk(tmp_path_factory.mktemp("post"), clock) as made:
        yield made, clock, [with_result(made), with_result(made)]


class PostDay(RuleBasedStateMachine):
    """Sending, trying, delivering, coming back, cancelling and money, in any order, on two results."""

    made: OpenCounter
    clock: DeskClock
    codes: list[str]

    def _try(self, work: Callable[[], object]) -> None:
        with suppress(UserError):
            work()

    def _last(self, place: int) -> str:
        """The number of the dossier's last waybill, or one that nobody gave."""
        views = self.made.counter.lookup.get_dossier(self.codes[place]).waybills
        return views[-1].waybill.number if views else "VN999999"

    @rule(place=PLACES, cod=st.sampled_from([0, 10_000, 10_000]), is_fresh=st.booleans())
    def send(self, place: int, cod: int, *, is_fresh: bool) -> None:
        self.resolve_again(place)
        count = len(self.made.counter.post.waybills.list_all(limit=10_000))
        number = f"VN{count:06d}" if is_fresh else self._last(place)
        wanted = NewWaybill(number=number, code=self.codes[place], carrier=CARRIER, cod=cod)
        self._try(lambda: self.made.counter.post.waybills.open(wanted))

    @rule(place=PLACES, outcome=st.sampled_from(AttemptOutcome))
    def attempt(self, place: int, outcome: AttemptOutcome) -> None:
        tried = Attempt(at=self.clock.now(), outcome=outcome, note="ghi chú")
        self._try(lambda: self.made.counter.post.waybills.attempt(self._last(place), tried))

    @rule(place=PLACES, receiver=st.sampled_from([OWNER, OWNER, "Người Lạ"]), collected=st.sampled_from([None, 10_000]))
    def deliver(self, place: int, receiver: str, collected: int | None) -> None:
        delivery = Delivery(at=self.clock.now(), receiver=receiver)
        self._try(lambda: self.made.counter.post.waybills.deliver(self._last(place), delivery, collected=collected))

    @rule(place=PLACES, is_cancelled=st.booleans())
    def come_back(self, place: int, *, is_cancelled: bool) -> None:
        waybills = self.made.counter.post.waybills
        if is_cancelled:
            self._try(lambda: waybills.cancel(self._last(place), "nhầm"))
        else:
            self._try(lambda: waybills.give_back(self._last(place), None, "vắng nhà"))

    @rule(place=PLACES)
    def collect(self, place: int) -> None:
        self._try(lambda: self.made.counter.post.waybills.collect(self._last(place), 10_000))

    @rule()
    def cancel_money(self) -> None:
        rows = self.made.counter.post.waybills.money().rows
        code = rows[-1].code if rows else "H99.90-T261123-999"
        self._try(lambda: self.made.counter.post.waybills.cancel_collection(code, "đếm nhầm"))

    @rule(place=PLACES, action=st.sampled_from([Action.RETURN_RESULT, Action.REOPEN]))
    def act_at_the_desk(self, place: int, action: Action) -> None:
        facts = ActionFacts(receiver=OWNER) if action is Action.RETURN_RESULT else ActionFacts(reason="sai sót")
        self._try(lambda: self.made.counter.dossiers.act(self.codes[place], action, facts))

    @rule(place=PLACES)
    def resolve_again(self, place: int) -> None:
        act = self.made.counter.dossiers.act
        self._try(lambda: act(self.codes[place], Action.REOPEN, ActionFacts(reason="sai sót")))
        self._try(lambda: act(self.codes[place], Action.RESOLVE, ActionFacts(result_kind="Giấy khai sinh")))
        self._try(lambda: act(self.codes[place], Action.RESULT_ARRIVED, ActionFacts()))

    @rule(hours=st.integers(0, 30))
    def wait(self, hours: int) -> None:
        self.clock.move(timedelta(hours=hours))

    @invariant()
    def result_is_in_one_place(self) -> None:
        for code in self.codes:
            view = self.made.counter.lookup.get_dossier(code)
            underway = [one.waybill.number for one in view.waybills if one.waybill.is_underway]
            result = view.state.result
            assert underway == ([result.waybill] if result is not None and result.waybill else [])
            if underway:
                assert view.state.status is Status.RESOLVED

    @invariant()
    def money_has_one_record_behind_it_and_numbers_have_no_gap(self) -> None:
        for view in self.made.counter.post.waybills.list_all(limit=10_000):
            counted = [one for one in view.collections if one.counts]
            assert len(counted) <= 1
            assert all(one.amount == view.waybill.cod for one in view.collections)
        money = self.made.counter.post.waybills.money()
        views = self.made.counter.post.waybills.list_all(limit=10_000)
        assert self.made.counter.post.waybills.owed().total == sum(view.owed for view in views)
        assert money.total == sum(one.amount for one in money.rows if one.counts)
        assert [int(one.code.rsplit("-", 1)[1]) for one in money.rows] == list(range(1, len(money.rows) + 1))

    def teardown(self) -> None:
        assert is_whole(self.made)


def test_any_order_of_work_keeps_every_rule(desk: tuple[OpenCounter, DeskClock, list[str]]) -> None:
    class OnDesk(PostDay):
        made, clock, codes = desk

    rounds = settings(
        max_examples=12,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    run_machine(OnDesk, settings=rounds)
