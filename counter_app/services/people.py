"""Known people of this desk: their dossiers together, likely doubles, merging and undoing it."""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, select, tuple_

from counter_app.core.changes import Topic
from counter_app.core.clock import from_millis
from counter_app.core.errors import UserError
from counter_app.core.text import fold, nfc
from counter_app.domain.dossier_code import looks_like_dossier_code
from counter_app.domain.person import PartyRole, find_double_reasons
from counter_app.domain.stated import LONGEST_TEXT
from counter_app.domain.unit import Role
from counter_app.journal.dossier_states import get_dossier_row, state_of
from counter_app.journal.entries import PersonMerged, PersonSplit
from counter_app.journal.people import keys_of, links_about
from counter_app.services.answers.people import (
    DoublePair,
    PersonDossier,
    PersonDouble,
    PersonLink,
    PersonMember,
    PersonPlace,
    PersonRow,
    PersonView,
)
from counter_app.services.double_search import iter_candidate_pairs
from counter_app.services.lookup import Lookup
from counter_app.services.open_desk import OpenDesk
from counter_app.services.paper_subjects import normalise_codes
from counter_app.services.person_rows import (
    find_root,
    join,
    keys_of_number,
    list_members,
    list_people,
    party_of,
)
from counter_app.services.search import Search
from counter_app.services.session import Session
from counter_app.store.tables import dossiers, organisation, people

_PERSON = people.person.c
_MEMBER = people.person_dossier.c
# A fragment that fits more than this is answered from so many: no keystroke waits for a whole table.
_MOST_MATCHES = 500
_MOST_DOSSIERS = 200
_FEWEST_DIGITS = 3
_PAIRS_AT_ONCE = 200


