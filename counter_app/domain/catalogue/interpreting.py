"""From a procedure as a source describes it to a catalogue entry, with every doubt said."""

import re
from collections.abc import Iterable
from datetime import date

from counter_app.core.errors import UserError
from counter_app.core.text import fold
from counter_app.domain.catalogue.cleaning import clean_name, clean_text
from counter_app.domain.catalogue.components import read_components
from counter_app.domain.catalogue.doubts import CatalogueFile, Doubt, DoubtList
from counter_app.domain.catalogue.fees import read_fees
from counter_app.domain.catalogue.sources import SourceProcedure
from counter_app.domain.catalogue.steps import read_steps
from counter_app.domain.catalogue.times import read_time_limits
from counter_app.domain.procedure import Procedure, ProcedureSource

MAX_PROCEDURES = 20_000
MAX_CODE_CHARS = 50
"""The national store keeps procedure codes in 50 characters."""

# "1.001193", with ".000.00.00.H55" or ".H38" after it for local forms, and an online service number at the end.
_USUAL_CODE = re.compile(r"[1-9]\.\d{6}(?:\.\d{3}\.\d{2}\.\d{2})?(?:\.H\d{2})?(?:\.\d{2})?")


def interpret(
    source: SourceProcedure, *, effective_on: date, origin: ProcedureSource, place: str
) -> tuple[Procedure | None, tuple[Doubt, ...]]:
    """Return the catalogue entry and the doubts; None when code or name are missing, which is a doubt as well."""
    code, name = clean_text(source.code), clean_text(source.name)
    doubts = DoubtList(code[:MAX_CODE_CHARS])
    if not code or not name or len(code) > MAX_CODE_CHARS:
        doubts.add(place, "no_code_or_name", f"{code} {name}".strip())
        return None, doubts.all()
    if not _USUAL_CODE.fullmatch(code):
        doubts.add(f"{place}.code", "code_unusual", code)
    field_name = clean_text(source.field_name)
    if not field_name:
        doubts.add(f"{place}.field", "no_field", name)
    limits, time_texts = read_time_limits(source.ways, clean_text(source.steps), doubts)
    if not source.ways:
        doubts.add(f"{place}.ways", "time_not_understood", name)
    fees, fee_texts = read_fees(source.ways, field_name, doubts)
    checklist = read_components(source.rows, doubts)
    procedure = Procedure(
        code=code,
        effective_on=effective_on,
        name=_procedure_name(name),
        field_code=clean_text(source.field_code),
        field_name=field_name,
        level=clean_text(source.level),
        cases=checklist.cases,
        time_limits=limits,
        fees=fees,
        results=_each_once(source.results),
        legal_basis=_each_once(source.legal_basis),
        notes=checklist.notes,
        steps=read_steps(source.process, doubts),
        source=origin,
        source_text=_source_text(source, name, time_texts | fee_texts),
    )
    return procedure, doubts.all()


def gather(entries: Iterable[tuple[Procedure | None, tuple[Doubt, ...]]]) -> CatalogueFile:
    """Return the whole file: each code once (the first stands), doubts in order.

    Raises:
        UserError: ``catalogue.empty``, no procedure at all; ``catalogue.too_large``, more than 20,000.
    """
    procedures: dict[str, Procedure] = {}
    doubts: list[Doubt] = []
    for procedure, found in entries:
        earlier = procedures.get(procedure.code) if procedure is not None else None
        if earlier is not None:
            if earlier != procedure:
                differs = DoubtList(earlier.code)
                differs.add("code", "code_twice", earlier.name)
                doubts += differs.all()
            continue
        doubts += found
        if procedure is not None:
            procedures[procedure.code] = procedure
        if len(procedures) > MAX_PROCEDURES:
            raise UserError("catalogue.too_large", most=MAX_PROCEDURES)
    if not procedures:
        raise UserError("catalogue.empty")
    return CatalogueFile(procedures=tuple(procedures.values()), doubts=tuple(doubts))


def _procedure_name(name: str) -> str:
    """The word "Thủ tục" before each name helps nobody looking for it in a list of them."""
    shorter = re.sub(r"^thủ tục\s+", "", name, count=1, flags=re.IGNORECASE) or name
    return clean_name(shorter.capitalize() if shorter.isupper() else shorter)


def _each_once(texts: tuple[str, ...]) -> tuple[str, ...]:
    cleaned = (clean_name(text) for text in texts)
    return tuple(dict.fromkeys(text for text in cleaned if text and not fold(text).startswith("khong co thong tin")))


def _source_text(source: SourceProcedure, name: str, texts: dict[str, str]) -> dict[str, str]:
    kept = {key: value for key, value in texts.items() if value}
    if _procedure_name(name) != name:
        kept["name"] = name
    if decision := clean_text(source.decision):
        kept["decision"] = decision
    return kept
