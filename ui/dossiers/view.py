"""One dossier: its facts, its papers, its history and its prints."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from counter_app.domain.dossier import Dossier
from counter_app.services.answers.dossiers import DossierView
from ui.actions import ActionId
from ui.formats import show_moment, tone_of
from ui.print_jobs.sentences import say_job_state, say_paper
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind, EmptyState, SectionCard, StatusPill
from ui.words import Words

_EMPTY, _DOSSIER = range(2)
_MOST_PRINTS = 6
# A scroll area may become narrower than its content and would cut it, here the buttons.
_LEAST_WIDTH = 348


class DossierPanel(QStackedWidget):
    """Passive: `show_dossier` fills it. It asks with `print_requested` and `preview_requested`."""

    print_requested = Signal()
    preview_requested = Signal()

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._view: DossierView | None = None
        self.setMinimumWidth(_LEAST_WIDTH)
        self._empty = EmptyState(self)
        self.addWidget(self._empty)
        self.addWidget(self._build_dossier())
        self.retranslate()

    @property
    def shown(self) -> DossierView | None:
        """The dossier that is shown."""
        return self._view

    def show_dossier(self, view: DossierView) -> None:
        """Show a dossier, another one from its top."""
        is_other = self._view is None or self._view.dossier.id != view.dossier.id
        self._view = view
        self._render()
        if is_other or self.currentIndex() == _EMPTY:
            self.setCurrentIndex(_DOSSIER)
            self._area.verticalScrollBar().setValue(0)

    def focus_first(self) -> None:
        """Put the focus where printing begins; without a dossier nowhere."""
        if self._view is not None:
            self.print_button.setFocus()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self._words
        self._empty.set_text(words("ui.dossiers.pick"))
        self._papers_card.set_title(words("ui.dossiers.papers"))
        self._history_card.set_title(words("ui.dossiers.history"))
        self._prints_card.set_title(words("ui.dossiers.prints"))
        self.print_button.set_text(words("ui.dossiers.print"))
        self.preview_button.set_text(words("ui.dossiers.preview"))
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
        self.preview_button = ActionButton(ButtonKind.SECONDARY, ActionId.DOSSIER_PREVIEW)
        self.print_button = ActionButton(ButtonKind.PRIMARY, ActionId.DOSSIER_PRINT)
        self.preview_button.clicked.connect(self.preview_requested)
        self.print_button.clicked.connect(self.print_requested)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE.small)
        buttons.addStretch(1)
        buttons.addWidget(self.preview_button)
        buttons.addWidget(self.print_button)
        self._prints = _form_layout()
        self._prints_card.body.addLayout(self._prints)
        self._prints_card.body.addLayout(buttons)

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
        _clear(self._prints)
        if not view.print_jobs:
            self._prints.addRow(_wrapped(self._words("ui.dossiers.no_prints"), role="soft"))
        newest = sorted(view.print_jobs, key=lambda job: job.ordered_at, reverse=True)
        for job in newest[:_MOST_PRINTS]:
            what = f"{say_paper(self._words, job)} · {say_job_state(self._words, job)}"
            self._prints.addRow(_wrapped(show_moment(job.ordered_at), role="hint", wraps=False), _wrapped(what))


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
