"""Pictures of every page: both languages, light and dark, two sizes.

    QT_QPA_PLATFORM=offscreen python -m tools.screenshots build/screenshots
    QT_QPA_PLATFORM=offscreen python -m tools.screenshots build/demo --few

A sample desk is made for it and thrown away. The people are invented.
"""

import argparse
import itertools
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer

from counter_app.bootstrap import OpenCounter, init_sample_desk, opened
from counter_app.core.clock import local_date
from counter_app.core.paths import DataFolder
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import Status
from counter_app.domain.forms.kinds import Form
from counter_app.scanning.scanned import ScannedPage
from counter_app.services.answers.bulk import BulkKind
from counter_app.services.answers.documents import NamedFile
from counter_app.services.answers.lists import DossierFilter
from counter_app.services.answers.manifests import NewManifest
from counter_app.services.answers.printing import Condition, PaperRequest, PrinterState, PrinterStatus, PrintState
from printing.workshop import Workshop
from tools.sample_papers import DPI, draw_papers
from ui.actions import ActionId, PageId
from ui.application import create_application, make_window
from ui.dossiers.filters import Kept
from ui.page import OpenedDesk
from ui.printing.printers import FILES
from ui.shell import MainWindow

CARD = "036199001234|012345678|Nguyễn Thị Tưởng Tượng|01021999|Nữ|Thôn Đông, xã Đồng Mẫu, tỉnh Mẫu|01072021"
PROCEDURE = "1.001193"
SLIP_PRINTER = "HP LaserJet Pro M404"
RECEIPT_PRINTER = "tcp://192.168.1.50:9100?profile=generic-80"
HEAD = "hung"
LANGUAGES = ("vi", "en")
THEMES = ("light", "dark")
SIZES = ((1366, 768), (1920, 1080))
_SETTLE_MS = 900


@contextmanager
def sample_counter() -> Iterator[OpenCounter]:
    """Give an open sample desk that is thrown away afterwards."""
    with tempfile.TemporaryDirectory() as root:
        folder = DataFolder(Path(root) / "desk", state_root=Path(root) / "state")
        init_sample_desk(folder, passphrase="pictures only")
        with opened(folder, passphrase="pictures only") as made:
            yield made


def settle() -> None:
    """Let answers of the store arrive and the page be painted."""
    loop = QEventLoop()
    QTimer.singleShot(_SETTLE_MS, loop.quit)
    loop.exec()


def fill_intake(window: MainWindow) -> None:
    """Fill the intake page as far as the key that saves."""
    page = window.pages[PageId.INTAKE]
    page.handle_scan(CARD)
    settle()
    presenter = page.presenter  # type: ignore[attr-defined]
    presenter.choose_procedure(PROCEDURE)
    settle()
    page.perform(ActionId.INTAKE_ALL_HANDED_IN)
    settle()


def take(window: MainWindow, folder: Path, name: str) -> None:
    """Save what the window shows now."""
    settle()
    file = folder / f"{name}.png"
    if not window.grab().save(str(file)):
        raise SystemExit(f"{file} could not be written")


