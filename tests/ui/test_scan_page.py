"""Scanning at the digitising page, by keys, from a network scanner: as pages come, both sides by hand, one again."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from counter_app.domain.document import ContentCause
from counter_app.domain.dossier import Outcome
from counter_app.domain.forms.kinds import Form
from counter_app.scanning.profiles import STANDARD
from counter_app.scanning.scanned import ScannedPage
from counter_app.services.answers.documents import NamedFile
from counter_app.services.counter import Counter
from counter_app.services.scanning import ProfileChoice
from resources.texts import Language
from tests.fakes.desks import a_form
from tests.fakes.escl_scanner import EsclScannerEmulator, running_scanner
from tests.fakes.scanned_corpus import Kind, as_file, make_page
from tests.ui.printing_steps import type_into
from tests.ui.test_digitise_page import LONG_MS, open_page, wait_for_documents
from ui.digitise.page import DigitisePage
from ui.digitise.scan_card import ScanCard
from ui.shell import MainWindow
from ui.words import Words

SMALL = {"id": "small", "name": "Thẻ, xám", "source": "feeder", "mode": "grey", "dpi": 200, "paper": "card"}


@pytest.fixture
def scanner(counter: Counter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EsclScannerEmulator]:
    """The only scanner of the machine."""
    (tmp_path / "sane").mkdir()
    (tmp_path / "sane" / "dll.conf").write_text("", encoding="utf-8")
    monkeypatch.setenv("SANE_CONFIG_DIR", str(tmp_path / "sane"))
    with running_scanner() as one:
        counter.preferences.set("scan.network.search", False)
        counter.preferences.set("scan.network.scanners", one.address)
        counter.preferences.set("scan.profiles", json.dumps([SMALL]))
        counter.preferences.set("scan.profile", "small")
        yield one


def receive(counter: Counter, number: int = 0) -> str:
    counter.session.act_as()
    return counter.intake.receive(a_form(number), Outcome.ACCEPTED).dossier.code


def small_pages(count: int) -> NamedFile:
    kept = io.BytesIO()
    first, *others = [Image.new("L", (700, 450), 255) for _page in range(count)]
    first.save(kept, "TIFF", save_all=True, append_images=others, dpi=(200, 200))
    return NamedFile(name="giay.tif", data=kept.getvalue())


def press_when_free(qtbot: QtBot, window: MainWindow, page: DigitisePage, keys: str) -> None:
    qtbot.waitUntil(lambda: not page.is_busy, timeout=LONG_MS)
    window.press(keys)


def test_pages_are_seen_as_they_come_typing_goes_on_and_what_was_stopped_is_let_go_and_brought_back(
    qtbot: QtBot, window: MainWindow, counter: Counter, scanner: EsclScannerEmulator
) -> None:
    code, tray = receive(counter), counter.digitising.tray
    scanner.sheets, scanner.silent, scanner.silent_after = 5, Event(), 2
    page = open_page(qtbot, window, code)
    window.press("F9")
    qtbot.waitUntil(lambda: page.viewer.thumbnails.model().rowCount() == 2, timeout=LONG_MS)
    qtbot.waitUntil(lambda: not page.viewer.paper.pixmap().isNull(), timeout=LONG_MS)
    assert page.is_busy
    assert page.viewer.number == 2, "the newest page is in front"
    counter.digitising.attach([small_pages(1)], code, component=2)
    qtbot.waitUntil(lambda: any(row.document for row in page.lists.lines.rows_model.rows), timeout=LONG_MS)
    type_into(page.lists.code, "vẫn gõ được")
    assert page.lists.code.text().endswith("vẫn gõ được")
    assert page.viewer.thumbnails.model().rowCount() == 2, "work of others takes nobody's pages away"
    assert page.lists.tray.rows_model.rowCount() == 0, "a scan under way is not one that was cut off"

    window.press("Esc")
    scanner.silent.set()
    qtbot.waitUntil(lambda: page.lists.tray.rows_model.rowCount() == 1, timeout=LONG_MS)
    (waiting,) = tray.list_interrupted()
    assert (waiting.likely_code, waiting.likely_line) == (code, 1)
    qtbot.waitUntil(lambda: window.strip.pages.isVisible() and "2" in window.strip.pages.text(), timeout=LONG_MS)
    window.press("F6")
    press_when_free(qtbot, window, page, "F11")
    qtbot.waitUntil(lambda: tray.list_interrupted() == (), timeout=LONG_MS)
    qtbot.waitUntil(lambda: not page.is_busy and window.bar.message is not None, timeout=LONG_MS)
    assert window.bar.message is not None
    assert window.bar.message.action is not None
    window.bar.message.action()
    qtbot.waitUntil(lambda: tray.list_interrupted() == (waiting,), timeout=LONG_MS)


def test_a_pile_is_turned_by_hand_and_one_page_is_scanned_again(
    qtbot: QtBot, window: MainWindow, counter: Counter, scanner: EsclScannerEmulator
) -> None:
    code = receive(counter)
    page = open_page(qtbot, window, code)
    window.press("Ctrl+E")
    qtbot.waitUntil(lambda: page.card.isVisible() and page.card.device.count() == 1, timeout=LONG_MS)
    page.card.source.setFocus()
    while page.card.source.currentData() != "turned":
        QTest.keyClick(page.card.source, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: counter.scanning.profiles().chosen.turns_pile, timeout=LONG_MS)
    qtbot.waitUntil(lambda: page.card.profile.currentData() == "own", timeout=LONG_MS)
    qtbot.waitUntil(lambda: page.card.source.currentData() == "turned", timeout=LONG_MS)
    window.press("F9")
    qtbot.waitUntil(page.lists.notice.isVisible, timeout=LONG_MS)
    scanner.sheets = 3
    press_when_free(qtbot, window, page, "F9")
    wait_for_documents(qtbot, page, 1)
    (view,) = counter.digitising.list_of_dossier(code)
    assert view.document.content.pages == 6
    assert not page.lists.notice.isVisible()

    qtbot.waitUntil(lambda: page.viewer.view is not None, timeout=LONG_MS)
    scanner.sheets = 1
    press_when_free(qtbot, window, page, "Ctrl+I")
    qtbot.waitUntil(lambda: len(counter.digitising.get(view.document.id).versions) == 2, timeout=LONG_MS)
    assert counter.digitising.get(view.document.id).versions[-1].cause is ContentCause.RESCANNED


def test_more_fronts_than_backs_are_told_and_all_pages_wait(
    qtbot: QtBot, window: MainWindow, counter: Counter, scanner: EsclScannerEmulator
) -> None:
    code = receive(counter)
    counter.preferences.set("scan.profiles", json.dumps([SMALL | {"turns_pile": True}]))
    page = open_page(qtbot, window, code)
    window.press("F9")
    qtbot.waitUntil(page.lists.notice.isVisible, timeout=LONG_MS)
    scanner.sheets = 2
    press_when_free(qtbot, window, page, "F9")
    qtbot.waitUntil(lambda: page.lists.tray.rows_model.rowCount() == 1, timeout=LONG_MS)

    assert window.bar.message is not None
    assert {"3", "2"} <= set(window.bar.message.text.split())
    assert counter.digitising.list_of_dossier(code) == ()
    assert len(counter.digitising.tray.list_interrupted()[0].page_ids) == 5


def test_a_page_moves_to_the_dossier_whose_slip_is_scanned(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    code, other = receive(counter), receive(counter, 1)
    counter.digitising.attach([small_pages(2)], code, component=1)
    page = open_page(qtbot, window, code)
    qtbot.waitUntil(lambda: page.viewer.view is not None, timeout=LONG_MS)
    window.press("Ctrl+M")
    page.ask.what.setCurrentIndex(1)
    type_into(page.ask.code, "H99.14-261101-9999")
    QTest.keyClick(page.ask.code, Qt.Key.Key_Return)
    page.ask.submit()
    assert page.ask.isVisible(), "nothing goes to a dossier that nobody knows"
    assert page.handle_dossier(other)
    qtbot.waitUntil(lambda: page.ask.code.text() == other, timeout=LONG_MS)
    assert page.code == code, "the slip says where the page goes, not which dossier is in hand"
    page.ask.line.setCurrentIndex(page.ask.line.findData(2))
    page.ask.submit()
    assert page.ask.isVisible(), "a page without a reason goes nowhere"
    type_into(page.ask.reason, "giấy của hồ sơ kia")
    page.ask.submit()
    qtbot.waitUntil(lambda: bool(counter.digitising.list_of_dossier(other)), timeout=LONG_MS)

    (moved,) = counter.digitising.list_of_dossier(other)
    assert (moved.document.component, moved.document.content.pages) == (2, 1)
    assert counter.digitising.list_of_dossier(code)[0].document.content.pages == 1


@pytest.mark.parametrize("language", list(Language))
def test_what_an_administrator_locked_is_fixed_and_says_so(qtbot: QtBot, language: Language) -> None:
    card = ScanCard(Words(language))
    qtbot.addWidget(card)
    for choice_locked, list_locked in ((True, False), (False, True), (False, False)):
        card.show_choice(
            ProfileChoice(
                profiles=STANDARD, chosen=STANDARD[0], is_choice_locked=choice_locked, is_list_locked=list_locked
            )
        )
        card.open()
        assert card.profile.isEnabled() is not choice_locked
        assert card.source.isEnabled() is not (choice_locked or list_locked)
        assert card.note.isVisible() is (choice_locked or list_locked)


def test_a_pile_is_separated_straight_from_the_feeder_without_a_dossier_in_hand(
    qtbot: QtBot, window: MainWindow, counter: Counter, scanner: EsclScannerEmulator
) -> None:
    code = receive(counter)
    qr = counter.slip_checks.seal(counter.lookup.get_dossier(code).dossier, Form.RECEIPT)
    slip = make_page(Kind.SLIP, 2, code=qr, plain=code, turned=0)
    scanner.pictures = [as_jpeg(as_file(one)) for one in (slip, make_page(Kind.BLANK, 3, turned=0))]
    scanner.sheets = 2
    window.press("Ctrl+7")
    page = window.current_page
    assert isinstance(page, DigitisePage)
    window.press("F9")
    assert window.bar.message is not None
    assert window.bar.message.text == page.words("digitise.choose_first")
    window.press("Ctrl+E")
    qtbot.waitUntil(lambda: page.card.isVisible() and page.card.device.count() == 1, timeout=LONG_MS)
    page.card.into.setFocus()
    QTest.keyClick(page.card.into, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: bool(counter.preferences.get("scan.separate")), timeout=LONG_MS)
    qtbot.waitUntil(lambda: page.words("digitise.how_pile", how="") in page.lists.setup.text(), timeout=LONG_MS)
    press_when_free(qtbot, window, page, "F9")

    qtbot.waitUntil(page.report.isVisible, timeout=LONG_MS)
    (view,) = counter.digitising.list_of_dossier(code)
    assert (view.document.content.pages, view.document.content.blank_pages) == (1, (1,))
    assert [row.document.id for row in page.report.rows_model.rows] == [view.document.id]
    assert counter.digitising.tray.list_interrupted() == ()


def test_a_pile_that_was_cut_off_is_separated_by_enter_on_what_waits(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    counter.session.act_as()
    tray, scan = counter.digitising.tray, counter.digitising.begin_scan()
    blank = as_jpeg(as_file(make_page(Kind.BLANK, 3, turned=0)))
    tray.capture(scan, ScannedPage(picture=blank, number=1, dpi=200), is_pile=True)
    window.press("Ctrl+7")
    page = window.current_page
    assert isinstance(page, DigitisePage)
    qtbot.waitUntil(lambda: page.lists.tray.rows_model.rowCount() == 1, timeout=LONG_MS)
    window.press("F6")
    QTest.keyClick(page.lists.tray, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: len(tray.list_waiting()) == 1, timeout=LONG_MS)
    assert tray.list_interrupted() == ()


def as_jpeg(png: bytes) -> bytes:
    target = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").save(target, "JPEG", quality=90, dpi=(200, 200))
    return target.getvalue()
