"""The administrator looks at a pack of the province before its day, and undoes it, by keys."""

from datetime import timedelta

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from counter_app.bootstrap import OpenCounter
from counter_app.core.clock import local_date
from counter_app.domain.procedure import FeeKind, FeeLine
from counter_app.services.answers.packs import PackState
from counter_app.sync.packs import ConfigurationPack, sign_pack
from tests.fakes.exchanging import PROVINCE_SIGNER, exchange_of
from ui.actions import PageId
from ui.settings.page import SettingsPage
from ui.shell import MainWindow

FEE = FeeLine(kind=FeeKind.CHARGE, name="Lệ phí cấp bản sao", amount=8_000)


@pytest.fixture
def pack(opened_counter: OpenCounter) -> int:
    made = opened_counter
    day = local_date(made.desk.clock.now()) + timedelta(days=1)
    hit = made.counter.catalogue.find_procedures("khai sinh")[0]
    procedure = msgspec.structs.replace(made.counter.catalogue.get(hit.code), effective_on=day, fees=(FEE,))
    exchange_of(made).trust_province(PROVINCE_SIGNER.public_key)
    given = ConfigurationPack(
        number=7,
        name="Mức lệ phí theo Nghị quyết mới",
        effective_on=day,
        issued_at=made.desk.clock.now(),
        procedures=(procedure,),
    )
    return made.counter.packs.take(sign_pack(given, PROVINCE_SIGNER.sign)).number


def test_pack_is_looked_at_and_undone(qtbot: QtBot, window: MainWindow, opened_counter: OpenCounter, pack: int) -> None:
    counter = opened_counter.counter
    counter.session.act_as("quantri")
    window.show_page(PageId.SETTINGS)
    page = window.pages[PageId.SETTINGS]
    assert isinstance(page, SettingsPage)
    card = page.packs
    qtbot.waitUntil(card.isVisible)
    assert "Mức lệ phí theo Nghị quyết mới" in card.list.item(0).text()
    card.list.setFocus()
    QTest.keyClick(card.list, Qt.Key.Key_Return)
    qtbot.waitUntil(card.preview.isVisible, timeout=15_000)
    assert "8000" in card.preview.toPlainText()
    QTest.mouseClick(card.undo, Qt.MouseButton.LeftButton)
    box = page.findChild(QMessageBox)
    assert box is not None
    assert box.defaultButton() is box.button(QMessageBox.StandardButton.Cancel)
    undo = next(button for button in box.buttons() if button is not box.defaultButton())
    QTest.mouseClick(undo, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: counter.packs.list_packs()[0].state is PackState.ROLLED_BACK)
    qtbot.waitUntil(lambda: "thu hồi" in card.list.item(0).text())
    assert not card.undo.isVisible()
    assert counter.packs.list_packs()[0].number == pack
