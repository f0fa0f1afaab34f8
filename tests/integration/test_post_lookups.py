"""A post office's lists ask an index and not a whole status; what does not fit in a file is said."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import event

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.domain.correction import facts_of
from counter_app.domain.dossier import Outcome, ResultChannel
from tests.fakes.desks import DeskClock
from tests.fakes.posting import COMMUNE, by_post, posting_desk, sent, with_result


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenCounter]:
    with posting_desk(tmp_path, DeskClock()) as made:
        yield made


def plans(desk: OpenCounter, work: Callable[[], object]) -> list[str]:
    """Return how SQLite goes through the dossiers while something is asked."""
    asked: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, values: object, *_rest: object) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, values))

    event.listen(desk.desk.store.engine, "before_cursor_execute", note)
    work()
    event.remove(desk.desk.store.engine, "before_cursor_execute", note)
    with desk.desk.store.reading() as connection:
        rows = [
            row[3]
            for statement, values in asked
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)  # type: ignore[arg-type]
        ]
    return [row for row in rows if "ossier" in row or "received" in row]


def test_bags_and_results_to_send_are_found_along_an_index(desk: OpenCounter) -> None:
    waiting = with_result(desk)
    out = desk.counter.intake.receive(by_post(1), Outcome.ACCEPTED).dossier.code
    post = desk.counter.post

    for work in (post.waybills.list_ready, post.bags.preview):
        found = plans(desk, work)
        assert found
        assert [row for row in found if row.startswith("SCAN")] == []
        assert any("INDEX ix_dossier_standing" in row for row in found)

    assert [ready.code for ready in post.waybills.list_ready()] == [waiting]
    assert [(bag.unit_code, bag.codes) for bag in post.bags.preview()] == [(COMMUNE.code, (out,))]


def test_results_to_send_follow_a_correction_and_are_as_many_as_asked_for(desk: OpenCounter) -> None:
    codes = [with_result(desk, number) for number in range(3)]
    ready = desk.counter.post.waybills.list_ready

    assert [one.code for one in ready()] == codes
    assert [one.code for one in ready(limit=2)] == codes[:2]
    before = facts_of(desk.counter.lookup.get_dossier(codes[0]).dossier)
    after = msgspec.structs.replace(before, result_channel=ResultChannel.DESK, note="tự đến lấy")
    desk.counter.corrections.correct(codes[0], before=before, after=after, reason="chủ hồ sơ đổi ý")
    assert [one.code for one in ready()] == codes[1:]


def test_list_that_no_file_holds_is_refused_and_nothing_leaves(
    desk: OpenCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("counter_app.services.post_files._MOST_ROWS", 1)
    sent(desk)
    assert desk.counter.post.files.write(".csv").waybills == 1
    with_result(desk, 1)

    with pytest.raises(UserError, match="list_too_long"):
        desk.counter.post.files.write(".csv")
