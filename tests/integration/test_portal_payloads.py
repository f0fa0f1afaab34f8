"""What the national portal is told, checked field by field by a portal that knows nothing of the program."""

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import Outcome, ResultChannel
from counter_app.domain.person import Party
from counter_app.domain.postal import Delivery
from counter_app.services.answers.documents import NamedFile
from counter_app.services.answers.intake import IntakeForm
from counter_app.services.answers.postal import NewWaybill
from counter_app.services.portal_payloads import PortalPayload
from tests.fakes.desks import PROCEDURE, DeskClock, a_form, desk_with_head, person
from tests.fakes.exchanging import hall, meet
from tests.fakes.national_portal import NationalPortal
from tests.fakes.signed_files import archive_pdf

NOT_SEEN = {"MaCSDL", "DSKetNoiCSDL"}
"""Demanded, but no list of its values is public: nothing is made up."""


@pytest.fixture
def clock() -> DeskClock:
    return DeskClock()


@pytest.fixture
def desk(tmp_path: Path, clock: DeskClock) -> Iterator[OpenCounter]:
    with desk_with_head(tmp_path, clock) as made:
        yield made


def receive(desk: OpenCounter, outcome: Outcome = Outcome.ACCEPTED, **said: object) -> str:
    applicant = msgspec.structs.replace(person(), phone="0912345678", email="nguoi@example.vn")
    form = IntakeForm(procedure_code=PROCEDURE, applicant=applicant, reason="Thiếu giấy tờ")
    return desk.counter.intake.receive(msgspec.structs.replace(form, **said), outcome).dossier.code


def told(portal: NationalPortal, payload: PortalPayload) -> set[str]:
    """Tell the portal everything as the program would send it; return what it finds wrong."""
    bodies = json.loads(json.dumps([payload.dossier, *payload.progress]))
    wrong: set[str] = set()
    for body in bodies:
        _, problems = portal.answer(body)
        wrong |= {one for one in problems if one not in NOT_SEEN}
    return wrong


def record_of(payload: PortalPayload) -> Any:
    (record,) = cast("list[dict[str, Any]]", payload.dossier["data"])
    return record


def live(desk: OpenCounter, clock: DeskClock, code: str) -> None:
    """A supplement round, a transfer, a result that is returned."""
    acts = (
        (Action.ASK_SUPPLEMENT, ActionFacts(reason="Thiếu giấy chứng sinh", missing=("Giấy chứng sinh",))),
        (Action.RECEIVE_SUPPLEMENT, ActionFacts(note="Đủ bản chính")),
        (Action.TRANSFER, ActionFacts(receiver="Công chức tư pháp")),
        (Action.RESOLVE, ActionFacts(result_kind="Giấy khai sinh", result_number="12/2026")),
        (Action.RESULT_ARRIVED, ActionFacts()),
        (Action.RETURN_RESULT, ActionFacts(channel=ResultChannel.DESK, receiver=person().full_name)),
    )
    for action, facts in acts:
        clock.move(timedelta(hours=1))
        desk.counter.dossiers.act(code, action, facts)


def test_a_portal_that_checks_every_field_finds_nothing_wrong_with_a_whole_life(
    desk: OpenCounter, clock: DeskClock
) -> None:
    portal, code = NationalPortal(), receive(desk)
    desk.counter.digitising.attach([NamedFile(name="a.pdf", data=archive_pdf())], code, component=1)
    first = desk.counter.portal_payloads.get(code)
    assert first.dossier["isUpdating"] == "False"
    assert set(first.missing) <= NOT_SEEN
    live(desk, clock, code)

    payload = desk.counter.portal_payloads.get(code)

    # The portal refuses the whole call for the one list that nobody knows: a value of the test's stands for it.
    record = record_of(payload)
    record["DSKetNoiCSDL"] = [{"MaCSDL": "7"}]
    assert told(portal, payload) == set()
    kept = portal.dossiers[code]
    assert (kept["TrangThaiHoSo"], kept["KenhThucHien"], kept["LoaiDoiTuong"]) == ("10", "1", "1")
    assert kept["NgayTra"] == "20261123151000"
    assert kept["NgayKetThucXuLy"] == "20261123131000"  # it arrived an hour later
    assert kept["HoSoCoThanhPhanSoHoa"] == "1"
    assert kept["TaiLieuNop"][0]["IsDeleted"] == "False"
    (supplement,) = kept["DanhSachHoSoBoSung"]
    assert supplement["NoiDungBoSung"] == "Thiếu giấy chứng sinh"
    assert supplement["DanhSachGiayToBoSung"] == [{"TenGiayTo": "Giấy chứng sinh"}]
    assert (supplement["NgayBoSung"], supplement["NgayTiepNhanBoSung"]) == ("20261123101000", "20261123111000")
    assert supplement["NgayHenTraMoi"] == kept["NgayHenTra"]
    assert [result["TenGiayTo"] for result in kept["DanhSachGiayToKetQua"]] == ["Giấy khai sinh"]
    assert [step["TrangThai"] for step in portal.steps] == ["2", "5", "2", "4", "9", "9", "10"]
    assert all(later["NgayBatDau"] == step["ThoiDiemXuLy"] for step, later in pairwise(portal.steps))
    assert portal.answer(payload.dossier | {"isUpdating": "False"})[1] == [f"{code} đã tồn tại"]


