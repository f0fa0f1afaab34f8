"""Which scanner scans: looked for when it is first wanted, asked for where there are several."""

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.widgets import Choices, Field
from ui.words import Words


class DeviceBox(QWidget):
    """Away until there is something to choose."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self.box = Choices(self)
        self._field = Field(self.box, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._field)
        self.forget()
        self.retranslate()

    @property
    def device(self) -> str:
        """The id of the chosen scanner, or ""."""
        return str(self.box.currentData() or "")

    def show_devices(self, devices: Sequence[tuple[str, str]]) -> None:
        """Offer scanners by id and name."""
        self.box.clear()
        for device, name in devices:
            self.box.addItem(name, device)
        self.setVisible(len(devices) > 1)

    def forget(self) -> None:
        """Look for scanners anew next time."""
        self.show_devices(())

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self._field.set_label(self._words("digitise.scanner"))
