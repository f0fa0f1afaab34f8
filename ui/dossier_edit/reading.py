"""From a dossier's facts to the fields of the edit form, and back."""

from collections.abc import Mapping
from typing import Any

import msgspec

from counter_app.core.text import nfc
from counter_app.domain.correction import CorrectableFacts
from counter_app.domain.dossier import ResultChannel
from counter_app.domain.person import FieldSource, Party, Sex
from ui.intake.typed_values import find_date, find_year, format_date

BIRTH = "applicant.birth_on"
APPLICANT_FIELDS = ("full_name", "id_number", "tax_code", "birth_on", "sex", "phone", "email", "address")
SUBMITTER_FIELDS = ("full_name", "id_number", "phone")
FIELDS = (
    *(f"applicant.{name}" for name in APPLICANT_FIELDS),
    *(f"submitter.{name}" for name in SUBMITTER_FIELDS),
    "authorisation",
    "result_channel",
    "delivery_address",
    "note",
)


def typed_of(facts: CorrectableFacts) -> dict[str, str]:
    """Return what stands in each field."""
    typed = _typed_party("applicant", facts.applicant, APPLICANT_FIELDS)
    typed |= _typed_party("submitter", facts.submitter or Party(), SUBMITTER_FIELDS)
    return typed | {
        "authorisation": facts.authorisation,
        "result_channel": facts.result_channel.value,
        "delivery_address": facts.delivery_address,
        "note": facts.note,
    }


def is_birth(text: str) -> bool:
    """Whether a date or a year of birth can be read, or none is written."""
    return not text.strip() or find_date(text) is not None or find_year(text) is not None


def read_facts(
    facts: CorrectableFacts, typed: Mapping[str, str], sources: Mapping[str, FieldSource]
) -> CorrectableFacts:
    """Return the facts with every field that says something else now."""
    changed = {name: nfc(text) for name, text in typed.items() if nfc(text) != nfc(typed_of(facts)[name])}
    submitter = _read_party(facts.submitter or Party(), "submitter", changed, sources)
    is_nobody = not any(getattr(submitter, name) for name in SUBMITTER_FIELDS)
    said: dict[str, Any] = {
        name: changed[name] for name in ("authorisation", "delivery_address", "note") if name in changed
    }
    if "result_channel" in changed:
        said["result_channel"] = ResultChannel(changed["result_channel"])
    return msgspec.structs.replace(
        facts,
        applicant=_read_party(facts.applicant, "applicant", changed, sources),
        submitter=None if is_nobody else submitter,
        **said,
    )


def _typed_party(role: str, party: Party, names: tuple[str, ...]) -> dict[str, str]:
    birth = format_date(party.birth_on) or str(party.birth_year or "")
    texts = {"birth_on": birth, "sex": party.sex.value if party.sex else ""}
    return {f"{role}.{name}": texts.get(name, "") if name in texts else getattr(party, name) for name in names}


def _read_party(party: Party, role: str, changed: Mapping[str, str], sources: Mapping[str, FieldSource]) -> Party:
    said: dict[str, Any] = {
        field.partition(".")[2]: text for field, text in changed.items() if field.startswith(f"{role}.")
    }
    origins = {name: sources.get(f"{role}.{name}", FieldSource.TYPED) for name in said}
    if "birth_on" in said:
        day = find_date(said["birth_on"])
        said["birth_year"] = day.year if day else find_year(said["birth_on"])
        said["birth_on"] = day
    if "sex" in said:
        said["sex"] = Sex(said["sex"]) if said["sex"] else None
    if "address" in said:
        said["current_place"] = ""
    return msgspec.structs.replace(party, sources={**party.sources, **origins}, **said)
