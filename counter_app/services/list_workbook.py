"""A list of dossiers as an XLSX workbook: true dates, a header that stays in sight, and no formula from data."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from counter_app.core.clock import to_local
from counter_app.services.answers.dossiers import DossierRow
from counter_app.services.answers.exports import ExportColumn
from resources.texts import Language, text

_MOMENT = "dd/mm/yyyy hh:mm"
_WIDTHS = {
    ExportColumn.CODE: 24,
    ExportColumn.APPLICANT: 32,
    ExportColumn.PROCEDURE: 56,
    ExportColumn.FIELD: 24,
    ExportColumn.CLERK: 24,
}
_USUAL_WIDTH = 18


def write_workbook(rows: Iterable[DossierRow], columns: Sequence[ExportColumn], *, language: Language) -> bytes:
    """Return the workbook. Dates are Vietnamese local time, as cells of that kind; every text is a text."""
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    # The stubs leave out most of what a sheet that is only written has.
    sheet: Any = book.create_sheet(text("export.sheet", language))
    sheet.freeze_panes = "A2"
    for number, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDTHS.get(column, _USUAL_WIDTH)
    sheet.append([_title(sheet, text(f"export.column.{column.value}", language)) for column in columns])
    for row in rows:
        sheet.append([_cell(sheet, _VALUES[column](row, language)) for column in columns])
    written = BytesIO()
    book.save(written)
    return written.getvalue()


_VALUES: dict[ExportColumn, Callable[[DossierRow, Language], str | datetime | None]] = {
    ExportColumn.CODE: lambda row, _language: row.code,
    ExportColumn.APPLICANT: lambda row, _language: row.applicant_name,
    ExportColumn.PROCEDURE: lambda row, _language: row.procedure_name,
    ExportColumn.FIELD: lambda row, _language: row.field_name,
    ExportColumn.STATUS: lambda row, language: text(f"dossier.status.{int(row.status)}", language),
    ExportColumn.RECEIVED: lambda row, _language: row.received_at,
    ExportColumn.DUE: lambda row, _language: row.due_at,
    ExportColumn.LATE: lambda row, language: text("export.late", language) if row.is_late else "",
    ExportColumn.CHANNEL: lambda row, language: text(f"intake.channel.{row.channel.value}", language),
    ExportColumn.CLERK: lambda row, _language: row.clerk_name,
}


def _title(sheet: Any, words: str) -> Any:
    from openpyxl.styles import Font

    cell = _cell(sheet, words)
    cell.font = Font(bold=True)
    return cell


def _cell(sheet: Any, value: str | datetime | None) -> Any:
    from openpyxl.cell import WriteOnlyCell

    if not isinstance(value, str):
        local = to_local(value).replace(tzinfo=None, second=0, microsecond=0) if value is not None else None
        cell = WriteOnlyCell(sheet, value=local)
        cell.number_format = _MOMENT
        return cell
    cell = WriteOnlyCell(sheet, value=value)
    # Said after the value, which openpyxl takes for a formula when it begins with "=".
    cell.data_type = "s"
    # A spreadsheet keeps such a text a text even when somebody edits the cell (ECMA-376, 18.8.45, quotePrefix).
    cell.quotePrefix = value.startswith(("=", "+", "-", "@", "\t", "\r"))
    return cell
