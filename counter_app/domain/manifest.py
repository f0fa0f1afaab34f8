"""Manifests: lists of papers or results changing hands, which the giver and the receiver both close.

A manifest's code is ``<unit code>-M<YYMMDD>-<NNN>``, of this program's own making: no form of a circular numbers them.
The number comes from the desk's part of its slice, as dossier numbers do, so that desks that cannot see each other
never give the same one; the M keeps it apart from every dossier code.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum

import msgspec

from counter_app.core.errors import UserError
from counter_app.domain.dossier_code import looks_like_dossier_code, parse_dossier_code

MOST_ITEMS = 2_000
_LONGEST_CODE = 100
_SHAPE = re.compile(r"(?P<head>.*\W)[Mm](?P<day>[0-9]{6})(?P<dash>\W+)(?P<number>[0-9]{3}|[1-9][0-9]{3,4})", re.DOTALL)


class ManifestKind(StrEnum):
    """What changes hands."""

    PAPERS = "papers"
    RESULTS = "results"


class ManifestState(StrEnum):
    """Open while it is filled, closed once the giver handed it over, received once the other end scanned it in."""

    OPEN = "open"
    CLOSED = "closed"
    RECEIVED = "received"


class ItemState(StrEnum):
    """What became of one dossier of a manifest."""

    LISTED = "listed"
    REMOVED = "removed"
    """Taken off again before the manifest was closed."""
    OK = "ok"
    MISSING = "missing"
    """Listed, and not in the bag."""
    EXTRA = "extra"
    """In the bag, and not listed."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A manifest as its desk knows it. Instants are aware, UTC.

    `giver` is the line of the desk that hands over, `receiver` whoever gets it, in words. `desk_id` and `epoch` say who
    numbered it; they are empty at a desk that received it on a passport alone.
    """

    code: str
    kind: ManifestKind
    giver: str
    receiver: str
    desk_id: str = ""
    epoch: int = 0
    bag: str = ""
    seal: str = ""
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: str = ""
    """The full name of the clerk who handed it over."""
    codes: tuple[str, ...] = ()
    """Dossier codes in the order they were scanned."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One dossier that is not as listed; `state` is MISSING or EXTRA, `reason` how the two sides settled it."""

    code: str
    state: ItemState
    reason: str


class ManifestCode(msgspec.Struct, frozen=True):
    """A manifest's code in its parts. `opened_on` is the local date, `number` 1..99999."""

    unit_code: str
    opened_on: date
    number: int

    def format(self) -> str:
        """Return the code as printed: three digits, more past 999, letters in upper case."""
        return f"{self.unit_code.upper()}-M{self.opened_on:%y%m%d}-{self.number:03d}"


def parse_manifest_code(text: str) -> ManifestCode:
    """Return the parts of a code as typed or scanned: lower case, blanks and long dashes do no harm.

    Raises:
        UserError: ``manifest.bad_code``.
    """
    found = find_manifest_code(text)
    if found is None:
        raise UserError("manifest.bad_code")
    return found


def looks_like_manifest_code(text: str) -> bool:
    """Whether the text is a whole manifest code."""
    return find_manifest_code(text) is not None


def find_manifest_code(text: str) -> ManifestCode | None:
    """Return the parts of a code, None where the text is none.

    But for the M and the shorter number it is spelled as a dossier code is, and read as leniently.
    """
    match = _SHAPE.fullmatch(text.strip()) if len(text) <= _LONGEST_CODE else None
    if match is None:
        return None
    plain = f"{match['head']}{match['day']}{match['dash']}{match['number'].zfill(4)}"
    if not looks_like_dossier_code(plain):
        return None
    parts = parse_dossier_code(plain)
    return ManifestCode(parts.unit_code, parts.received_on, parts.number)


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What a scan of a bag says against its list: each code stands in exactly one of the three, in order."""

    ok: tuple[str, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """Whether everything listed came, and nothing else."""
        return not self.missing and not self.extra


def compare(listed: Iterable[str], scanned: Iterable[str]) -> Comparison:
    """Compare the codes of a list with those scanned; scanning one twice does no harm."""
    wanted, found = dict.fromkeys(listed), dict.fromkeys(scanned)
    return Comparison(
        ok=tuple(code for code in wanted if code in found),
        missing=tuple(code for code in wanted if code not in found),
        extra=tuple(code for code in found if code not in wanted),
    )


def settle(comparison: Comparison, reasons: Mapping[str, str]) -> tuple[tuple[Difference, ...], tuple[str, ...]]:
    """Return the settled differences, and the codes that still lack a reason.

    Raises:
        UserError: ``manifest.nothing_to_settle`` for a reason about a code that is as listed: whoever wrote it meant
            another one.
    """
    open_ones = dict.fromkeys(comparison.missing, ItemState.MISSING)
    open_ones |= dict.fromkeys(comparison.extra, ItemState.EXTRA)
    strange = next((code for code in reasons if code not in open_ones), None)
    if strange is not None:
        raise UserError("manifest.nothing_to_settle", code=strange[:40])
    settled = tuple(
        Difference(code=code, state=state, reason=reasons[code])
        for code, state in open_ones.items()
        if reasons.get(code)
    )
    return settled, tuple(code for code in open_ones if not reasons.get(code))
