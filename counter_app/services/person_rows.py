"""Reading known people, alike for every service that shows a person's dossiers together."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, select, union

from counter_app.domain.dossier import Dossier
from counter_app.domain.person import Party, PartyRole, learn
from counter_app.journal.people import keys_of
from counter_app.services.answers.people import PersonRow
from counter_app.store.tables import dossiers, people

_PERSON = people.person.c
_MEMBER = people.person_dossier.c
_party = msgspec.json.Decoder(Party)


def keys_of_number(number: str) -> tuple[str, str]:
    """Return the keys under which a number, of a person or an organisation, may be known."""
    return f"id:{number.upper()}", f"tax:{number}"


def shown_with(keys: Sequence[str]) -> Select[tuple[str]]:
    """Return the query for everybody who is shown together with one of these keys, themselves included."""
    roots = select(_PERSON.root).where(_PERSON.key.in_(keys))
    return select(_PERSON.key).where(_PERSON.root.in_(roots))


def rows_of_number(number: str, *, role: PartyRole | None = None) -> Any:
    """Return the query for the dossiers that name somebody by this number, or somebody merged with them."""
    party = dossiers.dossier_party.c
    written = select(party.dossier_row).where(party.id_number == number)
    known = select(_MEMBER.dossier_row).where(_MEMBER.person_key.in_(shown_with(keys_of_number(number))))
    if role is not None:
        written, known = written.where(party.role == role.value), known.where(_MEMBER.role == role.value)
    return union(written, known)


def rows_related(dossier: Dossier) -> Select[tuple[int]]:
    """Return the query for the dossiers of the people that a dossier names, itself included."""
    return select(_MEMBER.dossier_row).where(_MEMBER.person_key.in_(shown_with(list(keys_of(dossier).values()))))


def find_root(connection: Connection, keys: Sequence[str]) -> str | None:
    """Return the key under which one of these is shown, None when none of them is known."""
    query = select(_PERSON.root).where(_PERSON.key.in_(keys)).order_by(_PERSON.latest_row.desc()).limit(1)
    return connection.execute(query).scalar()


def list_members(connection: Connection, roots: Iterable[str]) -> dict[str, list[Row[Any]]]:
    """Return everybody shown under each of these people, the oldest known first."""
    wanted = list(roots)
    query = select(people.person).where(_PERSON.root.in_(wanted)).order_by(_PERSON.latest_row, _PERSON.key)
    found: dict[str, list[Row[Any]]] = {root: [] for root in wanted}
    for row in connection.execute(query):
        found[row.root].append(row)
    return found


def party_of(row: Row[Any]) -> Party:
    """Return what is known under one key."""
    return _party.decode(row.facts)


def join(root: str, members: Sequence[Row[Any]]) -> PersonRow:
    """Return one line for everybody shown under a person: the newest word on each fact, all dossiers."""
    known: Party | None = None
    for member in members:
        known = learn(known, party_of(member))
    return PersonRow(
        key=root,
        party=known or Party(),
        dossier_count=sum(member.dossier_count for member in members),
        merged_count=len(members) - 1,
    )


def list_people(connection: Connection, roots: Sequence[str]) -> tuple[PersonRow, ...]:
    """Return a line for each of these people, in their order."""
    members = list_members(connection, roots)
    return tuple(join(root, members[root]) for root in roots if members[root])
