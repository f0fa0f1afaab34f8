"""A list as a workbook: which rows, which columns, and what was written."""

from enum import StrEnum

import msgspec

from counter_app.services.answers.lists import DossierFilter, ListOrder


class ExportColumn(StrEnum):
    """A column of an exported list; the values are the words of the command line and name their texts."""

    CODE = "code"
    APPLICANT = "applicant"
    PROCEDURE = "procedure"
    FIELD = "field"
    STATUS = "status"
    RECEIVED = "received"
    DUE = "due"
    LATE = "late"
    CHANNEL = "channel"
    CLERK = "clerk"


USUAL_COLUMNS = (
    ExportColumn.CODE,
    ExportColumn.APPLICANT,
    ExportColumn.PROCEDURE,
    ExportColumn.STATUS,
    ExportColumn.RECEIVED,
    ExportColumn.DUE,
    ExportColumn.LATE,
)


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The list as it is shown: a filter with its order, or what a search for `words` finds; and the columns."""

    wanted: DossierFilter = DossierFilter()
    order: ListOrder | None = None
    words: str = ""
    columns: tuple[ExportColumn, ...] = USUAL_COLUMNS


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """What was written, and the journal entry that says so."""

    rows: int
    entry_id: str
