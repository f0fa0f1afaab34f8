"""One fact of the paper at a time: the piece of the page it was read from, and beside it what it seems to say."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from ui.actions import ActionId
from ui.dossiers.lines import clear
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind, Field, SectionCard
from ui.words import Words

_LONGEST = 300
_CROP_HEIGHT = 72
_LEAST_CROP, _WIDEST_CROP = 160, 400


class FactsStrip(SectionCard):
    """Passive: `accepted(text)` what the clerk lets stand, `skipped` and `ended` for the keys beside it.

    Only a sure value stands in the field; others are buttons that write it there, for the clerk to look at first.
    """

    accepted = Signal(str)
    skipped = Signal()
    ended = Signal()

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self.crop = QLabel(self)
        self.crop.setFixedHeight(_CROP_HEIGHT)
        self.crop.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.value = QLineEdit(self)
        self.value.setMaxLength(_LONGEST)
        self.field = Field(self.value, self, keeps_line=True)
        self.choices = QVBoxLayout()
        self.choices.setSpacing(SPACE.hair)
        self.accept = ActionButton(ButtonKind.PRIMARY)
        self.skip = ActionButton(ButtonKind.SECONDARY, ActionId.DIGITISE_FACT_SKIP)
        self.end = ActionButton(ButtonKind.SECONDARY, ActionId.DISMISS)
        self._lay_out()
        self.hide()
        self.value.returnPressed.connect(self.submit)
        self.accept.clicked.connect(self.submit)
        self.skip.clicked.connect(self.skipped)
        self.end.clicked.connect(self.ended)
        self.retranslate()

    def ask(self, title: str, label: str, *, value: str, hint: str, choices: Sequence[str]) -> None:
        """Ask about one fact; `value` is "" where nothing is sure enough to stand ready."""
        self.set_title(title)
        self.field.set_label(label)
        self.field.set_hint(hint)
        self.field.set_problem("")
        self.value.setText(value)
        self._offer(choices)
        self.crop.clear()
        self.crop.setAccessibleName(self._words("facts.crop", field=label))
        self.show()
        self.crop.setFixedWidth(min(_WIDEST_CROP, max(_LEAST_CROP, self.width() * 2 // 5)))
        self.value.setFocus()
        self.value.selectAll()

    def show_crop(self, picture: QImage) -> None:
        """Show the piece of the page, as large as there is room."""
        ratio = self.devicePixelRatioF()
        size = self.crop.size() * ratio
        smooth, whole = Qt.TransformationMode.SmoothTransformation, Qt.AspectRatioMode.KeepAspectRatio
        shown = QPixmap.fromImage(picture.scaled(size, whole, smooth))
        shown.setDevicePixelRatio(ratio)
        self.crop.setPixmap(shown)

    def show_problem(self, sentence: str) -> None:
        """Say why what is written cannot stand."""
        self.field.set_problem(sentence)
        self.value.setFocus()

    @Slot()
    def submit(self) -> None:
        """Hand over what stands in the field."""
        self.accepted.emit(self.value.text())

    def retranslate(self) -> None:
        """Write every text in the language in force; a question under way keeps its words."""
        self.accept.set_text(self._words("facts.accept"))
        self.skip.set_text(self._words("facts.skip"))
        self.end.set_text(self._words("facts.end"))

    def _offer(self, choices: Sequence[str]) -> None:
        clear(self.choices)
        for choice in choices:
            button = ActionButton(ButtonKind.SECONDARY)
            button.set_text(choice)
            button.setToolTip(choice)
            button.setStyleSheet("text-align: left;")
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            button.clicked.connect(lambda _checked, text=choice: self._write(text))
            self.choices.addWidget(button)

    def _write(self, text: str) -> None:
        self.value.setText(text)
        self.field.set_problem("")
        self.value.setFocus()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(SPACE.medium)
        row.addWidget(self.crop, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.field, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE.small)
        buttons.addStretch(1)
        for button in (self.end, self.skip, self.accept):
            buttons.addWidget(button)
        for part in (row, self.choices, buttons):
            self.body.addLayout(part)
