"""The manifest in hand: how far it is, what the last scan came to, its items, and signing it."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from counter_app.domain.manifest import ItemState, ManifestState
from counter_app.services.answers.manifests import ManifestItem
from ui.actions import ActionId
from ui.custody.sentences import (
    say_counter,
    say_item_state,
    say_manifest,
    say_mode,
    tone_of_item,
)
from ui.custody.state import CustodyState, Mode
from ui.models import Column, RowsTable
from ui.theme.tokens import SPACE, Tone
from ui.widgets import ActionButton, ButtonKind, Field, StatusPill, set_look
from ui.words import Words

_DIFFERENT = (ItemState.MISSING, ItemState.EXTRA)
_SIGN_TEXTS = {
    Mode.FILLING: "custody.hand_over",
    Mode.COUNTING: "custody.receive",
    Mode.CONFIRMING: "custody.confirm",
}


class _ItemTable(RowsTable):
    """Delete takes the chosen item back."""

    removed = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        else:
            super().keyPressEvent(event)


class HandPanel(QWidget):
    """Passive: `show_state` fills it; what the clerk types or presses is a signal."""

    entered = Signal(str)
    """A code was typed into the panel's own field."""
    settled = Signal(str, str)
    """How a difference was settled: the dossier's code and the reason."""
    taken_back = Signal(str)
    signed = Signal()
    codes_requested = Signal()
    differences_requested = Signal()
    print_requested = Signal()
    count_requested = Signal()
    dossier_opened = Signal(str)

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._state = CustodyState()
        self.title, self.pill, self.counter = QLabel(), StatusPill(), QLabel()
        self.title.setProperty("role", "cardTitle")
        self.counter.setProperty("role", "figure")
        self.facts, self.last = _wrapped("soft"), _wrapped("lastScan")
        self.entry, self.reason = QLineEdit(), QLineEdit()
        self.bag, self.seal, self.password = QLineEdit(), QLineEdit(), QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        for line in (self.reason, self.bag, self.seal):
            line.setMaxLength(200)
        self.entry_field, self.reason_field = Field(self.entry), Field(self.reason)
        self.bag_field, self.seal_field = Field(self.bag), Field(self.seal)
        self.password_field = Field(self.password)
        self.table = _ItemTable(self._columns(), words, self)
        self.sign = ActionButton(ButtonKind.PRIMARY, ActionId.CUSTODY_SIGN)
        self.differences = ActionButton(ButtonKind.SECONDARY, ActionId.CUSTODY_DIFFERENCES)
        self.print = ActionButton(ButtonKind.SECONDARY, ActionId.CUSTODY_PRINT)
        self.codes = ActionButton(ButtonKind.SECONDARY, ActionId.CUSTODY_CODES)
        self.remove = ActionButton(ButtonKind.SECONDARY, ActionId.CUSTODY_REMOVE)
        self.count_here = ActionButton(ButtonKind.SECONDARY, ActionId.CUSTODY_ENTRY)
        self._lay_out()
        self._connect_signals()
        self.retranslate()

    @property
    def chosen(self) -> ManifestItem | None:
        """The item that is chosen in the table."""
        item: ManifestItem | None = self.table.current_row
        return item

    @property
    def shown(self) -> tuple[Mode, str]:
        """Which manifest is in hand, and how."""
        return self._state.mode, self._state.code

    def show_state(self, state: CustodyState) -> None:
        """Show what is in hand; what the clerk is typing stays."""
        before, self._state = self._state, state
        if before.code != state.code or before.mode is not state.mode:
            self._take_new(state)
        words = self._words
        self.title.setText(state.code or state.awaited or words("custody.new_paper"))
        self.pill.set_state(*say_mode(words, state))
        self.counter.setText(say_counter(words, state))
        self.counter.setAccessibleName(self.counter.text())
        manifest = state.manifest
        self.facts.setText(say_manifest(words, manifest) if manifest else words("custody.scan_parts"))
        self._show_last(state)
        if state.items != before.items or state.mode is not before.mode:
            self.table.show_rows(state.items, key=lambda item: item.code)
            self._mark_last(state)
        self._show_fields(state)
        self.password_field.set_problem(state.password_problem)

    def focus_first(self) -> None:
        """Put the focus where work begins: scanning, or the list."""
        if self._state.mode in (Mode.FILLING, Mode.COUNTING, Mode.COLLECTING):
            self.entry.setFocus()
        elif self._state.mode is Mode.CONFIRMING:
            self.password.setFocus()
        else:
            self.table.setFocus()

    def focus_password(self) -> None:
        """Ask for the clerk's password."""
        self.password.setFocus()
        self.password.selectAll()

    def lead_to(self, code: str) -> None:
        """Choose an item and ask for its reason."""
        for number, item in enumerate(self._state.items):
            if item.code == code:
                self.table.selectRow(number)
        self._show_reason()
        self.reason.setFocus()
        self.reason.selectAll()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self._words
        self.table.setAccessibleName(words("custody.items"))
        self.table.rows_model.retranslate()
        self.entry_field.set_label(words("custody.entry"))
        self.bag_field.set_label(words("custody.bag"))
        self.seal_field.set_label(words("custody.seal"))
        self.password_field.set_label(words("custody.password"))
        self.print.set_text(words("custody.print"))
        self.codes.set_text(words("custody.codes"))
        self.remove.set_text(words("custody.remove"))
        self.count_here.set_text(words("custody.count_here"))
        self.show_state(self._state)

    def _columns(self) -> tuple[Column, ...]:
        return (
            Column("custody.dossier", 172, lambda item: item.code, tone_of_item),
            Column("custody.applicant", 0, lambda item: item.applicant_name, tone_of_item),
            Column("custody.item_state", 112, self._state_text, tone_of_item),
            Column("custody.reason", 120, lambda item: item.reason, tone_of_item),
        )

    def _state_text(self, item: ManifestItem) -> str:
        return say_item_state(self._words, item, self._state.mode)

    def _lay_out(self) -> None:
        head, tools, foot = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for row in (head, tools, foot):
            row.setSpacing(SPACE.small)
        head.addWidget(self.title)
        head.addWidget(self.pill)
        head.addStretch(1)
        head.addWidget(self.counter)
        tools.addWidget(self.entry_field, 1)
        for button in (self.differences, self.remove, self.count_here, self.codes, self.print):
            tools.addWidget(button, 0, Qt.AlignmentFlag.AlignBottom)
        for field, share in ((self.bag_field, 2), (self.seal_field, 2), (self.password_field, 3)):
            foot.addWidget(field, share, Qt.AlignmentFlag.AlignTop)
        foot.addWidget(self.sign, 2, Qt.AlignmentFlag.AlignVCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        column.addLayout(head)
        column.addWidget(self.facts)
        column.addWidget(self.last)
        column.addLayout(tools)
        column.addWidget(self.table, 1)
        column.addWidget(self.reason_field)
        column.addLayout(foot)

    def _connect_signals(self) -> None:
        self.entry.returnPressed.connect(self._on_entered)
        self.reason.returnPressed.connect(self._on_reason)
        self.password.returnPressed.connect(self.signed)
        self.sign.clicked.connect(self.signed)
        self.codes.clicked.connect(self.codes_requested)
        self.differences.clicked.connect(self.differences_requested)
        self.print.clicked.connect(self.print_requested)
        self.count_here.clicked.connect(self.count_requested)
        self.remove.clicked.connect(self.take_back)
        self.table.removed.connect(self.take_back)
        self.table.row_chosen.connect(lambda _item: self._show_reason())
        self.table.row_opened.connect(self._on_opened)

    @Slot()
    def take_back(self) -> None:
        """Take the chosen item back."""
        if self.chosen is not None:
            self.taken_back.emit(self.chosen.code)

    def _take_new(self, state: CustodyState) -> None:
        for line in (self.entry, self.reason, self.password):
            line.clear()
        manifest = state.manifest
        self.bag.setText(manifest.bag if manifest else "")
        self.seal.setText(manifest.seal if manifest else "")

    def _show_last(self, state: CustodyState) -> None:
        self.last.setVisible(state.last is not None)
        if state.last is not None:
            self.last.setText(state.last.text)
            self.last.setAccessibleName(state.last.text)
            set_look(self.last, "tone", state.last.tone.value)

    def _mark_last(self, state: CustodyState) -> None:
        """Keep what went on the list last in sight; of a bag, what is still to be found stays in sight instead."""
        if state.mode is not Mode.FILLING:
            return
        for number, item in enumerate(state.items):
            if item.code == state.last_code:
                self.table.scrollTo(self.table.rows_model.index(number, 0))

    def _show_fields(self, state: CustodyState) -> None:
        mode = state.mode
        scans = mode in (Mode.FILLING, Mode.COUNTING, Mode.COLLECTING)
        self.entry_field.setVisible(scans)
        self.table.setVisible(mode is not Mode.COLLECTING)
        self.bag_field.setVisible(mode is Mode.FILLING)
        self.seal_field.setVisible(mode is Mode.FILLING)
        self.password_field.setVisible(state.needs_signature)
        self.sign.setVisible(state.needs_signature)
        self.sign.setDisabled(state.is_busy)
        self.sign.set_text(self._words(_SIGN_TEXTS[mode]) if mode in _SIGN_TEXTS else "")
        self.remove.setVisible(mode in (Mode.FILLING, Mode.COUNTING))
        self.differences.setVisible(mode is Mode.COUNTING)
        counted = state.count is not None and state.count.is_counted
        self.differences.set_text(self._words("custody.scan_on" if counted else "custody.bag_is_empty"))
        self.print.setVisible(state.may_print)
        self.codes.setVisible(mode is Mode.SHOWN and bool(state.codes_to_show))
        is_on_the_way = mode is Mode.SHOWN and state.view is not None and state.view.state is ManifestState.CLOSED
        self.count_here.setVisible(is_on_the_way)
        self.table.setColumnHidden(2, mode is Mode.FILLING)
        self.table.setColumnHidden(3, not any(item.state in _DIFFERENT for item in state.items))
        self._show_reason()

    def _show_reason(self) -> None:
        item = self.chosen
        is_open = self._state.mode is Mode.COUNTING and item is not None and item.state in _DIFFERENT
        self.reason_field.setVisible(is_open)
        if is_open and item is not None:
            self.reason_field.set_label(self._words(f"custody.why_{item.state.value}", code=item.code))
            if not self.reason.hasFocus() or self.reason.property("code") != item.code:
                self.reason.setText(item.reason)
            self.reason.setProperty("code", item.code)

    @Slot()
    def _on_entered(self) -> None:
        text = self.entry.text().strip()
        self.entry.clear()
        if text:
            self.entered.emit(text)

    @Slot()
    def _on_reason(self) -> None:
        if self.chosen is not None and self.reason.text().strip():
            self.settled.emit(self.chosen.code, self.reason.text())

    @Slot(object)
    def _on_opened(self, item: ManifestItem) -> None:
        if self._state.mode is Mode.COUNTING and item.state in _DIFFERENT:
            self.lead_to(item.code)
        elif self._state.mode is Mode.SHOWN:
            self.dossier_opened.emit(item.code)


def _wrapped(role: str) -> QLabel:
    label = QLabel()
    label.setProperty("role", role)
    label.setProperty("tone", Tone.NEUTRAL.value if role == "lastScan" else "")
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label
