"""Looking inside digitised papers: which page says it, and in which words.

The index is made from the text layers of the files in the vault, never from the journal, and can be made anew from them
at any time. Why so, and who may look: docs/decisions/0023.
"""

import logging
import threading
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, text

from counter_app.core.errors import AppError
from counter_app.domain.search import find_passage, read_inside_query
from counter_app.domain.search.passages import InsideQuery, count_phrase, written_words
from counter_app.domain.unit import UnitLevel
from counter_app.services.answers.dossiers import DossierRow, PaperHit
from counter_app.services.document_rows import ONE_DOCUMENT, view_of
from counter_app.services.dossier_rows import row_of, select_rows
from counter_app.services.open_desk import OpenDesk, read_local, write_local
from counter_app.services.process_times import ProcessTimes
from counter_app.services.session import Session
from counter_app.store.tables import documents, dossiers, local
from counter_app.store.tables.local import PAPER_SEARCH_TABLE, PAPERS_READ_TO
from counter_app.store.writer_queue import Priority

logger = logging.getLogger(__name__)

#: Pages looked at for one question, the newest first: more would take longer than a clerk's keystroke.
_MOST_PAGES = 60
_MISSING = -1
_document, _version, _page = documents.document.c, documents.document_version.c, local.paper_page.c
_newer = documents.document_version.alias("newer")
_IN_FORCE = (
    select(_document.id, _document.dossier_id, _version.sha256, _version.position)
    .join(documents.document_version, _version.document_id == _document.id)
    .where(
        _document.withdrawn_reason == "",
        _version.position
        == select(func.max(_newer.c.position)).where(_newer.c.document_id == _document.id).scalar_subquery(),
    )
)
_NEXT = _IN_FORCE.where(_version.position > bindparam("mark")).order_by(_version.position).limit(1)
_read = local.paper_read.c
_newest = (
    select(local.paper_search.c.rowid)
    .where(local.paper_search.c.paper_search.match(bindparam("asked")))
    .order_by(local.paper_search.c.rowid.desc())
    .limit(bindparam("most"))
)
_FOUND = (
    _IN_FORCE.join(local.paper_page, _page.sha256 == _version.sha256)
    .add_columns(_page.row, _page.number, _page.words)
    .where(_page.row.in_(_newest))
    .order_by(_page.row.desc())
)
_PUT_WORDS = text(f"INSERT INTO {PAPER_SEARCH_TABLE} (rowid, words) VALUES (:row, :words)")  # noqa: S608 - a constant
_EMPTY_INDEX = f"INSERT INTO {PAPER_SEARCH_TABLE} ({PAPER_SEARCH_TABLE}) VALUES ('delete-all')"  # noqa: S608 - a constant


