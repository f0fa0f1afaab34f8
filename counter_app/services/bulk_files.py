"""A list of dossiers handed in together, as a file: JSON, CSV or XLSX. A row that cannot be read leaves the others."""

import hashlib
from datetime import date, datetime
from typing import Any

import msgspec

from counter_app.core.clock import local_date
from counter_app.core.errors import UserError
from counter_app.core.text import fold, nfc
from counter_app.domain.dossier import Paper, ResultChannel
from counter_app.domain.person import FieldSource, Party
from counter_app.domain.sheet_files import MOST_BYTES, ListedRow, read_list
from counter_app.services.answers.bulk_intake import Batch, BulkLine
from counter_app.services.answers.intake import IntakeForm
from counter_app.services.bulk_intake import MOST_LINES
from counter_app.services.catalogue import Catalogue
from counter_app.services.intake import Intake
from counter_app.services.intake_files import IntakeFile, PersonInFile, form_of
from counter_app.services.open_desk import OpenDesk

COLUMNS: dict[str, tuple[str, ...]] = {
    "procedure": ("Mã thủ tục", "Procedure"),
    "case": ("Trường hợp", "Case"),
    "full_name": ("Chủ hồ sơ", "Họ và tên", "Applicant"),
    "id_number": ("Số định danh", "Id number"),
    "birth": ("Ngày sinh", "Năm sinh", "Birth"),
    "sex": ("Giới tính", "Sex"),
    "address": ("Nơi cư trú", "Địa chỉ", "Address"),
    "phone": ("Điện thoại", "Phone"),
    "tax_code": ("Mã số thuế", "Tax code"),
    "card": ("Mã QR căn cước", "Card"),
    "competent_unit": ("Đơn vị giải quyết", "Mã đơn vị giải quyết", "Competent unit"),
    "papers": ("Giấy tờ", "Papers"),
    "result": ("Cách trả kết quả", "Result"),
    "delivery_address": ("Địa chỉ trả kết quả", "Delivery address"),
    "working_days": ("Số ngày làm việc", "Working days"),
    "note": ("Ghi chú", "Note"),
}
_NEEDED = ("procedure", "full_name")
_ALL_PAPERS = {"du", "day du", "all", "x"}
_RESULTS = {"buu dien": "post", "post": "post", "tai quay": "desk", "desk": "desk", "truc tuyen": "online",
            "online": "online"}  # fmt: skip
_SEXES = {"nam": "male", "male": "male", "nu": "female", "female": "female"}


class _JsonFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    dossiers: list[msgspec.Raw]
    submitter: PersonInFile | None = None
    authorisation: str = ""


class ReadBatch(msgspec.Struct, frozen=True, kw_only=True):
    """A file as a batch: lines that may be received, and those that could not even be read (with their problem)."""

    batch: Batch
    unread: tuple[BulkLine, ...] = ()


