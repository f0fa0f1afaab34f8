"""One dossier: its facts, its papers, its history, its prints, and the preview of a print."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from counter_app.domain.dossier import Dossier
from counter_app.domain.forms.kinds import Form
from counter_app.services.answers.dossiers import DossierView
from counter_app.services.answers.printing import PrintJob
from ui.actions import ActionId
from ui.formats import show_moment, tone_of
from ui.page import PageImage
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind, Choices, EmptyState, Field, SectionCard, StatusPill
from ui.widgets.pdf_preview import PdfPreview
from ui.words import Words

_EMPTY, _DOSSIER, _PREVIEW = range(3)
# A scroll area may become narrower than its content and would cut it, here the buttons.
_LEAST_WIDTH = 348


class DossierPanel(QStackedWidget):
    """Passive: `show_dossier` fills it.

    It asks with `reprint_requested(Form, reason)` and `preview_requested(PrintJob)`; `preview_toggled` says when it
    needs the whole page to show a paper that can be read, and when no more.
    """

    reprint_requested = Signal(object, str)
    preview_requested = Signal(object)
    preview_toggled = Signal(bool)

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._view: DossierView | None = None
        self._preview_job: PrintJob | None = None
        self.setMinimumWidth(_LEAST_WIDTH)
        self._empty = EmptyState(self)
        self.addWidget(self._empty)
        self.addWidget(self._build_dossier())
        self.addWidget(self._build_preview())
        self.retranslate()

    @property
    def shown(self) -> DossierView | None:
        """The dossier that is shown."""
        return self._view

    def show_dossier(self, view: DossierView) -> None:
        """Show a dossier; a reason that is being typed for the same one stays."""
        is_other = self._view is None or self._view.dossier.id != view.dossier.id
        self._view = view
        if is_other:
            self._reason.clear()
            self._reason_field.set_problem("")
        self._render()
        if is_other or self.currentIndex() == _EMPTY:
            self.setCurrentIndex(_DOSSIER)
            self._area.verticalScrollBar().setValue(0)

    def focus_first(self) -> None:
        """Put the focus where a reprint begins, or let the arrows scroll."""
        (self._reason if self._view is not None and self._view.print_jobs else self._area).setFocus()

    def ask_reprint(self) -> None:
        """Ask for a reprint of the chosen form; without a reason say that one is needed."""
        if self._view is None or not self._view.print_jobs:
            return
        reason = self._reason.text().strip()
        if not reason:
            self._reason_field.set_problem(self._words("ui.dossiers.reason_missing"))
            self._reason.setFocus()
            return
        self._reason_field.set_problem("")
        self.reprint_requested.emit(Form(str(self._form.currentData())), reason)

    def reprint_ordered(self) -> None:
        """The reprint is ordered: the reason has been used."""
        self._reason.clear()

    def ask_preview(self) -> None:
        """Ask for the preview of the newest print of the chosen form."""
        job = self._find_newest_job()
        if job is not None:
            self.preview_requested.emit(job)

    def show_preview(self, job: PrintJob, pages: Sequence[PageImage]) -> None:
        """Show a print as it looks on paper."""
        self._preview_job = job
        self._write_preview_title()
        self.preview_toggled.emit(True)  # noqa: FBT003 - the signal's own argument
        self.setCurrentIndex(_PREVIEW)
        self._preview.show_pages(pages)
        self._close.setFocus()

    def close_preview(self) -> bool:
        """Go back to the dossier; False when no preview was open."""
        if self.currentIndex() != _PREVIEW:
            return False
        self._preview.clear()
        self.setCurrentIndex(_DOSSIER)
        self.preview_toggled.emit(False)  # noqa: FBT003 - the signal's own argument
        self._preview_button.setFocus()
        return True

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self._words
        self._empty.set_text(words("ui.dossiers.pick"))
        self._papers_card.set_title(words("ui.dossiers.papers"))
        self._history_card.set_title(words("ui.dossiers.history"))
        self._prints_card.set_title(words("ui.dossiers.prints"))
        self._reason_field.set_label(words("ui.dossiers.reason"))
        self._reason_field.set_hint(words("ui.dossiers.reason_hint"))
        self._form_field.set_label(words("ui.dossiers.form"))
        self._reprint_button.set_text(words("ui.action.dossier_reprint"))
        self._preview_button.set_text(words("ui.action.dossier_preview"))
        self._close.set_text(words("ui.dossiers.close"))
        self._preview.setAccessibleName(words("ui.action.dossier_preview"))
        self._write_preview_title()
        if self._view is not None:
            self._render()

    def _build_dossier(self) -> QWidget:
        body = QWidget()
        body.setProperty("role", "scrolled")
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, SPACE.hair, 0)
        column.setSpacing(SPACE.small)
        self._facts_card, self._prints_card = SectionCard(), SectionCard()
        self._papers_card, self._history_card = SectionCard(), SectionCard()
        self._status = StatusPill()
        self._facts_card.header.addWidget(self._status)
        self._facts, self._papers, self._history = _form_layout(), _lines(), _form_layout()
        self._facts_card.body.addLayout(self._facts)
        self._papers_card.body.addLayout(self._papers)
        self._history_card.body.addLayout(self._history)
        self._build_prints()
        for card in (self._facts_card, self._prints_card, self._papers_card, self._history_card):
            column.addWidget(card)
        column.addStretch(1)
        self._area = QScrollArea(self)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidget(body)
        return self._area

    def _build_prints(self) -> None:
        self._form = Choices()
        self._form_field = Field(self._form)
        self._reason = QLineEdit()
        self._reason.returnPressed.connect(self._on_reprint_clicked)
        self._reason_field = Field(self._reason, keeps_line=True)
        self._preview_button = ActionButton(ButtonKind.SECONDARY, ActionId.DOSSIER_PREVIEW)
        self._reprint_button = ActionButton(ButtonKind.PRIMARY, ActionId.DOSSIER_REPRINT)
        self._preview_button.clicked.connect(self._on_preview_clicked)
        self._reprint_button.clicked.connect(self._on_reprint_clicked)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE.small)
        buttons.addStretch(1)
        buttons.addWidget(self._preview_button)
        buttons.addWidget(self._reprint_button)
        self._no_prints = QLabel()
        self._no_prints.setProperty("role", "soft")
        self._no_prints.setWordWrap(True)
        for widget in (self._no_prints, self._form_field, self._reason_field):
            self._prints_card.body.addWidget(widget)
        self._prints_card.body.addLayout(buttons)

    def _build_preview(self) -> QWidget:
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        self._preview_title = QLabel(page)
        self._preview_title.setProperty("role", "cardTitle")
        self._preview_title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._close = ActionButton(ButtonKind.SECONDARY, ActionId.DISMISS, page)
        self._close.clicked.connect(self.close_preview)
        head = QHBoxLayout()
        head.addWidget(self._preview_title, 1)
        head.addWidget(self._close)
        self._preview = PdfPreview(page)
        column.addLayout(head)
        column.addWidget(self._preview, 1)
        return page

    def _render(self) -> None:
        view = self._view
        if view is None:
            return
        self._render_facts(view.dossier)
        self._render_prints(view)
        _clear(self._papers)
        for paper in view.dossier.papers:
            if paper.handed_in:
                counts = {"original": paper.original, "certified": paper.certified, "copy": paper.copy}
                self._papers.addWidget(_wrapped(paper.name))
                self._papers.addWidget(_wrapped(self._words("ui.dossiers.paper_counts", **counts), role="hint"))
        self._papers_card.setVisible(self._papers.count() > 0)
        _clear(self._history)
        for line in view.history:
            what = f"{self._words(f'history.{line.kind}')} · {line.clerk_name}"
            self._history.addRow(_wrapped(show_moment(line.at), role="hint", wraps=False), _wrapped(what))

    def _render_facts(self, dossier: Dossier) -> None:
        words = self._words
        self._facts_card.set_title(dossier.code)
        self._status.set_state(words(f"ui.dossier_status.{int(dossier.status)}"), tone_of(dossier.status))
        facts = [
            ("ui.dossiers.procedure", dossier.procedure_name),
            ("ui.dossiers.applicant", dossier.applicant.full_name),
            ("ui.dossiers.submitter", dossier.submitter.full_name if dossier.submitter else ""),
            ("ui.dossiers.phone", dossier.applicant.phone),
            ("ui.dossiers.address", dossier.applicant.address),
            ("ui.dossiers.received", show_moment(dossier.received_at)),
            ("ui.dossiers.due", show_moment(dossier.due.due_at) if dossier.due else ""),
            ("ui.dossiers.clerk", dossier.clerk_name),
        ]
        _clear(self._facts)
        for key, value in facts:
            if value:
                self._facts.addRow(_wrapped(words(key), role="hint", wraps=False), _wrapped(value))

    def _render_prints(self, view: DossierView) -> None:
        chosen = self._form.currentData()
        self._form.clear()
        for form in dict.fromkeys(job.form for job in view.print_jobs):
            self._form.addItem(self._words(f"ui.form.{form.value}"), form.value)
        self._form.setCurrentIndex(max(0, self._form.findData(chosen)))
        has_prints = bool(view.print_jobs)
        self._no_prints.setText(self._words("ui.dossiers.no_prints"))
        self._no_prints.setVisible(not has_prints)
        self._form_field.setVisible(self._form.count() > 1)
        for widget in (self._reason_field, self._preview_button, self._reprint_button):
            widget.setVisible(has_prints)

    def _find_newest_job(self) -> PrintJob | None:
        if self._view is None:
            return None
        form = self._form.currentData()
        jobs = [job for job in self._view.print_jobs if job.form.value == form]
        return max(jobs, key=lambda job: job.ordered_at, default=None)

    def _write_preview_title(self) -> None:
        job = self._preview_job
        form = "" if job is None else self._words(f"ui.form.{job.form.value}")
        self._preview_title.setText(self._words("ui.dossiers.preview_title", form=form))

    @Slot()
    def _on_preview_clicked(self) -> None:
        self.ask_preview()

    @Slot()
    def _on_reprint_clicked(self) -> None:
        self.ask_reprint()


def _form_layout() -> QFormLayout:
    layout = QFormLayout()
    layout.setHorizontalSpacing(SPACE.medium)
    layout.setVerticalSpacing(SPACE.hair)
    layout.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return layout


def _lines() -> QVBoxLayout:
    layout = QVBoxLayout()
    layout.setSpacing(2)
    return layout


def _wrapped(text: str, *, role: str = "", wraps: bool = True) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wraps)
    if wraps:
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.MinimumExpanding)
    if role:
        label.setProperty("role", role)
    return label


def _clear(layout: QFormLayout | QVBoxLayout) -> None:
    while layout.count():
        item = layout.takeAt(0)
        widget = item.widget() if item is not None else None
        if widget is not None:
            widget.hide()
            widget.deleteLater()
