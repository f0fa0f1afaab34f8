"""A QR code on the screen, for the reader of another desk."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

_QUIET = 4  # modules around the code, ISO/IEC 18004
_LEAST = 220


class QrPicture(QWidget):
    """Shows one text, black on white in both themes, as large as whole pixels for each module allow."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._modules: QImage | None = None
        self.setMinimumSize(_LEAST, _LEAST)

    def show_text(self, text: str) -> None:
        """Show this text with error correction M; "" shows nothing."""
        self._modules = _modules_of(text) if text else None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        """Draw the modules sharp: a module that is a pixel and a half wide cannot be read."""
        if self._modules is None:
            return
        ratio = self.devicePixelRatioF()
        side = min(self.width(), self.height()) * ratio
        step = max(1, int(side // self._modules.width())) / ratio
        size = step * self._modules.width()
        painter = QPainter(self)
        painter.translate((self.width() - size) / 2, (self.height() - size) / 2)
        painter.scale(step, step)
        painter.drawImage(0, 0, self._modules)
        painter.end()


def _modules_of(text: str) -> QImage:
    import segno

    rows = [bytes(row) for row in segno.make(text, error="m", micro=False).matrix]
    side = len(rows) + 2 * _QUIET
    picture = QImage(side, side, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.white)
    for y, row in enumerate(rows, start=_QUIET):
        for x, module in enumerate(row, start=_QUIET):
            if module:
                picture.setPixel(x, y, 0xFF000000)
    return picture
