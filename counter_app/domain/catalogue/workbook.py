"""Reading the catalogue workbook (XLSX), where units enter procedures no portal publishes, and writing its template."""

from collections.abc import Iterator
from datetime import date
from io import BytesIO

from counter_app.core.errors import UserError
from counter_app.core.text import fold
from counter_app.domain.catalogue import workbook_columns as columns
from counter_app.domain.catalogue.cleaning import clean_name, clean_text, whole_number
from counter_app.domain.catalogue.doubts import CatalogueFile, Doubt, DoubtList
from counter_app.domain.catalogue.fees import MOST_AMOUNT
from counter_app.domain.catalogue.interpreting import MAX_CODE_CHARS, gather
from counter_app.domain.catalogue.sheets import BROKEN_FILE_ERRORS, SheetRow, check_archive, iter_rows
from counter_app.domain.catalogue.steps import read_steps
from counter_app.domain.catalogue.times import read_time_words
from counter_app.domain.procedure import (
    Channel,
    ChannelTimeLimit,
    Component,
    FeeApplication,
    FeeKind,
    FeeLine,
    Procedure,
    ProcedureCase,
    ProcedureSource,
)

_MOST_MONTHS = 600
_NO_WORDS = {"khong", "0", "no", "false", "n", "ko"}
_YES_WORDS = {"", "co", "x", "1", "yes", "true", "y", "bat buoc"}
_KINDS = {"phi": FeeKind.FEE, "fee": FeeKind.FEE, "le phi": FeeKind.CHARGE, "charge": FeeKind.CHARGE}

_Entry = tuple[Procedure | None, tuple[Doubt, ...]]


def read_workbook(data: bytes, *, effective_on: date, name: str) -> CatalogueFile:
    """Return the procedures of a workbook with the sheets "Thủ tục", "Thành phần", "Phí" and "Quy trình".

    Raises:
        UserError: ``catalogue.not_readable``, ``catalogue.too_large_file``, ``catalogue.unknown_format`` (no sheet of
            procedures with code and name), ``catalogue.empty``, ``catalogue.too_large``.
    """
    from openpyxl import load_workbook

    check_archive(data, name)
    try:
        book = load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
        procedures = list(iter_rows(book, columns.PROCEDURE_SHEET, columns.PROCEDURE_COLUMNS))
        papers = list(iter_rows(book, columns.COMPONENT_SHEET, columns.COMPONENT_COLUMNS))
        fees = list(iter_rows(book, columns.FEE_SHEET, columns.FEE_COLUMNS))
        steps = list(iter_rows(book, columns.STEP_SHEET, columns.STEP_COLUMNS))
        book.close()
    except BROKEN_FILE_ERRORS as error:
        raise UserError("catalogue.not_readable", name=name) from error
    if not any("code" in row.cells and "name" in row.cells for row in procedures):
        raise UserError("catalogue.unknown_format", name=name)
    lists = [_by_code(rows) for rows in (papers, fees, steps)]
    known = {_code_of(row) for row in procedures}
    entries = [
        _read_procedure(row, effective_on, *(by_code.get(_code_of(row), []) for by_code in lists)) for row in procedures
    ]
    strays = [row for row in papers + fees + steps if _code_of(row) not in known]
    return gather([*entries, *_iter_strays(strays)])


