"""To whom, what, and in which bag: what a manifest needs to begin."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from counter_app.core.text import fold
from counter_app.domain.manifest import ManifestKind
from counter_app.services.answers.manifests import NewManifest
from ui.actions import ActionId
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind, Choices, Field, SectionCard, SuggestBox, Suggestion
from ui.words import Words

_MOST_RECEIVERS = 8


class BeginForm(QWidget):
    """Passive: `wanted(NewManifest)` when the clerk is done; `left` when not."""

    wanted = Signal(object)
    left = Signal()

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._receivers: tuple[str, ...] = ()
        self._pending = 0
        self.kind, self.receiver = Choices(), SuggestBox()
        self.bag, self.seal = QLineEdit(), QLineEdit()
        for line in (self.receiver, self.bag, self.seal):
            line.setMaxLength(200)
        self._kind_field, self.receiver_field = Field(self.kind), Field(self.receiver)
        self._bag_field, self._seal_field = Field(self.bag), Field(self.seal)
        self._waiting = QLabel()
        self._waiting.setProperty("role", "soft")
        self._waiting.setWordWrap(True)
        self.back = ActionButton(ButtonKind.SECONDARY, ActionId.DISMISS)
        self.begin = ActionButton(ButtonKind.PRIMARY, ActionId.CUSTODY_SIGN)
        self._card = SectionCard(self)
        self._lay_out()
        self._connect_signals()
        self.retranslate()

    def open(self, receivers: Sequence[str]) -> None:
        """Come forward, empty, with the receivers of earlier manifests to choose from."""
        self._receivers = tuple(dict.fromkeys(receivers))
        for line in (self.receiver, self.bag, self.seal):
            line.clear()
        self.receiver_field.set_problem("")
        self.receiver.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_pending(self, count: int) -> None:
        """Say how many dossiers the manifest will begin with."""
        self._pending = count
        key = "custody.begin_with" if count else "custody.begin_hint"
        self._waiting.setText(self._words(key, count=count))

    @Slot()
    def submit(self) -> None:
        """Ask for the manifest, unless nobody is named who gets it."""
        receiver = self.receiver.text().strip()
        if not receiver:
            self.receiver_field.set_problem(self._words("manifest.receiver_missing"))
            self.receiver.setFocus()
            return
        kind = ManifestKind(str(self.kind.currentData()))
        self.wanted.emit(NewManifest(receiver=receiver, kind=kind, bag=self.bag.text(), seal=self.seal.text()))

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words, chosen = self._words, self.kind.currentIndex()
        self._card.set_title(words("custody.begin"))
        self.kind.clear()
        for kind in ManifestKind:
            self.kind.addItem(words(f"manifest.kind.{kind.value}"), kind.value)
        self.kind.setCurrentIndex(max(0, chosen))
        self._kind_field.set_label(words("custody.kind"))
        self.receiver_field.set_label(words("custody.receiver"))
        self._bag_field.set_label(words("custody.bag"))
        self._seal_field.set_label(words("custody.seal"))
        self.back.set_text(words("ui.paper.back"))
        self.begin.set_text(words("custody.begin_now"))
        self.show_pending(self._pending)

    def _lay_out(self) -> None:
        first, second, buttons = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for row in (first, second, buttons):
            row.setSpacing(SPACE.medium)
        first.addWidget(self._kind_field, 1)
        first.addWidget(self.receiver_field, 2)
        second.addWidget(self._bag_field, 1)
        second.addWidget(self._seal_field, 1)
        buttons.addWidget(self.back)
        buttons.addStretch(1)
        buttons.addWidget(self.begin)
        body = self._card.body
        body.addLayout(first)
        body.addLayout(second)
        body.addWidget(self._waiting)
        body.addLayout(buttons)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._card)
        outer.addStretch(1)

    def _connect_signals(self) -> None:
        self.receiver.query_changed.connect(self._on_query)
        self.receiver.textEdited.connect(lambda _text: self.receiver_field.set_problem(""))
        self.back.clicked.connect(self.left)
        self.begin.clicked.connect(self.submit)
        self.receiver.chosen.connect(lambda _suggestion: self.bag.setFocus())
        self.receiver.returnPressed.connect(self.bag.setFocus)
        self.bag.returnPressed.connect(self.seal.setFocus)
        self.seal.returnPressed.connect(self.submit)

    @Slot(str)
    def _on_query(self, text: str) -> None:
        wanted = fold(text)
        found = [Suggestion(one, value=one) for one in self._receivers if wanted in fold(one)]
        # Enter takes what is marked: a receiver that is typed whole, and new, must not be changed into another.
        self.receiver.set_suggestions(found[:_MOST_RECEIVERS] if wanted or not text else ())
