"""What the card says against what this desk knows of the person: the other value of a field, to be taken or left."""

from typing import NamedTuple

import msgspec

from counter_app.core.text import fold
from counter_app.domain.person import FieldSource
from ui.intake.form_reading import texts_of, with_place_of
from ui.intake.state import IntakeState, TypedForm

#: The fields of the page that a card and an earlier dossier may both state, in the order of the page.
COMPARED = ("full_name", "birth_on", "sex", "address")


class Other(NamedTuple):
    """The value that does not stand in the field, and where it comes from."""

    text: str
    source: FieldSource


def find_other(state: IntakeState, name: str) -> Other | None:
    """Return the other value of an applicant's field (``applicant.address``), None where there is nothing to choose.

    There is a choice while the field holds one of the two as it came; what the clerk typed is no longer questioned.
    Spelling with or without marks and capitals counts as the same, except in the name. A year of birth that was
    written before is only less exact than the card's date of that year, not another one.
    """
    field = name.removeprefix("applicant.")
    if field == name or field not in COMPARED or state.card is None or state.known is None:
        return None
    card, known = texts_of(state.card)[field], texts_of(state.known)[field]
    if not card or not known or _same(field, card, known):
        return None
    present = state.form.text(name)
    if present == card:
        return Other(known, FieldSource.EARLIER)
    return Other(card, FieldSource.CARD) if present == known else None


def list_differing(state: IntakeState) -> tuple[str, ...]:
    """Return the names of the fields with a choice, in the order of the page."""
    return tuple(name for field in COMPARED if find_other(state, name := f"applicant.{field}") is not None)


def take_other(state: IntakeState, name: str) -> TypedForm:
    """Return the form with the other value in a field, or as it was where there is none.

    An address brings today's unit with it, so that the unit of one address never stands beside the other.
    """
    other = find_other(state, name)
    if other is None:
        return state.form
    form = state.form.with_text(name, other.text, other.source)
    party = state.card if other.source is FieldSource.CARD else state.known
    if name != "applicant.address" or party is None:
        return form
    return with_place_of(form, "applicant", msgspec.structs.replace(party, sources={}), other.source)


def _same(field: str, card: str, known: str) -> bool:
    if field == "full_name":
        return " ".join(card.split()).casefold() == " ".join(known.split()).casefold()
    if field == "birth_on":
        return card == known or card.endswith(f"/{known}")
    return fold(card) == fold(known)
