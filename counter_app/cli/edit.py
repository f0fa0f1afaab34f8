"""``edit``: putting facts of a dossier right from a JSON file, with the reason."""

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from counter_app.bootstrap import OpenCounter
from counter_app.cli.files import decode_json, read_json
from counter_app.cli.output import Output, iso
from counter_app.core.errors import UserError
from counter_app.core.text import fold, nfc
from counter_app.domain.correction import FIELDS, SILENT_FIELDS, CorrectableFacts, Correction, facts_of, texts_of
from counter_app.domain.dossier import Paper, ResultChannel
from counter_app.domain.person import FieldSource, Party, PartyKind, Sex
from counter_app.services.answers.dossiers import CorrectionLine

_LARGEST_FILE_BYTES = 1_000_000
_BAD_FILE = "correction.bad_file"
_Line = Annotated[str, Meta(max_length=300)]
_Paragraph = Annotated[str, Meta(max_length=2_000)]
_Copies = Annotated[int, Meta(ge=0, le=1_000)]
_RENAMED = {"birth_date": "birth_on", "issue_date": "id_issued_on"}


class _Person(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Only what is named is changed; an empty text or null takes the fact away."""

    kind: PartyKind | UnsetType = UNSET
    full_name: _Line | UnsetType = UNSET
    id_number: _Line | UnsetType = UNSET
    old_id_number: _Line | UnsetType = UNSET
    tax_code: _Line | UnsetType = UNSET
    birth_date: date | UnsetType | None = UNSET
    birth_year: Annotated[int, Meta(ge=1800, le=2200)] | UnsetType | None = UNSET
    sex: Sex | UnsetType | None = UNSET
    address: _Line | UnsetType = UNSET
    phone: _Line | UnsetType = UNSET
    email: _Line | UnsetType = UNSET
    issue_date: date | UnsetType | None = UNSET

    def onto(self, party: Party) -> Party:
        """Return the party with what is named here."""
        named = {_RENAMED.get(name, name): getattr(self, name) for name in self.__struct_fields__}
        said = {name: value for name, value in named.items() if value is not UNSET}
        if said.get("birth_on") and "birth_year" not in said:
            said["birth_year"] = said["birth_on"].year
        return msgspec.structs.replace(
            party, sources={**party.sources, **dict.fromkeys(said, FieldSource.FILE)}, **said
        )


class _Component(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: _Paragraph = ""
    code: _Paragraph = ""
    original: _Copies | UnsetType = UNSET
    certified: _Copies | UnsetType = UNSET
    copy: _Copies | UnsetType = UNSET
    note: _Paragraph | UnsetType = UNSET

    def is_of(self, paper: Paper) -> bool:
        """Whether this speaks of the paper: by its code where one is named, else by its name."""
        return paper.code == nfc(self.code) if self.code else fold(paper.name) == fold(self.name)

    def onto(self, paper: Paper) -> Paper:
        """Return the paper with the counts named here."""
        named = {name: getattr(self, name) for name in ("original", "certified", "copy", "note")}
        said = {name: nfc(value) if name == "note" else value for name, value in named.items() if value is not UNSET}
        return msgspec.structs.replace(paper, **said)


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    applicant: _Person | UnsetType = UNSET
    submitter: _Person | UnsetType | None = UNSET
    authorisation: _Paragraph | UnsetType = UNSET
    components: Annotated[list[_Component], Meta(max_length=300)] = []
    result: ResultChannel | UnsetType = UNSET
    delivery_address: _Line | UnsetType = UNSET
    note: _Paragraph | UnsetType = UNSET
    before: dict[str, _Paragraph] = {}
    """Field -> the value that must still stand, as ``show`` says it in ``corrections``."""


def edit(made: OpenCounter, options: argparse.Namespace, output: Output) -> None:
    """Correct what the file names and say what was changed.

    Raises:
        UserError: ``correction.*``, ``dossier.unknown_code``; nothing was changed.
    """
    file = _read(options.file)
    present = facts_of(made.counter.lookup.get_dossier(options.code).dossier)
    _check_before(present, file.before)
    done = made.counter.corrections.correct(
        options.code, before=present, after=_edited(present, file), reason=options.reason
    )
    doubts = [output.words(doubt.code, **doubt.context) for doubt in done.doubts]
    document = {
        "code": done.code,
        "entry": done.entry_id,
        "reason": done.correction.reason,
        **changes_document(done.correction),
        "warnings": doubts,
    }
    output.answer(document, output.words("correction.done", code=done.code), *doubts)


def changes_document(correction: Correction) -> dict[str, Any]:
    """Return every field and paper before and after."""
    return {
        "fields": [
            {
                "field": change.field,
                "before": change.before,
                "after": change.after,
                "source": FieldSource(change.source).value,
            }
            for change in correction.fields
            if change.field not in SILENT_FIELDS
        ],
        "papers": [
            {
                "name": change.name,
                "before": msgspec.to_builtins(change.before),
                "after": msgspec.to_builtins(change.after),
            }
            for change in correction.papers
        ],
    }


def corrections_document(lines: tuple[CorrectionLine, ...]) -> list[dict[str, Any]]:
    """Return the corrections of a dossier as ``show`` answers them."""
    return [
        {
            "at": iso(line.at),
            "clerk": line.clerk_name,
            "reason": line.correction.reason,
            **changes_document(line.correction),
        }
        for line in lines
    ]


def _read(name: str) -> _File:
    if name == "-":
        data = sys.stdin.buffer.read(_LARGEST_FILE_BYTES + 1)
        return decode_json(data, _File, most_bytes=_LARGEST_FILE_BYTES, code=_BAD_FILE, file="-")
    return read_json(Path(name), _File, most_bytes=_LARGEST_FILE_BYTES, code=_BAD_FILE)


def _check_before(present: CorrectableFacts, before: dict[str, str]) -> None:
    texts = texts_of(present)
    strange = next((field for field in before if field not in FIELDS), None)
    if strange is not None:
        raise UserError("correction.unknown_field", field=strange[:60])
    outdated = [field for field, value in before.items() if nfc(value) != texts[field]]
    if outdated:
        raise UserError("correction.outdated", fields=", ".join(outdated))


def _edited(present: CorrectableFacts, file: _File) -> CorrectableFacts:
    named = {
        "authorisation": file.authorisation,
        "result_channel": file.result,
        "delivery_address": file.delivery_address,
        "note": file.note,
    }
    said: dict[str, Any] = {name: value for name, value in named.items() if value is not UNSET}
    if file.applicant is not UNSET:
        said["applicant"] = file.applicant.onto(present.applicant)
    if file.submitter is not UNSET:
        said["submitter"] = file.submitter.onto(present.submitter or Party()) if file.submitter is not None else None
    return msgspec.structs.replace(present, papers=_papers(present.papers, file.components), **said)


def _papers(papers: tuple[Paper, ...], components: list[_Component]) -> tuple[Paper, ...]:
    lines = list(papers)
    for number, component in enumerate(components):
        if not (component.name or component.code):
            raise UserError(_BAD_FILE, file="components", detail=f"components[{number}]")
        place = next((place for place, paper in enumerate(lines) if component.is_of(paper)), None)
        if place is None:
            new = Paper(name=nfc(component.name or component.code), code=nfc(component.code))
            lines.append(component.onto(new))
        else:
            lines[place] = component.onto(lines[place])
    return tuple(lines)
