from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import AppError, UserError
from counter_app.domain.dossier import Outcome, Paper, ResultChannel, Status
from counter_app.domain.dossier_code import parse_dossier_code
from counter_app.domain.forms.facts import SlipData
from counter_app.domain.forms.kinds import Form, FormSet
from counter_app.domain.person import Party, PartyKind, Sex
from counter_app.domain.procedure import Channel
from counter_app.domain.time_limit import TimeLimit, TimeUnit
from counter_app.services.answers.intake import IntakeForm
from counter_app.services.answers.printing import PrintState
from counter_app.services.sample_data import LOGIN
from resources.texts import Language, texts
from tests.fakes.desks import PROCEDURE, START, a_form, at_work, person, sample_desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenCounter]:
    with at_work(sample_desk(tmp_path_factory.mktemp("intake"))) as made:
        yield made


def changed(**changes: Any) -> IntakeForm:
    return msgspec.structs.replace(a_form(), **changes)


def codes(desk: OpenCounter, form: IntakeForm) -> dict[str, bool]:
    return {problem.code: problem.blocking for problem in desk.counter.intake.quote(form).problems}


def count(desk: OpenCounter) -> int:
    with desk.desk.store.reading() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM dossier").scalar() or 0)


@pytest.mark.parametrize(
    ("outcome", "status", "form", "has_due"),
    [
        (Outcome.ACCEPTED, Status.RECEIVED, Form.RECEIPT, True),
        (Outcome.SUPPLEMENT_ASKED, Status.SUPPLEMENT_ASKED, Form.SUPPLEMENT, False),
        (Outcome.REFUSED, Status.NOT_ACCEPTED, Form.REFUSAL, False),
    ],
)
def test_each_outcome_gives_a_code_a_status_and_its_own_paper(
    desk: OpenCounter, outcome: Outcome, status: Status, form: Form, has_due: bool
) -> None:
    result = desk.counter.intake.receive(changed(reason="thiếu bản chính"), outcome)

    stored = desk.counter.lookup.get_dossier(result.dossier.code)
    assert stored.dossier == result.dossier
    assert (result.dossier.status, result.dossier.due is not None) == (status, has_due)
    assert parse_dossier_code(result.dossier.code).received_on == date(2026, 11, 23)
    assert result.print_job is not None
    assert stored.print_jobs == (result.print_job,)
    assert (result.print_job.form, result.print_job.state, result.print_job.copies) == (form, PrintState.QUEUED, 2)
    slip = desk.counter.papers.get_data(result.print_job.id)
    assert isinstance(slip, SlipData)
    assert (slip.code, slip.form, slip.applicant_name) == (result.dossier.code, form, person().full_name)


