"""This desk's printers and how they are."""

from collections.abc import Sequence

from PySide6.QtWidgets import QHeaderView, QWidget

from counter_app.services.answers.printing import PrinterStatus
from ui.models import Column, RowsTable
from ui.printing.printers import FILES, say_printer, say_state, tone_of_printer
from ui.widgets import SectionCard
from ui.words import Words

_ROW_HEIGHT = 26


class PrinterList(SectionCard):
    """One line for each printer: its name, and its state in words."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        columns = (
            Column("ui.printer.name", 138, self._name_text),
            Column("ui.printer.state", 0, lambda status: say_state(words, status), tone_of_printer),
        )
        self.table = RowsTable(columns, words, self)
        self.table.horizontalHeader().hide()
        self.table.verticalHeader().setMinimumSectionSize(_ROW_HEIGHT)
        # What to do about a printer must be readable without a pointer.
        self.table.setWordWrap(True)
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.setMinimumHeight(2 * _ROW_HEIGHT)
        self.body.addWidget(self.table, 1)
        self.retranslate()

    def show_printers(self, printers: Sequence[PrinterStatus]) -> None:
        """Show the printers, the files last; the chosen line stays."""
        files_last = sorted(printers, key=lambda status: status.address == FILES)
        self.table.show_rows(files_last, key=lambda status: status.address)
        self.set_title(self._words("ui.printer.title"))

    def show_asking(self) -> None:
        """Say that the printers are being asked."""
        self.set_title(self._words("ui.printer.asking"))

    def show_unknown(self) -> None:
        """Say that they could not be asked."""
        self.set_title(self._words("ui.printer.not_asked"))

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.set_title(self._words("ui.printer.title"))
        self.table.setAccessibleName(self._words("ui.printer.title"))
        self.table.rows_model.retranslate()

    def _name_text(self, status: PrinterStatus) -> str:
        return say_printer(self._words, status.address, (status,))
