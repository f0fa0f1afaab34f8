"""The national list of procedures coming down: asked for one by one, and made into a draft that an officer looks at.

`LayDanhSachTTHC` and `LayThuTuc` as published client code calls them; the keys of the list's rows are unverified.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.domain.catalogue.cleaning import clean_text
from counter_app.domain.catalogue.doubts import Doubt, DoubtList
from counter_app.domain.catalogue.drafting import PackDraft, Settled, gather_draft, left_out, settle
from counter_app.domain.catalogue.interpreting import MAX_CODE_CHARS, MAX_PROCEDURES
from counter_app.domain.catalogue.shapes import capital_keys
from counter_app.domain.procedure import Procedure
from counter_app.province.national_portal import BAD_ANSWER, NationalPortal, PortalSaid

_log = logging.getLogger(__name__)
#: Thousands of rows of a code and a name.
_MOST_LIST_BYTES = 16 * 1024 * 1024
_MOST_PACKET_BYTES = 1024 * 1024
#: So many packets in a row without an answer: the portal is down, and the rest is not asked for.
_MOST_SILENT = 5
#: Signed and compressed it has to fit a pack's megabyte: the words of a commune's procedures shrink to a twentieth.
_PART_BYTES = 4 * 1024 * 1024


Progressed = Callable[[int, int], None]
"""How many packets are done, and of how many."""


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """A draft, how many procedures the portal lists, which are known here and not listed, and rows of no sense."""

    draft: PackDraft
    listed: int
    missing: tuple[str, ...] = ()
    unreadable: int = 0


def fetch_catalogue(
    portal: NationalPortal,
    known: Mapping[str, Procedure],
    *,
    agency: str,
    codes: Sequence[str],
    today: date,
    progressed: Progressed = lambda _done, _of: None,
) -> Fetched:
    """Return a draft of all that the portal lists, or of `codes` alone; a packet that is broken spoils no other.

    `agency` is the province's own identifier code; `known` are the versions to compare with. Takes a call a procedure;
    `progressed` is told before the first and after each.

    Raises:
        UserError: ``catalogue.too_large``, ``portal.no_catalogue``: the portal refuses, or answers with no list.
        EnvironmentFailure: ``portal.unreachable``, ``portal.bad_answer``, ``portal.not_admitted``; nothing was made.
    """
    if codes:
        wanted, unreadable = list(dict.fromkeys(codes)), 0
    else:
        wanted, unreadable = _list_codes(portal, agency)
    settled = _told(_settle_all(portal, known, wanted, agency, today, is_named=bool(codes)), len(wanted), progressed)
    missing = tuple(sorted(set(known) - set(wanted))) if not codes else ()
    return Fetched(draft=gather_draft(settled), listed=len(wanted), missing=missing, unreadable=unreadable)


def split_draft(draft: PackDraft) -> list[PackDraft]:
    """Return a draft in parts that a pack can hold; the first says everything that was left open."""
    parts: list[list[Procedure]] = [[]]
    size = 0
    for procedure in draft.procedures:
        own = len(msgspec.json.encode(procedure))
        if parts[-1] and size + own > _PART_BYTES:
            parts.append([])
            size = 0
        parts[-1].append(procedure)
        size += own
    return [
        PackDraft(
            procedures=tuple(part),
            changes={one.code: draft.changes[one.code] for one in part},
            left_open=draft.left_open if number == 0 else (),
        )
        for number, part in enumerate(parts)
    ]


def _list_codes(portal: NationalPortal, agency: str) -> tuple[list[str], int]:
    said = portal.call({"service": "LayDanhSachTTHC", "madonvi": agency}, most_bytes=_MOST_LIST_BYTES)
    if not said.is_taken or not isinstance(said.result, list):
        raise UserError("portal.no_catalogue", reason=said.message or "?")
    if len(said.result) > MAX_PROCEDURES:
        raise UserError("catalogue.too_large", most=MAX_PROCEDURES)
    codes = [_code_of(row) for row in said.result]
    return list(dict.fromkeys(code for code in codes if code)), codes.count("")


def _code_of(row: Any) -> str:
    code = clean_text(capital_keys(row).get("MATTHC")) if isinstance(row, dict) else ""
    return code if len(code) <= MAX_CODE_CHARS else ""


def _settle_all(
    portal: NationalPortal,
    known: Mapping[str, Procedure],
    codes: Sequence[str],
    agency: str,
    today: date,
    *,
    is_named: bool,
) -> Iterator[Settled]:
    silent = 0
    for code in codes:
        if silent >= _MOST_SILENT:
            yield left_out(code, known.get(code), _doubt(code, "packet_not_asked"))
            continue
        said = _ask(portal, code, agency)
        silent = silent + 1 if said is None else 0
        if said is None:
            yield left_out(code, known.get(code), _doubt(code, "packet_not_readable"))
        elif not said.is_taken:
            yield left_out(code, known.get(code), _doubt(code, "packet_refused", said.message))
        else:
            yield settle(said.result, known.get(code), code=code, effective_on=today, is_named=is_named)


def _told(settled: Iterator[Settled], count: int, progressed: Progressed) -> Iterator[Settled]:
    progressed(0, count)
    for done, one in enumerate(settled, start=1):
        progressed(done, count)
        yield one


def _ask(portal: NationalPortal, code: str, agency: str) -> PortalSaid | None:
    """Return what was answered, None where twice nothing of sense came."""
    body = {"service": "LayThuTuc", "madonvi": agency, "maTTHC": code}
    for _ in range(2):
        try:
            return portal.call(body, most_bytes=_MOST_PACKET_BYTES)
        except EnvironmentFailure as exc:
            if exc.code not in ("portal.unreachable", BAD_ANSWER):
                raise
            _log.info("a packet cannot be read: %s", exc.context.get("reason"))
    return None


def _doubt(code: str, what: str, source_text: str = "") -> tuple[Doubt, ...]:
    doubts = DoubtList(code)
    doubts.add("LayThuTuc", what, clean_text(source_text))
    return doubts.all()
