"""What a clerk may set: language, colours, and for each kind of paper its printers. A locked setting says so."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from counter_app.core.changes import Topic
from counter_app.core.errors import AppError
from counter_app.domain.forms.kinds import Tray
from counter_app.services.answers.printing import PrinterStatus
from counter_app.settings.declared import DECLARED
from ui.actions import ActionId, PageId
from ui.messages import Message, Severity
from ui.page import Page, PageContext
from ui.printing.printers import fill_box, say_state, tone_of_printer
from ui.settings.packs_card import PacksCard
from ui.settings.printer_box import PrinterBox
from ui.settings.stick_card import StickCard
from ui.settings.update_card import UpdateCard
from ui.tasks import Where
from ui.theme.tokens import SPACE, Tone
from ui.widgets import Choices, Field, SectionCard, set_look

LANGUAGE = "ui.language"
THEME = "ui.theme"
PRINTER = "print.slip.printer"
COPIES = "print.slip.copies"
SHEET = "print.slip.sheet"
LABEL_SHEET = "print.label.sheet"
BOOK = "print.register.book"
DRAWER = "print.money.drawer"

_CHOICES = (LANGUAGE, THEME, SHEET, COPIES, LABEL_SHEET)
_TRAYS = (Tray.SLIP, Tray.LIST, Tray.MONEY, Tray.LABEL)
_ROLES = ("printer", "fallback")
_LOOKS = {Tone.BAD: "problem", Tone.CAUTION: "caution"}
_MOST_WIDTH = 1180


class SettingsPage(Page):
    """Every change is saved at once, in the store thread; the window hears of it by the announcement."""

    page_id: ClassVar[PageId] = PageId.SETTINGS
    title_key: ClassVar[str] = "ui.page.settings"

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._printers: tuple[PrinterStatus, ...] = ()
        self.boxes: dict[str, QComboBox] = {name: Choices() for name in _CHOICES}
        for tray in _TRAYS:
            for role in _ROLES:
                none_key = "settings.printer_file" if role == "printer" else "settings.no_fallback"
                self.boxes[f"print.{tray.value}.{role}"] = PrinterBox(self.words, none_key)
        self.book, self.drawer = QLineEdit(), QCheckBox()
        self.hints = {name: _hint() for name in self.boxes if name not in (LANGUAGE, THEME)}
        self._fields = {name: Field(self.boxes[name]) for name in (LANGUAGE, THEME)}
        self._heads = tuple(_hint() for _ in range(3))
        self._trays = {tray: QLabel() for tray in _TRAYS}
        self._book_label = QLabel()
        self._window_card, self._printing_card = SectionCard(), SectionCard()
        self.packs = PacksCard(context, self._run_for_packs)
        self.stick = StickCard(context)
        self._address_hint = _hint()
        self.update_card = UpdateCard(context)
        self._lay_out()
        self._connect_signals()
        self.retranslate()

    def activate(self, argument: str = "") -> None:  # noqa: ARG002 - there is nothing to choose here
        """Read the printers of this machine anew."""
        self._show_values()
        self.boxes[LANGUAGE].setFocus()
        self._ask_printers()
        self.update_card.ask()
        self.packs.ask()
        self.stick.ask()

    def refresh(self, topics: frozenset[Topic]) -> None:
        """Show what was changed elsewhere."""
        if Topic.SETTINGS in topics:
            self._show_values()
            self.update_card.ask()
        if Topic.CATALOGUE in topics:
            self.packs.ask()
        if topics & {Topic.EXCHANGE, Topic.DOSSIERS}:
            self.stick.ask()

    def perform(self, action: ActionId) -> bool:
        """Answer F5."""
        if action is ActionId.REFRESH:
            self._ask_printers()
            self.stick.ask()
            return True
        return False

    @Slot()
    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self.words
        self._window_card.set_title(words("settings.window"))
        self._printing_card.set_title(words("settings.printing"))
        self._fields[LANGUAGE].set_label(words("settings.language"))
        self._fields[THEME].set_label(words("settings.theme"))
        for label, key in zip(self._heads, ("printer", "fallback", "paper"), strict=True):
            label.setText(words(f"settings.{key}"))
        for tray in _TRAYS:
            name = words(f"settings.tray_{tray.value}")
            self._trays[tray].setText(name)
            for role in _ROLES:
                box = self.boxes[f"print.{tray.value}.{role}"]
                box.setAccessibleName(words("settings.of_tray", what=words(f"settings.{role}"), tray=name))
        for name, key in ((SHEET, "sheet"), (COPIES, "copies"), (LABEL_SHEET, "label_sheet")):
            self.boxes[name].setAccessibleName(words(f"settings.{key}"))
        self._book_label.setText(words("settings.book"))
        self.book.setAccessibleName(words("settings.book"))
        self.drawer.setText(words("settings.drawer"))
        self._address_hint.setText(words("settings.address_hint"))
        self.update_card.retranslate()
        self.packs.retranslate()
        self.stick.retranslate()
        self._show_values()

    def _lay_out(self) -> None:
        window = QHBoxLayout()
        window.setSpacing(SPACE.medium)
        window.addWidget(self._fields[LANGUAGE], 1)
        window.addWidget(self._fields[THEME], 1)
        window.addStretch(1)
        self._window_card.body.addLayout(window)
        self._printing_card.body.addLayout(self._build_grid())
        self._printing_card.body.addWidget(self._address_hint)
        body = QWidget()
        body.setProperty("role", "scrolled")
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, SPACE.hair, 0)
        column.setSpacing(SPACE.medium)
        for card in (self._window_card, self._printing_card, self.stick, self.packs, self.update_card):
            card.setMaximumWidth(_MOST_WIDTH)
            column.addWidget(card)
        column.addStretch(1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(body)
        # Once the layout knows how high the preview is.
        self.packs.looked.connect(
            partial(area.ensureWidgetVisible, self.packs.preview), Qt.ConnectionType.QueuedConnection
        )
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)

    def _build_grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE.medium)
        grid.setVerticalSpacing(SPACE.hair)
        for column, stretch in enumerate((0, 5, 5, 4)):
            grid.setColumnStretch(column, stretch)
        for column, head in enumerate(self._heads, start=1):
            grid.addWidget(head, 0, column)
        for number, tray in enumerate(_TRAYS):
            row = 1 + 2 * number
            grid.addWidget(self._trays[tray], row, 0)
            for column, role in enumerate(_ROLES, start=1):
                name = f"print.{tray.value}.{role}"
                grid.addWidget(self.boxes[name], row, column)
                grid.addWidget(self.hints[name], row + 1, column)
            grid.addLayout(self._more_of(tray), row, 3)
            hints = QHBoxLayout()
            for name in self._more_names(tray):
                hints.addWidget(self.hints[name], 1)
            grid.addLayout(hints, row + 1, 3)
        return grid

    def _more_of(self, tray: Tray) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACE.small)
        widgets: dict[Tray, tuple[QWidget, ...]] = {
            Tray.SLIP: (self.boxes[SHEET], self.boxes[COPIES]),
            Tray.LIST: (self._book_label, self.book),
            Tray.MONEY: (self.drawer,),
            Tray.LABEL: (self.boxes[LABEL_SHEET],),
        }
        for widget in widgets[tray]:
            row.addWidget(widget, 0 if isinstance(widget, QLabel) else 1)
        return row

    def _more_names(self, tray: Tray) -> tuple[str, ...]:
        return {Tray.SLIP: (SHEET, COPIES), Tray.LABEL: (LABEL_SHEET,)}.get(tray, ())

    def _connect_signals(self) -> None:
        for name, box in self.boxes.items():
            if isinstance(box, PrinterBox):
                box.picked.connect(partial(self._save, name))
            else:
                box.setProperty("setting", name)
                box.activated.connect(self._on_chosen)
        self.book.editingFinished.connect(self._on_book)
        self.drawer.clicked.connect(self._on_drawer)
        self._book_label.setBuddy(self.book)
        self.words.language_changed.connect(self.retranslate)

    def _show_values(self) -> None:
        preferences = self.context.counter.preferences
        for name, box in self.boxes.items():
            value = preferences.get(name)
            if isinstance(box, PrinterBox):
                box.show_value(str(value), self._printers)
            else:
                fill_box(box, self._choices(name), value)
            box.setDisabled(preferences.is_locked(name))
            self._write_hint(name, str(value))
        if not self.book.hasFocus():
            self.book.setText(str(preferences.get(BOOK)))
        self.drawer.setChecked(bool(preferences.get(DRAWER)))
        for name, widget in ((BOOK, self.book), (DRAWER, self.drawer)):
            locked = preferences.is_locked(name)
            widget.setDisabled(locked)
            widget.setToolTip(self.words("settings.locked_hint") if locked else "")

    def _choices(self, name: str) -> Sequence[tuple[str, Any]]:
        choices = DECLARED[name].choices
        if name == COPIES:
            return [(self.words("settings.copies_each", count=int(choice)), choice) for choice in choices]
        if name in (SHEET, LABEL_SHEET):
            return [(self.words(f"ui.sheet.{choice}"), choice) for choice in choices]
        area = name.removeprefix("ui.")
        return [(self.words(f"settings.{area}_{choice}"), choice) for choice in choices]

    def _write_hint(self, name: str, value: str) -> None:
        locked = self.words("settings.locked_hint") if self.context.counter.preferences.is_locked(name) else ""
        status = next((one for one in self._printers if value and one.address == value), None)
        if name in self._fields:
            self._fields[name].set_hint(locked)
            return
        label = self.hints[name]
        label.setText(locked or (say_state(self.words, status) if status else ""))
        set_look(label, "role", _LOOKS.get(tone_of_printer(status), "hint") if status and not locked else "hint")
        label.setVisible(bool(label.text()))
        self.boxes[name].setAccessibleDescription(label.text())

    def _ask_printers(self) -> None:
        self.tasks.run(
            self.context.printing.list_printers,
            owner=self,
            done=self._show_printers,
            failed=self._no_printers,
            where=Where.POOL,
            supersedes="printers",
            name="printers.list",
        )

    def _show_printers(self, printers: Sequence[PrinterStatus]) -> None:
        self._printers = tuple(printers)
        self._show_values()

    def _no_printers(self, error: AppError) -> None:
        self.context.errors.show(error, retry=self._ask_printers)

    @Slot(int)
    def _on_chosen(self, _index: int) -> None:
        box = self.sender()
        if isinstance(box, QComboBox):
            self._save(str(box.property("setting")), box.currentData())

    @Slot()
    def _on_book(self) -> None:
        self._save(BOOK, self.book.text().strip())

    @Slot(bool)
    def _on_drawer(self, opens: bool) -> None:  # noqa: FBT001 - the signal's own signature
        self._save(DRAWER, opens)

    def _run_for_packs(self, work: Callable[[], Any], *, done: Callable[[Any], None], name: str) -> None:
        self.tasks.run(work, owner=self, done=done, failed=self.context.errors.show, name=name)

    def _save(self, name: str, value: object) -> None:
        preferences = self.context.counter.preferences
        if preferences.get(name) == value:
            return

        def done(_nothing: None) -> None:
            self.context.messages.show_message(Message(self.words("settings.saved"), Severity.SUCCESS))
            if isinstance(self.boxes.get(name), PrinterBox):
                self._ask_printers()

        def failed(error: AppError) -> None:
            self._show_values()
            self.context.errors.show(error)

        self.tasks.run(lambda: preferences.set(name, value), owner=self, done=done, failed=failed, name="settings.set")


def _hint() -> QLabel:
    label = QLabel()
    label.setProperty("role", "hint")
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label
