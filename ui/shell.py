"""The window: sign-in, then navigation, scan field, message bar, pages and status strip; and all keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from counter_app.core.changes import Topic
from counter_app.core.errors import AppError
from counter_app.services.answers.drafts import Draft
from counter_app.services.answers.printing import PrintJob
from counter_app.services.answers.session import SignedIn
from counter_app.services.answers.slips import SlipCheck
from counter_app.services.peripherals import DeviceStatus, Scan
from resources.texts import Language
from ui.actions import PAGE_ACTIONS, ActionId, PageId, list_actions, list_shortcuts
from ui.bridge import Bridge
from ui.errors import ErrorPresenter, Reporter
from ui.messages import Message, Severity
from ui.navigation import Navigation
from ui.page import OpenedDesk, Page, PageContext
from ui.pages import make_page
from ui.print_jobs.sentences import say_subject
from ui.scan import ScanField, ScanRouter
from ui.sign_in.page import SignInPage
from ui.slip_words import slip_message
from ui.status_strip import StatusStrip
from ui.tasks import Tasks
from ui.theme import apply_theme, icon
from ui.theme.tokens import LIGHT, SPACE, Theme
from ui.wedge_filter import WedgeFilter
from ui.widgets import MessageBar
from ui.words import Words

if TYPE_CHECKING:
    from counter_app.services.counter import Counter
    from counter_app.services.preferences import Preferences


_FIGURES_EVERY_MS = 60_000
_SHUTDOWN_MS = 2_000
# Room for its longest placeholder; the rest of the line is for titles and messages.
_SCAN_FIELD_WIDTH = 372


class MainWindow(QMainWindow):
    """Owns everything a window needs; UI thread only. `open_desk` begins to listen to services and readers.

    `page_made` follows when a page is shown that was not there before.
    """

    page_made = Signal()

    def __init__(
        self,
        preferences: Preferences,
        *,
        reporter: Reporter,
    ) -> None:
        super().__init__()
        self.preferences = preferences
        self.counter: Counter
        self.context: PageContext
        self.opening_error: AppError | None = None
        self.words = Words(Language(str(preferences.get("ui.language"))), self)
        self.bar = MessageBar(self)
        self.errors = ErrorPresenter(self.words, self.bar, self)
        reporter.present_with(self.errors)
        self.tasks = Tasks(presenter=self.errors, reporter=reporter, parent=self)
        self.bridge = Bridge(self)
        self.pages: dict[PageId, Page] = {}
        self._theme = Theme(str(preferences.get("ui.theme")))
        self._shows_settings = ("", "")
        self._build()
        self._connect_signals()
        self._make_shortcuts()
        self.show_settings()

    @property
    def current_page(self) -> Page | None:
        """The page in front, None before signing in."""
        widget = self._pages.currentWidget()
        return widget if isinstance(widget, Page) and self.is_signed_in else None

    @property
    def is_signed_in(self) -> bool:
        """Whether the pages are shown."""
        return self._views.currentWidget() is self._workspace

    def open_store(self, opening: Callable[[], OpenedDesk]) -> None:
        """Open the store in its thread while the sign-in page is already shown; it goes on by itself then.

        A store that cannot be opened closes the window; `opening_error` says why.
        """
        self.tasks.run(opening, owner=self, done=self._on_opened, failed=self._on_not_opened, name="store.open")

    def attach(self, opened: OpenedDesk) -> None:
        """Give the window its services."""
        self.counter = opened.counter
        self.context = PageContext(
            counter=opened.counter,
            tasks=self.tasks,
            words=self.words,
            errors=self.errors,
            messages=self.bar,
            printing=opened.printing,
        )
        opened.counter.digitising.work_apart()
        self.router.attach(opened.counter)
        self.sign_in_page.attach(opened.counter)

    def _on_opened(self, opened: OpenedDesk) -> None:
        self.attach(opened)
        self.open_desk()

    def _on_not_opened(self, error: AppError) -> None:
        self.opening_error = error
        self.close()

    def open_desk(self) -> None:
        """Listen to services and readers, and show the work when somebody is signed in already."""
        self.bridge.open(self.counter)
        self.wedge = WedgeFilter(self)
        self.wedge.scanned.connect(self._on_burst)
        app = QApplication.instance()
        if app is not None:
            app.installEventFilter(self.wedge)
        signed_in = self.counter.session.current
        if signed_in is not None:
            self._on_signed_in(signed_in)
        self.tasks.run(self.counter.peripherals.start, owner=self, done=self._on_devices_started, name="devices.start")

    def show_page(self, page: PageId, argument: str = "") -> None:
        """Bring a page forward; it is made the first time."""
        before = self.current_page
        if before is not None and before.page_id is not page:
            before.deactivate()
            self.bar.clear()  # what was said belongs to the page that is left
        is_new = page not in self.pages
        if is_new:
            made = make_page(page, self.context)
            made.page_requested.connect(self.show_page)
            self.pages[page] = made
            self._pages.addWidget(made)
            self._wire_devices(made)
        self._pages.setCurrentWidget(self.pages[page])
        self._navigation.show_page(page)
        self._write_title()
        self.pages[page].activate(argument)
        if is_new:
            self.page_made.emit()

    def show_settings(self) -> None:
        """Put language and colours into force if they changed."""
        wanted = (str(self.preferences.get("ui.language")), str(self.preferences.get("ui.theme")))
        if wanted == self._shows_settings:
            return
        self._shows_settings = wanted
        self._theme = Theme(wanted[1])
        app = QApplication.instance()
        if isinstance(app, QApplication):
            apply_theme(app, self._theme)
        self.words.set_language(Language(wanted[0]))
        self._retranslate()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep what is half typed, then let go of services and threads."""
        page = self.current_page
        if page is not None:
            page.deactivate()
        self.bridge.close()
        self.tasks.shutdown(_SHUTDOWN_MS)
        event.accept()

    def _build(self) -> None:
        self.setWindowIcon(icon("window", LIGHT.accent))
        self.setMinimumSize(1024, 560)
        self.sign_in_page = SignInPage(self.preferences, self.tasks, self.words)
        self._navigation = Navigation(self.words)
        self.scan_field = ScanField(self.words)
        self._title = QLabel()
        self._title.setProperty("role", "title")
        self.strip = StatusStrip(self.words)
        self._pages = QStackedWidget()
        self._views = QStackedWidget(self)
        self._workspace = self._build_workspace()
        self._views.addWidget(self.sign_in_page)
        self._views.addWidget(self._workspace)
        self.bar.stand_over(self.sign_in_page.message_place, self.sign_in_page)
        self.router = ScanRouter(self.tasks, self)
        self._figures = QTimer(self)
        self._figures.setInterval(_FIGURES_EVERY_MS)
        self.setCentralWidget(self._views)

    def _build_workspace(self) -> QWidget:
        workspace = QWidget()
        workspace.setObjectName("workspace")
        workspace.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        top = QFrame()
        top.setObjectName("topBar")
        head = QHBoxLayout(top)
        head.setContentsMargins(SPACE.large, SPACE.small, SPACE.large, SPACE.small)
        head.setSpacing(SPACE.large)
        head.addWidget(self._title, 1)
        head.addWidget(self.scan_field)
        self.scan_field.setFixedWidth(_SCAN_FIELD_WIDTH)
        body = QVBoxLayout()
        body.setContentsMargins(SPACE.large, SPACE.medium, SPACE.large, SPACE.medium)
        body.setSpacing(SPACE.small)
        body.addWidget(self._pages, 1)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(top)
        right.addLayout(body, 1)
        right.addWidget(self.strip)
        row = QHBoxLayout(workspace)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._navigation)
        row.addLayout(right, 1)
        return workspace

    def _connect_signals(self) -> None:
        self.sign_in_page.signed_in.connect(self._on_signed_in)
        self._navigation.page_chosen.connect(self._on_page_chosen)
        self._navigation.sign_out_requested.connect(self._sign_out)
        self.scan_field.submitted.connect(self.router.take_typed)
        self.router.card_read.connect(self._on_card)
        self.router.dossier_read.connect(self._on_dossier)
        self.router.slip_read.connect(self._on_slip)
        self.router.manifest_read.connect(self._on_manifest)
        self.router.waybill_read.connect(self._on_waybill)
        self.router.words_entered.connect(self._on_words)
        self.router.unknown_read.connect(self._on_unknown)
        self.bridge.changed.connect(self._on_changed)
        self.bridge.scanned.connect(self._on_scan)
        self.bridge.device_changed.connect(self._on_device_changed)
        self.tasks.busy_changed.connect(self._on_busy)
        self._figures.timeout.connect(self._read_figures)
        self.words.language_changed.connect(self._on_language)

    def _make_shortcuts(self) -> None:
        for keys in list_shortcuts():
            shortcut = QShortcut(keys, self)
            shortcut.setObjectName(keys)
            # A key that is held down must not receive a second dossier.
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(self._on_shortcut)

    @Slot()
    def _on_shortcut(self) -> None:
        sender = self.sender()
        if self.is_signed_in:
            self.press(sender.objectName())

    def press(self, keys: str) -> None:
        """Do what a key means now: on the page in front first, then in the window."""
        page = self.current_page
        if page is None:
            return
        for action in list_actions(page.page_id):
            if keys in action.keys and page.perform(action.id):
                return
        for action in list_actions(None):
            if keys in action.keys and not page.perform(action.id):
                self._perform(action.id)

    def _perform(self, action: ActionId) -> None:
        if action in PAGE_ACTIONS:
            self.show_page(PAGE_ACTIONS[action])
            return
        match action:
            case ActionId.FOCUS_SCAN:
                self.scan_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
                self.scan_field.selectAll()
            case ActionId.DISMISS:
                self.bar.clear()
            case ActionId.REPRINT_LAST:
                self._reprint_last()
            case ActionId.SIGN_OUT:
                self._sign_out()
            case ActionId.REFRESH:
                self._read_figures()
            case _:
                pass

    @Slot(object)
    def _on_signed_in(self, session: SignedIn) -> None:
        self._navigation.show_clerk(session.clerk.full_name, session.unit)
        self.bar.clear()
        self.bar.stand_over(self._title, self._workspace)
        self._views.setCurrentWidget(self._workspace)
        self.show_page(PageId.START)
        drafts = self.counter.drafts
        self.tasks.run(lambda: drafts.find(PageId.INTAKE.value), owner=self, done=self._resume, name="draft.find")
        self._read_figures()
        self._figures.start()

    def _resume(self, draft: Draft | None) -> None:
        """Go on with an intake that was half typed when the window closed, unless the clerk is elsewhere already."""
        page = self.current_page
        if draft is not None and draft.fields and page is not None and page.page_id is PageId.START:
            self.show_page(PageId.INTAKE)

    @Slot()
    def _sign_out(self) -> None:
        page = self.current_page
        if page is not None:
            page.deactivate()
        # Queued behind the saving of the draft, so what is half typed is kept under this clerk's name.
        self.tasks.run(self._leave, owner=self, done=self._on_signed_out, name="sign_out")

    def _leave(self) -> None:
        """End the clerk's session and that of the token: the next clerk must not sign with it."""
        self.counter.document_signing.token.close()
        self.counter.session.sign_out()

    def _on_signed_out(self, _nothing: None) -> None:
        self._figures.stop()
        for page in self.pages.values():
            self._pages.removeWidget(page)
            page.deleteLater()
        self.pages.clear()
        self._views.setCurrentWidget(self.sign_in_page)
        self.bar.stand_over(self.sign_in_page.message_place, self.sign_in_page)
        self.bar.show_message(Message(self.words("sign_in.signed_out"), Severity.INFO))
        self.sign_in_page.activate()

    @Slot(object)
    def _on_page_chosen(self, page: PageId) -> None:
        self.show_page(page)

    @Slot(object)
    def _on_changed(self, topics: frozenset[Topic]) -> None:
        if Topic.SETTINGS in topics:
            self.show_settings()
        if Topic.PRINT_JOBS in topics:
            self.context.printing.wake()
        page = self.current_page
        if page is not None:
            page.refresh(topics)
            self._read_figures()

    @Slot(object)
    def _on_scan(self, scan: Scan) -> None:
        if self.is_signed_in:
            self.router.take_scan(scan)

    @Slot(str)
    def _on_burst(self, text: str) -> None:
        if self.is_signed_in:
            self.router.take_burst(text)

    @Slot(object)
    def _on_card(self, raw: bytes | str) -> None:
        page = self.current_page
        if page is None or page.keeps_readings or page.handle_scan(raw):
            return
        self.show_page(PageId.INTAKE)
        if not self.pages[PageId.INTAKE].handle_scan(raw):
            self.bar.show_message(Message(self.words("ui.scan.card_unread"), Severity.WARNING))

    @Slot(str)
    def _on_dossier(self, code: str) -> None:
        page = self.current_page
        if page is not None and not page.keeps_readings and not page.handle_dossier(code):
            self.show_page(PageId.DOSSIERS, code)

    @Slot(str)
    def _on_slip(self, text: str) -> None:
        page = self.current_page
        if page is None or page.keeps_readings:
            return
        checks = self.counter.slip_checks
        self.tasks.run(
            lambda: checks.check(text), owner=self, done=self._say_slip, supersedes="slip", name="slip.check"
        )

    def _say_slip(self, check: SlipCheck) -> None:
        page, message = self.current_page, slip_message(self.words, check)
        if page is None:
            return
        # Where dossiers are counted one beep after another, only a forged slip is worth stopping for.
        if page.page_id is not PageId.CUSTODY or message.severity is Severity.ERROR:
            self.bar.show_message(message)

    @Slot(str)
    def _on_manifest(self, text: str) -> None:
        page = self.current_page
        if page is None or page.keeps_readings:
            return
        if page.page_id is not PageId.CUSTODY:
            self.show_page(PageId.CUSTODY)
        self.pages[PageId.CUSTODY].handle_manifest(text)

    @Slot(str)
    def _on_waybill(self, number: str) -> None:
        page = self.current_page
        if page is not None and not page.keeps_readings:
            self.show_page(PageId.POST, number)

    @Slot(str)
    def _on_words(self, text: str) -> None:
        if self.is_signed_in:
            self.show_page(PageId.DOSSIERS, text)

    @Slot(int)
    def _on_unknown(self, length: int) -> None:
        page = self.current_page
        if page is not None and not page.keeps_readings:
            self.bar.show_message(Message(self.words("ui.scan.unknown", length=length), Severity.WARNING))

    @Slot(object)
    def _on_device_changed(self, status: DeviceStatus) -> None:
        self.strip.show_devices((status,))

    def _on_devices_started(self, _nothing: None) -> None:
        peripherals = self.counter.peripherals
        self.tasks.run(peripherals.list_statuses, owner=self, done=self.strip.show_devices, name="devices.statuses")

    def _wire_devices(self, page: Page) -> None:
        if page.page_id is PageId.DEVICES:
            from ui.devices.page import DevicesPage

            if isinstance(page, DevicesPage):
                self.bridge.device_changed.connect(page.on_device_changed)
                self.router.resolved.connect(page.on_resolved)

    @Slot()
    def _read_figures(self) -> None:
        self.tasks.run(
            self.counter.desk_status.read,
            owner=self,
            done=self.strip.show_status,
            supersedes="figures",
            name="desk_status",
        )

    def _reprint_last(self) -> None:
        orders = self.counter.print_orders
        reason = self.words("ui.print_jobs.reprint_last_reason")

        def reprint() -> PrintJob | None:
            return orders.order_last_again(reason=reason)

        self.tasks.run(reprint, owner=self, done=self._on_reprinted, name="print.reprint_last")

    def _on_reprinted(self, job: PrintJob | None) -> None:
        if job is None:
            self.bar.show_message(Message(self.words("ui.print_jobs.none_to_reprint"), Severity.INFO))
            return
        self.context.printing.wake()
        form = self.words(f"ui.form.{job.form.value}")
        text = self.words("ui.dossiers.ordered", form=form, subject=say_subject(job))
        self.bar.show_message(Message(text, Severity.SUCCESS))

    @Slot(bool)
    def _on_busy(self, is_busy: bool) -> None:  # noqa: FBT001 - the signal's own signature
        self.strip.show_busy(is_busy=is_busy)

    @Slot(object)
    def _on_language(self, _language: Language) -> None:
        self.bar.clear()  # it would stay in the language of before
        self._retranslate()

    def _retranslate(self) -> None:
        self.bar.set_close_text(self.words("ui.action.dismiss"))
        self._navigation.retranslate(self._theme)
        self.scan_field.retranslate()
        self.strip.retranslate()
        self._write_title()

    def _write_title(self) -> None:
        page, program = self.current_page, self.words("ui.app_name")
        name = self.words(f"ui.page.{page.page_id.value}") if page is not None else ""
        self._title.setText(name)
        self.setWindowTitle(f"{name} - {program}" if name else program)