def test_accepted_dossier_keeps_who_received_it_where_and_by_which_rules(desk: OpenCounter) -> None:
    dossier = desk.counter.intake.receive(a_form(), Outcome.ACCEPTED).dossier

    assert (dossier.clerk_name, dossier.desk_name, dossier.unit_code) == ("Lê Thị Mai", "Quầy 1", "H99.14")
    assert dossier.form_set is FormSet.TT03_2025
    assert dossier.received_at == START
    assert dossier.due is not None
    assert dossier.due.due_at > START


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (changed(procedure_code=""), "check.procedure_missing"),
        (changed(procedure_code="9.999999"), "catalogue.unknown_procedure"),
        (changed(case_code="không có"), "check.case_unknown"),
        (changed(applicant=Party()), "check.name_missing"),
        (changed(applicant=Party(full_name="A", birth_on=date(2026, 11, 24))), "check.birth_in_future"),
        (changed(applicant=Party(full_name="A", birth_year=2027)), "check.birth_in_future"),
        (changed(applicant=Party(full_name="A", birth_on=date(1, 1, 1))), "check.birth_too_early"),
        (changed(applicant=Party(full_name="A", birth_year=1869)), "check.birth_too_early"),
        (changed(submitter=Party(phone="1")), "check.name_missing"),
        (changed(result_channel=ResultChannel.POST), "check.delivery_address_missing"),
        (changed(competent_unit_code="H00.00"), "unit.unknown"),
        (changed(received_at=datetime(2199, 1, 1, tzinfo=UTC)), "check.bad_received_at"),
        (changed(received_at=datetime(1, 1, 1, tzinfo=UTC)), "check.bad_received_at"),
        (changed(received_at=datetime(2026, 11, 23, 9, 0)), "check.bad_received_at"),  # noqa: DTZ001 - naive is the case
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_blocking_problem_is_quoted_and_then_refused_and_nothing_is_saved(
    desk: OpenCounter, form: IntakeForm, code: str
) -> None:
    before = count(desk)

    assert codes(desk, form)[code] is True
    with pytest.raises(UserError) as caught:
        desk.counter.intake.receive(form, Outcome.ACCEPTED)
    assert caught.value.code == code
    assert count(desk) == before


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (changed(applicant=Party(full_name="A")), "check.id_number_missing"),
        (changed(applicant=Party(full_name="A", kind=PartyKind.ORGANISATION)), "check.tax_code_missing"),
        (changed(submitter=Party(full_name="B", id_number="036099000001")), "check.authorisation_missing"),
        (changed(applicant=msgspec.structs.replace(person(779), phone="+1")), "contact.bad_phone"),
        (a_form(), "check.papers_missing"),
    ],
)
def test_warning_is_quoted_and_does_not_stop_the_intake(desk: OpenCounter, form: IntakeForm, code: str) -> None:
    assert codes(desk, form)[code] is False
    assert desk.counter.intake.receive(form, Outcome.ACCEPTED).dossier.applicant.phone == form.applicant.phone


@pytest.mark.parametrize(
    ("outcome", "code"),
    [(Outcome.REFUSED, "check.reason_missing"), (Outcome.SUPPLEMENT_ASKED, "check.nothing_to_supplement")],
)
def test_outcome_that_needs_a_reason_is_refused_without_one(desk: OpenCounter, outcome: Outcome, code: str) -> None:
    case = desk.counter.catalogue.get(PROCEDURE).cases[0]
    papers = tuple(Paper(name=line.name, code=line.code, copy=1) for line in case.components)

    with pytest.raises(UserError) as caught:
        desk.counter.intake.receive(changed(papers=papers), outcome)

    assert caught.value.code == code


def test_open_dossier_of_the_same_person_and_procedure_is_offered_as_a_duplicate(desk: OpenCounter) -> None:
    form = changed(applicant=person(777))
    first = desk.counter.intake.receive(form, Outcome.ACCEPTED).dossier
    desk.counter.intake.receive(msgspec.structs.replace(form, reason="x"), Outcome.REFUSED)
    spaced = changed(applicant=msgspec.structs.replace(person(777), id_number="036 199 000 777"))

    assert [row.code for row in desk.counter.intake.quote(spaced).duplicates] == [first.code]
    assert desk.counter.intake.quote(changed(applicant=person(778))).duplicates == ()
    other = next(hit.code for hit in desk.counter.catalogue.find_procedures("") if hit.code != PROCEDURE)
    assert desk.counter.intake.quote(changed(applicant=person(777), procedure_code=other)).duplicates == ()


def test_text_is_composed_trimmed_and_freed_of_what_no_paper_can_show(desk: OpenCounter) -> None:
    messy = Party(
        full_name="  Nguye\u0302\u0303n \x00 Thi\u0323\ud800\tHoa ",
        id_number=" 036 199 000 001 ",
        phone="+84 912 000 001",
    )

    applicant = desk.counter.intake.receive(changed(applicant=messy), Outcome.ACCEPTED).dossier.applicant

    assert (applicant.full_name, applicant.id_number, applicant.phone) == (
        "Nguyễn Thị Hoa",
        "036199000001",
        "0912000001",
    )