def write_template() -> bytes:
    """Return an XLSX workbook with its sheets, their headers and an example."""
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    book.remove(book.worksheets[0])
    for titles, names, examples in (
        (columns.PROCEDURE_SHEET, columns.PROCEDURE_COLUMNS, (columns.EXAMPLE_PROCEDURE,)),
        (columns.COMPONENT_SHEET, columns.COMPONENT_COLUMNS, (columns.EXAMPLE_COMPONENT,)),
        (columns.FEE_SHEET, columns.FEE_COLUMNS, (columns.EXAMPLE_FEE,)),
        (columns.STEP_SHEET, columns.STEP_COLUMNS, columns.EXAMPLE_STEPS),
    ):
        sheet = book.create_sheet(titles[0])
        sheet.append([headers[0] for headers in names.values()])
        for example in examples:
            sheet.append([example[column] for column in names])
        sheet.freeze_panes = "A2"
        for index, headers in enumerate(names.values(), start=1):
            sheet.cell(row=1, column=index).font = Font(bold=True)
            sheet.column_dimensions[get_column_letter(index)].width = max(14, len(headers[0]) + 4)
        for cell in sheet["A"]:
            cell.number_format = "@"  # as text, so that 1.004220 keeps its last zero
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def _read_procedure(
    row: SheetRow, effective_on: date, papers: list[SheetRow], fees: list[SheetRow], steps: list[SheetRow]
) -> _Entry:
    code, name = _code_of(row), clean_name(row.cells.get("name"))
    doubts = DoubtList(code[:MAX_CODE_CHARS])
    if not code or not name or len(code) > MAX_CODE_CHARS:
        doubts.add(row.place, "no_code_or_name", f"{code} {name}".strip())
        return None, doubts.all()
    field_name = clean_text(row.cells.get("field_name"))
    if not field_name:
        doubts.add(row.place, "no_field", name)
    procedure = Procedure(
        code=code,
        effective_on=effective_on,
        name=name,
        field_code=clean_text(row.cells.get("field_code")),
        field_name=field_name,
        nicknames=_split(row.cells.get("nicknames")),
        level=clean_text(row.cells.get("level")),
        cases=_read_cases(papers, doubts, row.place),
        time_limits=_read_times(row, doubts),
        fees=tuple(_read_fee(paid, doubts) for paid in fees),
        results=_split(row.cells.get("results")),
        legal_basis=_split(row.cells.get("legal_basis")),
        notes=_split(row.cells.get("notes")),
        counts_transport=fold(clean_text(row.cells.get("counts_transport"))) not in _NO_WORDS,
        steps=read_steps(((step.place, step.cells) for step in steps), doubts),
        source=ProcedureSource.WORKBOOK,
    )
    return procedure, doubts.all()


def _read_times(row: SheetRow, doubts: DoubtList) -> tuple[ChannelTimeLimit, ...]:
    found = []
    for channel in Channel:
        words = clean_text(row.cells.get(channel.value))
        if not words:
            continue
        limit = read_time_words(words)
        if limit is None:
            doubts.add(row.place, "time_not_understood", words)
        else:
            found.append(ChannelTimeLimit(channel=channel, limit=limit))
    if not found:
        doubts.add(row.place, "time_not_understood")
    return tuple(found)


def _read_cases(papers: list[SheetRow], doubts: DoubtList, place: str) -> tuple[ProcedureCase, ...]:
    """Papers without a case belong to every case, as the sheet's first rows usually do."""
    common: list[Component] = []
    own: dict[str, list[Component]] = {}
    for row in papers:
        paper = _read_paper(row, doubts)
        if paper is not None:
            case = clean_name(row.cells.get("case"))
            (own.setdefault(case, []) if case else common).append(paper)
    if not common and not own:
        doubts.add(place, "no_papers")
    if not own:
        return (ProcedureCase(components=tuple(common)),)
    return tuple(
        ProcedureCase(code=str(number), name=case, components=(*common, *components))
        for number, (case, components) in enumerate(own.items(), start=1)
    )


def _read_paper(row: SheetRow, doubts: DoubtList) -> Component | None:
    name = clean_name(row.cells.get("name"))
    if not name:
        doubts.add(row.place, "paper_without_name")
        return None
    counts = {kind: whole_number(row.cells.get(kind)) for kind in ("original", "certified", "copy")}
    wrong = [kind for kind, count in counts.items() if kind in row.cells and (count is None or count > 99)]
    if wrong or not any(counts.values()):
        doubts.add(row.place, "count_not_stated", name)
    kept = {kind: count if count is not None and count <= 99 else 0 for kind, count in counts.items()}
    required = fold(clean_text(row.cells.get("required")))
    if required not in _YES_WORDS | _NO_WORDS:
        doubts.add(row.place, "required_unclear", required)
    return Component(
        name=name,
        code=clean_text(row.cells.get("paper_code"))[:100],
        original=kept["original"] if any(kept.values()) else 1,
        certified=kept["certified"],
        copy=kept["copy"],
        required=required not in _NO_WORDS,
        form_name=clean_name(row.cells.get("form_name")),
        note=clean_text(row.cells.get("note")),
        valid_months=_read_validity(row, doubts),
    )


