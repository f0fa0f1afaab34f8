"""Whatever order a desk's work comes in, the rows are what the journal says."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.state import DueChangeCause
from counter_app.domain.actions.table import RULES, Action
from counter_app.domain.correction import apply_correction, facts_of
from counter_app.domain.dossier import Outcome, Paper
from counter_app.domain.dossier_code import parse_dossier_code
from counter_app.domain.forms.kinds import Form
from counter_app.domain.person import Party, PartyKind
from counter_app.domain.unit import Role, Unit
from counter_app.domain.working_time import DayOverride
from counter_app.journal.chain import entry_hash, header_of
from counter_app.journal.rebuild import derived_digest, iter_entries
from counter_app.services.answers.intake import IntakeForm
from counter_app.services.answers.printing import PaperRequest
from counter_app.services.sample_data import LOGIN
from tests.fakes.desks import PROCEDURE, DeskClock, at_work, sample_desk

WORDS = st.text(min_size=1, max_size=30).filter(lambda text: text.strip() != "")
FORM_OF = {Outcome.ACCEPTED: Form.RECEIPT, Outcome.SUPPLEMENT_ASKED: Form.SUPPLEMENT, Outcome.REFUSED: Form.REFUSAL}
PARTIES = st.builds(
    Party,
    kind=st.sampled_from(PartyKind),
    full_name=st.text("aăâbcdđeêNguyễnThị \u0301\u0323'-", min_size=1, max_size=20).map(lambda text: f"N {text}"),
    id_number=st.text("0123456789", max_size=12),
    phone=st.text("0123456789 +", max_size=12),
    address=st.text(max_size=20),
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[OpenCounter, DeskClock]]:
    clock = DeskClock()
    with at_work(sample_desk(tmp_path_factory.mktemp("sequences")), clock) as made:
        yield made, clock


class Day(RuleBasedStateMachine):
    """A day at the desk with everything a clerk, a head and an administrator do, the clock going to and fro."""

    made: OpenCounter
    clock: DeskClock
    given_codes: set[str]

    dossiers: Bundle[tuple[str, Form]] = Bundle("dossiers")

    @initialize()
    def start(self) -> None:
        self.made.counter.session.act_as(LOGIN)

    @rule(target=dossiers, party=PARTIES, outcome=st.sampled_from(Outcome), papers=st.integers(0, 2))
    def receive(self, party: Party, outcome: Outcome, papers: int) -> tuple[str, Form]:
        form = IntakeForm(
            procedure_code=PROCEDURE,
            applicant=party,
            papers=tuple(Paper(name=f"giấy {n}", copy=1) for n in range(papers)),
            reason="thiếu giấy tờ",
        )
        code = self.made.counter.intake.receive(form, outcome).dossier.code
        assert code not in self.given_codes
        self.given_codes.add(code)
        return code, FORM_OF[outcome]

    @rule(dossier=dossiers, reason=st.just("bị rách"))
    def print_again(self, dossier: tuple[str, Form], reason: str) -> None:
        self.made.counter.print_orders.order(PaperRequest(form=dossier[1], codes=(dossier[0],), reason=reason))

    @rule(
        dossier=dossiers, action=st.sampled_from(Action), by_head=st.booleans(), days=st.integers(-3, 20), reason=WORDS
    )
    def act(self, dossier: tuple[str, Form], action: Action, by_head: bool, days: int, reason: str) -> None:
        if by_head:
            self.made.counter.session.act_as()
        view = self.made.counter.lookup.get_dossier(dossier[0])
        given: dict[str, Any] = {
            "reason": reason,
            "receiver": view.dossier.applicant.full_name,
            "amount": 5_000,
            "new_due_at": self.clock.now() + timedelta(days=days),
            "result_kind": "Quyết định",
            "waybill": "VN0001",
        }
        facts = ActionFacts(**{name: given[name] for name in RULES[action].needs})
        offered = {offer.action for offer in self.made.counter.dossiers.list_actions(dossier[0])}
        try:
            done = self.made.counter.dossiers.act(dossier[0], action, facts)
        except UserError as error:
            assert error.code.startswith("action."), error.code  # noqa: PT017
            after = self.made.counter.lookup.get_dossier(dossier[0])
            assert after.state == view.state
        else:
            assert action in offered
            after = self.made.counter.lookup.get_dossier(dossier[0])
            assert after.dossier.status is done.status
            assert len(after.state.due_changes) - len(view.state.due_changes) in (0, 1)
            assert after.state.hops[: len(view.state.hops)] == view.state.hops
            assert sum(change.cause is DueChangeCause.EXTENDED for change in after.state.due_changes) <= 1
        self.made.counter.session.act_as(LOGIN)

    @rule(dossier=dossiers, applicant=PARTIES, submitter=st.none() | PARTIES, note=st.text(max_size=10), reason=WORDS)
    def correct(
        self, dossier: tuple[str, Form], applicant: Party, submitter: Party | None, note: str, reason: str
    ) -> None:
        before = facts_of(self.made.counter.lookup.get_dossier(dossier[0]).dossier)
        after = msgspec.structs.replace(before, applicant=applicant, submitter=submitter, note=note)
        try:
            self.made.counter.corrections.correct(dossier[0], before=before, after=after, reason=reason)
        except UserError as error:
            assert error.code.startswith("correction."), error.code  # noqa: PT017
            assert facts_of(self.made.counter.lookup.get_dossier(dossier[0]).dossier) == before
        else:
            view = self.made.counter.lookup.get_dossier(dossier[0])
            assert apply_correction(before, view.corrections[-1].correction) == facts_of(view.dossier)

    @rule(dossier=consumes(dossiers))
    def look_up(self, dossier: tuple[str, Form]) -> None:
        assert self.made.counter.lookup.get_dossier(dossier[0]).dossier.code == dossier[0]

    @rule(number=st.integers(1, 5), name=WORDS)
    def save_unit(self, number: int, name: str) -> None:
        self.made.counter.session.act_as()
        self.made.counter.units.save(Unit(code=f"H98.{number}", name=f"Xã {name}"))
        self.made.counter.session.act_as(LOGIN)

    @rule(number=st.integers(1, 3), name=WORDS, active=st.booleans())
    def save_clerk(self, number: int, name: str, active: bool) -> None:
        self.made.counter.session.act_as()
        known = {clerk.login for clerk in self.made.counter.session.list_clerks()}
        login = f"canbo{number}"
        self.made.counter.session.save_clerk(
            login=login,
            full_name=f"Cán {name}",
            role=Role.CLERK,
            password=None if login in known else "mật khẩu thử",
            active=active,
        )
        self.made.counter.session.act_as(LOGIN)

    @rule(days=st.dictionaries(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.booleans(), max_size=3))
    def set_days(self, days: dict[date, bool]) -> None:
        chosen = [DayOverride(day=day, working=working, name="hoán đổi") for day, working in days.items()]
        self.made.counter.calendars.set_days(chosen)

    @rule(note=WORDS, forward=st.integers(0, 30))
    def publish(self, note: str, forward: int) -> None:
        known = self.made.counter.catalogue.get(PROCEDURE)
        on = date(2026, 11, 24) + timedelta(days=forward)
        self.made.counter.catalogue.publish([msgspec.structs.replace(known, notes=(note,), effective_on=on)])

    @rule(hours=st.integers(-30, 30))
    def move_clock(self, hours: int) -> None:
        self.clock.move(timedelta(hours=hours))

    @invariant()
    def rows_are_what_the_journal_says(self) -> None:
        report = self.made.counter.verification.verify()
        assert report.findings == ()

    def teardown(self) -> None:
        with self.made.desk.store.reading() as connection:
            before, entries = derived_digest(connection), list(iter_entries(connection))
        assert self.made.counter.verification.rebuild() == len(entries)
        with self.made.desk.store.reading() as connection:
            assert derived_digest(connection) == before
        stamps = [entry.at for _position, entry in entries]
        assert stamps == sorted(set(stamps))


def test_rebuild_gives_the_same_rows_after_any_sequence_of_work(desk: tuple[OpenCounter, DeskClock]) -> None:
    given_codes: set[str] = set()

    class DayHere(Day):
        def __init__(self) -> None:
            super().__init__()
            self.made, self.clock = desk
            self.given_codes = given_codes

    run_machine(DayHere, settings=settings(max_examples=15, stateful_step_count=12, deadline=None))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_two_different_entries_have_the_same_hash(desk: tuple[OpenCounter, DeskClock], data: st.DataObject) -> None:
    with desk[0].desk.store.reading() as connection:
        _position, entry = next(iter_entries(connection))
    header = header_of(entry)
    place = data.draw(st.integers(0, len(header) - 1))
    other = data.draw(st.text() if isinstance(header[place], str) else st.integers(0, 2**60))
    changed: Any = (*header[:place], other, *header[place + 1 :])

    same = entry_hash(prev_hash=entry.prev_hash, header=changed, body=entry.body) == entry.hash

    assert same == (changed == header)


def test_numbers_of_a_sequence_are_remembered_by_the_journal_alone(desk: tuple[OpenCounter, DeskClock]) -> None:
    made, _clock = desk
    form = IntakeForm(procedure_code=PROCEDURE, applicant=Party(full_name="Lê Văn Thử"))
    before = made.counter.intake.receive(form, Outcome.ACCEPTED).dossier.code
    made.counter.verification.rebuild()
    after = made.counter.intake.receive(form, Outcome.ACCEPTED).dossier.code

    assert parse_dossier_code(after).number == parse_dossier_code(before).number + 1
