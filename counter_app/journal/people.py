"""Known people: what a dossier's parties, corrections, merges and splits mean in rows.

A person's row follows from its dossiers alone (`person.learn`, oldest first), so that dossiers may be read one by one,
thousands at once, or again after a correction, and give the same.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, or_, select, update

from counter_app.core.text import fold
from counter_app.domain.dossier import Dossier, parties_of
from counter_app.domain.person import Party, PartyRole, key_of, learn, order_key
from counter_app.journal.dossier_states import STATE_COLUMNS, state_of
from counter_app.journal.statements import put_rows
from counter_app.store.tables import dossiers, people

_encode = msgspec.json.Encoder(order="deterministic").encode
_party = msgspec.json.Decoder(Party)
_PERSON = people.person.c
_MEMBER = people.person_dossier.c
_LINK = people.person_link.c
_SOME = 500
_PEOPLE, _MEMBERS = people.person.name, people.person_dossier.name

# Made once: building a statement costs as much as running it.
_KNOWN = select(people.person).where(_PERSON.key.in_(bindparam("keys", expanding=True)))
_DOSSIERS_OF = (
    STATE_COLUMNS.add_columns(_MEMBER.role)
    .join(people.person_dossier, _MEMBER.dossier_row == dossiers.dossier.c.row)
    .where(_MEMBER.person_key == bindparam("wanted"))
    .order_by(_MEMBER.dossier_row, _MEMBER.role)
)
_FORGET_MEMBERS = delete(people.person_dossier).where(_MEMBER.dossier_row == bindparam("old_row"))
_FORGET = delete(people.person).where(_PERSON.key == bindparam("gone"))


def keys_of(dossier: Dossier) -> dict[PartyRole, str]:
    """Return the key of each person that a dossier names."""
    return {role: key_of(party, f"dossier:{dossier.id}:{role.value}") for role, party in parties_of(dossier).items()}


class People:
    """Collects the people of new dossiers and writes them together. One transaction, one thread."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: list[tuple[int, PartyRole, str, Party]] = []

    def meet(self, row: int, dossier: Dossier) -> None:
        """Take the people of a new dossier; rows come in the order in which they grow."""
        parties = parties_of(dossier)
        self._waiting += [(row, role, key, parties[role]) for role, key in keys_of(dossier).items()]

    def forget(self) -> None:
        """Take back who was met since the last writing."""
        self._waiting.clear()

    def write(self) -> None:
        """Write the people that were met; their dossiers are written already."""
        if not self._waiting:
            return
        known: dict[str, _Person] = {}
        keys = list({key for _row, _role, key, _party in self._waiting})
        for start in range(0, len(keys), _SOME):
            rows = self._connection.execute(_KNOWN, {"keys": keys[start : start + _SOME]}).mappings()
            known |= {row["key"]: _Person(row["key"], row) for row in rows}
        for row, _role, key, party in self._waiting:
            known.setdefault(key, _Person(key)).meet(row, party)
        members = [
            {"dossier_row": row, "role": role.value, "person_key": key} for row, role, key, _party in self._waiting
        ]
        self._waiting.clear()
        put_rows(self._connection, _MEMBERS, members, replaces=False)
        put_rows(self._connection, _PEOPLE, [person.columns() for person in known.values()], replaces=True)

    def meet_again(self, row: int, before: Dossier, after: Dossier) -> None:
        """Let a corrected dossier, already written, name other people, or say something else of them."""
        old, new = keys_of(before), keys_of(after)
        self._connection.execute(_FORGET_MEMBERS, {"old_row": row})
        members = [{"dossier_row": row, "role": role.value, "person_key": key} for role, key in new.items()]
        put_rows(self._connection, _MEMBERS, members, replaces=False)
        for key in sorted({*old.values(), *new.values()}):
            self._learn_anew(key)

    def merge(self, kept: str, other: str) -> None:
        """Show one person under another from now on."""
        root = self._connection.execute(select(_PERSON.root).where(_PERSON.key == kept)).scalar()
        if root is None or other in self._above(kept):
            return
        self._connection.execute(update(people.person).where(_PERSON.key == other).values(merged_into=kept))
        self._root(other, root)

    def split(self, kept: str, other: str) -> None:
        """Undo a merge: everybody who came along with the other goes along with it again."""
        parted = update(people.person).where(_PERSON.key == other, _PERSON.merged_into == kept)
        if self._connection.execute(parted.values(merged_into=None)).rowcount:
            self._root(other, other)
            for key in (kept, other):
                self._forget_empty(key)

    def _above(self, key: str) -> list[str]:
        """Return a person and those under whom it is shown, one above the other."""
        above: list[str] = []
        following: str | None = key
        while following is not None and following not in above:
            above.append(following)
            following = self._connection.execute(select(_PERSON.merged_into).where(_PERSON.key == following)).scalar()
        return above

    def _root(self, key: str, root: str) -> None:
        keys: list[str] = []
        following = [key]
        while following:
            keys += following
            beneath = select(_PERSON.key).where(_PERSON.merged_into.in_(following))
            following = [found for found in self._connection.execute(beneath).scalars() if found not in keys]
        self._connection.execute(update(people.person).where(_PERSON.key.in_(keys)).values(root=root))

    def _learn_anew(self, key: str) -> None:
        present = self._connection.execute(_KNOWN, {"keys": [key]}).mappings().one_or_none()
        links = {name: present[name] for name in ("merged_into", "root")} if present is not None else {}
        person = _Person(key)
        for row in self._connection.execute(_DOSSIERS_OF, {"wanted": key}):
            dossier, _state = state_of(row)
            person.meet(row.row, parties_of(dossier)[PartyRole(row.role)])
        if person.dossier_count:
            put_rows(self._connection, _PEOPLE, [person.columns() | links], replaces=True)
        elif present is not None:
            emptied = dict(present) | {"latest_row": 0, "dossier_count": 0}
            put_rows(self._connection, _PEOPLE, [emptied], replaces=True)
            self._forget_empty(key)

    def _forget_empty(self, key: str) -> None:
        """Nobody is left under a key: it goes, unless others are shown under it or it under another."""
        row = self._connection.execute(_KNOWN, {"keys": [key]}).mappings().one_or_none()
        if row is None or row["dossier_count"] or row["merged_into"] is not None:
            return
        beneath = select(_PERSON.key).where(_PERSON.merged_into == key).limit(1)
        if self._connection.execute(beneath).scalar() is None:
            self._connection.execute(_FORGET, {"gone": key})


