import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from counter_app.core.errors import EnvironmentFailure
from counter_app.domain.forms.kinds import Form
from counter_app.services.answers.printing import (
    Condition,
    PaperRequest,
    PrinterState,
    PrinterStatus,
    PrintJob,
    PrintState,
)
from counter_app.services.counter import Counter
from tests.ui.conftest import WakeCounter
from tests.ui.printing_steps import choose, has_focus, job_count, newest_job, open_jobs, type_into
from ui.actions import PageId
from ui.print_jobs.page import PrintJobsPage
from ui.shell import MainWindow

PRINTER = "Máy in quầy 1"


def _job(counter: Counter, state: PrintState, *, error_code: str = "", owed: bool = False) -> PrintJob:
    code = counter.lookup.list_recent(limit=1)[0].code
    job = counter.print_orders.order(PaperRequest(form=Form.CONTROL_SLIP, codes=(code,)))
    if state is not PrintState.QUEUED:
        counter.printing_jobs.claim_job(job.id, PRINTER)
    if state not in (PrintState.QUEUED, PrintState.PRINTING):
        counter.printing_jobs.settle(job.id, state, error_code=error_code, owed=owed)
    return counter.printing_jobs.get(job.id)


def _state(counter: Counter, job: PrintJob) -> PrintState:
    return counter.printing_jobs.get(job.id).state


def _buttons(page: PrintJobsPage) -> set[str]:
    panel = page.panel
    buttons = (panel.came_out, panel.not_out, panel.again, panel.cancel)
    return {button.accessibleName() for button in buttons if button.isVisible()}


@pytest.mark.parametrize(
    ("state", "buttons"),
    [
        (PrintState.QUEUED, {"Hủy"}),
        (PrintState.PRINTING, {"Hủy"}),
        (PrintState.UNKNOWN, {"Giấy đã ra", "Giấy chưa ra"}),
        (PrintState.FAILED, {"Gửi in lại"}),
        (PrintState.PRINTED, {"In lại"}),
    ],
)
def test_job_offers_what_can_be_done_with_it_and_nothing_else(
    qtbot: QtBot, window: MainWindow, counter: Counter, state: PrintState, buttons: set[str]
) -> None:
    page = open_jobs(qtbot, window, _job(counter, state))

    qtbot.waitUntil(lambda: _buttons(page) == buttons)
    assert page.panel.sentence.text() != ""


