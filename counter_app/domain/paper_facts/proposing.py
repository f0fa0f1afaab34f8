"""From what was read to what is proposed: what a clerk may take with one key, and what has to be looked at."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import msgspec

from counter_app.core.errors import UserError
from counter_app.core.text import fold
from counter_app.domain.identity_card.card import IdentityCard
from counter_app.domain.identity_card.id_numbers import classify_id_number
from counter_app.domain.identity_card.reading import looks_like_card, parse_card
from counter_app.domain.paper_facts.dates import iter_dates
from counter_app.domain.paper_facts.ends import iter_ends
from counter_app.domain.paper_facts.issuers import iter_issuers
from counter_app.domain.paper_facts.numbers import iter_numbers
from counter_app.domain.paper_facts.owners import iter_id_numbers, iter_names
from counter_app.domain.paper_facts.reading import Box, Candidate, FactField, FactSource, ReadPage

SURE = 80
"""The least confidence, 0 to 100, at which a value is offered ready to be taken. Measured on made-up papers."""

_MOST_OF_A_FIELD = 4
_FIRST_YEAR = 1900
_LAST_VALID_DAY = date(2199, 12, 31)
_OWNER = (FactField.OWNER_NAME, FactField.OWNER_ID_NUMBER)


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What is known beside the paper: today, names of units, the dossier's applicant, codes that are dossiers here."""

    today: date
    units: tuple[str, ...] = ()
    owner_name: str = ""
    owner_id_number: str = ""
    dossier_codes: tuple[str, ...] = ()


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A value with the place it was read from. Only one that `is_sure` may stand ready; the others are asked about.

    A date is written as ISO 8601.
    """

    field: FactField
    value: str
    confidence: int
    is_sure: bool
    source: FactSource
    page: int
    box: Box


def propose(pages: Sequence[ReadPage], expected: Expected) -> tuple[Proposal, ...]:
    """Return what the pages say, field by field, the likeliest first. Nothing is ever taken by itself.

    A value is sure when it is the only one of its field, stands where the rules put it, and every word of it was read
    well. An owner is sure only when a card's code or the dossier says the same. A card's code dates the card, which may
    lie copied on a paper of its own day: its day comes last, and is sure only where the paper has no number and no day.
    """
    found = list(_iter_candidates(pages, expected))
    return tuple(proposal for field in FactField for proposal in _of_field(field, found, expected))


def _iter_candidates(pages: Iterable[ReadPage], expected: Expected) -> Iterator[Candidate]:
    for page in pages:
        yield from _of_codes(page, expected)
        yield from iter_numbers(page)
        yield from iter_dates(page, expected.today)
        yield from iter_ends(page)
        yield from iter_issuers(page, expected.units)
        yield from iter_names(page)
        yield from iter_id_numbers(page)


def _of_codes(page: ReadPage, expected: Expected) -> Iterator[Candidate]:
    for code in page.codes:
        values: list[tuple[FactField, str]] = []
        if code.text in expected.dossier_codes:
            values.append((FactField.NUMBER_SYMBOL, code.text))
        card = _card_of(code.text)
        if card is not None and not card.warnings:
            values += [(FactField.OWNER_NAME, card.full_name), (FactField.OWNER_ID_NUMBER, card.id_number)]
            if card.issued_on is not None and card.issued_on <= expected.today:
                values.append((FactField.ISSUED_ON, card.issued_on.isoformat()))
        for field, value in values:
            yield Candidate(
                field=field,
                value=value,
                confidence=100,
                page=page.number,
                box=code.box,
                is_plain=True,
                source=FactSource.CODE,
            )


def _card_of(text: str) -> IdentityCard | None:
    if not looks_like_card(text):
        return None
    try:
        return parse_card(text)
    except UserError:
        return None


def _of_field(field: FactField, found: Sequence[Candidate], expected: Expected) -> Iterator[Proposal]:
    best: dict[str, Candidate] = {}
    for one in _ranked(field, found):
        best.setdefault(one.value.casefold(), one)
    for one in list(best.values())[:_MOST_OF_A_FIELD]:
        is_alone = len(best) == 1
        yield Proposal(
            field=field,
            value=_spelled(one, expected),
            confidence=one.confidence,
            is_sure=is_alone and one.is_plain and one.confidence >= SURE and _is_borne_out(one, found, expected),
            source=one.source,
            page=one.page,
            box=one.box,
        )


def _ranked(field: FactField, found: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates of a field, the likeliest first; a code goes before all text, but for the day."""
    own = [one for one in found if one.field is field]
    if field is FactField.ISSUED_ON:
        return sorted(own, key=lambda one: (one.source is FactSource.CODE, -one.confidence))
    codes = [one for one in own if one.source is FactSource.CODE]
    return sorted(codes or own, key=lambda one: -one.confidence)


def _is_borne_out(one: Candidate, found: Sequence[Candidate], expected: Expected) -> bool:
    """Whether a second source says the same, where one is needed: text alone does not say whose paper it is."""
    if one.field is FactField.ISSUED_ON and one.source is FactSource.CODE:
        return not any(other.field is FactField.NUMBER_SYMBOL for other in found)
    if one.field not in _OWNER or one.source is FactSource.CODE:
        return True
    known = expected.owner_name if one.field is FactField.OWNER_NAME else expected.owner_id_number
    return bool(known) and one.value.casefold() == known.casefold()


def _spelled(one: Candidate, expected: Expected) -> str:
    """Papers write names in capitals, and readers miss tones; the same name is proposed as the dossier writes it."""
    is_same = one.field is FactField.OWNER_NAME and fold(one.value) == fold(expected.owner_name)
    return expected.owner_name if is_same else one.value


def is_good_value(field: FactField, value: str) -> bool:
    """Whether a value can stand in its field: a date must be one, an identity number has digits.

    What was kept once goes on standing; for what is about to be kept ask `find_good_value`.
    """
    if field.is_day:
        try:
            date.fromisoformat(value)
        except ValueError:
            return False
        return True
    if field is FactField.OWNER_ID_NUMBER:
        return classify_id_number(value) is not None
    return bool(value.strip())


def find_good_value(field: FactField, value: str, today: date) -> str | None:
    """Return a value, also a typed one, as it is kept; None for what cannot stand in its field.

    A day is written as ISO 8601 with dashes, whichever of its spellings came: from 1900, that of issue to today, the
    last of its validity to the year 2199.
    """
    if not is_good_value(field, value):
        return None
    if not field.is_day:
        return value
    day = date.fromisoformat(value)
    last = today if field is FactField.ISSUED_ON else _LAST_VALID_DAY
    return day.isoformat() if day.year >= _FIRST_YEAR and day <= last else None
