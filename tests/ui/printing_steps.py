"""Steps that the tests of the printing pages share."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from counter_app.services.answers.printing import PrintJob
from counter_app.services.counter import Counter
from ui.actions import PageId
from ui.dossiers.page import DossiersPage
from ui.print_jobs.page import PrintJobsPage
from ui.shell import MainWindow


def type_into(field: QWidget, text: str) -> None:
    """Write as UniKey and other input methods do: the finished words are handed to the field that has the focus."""
    field.setFocus()
    event = QInputMethodEvent()
    event.setCommitString(text)
    QApplication.sendEvent(field, event)


def choose(box: QComboBox, value: object) -> None:
    """Choose an entry as a clerk does: by its place in the list."""
    row = next(number for number in range(box.count()) if box.itemData(number) == value)
    box.setCurrentIndex(row)
    box.activated.emit(row)


def open_dossier(qtbot: QtBot, window: MainWindow, code: str = "") -> DossiersPage:
    """Show a dossier, the newest one unless a code is given."""
    window.show_page(PageId.DOSSIERS, code)
    page = window.pages[PageId.DOSSIERS]
    assert isinstance(page, DossiersPage)
    qtbot.waitUntil(lambda: bool(page.table.rows_model.rows))
    if not code:
        QTest.keyClick(page.search, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: page.panel.shown is not None and page.panel.shown.dossier.code.startswith(code))
    return page


def open_jobs(qtbot: QtBot, window: MainWindow, job: PrintJob | None = None) -> PrintJobsPage:
    """Show the print jobs, one of them chosen."""
    window.show_page(PageId.PRINT_JOBS)
    page = window.pages[PageId.PRINT_JOBS]
    assert isinstance(page, PrintJobsPage)
    if job is not None:
        qtbot.waitUntil(lambda: any(row.id == job.id for row in page.table.rows_model.rows))
        page.table.selectRow([row.id for row in page.table.rows_model.rows].index(job.id))
        qtbot.waitUntil(lambda: page.panel.job is not None and page.panel.job.id == job.id)
    return page


def newest_job(counter: Counter) -> PrintJob:
    """Return the job that was ordered last."""
    return counter.printing_jobs.list_recent(limit=1)[0]


def job_count(counter: Counter) -> int:
    """Return how many jobs there are."""
    return len(counter.printing_jobs.list_recent(limit=1000))


def has_focus(window: MainWindow, field: QLineEdit | QWidget) -> bool:
    """Whether the keys go to a field."""
    return window.focusWidget() is field
