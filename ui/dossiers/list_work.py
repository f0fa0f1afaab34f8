"""What is done with a list as a whole: marking all of it, and writing it to a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths, Slot
from PySide6.QtWidgets import QFileDialog

from counter_app.core.clock import local_date
from counter_app.services.answers.exports import ExportColumn, Exported, ExportRequest
from counter_app.services.answers.lists import ListColumn
from counter_app.services.bulk import MOST_DOSSIERS
from ui.bulk.marking import Marking
from ui.dossiers.browser import DossierBrowser
from ui.messages import Message, Severity
from ui.page import PageContext
from ui.tasks import Where

if TYPE_CHECKING:
    from counter_app.services.counter import Counter

_SUFFIX = ".xlsx"


class ListWork(QObject):
    """Marks dossiers of the list that the browser shows, and exports that list with the columns shown."""

    def __init__(self, context: PageContext, browser: DossierBrowser) -> None:
        super().__init__(browser)
        self._context = context
        self._words = context.words
        self._browser = browser
        self.marking = Marking(browser.table)
        self.marking.all_requested.connect(self._mark_all)
        self.marking.changed.connect(self._say_marked)

    @property
    def chosen(self) -> tuple[str, ...]:
        """The marked dossiers, or the one at the cursor where none is marked."""
        row = self._browser.table.current_row
        return self.marking.codes or ((row.code,) if row is not None and row.code else ())

    def request(self) -> ExportRequest:
        """Return the list as it is shown. A status that is shown says also what is late, as its column does."""
        columns = [ExportColumn(column.value) for column in self._browser.columns]
        if ListColumn.STATUS in self._browser.columns:
            columns.append(ExportColumn.LATE)
        asked, words = self._browser.asked, self._browser.searched
        return ExportRequest(wanted=asked.wanted, order=asked.order, words=words, columns=tuple(columns))

    def export(self) -> None:
        """Ask where to, then write the list there."""
        dialog = QFileDialog(self._browser, self._words("ui.action.dossier_export"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(f"XLSX (*{_SUFFIX})")
        dialog.setDefaultSuffix(_SUFFIX.removeprefix("."))
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        day = local_date(self._context.counter.clock.now())
        dialog.setDirectory(folder)
        dialog.selectFile(f"{self._words('export.file_name')}-{day:%Y%m%d}{_SUFFIX}")
        dialog.fileSelected.connect(self._write)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(str)
    def _write(self, name: str) -> None:
        exports, request, path = self._context.counter.exports, self.request(), Path(name)
        language = self._words.language

        def done(exported: Exported) -> None:
            text = self._words("export.done", rows=exported.rows, file=path.name)
            self._context.messages.show_message(Message(text, Severity.SUCCESS))

        self._context.tasks.run(
            lambda: exports.write_list(request, path, language=language),
            owner=self,
            done=done,
            where=Where.POOL,
            name="list.export",
        )

    @Slot()
    def _mark_all(self) -> None:
        counter, request = self._context.counter, self.request()
        self._context.tasks.run(
            lambda: _codes_of(counter, request), owner=self, done=self._keep_all, where=Where.POOL, name="list.mark"
        )

    def _keep_all(self, codes: tuple[str, ...]) -> None:
        self.marking.mark(codes[:MOST_DOSSIERS])
        if len(codes) > MOST_DOSSIERS:
            self._tell(self._words("bulk.marked_most", most=MOST_DOSSIERS), Severity.WARNING)

    @Slot()
    def _say_marked(self) -> None:
        count = len(self.marking.codes)
        if count:
            self._tell(self._words("bulk.marked", count=count), Severity.INFO)
        else:
            self._context.messages.clear()

    def _tell(self, text: str, severity: Severity) -> None:
        self._context.messages.show_message(Message(text, severity))


def _codes_of(counter: Counter, request: ExportRequest) -> tuple[str, ...]:
    if request.words:
        rows = counter.search.find(request.words, limit=MOST_DOSSIERS + 1)
    else:
        rows = counter.lists.page(request.wanted, order=request.order, limit=MOST_DOSSIERS + 1).rows
    return tuple(row.code for row in rows if row.code)
