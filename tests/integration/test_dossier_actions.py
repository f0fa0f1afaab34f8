from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.state import DueChangeCause
from counter_app.domain.actions.table import RULES, Action
from counter_app.domain.dossier import Outcome, Status
from counter_app.domain.forms.facts import SlipData
from counter_app.domain.forms.kinds import Form
from counter_app.services.answers.lists import DossierFilter
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


def act(desk: OpenCounter, code: str, action: Action, **facts: Any) -> Status:
    return desk.counter.dossiers.act(code, action, ActionFacts(**facts)).status


def as_head(desk: OpenCounter) -> None:
    desk.counter.session.act_as(HEAD)


def test_dossier_goes_from_its_receipt_to_its_result_and_every_step_is_readable(
    desk: OpenCounter, clock: DeskClock
) -> None:
    code = receive(desk)
    applicant = desk.counter.lookup.get_dossier(code).dossier.applicant.full_name

    steps = [act(desk, code, Action.TRANSFER, receiver="Phòng Tư pháp")]
    clock.move(timedelta(hours=5))
    steps.append(act(desk, code, Action.RESOLVE, result_kind="Giấy khai sinh", result_number="15/2026"))
    steps.append(act(desk, code, Action.RESULT_ARRIVED))
    steps.append(act(desk, code, Action.RETURN_RESULT, receiver=applicant))

    assert steps == [Status.IN_PROGRESS, Status.RESOLVED, Status.RESOLVED, Status.RETURNED]
    view = desk.counter.lookup.get_dossier(code)
    verbs = [line.action for line in view.history if line.action]
    assert verbs == ["transfer", "resolve", "result-arrived", "return-result"]
    assert [hop.receiver for hop in view.state.hops][1:] == ["Phòng Tư pháp", desk.desk.desk.name]
    assert view.dossier.status is Status.RETURNED
    assert [row.code for row in desk.counter.lists.page(DossierFilter(statuses=(Status.RETURNED,))).rows] == [code]
    assert desk.counter.verification.verify().is_sound


def test_clock_stands_while_a_supplement_is_awaited_and_the_due_date_says_why_it_moved(
    desk: OpenCounter, clock: DeskClock
) -> None:
    code = receive(desk)
    before = desk.counter.lookup.get_dossier(code).dossier.due
    assert before is not None

    act(desk, code, Action.ASK_SUPPLEMENT, reason="thiếu giấy chứng sinh")
    clock.move(timedelta(days=2))
    act(desk, code, Action.RECEIVE_SUPPLEMENT)

    view = desk.counter.lookup.get_dossier(code)
    after = view.dossier.due
    assert after is not None
    assert after.due_at > before.due_at
    assert "due.rule.paused" in after.rules
    (change,) = view.state.due_changes
    assert (change.cause, change.due_before, change.due_after) == (
        DueChangeCause.SUPPLEMENT,
        before.due_at,
        after.due_at,
    )


def test_intake_that_lacked_papers_gets_its_due_date_when_they_come(desk: OpenCounter, clock: DeskClock) -> None:
    code = receive(desk, Outcome.SUPPLEMENT_ASKED)
    assert desk.counter.lookup.get_dossier(code).dossier.due is None
    clock.move(timedelta(days=1))

    assert act(desk, code, Action.RECEIVE_SUPPLEMENT) is Status.RECEIVED

    view = desk.counter.lookup.get_dossier(code)
    assert view.dossier.due is not None
    assert view.dossier.due.due_at > clock.now()
    assert view.state.accepted_at == clock.now()


def test_extension_prints_the_apology_with_both_dates_and_is_for_the_head(desk: OpenCounter) -> None:
    code = receive(desk)
    due = desk.counter.lookup.get_dossier(code).dossier.due
    assert due is not None
    later = due.due_at + timedelta(days=4)
    with pytest.raises(UserError, match="not_allowed"):
        act(desk, code, Action.EXTEND, reason="chờ xác minh", new_due_at=later)

    as_head(desk)
    done = desk.counter.dossiers.act(code, Action.EXTEND, ActionFacts(reason="chờ xác minh", new_due_at=later))

    assert done.due_at == later
    (job_id,) = done.print_jobs
    paper = desk.counter.papers.get_data(job_id)
    assert isinstance(paper, SlipData)
    assert (paper.form, paper.due_at, paper.details.new_due_at) == (Form.APOLOGY, due.due_at, later)
    assert desk.counter.slip_checks.check(paper.scan_text).notes == ()
    assert desk.counter.verification.verify().is_sound


def test_refused_action_says_why_and_changes_nothing(desk: OpenCounter) -> None:
    code = receive(desk)
    before = desk.counter.verification.verify().entries

    for action, facts in (
        (Action.RETURN_RESULT, {"receiver": "x"}),
        (Action.TRANSFER, {}),
        (Action.STOP, {"reason": "x"}),
        (Action.RESOLVE, {"result_kind": "x", "waybill": "VN1"}),
    ):
        with pytest.raises(UserError, match=r"^action\."):
            act(desk, code, action, **facts)
    with pytest.raises(UserError, match="unknown_code"):
        act(desk, "H99.14-261123-9999", Action.TRANSFER, receiver="x")

    assert desk.counter.verification.verify().entries == before


def test_offers_are_what_the_clerk_may_begin_now(desk: OpenCounter) -> None:
    code = receive(desk)

    as_clerk = {offer.action for offer in desk.counter.dossiers.list_actions(code)}
    as_head(desk)
    with_head = {offer.action for offer in desk.counter.dossiers.list_actions(code)}

    assert with_head - as_clerk == {Action.STOP, Action.EXTEND}
    assert Action.RETURN_RESULT not in with_head
    assert all(RULES[action].sources for action in with_head)


def test_late_and_due_today_are_computed_and_end_with_the_result(desk: OpenCounter, clock: DeskClock) -> None:
    code = receive(desk)
    due = desk.counter.lookup.get_dossier(code).dossier.due
    assert due is not None

    def codes(**wanted: bool) -> list[str]:
        return [row.code for row in desk.counter.lists.page(DossierFilter(**wanted)).rows]  # type: ignore[arg-type]

    clock.move(due.due_at - clock.now() - timedelta(minutes=1))
    assert code in codes(is_due_today=True)
    clock.move(timedelta(minutes=2))
    assert code in codes(is_late=True)
    act(desk, code, Action.RESOLVE, result_kind="Giấy khai sinh")
    assert code not in codes(is_late=True)


def test_control_slip_shows_who_held_the_paper(desk: OpenCounter) -> None:
    code = receive(desk)

    done = desk.counter.dossiers.act(code, Action.TRANSFER, ActionFacts(receiver="Phòng Tư pháp"))

    paper = desk.counter.papers.get_data(done.print_jobs[0])
    assert isinstance(paper, SlipData)
    assert paper.form is Form.CONTROL_SLIP
    assert [hop.receiver for hop in paper.hops] == [paper.head.desk_name, "Phòng Tư pháp"]
