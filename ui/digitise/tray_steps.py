"""What waits on the digitising page: it is listed and shown, and the keys put it where it belongs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from counter_app.services.answers.documents import Digitised, DocumentView
from ui.digitise.rows import WaitingRow, say_waiting
from ui.messages import Severity
from ui.tasks import Progress

if TYPE_CHECKING:
    from ui.digitise.page import DigitisePage


class TraySteps(QObject):
    """Pages of piles that no code placed, and scans that were cut off."""

    def __init__(self, page: DigitisePage) -> None:
        super().__init__(page)
        self._page = page
        self._digitising = page.context.counter.digitising

    def read(self) -> None:
        """Read anew what waits."""
        tray, under_way = self._digitising.tray, (self._page.scans.scan_id, self._page.scans.turned)

        def read() -> list[WaitingRow]:
            # The scan under way looks as one that was cut off.
            scans = [WaitingRow(scan=scan) for scan in tray.list_interrupted() if scan.id not in under_way]
            return scans + [WaitingRow(page=page) for page in tray.list_waiting()]

        self._page.tasks.run(
            read, owner=self, done=self._page.lists.show_waiting, supersedes="digitise.tray", name="digitise.tray"
        )

    @Slot(object)
    def show(self, row: WaitingRow) -> None:
        """Show what waits at the right."""
        # A list that was read again chooses its row again; the picture follows the clerk only.
        if not self._page.lists.tray.hasFocus():
            return
        self._page.show_viewer()
        self._page.viewer.show_waiting(row.page_ids, say_waiting(self._page.words, row))

    @Slot(object)
    def accept(self, row: WaitingRow) -> None:
        """Put it to its likely place."""
        code, line = row.likely
        if row.scan is not None and row.scan.is_pile:
            self._separate(row.scan.id)
        elif row.scan is not None:
            self._finish(row.scan.id, code, line) if code else self.put()
        elif code:
            same = [one for one in self._page.lists.waiting if one.page is not None and one.likely == row.likely]
            self._assign(same or [row], code, line)
        else:
            self._page.say("digitise.no_likely", Severity.WARNING)

    @Slot()
    def put(self) -> None:
        """Make a document of the chosen waiting pages, under the chosen line."""
        rows, line = self._page.lists.waiting, self._page.lists.line
        if not rows or not self._page.code or line is None:
            self._page.say("digitise.put_needs", Severity.WARNING)
            return
        scan = next((row.scan for row in rows if row.scan is not None), None)
        if scan is None:
            self._assign(rows, self._page.code, line.component)
        else:
            self._finish(scan.id, self._page.code, line.component)

    def _finish(self, scan: str, code: str, component: int) -> None:
        digitising = self._digitising

        def work(progress: Progress) -> DocumentView | None:
            asks, tells = progress.is_cancelled, progress.report
            return digitising.finish_scan(scan, code, component=component, is_cancelled=asks, progressed=tells)

        self._page.run_long(work, self._on_assigned)

    def _separate(self, scan: str) -> None:
        piles = self._page.context.counter.scanning.piles

        def work(progress: Progress) -> Digitised:
            return piles.separate(scan, is_cancelled=progress.is_cancelled, progressed=progress.report)

        self._page.run_long(work, self._page.show_routed)

    def _assign(self, rows: Sequence[WaitingRow], code: str, component: int) -> None:
        digitising, ids = self._digitising, [one for row in rows for one in row.page_ids]
        self._page.run_long(lambda _progress: digitising.assign(ids, code, component=component), self._on_assigned)

    def _on_assigned(self, view: DocumentView | None) -> None:
        if view is not None:
            name = view.component_name or self._page.words("digitise.no_line")
            self._page.say("digitise.assigned", pages=view.document.content.pages, code=view.dossier_code, line=name)
        self.read()
