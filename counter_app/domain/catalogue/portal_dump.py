"""Reading a dump of the national portal's procedure pages: ``{"source", "count", "procedures": [...]}``.

Each procedure has code, name, field, level, decision, result, ways (channel, time, fees, note), components (case, name,
original, copy), steps and legal_basis, as text exports of dichvucong.gov.vn pages of July 2026 give them. A province
may add ``process``: its internal process as a list of (name, done_by, share, result).
"""

import re
from datetime import date

from counter_app.domain.catalogue.cleaning import clean_text, iter_tables, read_list, whole_number
from counter_app.domain.catalogue.doubts import CatalogueFile
from counter_app.domain.catalogue.fees import split_portal_fee
from counter_app.domain.catalogue.interpreting import gather, interpret
from counter_app.domain.catalogue.sources import SourceFee, SourceProcedure, SourceRow, SourceWay
from counter_app.domain.procedure import ProcedureSource

# The page joins several results with commas; a new one begins like the name of a paper.
_NEXT_RESULT = re.compile(
    r",\s+(?=(?:Quyết định|Giấy|Thông báo|Văn bản|Trích lục|Bản sao|Cập nhật|Biên bản|"
    r"Bằng|Thẻ|Công văn|Phiếu|Tờ trình)\b)"
)


def read_portal_dump(entries: list[object], *, effective_on: date) -> CatalogueFile:
    """Return the procedures of a dump's list.

    Raises:
        UserError: ``catalogue.empty``, ``catalogue.too_large``.
    """
    return gather(
        interpret(
            _source_of(table),
            effective_on=effective_on,
            origin=ProcedureSource.PORTAL_DUMP,
            place=f"procedures[{position}]",
        )
        for position, table in iter_tables(entries)
    )


def _source_of(table: dict[str, object]) -> SourceProcedure:
    return SourceProcedure(
        code=clean_text(table.get("code")),
        name=clean_text(table.get("name")),
        field_name=clean_text(table.get("field")),
        level=clean_text(table.get("level")),
        decision=clean_text(table.get("decision")),
        ways=tuple(_way_of(position, way) for position, way in iter_tables(table.get("ways"))),
        rows=tuple(_row_of(position, row) for position, row in iter_tables(table.get("components"))),
        results=tuple(_NEXT_RESULT.split(clean_text(table.get("result")))),
        legal_basis=tuple(clean_text(text) for text in read_list(table.get("legal_basis"))),
        steps=clean_text(table.get("steps")),
        process=tuple((f"process[{position}]", step) for position, step in iter_tables(table.get("process"))),
    )


def _way_of(position: int, way: dict[str, object]) -> SourceWay:
    time = way.get("time")
    parts = time if isinstance(time, dict) else {}
    value = parts.get("value")
    fees: list[SourceFee] = []
    for text in read_list(way.get("fees")):
        fees += split_portal_fee(clean_text(text))
    return SourceWay(
        place=f"ways[{position}]",
        channel=clean_text(way.get("channel")),
        time_value=float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None,
        time_unit=clean_text(parts.get("unit")),
        time_text=clean_text(way.get("time_raw")),
        note=clean_text(way.get("note")).removeprefix("Mô tả: "),
        fees=tuple(fees),
    )


def _row_of(position: int, row: dict[str, object]) -> SourceRow:
    return SourceRow(
        place=f"components[{position}]",
        heading=clean_text(row.get("case")),
        name=clean_text(row.get("name")),
        code=clean_text(row.get("code")),
        original=whole_number(row.get("original")),
        certified=whole_number(row.get("certified")),
        copy=whole_number(row.get("copy")),
    )
