from datetime import UTC, datetime, timedelta

import pytest

from counter_app.domain.actions.state import DossierState, DueChange, DueChangeCause, Pause, PauseCause, Result, Return
from counter_app.domain.actions.table import RULES, Action
from counter_app.domain.dossier import ResultChannel, Status
from counter_app.domain.forms.details import Hop
from counter_app.domain.manifest import ItemState, ManifestState
from counter_app.services.answers.dossiers import DossierManifest, HistoryLine
from resources.texts import Language
from ui.dossier_actions.fact_inputs import ChannelInput, label_of, make_input
from ui.dossier_actions.state import read_facts
from ui.dossiers.story import tell_custody, tell_due, tell_history, tell_manifests, tell_result
from ui.words import Words

AT = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
_WRITTEN = {"amount": "50.000", "new_due_at": "16:30 5/12/2026", "result_on": "1/12/2026", "channel": "post"}


@pytest.fixture(params=list(Language))
def words(request: pytest.FixtureRequest, qapp: object) -> Words:
    return Words(request.param)


def _state(**parts: object) -> DossierState:
    return DossierState(status=Status.IN_PROGRESS, **parts)  # type: ignore[arg-type]


@pytest.mark.parametrize("cause", list(DueChangeCause))
def test_every_cause_of_a_moved_due_date_has_words(words: Words, cause: DueChangeCause) -> None:
    before, after = AT + timedelta(days=1), AT + timedelta(days=3)
    change = DueChange(at=AT, cause=cause, due_before=before, due_after=after, reason="chờ xác minh")

    ((_at, said),) = tell_due(words, _state(due_changes=(change,)))

    assert said.startswith("09:10 24/11/2026 → 09:10 26/11/2026: ")
    assert words(f"ui.due_cause.{cause.value}") in said
    assert ("chờ xác minh" in said) is (cause is DueChangeCause.EXTENDED)


def test_first_due_date_has_no_date_before(words: Words) -> None:
    change = DueChange(at=AT, cause=DueChangeCause.ACCEPTED, due_after=AT + timedelta(days=3))

    ((_at, said),) = tell_due(words, _state(due_changes=(change,)))

    assert "→" not in said
    assert "09:10 26/11/2026" in said


def test_waits_and_moves_stand_in_the_order_they_happened(words: Words) -> None:
    first = Pause(cause=PauseCause.SUPPLEMENT, began_at=AT, back_to=Status.RECEIVED, ended_at=AT + timedelta(days=1))
    last = Pause(cause=PauseCause.PAYMENT, began_at=AT + timedelta(days=2), back_to=Status.RECEIVED)
    moved = DueChange(
        at=AT + timedelta(days=1), cause=DueChangeCause.SUPPLEMENT, due_before=AT, due_after=AT + timedelta(days=5)
    )

    told = list(tell_due(words, _state(pauses=(first, last), due_changes=(moved,), payment_due=1_250_000)))

    assert [at[-10:] for at, _said in told[:3]] == ["23/11/2026", "24/11/2026", "25/11/2026"]
    assert "09:10 24/11/2026" in told[0][1]
    assert words("ui.dossiers.waiting", cause=words("ui.pause_cause.payment")) == told[2][1]
    assert "1.250.000" in told[3][1]


def test_hop_says_how_the_time_was_kept_and_keeps_older_words_as_they_are(words: Words) -> None:
    hops = tuple(
        Hop(giver="Quầy 1", receiver="Phòng Tư pháp", at=AT, outcome=outcome)
        for outcome in ("early", "on_time", "late", "", "đúng hẹn")
    )

    told = [said for _at, said in tell_custody(words, _state(hops=hops, holder="Phòng Tư pháp"))]

    assert told[0] == "Phòng Tư pháp"
    assert [said.partition(" · ")[2] for said in told[1:]] == [
        words("ui.outcome.early"),
        words("ui.outcome.on_time"),
        words("ui.outcome.late"),
        "",
        "đúng hẹn",
    ]


@pytest.mark.parametrize("channel", list(ResultChannel))
def test_return_says_into_whose_hands_and_with_what(words: Words, channel: ResultChannel) -> None:
    returned = Return(
        at=AT,
        channel=channel,
        receiver="Trần Văn Nhận",
        authorisation="GUQ 1",
        waybill="VN1",
        what="1 bản",
        is_whole=False,
    )
    state = _state(result=Result(kind="Giấy khai sinh", here_at=AT), returns=(returned,))

    told = list(tell_result(words, state))

    assert told[0][1] == "Giấy khai sinh"
    assert told[1][1] == "09:10 23/11/2026"
    for part in ("Trần Văn Nhận", "GUQ 1", "VN1", "1 bản"):
        assert part in told[2][1]


def test_history_names_the_action_and_keeps_other_entries_by_their_kind(words: Words) -> None:
    lines = (
        HistoryLine(at=AT, clerk_name="Lê Thị Mai", kind="dossier.received"),
        HistoryLine(at=AT, clerk_name="", kind="dossier.acted", action="take-back"),
        HistoryLine(at=AT, clerk_name="Lê Thị Mai", kind="manifest.closed", manifest_code="BG-1"),
    )

    told = [said for _at, said in tell_history(words, lines)]

    assert told == [
        f"{words('history.dossier.received')} · Lê Thị Mai",
        words("action.name.take-back"),
        f"{words('history.manifest.closed')} · BG-1 · Lê Thị Mai",
    ]


@pytest.mark.parametrize("item", list(ItemState))
def test_a_manifest_is_told_with_what_was_found(words: Words, item: ItemState) -> None:
    listed = DossierManifest(code="H56.14-M261122-001", state=ManifestState.RECEIVED, item_state=item)

    ((_name, said),) = tell_manifests(words, (listed,))

    assert said.startswith(f"H56.14-M261122-001 · {words('manifest.state.received')} · ")
    assert said.endswith(words(f"manifest.item.{item.value}"))


@pytest.mark.parametrize("action", list(Action))
def test_every_fact_of_an_action_has_a_field_and_is_read_as_the_table_wants_it(words: Words, action: Action) -> None:
    rule = RULES[action]
    fields = (*rule.needs, *rule.offers)

    values = {name: _WRITTEN.get(name, "một\nhai" if name == "missing" else "chữ") for name in fields}
    facts, problems = read_facts(values, fields)

    assert problems == {}
    assert all(getattr(facts, name) not in ("", (), None) for name in fields)
    for name in fields:
        made = make_input(name, words)
        assert label_of(words, name, is_needed=False) != f"action.field.{name}"
        assert isinstance(made, ChannelInput) is (name == "channel")
        made.mark_needed(is_needed=True)
        assert made.editor.accessibleName()
