import threading
from collections.abc import Callable

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from counter_app.core.errors import EnvironmentFailure
from counter_app.domain.forms.details import Details
from counter_app.domain.forms.facts import FormData, SlipData
from counter_app.domain.forms.kinds import KINDS, Form, FormSet, Per, Sheet
from counter_app.services.answers.printing import PaperRequest, PrintState
from counter_app.services.counter import Counter
from printing.renderers.raster import RasterPage
from tests.ui.conftest import WakeCounter
from tests.ui.printing_steps import choose, has_focus, job_count, newest_job, open_dossier, type_into
from ui.dossiers.page import DossiersPage
from ui.printing.printers import FILES
from ui.printing.view import PrintView
from ui.shell import MainWindow

SLOW_MS = 20_000


def _open_print_view(qtbot: QtBot, window: MainWindow, form: Form | None = None) -> PrintView:
    page = open_dossier(qtbot, window)
    window.press("F9")
    assert page.is_printing
    if form is not None:
        choose(page.print_view.options.form, form)
    return page.print_view


def _wait_preview(qtbot: QtBot, view: PrintView, pages: int) -> None:
    qtbot.waitUntil(lambda: view.preview.page_count == pages, timeout=SLOW_MS)


def test_reprint_takes_two_keys_and_a_reason(
    qtbot: QtBot, window: MainWindow, counter: Counter, print_queue: WakeCounter
) -> None:
    page = open_dossier(qtbot, window)
    shown = page.panel.shown
    assert shown is not None

    window.press("F9")
    choose(page.print_view.options.form, Form.RECEIPT)
    page.print_view.options.focus_field()
    qtbot.waitUntil(lambda: has_focus(window, page.print_view.options.reason))
    type_into(page.print_view.options.reason, "Mất giấy")
    window.press("F9")

    qtbot.waitUntil(lambda: window.bar.message is not None)
    job = newest_job(counter)
    assert (job.dossier_code, job.form, job.reprint, job.reason) == (shown.dossier.code, Form.RECEIPT, 1, "Mất giấy")
    assert print_queue.woken[-1] == ""
    assert shown.dossier.code in window.bar.message.text  # type: ignore[union-attr]
    assert not page.is_printing
    assert has_focus(window, page.table)


