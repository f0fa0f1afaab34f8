"""What two desks did at once is decided by keys at a real window."""

from datetime import timedelta
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from counter_app.bootstrap import OpenCounter, opened
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import Status
from counter_app.services.counter import Counter
from tests.conftest import HandClock
from tests.fakes.desks import PASSPHRASE
from tests.fakes.exchanging import ADMIN, hall_folder, introduce, meet
from tests.ui.acting_steps import receive, said
from ui.actions import PageId
from ui.dossiers.page import DossiersPage
from ui.shell import MainWindow
from ui.start.page import StartPage


def test_clerk_sees_what_is_held_decides_by_keys_and_sees_where_the_dossier_lies(
    qtbot: QtBot, window: MainWindow, counter: Counter, opened_counter: OpenCounter, clock: HandClock, tmp_path: Path
) -> None:
    code = receive(counter)
    refusal = ActionFacts(reason="theo đơn của chủ hồ sơ")
    with opened(hall_folder(tmp_path / "two", 2), passphrase=PASSPHRASE, clock=clock) as other:
        other.counter.session.act_as(ADMIN)
        introduce(opened_counter, other)
        meet(opened_counter, other)
        counter.dossiers.act(code, Action.WITHDRAW, refusal)
        clock.move(timedelta(minutes=5))
        other.counter.dossiers.act(code, Action.TRANSFER, ActionFacts(receiver="Phòng Tư pháp"))
        meet(opened_counter, other)

    window.show_page(PageId.START)
    start = window.pages[PageId.START]
    assert isinstance(start, StartPage)
    qtbot.waitUntil(start.attention.isVisible)
    assert start.attention.accessibleName() == "Cần chú ý: 1 hồ sơ"
    QTest.keyClick(start, Qt.Key.Key_0)
    page = window.pages[PageId.DOSSIERS]
    assert isinstance(page, DossiersPage)
    qtbot.waitUntil(lambda: page.panel.shown is not None and page.panel.shown.dossier.code == code)
    card = page.panel.held
    assert card.isVisible()
    told = [label.text() for label in card.findChildren(QLabel) if label.text() != "Cần chú ý"]
    assert "· Chuyển" in told[0]
    assert told[0].endswith("Quầy 2, Đỗ Thị Quầy 2")
    assert told[1] == "Một quầy khác đã làm trước: trạng thái hồ sơ lúc đó không còn cho phép việc này."
    assert "quầy này ✓ · máy thứ hai ✓ · tỉnh: chưa · chờ từ" in said(page.panel.cards.facts)

    card.drop.setFocus()
    QTest.keyClick(card.drop, Qt.Key.Key_Space)

    qtbot.waitUntil(lambda: not card.isVisible())
    assert counter.held.list_all() == ()
    assert counter.lookup.get_dossier(code).dossier.status is Status.WITHDRAWN

    clock.move(timedelta(hours=25))
    window.show_page(PageId.START)
    window.press("F5")
    qtbot.waitUntil(window.strip.waiting.isVisible)
    assert "chưa tới tỉnh" in window.strip.waiting.accessibleDescription()
