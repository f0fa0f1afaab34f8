"""A box for one printer of the settings: chosen from the list, or its address typed."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QWidget

from counter_app.services.answers.printing import PrinterStatus
from ui.printing.printers import FILES, fill_box, say_printer, say_with_state
from ui.words import Words


class PrinterBox(QComboBox):
    """`picked(address)` when the clerk has chosen or typed another one; "" is the first entry, `none_key`.

    The list shows each printer with its state, the line only its name.
    """

    picked = Signal(str)

    def __init__(self, words: Words, none_key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._none_key = none_key
        self._value = ""
        self._printers: Sequence[PrinterStatus] = ()
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        # The list's own completion would turn an address being typed into another printer.
        self.setCompleter(None)  # type: ignore[arg-type]  # None takes the completer away; the stubs do not say so
        self.activated.connect(self._on_activated)
        line = self.lineEdit()
        if line is not None:
            line.editingFinished.connect(self._on_typed)

    def show_value(self, value: str, printers: Sequence[PrinterStatus]) -> None:
        """Show the printer in force; what is being typed stays while the focus is here."""
        line = self.lineEdit()
        is_typing = self.hasFocus() and line is not None and line.isModified()
        self._value, self._printers = value, printers
        items = [(self._words(self._none_key), "")]
        items += [(say_with_state(self._words, status), status.address) for status in self._choosable()]
        if value not in [address for _text, address in items]:
            items.append((value, value))
        typed = self.currentText()
        fill_box(self, items, value)
        self.setEditText(typed if is_typing else self._name(value))
        if line is not None:
            line.setModified(is_typing)
            line.setCursorPosition(len(typed) if is_typing else 0)
        self.setToolTip(value)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page: a printer is not chosen in passing."""
        event.ignore()

    def showPopup(self) -> None:
        """Open the list as wide as its longest name, within the screen."""
        widest = self.view().sizeHintForColumn(0) + 32
        self.view().setMinimumWidth(min(max(widest, self.width()), self.screen().availableGeometry().width() // 2))
        self.view().setTextElideMode(Qt.TextElideMode.ElideRight)
        super().showPopup()

    def _choosable(self) -> list[PrinterStatus]:
        return [status for status in self._printers if status.address != FILES]

    def _name(self, address: str) -> str:
        if not address:
            return self._words(self._none_key)
        # A typed address is shown whole, or it could not be corrected.
        return address if ":" in address else say_printer(self._words, address, self._printers)

    @Slot(int)
    def _on_activated(self, row: int) -> None:
        self._pick(str(self.itemData(row)))

    @Slot()
    def _on_typed(self) -> None:
        line = self.lineEdit()
        if line is not None and line.isModified():
            line.setModified(False)
            self._pick(self._address_of(line.text().strip()))

    def _address_of(self, text: str) -> str:
        if text in ("", self._words(self._none_key)):
            return ""
        named = {status.name: status.address for status in self._choosable()}
        row = self.findText(text, Qt.MatchFlag.MatchFixedString)
        return str(self.itemData(row)) if row >= 0 else named.get(text, text)

    def _pick(self, address: str) -> None:
        if address == self._value:
            self.setEditText(self._name(address))
        else:
            self._value = address
            self.picked.emit(address)
