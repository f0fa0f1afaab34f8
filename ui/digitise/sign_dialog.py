"""Which documents are signed, with which token, and its PIN: asked once, then the token remembers it."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind, Field
from ui.widgets.polish import set_look
from ui.words import Words

_WIDTH, _LIST_HEIGHT = 560, 180
_ID = Qt.ItemDataRole.UserRole
_LONGEST_PIN = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class SignRow:
    """A document that can be signed, as it is called in the list."""

    document_id: str
    name: str


class SignDialog(QDialog):
    """Passive: `confirmed(pin, ids)`, the PIN "" where the token is open; `stopped` asks to end after the one in hand.

    The PIN is taken out of its field before anything is done with it, and is in no other place of the window.
    """

    confirmed = Signal(str, list)
    stopped = Signal()

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._is_signing = False
        self._is_locked = False
        self.setWindowTitle(words("sign.title"))
        self.setMinimumWidth(_WIDTH)
        self.documents = QListWidget(self)
        self.documents.setFixedHeight(_LIST_HEIGHT)
        self.documents.setAccessibleName(words("sign.documents"))
        self.token = QLabel(words("sign.looking"), self)
        self.pin = QLineEdit(self)
        self.pin.setEchoMode(QLineEdit.EchoMode.Password)
        self.pin.setMaxLength(_LONGEST_PIN)
        hints = Qt.InputMethodHint
        self.pin.setInputMethodHints(hints.ImhSensitiveData | hints.ImhNoPredictiveText | hints.ImhHiddenText)
        self.pin.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.pin_field = Field(self.pin, self)
        self.message = QLabel(self)
        self.bar = QProgressBar(self)
        self.sign = ActionButton(ButtonKind.PRIMARY)
        self.leave = ActionButton(ButtonKind.SECONDARY)
        self._write()
        self._lay_out()
        self._connect()

    @property
    def chosen(self) -> list[str]:
        """The documents with a tick, in their order."""
        items = (self.documents.item(row) for row in range(self.documents.count()))
        return [str(item.data(_ID)) for item in items if item.checkState() is Qt.CheckState.Checked]

    def show_documents(self, rows: Sequence[SignRow]) -> None:
        """Show what can be signed, everything ticked."""
        self.documents.clear()
        for row in rows:
            item = QListWidgetItem(row.name, self.documents)
            item.setData(_ID, row.document_id)
            item.setCheckState(Qt.CheckState.Checked)
        self.documents.setCurrentRow(0)
        self._count()

    def show_token(self, words: str, *, is_fine: bool, needs_pin: bool, is_locked: bool = False) -> None:
        """Say which token is there, or what is wrong with it; ask for the PIN where it is needed and could help."""
        self._is_locked = is_locked
        self.token.setText(words)
        self.token.setAccessibleName(words)
        set_look(self.token, "role", "soft" if is_fine else "problem")
        self._ask_pin(needs_pin=needs_pin)

    def show_progress(self, done: int, total: int) -> None:
        """Say how many of how many are signed."""
        self._set_signing(is_signing=True)
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self._say(self._words("sign.progress", done=done, total=total), is_problem=False)

    def show_problem(
        self, sentence: str, *, signed: Sequence[str] = (), needs_pin: bool, is_locked: bool = False
    ) -> None:
        """Say why not everything is signed; what is signed leaves the list, the rest keeps its ticks."""
        self._is_locked = is_locked
        self._set_signing(is_signing=False)
        for row in reversed(range(self.documents.count())):
            if self.documents.item(row).data(_ID) in signed:
                self.documents.takeItem(row)
        self._say(sentence, is_problem=True)
        self._ask_pin(needs_pin=needs_pin)

    @Slot()
    def submit(self) -> None:
        """Hand PIN and documents over; the field is empty afterwards, whatever comes of it."""
        pin, chosen = self.pin.text(), self.chosen
        self.pin.clear()
        if self._is_signing or not chosen:
            return
        if not self.pin_field.isHidden() and not pin:
            self._say(self._words("sign.pin_first"), is_problem=True)
            self.pin.setFocus()
            return
        self.show_progress(0, len(chosen))
        self.confirmed.emit(pin, chosen)

    @Slot()
    def reject(self) -> None:
        """Esc: while it signs, stop after the document in hand; else close."""
        self.pin.clear()
        if self._is_signing:
            self.leave.setEnabled(False)
            self._say(self._words("sign.stopping"), is_problem=False)
            self.stopped.emit()
        else:
            super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        """The window's own cross is Esc."""
        event.ignore()
        self.reject()

    def _write(self) -> None:
        words = self._words
        self.pin_field.set_label(words("sign.pin"))
        self.pin_field.set_hint(words("sign.pin_hint"))
        self.leave.set_text(words("sign.close"))

    def _lay_out(self) -> None:
        head = QLabel(self._words("sign.documents"), self)
        head.setProperty("role", "cardTitle")
        self.bar.setTextVisible(False)
        for label in (self.token, self.message):
            label.setWordWrap(True)
        self.bar.hide()
        self.message.hide()
        self.sign.setDefault(True)
        buttons = QHBoxLayout()
        buttons.addWidget(self.leave)
        buttons.addStretch(1)
        buttons.addWidget(self.sign)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.large, SPACE.large, SPACE.large, SPACE.large)
        column.setSpacing(SPACE.small)
        for widget in (head, self.documents, self.token, self.pin_field, self.bar, self.message):
            column.addWidget(widget)
        column.addLayout(buttons)

    def _connect(self) -> None:
        self.sign.clicked.connect(self.submit)
        self.leave.clicked.connect(self.reject)
        self.documents.itemChanged.connect(self._count)

    @Slot()
    def _count(self) -> None:
        count = len(self.chosen)
        self.sign.set_text(self._words("sign.do", count=count))
        self.sign.setEnabled(count > 0 and not (self._is_signing or self._is_locked))

    def _ask_pin(self, *, needs_pin: bool) -> None:
        if self._is_locked:
            self.pin.clear()
        self.pin_field.setVisible(needs_pin and not self._is_locked)
        self._count()
        (self.leave if self._is_locked else self.pin if needs_pin else self.sign).setFocus()

    def _set_signing(self, *, is_signing: bool) -> None:
        self._is_signing = is_signing
        self.bar.setVisible(is_signing)
        self.documents.setDisabled(is_signing)
        self.pin_field.setDisabled(is_signing)
        self.leave.setEnabled(True)
        self.leave.set_text(self._words("sign.stop" if is_signing else "sign.close"))
        self._count()

    def _say(self, sentence: str, *, is_problem: bool) -> None:
        self.message.setText(sentence)
        self.message.setAccessibleName(sentence)
        set_look(self.message, "role", "problem" if is_problem else "soft")
        self.message.show()
