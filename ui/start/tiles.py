"""The figures of the start page: large numbers in groups, each under a digit."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from counter_app.core.clock import to_local
from counter_app.domain.dossier import Status
from counter_app.services.answers.lists import DossierFilter, Figures
from ui.formats import show_number
from ui.intake.typed_values import format_date
from ui.theme.tokens import SPACE, Tone
from ui.widgets import set_look
from ui.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure: its name, its group, what it counts, the list behind it, and its tone while it is not nought."""

    name: str
    group: str
    count: Callable[[Figures], int]
    wanted: DossierFilter
    tone: Tone = Tone.NEUTRAL


FIGURES = (
    Figure(name="late", group="due", count=lambda one: one.late, wanted=DossierFilter(is_late=True), tone=Tone.BAD),
    Figure(
        name="due_today",
        group="due",
        count=lambda one: one.due_today,
        wanted=DossierFilter(is_due_today=True),
        tone=Tone.CAUTION,
    ),
    Figure(
        name="due_soon",
        group="due",
        count=lambda one: one.due_soon,
        wanted=DossierFilter(is_due_soon=True),
    ),
    Figure(
        name="to_acknowledge",
        group="online",
        count=lambda one: one.to_acknowledge,
        wanted=DossierFilter(is_to_acknowledge=True),
        tone=Tone.CAUTION,
    ),
    Figure(
        name="supplement",
        group="waiting",
        count=lambda one: one.supplement,
        wanted=DossierFilter(statuses=(Status.SUPPLEMENT_ASKED,)),
    ),
    Figure(
        name="payment",
        group="waiting",
        count=lambda one: one.payment,
        wanted=DossierFilter(statuses=(Status.PAYMENT_ASKED,)),
    ),
    Figure(
        name="waits_for_owner",
        group="result",
        count=lambda one: one.waits_for_owner,
        wanted=DossierFilter(waits_for_owner=True),
    ),
    Figure(
        name="result_elsewhere",
        group="result",
        count=lambda one: one.result_elsewhere,
        wanted=DossierFilter(is_result_elsewhere=True),
    ),
)
_ACROSS = 4
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_ARROWS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -_ACROSS, Qt.Key.Key_Down: _ACROSS}


class Tile(QPushButton):
    """A figure that opens the list behind it."""

    def __init__(self, figure: Figure, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.figure = figure
        self.number = number
        self.setProperty("role", "tile")
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._count, self._name, self._detail, self._key = QLabel(), QLabel(), QLabel(), QLabel(str(number))
        self._count.setProperty("role", "figure")
        self._detail.setProperty("role", "hint")
        self._key.setProperty("role", "key")
        head = QHBoxLayout()
        head.setSpacing(SPACE.small)
        head.addWidget(self._count)
        head.addWidget(self._detail, 1, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self._key, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.medium, SPACE.hair, SPACE.small, SPACE.hair)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._name)
        for label in (self._count, self._name, self._detail, self._key):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_figure(self, words: Words, count: int, detail: str, *, tone: Tone) -> None:
        """Show the number, what it counts, and what else there is to know about it."""
        name, shown = words(f"start.figure.{self.figure.name}"), show_number(count, words.language)
        self._count.setText(shown)
        self._name.setText(name)
        self._detail.setText(detail)
        set_look(self._count, "state", tone.value if count else Tone.NEUTRAL.value)
        said = "start.tile_with" if detail else "start.tile"
        self.setAccessibleName(words(said, name=name, count=shown, detail=detail))
        self.setAccessibleDescription(words("start.key", number=self.number))
        self.setToolTip(detail)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave every key to all the tiles: Qt would move the focus along its own chain."""
        event.ignore()


class Tiles(QWidget):
    """All figures; `opened(Figure)` by click, digit, Enter. The arrows move, Down from the last row says `left`."""

    opened = Signal(object)
    left = Signal()

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._figures: Figures | None = None
        self.tiles = [Tile(figure, number, self) for number, figure in enumerate(FIGURES, start=1)]
        self._groups = {name: QLabel() for name in dict.fromkeys(figure.group for figure in FIGURES)}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE.small)
        grid.setVerticalSpacing(SPACE.hair)
        for place, tile in enumerate(self.tiles):
            row, column = divmod(place, _ACROSS)
            label = self._groups[tile.figure.group]
            if not label.property("role"):
                label.setProperty("role", "label")
                grid.addWidget(label, 2 * row, column)
            grid.addWidget(tile, 2 * row + 1, column)
            grid.setColumnStretch(column, 1)
            tile.clicked.connect(lambda _checked, one=tile: self.opened.emit(one.figure))
        self.retranslate()

    def show_figures(self, figures: Figures) -> None:
        """Show the figures."""
        self._figures = figures
        for tile in self.tiles:
            tone = tile.figure.tone
            if tile.figure.name == "to_acknowledge" and figures.acknowledge_overdue:
                tone = Tone.BAD
            tile.show_figure(self._words, tile.figure.count(figures), self._detail(tile.figure, figures), tone=tone)

    def open_number(self, number: int) -> bool:
        """Open the list behind the figure with this digit; False when there is none."""
        if not 1 <= number <= len(self.tiles):
            return False
        self.tiles[number - 1].setFocus()
        self.opened.emit(self.tiles[number - 1].figure)
        return True

    def focus_first(self) -> None:
        """Put the focus on the figure that had it, else on the first."""
        focused = next((tile for tile in self.tiles if tile.hasFocus()), self.tiles[0])
        focused.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        for name, label in self._groups.items():
            label.setText(self._words(f"start.group.{name}"))
        if self._figures is not None:
            self.show_figures(self._figures)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open with Enter, move with the arrows."""
        focused = next((tile for tile in self.tiles if tile.hasFocus()), None)
        step = next((by for key, by in _ARROWS.items() if key == event.key()), None)
        if focused is not None and event.key() in _ENTER:
            self.opened.emit(focused.figure)
        elif focused is not None and step is not None:
            self._move(focused.number - 1 + step)
        else:
            super().keyPressEvent(event)

    def _move(self, place: int) -> None:
        if 0 <= place < len(self.tiles):
            self.tiles[place].setFocus()
        elif place >= len(self.tiles):
            self.left.emit()

    def _detail(self, figure: Figure, figures: Figures) -> str:
        return " · ".join(self._details(figure.name, figures))

    def _details(self, name: str, figures: Figures) -> Iterator[str]:
        words = self._words
        if name == "due_soon":
            yield words("start.soon_until", day=format_date(figures.soon_until)[:5])
        if name == "to_acknowledge" and figures.acknowledge_overdue:
            yield words("start.acknowledge_overdue", count=figures.acknowledge_overdue)
        elif name == "to_acknowledge" and figures.acknowledge_next_by is not None:
            moment = f"{to_local(figures.acknowledge_next_by):%H:%M %d/%m}"
            yield words("start.acknowledge_next", moment=moment)
