"""What is half typed, saved as it is typed, so that a power cut costs nothing."""

import msgspec
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

from counter_app.core.clock import to_millis
from counter_app.services.answers.drafts import Draft
from counter_app.services.open_desk import OpenDesk
from counter_app.services.session import Session
from counter_app.store.tables import local


class Drafts:
    """One draft per signed-in clerk and page, inside the encrypted store. Not journalled: nothing happened yet."""

    def __init__(self, desk: OpenDesk, session: Session) -> None:
        self._desk = desk
        self._session = session

    def save(self, draft: Draft) -> None:
        """Replace the page's draft, durable when this returns."""
        clerk_id = self._session.require().clerk.id
        values = {"facts": msgspec.json.encode(draft), "saved_at": to_millis(self._desk.clock.now())}
        statement = upsert(local.draft).values(clerk_id=clerk_id, page=draft.page, **values)
        with self._desk.transaction() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["clerk_id", "page"], set_=values))

    def find(self, page: str) -> Draft | None:
        """Return the clerk's draft of a page; one that an older program cannot read any more counts as none."""
        clerk_id = self._session.require().clerk.id
        query = select(local.draft.c.facts).where(local.draft.c.clerk_id == clerk_id, local.draft.c.page == page)
        with self._desk.store.reading() as connection:
            facts = connection.execute(query).scalar()
        if facts is None:
            return None
        try:
            return msgspec.json.decode(facts, type=Draft)
        except msgspec.MsgspecError:
            return None

    def discard(self, page: str) -> None:
        """Forget the clerk's draft of a page."""
        clerk_id = self._session.require().clerk.id
        with self._desk.transaction() as connection:
            discard_draft(connection, clerk_id, page)


def discard_draft(connection: Connection, clerk_id: str, page: str) -> None:
    """Forget a draft inside the transaction that makes it superfluous."""
    connection.execute(delete(local.draft).where(local.draft.c.clerk_id == clerk_id, local.draft.c.page == page))
