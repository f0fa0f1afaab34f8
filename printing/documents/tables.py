"""Rows of facts become a table in the columns that the wording names."""

from collections.abc import Callable, Iterator
from typing import Any

from printing.blocks import Align, Cell, Column, Row, Table
from printing.documents.offer import TableSource
from resources.forms import TableWording

_Maker = Callable[[Any], Cell | str] | None


def _cell(said: Cell | str) -> Cell:
    return said if isinstance(said, Cell) else Cell(said)


def _rows(wording: TableWording, source: TableSource, data: object) -> Iterator[Row]:
    makers: list[_Maker] = [source.cells.get(column.key) for column in wording.columns]
    items = source.items(data, wording)
    for number, item in enumerate(items, start=source.first_number(data)):
        cells = (_cell(maker(item) if maker is not None else str(number)) for maker in makers)
        yield Row(tuple(cells), wording.row_mm)
    blank = max(0, wording.least_rows - len(items)) if items else max(wording.blank_rows, wording.least_rows)
    for _number in range(blank):
        yield Row((Cell(),) * len(makers), wording.row_mm)


def _total(wording: TableWording, source: TableSource, data: object) -> Row | None:
    """Return the row of totals; its words begin the first column that is no number."""
    if not wording.total:
        return None
    said = [source.totals[column.key](data) if column.key in source.totals else "" for column in wording.columns]
    place = min(1, len(said) - 1) if wording.columns[0].key == "number" else 0
    said[place] = " ".join(part for part in (wording.total, said[place]) if part)
    return Row(tuple(Cell(text, strong=True) for text in said))


def build_table(wording: TableWording, source: TableSource, data: object) -> Table:
    """Return the table; where it has no row, as many to write on as the wording says."""
    columns = tuple(
        Column(
            label=column.label,
            share=column.share,
            width_mm=column.width_mm,
            align=Align(column.align),
            group=column.group,
        )
        for column in wording.columns
    )
    return Table(
        columns=columns,
        rows=tuple(_rows(wording, source, data)),
        page_total=wording.page_total,
        total=_total(wording, source, data),
        rows_before=source.first_number(data) - 1,
    )
