"""Line icons drawn from SVG files in the colour that is asked for."""

from functools import cache
from importlib.resources import files

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap

_SIZES = (18, 27, 36)


@cache
def icon(name: str, colour: str) -> QIcon:
    """Return ``resources/icons/<name>.svg`` in a ``#rrggbb`` colour, sharp at 100, 150 and 200 %. UI thread only."""
    from PySide6.QtSvg import QSvgRenderer

    drawing = (files("resources") / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    renderer = QSvgRenderer(QByteArray(drawing.replace("currentColor", colour).encode()))
    made = QIcon()
    for size in _SIZES:
        pixmap = QPixmap(size, size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter, QRectF(0, 0, size, size))
        painter.end()
        made.addPixmap(pixmap)
    return made
