"""The row of filters above the list of dossiers, and under it the lists that a clerk saved."""

from collections.abc import Sequence
from enum import StrEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from counter_app.domain.dossier import Status
from counter_app.services.answers.lists import DossierFilter, SavedView
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
    def wanted(self) -> DossierFilter:
        """What the lists are asked for."""
        return _WANTED[self]


_WANTED = {
    Kept.ALL: DossierFilter(),
    Kept.DUE_TODAY: DossierFilter(is_due_today=True),
    Kept.LATE: DossierFilter(is_late=True),
    Kept.SUPPLEMENT: DossierFilter(statuses=(Status.SUPPLEMENT_ASKED,)),
    Kept.TO_RETURN: DossierFilter(statuses=(Status.RESOLVED,)),
}


_KINDS = {True: ButtonKind.SECONDARY, False: ButtonKind.QUIET}
# Five names beside each other have to fit beside the dossier on the smallest screen.
_NARROW = "QPushButton { padding: 3px 9px; outline: none; } QPushButton:focus { padding: 2px 8px; }"
_MOST_VIEWS = 4
_VIEW_WIDTH = 118


class FilterRow(QWidget):
    """Chosen with the arrows or a digit: `chosen(Kept)`, `view_chosen(SavedView)`. Down leaves for the list: `left`."""

    chosen = Signal(object)
    view_chosen = Signal(object)
    left = Signal()

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._views: tuple[SavedView, ...] = ()
        self._group = QButtonGroup(self)
        self.boxes = {kept: self._make_box() for kept in Kept}
        self.view_boxes = [self._make_box() for _ in range(_MOST_VIEWS)]
        key = QLabel(ACTIONS[ActionId.DOSSIER_FILTERS].shown)
        key.setProperty("role", "key")
        self._lay_out(key)
        for kept, box in self.boxes.items():
            box.clicked.connect(lambda _checked, one=kept: self.chosen.emit(one))
        for number, box in enumerate(self.view_boxes):
            box.clicked.connect(lambda _checked, one=number: self.view_chosen.emit(self._views[one]))
        self.choose(Kept.ALL)
        self.show_views(())

    @property
    def kept(self) -> Kept | None:
        """The filter in force, None while it is none of these."""
        return next((kept for kept, box in self.boxes.items() if box.isChecked()), None)

    def choose(self, kept: Kept | None) -> None:
        """Put a filter into force, or mark none; nothing is told."""
        self._mark(self.boxes[kept] if kept is not None else None)

    def choose_view(self, name: str) -> None:
        """Mark a saved list, or none when it is not shown here; nothing is told."""
        place = next((number for number, view in enumerate(self._views) if view.name == name), None)
        self._mark(self.view_boxes[place] if place is not None else None)

    def show_views(self, views: Sequence[SavedView]) -> None:
        """Offer the first saved lists beside the digits that are left."""
        chosen = next((view.name for view, box in self._shown_views() if box.isChecked()), None)
        self._views = tuple(views[:_MOST_VIEWS])
        for number, box in enumerate(self.view_boxes):
            box.setVisible(number < len(self._views))
        self._view_row.setVisible(bool(self._views))
        if chosen is not None:
            self.choose_view(chosen)
        self.retranslate()

    def focus_chosen(self) -> None:
        """Put the focus on the filter in force, else on the first."""
        checked = self._group.checkedButton() or self.boxes[Kept.ALL]
        checked.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self._words
        self.setAccessibleName(words("ui.dossiers.filters"))
        for number, (kept, box) in enumerate(self.boxes.items(), start=1):
            box.set_text(words(f"ui.filter.{kept.value}"))
            box.setAccessibleDescription(f"{words('ui.dossiers.filters')}: {number}")
        self._view_row.setAccessibleName(words("lists.views"))
        for number, (view, box) in enumerate(self._shown_views(), start=len(self.boxes) + 1):
            room = _VIEW_WIDTH - 26
            box.set_text(box.fontMetrics().elidedText(view.name, Qt.TextElideMode.ElideRight, room))
            box.setAccessibleName(view.name)
            box.setToolTip(view.name)
            box.setAccessibleDescription(words("lists.view_key", number=number))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose with a digit, leave with Down or Enter."""
        number = event.key() - Qt.Key.Key_1.value
        boxes = [*self.boxes.values(), *(box for _view, box in self._shown_views())]
        if 0 <= number < len(boxes):
            boxes[number].setFocus()
            boxes[number].click()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def _make_box(self) -> ActionButton:
        box = ActionButton(ButtonKind.QUIET, parent=self)
        box.setStyleSheet(_NARROW)
        box.setCheckable(True)
        self._group.addButton(box)
        box.toggled.connect(lambda is_kept: box.set_kind(_KINDS[is_kept]))
        return box

    def _lay_out(self, key: QLabel) -> None:
        row = QHBoxLayout()
        row.setSpacing(SPACE.hair)
        for box in self.boxes.values():
            row.addWidget(box)
        row.addStretch(1)
        row.addWidget(key)
        self._view_row = QWidget(self)
        views = QHBoxLayout(self._view_row)
        views.setContentsMargins(0, 0, 0, 0)
        views.setSpacing(SPACE.hair)
        for box in self.view_boxes:
            box.setMaximumWidth(_VIEW_WIDTH)
            views.addWidget(box)
        views.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.hair)
        column.addLayout(row)
        column.addWidget(self._view_row)

    def _shown_views(self) -> list[tuple[SavedView, ActionButton]]:
        return list(zip(self._views, self.view_boxes, strict=False))

    def _mark(self, box: ActionButton | None) -> None:
        if box is not None:
            box.setChecked(True)
            return
        self._group.setExclusive(False)
        for one in self._group.buttons():
            one.setChecked(False)
        self._group.setExclusive(True)
