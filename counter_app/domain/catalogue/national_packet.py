"""Reading the national procedure packet (service LayThuTuc): objects with Vietnamese keys in capitals.

The keys are those provincial systems store from it: MATTHC, TENTTHC, LINHVUCTHUCHIEN, CACHTHUCTHUCHIEN (KENH, THOIGIAN,
PHILEPHI), THANHPHANHOSO (TRUONGHOP, GIAYTO), KETQUATHUCHIEN, CANCUPHAPLY. The keys of the paper counts (SOBANCHINH,
SOBANSAO) are unverified; a packet without them gives one original each and a doubt.
"""

from collections.abc import Iterator
from datetime import date

from counter_app.domain.catalogue.cleaning import clean_text, iter_tables, read_list, whole_number
from counter_app.domain.catalogue.doubts import CatalogueFile
from counter_app.domain.catalogue.interpreting import gather, interpret
from counter_app.domain.catalogue.shapes import capital_keys, whole_dong
from counter_app.domain.catalogue.sources import SourceFee, SourceProcedure, SourceRow, SourceWay
from counter_app.domain.procedure import ProcedureSource

Table = dict[str, object]


def read_national_packet(entries: list[object], *, effective_on: date) -> CatalogueFile:
    """Return the procedures of a packet's objects.

    Raises:
        UserError: ``catalogue.empty``, ``catalogue.too_large``.
    """
    return gather(
        interpret(
            _source_of(capital_keys(table)),
            effective_on=effective_on,
            origin=ProcedureSource.NATIONAL_PACKET,
            place=f"[{position}]",
        )
        for position, table in iter_tables(entries)
    )


def _tables(value: object) -> Iterator[tuple[int, Table]]:
    for position, table in iter_tables(value):
        yield position, capital_keys(table)


def _source_of(table: Table) -> SourceProcedure:
    fields = [field for _, field in _tables(table.get("LINHVUCTHUCHIEN"))]
    field = fields[0] if fields else {}
    return SourceProcedure(
        code=clean_text(table.get("MATTHC")),
        name=clean_text(table.get("TENTTHC")),
        field_code=clean_text(field.get("MALINHVUC")),
        field_name=clean_text(field.get("TENLINHVUC")),
        level=", ".join(_named(table.get("CAPTHUCHIEN"), "CAPTHUCHIEN", "TENCAPTHUCHIEN", "TEN")),
        decision=clean_text(table.get("QUYETDINH")),
        ways=tuple(_iter_ways(table)),
        rows=tuple(_iter_rows(table)),
        results=_named(table.get("KETQUATHUCHIEN"), "TENKETQUA"),
        legal_basis=tuple(_law(law) for _, law in _tables(table.get("CANCUPHAPLY"))),
        steps=" ".join(_iter_steps(table)),
    )


def _named(value: object, *keys: str) -> tuple[str, ...]:
    found = [clean_text(item) for item in read_list(value)]
    for _, item in _tables(value):
        found.append(next((text for key in keys if (text := clean_text(item.get(key)))), ""))
    return tuple(text for text in found if text)


def _law(law: Table) -> str:
    number, name = clean_text(law.get("SOVANBAN")), clean_text(law.get("TENVANBAN"))
    return name if not number or number in name else f"{name} ({number})".strip()


def _iter_steps(table: Table) -> Iterator[str]:
    for _, order in _tables(table.get("TRINHTUTHUCHIEN")):
        yield from _named(order.get("TRINHTU"), "TENTRINHTU")


def _iter_ways(table: Table) -> Iterator[SourceWay]:
    for number, way in _tables(table.get("CACHTHUCTHUCHIEN")):
        for position, time in _tables(way.get("THOIGIAN")):
            yield _way_of(f"CACHTHUCTHUCHIEN[{number}].THOIGIAN[{position}]", clean_text(way.get("KENH")), time)


def _way_of(place: str, channel: str, time: Table) -> SourceWay:
    value, unit = clean_text(time.get("THOIGIANGIAIQUYET")), clean_text(time.get("DONVITINH"))
    try:
        number = float(value.replace(",", "."))
    except ValueError:
        number = None
    return SourceWay(
        place=place,
        channel=channel,
        time_value=number,
        time_unit=unit,
        time_text=f"{value} {unit}".strip(),
        note=clean_text(time.get("MOTA")),
        fees=tuple(_fee_of(fee) for _, fee in _tables(time.get("PHILEPHI"))),
    )


def _fee_of(fee: Table) -> SourceFee:
    amount = clean_text(fee.get("SOTIEN"))
    per, note = clean_text(fee.get("DONVI")), clean_text(fee.get("MOTA"))
    return SourceFee(
        text=" ".join(part for part in (amount, per, note) if part),
        amount=whole_number(whole_dong(amount)),
        per_text=per,
        note=note,
    )


def _iter_rows(table: Table) -> Iterator[SourceRow]:
    for number, case in _tables(table.get("THANHPHANHOSO")):
        heading = clean_text(case.get("TRUONGHOP"))
        for position, paper in _tables(case.get("GIAYTO")):
            yield SourceRow(
                place=f"THANHPHANHOSO[{number}].GIAYTO[{position}]",
                heading=heading,
                name=clean_text(paper.get("TENGIAYTO")),
                code=clean_text(paper.get("MAGIAYTO")),
                original=_first_number(paper, "SOBANCHINH", "SOLUONGBANCHINH", "BANCHINH"),
                copy=_first_number(paper, "SOBANSAO", "SOLUONGBANSAO", "BANSAO"),
                form_name=clean_text(paper.get("TENMAUDON")),
            )


def _first_number(paper: Table, *keys: str) -> int | None:
    return next((number for key in keys if (number := whole_number(paper.get(key))) is not None), None)
