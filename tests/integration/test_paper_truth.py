"""What a paper may say: only what is true, only what was ordered, and the same whenever it is printed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import AppError, UserError
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.state import DueChangeCause
from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import Outcome
from counter_app.domain.forms.details import CopiedPaper, Details, Hop
from counter_app.domain.forms.facts import ClosingData, RegisterData, SlipData
from counter_app.domain.forms.kinds import Form
from counter_app.domain.unit import Unit
from counter_app.services.answers.lists import DossierFilter
from counter_app.services.answers.printing import PaperRequest, PrintState
from tests.fakes.desks import HEAD, DeskClock, a_form, desk_with_head


@pytest.fixture
def clock() -> DeskClock:
    return DeskClock()


@pytest.fixture
def desk(tmp_path: Path, clock: DeskClock) -> Iterator[OpenCounter]:
    with desk_with_head(tmp_path, clock) as made:
        yield made


def receive(desk: OpenCounter, outcome: Outcome = Outcome.ACCEPTED, number: int = 0) -> str:
    return desk.counter.intake.receive(a_form(number), outcome).dossier.code


def act(desk: OpenCounter, code: str, action: Action, **facts: Any) -> SlipData | None:
    done = desk.counter.dossiers.act(code, action, ActionFacts(**facts))
    return slip(desk, done.print_jobs[0]) if done.print_jobs else None


def slip(desk: OpenCounter, job_id: str) -> SlipData:
    data = desk.counter.papers.get_data(job_id)
    assert isinstance(data, SlipData)
    return data


def order(desk: OpenCounter, form: Form, code: str, **stated: Any) -> SlipData:
    details = Details(**stated)
    return slip(desk, desk.counter.print_orders.order(PaperRequest(form=form, codes=(code,), details=details)).id)


@pytest.mark.parametrize("form", [Form.RECEIPT_STAGES, Form.APOLOGY, Form.STOP, Form.REFUSAL, Form.RESULT_RECEIPT])
def test_no_clerk_gets_the_desks_signature_under_a_date_or_an_act_of_his_own(desk: OpenCounter, form: Form) -> None:
    code = receive(desk)
    due = desk.counter.lookup.get_dossier(code).dossier.due
    assert due is not None
    far = datetime(2030, 1, 1, tzinfo=UTC)

    paper = order(desk, form, code, new_due_at=far, due_at=far, issued_at=far)

    assert paper.due_at == due.due_at
    assert paper.issued_at != far
    if paper.scan_text:
        check = desk.counter.slip_checks.check(paper.scan_text)
        assert check.due_at is not None
        assert check.due_at.year == due.due_at.year
    else:
        assert form is not Form.RECEIPT_STAGES  # a letter whose act was not done carries the plain code


def test_no_receipt_is_printed_before_the_dossier_is_accepted(desk: OpenCounter) -> None:
    code = receive(desk, Outcome.SUPPLEMENT_ASKED)

    with pytest.raises(UserError, match="not_accepted"):
        order(desk, Form.RECEIPT, code)


def test_receipt_after_a_late_acceptance_bears_its_day_and_the_paper_came_from_the_submitter(
    desk: OpenCounter, clock: DeskClock
) -> None:
    code = receive(desk, Outcome.SUPPLEMENT_ASKED)
    submitter = desk.counter.lookup.get_dossier(code).dossier.applicant.full_name
    clock.move(timedelta(days=7))

    receipt = act(desk, code, Action.RECEIVE_SUPPLEMENT)

    assert receipt is not None
    assert receipt.issued_at == receipt.received_at == clock.now()
    assert [(hop.giver, hop.receiver) for hop in receipt.hops] == [(submitter, receipt.head.desk_name)]
    assert desk.counter.slip_checks.check(receipt.scan_text).is_valid


def test_receipt_for_another_unit_names_it_and_one_of_the_own_unit_does_not(desk: OpenCounter) -> None:
    own = desk.counter.units.own()
    desk.counter.session.act_as(HEAD)
    desk.counter.units.save(Unit(code="H99.77", name="Ủy ban nhân dân xã Bên Kia"))
    forms = (
        a_form(1),
        msgspec.structs.replace(a_form(2), competent_unit_code=own.code),
        msgspec.structs.replace(a_form(3), competent_unit_code="H99.77"),
    )

    codes = [desk.counter.intake.receive(form, Outcome.ACCEPTED).dossier.code for form in forms]
    receipts = [slip(desk, desk.counter.lookup.get_dossier(code).print_jobs[0].id) for code in codes]

    assert [(one.competent_name, one.is_for_other_unit) for one in receipts] == [
        (own.name, False),
        (own.name, False),
        ("Ủy ban nhân dân xã Bên Kia", True),
    ]


def register(desk: OpenCounter, clock: DeskClock) -> list[tuple[int, str]]:
    data = desk.counter.papers.draft(PaperRequest(form=Form.REGISTER))
    assert isinstance(data, RegisterData)
    return [(number, row.code) for number, row in enumerate(data.rows, start=data.first_number)]


def test_line_of_the_register_keeps_its_number_when_an_older_dossier_is_accepted_later(
    desk: OpenCounter, clock: DeskClock
) -> None:
    waiting = receive(desk, Outcome.SUPPLEMENT_ASKED, 1)
    accepted = receive(desk, number=2)
    printed = register(desk, clock)
    assert [code for _number, code in printed] == [accepted]
    clock.move(timedelta(days=7))
    act(desk, waiting, Action.RECEIVE_SUPPLEMENT)

    today = register(desk, clock)
    monday = desk.counter.papers.draft(PaperRequest(form=Form.REGISTER, codes=(accepted,)))

    assert [code for _number, code in today] == [waiting]
    assert today[0][0] == printed[0][0] + 1
    assert isinstance(monday, RegisterData)
    assert [(monday.first_number, row.code) for row in monday.rows] == printed


def test_reprint_of_the_first_receipt_says_what_the_first_receipt_said(desk: OpenCounter, clock: DeskClock) -> None:
    code = receive(desk)
    first = desk.counter.lookup.get_dossier(code).print_jobs[0]
    before = slip(desk, first.id)
    act(desk, code, Action.ASK_SUPPLEMENT, reason="thiếu giấy")
    clock.move(timedelta(days=2))
    after = act(desk, code, Action.RECEIVE_SUPPLEMENT)
    assert after is not None
    assert after.due_at is not None
    assert before.due_at is not None

    again = slip(desk, desk.counter.print_orders.order_again(first.id, reason="rách").id)

    assert after.due_at > before.due_at
    assert (again.due_at, again.reprint) == (before.due_at, 1)
    assert slip(desk, first.id).due_at == before.due_at


def test_result_receipt_names_what_was_decided_and_who_got_it(desk: OpenCounter) -> None:
    code = receive(desk)
    owner = desk.counter.lookup.get_dossier(code).dossier.applicant.full_name
    act(desk, code, Action.RESOLVE, result_kind="Giấy khai sinh", result_number="15/2026")
    act(desk, code, Action.RESULT_ARRIVED)

    paper = act(desk, code, Action.RETURN_RESULT, receiver=owner)

    assert paper is not None
    said = paper.details
    assert (said.result_kind, said.result_number, said.receiver) == ("Giấy khai sinh", "15/2026", owner)


def test_owner_is_known_by_number_where_both_are_known_and_by_name_otherwise(desk: OpenCounter) -> None:
    code = receive(desk)
    owner = desk.counter.lookup.get_dossier(code).dossier.applicant
    act(desk, code, Action.RESOLVE, result_kind="Giấy khai sinh")
    act(desk, code, Action.RESULT_ARRIVED)

    with pytest.raises(UserError, match="receiver_authorised"):
        act(desk, code, Action.RETURN_RESULT, receiver=owner.full_name, receiver_id_number="000000000000")
    act(desk, code, Action.RETURN_RESULT, receiver="Tên khác", receiver_id_number=owner.id_number)


def test_dossier_that_waits_for_its_citizen_is_not_late_and_a_reopened_one_gets_a_new_date(
    desk: OpenCounter, clock: DeskClock
) -> None:
    code = receive(desk)
    act(desk, code, Action.ASK_SUPPLEMENT, reason="thiếu giấy")
    clock.move(timedelta(days=30))
    late = {row.code for row in desk.counter.lists.page(DossierFilter(is_late=True), limit=500).rows}
    assert code not in late
    act(desk, code, Action.WITHDRAW, reason="công dân rút")
    desk.counter.session.act_as(HEAD)
    act(desk, code, Action.REOPEN, reason="nộp lại")

    view = desk.counter.lookup.get_dossier(code)
    assert view.dossier.due is not None
    assert view.dossier.due.due_at > clock.now()
    assert view.state.due_changes[-1].cause is DueChangeCause.REOPENED
    assert desk.counter.verification.verify().is_sound


@pytest.mark.parametrize(
    "stated",
    [
        {"reason": "x" * 2_001},
        {"new_due_at": datetime(2030, 1, 1)},  # noqa: DTZ001 -- what must be refused
        {"new_due_at": datetime(9999, 12, 31, tzinfo=UTC)},
        {"amount": -5},
        {"amount": 0},
        {"copied": (CopiedPaper(name="x" * 3_000),)},
        {"hops": (Hop(giver="a", receiver="b", at=datetime(1, 1, 1, tzinfo=UTC)),)},
    ],
    ids=str,
)
def test_what_cannot_stand_on_paper_is_refused_and_orders_nothing(desk: OpenCounter, stated: dict[str, Any]) -> None:
    code = receive(desk)
    before = desk.counter.verification.verify().entries

    with pytest.raises(AppError, match=r"^(stated|due)\."):
        order(desk, Form.APOLOGY, code, **stated)
    known = {name: value for name, value in stated.items() if name in ActionFacts.__struct_fields__}
    if known:
        with pytest.raises(AppError, match=r"^(stated|due|action)\."):
            act(desk, code, Action.REQUEST_PAYMENT, **({"amount": 5} | known))

    assert desk.counter.verification.verify().entries == before


def test_control_characters_reach_neither_journal_nor_paper(desk: OpenCounter) -> None:
    code = receive(desk)

    paper = act(desk, code, Action.ASK_SUPPLEMENT, reason="thiếu\x1b@ \u202egiấy", missing=("Giấy\x00 A", "B"))

    assert paper is not None
    assert (paper.details.reason, paper.details.missing) == ("thiếu@ giấy", ("Giấy A", "B"))
    assert [one.name for one in paper.missing] == ["Giấy A", "B"]


def test_list_is_signed_by_who_ordered_it_whoever_is_there_when_it_prints(desk: OpenCounter) -> None:
    receive(desk)
    job = desk.counter.print_orders.order(PaperRequest(form=Form.REGISTER))
    desk.counter.session.act_as(HEAD)

    data = desk.counter.papers.get_data(job.id)

    assert isinstance(data, RegisterData)
    assert data.clerk_name == "Lê Thị Mai"


def test_day_closing_names_every_paper_that_is_owed(desk: OpenCounter) -> None:
    code = receive(desk)
    jobs = desk.counter.printing_jobs
    register_job = desk.counter.print_orders.order(PaperRequest(form=Form.REGISTER))
    while (claimed := jobs.claim("x")) is not None:
        jobs.settle(claimed.id, PrintState.PRINTED, owed=True)

    closing = desk.counter.papers.draft(PaperRequest(form=Form.DAY_CLOSING))

    assert isinstance(closing, ClosingData)
    assert set(closing.owed) >= {code, register_job.subject}


def a_png(width: int, height: int) -> bytes:
    target = BytesIO()
    Image.new("1", (width, height)).save(target, "PNG")
    return target.getvalue()


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"logo": b"\x89PNG\r\n" + b"junk" * 50}, "unit.bad_logo"),
        ({"logo": a_png(6_000, 6_000)}, "unit.bad_logo"),
        ({"signers": {"apology": "x" * 301}}, "unit.too_long"),
        ({"notes": ("a",) * 21}, "unit.too_long"),
        ({"signers": {"poster": "CHỦ TỊCH"}}, "unit.bad_signer"),
        ({"slip_link": "https://lower.example/"}, "unit.bad_slip_link"),
    ],
)
def test_unit_whose_paper_could_not_be_printed_is_refused(
    desk: OpenCounter, change: dict[str, Any], refusal: str
) -> None:
    desk.counter.session.act_as()
    unit = desk.counter.units.own()

    with pytest.raises(UserError) as caught:
        desk.counter.units.save(msgspec.structs.replace(unit, **change))

    assert caught.value.code == refusal
    desk.counter.units.save(msgspec.structs.replace(unit, logo=a_png(60, 60), signers={"apology": " CHỦ\x1b TỊCH "}))
    assert desk.counter.units.own().signers == {"apology": "CHỦ TỊCH"}
