"""Dossier codes and the daily numbers in them, which no two desks may ever share.

The code is ``<unit code>-<YYMMDD>-<NNNN>`` (Thông tư 01/2018/TT-VPCP, article 19): the agency's identifier, the local
date of intake and the number of the day. Provincial systems let the number grow to five digits past 9999; so do we.
"""

import re
import unicodedata
from datetime import date

import msgspec

from counter_app.core.errors import UserError
from counter_app.domain.unit import Slice

_LAST_SHORT = 9999
_FIRST_LONG = 10_000
_LONG_PER_SHORT = 9
_LONGEST_CODE = 100
_LONGEST_UNIT_CODE = 40
_DASHES = str.maketrans({"\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-"})
_SHAPE = re.compile(r"(?P<unit>[^\W_](?:[\w.-]*[^\W_])?)-(?P<day>[0-9]{6})-(?P<number>[0-9]{4}|[1-9][0-9]{4})")
_ANY_UNIT_CODE = re.compile(r"[^\W_](?:[\w.-]*[^\W_])?")
# Level-1 first since Quyết định 20/2020/QĐ-TTg (H56.14); before that QCVN 102:2016/BTTTT, level-1 last (000.14.56.H56).
_UNIT_CODE = re.compile(r"[A-Z][0-9]{2}(\.[0-9]{1,3}){0,3}|[0-9]{3}\.[0-9]{2}\.[0-9]{2}\.[A-Z][0-9]{2}")
# Observed on the national portal; provinces append their own unit code (2.000815.000.00.00.H55, 1.000948.H38).
_PROCEDURE_CODE = re.compile(r"[1-9]\.[0-9]{6}(\.[0-9A-Z.]+)?")


class DossierCode(msgspec.Struct, frozen=True):
    """A dossier's code in its parts. `received_on` is the local date, `number` 1..99999."""

    unit_code: str
    received_on: date
    number: int

    def format(self) -> str:
        """Return the code as printed: four digits, five past 9999, letters in upper case."""
        return f"{self.unit_code.upper()}-{self.received_on:%y%m%d}-{self.number:04d}"


def parse_dossier_code(text: str) -> DossierCode:
    """Return the parts of a code as typed or scanned: lower case, blanks and long dashes do no harm.

    Raises:
        UserError: ``code.bad_dossier_code`` when it is no dossier code or holds an impossible date.
    """
    found = _find_parts(text)
    if found is None:
        raise UserError("code.bad_dossier_code")
    return found


def looks_like_dossier_code(text: str) -> bool:
    """Whether the text is a whole dossier code, so that a search can go straight to it."""
    return _find_parts(text) is not None


def _find_parts(text: str) -> DossierCode | None:
    if len(text) > _LONGEST_CODE:
        return None
    compact = "".join(unicodedata.normalize("NFC", text).translate(_DASHES).split()).upper()
    match = _SHAPE.fullmatch(compact)
    if match is None or int(match["number"]) == 0:
        return None
    day = match["day"]
    try:
        received_on = date(2000 + int(day[:2]), int(day[2:4]), int(day[4:]))
    except ValueError:
        return None
    return DossierCode(match["unit"], received_on, int(match["number"]))


def check_unit_code(unit_code: str) -> None:
    """Refuse a unit code that could not stand in a dossier code: such dossiers could not be scanned and found again.

    Raises:
        UserError: ``code.bad_unit_code``.
    """
    if len(unit_code) > _LONGEST_UNIT_CODE or not _ANY_UNIT_CODE.fullmatch(unit_code):
        raise UserError("code.bad_unit_code", code=unit_code[:_LONGEST_UNIT_CODE])


def find_code_warnings(*, unit_code: str = "", procedure_code: str = "") -> tuple[str, ...]:
    """Return text codes for codes of unusual shape; empty ones are not looked at.

    They only warn: local procedures and odd agency codes exist, and the national portal itself holds mistyped ones.
    """
    warnings = []
    if unit_code and not _UNIT_CODE.fullmatch(unit_code):
        warnings.append("code.unusual_unit_code")
    if procedure_code and not _PROCEDURE_CODE.fullmatch(procedure_code):
        warnings.append("code.unusual_procedure_code")
    return tuple(warnings)


def epoch_part(number_slice: Slice, epoch: int) -> Slice | None:
    """Return the part of a desk's slice that an epoch owns, or None when earlier epochs own it all.

    Epoch 1 owns the first half, each later one the first half of what is left (rounded up), so a restored or cloned
    desk never gives a number that may already be on paper.

    Raises:
        UserError: ``code.bad_slice`` when the slice is empty or not within 1..9999.
        ValueError: the epoch is below 1.
    """
    _check_slice(number_slice)
    if epoch < 1:
        raise ValueError("epochs count from 1")
    low = number_slice.low
    while low <= number_slice.high:
        middle = low + (number_slice.high - low) // 2
        if epoch == 1:
            return Slice(low, middle)
        low, epoch = middle + 1, epoch - 1
    return None


def next_number(part: Slice, last: int | None) -> int | None:
    """Return the smallest number the part owns above `last` (None: none given yet today), or None when used up.

    A part owns `low`..`high` and, for a day that needs more, nine five-digit numbers for each of these: n owns
    10000 + (n - 1) * 9 and the eight after it. Disjoint parts therefore stay disjoint past 9999.

    Raises:
        UserError: ``code.bad_slice`` as `epoch_part`.
    """
    _check_slice(part)
    wanted = 1 if last is None else last + 1
    if wanted <= part.high:
        return max(wanted, part.low)
    long_low = _FIRST_LONG + (part.low - 1) * _LONG_PER_SHORT
    long_high = _FIRST_LONG + part.high * _LONG_PER_SHORT - 1
    return max(wanted, long_low) if wanted <= long_high else None


def owns_code(number_slice: Slice, code: str) -> bool:
    """Whether the number in a code is one that a desk with this slice gives; of no other text, and for no other slice.

    Never raises: both may be what somebody else's desk wrote.
    """
    found = _find_parts(code)
    if found is None:
        return False
    short = found.number if found.number <= _LAST_SHORT else (found.number - _FIRST_LONG) // _LONG_PER_SHORT + 1
    return number_slice.low <= short <= number_slice.high


def numbers_left(part: Slice, last: int | None) -> int:
    """Return how many four-digit numbers of the part are still to be given today."""
    _check_slice(part)
    return max(0, part.high - max(last or 0, part.low - 1))


def _check_slice(number_slice: Slice) -> None:
    if not 1 <= number_slice.low <= number_slice.high <= _LAST_SHORT:
        raise UserError("code.bad_slice", low=number_slice.low, high=number_slice.high)
