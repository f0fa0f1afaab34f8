from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.core.errors import UserError
from counter_app.domain.postal import (
    UNDERWAY,
    Attempt,
    AttemptOutcome,
    Delivery,
    Waybill,
    WaybillKind,
    WaybillState,
    attempt,
    cancel,
    check_new,
    deliver,
    follow,
    give_back,
    is_misspelled,
    normalise_number,
)
from resources.texts import Language, texts

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=30)


def a_waybill(**changes: object) -> Waybill:
    facts = {
        "number": "VN000001",
        "carrier": "Bưu điện Mẫu",
        "kind": WaybillKind.RESULT_OUT,
        "dossier_id": "d",
        "dossier_code": "H99.90-261125-0001",
        "receiver": "Nguyễn Thị Tưởng",
        "address": "Thôn Mẫu",
        "opened_at": NOW,
    }
    return Waybill(**{**facts, **changes})  # type: ignore[arg-type]


def a_try(days: int = 0, outcome: AttemptOutcome = AttemptOutcome.NOBODY_HOME, note: str = "") -> Attempt:
    return Attempt(at=NOW + timedelta(days=days), outcome=outcome, note=note)


A_DELIVERY = Delivery(at=NOW + timedelta(days=1), receiver="Trần Văn Mẫu")

STEPS = {
    "attempt": lambda waybill: attempt(waybill, a_try(1), LATER),
    "deliver": lambda waybill: deliver(waybill, A_DELIVERY, LATER),
    "give_back": lambda waybill: give_back(waybill, NOW + timedelta(days=2), "không ai nhận", LATER),
    "cancel": lambda waybill: cancel(waybill, NOW, "ghi nhầm", LATER),
}
ENDS = {"deliver": WaybillState.DELIVERED, "give_back": WaybillState.RETURNED, "cancel": WaybillState.CANCELLED}


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=12))
def test_waybill_ends_once_whatever_is_tried_and_keeps_every_try_before(steps: list[str]) -> None:
    waybill, ended, tries = a_waybill(), False, 0

    for step in steps:
        if ended:
            with pytest.raises(UserError, match="wrong_state"):
                STEPS[step](waybill)
            continue
        waybill = STEPS[step](waybill)
        tries += step == "attempt"
        ended = step in ENDS
        assert waybill.state is ENDS.get(step, WaybillState.ATTEMPTED)

    assert waybill.is_underway == (waybill.state in UNDERWAY) == (not ended)
    assert len(waybill.attempts) == tries


def test_tries_stand_in_the_order_of_their_time_however_they_come() -> None:
    waybill = attempt(attempt(a_waybill(), a_try(3), LATER), a_try(1), LATER)

    assert [one.at for one in waybill.attempts] == [a_try(1).at, a_try(3).at]


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (LATER + timedelta(hours=1), "postal.in_future"),
        (NOW - timedelta(days=1), "postal.before_opening"),
    ],
)
def test_nothing_is_tried_before_it_was_sent_or_after_now(at: datetime, code: str) -> None:
    with pytest.raises(UserError, match=code):
        attempt(a_waybill(), Attempt(at=at, outcome=AttemptOutcome.REFUSED), LATER)


def test_what_the_clerk_writes_hours_after_the_carrier_came_may_be_earlier_on_the_same_day() -> None:
    early = Attempt(at=NOW - timedelta(hours=1), outcome=AttemptOutcome.UNREACHABLE)

    assert attempt(a_waybill(), early, LATER).attempts == (early,)


def test_reason_that_is_in_no_list_needs_words_and_so_does_a_return() -> None:
    with pytest.raises(UserError, match="note_missing"):
        attempt(a_waybill(), a_try(outcome=AttemptOutcome.OTHER), LATER)
    with pytest.raises(UserError, match="reason_missing"):
        give_back(a_waybill(), NOW, "", LATER)
    with pytest.raises(UserError, match="receiver_missing"):
        deliver(a_waybill(), Delivery(at=NOW, receiver=""), LATER)
    assert attempt(a_waybill(), a_try(outcome=AttemptOutcome.OTHER, note="lũ"), LATER).attempts[0].note == "lũ"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"carrier": ""}, "carrier_missing"),
        ({"receiver": ""}, "receiver_missing"),
        ({"address": ""}, "address_missing"),
        ({"cod": -1}, "bad_cod"),
        ({"cod": 2_000_000_000}, "bad_cod"),
        ({"opened_at": LATER}, "in_future"),
    ],
)
def test_waybill_that_nobody_could_deliver_is_not_opened(changes: dict[str, object], code: str) -> None:
    check_new(a_waybill(), NOW)
    with pytest.raises(UserError, match=code):
        check_new(a_waybill(**changes), NOW)


def test_paper_of_an_authorised_person_weighs_more_than_a_relation() -> None:
    both = Delivery(at=NOW, receiver="A", relation="con", authorisation="Giấy số 5")

    assert both.standing == "Giấy số 5"
    assert Delivery(at=NOW, receiver="A", relation="con").standing == "con"


@pytest.mark.parametrize("text", ["", "ab", "VN 12;3", "số 12345", "=1+1", "V" * 200])
def test_text_that_is_no_number_of_a_waybill_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="bad_number"):
        normalise_number(text)


def test_number_is_kept_in_one_spelling() -> None:
    assert normalise_number(" eb 123 456 785 vn\r\n") == "EB123456785VN"


def test_check_digit_of_the_postal_union_finds_any_single_wrong_digit() -> None:
    assert not is_misspelled("RR473124829VN")  # the example of S10 with another country
    for place in range(2, 11):
        for digit in "0123456789":
            changed = "RR473124829VN"[:place] + digit + "RR473124829VN"[place + 1 :]
            assert is_misspelled(changed) == (changed != "RR473124829VN")
    assert not is_misspelled("BD-2026/000123")


@pytest.mark.parametrize(
    ("text", "step", "after"),
    [
        ("CH0099", 1, "CH0100"),
        ("9", 1, "10"),
        ("T-07/26", 2, "T-07/28"),
        ("", 3, ""),
        ("niêm", 1, "niêm"),
        ("5A", 1, "6A"),
    ],
)
def test_numbers_of_a_roll_count_on_in_their_own_width(text: str, step: int, after: str) -> None:
    assert follow(text, step) == after


def test_every_state_kind_and_reason_has_its_words() -> None:
    keys = [
        *(f"postal.state.{state.value}" for state in WaybillState),
        *(f"postal.kind.{kind.value}" for kind in WaybillKind),
        *(f"postal.outcome.{outcome.value}" for outcome in AttemptOutcome),
    ]
    for language in Language:
        assert [key for key in keys if key not in texts(language)] == []
