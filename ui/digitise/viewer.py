"""A document to look at: thumbnails at the left, the chosen page large at the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListView, QScrollArea, QVBoxLayout, QWidget

from counter_app.services.answers.documents import DocumentView
from ui.digitise.pictures import Pictures
from ui.intake.typed_values import format_date
from ui.theme.tokens import SPACE
from ui.words import Words

_THUMB = 96
_ROW = QSize(112, 132)
_STEP, _LEAST, _MOST = 1.25, 0.5, 4.0
_LARGEST = 3200
_NOWHERE = QModelIndex()


class _Pages(QAbstractListModel):
    """The pages of one file; a picture is asked for only when the list paints it."""

    def __init__(self, words: Words, pictures: Pictures) -> None:
        super().__init__()
        self._words = words
        self._pictures = pictures
        self._count = 0
        self._blank: frozenset[int] = frozenset()
        self._empty = QImage(_THUMB * 7 // 10, _THUMB, QImage.Format.Format_RGB888)
        self._empty.fill(Qt.GlobalColor.white)
        pictures.drawn.connect(self._on_drawn)

    def show_pages(self, count: int, blank: frozenset[int]) -> None:
        self.beginResetModel()
        self._count, self._blank = count, blank
        self.endResetModel()

    def grow(self, count: int) -> None:
        """Show more pages of the same file, without moving anything."""
        if count > self._count:
            self.beginInsertRows(_NOWHERE, self._count, count - 1)
            self._count = count
            self.endInsertRows()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _NOWHERE) -> int:
        return 0 if parent.isValid() else self._count

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        page = index.row() + 1
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            key = "digitise.page_blank" if page in self._blank else "digitise.page_number"
            return self._words(key, number=page)
        if role == Qt.ItemDataRole.DecorationRole:
            return _framed(self._pictures.find(page, _THUMB) or self._empty)
        if role == Qt.ItemDataRole.SizeHintRole:
            return _ROW
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignCenter.value
        return None

    @Slot(int, int)
    def _on_drawn(self, page: int, longest: int) -> None:
        if longest == _THUMB:
            self.dataChanged.emit(self.index(page - 1), self.index(page - 1))


class Viewer(QWidget):
    """Passive. `page_chosen(number)` follows the thumbnails.

    `shown(DocumentView | None)` is the document whose file in force is in front.
    """

    page_chosen = Signal(int)
    shown = Signal(object)

    def __init__(self, words: Words, pictures: Pictures, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._pictures = pictures
        self._view: DocumentView | None = None
        self._waiting: tuple[str, ...] = ()
        self._instead = ""
        self._version = 0
        self._zoom = 1.0
        self._pages = _Pages(words, pictures)
        self._pages.setParent(self)
        self.thumbnails = QListView(self)
        self.thumbnails.setModel(self._pages)
        self.thumbnails.setViewMode(QListView.ViewMode.IconMode)
        self.thumbnails.setFlow(QListView.Flow.TopToBottom)
        self.thumbnails.setWrapping(False)
        self.thumbnails.setMovement(QListView.Movement.Static)
        self.thumbnails.setIconSize(QSize(_THUMB, _THUMB))
        self.thumbnails.setUniformItemSizes(True)
        self.thumbnails.setFixedWidth(_ROW.width() + 24)
        self.thumbnails.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.title = QLabel(self)
        self.title.setProperty("role", "soft")
        self.title.setWordWrap(True)
        self.tools = QHBoxLayout()
        """Beside the title: buttons for the document in front."""
        self.tools.setSpacing(SPACE.small)
        self.paper = QLabel()
        self.paper.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._large = QScrollArea(self)
        self._large.setWidget(self.paper)
        self._large.setWidgetResizable(True)
        self._large.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self._large.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._lay_out()
        self.thumbnails.selectionModel().currentChanged.connect(self._on_chosen)
        pictures.drawn.connect(self._on_drawn)

    @property
    def number(self) -> int:
        """The page in front, from 1; 0 for none."""
        return self.thumbnails.currentIndex().row() + 1

    @property
    def view(self) -> DocumentView | None:
        """The document that is shown."""
        return self._view

    @property
    def is_earlier(self) -> bool:
        """Whether a version is shown that is no longer in force."""
        return self._view is not None and self._version < len(self._view.versions) - 1

    @property
    def zoom_percent(self) -> int:
        """How large the page is, 100 for the width at hand."""
        return round(self._zoom * 100)

    def show_document(self, view: DocumentView | None, *, page: int = 0, instead: str = "") -> None:
        """Show the file in force; the page that is read stays in front when it is the same document.

        `instead` is what to say where there is none.
        """
        same = view is not None and self._view is not None and view.document.id == self._view.document.id
        wanted = page or (self.number if same else 1)
        self._view, self._waiting, self._instead = view, (), instead
        self._version = len(view.versions) - 1 if view else 0
        self._show_version(wanted)

    def show_waiting(self, page_ids: Sequence[str], title: str, *, newest: bool = False) -> None:
        """Show pages that wait; those of a scan under way grow, and the `newest` is in front unless somebody looks."""
        is_same = self._view is None and bool(self._waiting) and self._waiting[0] == page_ids[0]
        follows = not is_same or self.number == len(self._waiting)
        self._view, self._waiting = None, tuple(page_ids)
        self._pictures.choose_waiting(page_ids)
        if is_same:
            self._pages.grow(len(page_ids))
        else:
            self._pages.show_pages(len(page_ids), frozenset())
        if not is_same or (newest and follows):
            self.thumbnails.setCurrentIndex(self._pages.index(len(page_ids) - 1 if newest else 0))
        self.title.setText(title)
        self._show_large()
        self.shown.emit(None)

    def show_live(self, picture: QImage) -> None:
        """Show what a camera sees now, whole."""
        if self._view is not None or self._pages.rowCount():
            self.show_document(None)
        self.title.clear()
        room = self._large.viewport().size() * self.devicePixelRatioF()
        shown = QPixmap.fromImage(
            picture.scaled(room, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.FastTransformation)
        )
        shown.setDevicePixelRatio(self.devicePixelRatioF())
        self.paper.setPixmap(shown)

    def show_earlier(self) -> None:
        """Show the version before, and after the first the one in force again."""
        if self._view is not None:
            self._version = (self._version - 1) % len(self._view.versions)
            self._show_version(self.number)

    def zoom(self, steps: int) -> None:
        """Show the page larger or smaller; 0 fits the width."""
        self._zoom = min(max(self._zoom * _STEP**steps, _LEAST), _MOST) if steps else 1.0
        self._show_large()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.thumbnails.setAccessibleName(self._words("ui.action.digitise_view"))
        self._large.setAccessibleName(self._words("digitise.paper"))
        if not self._waiting:
            self._write_title()
        self.thumbnails.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the width anew."""
        super().resizeEvent(event)
        self._show_large()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(SPACE.small)
        row.addWidget(self.thumbnails)
        row.addWidget(self._large, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        head = QHBoxLayout()
        head.setSpacing(SPACE.small)
        head.addWidget(self.title, 1)
        head.addLayout(self.tools)
        column.addLayout(head)
        column.addLayout(row, 1)

    def _show_version(self, wanted: int) -> None:
        if self._view is None:
            self._pictures.choose("", "", None)
            self._pages.show_pages(0, frozenset())
        else:
            content = self._view.versions[self._version].content
            self._pictures.choose(self._view.document.id, content.sha256, self._version)
            self._pages.show_pages(content.pages, frozenset(content.blank_pages))
            self.thumbnails.setCurrentIndex(self._pages.index(min(max(wanted, 1), content.pages) - 1))
        self._write_title()
        self._show_large()
        self.shown.emit(None if self.is_earlier else self._view)

    def _write_title(self) -> None:
        view = self._view
        if view is None:
            self.title.setText(self._instead or self._words("digitise.nothing_shown"))
            return
        content = view.versions[self._version].content
        facts = view.document.facts
        until = format_date(facts.valid_until)
        stated = [facts.number_symbol, format_date(facts.issued_on), until and self._words("facts.until", day=until)]
        parts = [facts.title, *(one for one in stated if one), self._words("digitise.pages", count=content.pages)]
        if view.withdrawn_reason:
            parts.append(self._words("digitise.withdrawn", reason=view.withdrawn_reason))
        if content.is_signed:
            parts.append(self._words("digitise.signed"))
        if len(view.versions) > 1:
            parts.append(self._words("digitise.version", number=self._version + 1, total=len(view.versions)))
        self.title.setText(" · ".join(parts))

    def _longest(self) -> int:
        # Steps of 400 pixels: a window that is drawn wider does not draw its page anew at every pixel.
        width = max(1, self._large.viewport().width()) * self._zoom * self.devicePixelRatioF()
        return min(_LARGEST, -(-round(width * 1.42) // 400) * 400)

    def _show_large(self) -> None:
        picture = self._pictures.find(self.number, self._longest()) if self.number else None
        if not self.number:
            self.paper.clear()
        if picture is None:
            return
        ratio = self.devicePixelRatioF()
        width = max(1, round((self._large.viewport().width() - 2 * SPACE.small) * self._zoom * ratio))
        shown = QPixmap.fromImage(picture.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation))
        shown.setDevicePixelRatio(ratio)
        self.paper.setPixmap(shown)
        self.paper.setAccessibleName(self._words("digitise.page_number", number=self.number))

    @Slot(QModelIndex, QModelIndex)
    def _on_chosen(self, _current: QModelIndex, _before: QModelIndex) -> None:
        self._large.verticalScrollBar().setValue(0)
        self._show_large()
        self.page_chosen.emit(self.number)

    @Slot(int, int)
    def _on_drawn(self, page: int, longest: int) -> None:
        if page == self.number and longest == self._longest():
            self._show_large()


def _framed(picture: QImage) -> QPixmap:
    """Return a thumbnail with an edge: white paper on a white list has none."""
    shown = QPixmap.fromImage(picture)
    painter = QPainter(shown)
    painter.setPen(QColor(Qt.GlobalColor.gray))
    painter.drawRect(shown.rect().adjusted(0, 0, -1, -1))
    painter.end()
    return shown
