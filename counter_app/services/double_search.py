"""Looking for known people who may be one, without comparing everybody who shares a name with everybody else."""

from collections import defaultdict
from collections.abc import Hashable, Iterator
from itertools import combinations, groupby
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, func, select

from counter_app.domain.person import PartyKind, near_number_marks
from counter_app.store.tables import people

_PERSON = people.person.c
_AT_ONCE = 1_000
_PERSONAL_DIGITS = 12

Pair = tuple[str, str]


class _Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Of what is known, only what pairs are found by."""

    kind: PartyKind = PartyKind.PERSON
    id_number: str = ""
    phone: str = ""

    @property
    def has_personal_number(self) -> bool:
        return self.kind is PartyKind.PERSON and len(self.id_number) == _PERSONAL_DIGITS


class _Namesake(NamedTuple):
    root: str
    birth_year: int | None
    facts: _Facts


_facts = msgspec.json.Decoder(_Facts)


def iter_candidate_pairs(connection: Connection) -> Iterator[Pair]:
    """Yield the roots of pairs that may be one, each once, those of old and new numbers first.

    Every pair for which `find_double_reasons` has a reason is among them, and few others are.
    """
    seen: set[Pair] = set()
    for one, other in _iter_all(connection):
        pair = (one, other) if one < other else (other, one)
        if one != other and pair not in seen:
            seen.add(pair)
            yield pair


def _iter_all(connection: Connection) -> Iterator[Pair]:
    old, new = people.person.alias("old"), people.person.alias("new")
    renewed = select(old.c.root, new.c.root.label("new_root")).where(
        new.c.old_id_number != "", old.c.key == "id:" + new.c.old_id_number, old.c.root != new.c.root
    )
    for row in connection.execute(renewed.execution_options(yield_per=_AT_ONCE)):
        yield row.root, row.new_root
    for namesakes in _iter_namesakes(connection):
        yield from _near_numbers(namesakes)
        yield from _without_number(namesakes)


def _iter_namesakes(connection: Connection) -> Iterator[list[_Namesake]]:
    """Yield the people of one name together, where there is more than one."""
    shared = select(_PERSON.folded_name).where(_PERSON.folded_name != "").group_by(_PERSON.folded_name)
    query = select(_PERSON.folded_name, _PERSON.root, _PERSON.birth_year, _PERSON.facts).where(
        _PERSON.folded_name.in_(shared.having(func.count() > 1))
    )
    ordered = query.order_by(_PERSON.folded_name, _PERSON.birth_year, _PERSON.key)
    rows = connection.execute(ordered.execution_options(yield_per=_AT_ONCE))
    for _name, found in groupby(rows, key=lambda row: row.folded_name):
        yield [_Namesake(row.root, row.birth_year, _facts.decode(row.facts)) for row in found]


def _near_numbers(namesakes: list[_Namesake]) -> Iterator[Pair]:
    alike: defaultdict[Hashable, list[str]] = defaultdict(list)
    for one in namesakes:
        if one.facts.has_personal_number and one.birth_year is not None:
            for mark in near_number_marks(one.facts.id_number):
                alike[one.birth_year, mark].append(one.root)
    for roots in alike.values():
        yield from combinations(roots, 2)


def _without_number(namesakes: list[_Namesake]) -> Iterator[Pair]:
    """Yield who shares year, telephone or kind of organisation with somebody whose number says nothing else."""
    alike: defaultdict[Hashable, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for one in namesakes:
        for mark in _marks_without_number(one):
            alike[mark][one.facts.has_personal_number].append(one.root)
    for unnumbered, numbered in alike.values():
        yield from combinations(unnumbered, 2)
        yield from ((one, other) for one in unnumbered for other in numbered)


def _marks_without_number(one: _Namesake) -> Iterator[Hashable]:
    if one.facts.kind is PartyKind.ORGANISATION:
        yield PartyKind.ORGANISATION
        return
    if one.birth_year is not None:
        yield "year", one.birth_year
    if one.facts.phone:
        yield "phone", one.facts.phone