def test_nobody_signed_in_saves_nothing(desk: OpenCounter) -> None:
    desk.counter.session.sign_out()
    before = count(desk)

    with pytest.raises(UserError, match=r"session\.nobody"):
        desk.counter.intake.receive(a_form(), Outcome.ACCEPTED)

    assert count(desk) == before
    desk.counter.session.act_as(LOGIN)


def test_dossier_of_an_earlier_day_takes_that_days_next_number_and_the_rules_of_that_day(desk: OpenCounter) -> None:
    moment = START - timedelta(days=500)

    one, two = (desk.counter.intake.receive(changed(received_at=moment), Outcome.ACCEPTED).dossier for _ in range(2))

    first, second = parse_dossier_code(one.code), parse_dossier_code(two.code)
    assert (second.number - first.number, first.received_on) == (1, date(2025, 7, 11))
    assert one.form_set is FormSet.TT01_2018


def test_listener_that_fails_does_not_make_a_saved_dossier_look_unsaved(desk: OpenCounter) -> None:
    def fail(_topics: object) -> None:
        raise RuntimeError

    unsubscribe = desk.counter.announcer.subscribe(fail)
    try:
        code = desk.counter.intake.receive(a_form(), Outcome.ACCEPTED).dossier.code
    finally:
        unsubscribe()

    assert desk.counter.lookup.get_dossier(code).dossier.code == code


ANY_TEXT = st.text(st.characters(codec=None), max_size=20) | st.sampled_from([PROCEDURE, "0912345678", "036199000001"])
PARTIES = st.builds(
    Party,
    kind=st.sampled_from(PartyKind),
    full_name=ANY_TEXT,
    id_number=ANY_TEXT,
    old_id_number=ANY_TEXT,
    tax_code=ANY_TEXT,
    birth_on=st.none() | st.dates(),
    birth_year=st.none() | st.integers(),
    sex=st.none() | st.sampled_from(Sex),
    address=ANY_TEXT,
    phone=ANY_TEXT,
    email=ANY_TEXT,
)
FORMS = st.builds(
    IntakeForm,
    procedure_code=st.just(PROCEDURE) | ANY_TEXT,
    case_code=st.none() | ANY_TEXT,
    channel=st.sampled_from(Channel),
    applicant=PARTIES,
    submitter=st.none() | PARTIES,
    authorisation=ANY_TEXT,
    papers=st.lists(
        st.builds(Paper, name=ANY_TEXT, code=ANY_TEXT, original=st.integers(), copy=st.integers()), max_size=3
    ).map(tuple),
    time_limit=st.none() | st.builds(TimeLimit, amount=st.integers(), unit=st.sampled_from(TimeUnit)),
    competent_unit_code=st.just("") | ANY_TEXT,
    result_channel=st.sampled_from(ResultChannel),
    delivery_address=ANY_TEXT,
    dossier_count=st.integers(),
    note=ANY_TEXT,
    reason=ANY_TEXT,
    received_at=st.none() | st.datetimes() | st.datetimes(timezones=st.just(UTC)),
)


@settings(max_examples=150, deadline=None)
@given(form=FORMS, outcome=st.sampled_from(Outcome))
def test_any_form_is_quoted_and_received_or_refused_with_a_sentence(
    desk: OpenCounter, form: IntakeForm, outcome: Outcome
) -> None:
    sentences = texts(Language.VIETNAMESE)

    quote = desk.counter.intake.quote(form)
    before = count(desk)

    for problem in quote.problems:
        assert sentences[problem.code].format(**problem.context)
    try:
        result = desk.counter.intake.receive(form, outcome)
    except AppError as error:
        assert sentences[error.code].format(**error.context)  # noqa: PT017 - receiving it is right too
        assert count(desk) == before
    else:
        assert count(desk) == before + 1
        assert desk.counter.lookup.get_dossier(result.dossier.code).dossier == result.dossier
