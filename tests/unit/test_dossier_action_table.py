from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import msgspec
import pytest

from counter_app.core.errors import UserError
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.life import Setting, advance, check_action, find_refusal, offers_now
from counter_app.domain.actions.state import DossierState, DueChangeCause, PauseCause, Result
from counter_app.domain.actions.table import RULES, Action
from counter_app.domain.dossier import DueDate, ResultChannel, Status
from counter_app.domain.time_limit import TimeLimit, TimeUnit
from counter_app.domain.unit import Role
from resources.texts import Language, texts
from tools.action_table import page, path_of

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
DUE = DueDate(
    due_at=NOW + timedelta(days=5),
    limit=TimeLimit(amount=5, unit=TimeUnit.WORKING_DAY),
    starts_at=NOW - timedelta(days=2),
)
DAY = date(2026, 11, 24)
OWNER = "Nguyễn Thị Tưởng"

# Status by status, the verbs that may be begun with an accepted dossier and no result yet, by a head.
ALLOWED: dict[Status, set[str]] = {
    Status.REGISTERED: {"ask-supplement", "refuse", "withdraw"},
    Status.RECEIVED: {
        "ask-supplement", "refuse", "transfer", "request-payment", "stop", "withdraw", "extend", "resolve",
    },
    Status.NOT_ACCEPTED: {"reopen"},
    Status.IN_PROGRESS: {
        "ask-supplement", "transfer", "take-back", "request-payment", "stop", "withdraw", "extend", "resolve",
    },
    Status.SUPPLEMENT_ASKED: {"receive-supplement", "refuse", "stop", "withdraw"},
    Status.PAYMENT_ASKED: {"receive-payment", "stop", "withdraw"},
    Status.WITHDRAWN: {"reopen"},
    Status.STOPPED: {"reopen"},
    Status.RESOLVED: {"return-result", "reopen"},
    Status.RETURNED: {"reopen"},
}  # fmt: skip


def a_state(status: Status = Status.RECEIVED, **changes: Any) -> DossierState:
    facts: dict[str, Any] = {"status": status, "due": DUE, "accepted_at": NOW - timedelta(days=2), "holder": "Quầy 1"}
    return DossierState(**{**facts, **changes})


def a_setting(role: Role = Role.HEAD, at: datetime = NOW) -> Setting:
    return Setting(at=at, role=role, desk_line="Quầy 1", owner_name=OWNER, owner_id_number="036199001234")


FULL_FACTS: dict[str, Any] = {
    "reason": "vì lý do",
    "reason_code": "verification",
    "receiver": OWNER,
    "amount": 50_000,
    "new_due_at": DUE.due_at + timedelta(days=3),
    "result_kind": "Giấy khai sinh",
    "waybill": "VN123456",
}


def facts_for(action: Action, **changes: Any) -> ActionFacts:
    needed = set(RULES[action].needs)
    if "reason_code" in needed:
        needed.add("reason")  # as it is written out before the check
    return ActionFacts(**{**{name: FULL_FACTS[name] for name in needed}, **changes})


@pytest.mark.parametrize(("status", "action"), list(product(Status, Action)))
def test_every_cell_of_the_table_is_allowed_or_refused_with_a_reason_in_words(status: Status, action: Action) -> None:
    refusal = find_refusal(a_state(status), action, a_setting())

    assert (refusal is None) == (action.value in ALLOWED[status])
    if refusal is not None:
        for language in Language:
            assert refusal.code in texts(language)


def test_every_action_has_words_in_both_languages() -> None:
    for language, action in product(Language, Action):
        assert f"action.name.{action.value}" in texts(language)
    fields = {name for rule in RULES.values() for name in (*rule.needs, *rule.offers)}
    for language, field in product(Language, fields):
        assert f"action.field.{field}" in texts(language)


