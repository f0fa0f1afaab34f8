"""A draft of a pack out of national packets: what is certain is taken, the rest stays as it was, and both are said.

Importing a file takes the likelier meaning and notes a doubt for whoever imported it. Here a whole province would get
it, so nothing doubtful is taken: that part stays as the version before has it, or is left out of a new procedure.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any

import msgspec

from counter_app.core.errors import UserError
from counter_app.domain.catalogue.changes import Change, list_changes
from counter_app.domain.catalogue.cleaning import clean_text
from counter_app.domain.catalogue.doubts import CatalogueFile, Doubt, DoubtList
from counter_app.domain.catalogue.interpreting import MAX_CODE_CHARS
from counter_app.domain.catalogue.national_packet import read_national_packet
from counter_app.domain.catalogue.shapes import capital_keys, is_sizeable, note_shape
from counter_app.domain.procedure import FeeKind, FeeLine, Procedure, ProcedureCase

DRAFT_FORMAT = "counter-app pack draft 1"


class Part(StrEnum):
    """What of a procedure is taken or left by itself."""

    PROCEDURE = "procedure"
    TIMES = "times"
    FEES = "fees"
    PAPERS = "papers"


class LeftOpen(msgspec.Struct, frozen=True, kw_only=True):
    """A part that was not taken from the packet, and why: `is_kept` as the version before has it, else left out."""

    code: str
    name: str
    part: Part
    is_kept: bool
    doubts: tuple[Doubt, ...]


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one packet: a version where it is another than before, its changes, and what was left open."""

    procedure: Procedure | None = None
    changes: tuple[Change, ...] = ()
    left_open: tuple[LeftOpen, ...] = ()


class PackDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A draft as a file; the officer who gives it out says from which day it holds."""

    format: str = DRAFT_FORMAT
    procedures: tuple[Procedure, ...] = ()
    changes: dict[str, tuple[Change, ...]] = {}
    left_open: tuple[LeftOpen, ...] = ()


_OPENS: tuple[tuple[str, tuple[Part, ...]], ...] = (
    ("channel_unknown", (Part.TIMES, Part.FEES)),
    ("time_", (Part.TIMES,)),
    ("fee_", (Part.FEES,)),
    ("paper", (Part.PAPERS,)),
    ("remark_", (Part.PAPERS,)),
    ("count_", (Part.PAPERS,)),
    ("no_papers", (Part.PAPERS,)),
    ("code_unusual", (Part.PROCEDURE,)),
    ("no_field", (Part.PROCEDURE,)),
)


def settle(
    packet: object, known: Procedure | None, *, code: str, effective_on: date, is_named: bool = False
) -> Settled:
    """Return what a packet that was asked for by its code changes against the version that is known.

    `is_named` says that a person asked for exactly this code, so that an unusual one is not doubted.
    """
    table = _table_of(packet)
    doubts = DoubtList(code)
    if table is None or clean_text(table.get("MATTHC")) != code:
        doubts.add("MATTHC", "other_procedure", clean_text((table or {}).get("MATTHC")))
        return left_out(code, known, doubts.all())
    if not is_sizeable(table):
        doubts.add("LayThuTuc", "packet_too_large")
        return left_out(code, known, doubts.all())
    try:
        file = read_national_packet([table], effective_on=effective_on)
    except UserError:
        doubts.add("TENTTHC", "no_code_or_name", code)
        return left_out(code, known, doubts.all())
    (read,) = file.procedures
    note_shape(table, doubts)
    if not any(key.startswith("fees.") for key in read.source_text):
        doubts.add("CACHTHUCTHUCHIEN.THOIGIAN.PHILEPHI", "fee_not_stated")
    if known is not None:
        _note_losses(known, read, doubts)
    opened = _by_part((*file.doubts, *doubts.all()))
    if known is not None or is_named:
        opened.pop(Part.PROCEDURE, None)
    if known is None and (Part.PROCEDURE in opened or Part.PAPERS in opened):
        return left_out(code, known, opened.get(Part.PROCEDURE, ()) + opened.get(Part.PAPERS, ()), name=read.name)
    merged = _without(read, opened) if known is None else _merge(known, read, opened)
    return _settled(known, merged, opened)


def left_out(code: str, known: Procedure | None, doubts: tuple[Doubt, ...], *, name: str = "") -> Settled:
    """Return that nothing of a packet was taken."""
    shown = known.name if known is not None else name
    is_kept = known is not None
    one = LeftOpen(code=code[:MAX_CODE_CHARS], name=shown, part=Part.PROCEDURE, is_kept=is_kept, doubts=doubts)
    return Settled(left_open=(one,))


def gather_draft(settled: Iterable[Settled]) -> PackDraft:
    """Return the draft of all packets."""
    found = tuple(settled)
    changed = [one for one in found if one.procedure is not None]
    return PackDraft(
        procedures=tuple(one.procedure for one in changed if one.procedure is not None),
        changes={one.procedure.code: one.changes for one in changed if one.procedure is not None},
        left_open=tuple(line for one in found for line in one.left_open),
    )


def read_draft(data: bytes, *, effective_on: date, name: str) -> CatalogueFile:
    """Return the procedures of a draft's file in force from a day, with every doubt that left something open.

    Raises:
        UserError: ``catalogue.not_readable``, ``catalogue.empty``.
    """
    try:
        draft = msgspec.json.decode(data, type=PackDraft)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise UserError("catalogue.not_readable", name=name) from exc
    if any(not 0 < len(one.code) <= MAX_CODE_CHARS or not one.name for one in draft.procedures):
        raise UserError("catalogue.not_readable", name=name)
    if not draft.procedures:
        raise UserError("catalogue.empty")
    procedures = tuple(msgspec.structs.replace(one, effective_on=effective_on) for one in draft.procedures)
    return CatalogueFile(procedures=procedures, doubts=tuple(doubt for one in draft.left_open for doubt in one.doubts))


def _table_of(packet: object) -> dict[str, object] | None:
    """Return the object of a packet, which may stand alone in a list."""
    if isinstance(packet, list) and len(packet) == 1:
        packet = packet[0]
    return capital_keys(packet) if isinstance(packet, dict) else None


def _note_losses(known: Procedure, read: Procedure, doubts: DoubtList) -> None:
    """What the known version says and a packet cannot say must not go with it: tiers, caps, cases with their own."""
    if any(line.tiers or line.cap is not None or line.cases for line in known.fees):
        stated = {tier.amount for line in known.fees for tier in line.tiers} | {line.amount for line in known.fees}
        new = sorted({line.amount for line in read.fees if line.amount is not None and line.amount not in stated})
        doubts.add("fees", "fee_richer", ", ".join(str(amount) for amount in new))
    has_own = any(case.time_limit is not None for case in known.cases) or any(line.cases for line in known.fees)
    if has_own and _case_names(known) != _case_names(read):
        doubts.add("cases", "paper_cases_differ", " | ".join(case.name for case in read.cases))


def _case_names(procedure: Procedure) -> list[tuple[str, str]]:
    return [(case.code, case.name) for case in procedure.cases]


def _by_part(doubts: tuple[Doubt, ...]) -> dict[Part, tuple[Doubt, ...]]:
    found: dict[Part, tuple[Doubt, ...]] = {}
    for doubt in doubts:
        what = doubt.code.rsplit(".", 1)[1]
        parts = next((parts for start, parts in _OPENS if what.startswith(start)), ())
        for part in parts:
            found[part] = (*found.get(part, ()), doubt)
    return found


def _settled(known: Procedure | None, merged: Procedure, opened: Mapping[Part, tuple[Doubt, ...]]) -> Settled:
    is_kept = known is not None
    lines = tuple(
        LeftOpen(code=merged.code, name=merged.name, part=part, is_kept=is_kept, doubts=doubts)
        for part, doubts in opened.items()
        if not _is_as_before(known, part, doubts)
    )
    changes = list_changes(known, merged)
    return Settled(procedure=merged if changes else None, changes=changes, left_open=lines)


def _is_as_before(known: Procedure | None, part: Part, doubts: tuple[Doubt, ...]) -> bool:
    """Whether a packet says no other amount than the richer fees that are known."""
    return (
        known is not None
        and part is Part.FEES
        and all(doubt.code.endswith(".fee_richer") and not doubt.source_text for doubt in doubts)
    )


def _without(read: Procedure, opened: Mapping[Part, tuple[Doubt, ...]]) -> Procedure:
    """Return a new procedure without what is open: no time limit, which a clerk then gives, and an unknown fee."""
    changed: dict[str, Any] = {}
    if Part.TIMES in opened:
        changed["time_limits"] = ()
    if Part.FEES in opened:
        said = " | ".join(text for key, text in read.source_text.items() if key.startswith("fees."))
        first = read.fees[0] if read.fees else FeeLine(kind=FeeKind.CHARGE, name="Lệ phí")
        changed["fees"] = (FeeLine(kind=first.kind, name=first.name, note=said),)
    return msgspec.structs.replace(read, **changed)


def _merge(known: Procedure, read: Procedure, opened: Mapping[Part, tuple[Doubt, ...]]) -> Procedure:
    """Return the new version; what no packet says (nicknames, internal process) or leaves empty stays."""
    changed: dict[str, Any] = {
        "nicknames": known.nicknames,
        "steps": known.steps,
        "counts_transport": known.counts_transport,
        "cases": _carry_over(known, read),
    }
    for name in ("field_code", "field_name", "level", "results", "legal_basis"):
        changed[name] = getattr(read, name) or getattr(known, name)
    texts = dict(read.source_text)
    for part, start, names in (
        (Part.TIMES, "time.", ("time_limits",)),
        (Part.FEES, "fees.", ("fees",)),
        (Part.PAPERS, "papers.", ("cases", "notes")),
    ):
        if part in opened:
            changed |= {name: getattr(known, name) for name in names}
            texts = {key: text for key, text in texts.items() if not key.startswith(start)}
            texts |= {key: text for key, text in known.source_text.items() if key.startswith(start)}
    return msgspec.structs.replace(read, source_text=texts, **changed)


def _carry_over(known: Procedure, read: Procedure) -> tuple[ProcedureCase, ...]:
    """Return the cases with the validity of their papers and their own time limits, which no packet states."""
    valid = {paper.name: paper.valid_months for case in known.cases for paper in case.components}
    limits = {(case.code, case.name): case.time_limit for case in known.cases}
    replace = msgspec.structs.replace
    return tuple(
        replace(
            case,
            time_limit=limits.get((case.code, case.name)),
            components=tuple(replace(one, valid_months=valid.get(one.name, 0)) for one in case.components),
        )
        for case in read.cases
    )
