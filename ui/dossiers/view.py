"""One dossier: its facts, what may be done next, its papers, its story and its prints."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from counter_app.services.answers.actions import ActionOffer
from counter_app.services.answers.documents import DocumentView
from counter_app.services.answers.dossiers import DossierView
from ui.actions import ActionId
from ui.digitise.card import DigitisedCard
from ui.dossiers.cards import DossierCards
from ui.dossiers.held_card import HeldCard
from ui.dossiers.lines import clear, lines_layout, wrapped
from ui.dossiers.next_steps import NextSteps
from ui.formats import show_moment
from ui.print_jobs.sentences import say_job_state, say_paper
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind, EmptyState, SectionCard
from ui.words import Words

_EMPTY, _DOSSIER = range(2)
_MOST_PRINTS = 6
# A scroll area may become narrower than its content and would cut it, here the buttons.
_LEAST_WIDTH = 348


class DossierPanel(QStackedWidget):
    """Passive: `show_dossier` fills it.

    It asks with `print_requested` and `preview_requested`; `action_chosen(ActionOffer)` is the next step.
    """

    print_requested = Signal()
    preview_requested = Signal()
    action_chosen = Signal(object)

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._view: DossierView | None = None
        self.setMinimumWidth(_LEAST_WIDTH)
        self._empty = EmptyState(self)
        self.held = HeldCard(words)
        self.steps = NextSteps(words)
        self._prints_card = SectionCard()
        self._build_prints()
        self.digitised = DigitisedCard(words)
        self.cards = DossierCards(words, self, between=(self.held, self.steps, self._prints_card, self.digitised))
        self.addWidget(self._empty)
        self.addWidget(self.cards)
        self.steps.chosen.connect(self.action_chosen)
        self.retranslate()

    @property
    def shown(self) -> DossierView | None:
        """The dossier that is shown."""
        return self._view

    def show_dossier(
        self, view: DossierView, offers: Sequence[ActionOffer] = (), documents: Sequence[DocumentView] = ()
    ) -> None:
        """Show a dossier with its next steps, another one from its top."""
        is_other = self._view is None or self._view.dossier.id != view.dossier.id
        self._view = view
        self.cards.show_dossier(view)
        self.held.show_held(view.held)
        self.steps.show_offers(offers)
        self.digitised.show_documents(view.dossier, documents)
        self._render_prints(view)
        if is_other or self.currentIndex() == _EMPTY:
            self.setCurrentIndex(_DOSSIER)
            self.cards.to_top()

    def focus_first(self) -> None:
        """Put the focus on the next step, or where printing begins; without a dossier nowhere."""
        if self._view is not None and not self.focus_steps():
            self.print_button.setFocus()

    def focus_steps(self) -> bool:
        """Put the focus on the next steps and show them whole; False when there are none."""
        if self._view is None or not self.steps.focus_steps():
            return False
        self.cards.ensureWidgetVisible(self.steps, 0, 0)
        return True

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self._words
        self._empty.set_text(words("ui.dossiers.pick"))
        self._prints_card.set_title(words("ui.dossiers.prints"))
        self.print_button.set_text(words("ui.dossiers.print"))
        self.preview_button.set_text(words("ui.dossiers.preview"))
        self.cards.retranslate()
        self.held.retranslate()
        self.steps.retranslate()
        self.digitised.retranslate()
        if self._view is not None:
            self._render_prints(self._view)

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
        self._prints = lines_layout()
        self._prints_card.body.addLayout(self._prints)
        self._prints_card.body.addLayout(buttons)

    def _render_prints(self, view: DossierView) -> None:
        clear(self._prints)
        if not view.print_jobs:
            self._prints.addRow(wrapped(self._words("ui.dossiers.no_prints"), role="soft"))
        newest = sorted(view.print_jobs, key=lambda job: job.ordered_at, reverse=True)
        for job in newest[:_MOST_PRINTS]:
            what = f"{say_paper(self._words, job)} · {say_job_state(self._words, job)}"
            self._prints.addRow(wrapped(show_moment(job.ordered_at), role="hint", wraps=False), wrapped(what))