class BulkFiles:
    """Reads batches from files; receives nothing. Safe from any thread."""

    def __init__(self, desk: OpenDesk, intake: Intake, catalogue: Catalogue) -> None:
        self._desk = desk
        self._intake = intake
        self._catalogue = catalogue

    def read(self, data: bytes, batch: Batch) -> ReadBatch:
        """Return the batch with the file's lines. Lines that the batch has received already stay as they are.

        Raises:
            UserError: ``postal.file_*``, ``postal.batch_too_long``: the file as a whole is refused.
        """
        digest = digest_of(data)
        is_json = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
        lines, batch = self._read_json(data, batch) if is_json else (self._read_sheet(data), batch)
        if len(lines) > MOST_LINES:
            raise UserError("postal.batch_too_long", most=MOST_LINES)
        lines = [msgspec.structs.replace(line, id=f"{digest}:{line.row}") for line in lines]
        received = {line.id: line for line in batch.received}
        good = tuple(received.get(line.id, line) for line in lines if not line.problem)
        unread = tuple(line for line in lines if line.problem)
        return ReadBatch(batch=msgspec.structs.replace(batch, lines=good), unread=unread)

    def _read_json(self, data: bytes, batch: Batch) -> tuple[list[BulkLine], Batch]:
        if len(data) > MOST_BYTES:
            raise UserError("postal.file_too_large", most_mb=MOST_BYTES // 1_000_000)
        try:
            file = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=_JsonFile)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
            raise UserError("postal.file_unreadable") from exc
        submitter = file.submitter.party(Party(), FieldSource.FILE) if file.submitter else batch.submitter
        authorisation = nfc(file.authorisation) or batch.authorisation
        lines = [self._line_of_json(raw, row) for row, raw in enumerate(file.dossiers, start=1)]
        return lines, msgspec.structs.replace(batch, submitter=submitter, authorisation=authorisation)

    def _line_of_json(self, raw: msgspec.Raw, row: int) -> BulkLine:
        try:
            file = msgspec.json.decode(raw, type=IntakeFile)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return BulkLine(form=IntakeForm(), row=row, problem="postal.row_unreadable")
        return self._line(file, row)

    def _read_sheet(self, data: bytes) -> list[BulkLine]:
        return [self._line_of_row(row) for row in read_list(data, COLUMNS, needs=_NEEDED)]

    def _line_of_row(self, row: ListedRow) -> BulkLine:
        try:
            file = msgspec.convert(_document(row), type=IntakeFile, strict=False)
        except (msgspec.MsgspecError, UserError):
            return BulkLine(form=IntakeForm(), row=row.number, problem="postal.row_unreadable")
        line = self._line(file, row.number)
        if line.problem:
            return line
        papers = self._papers(row.text("papers"), line.form)
        return msgspec.structs.replace(line, form=msgspec.structs.replace(line.form, papers=papers))

    def _line(self, file: IntakeFile, row: int) -> BulkLine:
        try:
            form, _doubts = form_of(file, self._intake)
        except UserError as error:
            context = {name: str(value) for name, value in error.context.items()}
            return BulkLine(form=IntakeForm(), row=row, problem=error.code, context=context)
        return BulkLine(form=form, outcome=file.outcome, row=row)

    def _papers(self, words: str, form: IntakeForm) -> tuple[Paper, ...]:
        """ "Đủ" hands in all that the checklist requires; else the papers named, one original each."""
        if fold(words) not in _ALL_PAPERS:
            return tuple(Paper(name=name, original=1) for part in words.split(";") if (name := nfc(part)))
        return self.list_required(form)

    def list_required(self, form: IntakeForm) -> tuple[Paper, ...]:
        """Return what the checklist of a form's procedure requires, as handed in; nothing where it is unknown."""
        try:
            procedure = self._catalogue.get(form.procedure_code, on=local_date(self._desk.clock.now()))
        except UserError:
            return ()
        case = procedure.find_case(form.case_code)
        return tuple(
            Paper(name=one.name, code=one.code, original=one.original, certified=one.certified, copy=one.copy)
            for one in (case.components if case else ())
            if one.required
        )


def digest_of(data: bytes) -> str:
    """Return what tells one file from another."""
    return hashlib.sha256(data).hexdigest()


def _document(row: ListedRow) -> dict[str, Any]:
    """Return a row as the document that a JSON file would hold; empty cells say nothing."""
    person: dict[str, Any] = {
        name: row.text(name) for name in ("full_name", "id_number", "address", "phone", "tax_code") if row.text(name)
    }
    person |= _birth(row)
    sex = _SEXES.get(fold(row.text("sex")))
    if sex:
        person["sex"] = sex
    if row.text("tax_code") and not row.text("id_number"):
        person["kind"] = "organisation"
    document: dict[str, Any] = {"procedure": _procedure(row), "applicant": person}
    for name in ("case", "card", "competent_unit", "delivery_address", "working_days", "note"):
        if row.text(name):
            document[name] = row.text(name)
    result = row.text("result")
    if result:
        document["result"] = _RESULTS.get(fold(result), result)
    elif row.text("delivery_address"):
        document["result"] = ResultChannel.POST.value
    return document


def _procedure(row: ListedRow) -> str:
    """Spreadsheets turn 1.004220 into the number 1.00422: a number is written back with six digits."""
    value = row.cells.get("procedure")
    return f"{value:.6f}" if isinstance(value, float) and 1 <= value < 10 else row.text("procedure")


def _birth(row: ListedRow) -> dict[str, Any]:
    value = row.cells.get("birth")
    if value is None:
        return {}
    if isinstance(value, datetime):
        return {"birth_date": value.date().isoformat()}
    if isinstance(value, date):
        return {"birth_date": value.isoformat()}
    text = row.text("birth")
    if text.isdigit() and len(text) == 4:
        return {"birth_year": int(text)}
    return {"birth_date": _day(text)}


def _day(text: str) -> str:
    """Return a day written with the day or the year first as ISO 8601; anything else as it is."""
    parts = text.replace("-", "/").replace(".", "/").split("/")
    if len(parts) == 3 and all(part.isdigit() for part in parts):
        day, month, year = parts if len(parts[2]) == 4 else reversed(parts)
        return f"{int(year):04d}-{int(month):02d}-{int(day):02d}"
    return text
