"""A hall's feed as desks read it: pages after a position, and whether a reader's place is of this life of the file.

A file that was put back and has grown again gives the same positions to other items, and by chance the same item may
come to the same position with others before it. So an item's mark is drawn by lot and not made of what it says.
"""

import threading
import time

from sqlalchemy import Connection, select, text

from counter_app.core.errors import UserError
from counter_app.hall import tables
from counter_app.store.store import Store
from counter_app.sync.ports import FeedItem, FeedKind

#: A page of the feed, as the province's.
PAGE_BYTES = 65_536
_PAGE_ITEMS = 200
_ITEM = tables.item.c
_LATEST = text("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'item'), 0)")
#: A receipt leaves its position when the next one comes, so it is marked as what lies below it.
_MARK_BELOW = (
    select(_ITEM.mark).where(_ITEM.kind != FeedKind.ACKNOWLEDGEMENT.value).order_by(_ITEM.position.desc()).limit(1)
)


class Feed:
    """Safe from any thread; whoever writes an item calls `tell` behind its transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._news = threading.Condition()
        self._latest = 0
        self._is_closing = False

    def prepare(self) -> None:
        """Give every item of an earlier program's file a mark."""
        with self._store.writing() as connection:
            columns = connection.execute(text("SELECT name FROM pragma_table_info('item')")).scalars().all()
            if _ITEM.mark.name not in columns:
                connection.execute(text("ALTER TABLE item ADD COLUMN mark BLOB NOT NULL DEFAULT x''"))
                connection.execute(text("UPDATE item SET mark = randomblob(8)"))

    def read(self, *, after: int, mark: bytes = b"", reader: str, own: bool, wait_s: float = 0) -> list[FeedItem]:
        """Return the next items after a position, not the reader's own unless it wants them; waits for the first.

        Raises:
            UserError: ``province.feed_set_back``: the feed never was so long, or something else lies there now: this
                file was put back, or what the reader last read is gone from it.
        """
        until = time.monotonic() + wait_s
        while True:
            items, latest = self._read_page(after, mark, reader, own=own)
            left = until - time.monotonic()
            if items or left <= 0 or self._is_closing:
                return items
            self._wait_beyond(latest, left)

    def tell(self) -> None:
        """Wake whoever waits, where there is something new."""
        with self._store.reading() as connection:
            latest = int(connection.execute(_LATEST).scalar_one())
        with self._news:
            self._latest = max(self._latest, latest)
            self._news.notify_all()

    def end_waiting(self) -> None:
        """Answer every question that waits for news, and let none wait from now on."""
        with self._news:
            self._is_closing = True
            self._news.notify_all()

    def _wait_beyond(self, position: int, most_s: float) -> None:
        with self._news:
            self._news.wait_for(lambda: self._latest > position or self._is_closing, most_s)

    def _read_page(self, after: int, mark: bytes, reader: str, *, own: bool) -> tuple[list[FeedItem], int]:
        query = select(_ITEM.position, _ITEM.kind, _ITEM.data, _ITEM.mark).where(_ITEM.position > after)
        if not own:
            query = query.where(_ITEM.desk != reader)
        items: list[FeedItem] = []
        size = 0
        with self._store.reading() as connection:
            latest = int(connection.execute(_LATEST).scalar_one())
            if after > latest or (mark and mark != _find_mark(connection, after)):
                raise UserError("province.feed_set_back")
            for row in connection.execute(query.order_by(_ITEM.position).limit(_PAGE_ITEMS)):
                size += len(row.data)
                if items and size > PAGE_BYTES:
                    break
                is_replaced = row.kind == FeedKind.ACKNOWLEDGEMENT.value
                own_mark = _find_mark(connection, row.position) if is_replaced else row.mark
                items.append(FeedItem(position=row.position, kind=row.kind, data=row.data, mark=own_mark))
        return items, latest


def _find_mark(connection: Connection, position: int) -> bytes:
    found: bytes | None = connection.execute(_MARK_BELOW.where(_ITEM.position <= position)).scalar()
    return found or b""
