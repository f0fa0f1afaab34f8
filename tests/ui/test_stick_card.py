"""A clerk without a line writes a file for the province to a stick and takes its answer, by keys."""

import hashlib
import threading
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import msgspec
import pyrage
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.sync.bundle_file import Pieces, read_bundle, write_bundle
from counter_app.sync.carried import Answer, Asking
from counter_app.sync.frames import Header, Kind, Piece, Writing
from counter_app.sync.ports import PROVINCE
from counter_app.sync.relaying import AnswerPart, BundleAtProvince, RelayAnswer, RelayPart, RelayTaken
from counter_app.sync.roster import sign_roster
from tests.fakes.exchanging import PROVINCE_SIGNER, exchange_of, roster_of
from ui.actions import PageId
from ui.settings.page import SettingsPage
from ui.settings.stick_card import StickCard
from ui.settings.sticks import Stick, list_sticks
from ui.shell import MainWindow

SECRET = pyrage.x25519.Identity.generate()
encode = msgspec.msgpack.Encoder().encode


class Seen(Pieces):
    """What is in a file for the province."""

    asking = Asking()

    def piece(self, kind: Kind, data: bytes) -> None:
        if kind is Kind.ASKING:
            self.asking = msgspec.msgpack.decode(data, type=Asking)


@pytest.fixture
def enrolled(opened_counter: OpenCounter) -> OpenCounter:
    roster = msgspec.structs.replace(roster_of(opened_counter), recipient=str(SECRET.to_public()))
    exchange_of(opened_counter).trust_province(PROVINCE_SIGNER.public_key)
    exchange_of(opened_counter).take_roster(sign_roster(roster, PROVINCE_SIGNER.sign))
    return opened_counter


@pytest.fixture
def card(qtbot: QtBot, enrolled: OpenCounter, window: MainWindow, tmp_path: Path) -> StickCard:
    assert enrolled.counter.session.current is not None
    window.show_page(PageId.SETTINGS)
    page = window.pages[PageId.SETTINGS]
    assert isinstance(page, SettingsPage)
    page.stick.find_sticks = lambda: (Stick("USB CỦA QUẦY", tmp_path),)
    page.stick.ask()
    qtbot.waitUntil(lambda: page.stick.isVisible() and page.stick.place.count() == 2)
    return page.stick


def answer_to(desk: OpenCounter, asking: Asking, path: Path) -> None:
    answer = Answer(after=0, asked_position=0, asked_mark=b"", chains=asking.chains)
    header = Header(giver=PROVINCE, receiver=desk.desk.desk.id, made_at=desk.desk.clock.now())
    pieces: list[Piece] = [(Kind.HEADER, encode(header)), (Kind.ANSWER, encode(answer))]
    write_bundle(path, pieces, sign=PROVINCE_SIGNER.sign, recipient=exchange_of(desk).own_recipient())


def press(button: object) -> None:
    QTest.keyClick(button, Qt.Key.Key_Space)  # type: ignore[call-overload]