def test_job_says_what_it_is_about_and_how_it_is_in_words(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    job = _job(counter, PrintState.FAILED, error_code="print.not_ready.paper_out")

    page = open_jobs(qtbot, window, job)

    cells = [str(page.table.rows_model.index(0, column).data()) for column in range(6)]
    assert cells[1:] == [job.dossier_code, "Phiếu kiểm soát quá trình giải quyết", "1", PRINTER, "Chưa in được"]
    assert f"Máy in {PRINTER} hết giấy" in page.panel.sentence.text()
    assert "{" not in page.panel.sentence.text()


def test_paper_of_a_period_shows_its_days(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    job = counter.print_orders.order(PaperRequest(form=Form.REGISTER))

    page = open_jobs(qtbot, window, job)

    assert str(page.table.rows_model.index(0, 1).data()) == "23/11/2026"
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    QApplication.processEvents()
    assert window.current_page is page


def test_f7_says_that_the_paper_came_out(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    job = _job(counter, PrintState.UNKNOWN, error_code="print.interrupted")
    open_jobs(qtbot, window, job)

    window.press("F7")

    qtbot.waitUntil(lambda: _state(counter, job) is PrintState.PRINTED)
    qtbot.waitUntil(lambda: window.bar.message is not None)


def test_f8_prints_a_paper_that_did_not_come_out_and_it_is_no_reprint(
    qtbot: QtBot, window: MainWindow, counter: Counter, print_queue: WakeCounter
) -> None:
    job = _job(counter, PrintState.UNKNOWN)
    open_jobs(qtbot, window, job)
    before = print_queue.wakes

    window.press("F8")

    qtbot.waitUntil(lambda: _state(counter, job) is PrintState.QUEUED)
    qtbot.waitUntil(lambda: print_queue.wakes > before)
    assert counter.printing_jobs.get(job.id).reprint == 0


def test_job_in_doubt_is_not_sent_again_before_the_answer(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    job = _job(counter, PrintState.UNKNOWN)
    open_jobs(qtbot, window, job)
    before = job_count(counter)

    window.press("F9")
    window.press("F11")
    QApplication.processEvents()

    assert _state(counter, job) is PrintState.UNKNOWN
    assert job_count(counter) == before


def test_failed_job_is_sent_to_another_printer(
    qtbot: QtBot, window: MainWindow, counter: Counter, print_queue: WakeCounter
) -> None:
    job = _job(counter, PrintState.FAILED, error_code="print.printer_missing")
    page = open_jobs(qtbot, window, job)
    qtbot.waitUntil(lambda: page.panel.printer.findData(PRINTER) > 0)
    choose(page.panel.printer, PRINTER)

    window.press("F9")

    qtbot.waitUntil(lambda: _state(counter, job) is PrintState.QUEUED)
    qtbot.waitUntil(lambda: PRINTER in print_queue.woken)
    assert counter.printing_jobs.get(job.id).asked == PRINTER


def test_f11_cancels_through_the_printers(
    qtbot: QtBot, window: MainWindow, counter: Counter, print_queue: WakeCounter
) -> None:
    job = _job(counter, PrintState.PRINTING)
    open_jobs(qtbot, window, job)

    window.press("F11")

    qtbot.waitUntil(lambda: print_queue.cancelled == [job.id])
    qtbot.waitUntil(lambda: window.bar.message is not None)


def test_printed_job_is_printed_again_with_a_reason_only(
    qtbot: QtBot, window: MainWindow, counter: Counter, print_queue: WakeCounter
) -> None:
    job = _job(counter, PrintState.PRINTED)
    page = open_jobs(qtbot, window, job)
    before = job_count(counter)

    window.press("F9")
    assert page.panel.reason_field.problem != ""
    assert has_focus(window, page.panel.reason)
    type_into(page.panel.reason, "Giấy bị nhòe")
    QTest.keyClick(page.panel.reason, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: job_count(counter) == before + 1)
    again = newest_job(counter)
    assert (again.form, again.reprint, again.reason) == (job.form, 1, "Giấy bị nhòe")
    qtbot.waitUntil(lambda: page.panel.reason.text() == "")


def test_owed_papers_are_said_and_printed_by_one_key(
    qtbot: QtBot, window: MainWindow, counter: Counter, print_queue: WakeCounter
) -> None:
    job = _job(counter, PrintState.PRINTED, owed=True)
    page = open_jobs(qtbot, window, job)
    qtbot.waitUntil(page.banner.isVisible)
    assert "1" in page.banner_text.text()
    qtbot.waitUntil(window.strip.owed.isVisible)
    assert window.strip.owed.text() == "Nợ giấy: 1"
    assert _buttons(page) == {"Gửi in lại"}

    window.press("F3")

    qtbot.waitUntil(lambda: _state(counter, job) is PrintState.QUEUED)
    qtbot.waitUntil(page.banner.isHidden)
    assert counter.printing_jobs.get(job.id).reprint == 0


def test_without_owed_papers_there_is_no_banner(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    page = open_jobs(qtbot, window, newest_job(counter))

    assert page.banner.isHidden()
    assert window.strip.owed.isHidden()


def test_printers_say_how_they_are_and_are_asked_again_by_f5(
    qtbot: QtBot, window: MainWindow, counter: Counter, print_queue: WakeCounter
) -> None:
    page = open_jobs(qtbot, window)
    qtbot.waitUntil(lambda: len(page.printers.table.rows_model.rows) == 1)
    out = PrinterStatus(
        address="tcp://10.0.0.9:9100?profile=generic-80",
        name="10.0.0.9:9100",
        state=PrinterState.READY,
        conditions=(Condition.PAPER_LOW, Condition.COVER_OPEN),
    )
    print_queue.printers = (*print_queue.printers, out)

    window.press("F5")

    qtbot.waitUntil(lambda: len(page.printers.table.rows_model.rows) == 2)
    model = page.printers.table.rows_model
    assert [str(model.index(1, column).data()) for column in range(2)] == [
        "10.0.0.9:9100",
        "nắp mở: đóng nắp, sắp hết giấy",
    ]


def test_printers_that_cannot_be_asked_leave_the_page_usable(
    qtbot: QtBot, window: MainWindow, counter: Counter, print_queue: WakeCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> tuple[PrinterStatus, ...]:
        raise EnvironmentFailure("print.printer_unavailable", retryable=True, printer="CUPS")

    monkeypatch.setattr(print_queue, "list_printers", fail)
    job = _job(counter, PrintState.UNKNOWN)

    page = open_jobs(qtbot, window, job)

    qtbot.waitUntil(lambda: window.bar.message is not None)
    assert _buttons(page) == {"Giấy đã ra", "Giấy chưa ra"}


def test_old_job_in_doubt_is_not_lost_behind_newer_ones(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    old = _job(counter, PrintState.UNKNOWN)
    code = counter.lookup.list_recent(limit=1)[0].code
    counter.print_orders.order_many([PaperRequest(form=Form.LABEL, codes=(code,)) for _ in range(60)])

    page = open_jobs(qtbot, window, old)

    assert page.panel.job == old


def test_choice_stays_on_its_job_when_others_come_in(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    job = _job(counter, PrintState.PRINTED)
    page = open_jobs(qtbot, window, job)
    type_into(page.panel.reason, "Đang ghi dở")

    newer = counter.print_orders.order_again(job.id, reason="khác")

    qtbot.waitUntil(lambda: any(row.id == newer.id for row in page.table.rows_model.rows))
    assert page.panel.job is not None
    assert (page.panel.job.id, page.panel.reason.text()) == (job.id, "Đang ghi dở")


def test_long_sentence_and_long_names_are_not_cut(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    job = _job(counter, PrintState.FAILED, error_code="print.printer_missing")

    page = open_jobs(qtbot, window, job)
    QApplication.processEvents()

    label = page.panel.sentence
    assert label.height() >= label.heightForWidth(label.width())
    assert window.pages[PageId.PRINT_JOBS].minimumSizeHint().width() <= window.pages[PageId.PRINT_JOBS].width()
