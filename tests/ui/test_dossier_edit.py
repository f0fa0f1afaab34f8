import msgspec
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from counter_app.domain.correction import facts_of
from counter_app.domain.person import FieldSource
from counter_app.services.counter import Counter
from tests.ui.acting_steps import open_code, receive, said, story
from tests.ui.printing_steps import type_into
from ui.dossiers.page import DossiersPage
from ui.shell import MainWindow

CARD = "036199000003|012345678|Nguyễn Thị Tưởng Tượng|01021999|Nữ|Thôn Đông, xã Đồng Mẫu, tỉnh Mẫu|01072021"


def open_edit(qtbot: QtBot, window: MainWindow, code: str) -> DossiersPage:
    page = open_code(qtbot, window, code)
    window.press("F11")
    assert page.is_editing
    return page


def line(page: DossiersPage, name: str) -> QLineEdit:
    editor = page.edit_view.editors[name]
    assert isinstance(editor, QLineEdit)
    return editor


def write(page: DossiersPage, name: str, text: str) -> None:
    line(page, name).clear()
    type_into(line(page, name), text)


def test_clerk_corrects_a_name_with_a_reason_and_reads_the_earlier_value(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    code = receive(counter, 3)
    old = counter.lookup.get_dossier(code).dossier.applicant.full_name
    page = open_edit(qtbot, window, code)
    write(page, "applicant.full_name", "Đỗ Thị Đúng")

    window.press("F11")
    assert page.is_editing
    assert page.edit_view.fields["reason"].problem
    write(page, "reason", "gõ nhầm tên")
    window.press("F11")
    qtbot.waitUntil(lambda: not page.is_editing, timeout=20_000)
    qtbot.waitUntil(lambda: f"{old} → Đỗ Thị Đúng" in story(page, "earlier"), timeout=20_000)

    assert "gõ nhầm tên" in story(page, "earlier")
    assert "Đỗ Thị Đúng" in said(page.panel.cards.facts)
    applicant = counter.lookup.get_dossier(code).dossier.applicant
    assert (applicant.full_name, applicant.sources["full_name"]) == ("Đỗ Thị Đúng", FieldSource.TYPED)


def test_card_fills_the_form_and_what_stood_there_is_said_until_it_is_saved(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    code = receive(counter, 3)
    before = counter.lookup.get_dossier(code).dossier.applicant
    page = open_edit(qtbot, window, code)

    assert page.handle_scan(CARD)
    qtbot.waitUntil(lambda: line(page, "applicant.birth_on").text() == "01/02/1999", timeout=20_000)

    assert before.address in page.edit_view.editors["applicant.address"].accessibleDescription()
    assert counter.lookup.get_dossier(code).dossier.applicant == before
    window.press("Esc")
    assert not page.is_editing
    assert counter.lookup.get_dossier(code).corrections == ()


def test_correction_by_somebody_else_is_taken_over_where_the_clerk_wrote_nothing(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    code = receive(counter, 3)
    page = open_edit(qtbot, window, code)
    write(page, "note", "của tôi")
    before = facts_of(counter.lookup.get_dossier(code).dossier)
    theirs = msgspec.structs.replace(before, delivery_address="Thôn Hai")
    counter.corrections.correct(code, before=before, after=theirs, reason="ghi thêm")

    qtbot.waitUntil(lambda: line(page, "delivery_address").text() == "Thôn Hai", timeout=20_000)

    assert line(page, "note").text() == "của tôi"


def test_papers_are_counted_added_and_taken_back_by_keys(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    code = receive(counter, 3)
    before = counter.lookup.get_dossier(code).dossier.papers
    page = open_edit(qtbot, window, code)
    edit = page.edit_view.papers
    edit.table.stand_on(0)
    QTest.keyClick(edit.table, Qt.Key.Key_3)
    type_into(edit.new_name, "Đơn xác nhận nơi ở")
    QTest.keyClick(edit.new_name, Qt.Key.Key_Return)
    QTest.keyClick(edit.table, Qt.Key.Key_2)
    type_into(edit.new_name, "Giấy không nộp")
    QTest.keyClick(edit.new_name, Qt.Key.Key_Return)
    QTest.keyClick(edit.table, Qt.Key.Key_Space)
    write(page, "reason", "đếm lại giấy tờ")

    window.press("F11")
    qtbot.waitUntil(lambda: not page.is_editing, timeout=20_000)

    after = counter.lookup.get_dossier(code).dossier.papers
    assert sum((after[0].original, after[0].certified, after[0].copy)) >= 3
    assert after[1:-1] == before[1:]
    assert (after[-1].name, after[-1].original) == ("Đơn xác nhận nơi ở", 2)
    qtbot.waitUntil(lambda: "Đơn xác nhận nơi ở: (trống) → " in story(page, "earlier"), timeout=20_000)


def test_other_dossiers_of_the_person_open_from_the_panel(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    first, second = receive(counter, 3), receive(counter, 3)
    page = open_code(qtbot, window, second)

    button = page.panel.cards.related_card.findChild(QPushButton)
    assert isinstance(button, QPushButton)
    assert first in button.accessibleName()
    window.press("Ctrl+R")
    assert page.focusWidget() is button
    button.click()

    qtbot.waitUntil(lambda: page.panel.shown is not None and page.panel.shown.dossier.code == first, timeout=20_000)
