"""The row of filters above the list of dossiers."""

from enum import StrEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from counter_app.domain.dossier import Status
from counter_app.services.answers.lists import DossierFilter
from ui.actions import ACTIONS, ActionId
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind
from ui.words import Words


class Kept(StrEnum):
    """Which dossiers the list keeps; the values name their texts."""

    ALL = "all"
    DUE_TODAY = "due_today"
    LATE = "late"
    SUPPLEMENT = "supplement"
    TO_RETURN = "to_return"

    @property
    def wanted(self) -> DossierFilter | None:
        """What the look-up is asked for; None: the newest ones of all."""
        return _WANTED.get(self)


_WANTED = {
    Kept.DUE_TODAY: DossierFilter(is_due_today=True),
    Kept.LATE: DossierFilter(is_late=True),
    Kept.SUPPLEMENT: DossierFilter(statuses=(Status.SUPPLEMENT_ASKED,)),
    Kept.TO_RETURN: DossierFilter(statuses=(Status.RESOLVED,)),
}


_KINDS = {True: ButtonKind.SECONDARY, False: ButtonKind.QUIET}
# Five names beside each other have to fit beside the dossier on the smallest screen.
_NARROW = "QPushButton { padding: 3px 9px; outline: none; } QPushButton:focus { padding: 2px 8px; }"


class FilterRow(QWidget):
    """Chosen with the arrows or a digit: `chosen(Kept)`. Down leaves it for the list: `left`."""

    chosen = Signal(object)
    left = Signal()

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self.boxes = {kept: ActionButton(ButtonKind.QUIET, parent=self) for kept in Kept}
        key = QLabel(ACTIONS[ActionId.DOSSIER_FILTERS].shown)
        key.setProperty("role", "key")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.hair)
        for kept, box in self.boxes.items():
            row.addWidget(box)
            box.setStyleSheet(_NARROW)
            box.setCheckable(True)
            box.setAutoExclusive(True)
            box.toggled.connect(lambda is_kept, one=box: one.set_kind(_KINDS[is_kept]))
            box.clicked.connect(lambda _checked, one=kept: self.chosen.emit(one))
        row.addStretch(1)
        row.addWidget(key)
        self.choose(Kept.ALL)
        self.retranslate()

    @property
    def kept(self) -> Kept:
        """The filter in force."""
        return next(kept for kept, box in self.boxes.items() if box.isChecked())

    def choose(self, kept: Kept) -> None:
        """Put a filter into force; nothing is told."""
        self.boxes[kept].setChecked(True)

    def focus_chosen(self) -> None:
        """Put the focus on the filter in force."""
        self.boxes[self.kept].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.setAccessibleName(self._words("ui.dossiers.filters"))
        for number, (kept, box) in enumerate(self.boxes.items(), start=1):
            name = self._words(f"ui.filter.{kept.value}")
            box.set_text(name)
            box.setAccessibleDescription(f"{self._words('ui.dossiers.filters')}: {number}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose with a digit, leave with Down or Enter."""
        number, boxes = event.key() - Qt.Key.Key_1.value, list(self.boxes.values())
        if 0 <= number < len(boxes):
            boxes[number].setFocus()
            boxes[number].click()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.left.emit()
        else:
            super().keyPressEvent(event)
