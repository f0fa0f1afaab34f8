import zipfile
from contextlib import suppress
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from counter_app.core.errors import UserError
from counter_app.domain.postal import AttemptOutcome
from counter_app.domain.postal_lists import IN_COLUMNS, NEEDED, OUT_COLUMNS, Event, read_amount, read_event, read_moment
from counter_app.domain.sheet_files import ListedRow, read_list, write_csv, write_xlsx

HEADERS = "Số vận đơn,Trạng thái,Thời gian,Người nhận,Lý do,Tiền thu hộ\n"
ROW = "VN000001,Phát thành công,25/11/2026 09:30,Trần Văn Mẫu,,50.000\n"


def rows_of(text: str) -> tuple[ListedRow, ...]:
    return read_list(text.encode(), IN_COLUMNS, needs=NEEDED)


def workbook(*rows: tuple[Any, ...]) -> bytes:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_list_is_read_whatever_its_separator_and_mark(separator: str, mark: str) -> None:
    (row,) = rows_of(mark + (HEADERS + ROW).replace(",", separator))
    event = read_event(row)

    assert (event.number, event.event, event.receiver) == ("VN000001", Event.DELIVERED, "Trần Văn Mẫu")
    assert (event.at, event.cod) == (datetime(2026, 11, 25, 2, 30, tzinfo=UTC), 50_000)
    assert row.number == 2
    assert row.source == "VN000001 | Phát thành công | 25/11/2026 09:30 | Trần Văn Mẫu | 50.000"


def test_english_names_titles_above_and_true_dates_of_a_spreadsheet_are_read() -> None:
    data = workbook(
        ("Báo cáo phát",),
        (),
        ("ItemCode", "STATUS", "Time", "Reason"),
        ("VN000001", "attempted", datetime(2026, 11, 25, 9, 30), "Vắng nhà"),  # noqa: DTZ001 - as a spreadsheet has it
        (),
        (123456, "returned", date(2026, 11, 26), None),
    )

    first, second = (read_event(row) for row in read_list(data, IN_COLUMNS, needs=NEEDED))

    assert (first.event, first.outcome, first.at) == (
        Event.ATTEMPTED,
        AttemptOutcome.NOBODY_HOME,
        datetime(2026, 11, 25, 2, 30, tzinfo=UTC),
    )
    assert (second.number, second.event, second.reason) == ("123456", Event.RETURNED, "returned")


def test_reason_that_is_in_no_list_is_kept_in_the_carriers_own_words() -> None:
    (row,) = rows_of(HEADERS + "VN000001,giao không thành công,2026-11-25T09:30:00+07:00,,Lũ cuốn cầu,\n")
    event = read_event(row)

    assert (event.outcome, event.note) == (AttemptOutcome.OTHER, "Lũ cuốn cầu")


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ("VN000001,đã bay,25/11/2026,,,", "postal.row_event"),
        ("VN000001,đã giao,hôm qua,,,", "postal.row_time"),
        ("VN000001,đã giao,31/02/2026,,,", "postal.row_time"),
        ("VN000001,đã giao,,,,", "postal.row_time"),
        ("số,đã giao,25/11/2026,,,", "postal.bad_number"),
        ("VN000001,đã giao,25/11/2026,,,5.00", "postal.row_amount"),
    ],
)
def test_row_that_is_not_understood_says_why(cells: str, code: str) -> None:
    (row,) = rows_of(f"{HEADERS}{cells}\n")

    with pytest.raises(UserError, match=code):
        read_event(row)


@pytest.mark.parametrize("text", ["", "chỉ có một dòng", "Số vận đơn,Trạng thái\nVN1,đã giao\n"])
def test_list_without_its_columns_is_refused_and_names_them(text: str) -> None:
    with pytest.raises(UserError) as caught:
        rows_of(text)

    assert caught.value.code == "postal.file_headers"
    assert caught.value.context["columns"] == "Số vận đơn, Trạng thái, Thời gian"