@pytest.mark.parametrize("action", Action)
def test_what_an_action_needs_must_be_given_and_nothing_else_may_be(action: Action) -> None:
    rule = RULES[action]
    state = a_state(rule.sources[0])
    if action is Action.ACCEPT:
        state = a_state(Status.REGISTERED, accepted_at=None)
    if action in (Action.RESULT_ARRIVED, Action.POST_RESULT, Action.RESULT_CAME_BACK, Action.RETURN_RESULT):
        here = None if action is Action.RESULT_ARRIVED else NOW
        waybill = "VN123456" if action is Action.RESULT_CAME_BACK else ""
        state = a_state(Status.RESOLVED, result=Result(kind="Giấy khai sinh", here_at=here, waybill=waybill))
    check_action(state, action, facts_for(action), a_setting())

    for name in rule.needs:
        empty = () if name == "missing" else None if name in ("amount", "new_due_at") else ""
        with pytest.raises(UserError) as caught:
            check_action(state, action, facts_for(action, **{name: empty}), a_setting())
        assert (caught.value.code, caught.value.context["field"]) == ("action.missing_fact", name)
    if "waybill" not in (*rule.offers, *rule.needs):
        with pytest.raises(UserError, match="strange_fact"):
            check_action(state, action, facts_for(action, waybill="VN123"), a_setting())


@pytest.mark.parametrize("action", [Action.RESULT_ARRIVED, Action.RETURN_RESULT])
@pytest.mark.parametrize("standing", [{}, {"number": "15/2026"}, {"decided_on": DAY}])
def test_number_and_day_of_a_result_are_stated_once(action: Action, standing: dict[str, Any]) -> None:
    here = NOW if action is Action.RETURN_RESULT else None
    state = a_state(Status.RESOLVED, result=Result(kind="Giấy khai sinh", here_at=here, **standing))
    stated = {"result_number": "16/2026", "result_on": DAY + timedelta(days=1)}
    names = {"result_number": "number", "result_on": "decided_on"}
    open_now = {name: value for name, value in stated.items() if names[name] not in standing}

    assert set(offers_now(state, action)) & set(stated) == set(open_now)
    check_action(state, action, facts_for(action, **open_now), a_setting())
    for name in set(stated) - set(open_now):
        with pytest.raises(UserError, match="strange_fact"):
            check_action(state, action, facts_for(action, **{name: stated[name]}), a_setting())

    # Another desk may have stated it at the same time: what stands stays, whatever comes after it.
    after = advance(state, action, facts_for(action, **stated), at=NOW, desk_line="Quầy 1", due=None).result
    assert after is not None
    assert after.number == standing.get("number", "16/2026")
    assert after.decided_on == standing.get("decided_on", DAY + timedelta(days=1))


@pytest.mark.parametrize("action", [Action.STOP, Action.EXTEND, Action.REOPEN])
def test_what_a_head_decides_is_not_for_a_clerk(action: Action) -> None:
    refusal = find_refusal(a_state(RULES[action].sources[0]), action, a_setting(Role.CLERK))

    assert refusal is not None
    assert refusal.code == "action.not_allowed"


def refused(state: DossierState, action: Action, setting: Setting | None = None, **changes: Any) -> str:
    with pytest.raises(UserError) as caught:
        check_action(state, action, facts_for(action, **changes), setting or a_setting())
    return caught.value.code


def test_new_appointment_is_given_once_before_the_old_one_and_only_later() -> None:
    state = a_state(Status.IN_PROGRESS)

    assert refused(state, Action.EXTEND, new_due_at=DUE.due_at) == "action.refused.due_moves_on"
    assert (
        refused(state, Action.EXTEND, a_setting(at=DUE.due_at + timedelta(seconds=1))) == "action.refused.not_late_yet"
    )
    extended = advance(state, Action.EXTEND, facts_for(Action.EXTEND), at=NOW, desk_line="Quầy 1", due=_moved(3))
    assert refused(extended, Action.EXTEND) == "action.refused.one_extension"
    (change,) = extended.due_changes
    assert (change.cause, change.due_before, change.due_after) == (
        DueChangeCause.EXTENDED,
        DUE.due_at,
        _moved(3).due_at,
    )


def _moved(days: int) -> DueDate:
    return msgspec.structs.replace(DUE, due_at=DUE.due_at + timedelta(days=days))


def test_nothing_is_stopped_or_withdrawn_once_a_result_is_decided() -> None:
    decided = a_state(Status.IN_PROGRESS, result=Result(kind="Quyết định"))

    assert refused(decided, Action.STOP) == "action.refused.no_result_yet"
    assert refused(decided, Action.WITHDRAW) == "action.refused.no_result_yet"


