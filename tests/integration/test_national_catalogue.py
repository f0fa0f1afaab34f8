"""The national list of procedures becomes a pack's draft: what is certain changes, what is not stays and is said."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.domain.catalogue import starter_procedures
from counter_app.domain.catalogue.drafting import Part, Settled, gather_draft, settle
from counter_app.domain.procedure import Channel, Procedure, ProcessStep
from counter_app.domain.time_limit import TimeUnit
from counter_app.province.national_catalogue import Fetched, fetch_catalogue, split_draft
from counter_app.province.national_portal import NationalPortal, PortalAccount
from counter_app.province.packs import read_procedures
from tests.fakes.national_packets import packet, paper, way
from tests.fakes.national_portal import PortalServer, portal_server

ON = date(2026, 12, 1)
CODE = "1.900001"
STARTER = {one.code: one for one in starter_procedures()}
COPIES = "2.000815"


@pytest.fixture
def portal() -> Iterator[PortalServer]:
    with portal_server() as server:
        yield server


def fetched(server: PortalServer, known: dict[str, Procedure] | None = None, *codes: str) -> Fetched:
    account = msgspec.convert(server.account(), PortalAccount)
    return fetch_catalogue(NationalPortal(account), known or {}, agency="H99", codes=codes, today=ON)


def known_version(**changes: Any) -> Procedure:
    made = settle(packet(CODE), None, code=CODE, effective_on=ON).procedure
    assert made is not None
    return msgspec.structs.replace(made, **changes)


KNOWN = known_version()


def settled(changes: dict[str, Any], known: Procedure | None = None, code: str = CODE) -> Settled:
    return settle({**packet(code), **changes}, known, code=code, effective_on=ON)


def opened(one: Settled) -> dict[Part, set[str]]:
    return {line.part: {doubt.code.rsplit(".", 1)[1] for doubt in line.doubts} for line in one.left_open}


def test_what_the_portal_lists_becomes_a_draft_of_what_differs_that_is_read_like_any_catalogue(
    portal: PortalServer, tmp_path: Path
) -> None:
    older = known_version(nicknames=("gm",), steps=(ProcessStep(name="Thẩm định", hours=8),))
    portal.portal.procedures = {
        CODE: packet(CODE, CACHTHUCTHUCHIEN=[way("1", "3"), way("2", "3", amount="10000"), way("3", "3")]),
        "1.900002": packet("1.900002"),
        "1.900003": packet("1.900003"),
    }
    same = settle(packet("1.900003"), None, code="1.900003", effective_on=ON).procedure
    assert same is not None
    found = fetched(portal, {CODE: older, "1.900003": same, "1.900004": older})
    assert (found.listed, found.missing, found.unreadable) == (3, ("1.900004",), 0)
    assert found.draft.changes.keys() == {CODE, "1.900002"}
    assert {(one.what, one.before, one.after) for one in found.draft.changes[CODE] if one.what == "limit"} == {
        ("limit", "5 WORKING_DAY", "3 WORKING_DAY")
    }
    new = found.draft.procedures[0]
    assert (new.nicknames, new.steps) == (older.nicknames, older.steps)

    (part,) = split_draft(found.draft)
    file = tmp_path / "draft.json"
    file.write_bytes(msgspec.json.encode(part))
    day = ON + timedelta(days=30)
    procedures, doubts = read_procedures(file, effective_on=day)
    assert ({one.code for one in procedures}, doubts) == ({CODE, "1.900002"}, ())
    assert {one.effective_on for one in procedures} == {day}


def test_one_broken_packet_among_good_ones_spoils_none_and_a_portal_that_is_down_ends_the_asking(
    portal: PortalServer,
) -> None:
    lies = {
        "1.900011": b"<html><body>Bao tri</body></html>",
        "1.900012": b'{"error_code": "0", "result": "' + b"x" * 10_000_000 + b'"}',
        "1.900013": b"[" * 100_000,
        "1.900014": b'{"error_code": "9", "message": "het \\u001b[2J han muc"}',
        "1.900015": json.dumps({"error_code": "0", "result": [packet("1.999999")]}).encode(),
        "1.900016": b'{"error_code": "0", "result": 7}',
        "1.900018": json.dumps({"error_code": "0", "result": packet("1.900018", KETQUATHUCHIEN=[{}] * 999)}).encode(),
    }
    portal.raw = dict(lies)
    portal.portal.procedures = {code: packet(code) for code in ("1.900010", *lies, "1.900017")}
    found = fetched(portal, {"1.900011": known_version(code="1.900011")})
    assert [one.code for one in found.draft.procedures] == ["1.900010", "1.900017"]
    said = {one.code: (one.is_kept, one.doubts[0].code.rsplit(".", 1)[1]) for one in found.draft.left_open}
    assert said == {
        "1.900011": (True, "packet_not_readable"),
        "1.900012": (False, "packet_not_readable"),
        "1.900013": (False, "packet_not_readable"),
        "1.900014": (False, "packet_refused"),
        "1.900015": (False, "other_procedure"),
        "1.900016": (False, "other_procedure"),
        "1.900018": (False, "packet_too_large"),
    }
    assert not any("\x1b" in doubt.source_text for one in found.draft.left_open for doubt in one.doubts)
    portal.raw = dict.fromkeys(portal.portal.procedures, b"")
    portal.calls = 0
    down = fetched(portal)
    assert portal.calls == 1 + 5 * 2
    assert [one.doubts[0].code.rsplit("_", 1)[1] for one in down.draft.left_open] == ["readable"] * 5 + ["asked"] * 4


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"<html>", EnvironmentFailure),
        (b'{"error_code": "0", "result": "' + b"x" * 20_000_000 + b'"}', EnvironmentFailure),
        (b'{"error_code": "0", "result": {"MATTHC": "1"}}', UserError),
        (b'{"error_code": "5", "message": "khong co quyen"}', UserError),
        (json.dumps({"error_code": "0", "result": [{}] * 20_001}).encode(), UserError),
    ],
)
def test_list_of_no_sense_makes_no_draft(portal: PortalServer, answer: bytes, error: type[Exception]) -> None:
    portal.raw = {"LayDanhSachTTHC": answer}
    with pytest.raises(error):
        fetched(portal)


def test_rows_of_no_sense_are_counted_and_named_codes_are_asked_for_alone(portal: PortalServer) -> None:
    rows = [5, {}, {"MATTHC": None}, {"matthc": CODE}, {"MATTHC": CODE}, {"MATTHC": "x" * 51}]
    portal.raw = {"LayDanhSachTTHC": json.dumps({"error_code": "0", "result": rows}).encode()}
    portal.portal.procedures = {CODE: packet(CODE), "TS-1": packet("TS-1"), "1.0133611": packet("1.0133611")}
    found = fetched(portal)
    assert (found.listed, found.unreadable, len(found.draft.procedures)) == (1, 4, 1)
    portal.calls = 0
    named = fetched(portal, None, "TS-1")
    assert (portal.calls, named.draft.procedures[0].code, named.missing) == (1, "TS-1", ())
    portal.raw = {}
    odd = fetched(portal)
    assert {one.code: one.doubts[0].code for one in odd.draft.left_open} == dict.fromkeys(
        ("TS-1", "1.0133611"), "catalogue.doubt.code_unusual"
    )


@pytest.mark.parametrize(
    ("ways", "doubt"),
    [
        ([way("1", "7", "ngày")], "time_bare_days"),
        ([way("1", "7", "WORKING_DAYS_2")], "time_not_understood"),
        ([way("1", "7"), way("1", "9")], "time_two_limits"),
        ([way("1", "1.5")], "time_fraction"),
        ([way("1", "nan")], "time_not_understood"),
        ([way("7", "7")], "channel_unknown"),
        ([{"KENH": "1", "THOIGIAN": "7 ngày làm việc"}], "time_shape"),
        ([{"KENH": ["1"], "THOIGIAN": []}], "time_shape"),
        ("trực tiếp", "time_shape"),
        (None, "time_not_understood"),
    ],
)
def test_time_that_says_two_things_or_none_is_kept_from_before_and_left_out_of_a_new_procedure(
    ways: Any, doubt: str
) -> None:
    older, changes = known_version(), {"CACHTHUCTHUCHIEN": ways, "TENTTHC": "Thủ tục tên mới"}
    kept = settled(changes, older)
    assert kept.procedure is not None
    assert kept.procedure.time_limits == older.time_limits
    assert kept.procedure.name == "Tên mới"
    assert doubt in opened(kept)[Part.TIMES]
    new = settled(changes)
    assert new.procedure is not None
    assert new.procedure.time_limits == ()
    assert [line.is_kept for line in (*kept.left_open, *new.left_open)] == [True] * len(kept.left_open) + [False] * len(
        new.left_open
    )


@pytest.mark.parametrize(
    ("fees", "doubt"),
    [
        ([], "fee_not_stated"),
        ("20000", "fee_shape"),
        ([["20000"]], "fee_shape"),
        ([{"SOTIEN": True}], "fee_shape"),
        ([{"SOTIEN": "1500.5", "DONVI": "đồng"}], "fee_not_understood"),
        ([{"SOTIEN": "10", "DONVI": "đồng"}], "fee_unlikely"),
        ([{"SOTIEN": "Theo nghị quyết của HĐND"}], "fee_set_elsewhere"),
        ([{"SOTIEN": "10000", "MOTA": "cấp mới"}, {"SOTIEN": "20000", "MOTA": "cấp lại"}], "fee_several_lines"),
    ],
)
def test_fee_that_is_not_one_amount_is_kept_from_before_and_unknown_in_a_new_procedure(fees: Any, doubt: str) -> None:
    times = [{"THOIGIANGIAIQUYET": "4", "DONVITINH": "WORKING_DAY", "PHILEPHI": fees}]
    changes, older = {"CACHTHUCTHUCHIEN": [{"KENH": "1", "THOIGIAN": times}]}, known_version()
    kept = settled(changes, older)
    assert kept.procedure is not None
    assert kept.procedure.fees == older.fees
    assert [one.limit.amount for one in kept.procedure.time_limits] == [4]
    assert doubt in opened(kept)[Part.FEES]
    new = settled(changes)
    assert new.procedure is not None
    assert [line.amount for line in new.procedure.fees] == [None]


def test_amounts_are_read_as_written_and_nought_is_free() -> None:
    for words, amount in (("20.000", 20_000), ("20,000.00", 20_000), ("20000.0", 20_000), ("20000", 20_000)):
        made = settled({"CACHTHUCTHUCHIEN": [way("1", amount=words)]})
        assert made.procedure is not None
        assert [line.amount for line in made.procedure.fees] == [amount], words
    free = settled({"CACHTHUCTHUCHIEN": [way("1", amount="0")]})
    assert free.procedure is not None
    assert ([line.amount for line in free.procedure.fees], free.left_open) == ([0], ())


@pytest.mark.parametrize(
    ("rows", "doubt"),
    [
        ([], "no_papers"),
        ("Tờ khai", "paper_shape"),
        ([{"GIAYTO": [paper("Đơn mẫu"), 5]}], "paper_shape"),
        ([{"GIAYTO": [paper("Đơn mẫu"), paper(" ")]}], "paper_without_name"),
        ([{"GIAYTO": [paper("Đơn mẫu", SOBANCHINH="", SOBANSAO="")]}], "count_not_stated"),
        ([{"GIAYTO": [paper("Đơn mẫu", SOBANCHINH="500")]}], "count_unlikely"),
        ([{"GIAYTO": [paper("Đơn mẫu"), paper("Đơn mẫu", SOBANCHINH="2")]}], "paper_twice"),
    ],
)
def test_papers_that_are_not_certain_are_kept_from_before_and_a_new_procedure_is_left_out_whole(
    rows: Any, doubt: str
) -> None:
    older = known_version()
    kept = settled({"THANHPHANHOSO": rows, "TENTTHC": "Tên mới"}, older)
    assert kept.procedure is not None
    assert kept.procedure.cases == older.cases
    assert doubt in opened(kept)[Part.PAPERS]
    new = settled({"THANHPHANHOSO": rows})
    assert new.procedure is None
    assert doubt in opened(new)[Part.PROCEDURE]


def test_what_no_packet_can_say_stays_with_the_procedure() -> None:
    known = STARTER[COPIES]
    assert any(line.tiers for line in known.fees)
    made = settled({}, known, COPIES)
    assert made.procedure is not None
    assert made.procedure.fees == known.fees
    assert made.procedure.nicknames == known.nicknames
    assert "fee_richer" in opened(made)[Part.FEES]
    paid = known_version()
    (case,) = paid.cases
    valid = tuple(msgspec.structs.replace(one, valid_months=6) for one in case.components)
    older = msgspec.structs.replace(paid, cases=(msgspec.structs.replace(case, components=valid),))
    again = settled({}, older)
    assert (again.procedure, again.left_open) == (None, ())


def test_large_draft_is_several_files_and_the_first_says_what_was_left_open() -> None:
    large = [msgspec.structs.replace(KNOWN, code=f"1.90000{number}", notes=("x" * 3_000_000,)) for number in range(3)]
    open_too = settled({"CACHTHUCTHUCHIEN": [way("1", "7", "ngày")]})
    parts = split_draft(gather_draft([*(Settled(procedure=one) for one in large), open_too]))
    assert [[one.code for one in part.procedures] for part in parts] == [
        ["1.900000"],
        ["1.900001"],
        ["1.900002", CODE],
    ]
    assert [len(part.left_open) for part in parts] == [1, 0, 0]


_scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
_anything = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["THOIGIAN", "PHILEPHI", "SOTIEN", "GIAYTO", "TENGIAYTO", "KENH"]), inner)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(packet(CODE))), _anything), st.booleans())
def test_whatever_a_packet_holds_nothing_is_taken_without_an_amount_a_count_or_a_limit_that_it_says(
    changes: dict[str, Any], is_known: bool
) -> None:
    older = KNOWN if is_known else None
    made = settled(changes, older)
    parts = opened(made)
    assert is_known or made.procedure is not None or Part.PROCEDURE in parts
    if made.procedure is None:
        return
    assert made.procedure.code == CODE
    if older is not None:
        assert Part.FEES not in parts or made.procedure.fees == older.fees
        assert Part.TIMES not in parts or made.procedure.time_limits == older.time_limits
        assert Part.PAPERS not in parts or made.procedure.cases == older.cases
    if Part.TIMES not in parts:
        assert {one.channel for one in made.procedure.time_limits} <= set(Channel)
        assert all(one.limit.unit in TimeUnit and one.limit.amount > 0 for one in made.procedure.time_limits)
    assert all(sum((one.original, one.certified, one.copy)) for case in made.procedure.cases for one in case.components)
    read_back = msgspec.json.decode(msgspec.json.encode(made.procedure), type=Procedure)
    assert read_back == made.procedure
