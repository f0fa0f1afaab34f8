"""A paper of an earlier dossier is put to a line by one key on the digitising page, and not without it."""

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from counter_app.domain.dossier import Outcome, Paper
from counter_app.services.answers.documents import NamedFile
from counter_app.services.counter import Counter
from tests.fakes.desks import a_form
from tests.fakes.written_pdf import written_pdf
from tests.ui.printing_steps import type_into
from ui.digitise.page import DigitisePage
from ui.digitise.rows import say_state
from ui.shell import MainWindow

LINE = "Giấy xác nhận mẫu số bảy"


def receive(counter: Counter) -> tuple[str, int]:
    form = msgspec.structs.replace(a_form(), papers=(Paper(name=LINE, copy=1),))
    dossier = counter.intake.receive(form, Outcome.ACCEPTED).dossier
    return dossier.code, len(dossier.papers)


def test_the_line_says_what_there_is_and_ctrl_u_uses_it(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    earlier, line = receive(counter)
    file = NamedFile(name="a.pdf", data=written_pdf("Giấy xác nhận"))
    counter.digitising.attach([file], earlier, component=line)
    code, line = receive(counter)
    window.press("Ctrl+7")
    page = window.current_page
    assert isinstance(page, DigitisePage)
    type_into(page.lists.code, code)
    QTest.keyClick(page.lists.code, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.code == code)
    page.lists.choose((line, ""))

    offered = page.lists.line
    assert offered is not None
    assert earlier in say_state(page.words, offered)
    assert "Ctrl+U" in say_state(page.words, offered)
    assert counter.digitising.list_of_dossier(code) == ()
    window.press("Ctrl+U")
    qtbot.waitUntil(lambda: len(counter.digitising.list_of_dossier(code)) == 1)
    qtbot.waitUntil(lambda: any(row.document for row in page.lists.lines.rows_model.rows))
    (shown,) = [row for row in page.lists.lines.rows_model.rows if row.document]
    assert page.words("digitise.is_reused") in say_state(page.words, shown)