def _read_validity(row: SheetRow, doubts: DoubtList) -> int:
    cell = row.cells.get("valid_months")
    written, months = clean_text(cell), whole_number(cell)
    if written and (months is None or not 0 < months <= _MOST_MONTHS):
        doubts.add(row.place, "validity_not_understood", written)
        return 0
    return months or 0


def _read_fee(row: SheetRow, doubts: DoubtList) -> FeeLine:
    """An empty amount with a note that says who sets it is a statement; any other that cannot be read is a doubt."""
    name, note = clean_name(row.cells.get("name")), clean_text(row.cells.get("note"))
    written = clean_text(row.cells.get("amount"))
    amount, online = _amount(row.cells.get("amount")), _amount(row.cells.get("online_amount"))
    is_left_open = not written and bool(note)
    if (amount is None and not is_left_open) or ("online_amount" in row.cells and online is None):
        doubts.add(row.place, "fee_not_understood", f"{name} {written}".strip())
        online = None
    kind = _KINDS.get(fold(clean_text(row.cells.get("kind"))))
    if kind is None:
        doubts.add(row.place, "fee_kind_unclear", name)
        kind = FeeKind.CHARGE if "le phi" in fold(name) else FeeKind.FEE
    unit_words = fold(clean_text(row.cells.get("per"))) or "ho so"
    per = next((unit for unit, words in columns.FEE_UNITS.items() if unit_words in {fold(w) for w in words}), None)
    if per is None:
        doubts.add(row.place, "fee_unit_unclear", unit_words)
    applied = fold(clean_text(row.cells.get("applies"))) or "always"
    applies = next(
        (key for key, words in columns.FEE_APPLICATIONS.items() if applied in {fold(w) for w in words}), None
    )
    if applies is None:
        doubts.add(row.place, "fee_application_unclear", applied)
    return FeeLine(
        kind=kind,
        name=name or ("Phí" if kind is FeeKind.FEE else "Lệ phí"),
        amount=amount,
        per=per or "dossier",
        online_amount=online,
        applies=FeeApplication(applies or "always"),
        note=note,
        legal_basis=clean_text(row.cells.get("legal_basis")),
    )


def _amount(value: object) -> int | None:
    if isinstance(value, str):
        value = fold(value).removesuffix("dong").removesuffix("vnd").strip().replace(".", "").replace(",", "")
    amount = whole_number(value)
    return None if amount is None or amount > MOST_AMOUNT else amount


def _code_of(row: SheetRow) -> str:
    """Spreadsheets turn 1.004220 into the number 1.00422: a number is written back with six digits."""
    value = row.cells.get("code")
    return f"{value:.6f}" if isinstance(value, float) and 1 <= value < 10 else clean_text(value)


def _by_code(rows: list[SheetRow]) -> dict[str, list[SheetRow]]:
    found: dict[str, list[SheetRow]] = {}
    for row in rows:
        found.setdefault(_code_of(row), []).append(row)
    return found


def _iter_strays(rows: list[SheetRow]) -> Iterator[_Entry]:
    for row in rows:
        doubts = DoubtList(_code_of(row)[:MAX_CODE_CHARS])
        doubts.add(row.place, "row_without_procedure", clean_text(row.cells.get("name")))
        yield None, doubts.all()


def _split(value: object) -> tuple[str, ...]:
    if not isinstance(value, str):
        return ()
    parts = (clean_name(part) for line in value.splitlines() for part in line.split(";"))
    return tuple(dict.fromkeys(part for part in parts if part))
