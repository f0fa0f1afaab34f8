import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from counter_app.core.errors import AppError, BugError, EnvironmentFailure, UserError
from tests.ui.conftest import ShownErrors
from ui.errors import Reporter
from ui.tasks import Progress, Tasks, Where


@pytest.fixture
def tasks(qtbot: QtBot, shown_errors: ShownErrors) -> Iterator[Tasks]:
    made = Tasks(presenter=shown_errors, reporter=Reporter())
    yield made
    assert made.shutdown(5_000)


def test_result_arrives_in_the_ui_thread_and_work_runs_in_the_store_thread(qtbot: QtBot, tasks: Tasks) -> None:
    owner = QObject()
    seen: list[Any] = []

    tasks.run(
        lambda: threading.current_thread().name,
        owner=owner,
        done=lambda name: seen.append((name, threading.current_thread() is threading.main_thread())),
    )

    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [("store", True)]


def test_pool_work_does_not_run_in_the_store_thread(qtbot: QtBot, tasks: Tasks) -> None:
    owner = QObject()
    seen: list[Any] = []

    tasks.run(lambda: threading.current_thread().name, owner=owner, done=seen.append, where=Where.POOL)

    qtbot.waitUntil(lambda: bool(seen))
    assert seen[0].startswith("pool")


def test_what_waits_for_the_line_keeps_nothing_else_waiting(qtbot: QtBot, tasks: Tasks) -> None:
    owner, line = QObject(), threading.Event()
    seen: list[Any] = []
    for _ in range(3):
        tasks.run(line.wait, owner=owner, done=seen.append, where=Where.FETCH)
    for where in (Where.STORE, Where.POOL):
        tasks.run(lambda: "else", owner=owner, done=seen.append, where=where)

    qtbot.waitUntil(lambda: seen == ["else", "else"])
    line.set()
    qtbot.waitUntil(lambda: seen[2:] == [True, True, True])


def test_store_tasks_run_in_the_order_they_were_given(qtbot: QtBot, tasks: Tasks) -> None:
    owner = QObject()
    order: list[int] = []
    seen: list[Any] = []

    for number in range(20):
        tasks.run(partial(order.append, number), owner=owner, done=seen.append)

    qtbot.waitUntil(lambda: len(seen) == 20)
    assert order == list(range(20))


def test_progress_in_bytes_of_a_large_file_arrives_as_it_was_told(qtbot: QtBot, tasks: Tasks) -> None:
    owner, told = QObject(), [(5, 2**31), (2**31, 5 * 10**9), (0, 0)]
    heard: list[tuple[int, int]] = []

    def work(progress: Progress) -> None:
        for one in told:
            progress.report(*one)

    tasks.run_with_progress(
        work, owner=owner, done=lambda _none: None, progressed=lambda done, total: heard.append((done, total))
    )

    qtbot.waitUntil(lambda: heard == told)


def test_newer_task_of_the_same_key_drops_the_older_result(qtbot: QtBot, tasks: Tasks) -> None:
    owner, gate = QObject(), threading.Event()
    seen: list[Any] = []

    tasks.run(lambda: gate.wait(5) and "old", owner=owner, done=seen.append, supersedes="search")
    tasks.run(lambda: "new", owner=owner, done=seen.append, supersedes="search")
    tasks.run(lambda: "other", owner=owner, done=seen.append, supersedes="quote")
    gate.set()

    qtbot.waitUntil(lambda: len(seen) == 2)
    assert seen == ["new", "other"]


def test_result_for_a_destroyed_owner_is_dropped(qtbot: QtBot, tasks: Tasks) -> None:
    import shiboken6

    gone, stays, gate = QObject(), QObject(), threading.Event()
    seen: list[str] = []
    tasks.run(lambda: gate.wait(5), owner=gone, done=lambda _: seen.append("gone"))
    tasks.run(lambda: None, owner=stays, done=lambda _: seen.append("stays"))

    shiboken6.delete(gone)
    gate.set()

    qtbot.waitUntil(lambda: bool(seen))
    assert seen == ["stays"]


def test_failure_without_own_handler_reaches_the_presenter(
    qtbot: QtBot, tasks: Tasks, shown_errors: ShownErrors
) -> None:
    owner = QObject()

    def refuse() -> None:
        raise UserError("dossier.unknown_code")

    tasks.run(refuse, owner=owner, done=lambda _: None)

    qtbot.waitUntil(lambda: bool(shown_errors.errors))
    assert shown_errors.errors[0].code == "dossier.unknown_code"


def test_retry_runs_the_same_work_again(qtbot: QtBot, tasks: Tasks, shown_errors: ShownErrors) -> None:
    owner = QObject()
    tries: list[int] = []
    seen: list[str] = []

    def second_time_lucky() -> str:
        tries.append(1)
        if len(tries) == 1:
            raise EnvironmentFailure("disk.write_failed", retryable=True)
        return "written"

    tasks.run(second_time_lucky, owner=owner, done=seen.append, supersedes="save")
    qtbot.waitUntil(lambda: bool(shown_errors.retries))
    retry = shown_errors.retries[0]
    assert retry is not None
    retry()

    qtbot.waitUntil(lambda: bool(seen))
    assert seen == ["written"]


def test_bug_in_the_work_becomes_a_bug_error_with_its_cause(qtbot: QtBot, tasks: Tasks) -> None:
    owner = QObject()
    failures: list[AppError] = []

    tasks.run(lambda: 1 // 0, owner=owner, done=lambda _: None, failed=failures.append)

    qtbot.waitUntil(lambda: bool(failures))
    assert isinstance(failures[0], BugError)
    assert isinstance(failures[0].__cause__, ZeroDivisionError)


def test_long_work_announces_busy_and_its_end(qtbot: QtBot, tasks: Tasks) -> None:
    owner, gate = QObject(), threading.Event()
    states: list[bool] = []
    tasks.busy_changed.connect(states.append)

    with qtbot.waitSignal(tasks.busy_changed, timeout=3_000):
        tasks.run(lambda: gate.wait(5), owner=owner, done=lambda _: None)
    gate.set()

    qtbot.waitUntil(lambda: states == [True, False])


def test_progress_is_reported_and_cancelling_drops_the_result(qtbot: QtBot, tasks: Tasks) -> None:
    owner, stopped = QObject(), threading.Event()
    steps: list[tuple[int, int]] = []
    seen: list[str] = []

    def work(progress: Progress) -> str:
        progress.report(1, 2)
        while not progress.is_cancelled():
            stopped.wait(0.01)
        stopped.set()
        return "too late"

    handle = tasks.run_with_progress(
        work, owner=owner, done=seen.append, progressed=lambda done, total: steps.append((done, total))
    )
    qtbot.waitUntil(lambda: bool(steps))
    handle.cancel()
    tasks.run(lambda: "next", owner=owner, done=seen.append)

    qtbot.waitUntil(lambda: bool(seen))
    assert steps == [(1, 2)]
    assert seen == ["next"]
    assert stopped.is_set()


def test_shutdown_finishes_what_is_queued_and_takes_no_more(qtbot: QtBot, shown_errors: ShownErrors) -> None:
    tasks = Tasks(presenter=shown_errors, reporter=Reporter())
    owner = QObject()
    written: list[str] = []
    seen: list[None] = []
    tasks.run(lambda: written.append("draft"), owner=owner, done=seen.append)

    assert tasks.shutdown(5_000)
    tasks.run(lambda: written.append("after"), owner=owner, done=seen.append)

    assert written == ["draft"]
    assert seen == []