class People:
    """The use case of the people page and of ``counter-app person``. Safe from any thread."""

    def __init__(self, desk: OpenDesk, session: Session, lookup: Lookup, search: Search) -> None:
        self._desk = desk
        self._session = session
        self._lookup = lookup
        self._search = search

    def list_people(
        self, words: str = "", *, after: PersonPlace | None = None, limit: int = 200
    ) -> tuple[tuple[PersonRow, ...], PersonPlace | None]:
        """Return people in the Vietnamese order of names, and where the next page begins (None: nowhere).

        With words, those whose name, number or telephone they fit, as far as `limit` goes.
        """
        with self._desk.store.reading() as connection:
            if words.strip():
                return list_people(connection, self._find_roots(connection, words)[:limit]), None
            query = select(_PERSON.key, _PERSON.order_key).where(_PERSON.merged_into.is_(None))
            if after is not None:
                query = query.where(tuple_(_PERSON.order_key, _PERSON.key) > tuple_(after.order_key, after.key))
            found = connection.execute(query.order_by(_PERSON.order_key, _PERSON.key).limit(limit)).all()
            rows = list_people(connection, [row.key for row in found])
        last = found[-1] if len(found) == limit else None
        return rows, PersonPlace(last.order_key, last.key) if last is not None else None

    def list_doubles(self, *, limit: int = 100) -> tuple[DoublePair, ...]:
        """Return pairs of people who may be one, those of old and new numbers first."""
        with self._desk.store.reading() as connection:
            return tuple(islice(_iter_doubles(connection), limit))

    def get_person(self, text: str) -> PersonView:
        """Return a person by key, identity number, tax code, or the code of a dossier whose applicant it is.

        Raises:
            UserError: ``person.unknown``, ``dossier.unknown_code``.
        """
        with self._desk.store.reading() as connection:
            root = self._get_root(connection, text)
            members = list_members(connection, [root])[root]
            keys = [member.key for member in members]
            return PersonView(
                person=join(root, members),
                members=tuple(_member(member) for member in sorted(members, key=lambda one: one.key != root)),
                dossiers=self._dossiers(connection, keys),
                links=tuple(_links(connection, keys)),
                doubles=tuple(_doubles(connection, root, members)),
            )

    def merge(self, keep: str, other: str, *, reason: str) -> PersonView:
        """Show two people as one from now on; both stay as they are in the journal. Return the one that is kept.

        Raises:
            UserError: ``person.not_allowed`` unless a head asks, ``person.reason_missing``, ``person.unknown``,
                ``person.same``; nothing was changed.
        """
        clerk, reason = self._require_head(reason)
        with self._desk.transaction() as connection:
            kept, joined = self._get_root(connection, keep), self._get_root(connection, other)
            if kept == joined:
                raise UserError("person.same")
            body = PersonMerged(kept=kept, other=joined, reason=reason)
            self._desk.journal.append(connection, body, clerk=clerk, subject=_subject_of(kept))
        self._desk.announcer.announce(Topic.DOSSIERS)
        return self.get_person(kept)

    def split(self, keep: str, other: str, *, reason: str) -> tuple[PersonView, ...]:
        """Undo a merge, with everybody who came along with the other.

        Return both, the one that was kept first; whom corrections left without any dossier is gone then.

        Raises:
            UserError: ``person.not_allowed``, ``person.reason_missing``, ``person.unknown``, ``person.not_merged`` when
                the other was not merged into the one that was kept; nothing was changed.
        """
        clerk, reason = self._require_head(reason)
        with self._desk.transaction() as connection:
            kept, parted = self._get_key(connection, keep), self._get_key(connection, other)
            into = connection.execute(select(_PERSON.merged_into).where(_PERSON.key == parted)).scalar()
            if into is None or into not in (kept, find_root(connection, [kept])):
                raise UserError("person.not_merged")
            body = PersonSplit(kept=into, other=parted, reason=reason)
            self._desk.journal.append(connection, body, clerk=clerk, subject=_subject_of(into))
        self._desk.announcer.announce(Topic.DOSSIERS)
        with self._desk.store.reading() as connection:
            roots = [root for key in (into, parted) if (root := find_root(connection, [key])) is not None]
        return tuple(self.get_person(root) for root in roots)

    def _require_head(self, reason: str) -> tuple[str, str]:
        signed_in = self._session.require()
        if signed_in.clerk.role is Role.CLERK:
            raise UserError("person.not_allowed")
        stated = nfc(reason)
        if not stated:
            raise UserError("person.reason_missing")
        if len(stated) > LONGEST_TEXT:
            raise UserError("stated.too_long", field="reason", most=LONGEST_TEXT)
        return signed_in.clerk.id, stated

    def _get_root(self, connection: Connection, text: str) -> str:
        root = find_root(connection, [self._get_key(connection, text)])
        if root is None:
            raise UserError("person.unknown")
        return root

    def _get_key(self, connection: Connection, text: str) -> str:
        stated = text.strip()
        keys = [stated, *keys_of_number("".join(stated.split()))]
        if looks_like_dossier_code(stated):
            (code,) = normalise_codes([stated])
            dossier, _state = state_of(get_dossier_row(connection, code))
            keys = [keys_of(dossier)[PartyRole.APPLICANT]]
        known = set(connection.execute(select(_PERSON.key).where(_PERSON.key.in_(keys))).scalars())
        key = next((key for key in keys if key in known), None)
        if key is None:
            raise UserError("person.unknown")
        return key

    def _dossiers(self, connection: Connection, keys: Sequence[str]) -> tuple[PersonDossier, ...]:
        query = select(_MEMBER.dossier_row, _MEMBER.role).where(_MEMBER.person_key.in_(keys))
        newest = query.order_by(_MEMBER.dossier_row.desc(), _MEMBER.role).limit(_MOST_DOSSIERS)
        roles: dict[int, PartyRole] = {}
        for row in connection.execute(newest):
            roles.setdefault(row.dossier_row, PartyRole(row.role))
        rows = self._lookup.read_rows(connection, roles)
        return tuple(PersonDossier(row=found, role=roles[number]) for number, found in rows.items())

    def _find_roots(self, connection: Connection, words: str) -> list[str]:
        digits = "".join(char for char in words if char not in " .-")
        if digits.isascii() and digits.isdigit():
            found = self._roots_by_digits(connection, digits) if len(digits) >= _FEWEST_DIGITS else []
        else:
            found = self._roots_by_name(connection, fold(words))
        return list(dict.fromkeys(found))

    def _roots_by_digits(self, connection: Connection, digits: str) -> list[str]:
        called = [row.root for row in self._named_in(connection, digits) if party_of(row).phone.endswith(digits)]
        return [*_roots_by_number(connection, digits), *called]

    def _roots_by_name(self, connection: Connection, folded: str) -> list[str]:
        begins = select(people.person).where(_PERSON.folded_name >= folded, _PERSON.folded_name < f"{folded}\U0010ffff")
        found = list(connection.execute(begins.order_by(_PERSON.folded_name).limit(_MOST_MATCHES)))
        found += self._named_in(connection, folded)
        fitting = [row for row in found if _fits(row.folded_name, folded)]
        return [row.root for row in sorted(fitting, key=lambda row: row.order_key)]

    def _named_in(self, connection: Connection, words: str) -> list[Row[Any]]:
        """Return the people of the newest dossiers that the search box would find."""
        ids = [row.id for row in self._search.find(words, limit=_MOST_MATCHES)]
        named = (
            select(people.person)
            .join(people.person_dossier, _MEMBER.person_key == _PERSON.key)
            .join(dossiers.dossier, dossiers.dossier.c.row == _MEMBER.dossier_row)
        )
        return list(connection.execute(named.where(dossiers.dossier.c.id.in_(ids))))


