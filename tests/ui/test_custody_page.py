"""Manifests given and received at the window, by a reader and keys, at two desks that share no line."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from counter_app.bootstrap import OpenCounter
from counter_app.domain import qr_parts
from counter_app.domain.forms.kinds import Form
from counter_app.domain.manifest import ItemState, ManifestState
from counter_app.services.answers.manifests import ManifestView
from counter_app.services.peripherals import DeviceRole, Scan
from counter_app.services.sample_data import LOGIN, PASSWORD
from tests.fakes.desks import DeskClock, at_work, sample_desk
from tests.fakes.manifests import POST, handed_over, holder, is_whole, listed, post_office, receive
from tests.fakes.pages import codes_in
from tests.ui.conftest import WakeCounter
from tests.ui.printing_steps import type_into
from ui.actions import PageId
from ui.application import make_window
from ui.custody.page import CustodyPage
from ui.custody.state import Mode, RowState
from ui.errors import WindowApplication
from ui.page import OpenedDesk
from ui.shell import MainWindow
from ui.theme.tokens import Tone

STRANGER = "H99.14-261120-1001"
POST_PASSWORD = "mật khẩu thử nghiệm"


@pytest.fixture
def desk_clock() -> DeskClock:
    return DeskClock()


@pytest.fixture
def giver(tmp_path: Path, desk_clock: DeskClock) -> Iterator[OpenCounter]:
    with at_work(sample_desk(tmp_path / "giver"), desk_clock) as made:
        yield made


@pytest.fixture
def post(tmp_path: Path, giver: OpenCounter, desk_clock: DeskClock) -> Iterator[OpenCounter]:
    """A post office; it and the giving desk hold each other's keys."""
    with post_office(tmp_path, desk_clock) as made:
        made.counter.slip_checks.trust(giver.counter.slip_checks.own_key())
        giver.counter.session.act_as()
        giver.counter.slip_checks.trust(made.counter.slip_checks.own_key())
        giver.counter.session.act_as(LOGIN)
        yield made


class Desk:
    """A window over one desk, and the reader that lies before it."""

    def __init__(self, qapp: WindowApplication, qtbot: QtBot, made: OpenCounter) -> None:
        self.counter, self._bot = made.counter, qtbot
        self.window: MainWindow = make_window(qapp, made.counter.preferences)
        self.window.attach(OpenedDesk(counter=made.counter, printing=WakeCounter()))
        self.window.resize(1093, 614)
        self.window.show()
        self.window.open_desk()
        self.window.activateWindow()
        qtbot.waitUntil(lambda: self.window.strip.desk.text() != "", timeout=10_000)

    @property
    def page(self) -> CustodyPage:
        if PageId.CUSTODY not in self.window.pages:
            self.window.show_page(PageId.CUSTODY)
        page = self.window.pages[PageId.CUSTODY]
        assert isinstance(page, CustodyPage)
        return page

    def scan(self, *texts: str) -> None:
        for text in texts:
            self.window.bridge.scanned.emit(Scan(role=DeviceRole.BARCODE_READER, raw=text.encode()))

    def wait(self, mode: Mode) -> None:
        self._bot.waitUntil(lambda: self.page.state.mode is mode, timeout=20_000)

    def wait_said(self, *parts: str) -> None:
        self._bot.waitUntil(lambda: all(part in self.page.panel.last.text() for part in parts), timeout=20_000)

    def wait_found(self, count: int) -> None:
        def is_found() -> bool:
            shown = self.page.state.count
            return shown is not None and shown.found == count

        self._bot.waitUntil(is_found, timeout=60_000)

    def wait_items(self, count: int) -> None:
        self._bot.waitUntil(lambda: len(self.page.state.items) == count, timeout=20_000)

    def sign(self, password: str) -> None:
        type_into(self.page.panel.password, password)
        self.window.press("F9")

    def settle(self, reason: str) -> None:
        panel = self.page.panel
        self._bot.waitUntil(lambda: self.window.focusWidget() is panel.reason)
        before = self.page.state.count
        type_into(panel.reason, reason)
        QTest.keyClick(panel.reason, Qt.Key.Key_Return)
        self._bot.waitUntil(lambda: self.page.state.count is not before)

    def close(self) -> None:
        self.window.close()
        self.window.deleteLater()