class _Person:
    """What is known of a person while dossiers are read; its row is made once, when all of them are."""

    def __init__(self, key: str, row: Mapping[Any, Any] | None = None) -> None:
        self._key = key
        self._facts: Party | None = _party.decode(row["facts"]) if row is not None else None
        self._latest_row: int | None = row["latest_row"] if row is not None else None
        self.dossier_count: int = row["dossier_count"] if row is not None else 0
        self._merged_into: str | None = row["merged_into"] if row is not None else None
        self._root: str = row["root"] if row is not None else key

    def meet(self, row: int, party: Party) -> None:
        """Take what a dossier says."""
        self._facts = learn(self._facts, party)
        self.dossier_count += self._latest_row != row
        self._latest_row = row

    def columns(self) -> dict[str, Any]:
        """Return the row of whoever was met."""
        facts = self._facts
        assert facts is not None  # noqa: S101 - nobody is read without having been met
        return {
            "key": self._key,
            "folded_name": fold(facts.full_name),
            "order_key": order_key(facts),
            "birth_year": facts.birth_year,
            "old_id_number": facts.old_id_number,
            "facts": _encode(facts),
            "latest_row": self._latest_row,
            "dossier_count": self.dossier_count,
            "merged_into": self._merged_into,
            "root": self._root,
        }


def link_columns(position: int, *, at: int, clerk: str, kept: str, other: str, is_merge: bool, reason: str) -> Any:
    """Return the row that keeps a merge or a split readable."""
    return {
        "position": position,
        "at": at,
        "clerk": clerk,
        "kept": kept,
        "other": other,
        "is_merge": int(is_merge),
        "reason": reason,
    }


def links_about(keys: Iterable[str]) -> Any:
    """Return the query for every merge and split of these people, in order."""
    wanted = list(keys)
    about = or_(_LINK.kept.in_(wanted), _LINK.other.in_(wanted))
    return select(people.person_link).where(about).order_by(_LINK.position)
