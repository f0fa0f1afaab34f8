"""What a clerk may set: language, colours, printer, copies. A locked setting is shown and says so."""

from collections.abc import Sequence
from typing import Any, ClassVar

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from counter_app.core.changes import Topic
from counter_app.settings.declared import DECLARED
from ui.actions import PageId
from ui.messages import Message, Severity
from ui.page import Page, PageContext
from ui.tasks import Where
from ui.theme.tokens import SPACE
from ui.widgets import Field, SectionCard

LANGUAGE = "ui.language"
THEME = "ui.theme"
PRINTER = "print.slip.printer"
COPIES = "print.slip.copies"


class SettingsPage(Page):
    """Every change is saved at once, in the store thread; the window hears of it by the announcement."""

    page_id: ClassVar[PageId] = PageId.SETTINGS
    title_key: ClassVar[str] = "ui.page.settings"

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._printers: tuple[str, ...] = ()
        self.boxes = {name: QComboBox(self) for name in (LANGUAGE, THEME, PRINTER, COPIES)}
        self._fields = {name: Field(box, self) for name, box in self.boxes.items()}
        self._window_card = SectionCard(self)
        self._printing_card = SectionCard(self)
        self._lay_out()
        for name, box in self.boxes.items():
            box.setProperty("setting", name)
            box.activated.connect(self._on_chosen)
        self.words.language_changed.connect(self.retranslate)
        self.retranslate()

    def activate(self, argument: str = "") -> None:  # noqa: ARG002 - there is nothing to choose here
        """Read the printers of this machine anew."""
        self._show_values()
        self.boxes[LANGUAGE].setFocus()
        self.tasks.run(self.context.list_printers, owner=self, done=self._show_printers, where=Where.POOL)

    def refresh(self, topics: frozenset[Topic]) -> None:
        """Show what was changed elsewhere."""
        if Topic.SETTINGS in topics:
            self._show_values()

    @Slot()
    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self._window_card.set_title(self.words("settings.window"))
        self._printing_card.set_title(self.words("settings.printing"))
        self._fields[LANGUAGE].set_label(self.words("settings.language"))
        self._fields[THEME].set_label(self.words("settings.theme"))
        self._fields[PRINTER].set_label(self.words("settings.printer"))
        self._fields[COPIES].set_label(self.words("settings.copies"))
        self._show_values()

    def _lay_out(self) -> None:
        for card, names in ((self._window_card, (LANGUAGE, THEME)), (self._printing_card, (PRINTER, COPIES))):
            card.setMaximumWidth(520)
            for name in names:
                card.body.addWidget(self._fields[name])
            card.body.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(SPACE.medium)
        row.addWidget(self._window_card, 1)
        row.addWidget(self._printing_card, 1)
        row.addStretch(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addStretch(1)

    def _choices(self, name: str) -> Sequence[tuple[str, Any]]:
        if name == PRINTER:
            known = list(self._printers)
            present = str(self.context.counter.preferences.get(PRINTER))
            if present and present not in known:
                known.append(present)
            return [(self.words("settings.printer_file"), ""), *((printer, printer) for printer in known)]
        if name == COPIES:
            return [(str(choice), choice) for choice in DECLARED[name].choices]
        area = name.removeprefix("ui.")
        return [(self.words(f"settings.{area}_{choice}"), choice) for choice in DECLARED[name].choices]

    def _show_values(self) -> None:
        preferences = self.context.counter.preferences
        for name, box in self.boxes.items():
            box.clear()
            for text, value in self._choices(name):
                box.addItem(text, value)
            box.setCurrentIndex(box.findData(preferences.get(name)))
            locked = preferences.is_locked(name)
            box.setDisabled(locked)
            hint = self.words("settings.printer_hint") if name == PRINTER else ""
            self._fields[name].set_hint(self.words("settings.locked_hint") if locked else hint)

    def _show_printers(self, printers: Sequence[str]) -> None:
        self._printers = tuple(printers)
        self._show_values()

    @Slot(int)
    def _on_chosen(self, _index: int) -> None:
        box = self.sender()
        if not isinstance(box, QComboBox):
            return
        name, value = str(box.property("setting")), box.currentData()
        preferences = self.context.counter.preferences
        if preferences.get(name) != value:
            self.tasks.run(lambda: preferences.set(name, value), owner=self, done=self._on_saved, name="settings.set")

    def _on_saved(self, _nothing: None) -> None:
        self.context.messages.show_message(Message(self.words("settings.saved"), Severity.SUCCESS))