@pytest.fixture
def here(qapp: WindowApplication, qtbot: QtBot, giver: OpenCounter) -> Iterator[Desk]:
    """The window of the giving desk."""
    made = Desk(qapp, qtbot, giver)
    yield made
    made.close()


@pytest.fixture
def there(qapp: WindowApplication, qtbot: QtBot, post: OpenCounter) -> Iterator[Desk]:
    """The window of the post office."""
    made = Desk(qapp, qtbot, post)
    yield made
    made.close()


def states(view: ManifestView) -> dict[str, ItemState]:
    return {item.code: item.state for item in view.items if item.state is not ItemState.OK}


def begin(desk: Desk, receiver: str) -> None:
    """Begin a manifest by keys."""
    desk.window.show_page(PageId.CUSTODY)
    desk.window.press("Ctrl+N")
    type_into(desk.page.begin_form.receiver, receiver)
    desk.window.press("F9")
    desk.wait(Mode.FILLING)


def test_manifest_is_filled_by_scanning_and_handed_over_with_the_clerks_password(
    qtbot: QtBot, here: Desk, giver: OpenCounter
) -> None:
    codes = receive(giver, 3)
    slip = giver.counter.slip_checks.seal(giver.counter.lookup.get_dossier(codes[1]).dossier, Form.RECEIPT)
    begin(here, POST)

    here.scan(codes[0], slip, codes[2], codes[0])
    here.wait_said(codes[0])
    here.wait_items(3)
    type_into(here.page.panel.bag, "T-07")
    here.window.press("F9")
    qtbot.waitUntil(lambda: here.page.panel.password_field.problem != "")
    here.sign("sai mật khẩu")
    qtbot.waitUntil(lambda: here.page.panel.password_field.problem == here.window.words("session.wrong_password"))
    assert {holder(giver, code) for code in codes} == {giver.desk.desk.name}
    here.sign(PASSWORD)
    here.wait(Mode.SHOWN)

    view = giver.counter.custody.get(here.page.state.code)
    assert (view.state, view.manifest.codes, view.manifest.bag) == (ManifestState.CLOSED, tuple(codes), "T-07")
    assert {holder(giver, code) for code in codes} == {POST}
    assert here.window.current_page is here.page
    assert is_whole(giver)


def test_scan_that_may_not_go_on_the_manifest_is_refused_with_its_reason(here: Desk, giver: OpenCounter) -> None:
    gone, other, good = receive(giver, 3)
    handed_over(giver, [gone])
    taken_by = listed(giver, [other])
    begin(here, POST)

    here.scan(gone)
    here.wait_said(here.window.words("manifest.not_held", code=gone))
    here.scan(other)
    here.wait_said(taken_by)
    assert here.page.panel.last.property("tone") == Tone.BAD.value
    here.scan(STRANGER)
    here.wait_said(STRANGER)
    here.scan(good)
    here.wait_items(1)

    assert here.page.panel.last.property("tone") == Tone.GOOD.value
    assert giver.counter.custody.get(here.page.state.code).manifest.codes == (good,)


def test_dossier_scanned_by_mistake_is_taken_off_again(qtbot: QtBot, here: Desk, giver: OpenCounter) -> None:
    first, second = receive(giver, 2)
    begin(here, POST)
    here.scan(first, second)
    here.wait_items(2)

    here.page.panel.table.selectRow(0)
    here.window.press("F11")
    here.wait_items(1)

    assert giver.counter.custody.get(here.page.state.code).manifest.codes == (second,)


