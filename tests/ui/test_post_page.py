"""The post office page by keys and a reader: a pile received, bags made, results sent, tried and delivered."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from counter_app.bootstrap import OpenCounter
from counter_app.domain.dossier import Outcome, Status
from counter_app.domain.forms.kinds import Form
from counter_app.domain.postal import WaybillState
from counter_app.services.answers.bulk_intake import BulkLine
from counter_app.services.counter import Counter
from counter_app.services.peripherals import DeviceRole, Scan
from tests.fakes.desks import PROCEDURE, DeskClock, person
from tests.fakes.posting import COMMUNE, WARD, by_post, posting_desk, sent, with_result
from tests.ui.conftest import WakeCounter
from tests.ui.printing_steps import choose, type_into
from ui.actions import PageId
from ui.application import make_window
from ui.custody.page import CustodyPage
from ui.dossiers.page import DossiersPage
from ui.errors import WindowApplication
from ui.page import OpenedDesk
from ui.post.page import PostPage
from ui.post.sentences import Kept
from ui.post.waybill_panel import Step
from ui.shell import MainWindow

RUNNER_CARD = "036099000001||Đỗ Văn Chạy|01011999|Nam|Thôn Đông, xã Đồng Mẫu, tỉnh Mẫu|01072021"
OWNER_CARD = "036199000000||Nguyễn Thị Tưởng Tượng|01021999|Nữ|Thôn Đông, xã Đồng Mẫu, tỉnh Mẫu|01072021"
OWNER = person().full_name


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenCounter]:
    with posting_desk(tmp_path, DeskClock()) as made:
        yield made


@pytest.fixture
def post_window(
    qapp: WindowApplication, qtbot: QtBot, desk: OpenCounter, print_queue: WakeCounter
) -> Iterator[MainWindow]:
    made = make_window(qapp, desk.counter.preferences)
    made.attach(OpenedDesk(counter=desk.counter, printing=print_queue))
    made.resize(1093, 614)
    made.show()
    made.open_desk()
    made.activateWindow()
    qtbot.waitUntil(lambda: made.strip.desk.text() != "", timeout=10_000)
    yield made
    made.close()
    made.deleteLater()


def open_page(window: MainWindow) -> PostPage:
    window.press("Ctrl+6")
    page = window.pages[PageId.POST]
    assert isinstance(page, PostPage)
    return page


def scan(window: MainWindow, text: str) -> None:
    window.router.take_scan(Scan(role=DeviceRole.BARCODE_READER, raw=f"{text}\r\n".encode()))


def show(qtbot: QtBot, page: PostPage, kept: Kept, count: int) -> None:
    choose(page.waybills.kept, kept.value)
    qtbot.waitUntil(lambda: len(page.waybills.table.rows_model.rows) == count)


def test_pile_is_received_by_scanning_typing_and_one_key(
    qtbot: QtBot, post_window: MainWindow, desk: OpenCounter, print_queue: WakeCounter
) -> None:
    page = open_page(post_window)
    lane = page.batch
    qtbot.waitUntil(lambda: bool(lane.batch.id) and lane.form.unit.text() == desk.counter.units.own().name)
    scan(post_window, RUNNER_CARD)
    qtbot.waitUntil(lambda: lane.submitter.text() == "Đỗ Văn Chạy")

    type_into(lane.form.procedure, PROCEDURE)
    qtbot.waitUntil(lambda: lane.form.procedure._model.rowCount() > 0)
    QTest.keyClick(lane.form.procedure, Qt.Key.Key_Return)
    lane.form.unit.selectAll()
    type_into(lane.form.unit, "suoi mau")
    assert not lane.form.unit.is_known
    QTest.keyClick(lane.form.unit, Qt.Key.Key_Return)
    assert lane.form.unit.text() == COMMUNE.name
    scan(post_window, OWNER_CARD)
    qtbot.waitUntil(lambda: lane.form.name.text() == OWNER)
    type_into(lane.form.delivery, "Thôn Đông")
    QTest.keyClick(lane.form.delivery, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(lane.batch.lines) == 1)
    type_into(lane.form.name, "Trần Văn Mẫu")
    QTest.keyClick(lane.form.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(lane.batch.lines) == 2)
    post_window.press("F9")

    qtbot.waitUntil(lambda: len(desk.counter.printing_jobs.list_open()) == 1, timeout=20_000)
    qtbot.waitUntil(lambda: lane.batch.lines == () and lane.submitter.text() == "")
    (job,) = desk.counter.printing_jobs.list_open()
    assert job.form is Form.RECEIPT_BULK
    rows = desk.counter.lookup.list_recent(limit=5)
    assert [row.applicant_name for row in reversed(rows)] == [OWNER, "Trần Văn Mẫu"]
    first = desk.counter.lookup.get_dossier(rows[1].code).dossier
    assert (first.competent_unit_code, first.delivery_address) == (COMMUNE.code, "Thôn Đông")
    assert first.submitter is not None
    assert first.submitter.full_name == "Đỗ Văn Chạy"
    assert all(paper.handed_in for paper in first.papers if paper.required)
    assert print_queue.wakes > 0


def test_line_without_name_or_procedure_says_so_and_is_not_added(qtbot: QtBot, post_window: MainWindow) -> None:
    lane = open_page(post_window).batch
    qtbot.waitUntil(lambda: bool(lane.batch.id))

    lane.form.submit()

    assert lane.batch.lines == ()
    assert lane.form.procedure.hasFocus()


def test_refused_line_stays_with_its_reason_and_the_batch_can_end_without_it(
    qtbot: QtBot, post_window: MainWindow, desk: OpenCounter
) -> None:
    bulk = desk.counter.post.bulk
    bad = msgspec.structs.replace(by_post(2), procedure_code="9.999999")
    lines = (BulkLine(form=by_post(1)), BulkLine(form=bad))
    bulk.keep(msgspec.structs.replace(bulk.begin(), lines=lines))
    lane = open_page(post_window).batch
    qtbot.waitUntil(lambda: len(lane.table.rows_model.rows) == 2)

    post_window.press("F9")

    qtbot.waitUntil(lambda: [line.is_received for line in lane.batch.lines] == [True, False], timeout=20_000)
    qtbot.waitUntil(lambda: "9.999999" in lane._said.text())
    post_window.press("F8")
    qtbot.waitUntil(lambda: lane.batch.lines == () and bool(lane.batch.id))
    assert bulk.begin().lines == ()


def test_bags_are_numbered_on_and_made_by_one_key_and_enter_opens_the_manifest(
    qtbot: QtBot, post_window: MainWindow, desk: OpenCounter
) -> None:
    for number, unit in enumerate((COMMUNE.code, WARD.code)):
        desk.counter.intake.receive(by_post(number, unit), Outcome.ACCEPTED)
    page = open_page(post_window)
    post_window.press("F4")
    lane = page.bags
    qtbot.waitUntil(lambda: len(lane.table.rows_model.rows) == 2)
    type_into(lane.bag, "T-09")
    type_into(lane.seal, "CH099")
    qtbot.waitUntil(lambda: [one.bag.seal for one in lane.table.rows_model.rows] == ["CH099", "CH100"])

    post_window.press("F9")

    qtbot.waitUntil(lambda: len(desk.counter.custody.list_all()) == 2)
    qtbot.waitUntil(lambda: all(one.manifest_code for one in lane.table.rows_model.rows))
    lane.table.selectRow(0)
    QTest.keyClick(lane.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: isinstance(post_window.current_page, CustodyPage))


def test_result_is_sent_tried_and_delivered_by_scanner_and_keys(
    qtbot: QtBot, post_window: MainWindow, desk: OpenCounter
) -> None:
    code = with_result(desk)
    page = open_page(post_window)
    post_window.press("F6")
    lane = page.waybills
    qtbot.waitUntil(lambda: len(lane.table.rows_model.rows) == 1)
    scan(post_window, code)
    qtbot.waitUntil(lane.panel.lines["number"].hasFocus)
    assert lane.panel.lines["carrier"].text() == "Bưu điện Việt Nam"
    type_into(lane.panel.lines["number"], "VN000123")
    type_into(lane.panel.lines["cod"], "50.000")
    post_window.press("F9")
    qtbot.waitUntil(lambda: len(desk.counter.post.waybills.list_all()) == 1)

    scan(post_window, "VN000123")
    qtbot.waitUntil(lambda: lane.panel.row is not None and lane.panel.row.number == "VN000123")
    post_window.press("F7")
    post_window.press("F7")
    qtbot.waitUntil(lambda: _state(desk) is WaybillState.ATTEMPTED)
    scan(post_window, "VN000123")
    qtbot.waitUntil(lambda: lane.panel.step is Step.DELIVER and lane.panel.lines["receiver"].text() == OWNER)
    assert lane.panel.lines["collected"].text() == "50000"
    lane.panel.lines["receiver"].selectAll()
    type_into(lane.panel.lines["receiver"], "Trần Văn Mẫu")
    post_window.press("F9")
    qtbot.waitUntil(lambda: lane.panel.fields["relation"].problem != "")
    type_into(lane.panel.lines["relation"], "chồng")
    post_window.press("F9")

    qtbot.waitUntil(lambda: _state(desk) is WaybillState.DELIVERED)
    assert desk.counter.lookup.get_dossier(code).state.status is Status.RETURNED
    qtbot.waitUntil(lambda: "50.000" in lane._money.text())
    scan(post_window, "VN000123")
    qtbot.waitUntil(lambda: lane.panel.steps() == (Step.UNPAY,))
    post_window.press("F11")
    type_into(lane.panel.lines["reason"], "Đếm nhầm")
    post_window.press("F11")
    qtbot.waitUntil(lambda: desk.counter.post.waybills.money().total == 0)


def _state(desk: OpenCounter) -> WaybillState:
    return desk.counter.post.waybills.list_all()[0].waybill.state


def test_waybill_scanned_on_another_page_opens_here_and_card_fills_who_takes_it(
    qtbot: QtBot, post_window: MainWindow, desk: OpenCounter
) -> None:
    sent(desk, "VN000001")

    scan(post_window, "VN000001")

    qtbot.waitUntil(lambda: isinstance(post_window.current_page, PostPage))
    panel = open_page(post_window).waybills.panel
    qtbot.waitUntil(lambda: panel.row is not None and panel.row.number == "VN000001")
    panel.lines["receiver"].clear()
    scan(post_window, OWNER_CARD)
    qtbot.waitUntil(lambda: panel.lines["id_number"].text() == "036199000000")
    assert panel.lines["receiver"].text() == OWNER
    post_window.press("F8")
    type_into(panel.lines["reason"], "Sai địa chỉ")
    post_window.press("F8")
    qtbot.waitUntil(lambda: _state(desk) is WaybillState.RETURNED)


def test_carriers_list_is_read_with_a_report_and_written(
    qtbot: QtBot, post_window: MainWindow, desk: OpenCounter, tmp_path: Path
) -> None:
    sent(desk, "VN000001", cod=50_000)
    page = open_page(post_window)
    post_window.press("F6")
    lane = page.waybills
    show(qtbot, page, Kept.UNDERWAY, 1)
    source = tmp_path / "in.csv"
    source.write_text(
        f"Số vận đơn,Trạng thái,Thời gian,Người nhận\nVN000001,đã giao,23/11/2026,{OWNER}\nVN9,bay,23/11/2026,A\n",
        encoding="utf-8",
    )

    lane.read_path(source)

    qtbot.waitUntil(lambda: _state(desk) is WaybillState.DELIVERED)
    qtbot.waitUntil(lane.report.isVisible)
    post_window.press("Esc")
    qtbot.waitUntil(lane.panel.isVisible)
    qtbot.waitUntil(lambda: "chưa nộp: 50.000" in lane._money.text())
    show(qtbot, page, Kept.OWED, 1)
    qtbot.waitUntil(lambda: lane.panel.steps() == (Step.COLLECT,))
    post_window.press("F9")
    qtbot.waitUntil(lambda: desk.counter.post.waybills.money().total == 50_000)
    show(qtbot, page, Kept.OWED, 0)
    lane.write_path(tmp_path / "out.xlsx")
    qtbot.waitUntil((tmp_path / "out.xlsx").exists)


def test_page_stands_in_the_navigation_of_a_post_office_alone(
    qtbot: QtBot, post_window: MainWindow, window: MainWindow, counter: Counter
) -> None:
    def names(made: MainWindow) -> set[str]:
        return {button.accessibleName() for button in made.findChildren(QPushButton) if button.isVisible()}

    assert "Bưu điện" in names(post_window)
    assert "Bưu điện" not in names(window)
    assert counter.units.own().level.value == "commune"


def test_story_of_a_dossier_tells_its_waybill(qtbot: QtBot, post_window: MainWindow, desk: OpenCounter) -> None:
    code = sent(desk, "VN000001").waybill.dossier_code

    post_window.show_page(PageId.DOSSIERS, code)

    page = post_window.pages[PageId.DOSSIERS]
    assert isinstance(page, DossiersPage)
    qtbot.waitUntil(lambda: page.panel.shown is not None and page.panel.shown.dossier.code == code)
    assert "VN000001" in [label.text() for label in page.panel.cards.story_cards["post"].findChildren(QLabel)]
