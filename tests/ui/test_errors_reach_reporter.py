import logging
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPaintEvent, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from counter_app.core.errors import BugError, EnvironmentFailure, UserError
from resources.texts import Language
from ui.errors import ErrorPresenter, Reporter, WindowApplication
from ui.messages import Message, Severity
from ui.words import Words

pytestmark = pytest.mark.qt_no_exception_capture


class _Faulty(QWidget):
    called = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.fails_painting = False
        self.called.connect(self.on_called, Qt.ConnectionType.QueuedConnection)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        if self.fails_painting:
            self.fails_painting = False
            raise ValueError("paint")

    def keyPressEvent(self, _event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        raise ValueError("key")

    @Slot()
    def on_plain(self) -> None:
        raise ValueError("plain")

    @Slot(object)
    def on_called(self, _what: object) -> None:
        raise ValueError("queued")


@pytest.fixture
def reporter(qapp: WindowApplication) -> Iterator[Reporter]:
    qapp.reporter.install()
    qapp.reporter._last_seen.clear()
    yield qapp.reporter
    qapp.reporter.uninstall()


@pytest.fixture
def faulty(qtbot: QtBot) -> _Faulty:
    made = _Faulty()
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    return made


def _press_button(widget: _Faulty) -> None:
    button = QPushButton(widget)
    button.clicked.connect(widget.on_plain)
    button.click()


def _press_shortcut(widget: _Faulty) -> None:
    shortcut = QShortcut("F9", widget)
    shortcut.activated.connect(widget.on_plain)
    widget.activateWindow()
    QTest.keyClick(widget, Qt.Key.Key_F9)


def _fire_timer(widget: _Faulty) -> None:
    timer = QTimer(widget)
    timer.setSingleShot(True)
    timer.timeout.connect(widget.on_plain)
    timer.start(0)


def _emit_queued(widget: _Faulty) -> None:
    widget.called.emit(1)


def _paint(widget: _Faulty) -> None:
    widget.fails_painting = True
    widget.update()


def _press_key(widget: _Faulty) -> None:
    QTest.keyClick(widget, Qt.Key.Key_A)


def _fail_in_thread(_widget: _Faulty) -> None:
    def work() -> None:
        raise ValueError("thread")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


@pytest.mark.parametrize(
    ("act", "told"),
    [
        pytest.param(_press_button, "plain", id="button slot"),
        pytest.param(_press_shortcut, "plain", id="shortcut slot"),
        pytest.param(_fire_timer, "plain", id="timer slot"),
        pytest.param(_emit_queued, "queued", id="queued slot"),
        pytest.param(_paint, "paint", id="paint event"),
        pytest.param(_press_key, "key", id="key event"),
        pytest.param(_fail_in_thread, "thread", id="thread"),
    ],
)
def test_uncaught_error_reaches_the_one_reporter(
    qtbot: QtBot, reporter: Reporter, faulty: _Faulty, act: object, told: str
) -> None:
    with qtbot.waitSignal(reporter.bug_noted, timeout=3_000) as noted:
        act(faulty)  # type: ignore[operator]  # parametrised with functions of one widget

    error = noted.args[0]
    assert isinstance(error, BugError)
    assert told in str(error.__cause__)
    assert len(str(error.context["reference"])) == 8


def test_same_place_failing_again_is_reported_once(qtbot: QtBot, reporter: Reporter) -> None:
    noted: list[object] = []
    reporter.bug_noted.connect(noted.append)

    for _ in range(50):
        reporter.report(ValueError("every repaint"))
    reporter.report(KeyError("another place"))

    qtbot.waitUntil(lambda: len(noted) == 2)


def test_report_logs_the_traceback_under_the_shown_reference(
    reporter: Reporter, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("counter_app").propagate = True
    with caplog.at_level(logging.ERROR, logger="counter_app"):
        bug = reporter.note(ValueError("x"))

    assert str(bug.context["reference"]) in caplog.text


class _Bar:
    def __init__(self) -> None:
        self.messages: list[Message] = []

    def show_message(self, message: Message) -> None:
        self.messages.append(message)


@pytest.mark.parametrize("language", list(Language))
def test_presenter_says_a_sentence_for_every_kind_even_without_its_own_text(language: Language) -> None:
    bar = _Bar()
    presenter = ErrorPresenter(Words(language), bar)

    presenter.show(UserError("nowhere.such_code"))
    presenter.show(EnvironmentFailure("nowhere.such_code", retryable=True), retry=lambda: None)
    presenter.show(EnvironmentFailure("nowhere.such_code"), retry=lambda: None)
    presenter.show(BugError("error.unexpected", reference="AB12CD34"))
    presenter.show(BugError("nowhere.such_code"))

    user, passing, lasting, bug, nameless = bar.messages
    assert user.severity is Severity.WARNING
    assert "nowhere.such_code" in user.text
    assert passing.action is not None
    assert lasting.action is None
    assert bug.copies == "AB12CD34"
    assert "AB12CD34" in bug.text
    assert "nowhere.such_code" in nameless.text
