"""What a clerk keeps for lists: filters under names of their own, and the columns. On this machine only."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from counter_app.core.errors import UserError
from counter_app.core.text import nfc, sort_key
from counter_app.services.answers.lists import USUAL_COLUMNS, DossierFilter, ListColumn, ListOrder, SavedView
from counter_app.services.open_desk import OpenDesk
from counter_app.services.session import Session
from counter_app.store.tables import local

LONGEST_NAME = 40
MOST_VIEWS = 30
_VIEW, _COLUMNS = "view", "columns"
_TABLE = local.kept_choice.c


class Views:
    """Saved views and columns of the signed-in clerk; everything raises ``session.nobody`` without one."""

    def __init__(self, desk: OpenDesk, session: Session) -> None:
        self._desk = desk
        self._session = session

    def list_views(self) -> tuple[SavedView, ...]:
        """Return the saved views in Vietnamese order; one that this program cannot read is left out."""
        query = select(_TABLE.facts).where(_TABLE.clerk_id == self._clerk_id, _TABLE.kind == _VIEW)
        with self._desk.store.reading() as connection:
            found = [_find_view(facts) for facts in connection.execute(query).scalars()]
        return tuple(sorted((view for view in found if view), key=lambda view: sort_key(view.name)))

    def get_view(self, name: str) -> SavedView:
        """Return a saved view.

        Raises:
            UserError: ``lists.unknown_view``.
        """
        wanted = nfc(name)
        found = next((view for view in self.list_views() if view.name == wanted), None)
        if found is None:
            raise UserError("lists.unknown_view", name=wanted[:LONGEST_NAME])
        return found

    def save_view(self, name: str, wanted: DossierFilter, order: ListOrder | None = None) -> SavedView:
        """Save a filter under a name, in place of the one that had it.

        Raises:
            UserError: ``lists.view_name_missing``, ``lists.view_name_long``, ``lists.too_many_views``.
        """
        view = SavedView(name=nfc(name), wanted=wanted, order=order)
        if not view.name:
            raise UserError("lists.view_name_missing")
        if len(view.name) > LONGEST_NAME:
            raise UserError("lists.view_name_long", most=LONGEST_NAME)
        with self._desk.transaction() as connection:
            if self._count_others(connection, view.name) >= MOST_VIEWS:
                raise UserError("lists.too_many_views", most=MOST_VIEWS)
            self._keep(connection, _VIEW, view.name, msgspec.json.encode(view))
        return view

    def remove_view(self, name: str) -> None:
        """Forget a saved view; the dossiers are not touched.

        Raises:
            UserError: ``lists.unknown_view``.
        """
        view = self.get_view(name)
        of_view = (_TABLE.clerk_id == self._clerk_id, _TABLE.kind == _VIEW, _TABLE.name == view.name)
        with self._desk.transaction() as connection:
            connection.execute(delete(local.kept_choice).where(*of_view))

    def list_columns(self) -> tuple[ListColumn, ...]:
        """Return the columns that the clerk chose, the usual ones before that."""
        query = select(_TABLE.facts).where(_TABLE.clerk_id == self._clerk_id, _TABLE.kind == _COLUMNS)
        with self._desk.store.reading() as connection:
            facts = connection.execute(query).scalar()
        known = {column.value: column for column in ListColumn}
        names = msgspec.json.decode(facts, type=list[str]) if facts else []
        return tuple(known[name] for name in names if name in known) or USUAL_COLUMNS

    def keep_columns(self, columns: Iterable[ListColumn]) -> tuple[ListColumn, ...]:
        """Keep these columns, in the order of `ListColumn`; none at all means the usual ones."""
        chosen = set(columns)
        kept = tuple(column for column in ListColumn if column in chosen)
        with self._desk.transaction() as connection:
            self._keep(connection, _COLUMNS, "", msgspec.json.encode(kept))
        return kept or USUAL_COLUMNS

    @property
    def _clerk_id(self) -> str:
        return self._session.require().clerk.id

    def _count_others(self, connection: Connection, name: str) -> int:
        others = (_TABLE.clerk_id == self._clerk_id, _TABLE.kind == _VIEW, _TABLE.name != name)
        return int(connection.execute(select(func.count()).where(*others)).scalar() or 0)

    def _keep(self, connection: Connection, kind: str, name: str, facts: bytes) -> None:
        statement = upsert(local.kept_choice).values(clerk_id=self._clerk_id, kind=kind, name=name, facts=facts)
        same = ["clerk_id", "kind", "name"]
        connection.execute(statement.on_conflict_do_update(index_elements=same, set_={"facts": facts}))


def _find_view(facts: bytes) -> SavedView | None:
    try:
        return msgspec.json.decode(facts, type=SavedView)
    except msgspec.MsgspecError:
        return None
