"""One dossier under one code through several agencies, one after another."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import Status
from counter_app.domain.forms.facts import SlipData
from counter_app.domain.unit import Role
from counter_app.services.answers.actions import ActionOffer
from resources.texts import Language
from tests.fakes.desks import DeskClock, at_work, person, sample_desk
from tests.fakes.manifests import is_whole
from tests.fakes.processes import LEGS, act, publish, receive_under


@pytest.fixture
def clock() -> DeskClock:
    return DeskClock()


@pytest.fixture
def desk(tmp_path: Path, clock: DeskClock) -> Iterator[OpenCounter]:
    with at_work(sample_desk(tmp_path), clock) as made:
        made.counter.session.sign_out()
        made.counter.session.save_clerk(
            login="truong", full_name="Phạm Thị Trưởng", role=Role.HEAD, password="mật khẩu thử nghiệm"
        )
        made.counter.session.act_as("truong")
        yield made


def offer_of(desk: OpenCounter, code: str, action: Action) -> ActionOffer:
    return next(offer for offer in desk.counter.dossiers.list_actions(code) if offer.action is action)


def decide(desk: OpenCounter, code: str) -> Status:
    """Hand the dossier to whoever is next, and record the result that the procedure names."""
    receiver = offer_of(desk, code, Action.TRANSFER).proposed.receiver
    act(desk, code, Action.TRANSFER, receiver=receiver)
    kind = offer_of(desk, code, Action.RESOLVE).proposed.result_kind
    return act(desk, code, Action.RESOLVE, result_kind=kind, result_number=kind[:4]).status


def test_agencies_decide_in_their_order_under_one_code_and_one_due_date(desk: OpenCounter, clock: DeskClock) -> None:
    code = receive_under(desk, publish(desk, LEGS))
    due = desk.counter.lookup.get_dossier(code).state.due
    at_work_now, statuses = [], []
    for _ in range(3):
        leg = desk.counter.lookup.get_dossier(code).state.leg
        at_work_now.append(leg.agency if leg is not None else "")
        statuses.append(decide(desk, code))
        clock.move(timedelta(hours=1))

    view = desk.counter.lookup.get_dossier(code)
    assert at_work_now == [step.done_by for step in LEGS if step.result]
    assert statuses == [Status.IN_PROGRESS, Status.IN_PROGRESS, Status.RESOLVED]
    assert [hop.receiver for hop in view.state.hops][1:] == at_work_now
    assert view.state.leg is None
    assert view.state.due == due
    assert view.state.result is not None
    assert view.state.result.kind == "Giấy khai sinh; Thông báo thường trú; Thẻ bảo hiểm y tế"
    assert [one.result.kind for one in view.state.leg_results] == view.state.result.kind.split("; ")
    assert is_whole(desk)


def test_results_are_returned_together_or_one_by_one(desk: OpenCounter) -> None:
    code = receive_under(desk, publish(desk, LEGS))
    for _ in range(3):
        decide(desk, code)
    act(desk, code, Action.RESULT_ARRIVED)
    owner = person().full_name

    part = act(desk, code, Action.RETURN_RESULT, receiver=owner, part="Giấy khai sinh")
    rest = act(desk, code, Action.RETURN_RESULT, receiver=owner)

    assert (part.status, rest.status) == (Status.RESOLVED, Status.RETURNED)
    paper = desk.counter.papers.get_data(rest.print_jobs[0])
    assert isinstance(paper, SlipData)
    assert "Thẻ bảo hiểm y tế" in paper.details.result_kind


def test_once_an_agency_has_decided_the_whole_is_not_stopped_and_each_agency_may_ask_once(desk: OpenCounter) -> None:
    code = receive_under(desk, publish(desk, LEGS))
    act(desk, code, Action.ASK_SUPPLEMENT, reason="thiếu giấy chứng sinh")
    act(desk, code, Action.RECEIVE_SUPPLEMENT)
    decide(desk, code)

    for action in (Action.STOP, Action.WITHDRAW):
        with pytest.raises(UserError, match="no_leg_decided"):
            act(desk, code, action, reason="x")
    desk.counter.session.act_as("mai")
    act(desk, code, Action.ASK_SUPPLEMENT, reason="thiếu giấy tờ cư trú")
    act(desk, code, Action.RECEIVE_SUPPLEMENT)
    with pytest.raises(UserError, match="one_supplement"):
        act(desk, code, Action.ASK_SUPPLEMENT, reason="lần hai")


def test_legs_are_those_of_the_intake_whatever_the_catalogue_says_later(desk: OpenCounter) -> None:
    procedure = publish(desk, LEGS)
    code = receive_under(desk, procedure)

    publish(desk, LEGS[:2], code=procedure)

    assert len(desk.counter.lookup.get_dossier(code).state.legs) == 3


def test_reopened_dossier_is_decided_anew_by_every_agency(desk: OpenCounter) -> None:
    code = receive_under(desk, publish(desk, LEGS))
    for _ in range(3):
        decide(desk, code)

    act(desk, code, Action.REOPEN, reason="sai họ tên")

    state = desk.counter.lookup.get_dossier(code).state
    assert (state.leg_results, state.result) == ((), None)
    assert state.leg is not None
    assert state.leg.agency == "UBND xã Đồng Mẫu"
    assert is_whole(desk)


def test_procedure_of_one_result_has_no_legs(desk: OpenCounter) -> None:
    code = receive_under(desk, publish(desk, LEGS[:2]))

    assert desk.counter.lookup.get_dossier(code).state.legs == ()
    assert act(desk, code, Action.RESOLVE, result_kind="Giấy khai sinh").status is Status.RESOLVED


def test_public_text_says_which_agency_has_it_and_nothing_of_the_person(desk: OpenCounter) -> None:
    code = receive_under(desk, publish(desk, LEGS))
    decide(desk, code)

    public = desk.counter.public_statuses.get(code, Language.VIETNAMESE)

    assert "Đang ở: Công an xã Đồng Mẫu (cơ quan thứ 2 trên 3)" in public.text
    owner = person()
    for secret in (owner.full_name, owner.id_number, owner.phone, owner.address):
        assert secret not in public.text
