"""The print view: the choice at the left, at the right the paper exactly as it will come out."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from counter_app.services.answers.dossiers import DossierView
from counter_app.services.answers.printing import PrintJob
from ui.actions import ACTIONS, ActionId
from ui.page import PageContext, PageImage
from ui.printing.options import PaperOptions
from ui.printing.presenter import PaperPresenter
from ui.printing.state import PaperState
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind, EmptyState
from ui.widgets.pdf_preview import PdfPreview

_PAGES, _SENTENCE = range(2)
_ZOOM_WIDTH = 64


class PrintView(QWidget):
    """Takes the whole page. `closed` when the clerk goes back, `ordered(PrintJob)` when a paper is ordered."""

    closed = Signal()
    ordered = Signal(object)

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = context.words
        self.presenter = PaperPresenter(context, self)
        self.options = PaperOptions(context.words, self)
        self.preview = PdfPreview(self)
        self._sentence = EmptyState(self)
        self._papers = QStackedWidget(self)
        self._title = QLabel(self)
        self._title.setProperty("role", "cardTitle")
        self._title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._count = QLabel(self)
        self._count.setProperty("role", "soft")
        self._smaller, self._fit, self._larger = (ActionButton(ButtonKind.SECONDARY) for _ in range(3))
        self._lay_out()
        self._connect_signals()
        self.retranslate()

    def open(self, view: DossierView, *, reading: bool = False) -> None:
        """Show a dossier's paper, to be printed or only to be looked at."""
        self.preview.clear()
        self.preview.fit_width()
        self._papers.setCurrentIndex(_PAGES)
        self._count.setText(self._words("ui.paper.being_made"))
        self.presenter.open(view, reading=reading)
        if reading:
            self.preview.setFocus()
        else:
            self.options.focus_field()

    def close_view(self) -> None:
        """Forget the paper and what was typed for it."""
        self.presenter.close()
        self.preview.clear()
        self.closed.emit()

    def perform(self, action: ActionId) -> bool:
        """Answer F5, F6, F9, Esc and the keys of the zoom."""
        match action:
            case ActionId.DOSSIER_PRINT:
                self._on_print()
            case ActionId.DOSSIER_PREVIEW:
                self._swap_focus()
            case ActionId.DISMISS:
                self.close_view()
            case ActionId.REFRESH:
                self.presenter.read_printers()
            case ActionId.ZOOM_IN:
                self.preview.zoom_in()
            case ActionId.ZOOM_OUT:
                self.preview.zoom_out()
            case ActionId.ZOOM_FIT:
                self.preview.fit_width()
            case _:
                return False
        return True

    @Slot()
    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.options.retranslate()
        self.preview.setAccessibleName(self._words("ui.action.dossier_preview"))
        zooms = ((self._smaller, ActionId.ZOOM_OUT), (self._fit, ActionId.ZOOM_FIT), (self._larger, ActionId.ZOOM_IN))
        for button, action in zooms:
            name, key = self._words(ACTIONS[action].text_key), ACTIONS[action].shown
            button.setAccessibleName(name)
            button.setAccessibleDescription(key)
            button.setToolTip(f"{name} ({key})")
        self._write_title()
        self._write_count()

    def _lay_out(self) -> None:
        self._smaller.setText("−")
        self._larger.setText("+")
        self._fit.setText("100 %")
        self._fit.setMinimumWidth(_ZOOM_WIDTH)
        bar = QHBoxLayout()
        bar.setSpacing(SPACE.hair)
        bar.addWidget(self._title, 1)
        bar.addWidget(self._count)
        bar.addSpacing(SPACE.small)
        for button in (self._smaller, self._fit, self._larger):
            bar.addWidget(button)
        self._papers.addWidget(self.preview)
        self._papers.addWidget(self._sentence)
        right = QVBoxLayout()
        right.setSpacing(SPACE.small)
        right.addLayout(bar)
        right.addWidget(self._papers, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.medium)
        row.addWidget(self.options)
        row.addLayout(right, 1)

    def _connect_signals(self) -> None:
        presenter, options = self.presenter, self.options
        presenter.changed.connect(self._on_changed)
        presenter.previewed.connect(self._on_previewed)
        presenter.preview_failed.connect(self._on_preview_failed)
        presenter.refused.connect(options.focus_field)
        presenter.ordered.connect(self._on_ordered)
        options.form_chosen.connect(presenter.choose_form)
        options.set_chosen.connect(lambda form_set: presenter.choose(form_set=form_set))
        options.copies_chosen.connect(lambda copies: presenter.choose(copies=copies))
        options.printer_chosen.connect(lambda printer: presenter.choose(printer=printer))
        options.sheet_chosen.connect(presenter.choose_sheet)
        options.edited.connect(presenter.edit)
        options.left.connect(presenter.check_field)
        options.reason_edited.connect(presenter.edit_reason)
        options.print_requested.connect(self._on_print)
        options.close_requested.connect(self.close_view)
        self._smaller.clicked.connect(self.preview.zoom_out)
        self._larger.clicked.connect(self.preview.zoom_in)
        self._fit.clicked.connect(self.preview.fit_width)
        self.preview.zoomed.connect(self._on_zoomed)

    @Slot()
    def _on_print(self) -> None:
        state = self.presenter.state
        if state is not None and state.is_reading:
            self.presenter.begin_printing()
            self.options.focus_field()
        else:
            self.presenter.submit()

    def _swap_focus(self) -> None:
        if self.preview.hasFocus():
            self.options.focus_field()
        else:
            self.preview.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot(object)
    def _on_changed(self, state: PaperState) -> None:
        self.options.show_state(state)
        self._write_title()

    @Slot(object)
    def _on_previewed(self, pages: Sequence[PageImage]) -> None:
        self.preview.show_pages(pages)
        self._papers.setCurrentIndex(_PAGES)
        self._write_count()

    @Slot(str)
    def _on_preview_failed(self, sentence: str) -> None:
        self.preview.clear()
        self._write_count()
        self._say(self._words("ui.paper.no_preview"), sentence)

    @Slot(object)
    def _on_ordered(self, job: PrintJob) -> None:
        self.close_view()
        self.ordered.emit(job)

    @Slot(int)
    def _on_zoomed(self, percent: int) -> None:
        self._fit.setText(f"{percent} %")

    def _say(self, title: str, advice: str = "") -> None:
        self._sentence.set_text(title, advice)
        self._papers.setCurrentIndex(_SENTENCE)

    def _write_title(self) -> None:
        state = self.presenter.state
        if state is not None:
            self._title.setText(state.dossier.code)

    def _write_count(self) -> None:
        count = self.preview.page_count
        self._count.setText(self._words("ui.paper.pages", count=count) if count else "")
