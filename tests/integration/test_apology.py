"""The letter of apology: drafted from the dossier, its reason coded, its new date beside the old one."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.clock import VIETNAM, local_date
from counter_app.core.errors import UserError
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import Outcome
from counter_app.domain.forms.facts import SlipData
from counter_app.domain.unit import Role
from counter_app.domain.working_time import DayOverride
from counter_app.services.answers.actions import ActionOffer
from counter_app.services.proposals import next_letter_number
from counter_app.services.sample_data import LOGIN
from counter_app.services.sentences import sentence
from resources.texts import Language
from tests.fakes.desks import DeskClock, a_form, at_work, sample_desk
from tests.fakes.manifests import is_whole
from tests.fakes.processes import OFFICE, STEPS, act, publish, receive_under


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenCounter]:
    with at_work(sample_desk(tmp_path), DeskClock()) as made:
        made.counter.session.sign_out()
        made.counter.session.save_clerk(
            login="truong", full_name="Phạm Thị Trưởng", role=Role.HEAD, password="mật khẩu thử nghiệm"
        )
        made.counter.session.act_as("truong")
        yield made


def offer_of(desk: OpenCounter, code: str, action: Action) -> ActionOffer:
    return next(offer for offer in desk.counter.dossiers.list_actions(code) if offer.action is action)


def receive(desk: OpenCounter, number: int = 0) -> str:
    return desk.counter.intake.receive(a_form(number), Outcome.ACCEPTED).dossier.code


def test_letter_is_drafted_with_a_date_of_working_days_a_title_and_reasons(desk: OpenCounter) -> None:
    own = desk.counter.units.own()
    desk.counter.units.save(msgspec.structs.replace(own, signers={"apology": "CHỦ TỊCH"}))
    code = receive_under(desk, publish(desk, STEPS))
    due = desk.counter.lookup.get_dossier(code).state.due
    assert due is not None

    offer = offer_of(desk, code, Action.EXTEND)

    # Due Tuesday 1 December 2026; three more working days are Friday the 4th.
    assert offer.proposed.new_due_at == due.due_at + timedelta(days=3)
    assert offer.proposed.signer_title == "CHỦ TỊCH"
    assert offer.proposed.number == ""
    assert [reason.code for reason in offer.reasons][-1] == "other"
    assert "reason_code" in offer.needs


def test_letter_says_both_dates_and_its_reason_and_the_old_date_stays(desk: OpenCounter) -> None:
    code = receive(desk)
    due = desk.counter.lookup.get_dossier(code).state.due
    assert due is not None
    proposed = offer_of(desk, code, Action.EXTEND).proposed

    facts = msgspec.structs.replace(proposed, reason_code="site_check", reason="khu đất giáp ranh", number="9/PXL")
    done = desk.counter.dossiers.act(code, Action.EXTEND, facts)

    paper = desk.counter.papers.get_data(done.print_jobs[0])
    assert isinstance(paper, SlipData)
    assert paper.details.reason == "Cần thêm thời gian kiểm tra, thẩm định thực tế: khu đất giáp ranh"
    assert (paper.due_at, paper.details.new_due_at) == (due.due_at, proposed.new_due_at)
    (change,) = desk.counter.lookup.get_dossier(code).state.due_changes
    assert (change.reason_code, change.due_before, change.due_after) == ("site_check", due.due_at, proposed.new_due_at)
    assert offer_of(desk, receive(desk, 1), Action.EXTEND).proposed.number == "10/PXL"
    assert all(offer.action is not Action.EXTEND for offer in desk.counter.dossiers.list_actions(code))
    assert is_whole(desk)


def test_new_date_outside_working_time_is_refused_with_the_next_opening(desk: OpenCounter) -> None:
    # Friday at closing time, one minute after it, and the two days off that follow.
    code = receive(desk)
    own = desk.counter.units.own()
    closes = datetime(2026, 12, 11, 17, 0, tzinfo=VIETNAM)
    assert desk.counter.calendars.calendar_of(own).end_of_work(date(2026, 12, 11)) == closes
    for outside in (closes + timedelta(minutes=1), closes + timedelta(days=1), closes + timedelta(days=2)):
        facts = ActionFacts(reason_code="site_check", new_due_at=outside)
        for step in (desk.counter.dossiers.check, desk.counter.dossiers.act):
            with pytest.raises(UserError) as caught:
                step(code, Action.EXTEND, msgspec.structs.replace(facts, reason="xa"))
            assert caught.value.code == "action.due_outside_hours"
            assert caught.value.context["opening"] == "07:00 14/12/2026"
            assert "07:00 14/12/2026" in sentence(caught.value, Language.VIETNAMESE)
    assert desk.counter.lookup.get_dossier(code).state.due_changes == ()

    act(desk, code, Action.EXTEND, reason_code="site_check", new_due_at=closes)

    (change,) = desk.counter.lookup.get_dossier(code).state.due_changes
    assert change.due_after == closes


def test_date_proposed_lies_within_working_time_also_after_a_day_was_given_off(desk: OpenCounter) -> None:
    code = receive(desk)
    (due,) = (change for change in [desk.counter.lookup.get_dossier(code).state.due] if change is not None)
    first = offer_of(desk, code, Action.EXTEND).proposed.new_due_at
    assert first is not None
    days = [DayOverride(day=local_date(one), working=False, name="Nghỉ bù") for one in (due.due_at, first)]
    desk.counter.calendars.set_days(days)

    proposed = offer_of(desk, code, Action.EXTEND).proposed.new_due_at

    assert proposed is not None
    assert proposed > first
    act(desk, code, Action.EXTEND, reason_code="site_check", new_due_at=proposed)


def test_reason_is_asked(desk: OpenCounter) -> None:
    code = receive(desk)
    later = offer_of(desk, code, Action.EXTEND).proposed.new_due_at

    for facts, field in (
        (ActionFacts(new_due_at=later), "reason_code"),
        (ActionFacts(new_due_at=later, reason_code="other"), "reason"),
    ):
        with pytest.raises(UserError) as caught:
            desk.counter.dossiers.act(code, Action.EXTEND, facts)
        assert (caught.value.code, caught.value.context["field"]) == ("action.missing_fact", field)
    with pytest.raises(UserError, match="unknown_reason"):
        act(desk, code, Action.EXTEND, new_due_at=later, reason_code="vi_thich")
    assert desk.counter.lookup.get_dossier(code).state.due_changes == ()


def test_province_replaces_the_list_and_a_broken_one_leaves_ours(desk: OpenCounter) -> None:
    code = receive(desk)
    file = desk.folder.reasons
    file.write_text('[[extend]]\ncode = "lu_lut"\nvi = "Lũ lụt"\nen = "Flood"\n', encoding="utf-8")
    assert [reason.code for reason in offer_of(desk, code, Action.EXTEND).reasons] == ["lu_lut", "other"]

    file.write_text("[[extend]", encoding="utf-8")

    assert "verification" in {reason.code for reason in offer_of(desk, code, Action.EXTEND).reasons}


def test_transfer_proposes_who_does_the_next_step(desk: OpenCounter) -> None:
    desk.counter.session.act_as(LOGIN)
    code = receive_under(desk, publish(desk, STEPS))

    assert offer_of(desk, code, Action.TRANSFER).proposed.receiver == OFFICE
    assert offer_of(desk, receive(desk), Action.TRANSFER).proposed.receiver == ""


@pytest.mark.parametrize(
    ("last", "following"),
    [("12/PXL", "13/PXL"), ("09/2026/PXL", "10/2026/PXL"), ("99", "100"), ("PXL", "PXL"), ("", "")],
)
def test_number_goes_on_from_the_last_letter(last: str, following: str) -> None:
    assert next_letter_number(last) == following
