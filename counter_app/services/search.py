"""The search box: dossiers by whatever somebody knows of them, while it is typed."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from counter_app.domain.search import Query, read_query
from counter_app.services.answers.dossiers import DossierRow
from counter_app.services.catalogue import Catalogue
from counter_app.services.dossier_rows import row_of, select_rows
from counter_app.services.open_desk import OpenDesk
from counter_app.services.process_times import ProcessTimes
from counter_app.store.tables import dossiers

_index = dossiers.search.c
_newest = (
    select(_index.rowid)
    .where(_index.dossier_search.match(bindparam("asked")))
    .order_by(_index.rowid.desc())
    .limit(bindparam("most"))
)
# Made once: building a statement costs as much as running it. By row and not by rank: the latest dossier is the
# likeliest, and ranking would read every match of a common name.
_FOUND = select_rows().where(dossiers.dossier.c.row.in_(_newest)).order_by(dossiers.dossier.c.row.desc())


class Search:
    """Reads only; safe from any thread."""

    def __init__(self, desk: OpenDesk, catalogue: Catalogue, process_times: ProcessTimes) -> None:
        self._desk = desk
        self._catalogue = catalogue
        self._process_times = process_times

    def find(self, text: str, *, limit: int = 20) -> tuple[DossierRow, ...]:
        """Return the newest dossiers that every word of any text fits, with what to mark in them.

        A word is the start of a name word (marks and đ optional), a name's initials, a birth year, a procedure's
        nickname, a code or its end, the start or the end of an identity or telephone number, or a tax code. What the
        nicknames are is asked of the catalogue now: they may change without anything being indexed again.
        """
        query = read_query(text, self._catalogue.codes_named)
        if not query.tries:
            return ()
        with self._desk.store.reading() as connection:
            rows = _find(connection, query, limit)
        now, soon = self._desk.clock.now(), self._process_times.soon_until()
        return tuple(row_of(row, now, soon_until=soon, asked=query) for row in rows)


def _find(connection: Connection, query: Query, limit: int) -> Sequence[Row[Any]]:
    rows: Sequence[Row[Any]] = ()
    for asked in query.tries:
        rows = rows or connection.execute(_FOUND, {"asked": asked, "most": limit}).all()
    return rows