def test_clerk_asks_for_a_supplement_once_while_resolving_and_a_head_again() -> None:
    state = a_state(Status.IN_PROGRESS)
    asked = advance(
        state, Action.ASK_SUPPLEMENT, facts_for(Action.ASK_SUPPLEMENT), at=NOW, desk_line="Quầy 1", due=None
    )
    back = advance(
        asked, Action.RECEIVE_SUPPLEMENT, ActionFacts(), at=NOW + timedelta(days=1), desk_line="Quầy 1", due=None
    )

    assert (asked.status, back.status) == (Status.SUPPLEMENT_ASKED, Status.IN_PROGRESS)
    assert back.pauses[0].cause is PauseCause.SUPPLEMENT
    assert back.pause is None
    assert refused(back, Action.ASK_SUPPLEMENT, a_setting(Role.CLERK)) == "action.refused.one_supplement"
    check_action(back, Action.ASK_SUPPLEMENT, facts_for(Action.ASK_SUPPLEMENT), a_setting(Role.HEAD))


def test_supplement_of_a_dossier_that_was_never_accepted_accepts_it() -> None:
    state = a_state(Status.SUPPLEMENT_ASKED, accepted_at=None, due=None)

    after = advance(state, Action.RECEIVE_SUPPLEMENT, ActionFacts(), at=NOW, desk_line="Quầy 1", due=DUE)

    assert (after.status, after.accepted_at, after.due) == (Status.RECEIVED, NOW, DUE)
    assert after.due_changes[0].cause is DueChangeCause.SUPPLEMENT


def test_result_is_returned_only_when_it_is_here_to_its_owner_or_to_somebody_authorised() -> None:
    elsewhere = a_state(Status.RESOLVED, result=Result(kind="Giấy khai sinh"))
    here = a_state(Status.RESOLVED, result=Result(kind="Giấy khai sinh", here_at=NOW))

    assert refused(elsewhere, Action.RETURN_RESULT) == "action.refused.result_here"
    check_action(
        elsewhere, Action.RETURN_RESULT, facts_for(Action.RETURN_RESULT, channel=ResultChannel.ONLINE), a_setting()
    )
    assert refused(here, Action.RETURN_RESULT, receiver="Người Khác") == "action.refused.receiver_authorised"
    check_action(here, Action.RETURN_RESULT, facts_for(Action.RETURN_RESULT, receiver="nguyễn thị tưởng"), a_setting())
    check_action(
        here,
        Action.RETURN_RESULT,
        facts_for(Action.RETURN_RESULT, receiver="Người Khác", authorisation="Giấy số 5"),
        a_setting(),
    )


def test_result_with_a_carrier_is_returned_by_its_delivery_alone_and_waits_at_the_desk_when_it_comes_back() -> None:
    here = a_state(Status.RESOLVED, result=Result(kind="Giấy khai sinh", here_at=NOW))
    posted = advance(here, Action.POST_RESULT, facts_for(Action.POST_RESULT), at=NOW, desk_line="Quầy 1", due=None)
    by_post: dict[str, Any] = {"channel": ResultChannel.POST, "waybill": "VN123456"}
    another = {**by_post, "waybill": "VN999"}

    assert posted.status is Status.RESOLVED
    assert refused(posted, Action.POST_RESULT) == "action.refused.result_at_hand"
    assert refused(posted, Action.RETURN_RESULT) == "action.refused.carrier_delivered"
    assert refused(posted, Action.RETURN_RESULT, channel=ResultChannel.ONLINE) == "action.refused.carrier_delivered"
    assert refused(posted, Action.RETURN_RESULT, **another) == "action.refused.carrier_delivered"
    assert refused(posted, Action.REOPEN) == "action.refused.result_not_posted"
    check_action(posted, Action.RETURN_RESULT, facts_for(Action.RETURN_RESULT, **by_post), a_setting())
    later = NOW + timedelta(days=3)
    back = advance(
        posted, Action.RESULT_CAME_BACK, facts_for(Action.RESULT_CAME_BACK), at=later, desk_line="Quầy 1", due=None
    )
    assert back.result is not None
    assert (back.status, back.result.waybill, back.result.here_at) == (Status.RESOLVED, "", later)
    check_action(back, Action.RETURN_RESULT, facts_for(Action.RETURN_RESULT), a_setting())
    returned = advance(
        posted,
        Action.RETURN_RESULT,
        facts_for(Action.RETURN_RESULT, **by_post),
        at=later,
        desk_line="Quầy 1",
        due=None,
    )
    assert (returned.status, returned.returns[-1].waybill) == (Status.RETURNED, "VN123456")
    check_action(returned, Action.REOPEN, facts_for(Action.REOPEN), a_setting())