def test_bag_of_two_hundred_with_three_errors_is_found_by_scanning(
    qtbot: QtBot, there: Desk, giver: OpenCounter, post: OpenCounter
) -> None:
    codes = receive(giver, 200)
    view = handed_over(giver, codes)
    missing, twice = codes[57], codes[120]

    there.scan(*view.passport)
    there.wait(Mode.COUNTING)
    there.scan(*(code for code in codes[:121] if code != missing), twice)
    there.wait_said(there.window.words("custody.scan.again", item=twice))
    there.scan(STRANGER)
    there.wait_said(STRANGER)
    assert there.page.panel.last.property("tone") == Tone.BAD.value
    there.scan(*codes[121:])
    there.wait_found(199)
    assert there.page.panel.counter.text() == there.window.words("custody.counted", found=199, expected=200)

    there.window.press("F9")
    qtbot.waitUntil(lambda: there.window.focusWidget() is there.page.panel.reason)
    assert [(item.code, item.state) for item in there.page.state.items[:2]] == [
        (missing, ItemState.MISSING), (STRANGER, ItemState.EXTRA)
    ]  # fmt: skip
    assert post.counter.custody.list_all() == ()
    there.settle("không có trong túi, đã gọi quầy giao")
    there.settle("bỏ nhầm túi, gửi trả")
    there.sign(POST_PASSWORD)
    there.wait(Mode.SHOWN)

    done = post.counter.custody.get(view.manifest.code)
    assert (done.state, done.received_by) == (ManifestState.RECEIVED, "Phan Thị Thư")
    assert states(done) == {missing: ItemState.MISSING, STRANGER: ItemState.EXTRA}
    qtbot.waitUntil(lambda: [row.state for row in there.page.state.rows] == [RowState.RECEIVED])
    assert is_whole(post)


def test_list_in_many_codes_is_scanned_in_any_order_and_says_how_far_it_is(
    qtbot: QtBot, there: Desk, giver: OpenCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qr_parts, "MOST_CHARACTERS", 150)
    parts = handed_over(giver, receive(giver, 5)).passport
    words, panel = there.window.words, there.page.panel

    there.scan(parts[2], parts[0], parts[2])
    said = words("custody.collected", found=2, total=len(parts))
    qtbot.waitUntil(lambda: panel.counter.text() == said)
    there.scan(parts[1])
    there.wait(Mode.COUNTING)

    assert len(parts) == 3
    assert panel.counter.text() == words("custody.counted", found=0, expected=5)


def test_both_sides_close_by_scanning_each_others_screen(here: Desk, there: Desk, giver: OpenCounter) -> None:
    codes = receive(giver, 3)
    view = handed_over(giver, codes)
    here.window.show_page(PageId.CUSTODY, view.manifest.code)
    here.wait(Mode.SHOWN)
    here.window.press("F6")
    there.scan(here.page.codes.shown_text)
    there.wait(Mode.COUNTING)
    there.scan(*codes[:2])
    there.wait_found(2)
    there.window.press("F7")
    there.settle("rơi lại ở quầy giao")
    there.sign(POST_PASSWORD)
    there.wait(Mode.SHOWN)
    there.window.press("F6")

    here.scan(*_shown_codes(there))
    here.wait(Mode.CONFIRMING)
    here.sign(PASSWORD)
    here.wait(Mode.SHOWN)

    settled = giver.counter.custody.get(view.manifest.code)
    assert (settled.state, settled.received_by) == (ManifestState.RECEIVED, "Phan Thị Thư")
    assert states(settled) == {codes[2]: ItemState.MISSING}
    assert [holder(giver, code) for code in codes] == [POST, POST, giver.desk.desk.name]
    assert is_whole(giver)


def _shown_codes(desk: Desk) -> Sequence[str]:
    view = desk.page.codes
    texts = []
    for _turn in desk.page.state.codes_to_show:
        texts.append(view.shown_text)
        QTest.keyClick(view, Qt.Key.Key_Right)
    return texts


def test_receiver_without_this_program_counts_at_the_givers_desk(qtbot: QtBot, here: Desk, giver: OpenCounter) -> None:
    codes = receive(giver, 3)
    manifest = handed_over(giver, codes).manifest.code
    here.window.show_page(PageId.CUSTODY, manifest)
    here.wait(Mode.SHOWN)

    here.window.press("F4")
    here.wait(Mode.COUNTING)
    here.scan(*codes)
    here.wait_found(3)
    here.window.press("F7")
    here.wait_said(here.window.words("custody.all_there", count=3))
    here.sign(PASSWORD)
    here.wait(Mode.SHOWN)

    assert giver.counter.custody.get(manifest).state is ManifestState.RECEIVED
    assert is_whole(giver)


