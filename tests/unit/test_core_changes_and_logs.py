import logging
from pathlib import Path

import pytest

from counter_app.core.changes import Announcer, Topic
from counter_app.core.errors import BugError, EnvironmentFailure, UserError
from counter_app.core.logs import configure_logs


def test_listener_hears_the_topics_until_it_unsubscribes() -> None:
    announcer, heard = Announcer(), list[frozenset[Topic]]()
    unsubscribe = announcer.subscribe(heard.append)

    announcer.announce(Topic.DOSSIERS, Topic.PRINT_JOBS)
    unsubscribe()
    unsubscribe()
    announcer.announce(Topic.UNITS)

    assert heard == [frozenset({Topic.DOSSIERS, Topic.PRINT_JOBS})]


def test_listener_that_fails_is_logged_without_its_words_and_the_others_still_hear(tmp_path: Path) -> None:
    configure_logs(tmp_path)
    announcer, heard = Announcer(), list[frozenset[Topic]]()

    def fail(_topics: frozenset[Topic]) -> None:
        raise ValueError("Nguyễn Văn Bí Mật")

    announcer.subscribe(fail)
    announcer.subscribe(heard.append)
    announcer.announce(Topic.UNITS)
    configure_logs(None)

    log = (tmp_path / "counter.log").read_text(encoding="utf-8")
    assert heard == [frozenset({Topic.UNITS})]
    assert "ValueError" in log
    assert "Bí Mật" not in log


def test_listener_may_unsubscribe_while_it_is_told() -> None:
    announcer, heard = Announcer(), list[str]()

    def once(_topics: frozenset[Topic]) -> None:
        heard.append("once")
        leave()

    leave = announcer.subscribe(once)
    announcer.announce(Topic.UNITS)
    announcer.announce(Topic.UNITS)

    assert heard == ["once"]


def test_log_goes_to_the_file_and_nowhere_without_a_folder(tmp_path: Path) -> None:
    log = logging.getLogger("counter_app.something")
    configure_logs(tmp_path / "logs")
    log.info("first")
    configure_logs(None)
    log.info("second")

    written = (tmp_path / "logs" / "counter.log").read_text(encoding="utf-8")
    assert "first" in written
    assert "second" not in written


def test_folder_that_cannot_be_made_does_not_stop_the_program(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")

    configure_logs(tmp_path / "file" / "logs")

    logging.getLogger("counter_app").warning("nowhere")
    configure_logs(None)
    assert (tmp_path / "file").read_text(encoding="utf-8") == "in the way"


@pytest.mark.parametrize(
    ("error", "exit_code", "shown"),
    [
        (UserError("a.b", field="x"), 2, "a.b (field=x)"),
        (EnvironmentFailure("a.b", retryable=True), 3, "a.b"),
        (BugError("a.b", count=1, of=2), 1, "a.b (count=1, of=2)"),
    ],
)
def test_each_kind_of_error_has_its_exit_code_and_shows_code_and_context(
    error: UserError, exit_code: int, shown: str
) -> None:
    assert (error.exit_code, str(error)) == (exit_code, shown)