def test_what_nobody_said_is_named_and_never_made_up(desk: OpenCounter) -> None:
    code = receive(desk, applicant=Party(full_name="Trần Văn Mẫu"))

    payload = desk.counter.portal_payloads.get(code)

    record = record_of(payload)
    assert {"Email", "SoDienThoai", "DinhDanhCHS"} <= set(payload.missing)
    assert (record["Email"], record["SoDienThoai"], record["DinhDanhCHS"]) == ("", "", [])
    assert told(NationalPortal(), payload) >= {"Email", "SoDienThoai", "DinhDanhCHS"}


def test_a_refused_dossier_says_when_and_has_no_due_date(desk: OpenCounter) -> None:
    code = receive(desk, Outcome.REFUSED)

    record = record_of(desk.counter.portal_payloads.get(code))

    assert (record["TrangThaiHoSo"], record["NgayHenTra"], record["NgayTiepNhan"]) == ("3", "", "")
    assert record["NgayTuChoi"] == "20261123091000"


def test_more_than_ten_steps_go_in_several_calls_in_order(desk: OpenCounter, clock: DeskClock) -> None:
    code = receive(desk)
    for number in range(11):
        clock.move(timedelta(minutes=5))
        action = Action.TAKE_BACK if number % 2 else Action.TRANSFER
        facts = ActionFacts(reason="Chuyển nhầm") if number % 2 else ActionFacts(receiver="Công chức tư pháp")
        desk.counter.dossiers.act(code, action, facts)

    calls = desk.counter.portal_payloads.get(code).progress

    assert [len(call["data"]) for call in calls] == [10, 2]
    times = [step["ThoiDiemXuLy"] for call in json.loads(json.dumps(calls)) for step in call["data"]]
    assert times == sorted(times)


def test_a_step_is_told_with_the_time_at_which_it_was_done(desk: OpenCounter, clock: DeskClock) -> None:
    code = receive(desk, result_channel=ResultChannel.POST, delivery_address="Thôn Mẫu, xã Suối Mẫu")
    act, waybills = desk.counter.dossiers.act, desk.counter.post.waybills
    act(code, Action.TRANSFER, ActionFacts(receiver="Công chức tư pháp"))
    act(code, Action.RESOLVE, ActionFacts(result_kind="Giấy khai sinh"))
    act(code, Action.RESULT_ARRIVED, ActionFacts())
    waybills.open(NewWaybill(number="VN000001", code=code, carrier="Bưu điện Mẫu"))
    delivered_at = clock.now() + timedelta(hours=3)
    clock.move(timedelta(days=2))
    waybills.deliver("VN000001", Delivery(at=delivered_at, receiver=person().full_name))

    payload = desk.counter.portal_payloads.get(code)

    (call,) = cast("tuple[Any]", payload.progress)
    assert call["data"][-1]["ThoiDiemXuLy"] == record_of(payload)["NgayTra"] == "20261123121000"


def test_what_is_held_or_was_dropped_is_no_step(tmp_path: Path) -> None:
    given = ActionFacts(channel=ResultChannel.DESK, receiver=person().full_name)
    with hall(tmp_path) as (one, two):
        code = one.counter.intake.receive(a_form(), Outcome.ACCEPTED).dossier.code
        one.counter.dossiers.act(code, Action.TRANSFER, ActionFacts(receiver="Phòng Tư pháp"))
        one.counter.dossiers.act(code, Action.RESOLVE, ActionFacts(result_kind="Quyết định"))
        one.counter.dossiers.act(code, Action.RESULT_ARRIVED, ActionFacts())
        meet(one, two)
        for made in (two, one):
            made.counter.dossiers.act(code, Action.RETURN_RESULT, given)
        meet(one, two)

        assert [statuses(made, code) for made in (one, two)] == [["2", "4", "9", "9", "10"]] * 2
        (held,) = one.counter.held.list_all()
        one.counter.held.decide(held.entry_id, "drop", reason="đã trả ở quầy kia")
        meet(one, two)
        assert [statuses(made, code) for made in (one, two)] == [["2", "4", "9", "9", "10"]] * 2
        assert one.counter.portal_payloads.get(code).progress == two.counter.portal_payloads.get(code).progress


def statuses(desk: OpenCounter, code: str) -> list[str]:
    (call,) = cast("tuple[Any]", desk.counter.portal_payloads.get(code).progress)
    return [step["TrangThai"] for step in call["data"]]