@pytest.mark.parametrize("said", [{"channel": ResultChannel.POST}, {"waybill": "VN123456"}])
def test_result_goes_by_no_post_without_an_open_waybill(said: dict[str, Any]) -> None:
    here = a_state(Status.RESOLVED, result=Result(kind="Giấy khai sinh", here_at=NOW))

    assert refused(here, Action.RETURN_RESULT, **said) == "action.refused.waybill_open"
    by_post: dict[str, Any] = {"channel": ResultChannel.POST, "waybill": "VN123456"}
    assert refused(here, Action.RETURN_RESULT, **by_post) == "action.refused.waybill_open"
    for language in Language:
        assert "post open" in texts(language)["action.refused.waybill_open"]


def test_part_of_a_result_leaves_the_dossier_open_until_the_rest_is_returned() -> None:
    here = a_state(Status.RESOLVED, result=Result(kind="Trích lục", here_at=NOW))
    part = facts_for(Action.RETURN_RESULT, part="01 bản")

    first = advance(here, Action.RETURN_RESULT, part, at=NOW, desk_line="Quầy 1", due=None)
    whole = advance(first, Action.RETURN_RESULT, facts_for(Action.RETURN_RESULT), at=NOW, desk_line="Quầy 1", due=None)

    assert (first.status, whole.status) == (Status.RESOLVED, Status.RETURNED)
    assert [returned.what for returned in whole.returns] == ["01 bản", ""]


def test_every_hand_that_held_the_paper_stays_readable_with_how_its_time_was_kept() -> None:
    desk = "Quầy 1"
    state = a_state()
    state = advance(
        state, Action.TRANSFER, facts_for(Action.TRANSFER, receiver="Phòng Tư pháp"), at=NOW, desk_line=desk, due=None
    )
    state = advance(state, Action.TAKE_BACK, facts_for(Action.TAKE_BACK), at=DUE.due_at, desk_line=desk, due=None)
    late = DUE.due_at + timedelta(days=1)
    state = advance(
        state, Action.TRANSFER, facts_for(Action.TRANSFER, receiver="Phòng Tư pháp"), at=late, desk_line=desk, due=None
    )

    hands = [(hop.giver, hop.receiver, hop.outcome) for hop in state.hops]
    assert hands == [
        (desk, "Phòng Tư pháp", "early"),
        ("Phòng Tư pháp", desk, "on_time"),
        (desk, "Phòng Tư pháp", "late"),
    ]
    assert (state.holder, state.status) == ("Phòng Tư pháp", Status.IN_PROGRESS)


def test_reopened_dossier_has_no_result_but_keeps_what_was_done() -> None:
    result = Result(kind="Quyết định", decided_on=date(2026, 11, 24), here_at=NOW)
    returned = advance(
        a_state(Status.RESOLVED, result=result),
        Action.RETURN_RESULT,
        facts_for(Action.RETURN_RESULT),
        at=NOW,
        desk_line="Quầy 1",
        due=None,
    )

    again = advance(returned, Action.REOPEN, facts_for(Action.REOPEN), at=NOW, desk_line="Quầy 1", due=None)

    assert (again.status, again.result, len(again.returns)) == (Status.RECEIVED, None, 1)


def test_paper_of_a_reopened_dossier_comes_to_the_desk_by_a_hop_of_its_own() -> None:
    elsewhere = a_state(Status.WITHDRAWN, holder="Phòng Tư pháp")
    facts = ActionFacts(reason="rút nhầm")

    again = advance(elsewhere, Action.REOPEN, facts, at=NOW, desk_line="Quầy 1", due=None)
    lies_here = advance(again, Action.REOPEN, facts, at=NOW, desk_line="Quầy 1", due=None)

    assert (again.holder, again.hops[-1].giver, again.hops[-1].receiver) == ("Quầy 1", "Phòng Tư pháp", "Quầy 1")
    assert again.hops[-1].note == "rút nhầm"
    assert lies_here.hops == again.hops


@pytest.mark.parametrize("language", Language)
def test_page_of_the_table_is_the_table(language: Language) -> None:
    assert path_of(language).read_text(encoding="utf-8") == page(language)
