"""Many dossiers at once: a preview that is true, and each dossier done or untouched whatever happens."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import Outcome, Status
from counter_app.domain.forms.kinds import Form
from counter_app.services.answers.bulk import BulkAnswer, BulkKind, BulkOrder, BulkState
from counter_app.services.answers.manifests import NewManifest
from counter_app.services.sample_data import LOGIN
from tests.fakes.desks import HEAD, a_form, at_work, desk_with_head, sample_desk
from tests.fakes.manifests import POST, handed_over, is_whole, listed, receive

ARRIVED = BulkOrder(kind=BulkKind.RESULT_ARRIVED)
UNKNOWN = "H99.14-200101-0001"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenCounter]:
    with at_work(sample_desk(tmp_path / "desk")) as made:
        yield made


def resolved(desk: OpenCounter, count: int) -> list[str]:
    codes = receive(desk, count)
    for code in codes:
        desk.counter.dossiers.act(code, Action.TRANSFER, ActionFacts(receiver="Phòng Tư pháp"))
        desk.counter.dossiers.act(code, Action.RESOLVE, ActionFacts(result_kind="Giấy khai sinh"))
    return codes


def has_arrived(desk: OpenCounter, code: str) -> bool:
    result = desk.counter.lookup.get_dossier(code).state.result
    return result is not None and result.here_at is not None


def states(answer: BulkAnswer) -> dict[str, BulkState]:
    return {line.code: line.state for line in answer.lines}


def test_preview_says_which_can_be_done_and_why_not_and_changes_nothing(desk: OpenCounter) -> None:
    ready, (fresh,) = resolved(desk, 2), receive(desk)
    before = desk.counter.lookup.get_dossier(ready[0])

    answer = desk.counter.bulk.preview(ARRIVED, [*ready, fresh, UNKNOWN, ready[0].lower(), "chữ gì đó"])

    assert states(answer) == {
        ready[0]: BulkState.READY, ready[1]: BulkState.READY,
        fresh: BulkState.REFUSED, UNKNOWN: BulkState.REFUSED, "chữ gì đó": BulkState.REFUSED,
    }  # fmt: skip
    reasons = {line.code: line.error_code for line in answer.lines if line.error_code}
    assert (reasons[fresh], reasons[UNKNOWN]) == ("action.wrong_status", "dossier.unknown_code")
    assert answer.ready == tuple(ready)
    assert desk.counter.lookup.get_dossier(ready[0]) == before


def test_what_the_preview_promised_is_done_and_the_rest_is_refused_with_its_reason(desk: OpenCounter) -> None:
    ready, (fresh,) = resolved(desk, 3), receive(desk)
    told: list[tuple[int, int]] = []

    answer = desk.counter.bulk.run(
        ARRIVED, [ready[0], fresh, *ready[1:]], progressed=lambda done, total: told.append((done, total))
    )

    assert [line.state for line in answer.lines] == [
        BulkState.DONE, BulkState.REFUSED, BulkState.DONE, BulkState.DONE
    ]  # fmt: skip
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert all(has_arrived(desk, code) for code in ready)
    assert desk.counter.lookup.get_dossier(fresh).dossier.status is Status.RECEIVED
    assert is_whole(desk)


@given(after=st.integers(min_value=0, max_value=5))
@settings(max_examples=6)
def test_cancelled_run_leaves_every_dossier_done_or_untouched(
    tmp_path_factory: pytest.TempPathFactory, after: int
) -> None:
    with at_work(sample_desk(tmp_path_factory.mktemp("cancelled"))) as desk:
        codes = resolved(desk, 4)
        calls = 0

        def is_cancelled() -> bool:
            nonlocal calls
            calls += 1
            return calls > after

        answer = desk.counter.bulk.run(ARRIVED, codes, is_cancelled=is_cancelled)

        done = min(after, len(codes))
        assert [line.state for line in answer.lines] == [BulkState.DONE] * done + [BulkState.UNTOUCHED] * (4 - done)
        assert [has_arrived(desk, code) for code in codes] == [True] * done + [False] * (4 - done)
        assert is_whole(desk)


def test_disk_that_fills_up_in_the_middle_stops_the_run_and_says_what_was_done(
    desk: OpenCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = resolved(desk, 3)
    append, calls = desk.desk.journal.append, 0

    def append_until_full(connection: Connection, *arguments: object, **named: object) -> object:
        nonlocal calls
        calls += 1
        entry = append(connection, *arguments, **named)  # type: ignore[arg-type]
        if calls > 1:
            raise EnvironmentFailure("disk.full", retryable=True)
        return entry

    monkeypatch.setattr(type(desk.desk.journal), "append", lambda _self, *a, **k: append_until_full(*a, **k))
    answer = desk.counter.bulk.run(ARRIVED, codes)
    monkeypatch.undo()

    assert [line.state for line in answer.lines] == [BulkState.DONE, BulkState.UNTOUCHED, BulkState.UNTOUCHED]
    assert [line.error_code for line in answer.lines] == ["", "disk.full", ""]
    assert [has_arrived(desk, code) for code in codes] == [True, False, False]
    assert is_whole(desk)


def test_selection_goes_on_a_manifest_except_what_another_one_or_somebody_else_has(desk: OpenCounter) -> None:
    gone, other, *good = receive(desk, 4)
    handed_over(desk, [gone])
    listed(desk, [other])
    manifest = desk.counter.custody.begin(NewManifest(receiver=POST)).manifest.code
    order = BulkOrder(kind=BulkKind.MANIFEST, manifest=manifest)

    before = desk.counter.bulk.preview(BulkOrder(kind=BulkKind.MANIFEST), [gone, other, *good])
    answer = desk.counter.bulk.run(order, [gone, other, *good])

    assert states(before) == {
        gone: BulkState.REFUSED, other: BulkState.REFUSED, good[0]: BulkState.READY, good[1]: BulkState.READY
    }  # fmt: skip
    assert [line.error_code for line in answer.lines[:2]] == ["manifest.not_held", "manifest.on_another"]
    assert desk.counter.custody.get(manifest).manifest.codes == tuple(good)


def test_papers_are_ordered_for_each_and_one_printed_before_needs_its_reason(desk: OpenCounter) -> None:
    codes = receive(desk, 2)
    order = BulkOrder(kind=BulkKind.PRINT, form=Form.CONTROL_SLIP)
    desk.counter.bulk.run(order, codes[:1])

    again = desk.counter.bulk.run(order, codes)
    with_reason = desk.counter.bulk.preview(BulkOrder(kind=BulkKind.PRINT, form=Form.LABEL), codes)

    assert states(again) == {codes[0]: BulkState.REFUSED, codes[1]: BulkState.DONE}
    assert again.lines[0].error_code == "print_job.reason_missing"
    assert set(states(with_reason).values()) == {BulkState.READY}


def test_dossiers_that_wait_for_their_acceptance_are_accepted_with_due_date_and_receipt(tmp_path: Path) -> None:
    with desk_with_head(tmp_path) as desk:
        forms = [msgspec.structs.replace(a_form(number), reason="Sai thẩm quyền") for number in range(3)]
        waiting = [desk.counter.intake.receive(form, Outcome.REFUSED).dossier.code for form in forms]
        desk.counter.session.act_as(HEAD)
        for code in waiting:
            desk.counter.dossiers.act(code, Action.REOPEN, ActionFacts(reason="Từ chối nhầm"))
        desk.counter.session.act_as(LOGIN)
        (accepted,) = receive(desk)

        answer = desk.counter.bulk.run(BulkOrder(kind=BulkKind.ACCEPT), [*waiting, accepted])

        assert [line.state for line in answer.lines] == [*[BulkState.DONE] * 3, BulkState.REFUSED]
        for code in waiting:
            view = desk.counter.lookup.get_dossier(code)
            assert (view.dossier.status, view.dossier.due is not None) == (Status.RECEIVED, True)
            assert Form.RECEIPT in {job.form for job in view.print_jobs}
        assert is_whole(desk)


def test_order_that_nothing_can_follow_does_nothing(desk: OpenCounter) -> None:
    codes = receive(desk)
    closed = handed_over(desk, receive(desk)).manifest.code

    for order, chosen, reason in (
        (ARRIVED, [], "bulk.nothing_chosen"),
        (ARRIVED, [f"H99.14-200101-{number:04d}" for number in range(1, 2_003)], "bulk.too_many"),
        (BulkOrder(kind=BulkKind.MANIFEST, manifest=closed), codes, "manifest.wrong_state"),
        (BulkOrder(kind=BulkKind.MANIFEST, manifest="H99.14-M200101-001"), codes, "manifest.unknown_code"),
    ):
        with pytest.raises(UserError) as caught:
            desk.counter.bulk.run(order, chosen)
        assert caught.value.code == reason
