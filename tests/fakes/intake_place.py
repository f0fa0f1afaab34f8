"""The intake page of one open desk, for tests that drive it by keys."""

import os
from dataclasses import dataclass, field

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from counter_app.bootstrap import OpenCounter, open_counter
from counter_app.core.paths import DataFolder
from counter_app.domain.forms.facts import FormData
from counter_app.domain.forms.kinds import Sheet
from counter_app.services.answers.dossiers import DossierView
from counter_app.services.answers.printing import PrinterStatus
from resources.texts import Language
from tests.conftest import PASSPHRASE
from ui.actions import ActionId
from ui.errors import ErrorPresenter, Reporter
from ui.intake.page import IntakePage
from ui.messages import Message, Severity
from ui.page import PageContext, PageImage
from ui.tasks import Tasks
from ui.words import Words

LAN = "036190001234|145123456|Nguyễn Thị Hồng Lan|05031990|Nữ|Xóm 5, Cổ Lễ, Trực Ninh, Nam Định|01012022"
HUNG = "036085004321||Trần Văn Hùng|02011985|Nam|Xóm 2, Cổ Lễ, Trực Ninh, Nam Định|02022022"
BIRTH = "1.001193"
PAGE_WIDTH, PAGE_HEIGHT = 877, 514  # what the frame of the window leaves of 1366x768 at 125 %


class Bar:
    """Keeps what the page says, as the window's message bar does."""

    def __init__(self) -> None:
        self.message: Message | None = None

    def show_message(self, message: Message) -> None:
        self.message = message

    def clear(self) -> None:
        self.message = None

    @property
    def text(self) -> str:
        return self.message.text if self.message else ""


class Printer:
    """Counts how often the printers' threads were woken."""

    def __init__(self) -> None:
        self.woken = 0

    def wake(self, printer: str = "") -> None:
        assert printer == ""
        self.woken += 1

    def cancel(self, job_id: str) -> None:
        raise AssertionError(job_id)

    def preview(
        self, data: FormData, *, copies: int = 1, sheet: Sheet | None = None, printer: str = ""
    ) -> tuple[PageImage, ...]:
        raise AssertionError(data.form, copies, sheet, printer)

    def list_printers(self) -> tuple[PrinterStatus, ...]:
        return ()


@dataclass
class Place:
    """The intake page of one open desk."""

    qtbot: QtBot
    open_desk: OpenCounter
    words: Words
    tasks: Tasks
    page: IntakePage
    bar: Bar
    printer: Printer
    bugs: list[object] = field(default_factory=list)

    def focused(self) -> QWidget:
        return self.page.window().focusWidget()

    def press(self, key: Qt.Key) -> None:
        QTest.keyClick(self.focused(), key)

    def write(self, text: str) -> None:
        for letter in text:
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                event = QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, letter)
                QApplication.sendEvent(self.focused(), event)

    def line(self, name: str) -> QLineEdit:
        found = self.page.findChild(QLineEdit, name)
        assert isinstance(found, QLineEdit), name
        return found

    def choice(self, name: str) -> QComboBox:
        found = self.page.findChild(QComboBox, name)
        assert isinstance(found, QComboBox), name
        return found

    def wait_place(self, name: str) -> None:
        self.qtbot.waitUntil(lambda: self.page.place()[0] == name)

    def wait_quote(self) -> None:
        self.qtbot.waitUntil(lambda: "/" in self.page.outcome.due.text())

    def scan(self, card: str) -> None:
        before = self.page.presenter.state.form
        assert self.page.handle_scan(card.encode())
        self.qtbot.waitUntil(lambda: self.page.presenter.state.form != before)

    def choose(self, words: str) -> None:
        self.page.perform(ActionId.INTAKE_PROCEDURE)
        self.write(words)
        self.press(Qt.Key.Key_Return)
        self.qtbot.waitUntil(lambda: self.page.presenter.state.procedure is not None)

    def wait_saved(self) -> None:
        self.qtbot.waitUntil(lambda: self.bar.message is not None and self.bar.message.severity is Severity.SUCCESS)

    def newest(self) -> DossierView:
        lookup = self.open_desk.counter.lookup
        return lookup.get_dossier(lookup.list_recent(limit=1)[0].code)

    def ready_to_accept(self) -> None:
        self.scan(LAN)
        self.choose("khai sinh")
        self.page.perform(ActionId.INTAKE_ALL_HANDED_IN)
        self.wait_quote()


def open_place(qtbot: QtBot, folder: DataFolder, language: Language = Language.VIETNAMESE) -> Place:
    desk = open_counter(folder, passphrase=PASSPHRASE)
    desk.counter.session.act_as("mai")
    bar, printer, words, reporter = Bar(), Printer(), Words(language), Reporter()
    errors = ErrorPresenter(words, bar)
    tasks = Tasks(presenter=errors, reporter=reporter)
    page = IntakePage(
        PageContext(
            counter=desk.counter,
            tasks=tasks,
            words=words,
            errors=errors,
            messages=bar,
            printing=printer,
        )
    )
    qtbot.addWidget(page)
    page.resize(PAGE_WIDTH, PAGE_HEIGHT)
    with qtbot.waitActive(page):
        page.show()
        page.activateWindow()
    place = Place(qtbot, desk, words, tasks, page, bar, printer)
    reporter.bug_noted.connect(place.bugs.append)
    page.activate()
    qtbot.waitUntil(lambda: bool(page.presenter.state.units))
    return place


def close_place(place: Place) -> None:
    place.page.deactivate()
    assert place.tasks.shutdown(5000)
    place.page.hide()
    place.open_desk.close()
    assert place.bugs == []
