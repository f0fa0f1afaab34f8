"""Correcting what was written at the intake, field by field; every earlier value stays in the journal.

A field is named as it stands in commands and entries (`applicant.phone`), its value is text: ISO dates, whole numbers,
the value of a choice, "" for nothing. What has an action of its own (status, due date), and what stands on paper as
the dossier's identity (code, procedure, time of receipt), is not corrected here.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import msgspec

from counter_app.core.errors import UserError
from counter_app.domain.dossier import Dossier, Paper, ResultChannel, Status
from counter_app.domain.person import FieldSource, Party, PartyKind, Sex
from counter_app.domain.unit import Role

replace = msgspec.structs.replace

PARTY_FIELDS = (
    "kind",
    "full_name",
    "id_number",
    "old_id_number",
    "tax_code",
    "birth_on",
    "birth_year",
    "sex",
    "address",
    "phone",
    "email",
    "id_issued_on",
    "card_text",
    "current_place",
)
_OWN_FIELDS = ("authorisation", "result_channel", "delivery_address", "note")

FIELDS = (
    *(f"applicant.{name}" for name in PARTY_FIELDS),
    *(f"submitter.{name}" for name in PARTY_FIELDS),
    *_OWN_FIELDS,
)
"""Every field that may be corrected, beside the papers handed in."""

SILENT_FIELDS = frozenset({"applicant.card_text", "submitter.card_text"})
"""What comes along with a card and is no fact that anybody reads."""


class FieldChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One field before and after. `source` says where the value after comes from."""

    field: str
    before: str = ""
    after: str = ""
    source: FieldSource = FieldSource.TYPED


class PaperChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the checklist before and after; without `before` the line is new, without `after` it goes."""

    before: Paper | None = None
    after: Paper | None = None

    @property
    def name(self) -> str:
        """The paper's name."""
        line = self.after or self.before
        return line.name if line is not None else ""