def test_paper_that_suits_the_status_comes_first_and_printed_ones_are_marked(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    view = _open_print_view(qtbot, window)

    offered = [view.options.form.itemData(row) for row in range(view.options.form.count())]
    texts = {view.options.form.itemData(row): view.options.form.itemText(row) for row in range(len(offered))}
    per_dossier = {form for form, kind in KINDS.items() if kind.per is Per.DOSSIER}
    assert set(offered) == per_dossier - {Form.RECEIPT_BULK}
    assert offered[0] in (Form.RECEIPT, Form.APOLOGY)
    assert texts[Form.RECEIPT].startswith("✓")
    assert not texts[Form.STOP].startswith("✓")


def test_further_printing_without_a_reason_stays_and_says_so(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    view = _open_print_view(qtbot, window, Form.RECEIPT)
    before = job_count(counter)

    window.press("F9")

    qtbot.waitUntil(lambda: view.options.reason_field.problem != "")
    qtbot.waitUntil(lambda: has_focus(window, view.options.reason))
    assert job_count(counter) == before
    assert view.isVisible()


def test_first_printing_asks_for_no_reason(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    view = _open_print_view(qtbot, window, Form.CONTROL_SLIP)
    assert view.options.reason_field.isHidden()

    window.press("F9")

    qtbot.waitUntil(lambda: newest_job(counter).form is Form.CONTROL_SLIP)
    assert newest_job(counter).reprint == 0


def test_order_made_meanwhile_makes_it_a_further_printing(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    view = _open_print_view(qtbot, window, Form.CONTROL_SLIP)
    state = view.presenter.state
    assert state is not None
    qtbot.waitUntil(lambda: view.preview.page_count > 0, timeout=SLOW_MS)
    counter.print_orders.order(PaperRequest(form=Form.CONTROL_SLIP, codes=(state.dossier.code,)))
    before = job_count(counter)

    window.press("F9")

    qtbot.waitUntil(lambda: not view.options.reason_field.isHidden() and view.options.reason_field.problem != "")
    assert job_count(counter) == before


def test_label_is_printed_as_often_as_wanted(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    page = open_dossier(qtbot, window)
    shown = page.panel.shown
    assert shown is not None
    counter.print_orders.order(PaperRequest(form=Form.LABEL, codes=(shown.dossier.code,)))
    qtbot.waitUntil(lambda: any(job.form is Form.LABEL for job in page.panel.shown.print_jobs))  # type: ignore[union-attr]
    before = job_count(counter)
    window.press("F9")
    choose(page.print_view.options.form, Form.LABEL)
    assert page.print_view.options.reason_field.isHidden()

    window.press("F9")

    qtbot.waitUntil(lambda: job_count(counter) == before + 1)
    assert newest_job(counter).reprint == 0


def test_what_is_typed_is_ordered_and_journalled(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    view = _open_print_view(qtbot, window, Form.APOLOGY)
    view.options.focus_field()
    fields = view.options.details
    assert has_focus(window, fields["number"].editor)
    type_into(fields["number"].editor, "12/PXL")
    type_into(fields["reason"].editor, "Chờ ý kiến\ncơ quan phối hợp")
    type_into(fields["new_due_at"].editor, "16:30 5/12/2026")

    window.press("F9")

    qtbot.waitUntil(lambda: newest_job(counter).form is Form.APOLOGY)
    data = counter.papers.get_data(newest_job(counter).id)
    assert isinstance(data, SlipData)
    assert (data.details.number, data.details.reason) == ("12/PXL", "Chờ ý kiến cơ quan phối hợp")
    assert data.details.new_due_at is not None


def test_each_form_keeps_what_was_typed_for_it(qtbot: QtBot, window: MainWindow) -> None:
    view = _open_print_view(qtbot, window, Form.APOLOGY)
    number = view.options.details["number"].editor
    type_into(number, "12/PXL")

    choose(view.options.form, Form.STOP)
    assert number.text() == ""  # type: ignore[attr-defined]
    type_into(number, "3/TB")
    choose(view.options.form, Form.APOLOGY)

    assert number.text() == "12/PXL"  # type: ignore[attr-defined]


def test_fields_are_reached_and_left_by_the_keyboard(qtbot: QtBot, window: MainWindow) -> None:
    view = _open_print_view(qtbot, window, Form.APOLOGY)
    fields = view.options.details
    fields["number"].editor.setFocus()

    QTest.keyClick(fields["number"].editor, Qt.Key.Key_Return)
    assert has_focus(window, fields["reason"].editor)
    assert isinstance(fields["reason"].editor, QPlainTextEdit)
    QTest.keyClick(fields["reason"].editor, Qt.Key.Key_Tab)

    assert has_focus(window, fields["new_due_at"].editor)


def test_unreadable_day_is_said_at_its_field_and_nothing_is_ordered(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    view = _open_print_view(qtbot, window, Form.APOLOGY)
    field = view.options.details["new_due_at"]
    before = job_count(counter)
    type_into(field.editor, "mai")
    view.options.details["signer_name"].editor.setFocus()
    qtbot.waitUntil(lambda: field.problem != "")

    window.press("F9")

    assert has_focus(window, field.editor)
    assert job_count(counter) == before
    type_into(field.editor, "x")
    assert field.problem == ""


def test_empty_fields_are_printed_as_dots(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    view = _open_print_view(qtbot, window, Form.APOLOGY)
    _wait_preview(qtbot, view, 1)

    window.press("F9")

    qtbot.waitUntil(lambda: newest_job(counter).form is Form.APOLOGY)
    data = counter.papers.get_data(newest_job(counter).id)
    assert isinstance(data, SlipData)
    assert data.due_at is not None
    assert data.details == Details(issued_at=data.issued_at, due_at=data.due_at)


def test_further_printing_says_what_the_one_before_said(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    page = open_dossier(qtbot, window)
    shown = page.panel.shown
    assert shown is not None
    details = Details(number="7/PXL", reason="Cơ quan phối hợp trả lời chậm")
    request = PaperRequest(
        form=Form.APOLOGY,
        codes=(shown.dossier.code,),
        details=details,
        copies=3,
        sheet=Sheet.A4,
        form_set=FormSet.TT01_2018,
    )
    counter.print_orders.order(request)
    qtbot.waitUntil(lambda: len(page.panel.shown.print_jobs) > len(shown.print_jobs))  # type: ignore[union-attr]
    window.press("F9")
    choose(page.print_view.options.form, Form.APOLOGY)

    options = page.print_view.options
    qtbot.waitUntil(lambda: options.copies.currentData() == 3)
    number = options.details["number"].editor
    qtbot.waitUntil(lambda: number.text() == "7/PXL")  # type: ignore[attr-defined]
    assert (options.sheet.currentData(), options.form_set.currentData()) == (Sheet.A4, FormSet.TT01_2018)
    type_into(options.reason, "Nhòe mực")
    window.press("F9")

    qtbot.waitUntil(lambda: newest_job(counter).reprint == 1)
    data = counter.papers.get_data(newest_job(counter).id)
    assert isinstance(data, SlipData)
    assert data.details == msgspec.structs.replace(details, issued_at=data.issued_at, due_at=data.due_at)


def test_printer_copies_and_sheet_are_those_chosen(
    qtbot: QtBot, window: MainWindow, counter: Counter, print_queue: WakeCounter
) -> None:
    view = _open_print_view(qtbot, window, Form.CONTROL_SLIP)
    options = view.options
    qtbot.waitUntil(lambda: options.printer.findData("Máy in quầy 1") > 0)
    assert options.printer.itemData(options.printer.count() - 1) == FILES
    assert "sẵn sàng" in options.printer.itemText(options.printer.findData("Máy in quầy 1"))
    choose(options.printer, "Máy in quầy 1")
    choose(options.copies, 2)
    choose(options.sheet, Sheet.A4)
    qtbot.waitUntil(lambda: view.preview.page_count == 2, timeout=SLOW_MS)
    assert print_queue.previewed_for == "Máy in quầy 1"

    window.press("F9")

    qtbot.waitUntil(lambda: newest_job(counter).form is Form.CONTROL_SLIP)
    job = newest_job(counter)
    assert (job.asked, job.copies, job.sheet, job.state) == ("Máy in quầy 1", 2, Sheet.A4, PrintState.QUEUED)
    qtbot.waitUntil(lambda: "Máy in quầy 1" in print_queue.woken)


def test_preview_follows_what_is_typed(
    qtbot: QtBot, window: MainWindow, print_queue: WakeCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[FormData] = []
    draw: Callable[..., tuple[RasterPage, ...]] = print_queue.preview

    def watch(data: FormData, **options: object) -> tuple[RasterPage, ...]:
        seen.append(data)
        return draw(data, **options)

    monkeypatch.setattr(print_queue, "preview", watch)
    view = _open_print_view(qtbot, window, Form.APOLOGY)
    _wait_preview(qtbot, view, 1)

    type_into(view.options.details["number"].editor, "99/PXL")

    qtbot.waitUntil(lambda: seen[-1].details.number == "99/PXL", timeout=SLOW_MS)  # type: ignore[union-attr]
    assert seen[-1].reprint == 0


def test_preview_of_a_further_printing_carries_its_mark(
    qtbot: QtBot, window: MainWindow, print_queue: WakeCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    draw: Callable[..., tuple[RasterPage, ...]] = print_queue.preview

    def watch(data: FormData, **options: object) -> tuple[RasterPage, ...]:
        seen.append(data.reprint)
        return draw(data, **options)

    monkeypatch.setattr(print_queue, "preview", watch)

    _open_print_view(qtbot, window, Form.RECEIPT)

    qtbot.waitUntil(lambda: bool(seen) and seen[-1] == 1, timeout=SLOW_MS)


def test_paper_that_cannot_be_drawn_is_explained_in_its_place(
    qtbot: QtBot, window: MainWindow, print_queue: WakeCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(data: FormData, **options: object) -> tuple[RasterPage, ...]:
        raise EnvironmentFailure("print.form_not_for_roll", retryable=False)

    monkeypatch.setattr(print_queue, "preview", refuse)

    view = _open_print_view(qtbot, window, Form.APOLOGY)

    qtbot.waitUntil(lambda: "giấy cuộn" in view._sentence.accessibleName())
    assert view.preview.page_count == 0
    assert window.bar.message is None


def test_slow_preview_blocks_neither_typing_nor_printing(
    qtbot: QtBot, window: MainWindow, counter: Counter, print_queue: WakeCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()

    def hang(data: FormData, **options: object) -> tuple[RasterPage, ...]:
        assert threading.current_thread() is not threading.main_thread()
        release.wait(30)
        return ()

    monkeypatch.setattr(print_queue, "preview", hang)
    try:
        view = _open_print_view(qtbot, window, Form.APOLOGY)
        type_into(view.options.details["number"].editor, "1/PXL")

        window.press("F9")

        qtbot.waitUntil(lambda: newest_job(counter).form is Form.APOLOGY)
        qtbot.waitUntil(lambda: not view.isVisible())
    finally:
        release.set()


def test_escape_goes_back_and_forgets_what_was_typed(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    view = _open_print_view(qtbot, window, Form.APOLOGY)
    type_into(view.options.details["number"].editor, "1/PXL")
    before = job_count(counter)

    window.press("Esc")

    page = window.current_page
    assert isinstance(page, DossiersPage)
    assert not page.is_printing
    assert page.panel.currentIndex() == 1
    assert view.presenter.state is None
    assert view.preview.page_count == 0
    window.press("F9")
    choose(view.options.form, Form.APOLOGY)
    assert view.options.details["number"].editor.text() == ""  # type: ignore[attr-defined]
    assert job_count(counter) == before


def test_f6_reads_the_paper_and_f9_turns_to_printing_it(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    page = open_dossier(qtbot, window)
    before = job_count(counter)

    window.press("F6")

    view = page.print_view
    assert has_focus(window, view.preview)
    _wait_preview(qtbot, view, 1)
    assert not page.table.isVisible()  # the paper has the whole page, so that it can be read
    assert view.options.printer.isHidden() or not view.options.printer.isVisible()
    window.press("F9")
    assert view.options.printer.isVisible()
    assert job_count(counter) == before
    window.press("F6")
    assert has_focus(window, view.preview)


@pytest.mark.parametrize("key", ["Ctrl++", "Ctrl+="])
def test_keys_zoom_the_preview_and_fit_it_again(qtbot: QtBot, window: MainWindow, key: str) -> None:
    page = open_dossier(qtbot, window)
    window.press("F6")
    view = page.print_view
    _wait_preview(qtbot, view, 1)
    fitting = view.preview._labels[0].pixmap().width()

    window.press(key)
    assert view.preview.zoom_percent == 125
    assert view.preview._labels[0].pixmap().width() > fitting
    assert view._fit.text() == "125 %"
    window.press("Ctrl+-")
    assert view.preview.zoom_percent == 100
    window.press("Ctrl+-")
    window.press("Ctrl+0")

    assert view.preview.zoom_percent == 100
    assert view.preview._labels[0].pixmap().width() == fitting


def test_stopping_has_only_the_set_that_knows_it(qtbot: QtBot, window: MainWindow) -> None:
    view = _open_print_view(qtbot, window, Form.STOP)

    sets = [view.options.form_set.itemData(row) for row in range(view.options.form_set.count())]

    assert sets == [FormSet.TT03_2025]


def test_receipt_printer_prints_on_its_roll_whatever_sheet(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    counter.preferences.set("print.slip.printer", "tcp://127.0.0.1:9?profile=generic-80")

    view = _open_print_view(qtbot, window, Form.RECEIPT)

    assert not view.options.sheet.isEnabled()
    assert "cuộn" in view.options.sheet.currentText()
    assert "127.0.0.1:9" in view.options.printer.itemText(0)


def test_another_scan_leaves_the_print_view_for_its_dossier(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    _open_print_view(qtbot, window, Form.RECEIPT)
    other = counter.lookup.list_recent(limit=3)[2].code

    window.router.take_typed(other)

    page = window.current_page
    assert isinstance(page, DossiersPage)
    qtbot.waitUntil(lambda: not page.is_printing)
    qtbot.waitUntil(lambda: page.panel.shown is not None and page.panel.shown.dossier.code == other)


def test_print_view_speaks_english_too(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    view = _open_print_view(qtbot, window, Form.APOLOGY)

    counter.preferences.set("ui.language", "en")

    qtbot.waitUntil(lambda: view.options.details["number"].editor.accessibleName() == "Number and symbol")
    assert view.options.print.accessibleName() == "Print"
