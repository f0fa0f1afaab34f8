"""``person``: known people of this desk, likely doubles, merging and undoing it."""

import argparse
from typing import Any

import msgspec

from counter_app.bootstrap import OpenCounter
from counter_app.cli.output import Output, iso
from counter_app.domain.person import Party
from counter_app.services.answers.people import DoublePair, PersonRow, PersonView
from counter_app.services.people import People

_NOT_TOLD = frozenset({"sources", "card_text"})


def manage_people(made: OpenCounter, options: argparse.Namespace, output: Output) -> None:
    """Do one of ``list``, ``show``, ``merge``, ``split``.

    Raises:
        UserError: ``person.*``, ``dossier.unknown_code``; nothing was changed.
    """
    people = made.counter.people
    match options.action:
        case "list" if options.doubles:
            pairs = people.list_doubles(limit=options.limit)
            lines = [_pair_line(pair, output) for pair in pairs]
            output.answer([_pair(pair) for pair in pairs], *(lines or [output.words("cli.nothing_found")]))
        case "list":
            rows = _list(people, " ".join(options.words), options.limit)
            lines = [_line(row) for row in rows]
            output.answer([_row(row) for row in rows], *(lines or [output.words("cli.nothing_found")]))
        case "show":
            _answer(people.get_person(options.person), output)
        case "merge":
            _answer(people.merge(options.keep, options.other, reason=options.reason), output)
        case _:
            views = people.split(options.keep, options.other, reason=options.reason)
            output.answer([_view(view, output) for view in views], *(_line(view.person) for view in views))


def _list(people: People, words: str, limit: int) -> list[PersonRow]:
    found: list[PersonRow] = []
    place = None
    while len(found) < limit:
        rows, place = people.list_people(words, after=place, limit=min(500, limit - len(found)))
        found += rows
        if place is None:
            break
    return found


def _answer(view: PersonView, output: Output) -> None:
    lines = [_line(view.person), *(f"{one.row.code}  {one.row.procedure_name}" for one in view.dossiers)]
    output.answer(_view(view, output), *lines)


def _line(row: PersonRow) -> str:
    party = row.party
    parts = (party.full_name, party.id_number or party.tax_code, party.birth_year, party.phone)
    return "  ".join(str(part) for part in parts if part)


def _pair_line(pair: DoublePair, output: Output) -> str:
    reasons = ", ".join(output.words(f"person.double.{reason.value}") for reason in pair.reasons)
    return f"{_line(pair.first)}  |  {_line(pair.second)}  ({reasons})"


def _party(party: Party) -> dict[str, Any]:
    facts: dict[str, Any] = msgspec.to_builtins(msgspec.structs.asdict(party))
    return {name: value for name, value in facts.items() if name not in _NOT_TOLD}


def _row(row: PersonRow) -> dict[str, Any]:
    return {"key": row.key, **_party(row.party), "dossiers": row.dossier_count, "merged": row.merged_count}


def _pair(pair: DoublePair) -> dict[str, Any]:
    reasons = [reason.value for reason in pair.reasons]
    return {"first": _row(pair.first), "second": _row(pair.second), "reasons": reasons}


def _view(view: PersonView, output: Output) -> dict[str, Any]:
    return {
        **_row(view.person),
        "dossiers": [
            {
                "code": one.row.code,
                "role": one.role.value,
                "procedure_name": one.row.procedure_name,
                **output.status(one.row.status),
                "received_at": iso(one.row.received_at),
            }
            for one in view.dossiers
        ],
        "members": [
            {
                "key": one.key,
                **_party(one.party),
                "dossiers": one.dossier_count,
                "merged_into": one.merged_into,
            }
            for one in view.members
        ],
        "history": [
            {
                "at": iso(one.at),
                "clerk": one.clerk_name,
                "kind": "person.merged" if one.is_merge else "person.split",
                "kept": one.kept,
                "other": one.other,
                "reason": one.reason,
            }
            for one in view.links
        ],
        "doubles": [{**_row(one.person), "reasons": [reason.value for reason in one.reasons]} for one in view.doubles],
    }
