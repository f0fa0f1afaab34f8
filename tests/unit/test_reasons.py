from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.core.errors import UserError
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.reasons import takes_reason_code, with_reason
from counter_app.domain.actions.table import Action
from resources.reasons import OTHER, ReasonFault, load_reasons

KNOWN = load_reasons()


def test_every_action_that_asks_for_a_coded_reason_has_a_list_and_no_other() -> None:
    asked = {action.value for action in Action if takes_reason_code(action)}

    assert set(KNOWN) == asked == {"extend", "refuse", "stop", "withdraw", "take-back"}
    assert all(len(reasons) >= 3 for reasons in KNOWN.values())


def test_reason_is_written_out_with_what_was_added_to_it() -> None:
    facts = ActionFacts(reason_code="verification", reason="công văn 12")

    stated = with_reason(Action.EXTEND, facts, KNOWN["extend"])

    assert stated.reason == "Chờ kết quả xác minh của cơ quan, đơn vị khác: công văn 12"
    assert stated.reason_code == "verification"
    alone = with_reason(Action.EXTEND, ActionFacts(reason_code="verification"), KNOWN["extend"])
    assert alone.reason == "Chờ kết quả xác minh của cơ quan, đơn vị khác"


def test_reason_in_free_words_is_another_one() -> None:
    assert with_reason(Action.REFUSE, ActionFacts(reason="vì khác"), KNOWN["refuse"]) == ActionFacts(
        reason="vì khác", reason_code=OTHER
    )
    assert with_reason(Action.REFUSE, ActionFacts(), KNOWN["refuse"]) == ActionFacts()


def test_unknown_code_is_refused_with_the_codes_there_are() -> None:
    with pytest.raises(UserError) as caught:
        with_reason(Action.EXTEND, ActionFacts(reason_code="vi_thich"), KNOWN["extend"])

    assert caught.value.code == "action.unknown_reason"
    assert "verification" in str(caught.value.context["known"])


@given(st.sampled_from(Action), st.text(max_size=30), st.text(max_size=30))
def test_free_words_are_never_lost(action: Action, code: str, words: str) -> None:
    try:
        stated = with_reason(action, ActionFacts(reason_code=code, reason=words), KNOWN.get(action.value, ()))
    except UserError:
        return

    assert words in stated.reason
    if takes_reason_code(action) and words:
        assert stated.reason_code


def test_province_has_its_own_list_as_a_whole(tmp_path: Path) -> None:
    file = tmp_path / "reasons.toml"
    file.write_text('[[extend]]\ncode = "lu_lut"\nvi = "Lũ lụt"\nen = "Flood"\n', encoding="utf-8")

    assert [reason.code for reason in load_reasons(file)["extend"]] == ["lu_lut"]
    assert "refuse" not in load_reasons(file)
    file.unlink()
    assert load_reasons(file) == KNOWN


@pytest.mark.parametrize(
    "content",
    [
        b"[[extend]]",
        b"\xff\xfe",
        b"extend = 1",
        b'[[extend]]\ncode = "A B"\nvi = "x"\nen = "x"\n',
        b'[[extend]]\ncode = "other"\nvi = "x"\nen = "x"\n',
        b'[[extend]]\ncode = "a"\nvi = "x"\nen = "x"\n[[extend]]\ncode = "a"\nvi = "y"\nen = "y"\n',
        b"#" * 70_000,
    ],
)
def test_broken_list_is_named_as_such(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "reasons.toml"
    file.write_bytes(content)

    with pytest.raises(ReasonFault):
        load_reasons(file)