class SamplePrinting:
    """The real previews, beside printers that are only shown."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self.preview = workshop.preview

    def wake(self, printer: str = "") -> None:
        """Print nothing: the jobs stay as they are shown."""

    def cancel(self, job_id: str) -> None:
        """Take a job out of the queue."""
        self._workshop.cancel(job_id)

    def list_printers(self) -> tuple[PrinterStatus, ...]:
        """Return one printer of each kind and state."""
        return (
            PrinterStatus(address=FILES, name="receipts", state=PrinterState.READY),
            PrinterStatus(address=SLIP_PRINTER, name=SLIP_PRINTER, state=PrinterState.READY),
            PrinterStatus(
                address=RECEIPT_PRINTER,
                name="tcp://192.168.1.50:9100",
                state=PrinterState.READY,
                conditions=(Condition.PAPER_OUT,),
            ),
            PrinterStatus(address="Canon LBP2900", name="Canon LBP2900", state=PrinterState.OFFLINE),
        )


def fill_queue(made: OpenCounter) -> None:
    """Give the print queue a job in every state."""
    counter, codes = made.counter, [row.code for row in made.counter.lookup.list_recent(limit=9) if row.code]
    jobs, forms = counter.printing_jobs, (Form.CONTROL_SLIP, Form.LABEL, Form.APOLOGY, Form.FEE_RECEIPT)
    printers = (SLIP_PRINTER, RECEIPT_PRINTER, SLIP_PRINTER, RECEIPT_PRINTER)
    for form, code, printer in zip(forms, codes, printers, strict=False):
        counter.print_orders.order(PaperRequest(form=form, codes=(code,), printer=printer))
    today = local_date(counter.clock.now())
    counter.print_orders.order(PaperRequest(form=Form.REGISTER, first_day=today, printer=SLIP_PRINTER))
    waiting, *others = reversed(jobs.list_open())
    ends = (
        (PrintState.FAILED, "print.not_ready.paper_out", False),
        (PrintState.UNKNOWN, "print.interrupted", False),
        (PrintState.PRINTED, "", True),
    )
    for job, (state, code, owed) in zip(others, ends, strict=False):
        jobs.claim_job(job.id, job.asked)
        jobs.settle(job.id, state, error_code=code, owed=owed)
    jobs.claim_job(others[-1].id, SLIP_PRINTER)
    jobs.note_waiting(others[-1].id, "print.waiting.cover_open")
    assert waiting.form is Form.REGISTER


def choose_form(window: MainWindow, form: Form) -> None:
    """Take a form in the print view."""
    page = window.pages[PageId.DOSSIERS]
    page.print_view.presenter.choose_form(form)  # type: ignore[attr-defined]
    page.print_view.options.focus_field()  # type: ignore[attr-defined]
    settle()


def take_print_view(window: MainWindow, folder: Path) -> None:
    """Save the print view: a further receipt, an apology that is filled in, and reading alone."""
    window.show_page(PageId.DOSSIERS)
    settle()
    page = window.pages[PageId.DOSSIERS]
    page.table.selectRow(0)  # type: ignore[attr-defined]
    take(window, folder, "dossier")
    page.perform(ActionId.DOSSIER_PRINT)
    choose_form(window, Form.RECEIPT)
    presenter = page.print_view.presenter  # type: ignore[attr-defined]
    presenter.edit_reason("Công dân làm mất giấy hẹn")
    take(window, folder, "print-receipt")
    choose_form(window, Form.APOLOGY)
    presenter.edit("number", "12/PXL-TTPVHCC")
    presenter.edit("reason", "Cơ quan phối hợp trả lời chậm do đường truyền gián đoạn hai ngày.")
    presenter.edit("new_due_at", "16:30 5/12/2026")
    take(window, folder, "print-apology")
    presenter.edit("new_due_at", "mai")
    presenter.submit()
    take(window, folder, "print-problem")
    choose_form(window, Form.STOP)
    take(window, folder, "print-stop")
    page.perform(ActionId.DISMISS)
    page.perform(ActionId.DOSSIER_PREVIEW)
    take(window, folder, "print-reading")
    page.perform(ActionId.DISMISS)


def fill_stories(made: OpenCounter) -> None:
    """Give three dossiers a life: one waits, one comes back from a wait and travels, one has its result here."""
    dossiers = made.counter.dossiers
    waiting, moved, decided = [row.code for row in made.counter.lookup.list_recent(limit=3)]
    asked = ActionFacts(reason="Thiếu giấy chứng sinh", missing=("Giấy chứng sinh",))
    dossiers.act(waiting, Action.ASK_SUPPLEMENT, asked)
    dossiers.act(moved, Action.ASK_SUPPLEMENT, asked)
    dossiers.act(moved, Action.RECEIVE_SUPPLEMENT, ActionFacts(note="Đã nộp bản chính"))
    room = ActionFacts(receiver="Nguyễn Văn Tư, công chức Tư pháp - Hộ tịch", note="Kèm một bản sao")
    for code in (moved, decided):
        dossiers.act(code, Action.TRANSFER, room)
    result = ActionFacts(
        result_kind="Giấy khai sinh",
        result_number="15/2026",
        result_summary="Đăng ký khai sinh",
        signer_name="Lê Văn Ký",
    )
    dossiers.act(decided, Action.RESOLVE, result)
    dossiers.act(decided, Action.RESULT_ARRIVED, ActionFacts())


def take_actions(window: MainWindow, folder: Path) -> None:
    """Save the dossiers page with its filters, a dossier's story, and the forms of three actions."""
    window.show_page(PageId.DOSSIERS)
    settle()
    page = window.pages[PageId.DOSSIERS]
    for row, name in ((0, "waiting"), (1, "moved"), (2, "decided")):
        page.table.selectRow(row)  # type: ignore[attr-defined]
        settle()
        page.perform(ActionId.DOSSIER_ACTIONS)
        take(window, folder, f"dossier-{name}")
        bar = page.panel.cards.verticalScrollBar()  # type: ignore[attr-defined]
        bar.setValue(bar.maximum() * 2 // 3)
        take(window, folder, f"dossier-{name}-story")
    choose_action(window, Action.RETURN_RESULT)
    take(window, folder, "action-return")
    page.handle_scan(CARD)
    take(window, folder, "action-return-card")
    page.perform(ActionId.DOSSIER_PRINT)
    take(window, folder, "action-return-refused")
    page.perform(ActionId.DISMISS)
    take_heads_forms(window, folder)
    page.perform(ActionId.DOSSIER_MORE_FILTERS)
    take(window, folder, "filter-form")
    page.perform(ActionId.DISMISS)
    for kept in Kept:
        page.filters.boxes[kept].click()  # type: ignore[attr-defined]
        take(window, folder, f"filter-{kept.value}")
    page.filters.boxes[Kept.ALL].click()  # type: ignore[attr-defined]


def take_heads_forms(window: MainWindow, folder: Path) -> None:
    """Save forms that a head may open, on a dossier that still has time."""
    window.counter.session.act_as(HEAD)
    page = window.pages[PageId.DOSSIERS]
    rows = page.table.rows_model.rows  # type: ignore[attr-defined]
    row = next(n for n, one in enumerate(rows) if one.status is Status.RECEIVED and not one.is_late)
    page.table.selectRow(row)  # type: ignore[attr-defined]
    settle()
    take(window, folder, "dossier-head")
    for action in (Action.EXTEND, Action.RESOLVE, Action.ASK_SUPPLEMENT, Action.STOP):
        choose_action(window, action)
        take(window, folder, f"action-{action.value}")
        page.perform(ActionId.DISMISS)
    window.counter.session.act_as("mai")


def choose_action(window: MainWindow, action: Action) -> None:
    """Open the form of an action."""
    steps = window.pages[PageId.DOSSIERS].panel.steps  # type: ignore[attr-defined]
    steps.chosen.emit(next(one for one in steps.offers if one.action is action))
    settle()


def take_print_jobs(window: MainWindow, folder: Path) -> None:
    """Save the print jobs with one chosen in each state, and printing in a row."""
    window.show_page(PageId.PRINT_JOBS)
    settle()
    page = window.pages[PageId.PRINT_JOBS]
    for row, name in enumerate(("queued", "failed", "unknown", "owed", "waiting", "printed")):
        page.table.selectRow(row)  # type: ignore[attr-defined]
        take(window, folder, f"print-jobs-{name}")
    page.perform(ActionId.JOBS_BATCH)
    presenter = page.batch.presenter  # type: ignore[attr-defined]
    presenter.edit_days(first="1/1/2026")
    presenter.choose(takes_printed=True)
    take(window, folder, "batch")
    presenter.choose(takes_printed=True, reason="Mất điện khi đang in")
    presenter.start()
    take(window, folder, "batch-under-way")
    presenter.cancel()
    take(window, folder, "batch-cancelled")
    page.perform(ActionId.DISMISS)


def take_custody(window: MainWindow, folder: Path) -> None:
    """Save the hand-over page: a new manifest, one that is filled, one handed over with its code, and a count."""
    counter = window.counter
    codes = [row.code for row in counter.lists.page(DossierFilter(statuses=(Status.RECEIVED,)), limit=8).rows]
    given, filled = (counter.custody.begin(NewManifest(receiver="Phòng Tư pháp", bag="T-07")) for _ in range(2))
    counter.custody.add(given.manifest.code, codes[:5])
    counter.custody.add(filled.manifest.code, codes[5:])
    counter.custody.close(given.manifest.code, seal="NP 004512")
    window.show_page(PageId.CUSTODY)
    page = window.pages[PageId.CUSTODY]
    page.perform(ActionId.CUSTODY_NEW)
    take(window, folder, "custody-new")
    for manifest, name in ((filled, "custody-filling"), (given, "custody-given")):
        page.handle_manifest(manifest.manifest.code)
        settle()
        page.handle_dossier(codes[0])
        take(window, folder, name)
    page.perform(ActionId.CUSTODY_CODES)
    take(window, folder, "custody-codes")
    page.perform(ActionId.DISMISS)
    page.perform(ActionId.CUSTODY_ENTRY)
    settle()
    for code in codes[:4]:
        page.handle_dossier(code)
    page.handle_dossier(codes[6])
    settle()
    page.perform(ActionId.CUSTODY_DIFFERENCES)
    take(window, folder, "custody-differences")


def take_bulk(window: MainWindow, folder: Path) -> None:
    """Save the list with marked dossiers, and the preview of what would be done with them."""
    window.show_page(PageId.DOSSIERS)
    settle()
    page = window.pages[PageId.DOSSIERS]
    codes = [row.code for row in window.counter.lists.page(DossierFilter(), limit=6).rows]
    page.list_work.marking.mark(codes)  # type: ignore[attr-defined]
    take(window, folder, "bulk-marked")
    page.perform(ActionId.DOSSIER_BULK)
    page.bulk_view.presenter.choose(kind=BulkKind.MANIFEST)  # type: ignore[attr-defined]
    take(window, folder, "bulk-preview")
    page.perform(ActionId.DISMISS)
    page.perform(ActionId.DISMISS)


def take_digitise(window: MainWindow, folder: Path) -> None:
    """Save the digitising page: nothing chosen, a document, a scan that was cut off, and its three cards."""
    counter = window.counter
    code = counter.lookup.list_recent(limit=1)[0].code
    names = [paper.name for paper in counter.lookup.get_dossier(code).dossier.papers]
    files = [NamedFile(name="scan.tif", data=draw_papers(names[0], 3))]
    counter.digitising.attach(files, code, component=1)
    scan = counter.digitising.begin_scan()
    for number, picture in enumerate((draw_papers(names[1], 1), draw_papers(names[1], 2)), start=1):
        scanned = ScannedPage(picture=picture, number=number, dpi=DPI)
        counter.digitising.tray.capture(scan, scanned, code=code, line=2)
    window.show_page(PageId.DIGITISE)
    page = window.pages[PageId.DIGITISE]
    page.activate(f"{code}#1")
    take(window, folder, "digitise-document")
    page.perform(ActionId.DIGITISE_MOVE)
    take(window, folder, "digitise-move")
    page.perform(ActionId.DISMISS)
    page.card.open()  # type: ignore[attr-defined]
    take(window, folder, "digitise-scanner")
    page.perform(ActionId.DISMISS)
    page.perform(ActionId.DIGITISE_TRAY)
    take(window, folder, "digitise-waiting")
    page.lists.show_notice(window.words("digitise.turn_pile", sheets=12))  # type: ignore[attr-defined]
    page.lists.show_progress((17, 40))  # type: ignore[attr-defined]
    take(window, folder, "digitise-under-way")
    page.lists.show_notice("")  # type: ignore[attr-defined]
    page.lists.show_progress(None)  # type: ignore[attr-defined]


def take_pages(window: MainWindow, folder: Path) -> None:
    """Save the signed-in window page by page, the intake page in its stages."""
    window.show_page(PageId.INTAKE)
    take(window, folder, "intake-empty")
    fill_intake(window)
    take(window, folder, "intake")
    page = window.pages[PageId.INTAKE]
    page.perform(ActionId.INTAKE_WHY)
    take(window, folder, "intake-why")
    page.perform(ActionId.INTAKE_WHY)
    page.perform(ActionId.INTAKE_REFUSE)
    take(window, folder, "intake-refuse")
    page.perform(ActionId.DISMISS)
    for other in PageId:
        if other is not PageId.INTAKE:
            window.show_page(other)
            take(window, folder, other.value.replace("_", "-"))
    take_print_view(window, folder)
    take_actions(window, folder)
    take_print_jobs(window, folder)
    take_bulk(window, folder)
    take_custody(window, folder)
    take_digitise(window, folder)


def take_all(out: Path, *, few: bool) -> int:
    """Save the pictures and return how many folders of them there are."""
    app = create_application(["screenshots"])
    variants = [("vi", "light", SIZES[0])] if few else list(itertools.product(LANGUAGES, THEMES, SIZES))
    for language, theme, (width, height) in variants:
        folder = out if few else out / f"{language}-{theme}-{width}x{height}"
        folder.mkdir(parents=True, exist_ok=True)
        with sample_counter() as made:
            made.counter.preferences.set("ui.language", language)
            made.counter.preferences.set("ui.theme", theme)
            made.counter.preferences.set("print.slip.printer", SLIP_PRINTER)
            made.counter.preferences.set("print.slip.fallback", RECEIPT_PRINTER)
            made.counter.session.act_as("mai")
            fill_queue(made)
            fill_stories(made)
            made.counter.session.sign_out()
            window = make_window(app, made.counter.preferences)
            window.attach(OpenedDesk(counter=made.counter, printing=SamplePrinting(Workshop.of(made))))
            window.resize(width, height)
            window.show()
            window.open_desk()
            take(window, folder, "sign-in")
            window.sign_in_page.signed_in.emit(made.counter.session.act_as("mai"))
            take_pages(window, folder)
            window.close()
    return len(variants)


def main() -> None:
    """Take the pictures the command line asks for."""
    parser = argparse.ArgumentParser(description="Pictures of every page")
    parser.add_argument("out", type=Path)
    parser.add_argument("--few", action="store_true", help="one language, one theme, one size")
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sets = take_all(options.out, few=options.few)
    print(f"Pictures: {options.out} ({sets} x the pages)")


if __name__ == "__main__":
    main()