class Correction(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is corrected at once, and why."""

    reason: str
    fields: tuple[FieldChange, ...] = ()
    papers: tuple[PaperChange, ...] = ()


class CorrectableFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The facts of a dossier that a desk may correct."""

    applicant: Party
    submitter: Party | None = None
    authorisation: str = ""
    papers: tuple[Paper, ...] = ()
    result_channel: ResultChannel = ResultChannel.DESK
    delivery_address: str = ""
    note: str = ""


def facts_of(dossier: Dossier) -> CorrectableFacts:
    """Return what of a dossier may be corrected."""
    return CorrectableFacts(**{name: getattr(dossier, name) for name in CorrectableFacts.__struct_fields__})


def with_facts(dossier: Dossier, facts: CorrectableFacts) -> Dossier:
    """Return the dossier with these facts in place of its own."""
    return replace(dossier, **{name: getattr(facts, name) for name in CorrectableFacts.__struct_fields__})


def texts_of(facts: CorrectableFacts) -> dict[str, str]:
    """Return every correctable field as text."""
    parties = {"applicant": facts.applicant, "submitter": facts.submitter}
    texts = {
        f"{role}.{name}": _written(getattr(party, name)) if party is not None else ""
        for role, party in parties.items()
        for name in PARTY_FIELDS
    }
    return texts | {name: _written(getattr(facts, name)) for name in _OWN_FIELDS}


def list_changes(before: CorrectableFacts, after: CorrectableFacts, *, reason: str) -> Correction:
    """Return the correction that leads from one to the other, with the fields in their order."""
    old, new = texts_of(before), texts_of(after)
    fields = tuple(
        FieldChange(field=name, before=old[name], after=new[name], source=_source_of(after, name))
        for name in FIELDS
        if old[name] != new[name]
    )
    return Correction(reason=reason, fields=fields, papers=_paper_changes(before.papers, after.papers))


def apply_correction(facts: CorrectableFacts, correction: Correction) -> CorrectableFacts:
    """Return the facts after a correction. Pure and total: the same entry gives the same facts at every desk.

    What no such field can have (`check_correction`) leaves the field as it is.
    """
    texts = texts_of(facts)
    sources = {}
    for change in correction.fields:
        if change.field in texts and _can_have(change.field, change.after):
            texts[change.field] = change.after
            sources[change.field] = change.source
    has_submitter = any(texts[f"submitter.{name}"] for name in PARTY_FIELDS if name != "kind")
    return CorrectableFacts(
        applicant=_party(facts.applicant, "applicant", texts, sources),
        submitter=_party(facts.submitter or Party(), "submitter", texts, sources) if has_submitter else None,
        authorisation=texts["authorisation"],
        papers=_corrected_papers(facts.papers, correction.papers),
        result_channel=ResultChannel(texts["result_channel"]),
        delivery_address=texts["delivery_address"],
        note=texts["note"],
    )


def check_correction(correction: Correction) -> None:
    """Return if every field of a correction is one that may be corrected and can have its new value.

    Raises:
        UserError: ``correction.unknown_field``, ``correction.bad_value``.
    """
    for change in correction.fields:
        if change.field not in FIELDS:
            raise UserError("correction.unknown_field", field=change.field[:60])
        if not _can_have(change.field, change.after):
            raise UserError("correction.bad_value", field=change.field)


def find_outdated(facts: CorrectableFacts, correction: Correction) -> tuple[str, ...]:
    """Return the fields, and the names of papers, whose value before is no longer the one the correction speaks of."""
    texts = texts_of(facts)
    fields = [change.field for change in correction.fields if texts.get(change.field, "") != change.before]
    papers = [change.name for change in correction.papers if not _still_holds(facts.papers, change)]
    return (*fields, *papers)


def check_may_correct(status: Status, role: Role) -> None:
    """Return if somebody of this role may correct a dossier in this status.

    Raises:
        UserError: ``correction.returned``: once there is a result only a head may: who is named
            as its owner gets it without authorisation.
    """
    if status in (Status.RESOLVED, Status.RETURNED) and role is Role.CLERK:
        raise UserError("correction.returned")


def _written(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)


def _party(party: Party, role: str, texts: dict[str, str], sources: dict[str, FieldSource]) -> Party:
    given = {name: texts[f"{role}.{name}"] for name in PARTY_FIELDS}
    read: dict[str, Any] = {
        name: _value_of(name, text) if text != _written(getattr(party, name)) else getattr(party, name)
        for name, text in given.items()
    }
    read |= {name: None for name in ("birth_on", "birth_year", "sex", "id_issued_on") if not given[name]}
    read["kind"] = read["kind"] or PartyKind.PERSON
    corrected = {field.partition(".")[2]: source for field, source in sources.items() if field.startswith(f"{role}.")}
    known = {**party.sources, **corrected}
    kept = {name: source for name, source in known.items() if read.get(name)}
    return replace(party, sources=kept, **read)


def _value_of(name: str, text: str) -> Any:
    return _READERS[name](text) if name in _READERS and text else text


def _read_year(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text):
        raise ValueError(text)
    return int(text)


_READERS: dict[str, Callable[[str], Any]] = {
    "kind": PartyKind,
    "birth_on": date.fromisoformat,
    "birth_year": _read_year,
    "sex": Sex,
    "id_issued_on": date.fromisoformat,
}


def _can_have(field: str, text: str) -> bool:
    name = field.rpartition(".")[2]
    reader = ResultChannel if field == "result_channel" else _READERS.get(name) if text else None
    try:
        return reader is None or reader(text) is not None
    except ValueError:
        return False


def _source_of(facts: CorrectableFacts, field: str) -> FieldSource:
    role, _, name = field.partition(".")
    party = {"applicant": facts.applicant, "submitter": facts.submitter}.get(role)
    return party.sources.get(name, FieldSource.TYPED) if party is not None else FieldSource.TYPED


def _paper_changes(before: Iterable[Paper], after: Iterable[Paper]) -> tuple[PaperChange, ...]:
    old, new = _numbered(before), _numbered(after)
    changed = [PaperChange(before=old.get(key), after=paper) for key, paper in new.items() if old.get(key) != paper]
    gone = [PaperChange(before=paper) for key, paper in old.items() if key not in new]
    return (*changed, *gone)


def _numbered(papers: Iterable[Paper]) -> dict[tuple[str, str, int], Paper]:
    """Return papers by code and name; a checklist may name one paper twice."""
    lines: dict[tuple[str, str, int], Paper] = {}
    for paper in papers:
        number = sum(key[:2] == (paper.code, paper.name) for key in lines)
        lines[(paper.code, paper.name, number)] = paper
    return lines


def _corrected_papers(papers: tuple[Paper, ...], changes: tuple[PaperChange, ...]) -> tuple[Paper, ...]:
    lines = list(papers)
    for change in changes:
        place = lines.index(change.before) if change.before in lines else len(lines)
        lines[place : place + 1] = [change.after] if change.after is not None else []
    return tuple(lines)


def _still_holds(papers: tuple[Paper, ...], change: PaperChange) -> bool:
    if change.before is not None:
        return change.before in papers
    return change.after is not None and (change.after.code, change.after.name) not in {
        (paper.code, paper.name) for paper in papers
    }
