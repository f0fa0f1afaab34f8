"""Writing the list of dossiers to a file. Personal data leave the store here, so each time is journalled."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from counter_app.core.errors import UserError
from counter_app.core.replacing import replace_file
from counter_app.journal.entries import ListExported
from counter_app.services.answers.dossiers import DossierRow
from counter_app.services.answers.exports import Exported, ExportRequest
from counter_app.services.list_workbook import write_workbook
from counter_app.services.lists import Lists
from counter_app.services.open_desk import OpenDesk
from counter_app.services.search import Search
from counter_app.services.session import Session
from resources.texts import Language

MOST_ROWS = 100_000
_MOST_FOUND = 1_000
_AT_ONCE = 1_000


class Exports:
    """The use case of exporting a list. Call it in a thread that may take long."""

    def __init__(self, desk: OpenDesk, session: Session, lists: Lists, search: Search) -> None:
        self._desk = desk
        self._session = session
        self._lists = lists
        self._search = search

    def write_list(self, request: ExportRequest, path: Path, *, language: Language) -> Exported:
        """Write the list as an XLSX file, whole or not at all, and journal who did it, when, how much, which filter.

        Words that were searched for may be somebody's name: of them the journal says only that there were some.

        Raises:
            UserError: ``export.no_columns``, ``export.too_many``, nobody signed in; nothing was written.
            EnvironmentFailure: ``disk.write_failed``; the journal then says of an export that nobody has.
        """
        signed_in = self._session.require()
        if not request.columns:
            raise UserError("export.no_columns")
        rows = tuple(self._rows(request))
        data = write_workbook(rows, request.columns, language=language)
        body = ListExported(
            rows=len(rows),
            columns=tuple(column.value for column in request.columns),
            wanted=_told(request),
            is_search=bool(request.words),
        )
        with self._desk.transaction() as connection:
            entry = self._desk.journal.append(connection, body, clerk=signed_in.clerk.id, subject="list:dossiers")
        replace_file(path, data)
        return Exported(rows=len(rows), entry_id=entry.id)

    def _rows(self, request: ExportRequest) -> Iterator[DossierRow]:
        if request.words:
            yield from self._search.find(request.words, limit=_MOST_FOUND)
            return
        if self._lists.count(request.wanted) > MOST_ROWS:
            raise UserError("export.too_many", most=MOST_ROWS)
        after = ""
        while True:
            page = self._lists.page(request.wanted, order=request.order, after=after, limit=_AT_ONCE)
            yield from page.rows
            if len(page.rows) < _AT_ONCE:
                return
            after = page.rows[-1].code


def _told(request: ExportRequest) -> str:
    """Return the filter for the journal. None of its conditions is personal data."""
    return "" if request.words else msgspec.json.encode(request.wanted).decode()