def test_file_goes_to_the_stick_and_the_answer_turns_the_sentence(
    qtbot: QtBot, window: MainWindow, enrolled: OpenCounter, card: StickCard, tmp_path: Path
) -> None:
    def is_said(part: str) -> Callable[[], bool]:
        return lambda: window.bar.message is not None and part in window.bar.message.text

    assert "chưa được tỉnh xác nhận" in card.sentence.text()
    assert card.place.currentText() == "USB CỦA QUẦY"
    press(card.write)
    qtbot.waitUntil(is_said("Rút USB"), timeout=15_000)
    (file,) = tmp_path.glob("gui-tinh-*.bundle")
    seen = Seen()
    read_bundle(file, str(SECRET), Writing(seen.take, lambda _signed, _signature: None))
    assert seen.giver == enrolled.desk.desk.id
    assert (card.bar.isVisible(), card.write.hasFocus()) == (False, True)

    answer_to(enrolled, seen.asking, tmp_path / "ve.bundle")
    press(card.take)
    dialog = card.findChild(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    assert Path(dialog.directory().absolutePath()) == tmp_path
    dialog.fileSelected.emit(str(tmp_path / "ve.bundle"))
    dialog.close()
    qtbot.waitUntil(is_said("Từ tỉnh"), timeout=15_000)
    qtbot.waitUntil(lambda: "đã xác nhận mọi việc" in card.sentence.text())


class AnsweringRelay:
    """A province that has a bundle as soon as it is asked, and answers it with a few bytes."""

    answer = b"sealed"

    def put(self, part: RelayPart) -> RelayTaken:
        report = BundleAtProvince(
            desk="01",
            giver="Quầy xa",
            unit="H99",
            entries=7,
            papers=1,
            waiting=0,
            forks=0,
            refused=0,
            is_admitted=False,
        )
        return RelayTaken(kept=part.size_bytes, report=report)

    def find_answer(self, sha256: bytes) -> RelayAnswer:
        assert sha256 == hashlib.sha256(b"nobody here can read it").digest()
        return RelayAnswer(sha256=hashlib.sha256(self.answer).digest(), size_bytes=len(self.answer))

    def read_answer(self, part: AnswerPart) -> bytes:
        return self.answer[part.offset :]


def test_file_of_another_desk_is_passed_on_once_there_is_a_line_and_the_answer_lies_beside_it(
    qtbot: QtBot,
    window: MainWindow,
    enrolled: OpenCounter,
    card: StickCard,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def choose() -> None:
        press(card.relay)
        (dialog,) = [one for one in card.findChildren(QFileDialog) if one.isVisible()]
        dialog.fileSelected.emit(str(file))
        dialog.close()

    def is_said(part: str) -> Callable[[], bool]:
        return lambda: window.bar.message is not None and part in window.bar.message.text

    file = tmp_path / "xa.bundle"
    file.write_bytes(b"nobody here can read it")
    choose()
    qtbot.waitUntil(is_said("chưa chuyển hộ được"), timeout=15_000)
    assert [one.name for one in tmp_path.glob("*.bundle*")] == ["xa.bundle"]

    monkeypatch.setattr(enrolled.counter.province_line, "open_relay", lambda: nullcontext(AnsweringRelay()))
    choose()
    qtbot.waitUntil(is_said("Đã chuyển lên tỉnh hộ Quầy xa: 7"), timeout=15_000)
    (answer,) = tmp_path.glob("xa-tra-loi-*.bundle")
    assert (answer.read_bytes(), file.read_bytes()) == (b"sealed", b"nobody here can read it")
    qtbot.waitUntil(card.relay.isEnabled)


def test_bar_of_a_file_beyond_two_gigabytes_goes_on_and_can_be_stopped(
    qtbot: QtBot, enrolled: OpenCounter, card: StickCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, told = threading.Event(), threading.Event()

    def take(_path: Path, *, progressed: Callable[[int, int], None], is_cancelled: Callable[[], bool]) -> None:
        progressed(3 * 2**31, 4 * 2**31)
        told.set()
        gate.wait(15)
        assert is_cancelled()
        raise UserError("bundle.cancelled")

    monkeypatch.setattr(enrolled.counter.bundles, "take", take)
    press(card.take)
    dialog = card.findChild(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "large.bundle"))
    dialog.close()
    qtbot.waitUntil(told.is_set)
    qtbot.waitUntil(lambda: card.bar.maximum() > 0)
    assert card.bar.value() / card.bar.maximum() == 0.75
    assert card.stop.isEnabled()
    press(card.stop)
    gate.set()
    qtbot.waitUntil(card.take.isEnabled, timeout=15_000)


def test_stopping_leaves_no_file_and_changes_nothing(
    qtbot: QtBot, enrolled: OpenCounter, card: StickCard, tmp_path: Path
) -> None:
    bundles, target = enrolled.counter.bundles, tmp_path / "a.bundle"
    with pytest.raises(UserError, match=r"bundle\.cancelled"):
        bundles.export(target, is_cancelled=lambda: True)
    assert list(tmp_path.glob("a.bundle*")) == []
    heard: list[tuple[int, int]] = []
    bundles.export(target, progressed=lambda done, total: heard.append((done, total)))
    assert heard[-1][0] == heard[-1][1] > 0
    answer_to(enrolled, Asking(), tmp_path / "ve.bundle")
    with pytest.raises(UserError, match=r"bundle\.cancelled"):
        bundles.take(tmp_path / "ve.bundle", is_cancelled=lambda: True)
    # In the window the key stands beside the bar for as long as it may be pressed.
    press(card.write)
    assert card.stop.isVisible()
    assert card.stop.hasFocus()
    assert not card.take.isEnabled()
    qtbot.waitUntil(card.take.isEnabled, timeout=15_000)


def test_card_is_hidden_where_there_is_no_province(
    qtbot: QtBot, window: MainWindow, opened_counter: OpenCounter
) -> None:
    window.show_page(PageId.SETTINGS)
    page = window.pages[PageId.SETTINGS]
    assert isinstance(page, SettingsPage)
    qtbot.waitUntil(lambda: page.stick.sentence.text() != "")
    assert not page.stick.isVisible()
    assert not opened_counter.counter.bundles.read_standing().is_possible
    assert all(stick.folder.is_dir() for stick in list_sticks())
