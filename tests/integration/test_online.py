"""Online requests: refused where they are bad, down with their files, answered once, the same dossier everywhere."""

import base64
import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.core.ids import new_id
from counter_app.domain.dossier import Outcome, Status
from counter_app.journal.chain import GENESIS
from counter_app.journal.journal import make_entry
from counter_app.province.bundles import ProvinceBundles
from counter_app.province.online import TakenSubmission, list_submissions, read_drop, take_drop
from counter_app.province.service import Province
from counter_app.store.paper_folder import PaperFolder
from tests.fakes.desks import START, DeskClock
from tests.fakes.exchanging import hall_unit
from tests.fakes.province import admit
from tests.fakes.province_desks import enrolled, is_sound
from tests.fakes.written_pdf import written_pdf

UNIT = hall_unit().code
HANDED_IN = START - timedelta(hours=1)
"""Ten past eight on a Monday: the answer is due at ten past eight on Tuesday, half an hour later with the lunch."""


def _picture() -> bytes:
    return bytes(cv2.imencode(".png", np.full((300, 200, 3), 255, np.uint8))[1].tobytes())


def drop_of(number: str = "DVC-1", **also: Any) -> dict[str, Any]:
    """Return a request as a system of the province hands it over: a PDF for the first paper, a picture for none."""
    files = [
        {"name": "giấy chứng sinh.pdf", "content": base64.b64encode(written_pdf("Giấy chứng sinh")).decode()},
        {"name": "ảnh.png", "content": base64.b64encode(_picture()).decode()},
    ]
    return {
        "number": number,
        "unit": UNIT,
        "handed_in_at": HANDED_IN.isoformat(),
        "procedure": "1.001193",
        "applicant": {"full_name": "Nguyễn Thị Trực Tuyến", "id_number": "036199000077", "phone": "0912000077"},
        "files": files,
    } | also


def hand_over(province: Province, folder: Path, drop: dict[str, Any]) -> TakenSubmission:
    file = folder / "drop.json"
    file.write_bytes(msgspec.json.encode(drop))
    read = read_drop(file)
    return take_drop(province.database, province.papers, province.authority, read, now=START)


@pytest.fixture
def clocks() -> list[DeskClock]:
    return [DeskClock(), DeskClock()]


@pytest.fixture
def desks(tmp_path: Path, province: Province, clocks: list[DeskClock]) -> Iterator[list[OpenCounter]]:
    with enrolled(tmp_path, province, UNIT, clocks=clocks) as made:
        yield made


def test_a_request_comes_down_whole_and_is_answered_without_a_line(
    desks: list[OpenCounter], province: Province, tmp_path: Path, clocks: list[DeskClock]
) -> None:
    one, two = desks
    component = one.counter.catalogue.get("1.001193").find_case(None).components[0]  # type: ignore[union-attr]
    drop = drop_of()
    drop["files"][0]["component"] = component.code or component.name
    taken = hand_over(province, tmp_path, drop)
    assert not hand_over(province, tmp_path, drop).is_new
    for made in desks:
        made.counter.province_line.exchange()

    (row,) = one.counter.online.list_waiting()
    assert (row.submission.number, row.is_whole, row.is_late) == ("DVC-1", True, False)
    assert [hashlib.sha256(one.desk.vault.get(file.sha256)).hexdigest() for file in row.submission.files] == [
        file.sha256 for file in row.submission.files
    ]
    clocks[0].move(timedelta(days=2))
    assert one.counter.online.list_waiting()[0].is_late
    asked = one.counter.online.prepare("DVC-1")
    received = one.counter.online.receive(asked.form, Outcome.ACCEPTED, taken.id).dossier

    assert (received.id, received.received_at, received.channel.value) == (taken.id, clocks[0].now(), "online")
    assert received.due is not None
    assert received.due.starts_at >= clocks[0].now()
    documents = one.counter.digitising.list_of_dossier(received.code)
    assert [view.document.component for view in documents] == [1, 0]
    assert received.papers[0].copy == 1
    assert one.counter.online.list_waiting() == ()
    with pytest.raises(UserError, match=r"online\.answered"):
        one.counter.online.receive(asked.form, Outcome.ACCEPTED, taken.id)

    _answer_unreadably(province, taken.id)
    for made in (one, two):
        made.counter.province_line.exchange()
    assert two.counter.online.list_waiting() == ()
    with pytest.raises(UserError, match=r"online\.answered"):
        two.counter.online.prepare("DVC-1")
    with province.database.transaction() as connection:
        (answer,) = list_submissions(connection)
    assert (answer.code, answer.status) == (received.code, Status.RECEIVED)
    assert all(is_sound(made) for made in desks)


