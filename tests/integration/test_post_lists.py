"""Lists to and from a carrier: what is known changes nothing, what is doubtful is said with its text."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.domain.dossier import Status
from counter_app.domain.postal import Attempt, AttemptOutcome, WaybillState
from counter_app.domain.postal_lists import OUT_COLUMNS
from counter_app.domain.sheet_files import read_list
from counter_app.journal.rebuild import derived_digest, iter_entries
from counter_app.services.post_files import ImportReport, RowState
from tests.fakes.desks import DeskClock, person
from tests.fakes.manifests import is_whole
from tests.fakes.posting import ADDRESS, CARRIER, posting_desk, sent, with_result

HEADERS = "Số vận đơn,Trạng thái,Thời gian,Mã hồ sơ,Người nhận,Quan hệ,Lý do,Tiền thu hộ,Ghi chú\n"
OWNER = person().full_name


@pytest.fixture
def clock() -> DeskClock:
    return DeskClock()


@pytest.fixture
def desk(tmp_path: Path, clock: DeskClock) -> Iterator[OpenCounter]:
    with posting_desk(tmp_path, clock) as made:
        yield made


def read(desk: OpenCounter, *rows: str) -> ImportReport:
    return desk.counter.post.files.read((HEADERS + "\n".join(rows)).encode())


def states(report: ImportReport) -> list[str]:
    return [row.state.value for row in report.rows]


def entries(desk: OpenCounter) -> list[str]:
    with desk.desk.store.reading() as connection:
        return [entry.kind for _position, entry in iter_entries(connection)]


def digest(desk: OpenCounter) -> dict[str, str]:
    with desk.desk.store.reading() as connection:
        return derived_digest(connection)


def test_carriers_list_opens_tries_and_delivers_in_the_order_of_time_and_reading_it_again_changes_nothing(
    desk: OpenCounter, clock: DeskClock
) -> None:
    code, other = with_result(desk), with_result(desk, 1)
    clock.move(timedelta(days=3))
    rows = (
        f"VN1234,Phát thành công,25/11/2026 10:00,,{OWNER},,,50.000,",
        "VN1234,Phát không thành công,24/11/2026 10:00,,,,Vắng nhà,,",
        f"VN1234,Chấp nhận,23/11/2026 15:00,{code},,,,50.000,",
        f"VN1235,Chấp nhận,23/11/2026 15:00,{other},,,,,",
        "VN1235,Chuyển hoàn,25/11/2026 15:00,,,,,,sai số nhà",
    )

    report = read(desk, *rows)

    assert states(report) == ["accepted"] * 5
    view = desk.counter.post.waybills.get("VN1234")
    assert (view.waybill.state, view.waybill.receiver, view.owed) == (WaybillState.DELIVERED, OWNER, 50_000)
    assert [one.outcome for one in view.waybill.attempts] == [AttemptOutcome.NOBODY_HOME]
    state = desk.counter.lookup.get_dossier(code).state
    assert state.status is Status.RETURNED
    assert [one.at for one in state.returns] == [datetime(2026, 11, 25, 3, tzinfo=UTC)]
    assert desk.counter.post.waybills.get("VN1235").waybill.reason == "sai số nhà"
    assert [one.code for one in desk.counter.post.waybills.list_ready()] == [other]
    before, written = digest(desk), entries(desk)
    assert written[-1] == "post_file.read"
    assert states(read(desk, *rows)) == ["unchanged"] * 5
    assert (digest(desk), entries(desk)) == (before, written)
    assert is_whole(desk)


def test_doubtful_rows_stand_aside_with_reason_and_text_and_leave_the_others(
    desk: OpenCounter, clock: DeskClock
) -> None:
    sent(desk, "VN000001")
    sent(desk, "VN000002", owner=1)
    clock.move(timedelta(days=1))

    report = read(
        desk,
        "VN000001,đã giao,24/11/2026 08:00,,Người Lạ,,,,",
        "VN000002,đã giao,24/11/2026 08:00,,Người Nhà,con gái,,,",
        "VN000001,đã giao,24/11/2026 08:00,,,,,,",
        "VN000009,đã giao,24/11/2026 08:00,,A,,,,",
        "VN000001,đã giao,30/11/2026 08:00,,A,con,,,",
        "VN000001,bay,24/11/2026 08:00,,A,con,,,",
        "VN000003,chấp nhận,24/11/2026,,,,,,",
        "EB123456780VN,chấp nhận,24/11/2026,H99.90-261123-0001,,,,,",
        "VN000001,đã giao,24/11/2026 08:00,,A,con,,50.000,",
    )

    assert states(report) == ["doubtful", "accepted", *["doubtful"] * 7]
    assert [row.problem for row in report.rows if row.problem] == [
        "action.refused.receiver_authorised",
        "postal.row_receiver_missing",
        "postal.unknown_number",
        "postal.in_future",
        "postal.row_event",
        "postal.row_code_missing",
        "postal.row_misspelled",
        "postal.cod_differs",
    ]
    assert report.rows[0].source == "VN000001 | đã giao | 24/11/2026 08:00 | Người Lạ"
    assert report.count(RowState.ACCEPTED) == 1
    assert desk.counter.post.waybills.get("VN000001").waybill.is_underway
    assert is_whole(desk)


def test_cash_that_a_list_tells_of_is_owed_by_the_carrier_until_a_clerk_takes_it(desk: OpenCounter) -> None:
    sent(desk, "VN000001", cod=50_000)
    sent(desk, "VN000002", cod=30_000, owner=1)
    waybills = desk.counter.post.waybills
    told = f"VN000001,đã giao,23/11/2026 08:00,,{OWNER},,,50000,"
    untold = f"VN000002,đã giao,23/11/2026 07:00,,{OWNER},,,,"
    other = f"VN000002,đã giao,23/11/2026 07:00,,{OWNER},,,20000,"

    assert states(read(desk, told, untold)) == ["accepted", "accepted"]
    assert states(read(desk, told, untold, other)) == ["unchanged", "unchanged", "doubtful"]
    assert waybills.money().rows == ()
    owed = waybills.owed(limit=1)
    assert [view.waybill.number for view in owed.waybills] == ["VN000002"]
    assert [(one.carrier, one.count, one.amount) for one in owed.by_carrier] == [(CARRIER, 2, 80_000)]

    record = waybills.collect("VN000001", 50_000).collections[0]
    assert waybills.owed().total == 30_000
    assert waybills.money().by_clerk[0].amount == 50_000
    waybills.cancel_collection(record.code, "đếm nhầm")
    assert waybills.owed().total == 80_000
    assert is_whole(desk)


def test_file_that_is_no_list_changes_nothing(desk: OpenCounter) -> None:
    before = entries(desk)

    with pytest.raises(UserError, match="file_headers"):
        desk.counter.post.files.read("một,hai\n1,2\n".encode())

    assert entries(desk) == before


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_list_for_the_carrier_has_what_is_under_way_and_what_needs_a_number_and_is_logged(
    desk: OpenCounter, suffix: str
) -> None:
    sent(desk, "VN000001", cod=50_000)
    desk.counter.post.waybills.attempt(
        "VN000001", Attempt(at=desk.desk.clock.now(), outcome=AttemptOutcome.UNREACHABLE)
    )
    ready = with_result(desk, 1)
    done = sent(desk, "VN000002", owner=2).waybill
    desk.counter.post.waybills.cancel(done.number, "ghi nhầm")

    written = desk.counter.post.files.write(suffix)

    rows = read_list(written.data, OUT_COLUMNS, needs=("code", "receiver"))
    assert [(row.text("code"), row.text("number"), row.text("cod")) for row in rows] == [
        (desk.counter.post.waybills.get("VN000001").waybill.dossier_code, "VN000001", "50000"),
        (ready, "", "0"),
        (done.dossier_code, "", "0"),
    ]
    assert rows[1].text("address") == ADDRESS
    assert (written.waybills, written.orders) == (1, 2)
    assert entries(desk)[-1] == "post_file.written"
    with pytest.raises(UserError, match="bad_suffix"):
        desk.counter.post.files.write(".exe")