def test_formula_refuses_the_whole_file_and_names_its_row() -> None:
    texts = (HEADERS + ROW + "VN000002,đã giao,25/11/2026,=HYPERLINK(1),,\n").encode()
    books = workbook(tuple(HEADERS.strip().split(",")), ("VN000002", "đã giao", "25/11/2026", "=1+1"))

    for data, row in ((texts, 3), (books, 2)):
        with pytest.raises(UserError) as caught:
            read_list(data, IN_COLUMNS, needs=NEEDED)
        assert (caught.value.code, caught.value.context["row"]) == ("postal.file_formula", row)


def bomb() -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 80_000_000)
    return target.getvalue()


def entities() -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("xl/workbook.xml", b'<!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>')
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (bomb(), "postal.file_too_large"),
        (entities(), "postal.file_unreadable"),
        (b"PK\x03\x04 broken", "postal.file_unreadable"),
        (b"\xff\xfe\x00a", "postal.file_unreadable"),
        (b"a\x00b", "postal.file_unreadable"),
        (HEADERS.encode() + b"a,b,c\n" * 20_001, "postal.file_too_many_rows"),
        (b"," * 100, "postal.file_too_many_rows"),
        (b"x" * 8_000_001, "postal.file_too_large"),
        (HEADERS.encode() + b"VN000001,b," + b"c" * 3_000, "postal.file_cell_too_long"),
    ],
    ids=["bomb", "entities", "cut", "utf16", "zero", "rows", "columns", "bytes", "cell"],
)
def test_hostile_file_is_refused_with_a_reason(data: bytes, code: str) -> None:
    with pytest.raises(UserError) as caught:
        read_list(data, IN_COLUMNS, needs=NEEDED)

    assert caught.value.code == code


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: (HEADERS + text).encode("utf-8", "replace")))
def test_any_bytes_give_whole_events_or_a_reason_and_never_anything_else(data: bytes) -> None:
    with suppress(UserError):
        for row in read_list(data, IN_COLUMNS, needs=NEEDED):
            with suppress(UserError):
                event = read_event(row)
                assert event.at.tzinfo is not None
                assert 4 <= len(event.number) <= 40


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=20)


@settings(max_examples=25)
@given(name=WORDS, amount=st.integers(0, 10**9), suffix=st.sampled_from([".csv", ".xlsx"]))
def test_what_is_written_is_text_and_number_and_computes_nothing(name: str, amount: int, suffix: str) -> None:
    headers = [names[0] for names in OUT_COLUMNS.values()]
    row: list[str | int] = [
        "H99.90-261125-0001",
        "VN000001",
        "Bưu điện",
        "result_out",
        f"={name}",
        "",
        name,
        amount,
        "",
    ]
    data = write_csv(headers, [row]) if suffix == ".csv" else write_xlsx("Vận đơn", headers, [row])

    if suffix == ".csv":
        assert data.startswith(b"\xef\xbb\xbf")
        lines = data.decode("utf-8-sig").splitlines()
        assert lines[0].startswith("Mã hồ sơ,Số vận đơn,")
        assert ",'=" in lines[1] or "\"'=" in lines[1]
        return
    sheet = load_workbook(BytesIO(data)).worksheets[0]
    cells = list(sheet.iter_rows())[1]
    assert [cell.data_type for cell in cells if cell.value is not None] == ["s"] * 6 + ["n"]
    assert (cells[4].value, cells[7].value) == (f"={name}", amount)


def test_amounts_and_moments_are_read_as_people_write_them() -> None:
    assert [read_amount(text) for text in ("", "50000", "50.000 đ", "1,250,000 VND", "0 đồng")] == [
        None, 50_000, 50_000, 1_250_000, 0,
    ]  # fmt: skip
    morning = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)
    for text in ("09:30 25/11/2026", "25-11-2026 9:30", "2026-11-25 09:30", "2026-11-25T02:30:00Z"):
        assert read_moment(text) == morning
    assert read_moment("25/11/2026") == read_moment("2026-11-25") == datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