def _fits(folded_name: str, folded: str) -> bool:
    parts = folded_name.split()
    return all(any(part.startswith(word) for part in parts) for word in folded.split())


def _roots_by_number(connection: Connection, digits: str) -> list[str]:
    found: list[str] = []
    for start in keys_of_number(digits):
        begins = select(_PERSON.root).where(_PERSON.key >= start, _PERSON.key < f"{start}\U0010ffff")
        found += connection.execute(begins.limit(_MOST_MATCHES)).scalars()
    old = select(_PERSON.root).where(_PERSON.old_id_number == digits).limit(_MOST_MATCHES)
    return [*found, *connection.execute(old).scalars()]


def _subject_of(key: str) -> str:
    """A key may hold somebody's number; the head of an entry names its subject without saying it."""
    return f"person:{hashlib.sha256(key.encode()).hexdigest()[:16]}"


def _member(row: Row[Any]) -> PersonMember:
    return PersonMember(key=row.key, party=party_of(row), dossier_count=row.dossier_count, merged_into=row.merged_into)


def _links(connection: Connection, keys: Sequence[str]) -> Iterator[PersonLink]:
    clerk = organisation.clerk.c
    names = {row.id: row.full_name for row in connection.execute(select(clerk.id, clerk.full_name))}
    for row in connection.execute(links_about(keys)):
        yield PersonLink(
            at=from_millis(row.at),
            clerk_name=names.get(row.clerk, ""),
            kept=row.kept,
            other=row.other,
            is_merge=bool(row.is_merge),
            reason=row.reason,
        )


def _iter_doubles(connection: Connection) -> Iterator[DoublePair]:
    candidates = iter_candidate_pairs(connection)
    while pairs := list(islice(candidates, _PAIRS_AT_ONCE)):
        members = list_members(connection, {root for pair in pairs for root in pair})
        rows = {root: join(root, found) for root, found in members.items() if found}
        for one, other in pairs:
            reasons = find_double_reasons(rows[one].party, rows[other].party)
            if reasons:
                yield DoublePair(first=rows[one], second=rows[other], reasons=reasons)


def _doubles(connection: Connection, root: str, members: Sequence[Row[Any]]) -> Iterator[PersonDouble]:
    """Everybody is compared under their own key, so that one wrong merge hides no double."""
    found: dict[str, None] = {}
    for member in members:
        party = party_of(member)
        same_name = select(_PERSON.root).where(_PERSON.folded_name == member.folded_name)
        old = select(_PERSON.root).where(_PERSON.old_id_number == party.id_number)
        new = select(_PERSON.root).where(_PERSON.key == f"id:{party.old_id_number}")
        for query, is_asked in ((same_name, bool(party.full_name)), (old, bool(party.id_number)), (new, True)):
            if is_asked:
                found |= dict.fromkeys(connection.execute(query.limit(_MOST_MATCHES)).scalars())
    others = [key for key in found if key != root]
    mine = [party_of(member) for member in members]
    for other, theirs in list_members(connection, others).items():
        pairs = ((one, party_of(two)) for one in mine for two in theirs)
        reasons = dict.fromkeys(reason for one, two in pairs for reason in find_double_reasons(one, two))
        if reasons:
            yield PersonDouble(person=join(other, theirs), reasons=tuple(reasons))