class _Stopping(PaperFolder):
    """Papers that keep nothing until they may."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.asked, self.may_keep = threading.Event(), threading.Event()

    def append(self, part: str, data: bytes) -> int:
        self.asked.set()
        self.may_keep.wait()
        return super().append(part, data)


def test_desks_of_the_unit_wait_for_no_bucket_that_keeps_the_files_of_a_request(
    service: Province, tmp_path: Path
) -> None:
    desk, papers = admit(service, unit=hall_unit()), _Stopping(tmp_path / "papers")
    keeping = msgspec.structs.replace(service, papers=papers)
    with ThreadPoolExecutor(2) as pool:
        taking = pool.submit(hand_over, keeping, tmp_path, drop_of("DVC-SLOW"))
        try:
            assert papers.asked.wait(20)
            pushing = pool.submit(service.take, desk.id, desk.seal(desk.chain(3))[0].data)
            assert pushing.result(10) != b""
        finally:
            papers.may_keep.set()
        assert taking.result(20).is_new


def _answer_unreadably(province: Province, submission_id: str) -> None:
    desk = admit(province, unit=hall_unit())
    header = (new_id(), desk.id, 1, 1, 1_700_000_000_000 << 16, "program", "dossier.received", 1, submission_id)
    entry = make_entry(header, body=b"no json", prev_hash=GENESIS)
    province.take(desk.id, desk.seal([entry])[0].data)


def test_of_two_desks_that_answered_without_a_line_the_earlier_counts_everywhere(
    desks: list[OpenCounter], province: Province, tmp_path: Path, clocks: list[DeskClock]
) -> None:
    one, two = desks
    taken = hand_over(province, tmp_path, drop_of(files=[]))
    for made in desks:
        made.counter.province_line.exchange()
    clocks[1].move(timedelta(minutes=5))
    form = one.counter.online.prepare(taken.id).form
    later = two.counter.online.receive(form, Outcome.ACCEPTED, taken.id).dossier
    two.counter.province_line.exchange()  # the later one is at the province first
    first = one.counter.online.receive(
        msgspec.structs.replace(form, reason="không thuộc thẩm quyền"), Outcome.REFUSED, taken.id
    ).dossier
    for made in (one, two, one):
        made.counter.province_line.exchange()

    for made in desks:
        (held,) = made.counter.held.list_all()
        assert (held.reason, held.dossier_code) == ("already_received", first.code)
        assert made.counter.lookup.get_dossier(first.code).state.status is Status.NOT_ACCEPTED
        with pytest.raises(UserError, match=r"dossier\.unknown_code"):
            made.counter.lookup.get_dossier(later.code)
    two.counter.held.decide(two.counter.held.list_all()[0].entry_id, "drop", reason="quầy 1 đã nhận")
    for made in (two, one):
        made.counter.province_line.exchange()
        assert made.counter.held.list_all() == ()
        assert is_sound(made)
    with province.database.transaction() as connection:
        (answer,) = list_submissions(connection)
    assert (answer.code, answer.status) == (first.code, Status.NOT_ACCEPTED)


def test_a_request_whose_files_did_not_come_is_not_accepted_but_may_be_supplemented(
    desks: list[OpenCounter], province: Province, tmp_path: Path
) -> None:
    one = desks[0]
    taken = hand_over(province, tmp_path, drop_of())
    with province.database.transaction() as connection:
        connection.execute("UPDATE paper SET received_at = NULL")
    one.counter.province_line.exchange()
    form = one.counter.online.prepare(taken.id).form
    with pytest.raises(UserError, match=r"online\.files_missing"):
        one.counter.online.receive(form, Outcome.ACCEPTED, taken.id)
    answered = one.counter.online.receive(
        msgspec.structs.replace(form, reason="bản chụp bị mờ"), Outcome.SUPPLEMENT_ASKED, taken.id
    )
    assert answered.dossier.status is Status.SUPPLEMENT_ASKED
    assert answered.print_job is not None


def test_a_request_comes_by_memory_stick_and_its_files_with_the_next(
    desks: list[OpenCounter], province: Province, tmp_path: Path
) -> None:
    one, sticks = desks[0], ProvinceBundles(province)
    hand_over(province, tmp_path, drop_of())
    here = []
    for turn in (1, 2):
        one.counter.bundles.export(tmp_path / f"up-{turn}")
        sticks.take(tmp_path / f"up-{turn}")
        sticks.export(one.desk.desk.id, tmp_path / f"down-{turn}")
        one.counter.bundles.take(tmp_path / f"down-{turn}")
        here += [row.files_here for row in one.counter.online.list_waiting()]
    assert here == [0, 2]


def _file(name: str = "a.pdf", content: bytes = b"%PDF-1.7 x") -> list[dict[str, str]]:
    return [{"name": name, "content": base64.b64encode(content).decode()}]


HOSTILE: dict[str, tuple[str, dict[str, Any]]] = {
    "path": ("online.bad_file_name", {"files": _file("../../etc/cron.pdf")}),
    "windows path": ("online.bad_file_name", {"files": _file("C:\\x.pdf")}),
    "nul": ("online.bad_file_name", {"files": _file("a\x00.pdf")}),
    "turned": ("online.bad_file_name", {"files": _file("a\u202efdp.exe.pdf")}),
    "page": ("online.bad_file_type", {"files": _file("a.pdf", b"<html><script>")}),
    "lies": ("online.bad_file_type", {"files": _file("a.png")}),
    "program": ("online.bad_file_type", {"files": _file("a.exe", b"MZ")}),
    "large": ("online.too_large", {"files": _file(content=b"%PDF-" + bytes(10 * 1024 * 1024))}),
    "many": ("online.bad_file", {"files": _file() * 31}),
    "markup": ("online.bad_words", {"note": "<img src=x onerror=alert(1)>"}),
    "name": ("online.bad_words", {"applicant": {"full_name": "<b>A</b>"}}),
    "nobody": ("online.bad_words", {"applicant": {"full_name": "  "}}),
    "control": ("online.bad_words", {"delivery_address": "a\x1b[2J"}),
    "long": ("online.bad_file", {"note": "a" * 2_001}),
    "number": ("online.bad_number", {"number": "../1"}),
    "no offset": ("online.bad_time", {"handed_in_at": "2026-11-23T08:00:00"}),
    "future": ("online.bad_time", {"handed_in_at": "2027-11-23T08:00:00+07:00"}),
    "unit": ("online.unknown_unit", {"unit": "H99.99"}),
    "unknown field": ("online.bad_file", {"admin": True}),
    "no text": ("online.bad_file", {"procedure": 7}),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_requests_leave_nothing_behind(case: str, service: Province, tmp_path: Path) -> None:
    code, also = HOSTILE[case]
    with pytest.raises(UserError) as refused:
        hand_over(service, tmp_path, drop_of(**{"number": "DVC-HOSTILE", "files": []} | also))
    assert refused.value.code == code
    with service.database.transaction() as connection:
        assert all(one.number != "DVC-HOSTILE" for one in list_submissions(connection))