class PaperTexts:
    """Any thread. `start` reads papers that are new in a thread of its own, and `wake` says that there may be some."""

    def __init__(self, desk: OpenDesk, session: Session, process_times: ProcessTimes) -> None:
        self._desk = desk
        self._session = session
        self._process_times = process_times
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._one = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def may_read(self) -> bool:
        """Whether whoever is signed in may look inside papers: the clerks and heads of a unit that resolves dossiers.

        A post office carries papers for others and has no business with what they say.
        """
        current = self._session.current
        return current is not None and current.unit.level is not UnitLevel.POST

    def find(self, words: str, *, limit: int = 10) -> tuple[DossierRow, ...]:
        """Return dossiers whose papers say these words, each once with its best page; none to whoever may not look.

        Words side by side come first, then by how often they stand there, the newest paper before older ones. Only
        the newest pages that fit are weighed, however many there are.
        """
        query = read_inside_query(words)
        if not query.tries or not self.may_read:
            return ()
        with self._desk.store.reading() as connection:
            best = _weigh(_find(connection, query), query)[:limit]
            return self._shown(connection, best, query)

    def catch_up(self) -> int:
        """Take over the text of every paper that came since the last time; return how many files were read.

        A paper whose file is not here yet is read once it has come; a damaged one has no text, `verify` tells of it.
        """
        done = 0
        with self._one:
            for sha256 in self._list_arrived():
                self._take_over(sha256)
                done += 1
            while not self._stop.is_set():
                with self._desk.store.reading() as connection:
                    mark = int(read_local(connection, PAPERS_READ_TO) or 0)
                    row = connection.execute(_NEXT, {"mark": mark}).one_or_none()
                    if row is None:
                        break
                    is_known = connection.execute(select(_read.pages).where(_read.sha256 == row.sha256)).first()
                if is_known is None:
                    self._take_over(row.sha256)
                    done += 1
                with self._desk.store.writing(Priority.LINE) as connection:
                    write_local(connection, PAPERS_READ_TO, str(row.position).encode())
        return done

    def start(self) -> None:
        """Begin to read what is new, now and whenever `wake` is called. Returns at once."""
        self._wake.set()
        self._thread = threading.Thread(target=self._run, name="paper-texts", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Say that there may be a new paper."""
        self._wake.set()

    def stop(self) -> None:
        """End after the file in hand."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait()
            self._wake.clear()
            try:
                self.catch_up()
            except AppError as error:
                logger.warning("papers were not read for the search: %s", error.code)

    def _list_arrived(self) -> list[str]:
        """Return the files that were missing and are here now."""
        with self._desk.store.reading() as connection:
            missing = connection.execute(select(_read.sha256).where(_read.pages == _MISSING)).scalars().all()
        return [sha256 for sha256 in missing if self._desk.vault.holds(sha256)]

    def _take_over(self, sha256: str) -> None:
        pages = self._read(sha256)
        read = {"sha256": sha256, "pages": _MISSING if pages is None else len(pages)}
        with self._desk.store.writing(Priority.LINE) as connection:
            connection.execute(insert(local.paper_read).prefix_with("OR REPLACE"), read)
            for number, said in pages or ():
                values = {"sha256": sha256, "number": number, "words": zlib.compress(said.encode())}
                key = connection.execute(insert(local.paper_page), values).inserted_primary_key
                if key is not None:
                    connection.execute(_PUT_WORDS, {"row": key[0], "words": written_words(said)})

    def _read(self, sha256: str) -> list[tuple[int, str]] | None:
        from counter_app.scanning.page_texts import iter_page_texts

        try:
            pdf = self._desk.vault.get(sha256)
            return [(number, said) for number, said in enumerate(iter_page_texts(pdf), start=1) if said]
        except AppError as error:
            logger.warning("a paper has no text for the search: %s", error.code)
            return None if error.code == "vault.missing" else []

    def _shown(self, connection: Connection, best: Sequence[Row[Any]], query: InsideQuery) -> tuple[DossierRow, ...]:
        wanted = [row.dossier_id for row in best]
        found = connection.execute(select_rows().where(dossiers.dossier.c.id.in_(wanted))).all()
        now, soon = self._desk.clock.now(), self._process_times.soon_until()
        lines = {row.id: row_of(row, now, soon_until=soon) for row in found}
        return tuple(
            msgspec.structs.replace(lines[row.dossier_id], inside=_hit(connection, row, query)) for row in best
        )


def empty_texts(connection: Connection) -> None:
    """Forget what papers say, in the caller's transaction; `catch_up` reads them again."""
    connection.execute(delete(local.paper_page))
    connection.execute(delete(local.paper_read))
    connection.exec_driver_sql(_EMPTY_INDEX)
    write_local(connection, PAPERS_READ_TO, b"0")


def _find(connection: Connection, query: InsideQuery) -> Iterable[Row[Any]]:
    """Yield pages, those that fit closer first."""
    for asked in query.tries:
        yield from connection.execute(_FOUND, {"asked": asked, "most": _MOST_PAGES}).all()


def _weigh(rows: Iterable[Row[Any]], query: InsideQuery) -> list[Row[Any]]:
    """Return the best page of each dossier, the best first; of equals the first given."""
    weights: dict[str, tuple[int, Row[Any]]] = {}
    for row in rows:
        weight = count_phrase(_said(row), query.words)
        known = weights.get(row.dossier_id)
        if known is None or weight > known[0]:
            weights[row.dossier_id] = (weight, row)
    return [row for _weight, row in sorted(weights.values(), key=lambda one: -one[0])]


def _said(row: Row[Any]) -> str:
    return zlib.decompress(row.words).decode()


def _hit(connection: Connection, row: Row[Any], query: InsideQuery) -> PaperHit:
    view = view_of(connection, connection.execute(ONE_DOCUMENT, {"wanted": row.id}).one())
    passage = find_passage(_said(row), query.words)
    return PaperHit(
        document_id=row.id,
        component=view.document.component,
        paper=view.component_name or view.document.facts.title,
        page=row.number,
        words=passage.text,
        marks=passage.marks,
    )
