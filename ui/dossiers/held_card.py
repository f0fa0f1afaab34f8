"""What other desks did with a dossier that cannot stand beside this, and the two ways out of it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from counter_app.services.answers.held import HeldEntry
from ui.dossiers.lines import clear, wrapped
from ui.formats import show_moment
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, SectionCard
from ui.words import Words


class HeldCard(SectionCard):
    """Passive: away while nothing is held. `decided(HeldEntry, decision)` asks for a decision."""

    decided = Signal(object, str)

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._held: tuple[HeldEntry, ...] = ()
        self.lines = QVBoxLayout()
        self.lines.setSpacing(SPACE.hair)
        self.body.addLayout(self.lines)
        self.apply, self.drop = ActionButton(parent=self), ActionButton(parent=self)
        for button in (self.apply, self.drop):  # under each other: beside each other they are wider than the panel
            self.body.addWidget(button)
        self.apply.clicked.connect(lambda: self._decide("apply"))
        self.drop.clicked.connect(lambda: self._decide("drop"))
        self.hide()
        self.retranslate()

    def show_held(self, held: tuple[HeldEntry, ...]) -> None:
        """Show what is held of the dossier, oldest first; the buttons are about the first that stands in front."""
        self._held = held
        self.setVisible(bool(held))
        front = self._front
        self.apply.setVisible(front is not None and front.may_apply)
        self.drop.setVisible(front is not None)
        self.retranslate()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self._words
        self.set_title(words("held.card"))
        self.apply.set_text(words("held.decision.apply"))
        self.drop.set_text(words("held.decision.drop"))
        clear(self.lines)
        for one in self._held:
            who = ", ".join(name for name in (one.desk_name, one.clerk_name) if name)
            self.lines.addWidget(wrapped(f"{show_moment(one.done_at)} · {words(one.text_key)} · {who}"))
            self.lines.addWidget(wrapped(words(one.reason_key), role="hint"))

    @property
    def _front(self) -> HeldEntry | None:
        return next((one for one in self._held if not one.behind), None)

    def _decide(self, decision: str) -> None:
        front = self._front
        if front is not None:
            self.decided.emit(front, decision)
