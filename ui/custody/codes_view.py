"""The signed texts of a manifest as QR codes on the screen, for the reader of the other side."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ui.actions import ActionId
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind
from ui.widgets.qr_picture import QrPicture
from ui.words import Words

_FORTH = (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_PageDown)
_BACK = (Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_PageUp)


class CodesView(QWidget):
    """One code at a time, turned with the arrows or the space bar; `left` with Esc."""

    left = Signal()

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._texts: tuple[str, ...] = ()
        self.number = 0
        self._is_acknowledgement = False
        self.picture = QrPicture()
        self.place = QLabel()
        self.place.setProperty("role", "figure")
        self.place.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._hint = QLabel()
        self._hint.setProperty("role", "soft")
        self._hint.setWordWrap(True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.back = ActionButton(ButtonKind.SECONDARY, ActionId.DISMISS)
        self.forth = ActionButton(ButtonKind.PRIMARY)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        buttons = QHBoxLayout()
        buttons.addWidget(self.back)
        buttons.addStretch(1)
        buttons.addWidget(self.forth)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        column.addWidget(self._hint)
        column.addWidget(self.picture, 1)
        column.addWidget(self.place)
        column.addLayout(buttons)
        self.back.clicked.connect(self.left)
        self.forth.clicked.connect(self._turn)
        self.retranslate()

    @property
    def shown_text(self) -> str:
        """The text of the code on the screen."""
        return self._texts[self.number] if self._texts else ""

    def open(self, texts: Sequence[str], *, is_acknowledgement: bool) -> None:
        """Show these texts, the first one first."""
        self._texts, self.number, self._is_acknowledgement = tuple(texts), 0, is_acknowledgement
        self.retranslate()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def retranslate(self) -> None:
        """Write every text in the language in force, and draw the code."""
        words, total = self._words, max(1, len(self._texts))
        self._hint.setText(words("custody.codes_back" if self._is_acknowledgement else "custody.codes_there"))
        self.place.setText(words("custody.code_place", number=self.number + 1, total=total))
        self.back.set_text(words("ui.paper.back"))
        self.forth.set_text(words("custody.next_code"))
        self.forth.setVisible(total > 1)
        self.setAccessibleName(f"{self.place.text()}. {self._hint.text()}")
        self.picture.setAccessibleName(self.place.text())
        self.picture.show_text(self.shown_text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Turn to the next code or back."""
        if event.key() in _FORTH:
            self._turn()
        elif event.key() in _BACK:
            self._turn(step=-1)
        else:
            super().keyPressEvent(event)

    @Slot()
    def _turn(self, *, step: int = 1) -> None:
        if self._texts:
            self.number = (self.number + step) % len(self._texts)
            self.retranslate()
