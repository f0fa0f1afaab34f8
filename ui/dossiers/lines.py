"""Lines of words in a card: what stands at the left, quietly, and what it says."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QLayoutItem, QSizePolicy, QVBoxLayout

from ui.theme.tokens import SPACE


def lines_layout() -> QFormLayout:
    """Return a layout for `show_lines`."""
    layout = QFormLayout()
    layout.setHorizontalSpacing(SPACE.medium)
    layout.setVerticalSpacing(SPACE.hair)
    layout.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return layout


def show_lines(layout: QFormLayout, lines: Iterable[tuple[str, str]]) -> None:
    """Show these lines in place of those before; a line that says nothing is left out."""
    clear(layout)
    for name, said in lines:
        if said:
            layout.addRow(wrapped(name, role="hint", wraps=False), wrapped(said))


def wrapped(text: str, *, role: str = "", wraps: bool = True) -> QLabel:
    """Return a text that breaks into lines and can be selected, or a short one that does neither."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wraps)
    if wraps:
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.MinimumExpanding)
    if role:
        label.setProperty("role", role)
    return label


def clear(layout: QFormLayout | QVBoxLayout) -> None:
    """Take everything out of a layout, its rows too."""
    while isinstance(layout, QFormLayout) and layout.rowCount():
        row = layout.takeRow(0)
        for item in (row.labelItem, row.fieldItem):
            _drop(item)
    while layout.count():
        _drop(layout.takeAt(0))


def _drop(item: QLayoutItem | None) -> None:
    widget = item.widget() if item is not None else None
    if widget is not None:
        widget.hide()
        widget.deleteLater()
