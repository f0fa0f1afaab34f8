"""The cards that say everything about one dossier, under each other."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QVBoxLayout, QWidget

from counter_app.domain.dossier import Dossier
from counter_app.services.answers.dossiers import DossierView
from ui.dossiers.earlier import tell_corrections, tell_fees
from ui.dossiers.lines import clear, lines_layout, show_lines, wrapped
from ui.dossiers.process_card import ProcessCard, say_due
from ui.dossiers.story import (
    Line,
    say_ticks,
    tell_custody,
    tell_due,
    tell_history,
    tell_manifests,
    tell_result,
    tell_systems,
)
from ui.formats import show_day, show_moment, tone_of
from ui.intake.reuse import say_reused
from ui.post.sentences import tell_waybills
from ui.theme.tokens import SPACE
from ui.widgets import LineButton, ScrolledColumn, SectionCard, StatusPill
from ui.words import Words

_STORIES = {
    "systems": "systems.card",
    "earlier": "correction.earlier",
    "fees": "correction.fees",
    "due": "ui.dossiers.due_moves",
    "custody": "ui.dossiers.custody",
    "result": "ui.dossiers.result",
    "post": "post.card",
}


class DossierCards(ScrolledColumn):
    """Passive: `show_dossier` fills it. `between` stand after the first card; a card with nothing to say is away."""

    related_chosen = Signal(str)
    """The code of another dossier of the same people."""

    def __init__(self, words: Words, parent: QWidget | None = None, *, between: Sequence[SectionCard] = ()) -> None:
        super().__init__(parent, right_margin=SPACE.hair)
        self._words = words
        self._view: DossierView | None = None
        self.facts_card, self.facts = SectionCard(), lines_layout()
        self.status = StatusPill()
        # Under the code, not beside it: a long status would make the cards wider than their place.
        self.facts_card.body.addWidget(self.status)
        self.facts_card.body.addLayout(self.facts)
        self.story_cards = {name: SectionCard() for name in _STORIES}
        self.stories: dict[str, QFormLayout] = {name: lines_layout() for name in _STORIES}
        for name, card in self.story_cards.items():
            card.body.addLayout(self.stories[name])
        self.process = ProcessCard(words)
        self._papers_card, self._papers = SectionCard(), QVBoxLayout()
        self._papers.setSpacing(2)
        self._papers_card.body.addLayout(self._papers)
        self.related_card, self.related = SectionCard(), QVBoxLayout()
        self.related.setSpacing(2)
        self.related_card.body.addLayout(self.related)
        self.history_card, self.history = SectionCard(), lines_layout()
        self.history_card.body.addLayout(self.history)
        self._lay_out(between)

    def show_dossier(self, view: DossierView) -> None:
        """Show a dossier."""
        self._view = view
        words, state = self._words, view.state
        self.facts_card.set_title(view.dossier.code)
        self.status.set_state(words(f"ui.dossier_status.{int(state.status)}"), tone_of(state.status))
        show_lines(self.facts, self._facts_of(view))
        self.process.show_dossier(view)
        told = {
            "earlier": list(tell_corrections(words, view.corrections)),
            "fees": list(tell_fees(words, view.dossier)),
            "due": list(tell_due(words, state)),
            "custody": [*tell_custody(words, state), *tell_manifests(words, view.manifests)],
            "result": list(tell_result(words, state)),
            "post": list(tell_waybills(words, view.waybills)),
            "systems": list(tell_systems(words, view.systems)),
        }
        for name, lines in told.items():
            show_lines(self.stories[name], lines)
            self.story_cards[name].setVisible(bool(lines))
        self._show_papers(view.dossier)
        self._show_related(view)
        show_lines(self.history, tell_history(words, view.history))

    def focus_related(self) -> None:
        """Go to the first of the person's other dossiers; stay where there is none."""
        item = self.related.itemAt(0)
        first = item.widget() if item is not None else None
        if first is not None:
            first.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.ensureWidgetVisible(self.related_card)

    def to_top(self) -> None:
        """Scroll to the first card."""
        self.verticalScrollBar().setValue(0)

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self._papers_card.set_title(self._words("ui.dossiers.papers"))
        self.related_card.set_title(self._words("correction.related"))
        self.history_card.set_title(self._words("ui.dossiers.history"))
        for name, key in _STORIES.items():
            self.story_cards[name].set_title(self._words(key))
        if self._view is not None:
            self.show_dossier(self._view)

    def _lay_out(self, between: Sequence[SectionCard]) -> None:
        for card in (
            self.facts_card,
            *between,
            self.process,
            *self.story_cards.values(),
            self._papers_card,
            self.related_card,
            self.history_card,
        ):
            self.column.addWidget(card)
        self.column.addStretch(1)

    def _facts_of(self, view: DossierView) -> list[Line]:
        words, dossier = self._words, view.dossier
        facts = (
            ("ui.dossiers.procedure", dossier.procedure_name),
            ("ui.dossiers.applicant", dossier.applicant.full_name),
            ("ui.dossiers.submitter", dossier.submitter.full_name if dossier.submitter else ""),
            ("ui.dossiers.phone", dossier.applicant.phone),
            ("ui.dossiers.address", dossier.applicant.address),
            ("ui.dossiers.received", show_moment(dossier.received_at)),
            ("ui.dossiers.due", say_due(words, view)),
            ("ui.dossiers.clerk", dossier.clerk_name),
            ("held.ticks.title", say_ticks(words, view.ticks)),
        )
        return [(words(key), value) for key, value in facts]

    def _show_papers(self, dossier: Dossier) -> None:
        clear(self._papers)
        for paper in dossier.papers:
            if paper.handed_in:
                counts = {"original": paper.original, "certified": paper.certified, "copy": paper.copy}
                self._papers.addWidget(wrapped(paper.name))
                self._papers.addWidget(wrapped(self._words("ui.dossiers.paper_counts", **counts), role="hint"))
            elif paper.reused is not None:
                said = say_reused(self._words, paper.reused)
                self._papers.addWidget(wrapped(paper.name))
                self._papers.addWidget(wrapped(said, role="hint"))
        self._papers_card.setVisible(self._papers.count() > 0)

    def _show_related(self, view: DossierView) -> None:
        clear(self.related)
        for row in view.related:
            status = self._words(f"ui.dossier_status_short.{int(row.status)}")
            said = f"{row.code} · {show_day(row.received_at)} · {status}"
            button = LineButton()
            button.set_text(said)
            button.setToolTip(f"{said}\n{row.procedure_name}")
            button.setAccessibleDescription(row.procedure_name)
            button.clicked.connect(lambda _checked, code=row.code: self.related_chosen.emit(code))
            self.related.addWidget(button)
        self.related_card.setVisible(bool(view.related))
