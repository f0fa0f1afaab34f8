"""A list that leaves the store: true dates, texts that stay texts, and an entry that says who took what."""

import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from counter_app.bootstrap import OpenCounter
from counter_app.core.clock import to_local
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.domain.dossier import Outcome, Status
from counter_app.journal.entries import ListExported, decode_body, entry_of
from counter_app.services.answers.exports import ExportColumn, ExportRequest
from counter_app.services.answers.lists import DossierFilter
from counter_app.services.sample_data import LOGIN
from counter_app.store.tables import journal
from resources.texts import Language
from tests.fakes.desks import DOSSIERS, a_form, at_work, sample_desk
from tests.fakes.manifests import is_whole, receive

SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
FORMULA = '=HYPERLINK("http://example.org";"Nguyễn")'


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenCounter]:
    with at_work(sample_desk(tmp_path / "desk")) as made:
        yield made


def write(desk: OpenCounter, file: Path, **asked: object) -> int:
    request = msgspec.convert(asked, ExportRequest)
    return desk.counter.exports.write_list(request, file, language=Language.VIETNAMESE).rows


def named(desk: OpenCounter, name: str) -> str:
    form = a_form(7)
    applicant = msgspec.structs.replace(form.applicant, full_name=name)
    form = msgspec.structs.replace(form, applicant=applicant)
    return desk.counter.intake.receive(form, Outcome.ACCEPTED).dossier.code


def cells_of(file: Path) -> list[list[object]]:
    sheet = load_workbook(file).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_workbook_holds_the_rows_as_filtered_with_true_dates_and_the_columns_asked_for(
    desk: OpenCounter, tmp_path: Path
) -> None:
    receive(desk, 3)
    wanted = DossierFilter(statuses=(Status.RECEIVED,))
    rows = desk.counter.lists.page(wanted).rows
    file = tmp_path / "hồ sơ.xlsx"

    columns = (ExportColumn.CODE, ExportColumn.DUE, ExportColumn.APPLICANT)
    count = write(desk, file, wanted=wanted, columns=columns)

    head, *lines = cells_of(file)
    assert head == ["Mã hồ sơ", "Hẹn trả", "Chủ hồ sơ"]
    assert count == len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        assert line[0] == row.code
        assert row.due_at is not None
        assert line[1] == to_local(row.due_at).replace(tzinfo=None, second=0, microsecond=0)
        assert isinstance(line[1], datetime)
    sheet = load_workbook(file).worksheets[0]
    assert sheet.freeze_panes == "A2"
    assert sheet["B2"].number_format == "dd/mm/yyyy hh:mm"


@pytest.mark.parametrize("name", [FORMULA, "+84 Nguyễn", "-Nguyễn", "@SUM(A1)"])
def test_name_that_looks_like_a_formula_stays_a_text(desk: OpenCounter, tmp_path: Path, name: str) -> None:
    named(desk, name)
    file = tmp_path / "list.xlsx"

    write(desk, file)

    with zipfile.ZipFile(file) as archive:
        sheet = ET.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    assert list(sheet.iter(f"{SPREADSHEET}f")) == []
    assert name in [value for row in cells_of(file) for value in row]


def test_file_itself_holds_texts_and_numbers_of_days(desk: OpenCounter, tmp_path: Path) -> None:
    """Read without the library that wrote it: the cells' kinds as ECMA-376 has them, and the day numbers of 1900."""
    code = named(desk, FORMULA)
    file = tmp_path / "list.xlsx"
    write(desk, file, columns=(ExportColumn.CODE, ExportColumn.APPLICANT, ExportColumn.RECEIVED))

    with zipfile.ZipFile(file) as archive:
        sheet = ET.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    (pane,) = sheet.iter(f"{SPREADSHEET}pane")
    newest = list(sheet.iter(f"{SPREADSHEET}row"))[1]
    kinds = [cell.get("t", "n") for cell in newest]
    values = ["".join(part.itertext()) for part in newest]
    received = desk.counter.lookup.get_dossier(code).dossier.received_at

    assert (pane.get("state"), pane.get("ySplit")) == ("frozen", "1")
    assert kinds == ["inlineStr", "inlineStr", "n"]
    assert values[:2] == [code, FORMULA]
    local = to_local(received)
    days_of_1900 = (local - datetime(1899, 12, 30, tzinfo=local.tzinfo)) / timedelta(days=1)
    assert float(values[2]) == pytest.approx(days_of_1900, abs=1e-4)


def test_every_export_stands_in_the_journal_without_what_was_searched_for(desk: OpenCounter, tmp_path: Path) -> None:
    receive(desk, 2)
    write(desk, tmp_path / "a.xlsx", wanted=DossierFilter(is_late=True))
    found = write(desk, tmp_path / "b.xlsx", words="tuong tuong")

    with desk.desk.store.reading() as connection:
        query = select(journal.entry).where(journal.entry.c.kind == ListExported.KIND)
        entries = [entry_of(row) for row in connection.execute(query.order_by(journal.entry.c.position))]
        bodies = [decode_body(entry.kind, entry.version, entry.body) for entry in entries]
    filtered, searched = bodies
    assert isinstance(filtered, ListExported)
    assert isinstance(searched, ListExported)
    assert msgspec.json.decode(filtered.wanted, type=DossierFilter) == DossierFilter(is_late=True)
    assert (searched.rows, searched.is_search, searched.wanted) == (found, True, "")
    assert found == 2
    assert b"tuong" not in b"".join(entry.body for entry in entries)
    clerks = {clerk.login: clerk.id for clerk in desk.counter.session.list_clerks()}
    assert {entry.clerk for entry in entries} == {clerks[LOGIN]}
    assert is_whole(desk)


def test_list_longer_than_a_page_is_written_whole(
    desk: OpenCounter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("counter_app.services.exports._AT_ONCE", 4)
    receive(desk, 7)

    assert write(desk, tmp_path / "all.xlsx") == DOSSIERS + 7
    codes = [row[0] for row in cells_of(tmp_path / "all.xlsx")[1:]]
    assert len(set(codes)) == DOSSIERS + 7


def test_nothing_is_written_where_nothing_may_be(desk: OpenCounter, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"export\.no_columns"):
        write(desk, tmp_path / "none.xlsx", columns=())
    blocked = tmp_path / "file"
    blocked.write_bytes(b"x")
    with pytest.raises(EnvironmentFailure, match=r"disk\.write_failed"):
        write(desk, blocked / "list.xlsx")

    assert list(tmp_path.glob("*.xlsx")) == []
