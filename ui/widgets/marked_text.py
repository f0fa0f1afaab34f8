"""Cells of which some letters are marked, because somebody searched for them."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPalette, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from counter_app.domain.search import Span
from ui.theme import Colours, Theme, colours

#: The role in which a model gives the marked parts of a cell's text, a sequence of `Span`.
MARKS_ROLE = Qt.ItemDataRole.UserRole.value + 40
_ELLIPSIS = "…"


class MarkedTextDelegate(QStyledItemDelegate):
    """Paints a cell as always and marks parts of it; what is read aloud is the cell's text as ever."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one cell."""
        spans: Sequence[Span] = index.data(MARKS_ROLE) or ()
        if not spans:
            super().paint(painter, option, index)
            return
        cell = QStyleOptionViewItem(option)
        self.initStyleOption(cell, index)
        text = cell.text
        style = cell.widget.style()
        place = style.subElementRect(QStyle.SubElement.SE_ItemViewItemText, cell, cell.widget)
        cell.text = ""
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, cell, painter, cell.widget)
        margin = style.pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin, cell, cell.widget) + 1
        _draw(painter, cell, place.adjusted(margin, 0, -margin, 0), text, spans)


def _draw(painter: QPainter, cell: QStyleOptionViewItem, place: QRect, text: str, spans: Sequence[Span]) -> None:
    shown = QFontMetrics(cell.font).elidedText(text, cell.textElideMode, place.width())
    kept = len(shown.removesuffix(_ELLIPSIS)) if shown != text else len(text)
    layout = QTextLayout(shown, cell.font)
    layout.setTextOption(_one_line())
    layout.setFormats(_formats(_theme_colours(), [span for span in spans if span.start < kept], kept))
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(place.width())
    layout.endLayout()
    is_selected = bool(cell.state & QStyle.StateFlag.State_Selected)
    role = QPalette.ColorRole.HighlightedText if is_selected else QPalette.ColorRole.Text
    painter.save()
    painter.setClipRect(QRectF(place))
    painter.setPen(cell.palette.color(role))
    layout.draw(painter, QPointF(place.left(), place.top() + (place.height() - line.height()) / 2))
    painter.restore()


def _one_line() -> QTextOption:
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.NoWrap)
    return option


def _formats(theme: Colours, spans: Sequence[Span], kept: int) -> list[QTextLayout.FormatRange]:
    """Colour alone marks: a heavier letter would move the ones after it while somebody types."""
    mark = QTextCharFormat()
    mark.setBackground(QColor(theme.caution))
    mark.setForeground(QColor(theme.on_caution))
    formats = []
    for span in spans:
        one = QTextLayout.FormatRange()
        one.start = span.start
        one.length = min(span.end, kept) - span.start
        one.format = mark
        formats.append(one)
    return formats


def _theme_colours() -> Colours:
    app = QApplication.instance()
    return colours(Theme(str(app.property("theme") or "light")) if app else Theme.LIGHT)