def test_code_on_the_screen_can_be_read_by_a_reader(tmp_path: Path, here: Desk, giver: OpenCounter) -> None:
    view = handed_over(giver, receive(giver, 40))
    here.window.show_page(PageId.CUSTODY, view.manifest.code)
    here.wait(Mode.SHOWN)
    here.window.press("F6")

    picture = tmp_path / "screen.png"
    here.page.codes.picture.grab().save(str(picture))

    assert codes_in(picture) == [f"QR-Code:{view.passport[0]}"]


def test_counting_goes_on_where_it_was_after_the_window_was_closed(
    qapp: WindowApplication, qtbot: QtBot, giver: OpenCounter, post: OpenCounter
) -> None:
    codes = receive(giver, 4)
    view = handed_over(giver, codes)
    first = Desk(qapp, qtbot, post)
    first.scan(*view.passport)
    first.wait(Mode.COUNTING)
    first.scan(*codes[:3])
    first.wait_found(3)
    first.close()

    again = Desk(qapp, qtbot, post)
    again.window.show_page(PageId.CUSTODY)
    qtbot.waitUntil(lambda: [row.state for row in again.page.state.rows] == [RowState.COUNTING])
    row = again.page.state.rows[0]
    assert (row.found, row.expected) == (3, 4)
    QTest.keyClick(again.page.list, Qt.Key.Key_Down)
    QTest.keyClick(again.page.list, Qt.Key.Key_Return)
    again.wait_found(3)
    again.close()


def test_manifest_code_scanned_anywhere_opens_it(here: Desk, giver: OpenCounter) -> None:
    manifest = listed(giver, receive(giver, 2))
    here.window.show_page(PageId.INTAKE)

    here.scan(manifest)
    here.wait(Mode.FILLING)

    assert here.window.current_page is here.page
    assert here.page.state.code == manifest


def test_list_whose_signer_is_not_known_is_refused_where_the_clerk_looks(
    qapp: WindowApplication, qtbot: QtBot, tmp_path: Path, giver: OpenCounter, desk_clock: DeskClock
) -> None:
    view = handed_over(giver, receive(giver, 1))
    with post_office(tmp_path, desk_clock) as stranger:
        desk = Desk(qapp, qtbot, stranger)
        desk.scan(*view.passport)
        qtbot.waitUntil(lambda: desk.window.bar.message is not None)
        assert desk.window.bar.message is not None
        assert desk.window.bar.message.text == desk.window.words("manifest.passport_unknown_key")
        desk.close()


def test_dossier_scanned_with_nothing_in_hand_opens_the_dossier(qtbot: QtBot, here: Desk, giver: OpenCounter) -> None:
    (code,) = receive(giver)
    here.window.show_page(PageId.CUSTODY)

    here.scan(code)

    qtbot.waitUntil(lambda: here.window.current_page is here.window.pages.get(PageId.DOSSIERS))


def test_paper_of_the_manifest_is_ordered_and_a_further_one_says_so(
    qtbot: QtBot, here: Desk, giver: OpenCounter
) -> None:
    view = handed_over(giver, receive(giver, 1))
    here.window.show_page(PageId.CUSTODY, view.manifest.code)
    here.wait(Mode.SHOWN)

    here.window.press("F8")
    qtbot.waitUntil(lambda: _printings(giver) == [0])
    here.window.press("F8")
    qtbot.waitUntil(lambda: _printings(giver) == [0, 1])


def _printings(desk: OpenCounter) -> list[int]:
    jobs = desk.counter.printing_jobs.list_recent(limit=50)
    return sorted(job.reprint for job in jobs if job.form is Form.MANIFEST)


def test_manifest_begins_with_the_dossiers_it_is_asked_for_and_says_which_it_cannot_have(
    here: Desk, giver: OpenCounter
) -> None:
    gone, first, second = receive(giver, 3)
    handed_over(giver, [gone])

    here.window.show_page(PageId.CUSTODY, f"{first},{gone},{second}")
    here.wait(Mode.MAKING)
    type_into(here.page.begin_form.receiver, POST)
    here.window.press("F9")
    here.wait(Mode.FILLING)

    here.wait_said(gone)
    assert giver.counter.custody.get(here.page.state.code).manifest.codes == (first, second)
