"""Results go home by post: each step is an action of the table, and money has a record behind it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import Outcome, ResultChannel, Status
from counter_app.domain.forms.facts import ClosingData
from counter_app.domain.forms.kinds import Form
from counter_app.domain.manifest import ManifestKind
from counter_app.domain.postal import Attempt, AttemptOutcome, Delivery, WaybillKind, WaybillState
from counter_app.services.answers.dossiers import ScanKind
from counter_app.services.answers.manifests import NewManifest
from counter_app.services.answers.postal import NewWaybill
from counter_app.services.answers.printing import PaperRequest
from tests.fakes.desks import START, DeskClock, person
from tests.fakes.manifests import holder, is_whole
from tests.fakes.posting import ADDRESS, CARRIER, COMMUNE, by_post, posting_desk, sent, with_result

OWNER = person().full_name


@pytest.fixture
def clock() -> DeskClock:
    return DeskClock()


@pytest.fixture
def desk(tmp_path: Path, clock: DeskClock) -> Iterator[OpenCounter]:
    with posting_desk(tmp_path, clock) as made:
        yield made


def refused(desk: OpenCounter, action: Action, code: str, **facts: object) -> str:
    with pytest.raises(UserError) as caught:
        desk.counter.dossiers.act(code, action, ActionFacts(**facts))  # type: ignore[arg-type]
    return caught.value.code


def test_result_delivered_at_home_is_returned_to_who_took_it_and_stands_in_the_story(
    desk: OpenCounter, clock: DeskClock
) -> None:
    view = sent(desk)
    code = view.waybill.dossier_code
    assert (view.waybill.receiver, view.waybill.address) == (OWNER, ADDRESS)
    clock.move(timedelta(days=1))
    tried = Attempt(at=clock.now(), outcome=AttemptOutcome.NOBODY_HOME)
    desk.counter.post.waybills.attempt("vn 000001", tried)
    clock.move(timedelta(days=1))

    delivery = Delivery(at=clock.now(), receiver="Trần Văn Mẫu", relation="chồng", id_number="036099000001")
    done = desk.counter.post.waybills.deliver("VN000001", delivery)

    dossier = desk.counter.lookup.get_dossier(code)
    (returned,) = dossier.state.returns
    assert dossier.state.status is Status.RETURNED
    assert (returned.channel, returned.receiver, returned.waybill) == (ResultChannel.POST, "Trần Văn Mẫu", "VN000001")
    assert returned.authorisation == "chồng"
    assert dossier.waybills == (done,)
    assert done.waybill.attempts == (tried,)
    steps = [(line.action or line.kind, line.waybill) for line in dossier.history][-5:]
    assert steps == [
        ("post-result", ""),
        ("waybill.opened", "VN000001"),
        ("waybill.attempted", "VN000001"),
        ("return-result", ""),
        ("waybill.delivered", "VN000001"),
    ]
    assert is_whole(desk)


def test_stranger_without_a_word_about_who_they_are_does_not_get_the_result(desk: OpenCounter) -> None:
    sent(desk)

    with pytest.raises(UserError, match="receiver_authorised"):
        desk.counter.post.waybills.deliver("VN000001", Delivery(at=START, receiver="Người Lạ"))

    assert desk.counter.post.waybills.get("VN000001").waybill.state is WaybillState.ON_THE_WAY
    assert is_whole(desk)


def test_result_on_its_way_is_returned_sent_or_handed_over_in_no_other_way(desk: OpenCounter) -> None:
    code = sent(desk).waybill.dossier_code

    assert refused(desk, Action.RETURN_RESULT, code, receiver=OWNER) == "action.by_waybill"
    assert refused(desk, Action.POST_RESULT, code, waybill="VN2") == "action.by_waybill"
    assert refused(desk, Action.RESULT_CAME_BACK, code, reason="tự ghi") == "action.by_waybill"
    offered = {offer.action for offer in desk.counter.dossiers.list_actions(code)}
    assert not offered & {Action.RETURN_RESULT, Action.POST_RESULT, Action.RESULT_CAME_BACK, Action.REOPEN}
    with pytest.raises(UserError, match="result_at_hand"):
        desk.counter.post.waybills.open(NewWaybill(number="VN000002", code=code, carrier=CARRIER))
    with pytest.raises(UserError, match="no_result"):
        desk.counter.custody.begin(NewManifest(receiver="Phường", kind=ManifestKind.RESULTS), [code])
    assert desk.counter.custody.list_all() == ()


@pytest.mark.parametrize("way", ["returned", "cancelled"])
def test_result_that_came_back_waits_for_its_owner_again_and_its_number_stays_used(
    desk: OpenCounter, clock: DeskClock, way: str
) -> None:
    code = sent(desk).waybill.dossier_code
    clock.move(timedelta(hours=2))
    waybills = desk.counter.post.waybills

    view = (
        waybills.give_back("VN000001", None, "vắng nhà") if way == "returned" else waybills.cancel("VN000001", "nhầm")
    )

    assert view.waybill.state == way
    assert [ready.code for ready in waybills.list_ready()] == [code]
    state = desk.counter.lookup.get_dossier(code).state
    assert state.result is not None
    assert state.result.here_at == clock.now()
    with pytest.raises(UserError, match="number_taken"):
        waybills.open(NewWaybill(number="VN000001", code=code, carrier=CARRIER))
    again = waybills.open(NewWaybill(number="VN000002", code=code, carrier=CARRIER))
    assert again.waybill.is_underway
    with pytest.raises(UserError, match="wrong_state"):
        waybills.give_back("VN000001", None, "lần nữa")
    assert is_whole(desk)


def test_result_is_sent_only_from_where_it_lies(desk: OpenCounter) -> None:
    waybills = desk.counter.post.waybills
    code = with_result(desk)
    desk.counter.dossiers.act(code, Action.RETURN_RESULT, ActionFacts(receiver=OWNER))

    with pytest.raises(UserError, match="wrong_status"):
        waybills.open(NewWaybill(number="VN000009", code=code, carrier=CARRIER))
    assert waybills.list_all() == ()


def a_dossier(desk: OpenCounter, number: str = "EB123456785VN", owner: int = 0) -> NewWaybill:
    code = desk.counter.intake.receive(by_post(owner), Outcome.ACCEPTED).dossier.code
    return NewWaybill(number=number, code=code, carrier=CARRIER, kind=WaybillKind.DOSSIER_IN, address="Xã Mẫu")


def test_dossier_sent_to_its_agency_is_with_the_carrier_then_there_or_here_again(desk: OpenCounter) -> None:
    waybills, own = desk.counter.post.waybills, desk.desk.desk.name
    new = a_dossier(desk)
    again = msgspec.structs.replace(new, number="EB123456799VN")

    opened = waybills.open(new)

    assert opened.waybill.receiver == COMMUNE.name
    assert holder(desk, new.code) == CARRIER
    assert desk.counter.post.bags.preview() == ()
    for refusal, work in (
        ("underway_already", lambda: waybills.open(again)),
        ("underway_already", lambda: desk.counter.dossiers.act(new.code, Action.TRANSFER, ActionFacts(receiver="P"))),
        ("not_held", lambda: desk.counter.custody.begin(NewManifest(receiver="Phường"), [new.code])),
    ):
        with pytest.raises(UserError, match=refusal):
            work()
    waybills.give_back(new.number, None, "sai địa chỉ")
    assert holder(desk, new.code) == own
    waybills.open(again)
    done = waybills.deliver(again.number, Delivery(at=START, receiver="Văn thư"))

    assert done.waybill.state is WaybillState.DELIVERED
    state = desk.counter.lookup.get_dossier(new.code).state
    assert (state.holder, state.status) == (COMMUNE.name, Status.IN_PROGRESS)
    hops = [(hop.giver, hop.receiver) for hop in state.hops][-4:]
    assert hops == [(own, CARRIER), (CARRIER, own), (own, CARRIER), (CARRIER, COMMUNE.name)]
    assert is_whole(desk)


def test_dossier_is_sent_only_from_where_it_lies_and_on_no_other_list(desk: OpenCounter) -> None:
    waybills = desk.counter.post.waybills
    listed, away = a_dossier(desk), a_dossier(desk, "EB123456799VN", owner=1)
    manifest = desk.counter.custody.begin(NewManifest(receiver="Phường"), [listed.code]).manifest.code
    desk.counter.dossiers.act(away.code, Action.TRANSFER, ActionFacts(receiver="Phường"))

    for new, refusal in ((listed, "on_another"), (away, "not_held")):
        with pytest.raises(UserError, match=refusal):
            waybills.open(new)
    desk.counter.custody.remove(manifest, [listed.code])
    for receiver in (desk.desk.desk.name, f" {desk.desk.desk.name.upper()}"):
        with pytest.raises(UserError, match="receiver_elsewhere"):
            waybills.open(msgspec.structs.replace(listed, receiver=receiver))
    own = desk.counter.intake.receive(by_post(2, ""), Outcome.ACCEPTED).dossier.code
    with pytest.raises(UserError, match="receiver_missing"):
        waybills.open(msgspec.structs.replace(listed, code=own))
    assert waybills.list_all() == ()


def test_result_that_another_unit_decided_while_its_dossier_lay_here_goes_home_from_here(desk: OpenCounter) -> None:
    code = desk.counter.intake.receive(by_post(), Outcome.ACCEPTED).dossier.code
    desk.counter.dossiers.act(code, Action.RESOLVE, ActionFacts(result_kind="Giấy khai sinh"))
    manifest = desk.counter.custody

    desk.counter.post.waybills.open(NewWaybill(number="VN000001", code=code, carrier=CARRIER))

    state = desk.counter.lookup.get_dossier(code).state
    assert state.result is not None
    assert state.result.waybill == "VN000001"
    with pytest.raises(UserError, match="no_result"):
        manifest.begin(NewManifest(receiver="Phường", kind=ManifestKind.RESULTS), [code])
    desk.counter.post.waybills.deliver("VN000001", Delivery(at=START, receiver=OWNER))
    assert desk.counter.lookup.get_dossier(code).state.status is Status.RETURNED
    other = with_result(desk, 1)
    listing = manifest.begin(NewManifest(receiver="Phường", kind=ManifestKind.RESULTS), [other]).manifest.code
    with pytest.raises(UserError, match="on_another"):
        desk.counter.post.waybills.open(NewWaybill(number="VN000002", code=other, carrier=CARRIER))
    assert manifest.close(listing).manifest.codes == (other,)
    assert is_whole(desk)


def test_cash_of_a_delivery_has_a_record_that_keeps_its_number_when_it_is_cancelled(
    desk: OpenCounter, clock: DeskClock
) -> None:
    waybills = desk.counter.post.waybills
    sent(desk, cod=50_000)
    sent(desk, "VN000002", cod=30_000, owner=1)
    with pytest.raises(UserError, match="cod_differs"):
        waybills.deliver("VN000001", Delivery(at=START, receiver=OWNER), collected=40_000)
    assert waybills.get("VN000001").waybill.is_underway

    waybills.deliver("VN000001", Delivery(at=START, receiver=OWNER), collected=50_000)
    late = waybills.deliver("VN000002", Delivery(at=START, receiver=OWNER))
    assert late.owed == 30_000
    waybills.collect("VN000002", 30_000)

    money = waybills.money()
    assert [row.code for row in money.rows] == ["H99.90-T261123-001", "H99.90-T261123-002"]
    assert (money.total, money.by_clerk[0].clerk_name, money.by_clerk[0].count) == (80_000, "Phan Thị Thư", 2)
    waybills.cancel_collection("H99.90-T261123-001", "đếm nhầm")
    again = waybills.collect("VN000001", 50_000)
    assert [one.code for one in again.collections] == ["H99.90-T261123-001", "H99.90-T261123-003"]
    assert waybills.money().total == 80_000
    with pytest.raises(UserError, match="cod_nothing_owed"):
        waybills.collect("VN000001", 50_000)
    with pytest.raises(UserError, match="cod_cancelled_already"):
        waybills.cancel_collection("H99.90-T261123-001", "lần nữa")
    clock.move(timedelta(days=1))
    assert waybills.money().rows == ()
    assert is_whole(desk)


def test_closing_of_the_day_lists_cash_on_delivery_clerk_by_clerk(desk: OpenCounter) -> None:
    sent(desk, cod=50_000)
    desk.counter.post.waybills.deliver("VN000001", Delivery(at=START, receiver=OWNER), collected=50_000)

    closing = desk.counter.papers.draft(PaperRequest(form=Form.DAY_CLOSING))

    assert isinstance(closing, ClosingData)
    assert [(one.code, one.clerk_name, one.amount) for one in closing.collected] == [
        ("H99.90-T261123-001", "Phan Thị Thư", 50_000)
    ]


def test_number_of_a_waybill_is_a_scan_that_leads_to_it(desk: OpenCounter) -> None:
    sent(desk, "EB123456785VN")

    found = desk.counter.lookup.resolve_scan(" eb123456785vn ")
    other = desk.counter.lookup.resolve_scan("EB999999999VN")

    assert (found.kind, found.waybill) == (ScanKind.WAYBILL, "EB123456785VN")
    assert other.kind is ScanKind.UNKNOWN


def test_waybill_is_opened_no_earlier_than_its_dossier_or_its_result_was_there(
    desk: OpenCounter, clock: DeskClock
) -> None:
    code = desk.counter.intake.receive(by_post(), Outcome.ACCEPTED).dossier.code
    act = desk.counter.dossiers.act
    act(code, Action.TRANSFER, ActionFacts(receiver=COMMUNE.name))
    clock.move(timedelta(days=3))
    act(code, Action.RESOLVE, ActionFacts(result_kind="Giấy khai sinh"))
    act(code, Action.RESULT_ARRIVED, ActionFacts(giver=COMMUNE.name))
    wanted = NewWaybill(number="VN000001", code=code, carrier=CARRIER)

    for days, problem in ((-1, "before_dossier"), (0, "before_result"), (2, "before_result")):
        early = msgspec.structs.replace(wanted, opened_at=START + timedelta(days=days))
        with pytest.raises(UserError, match=problem):
            desk.counter.post.waybills.open(early)
    assert desk.counter.post.waybills.list_all() == ()

    that_day = msgspec.structs.replace(wanted, opened_at=START + timedelta(days=3, hours=-1))
    assert desk.counter.post.waybills.open(that_day).waybill.is_underway
    assert is_whole(desk)


def test_result_that_came_back_is_here_since_then_and_not_since_it_was_recorded(
    desk: OpenCounter, clock: DeskClock
) -> None:
    code = sent(desk).waybill.dossier_code
    early = sent(desk, "VN000002", owner=1).waybill.dossier_code
    came_at = clock.now() + timedelta(days=2)
    clock.move(timedelta(days=5))
    desk.counter.post.waybills.give_back("VN000001", came_at, "vắng nhà")
    desk.counter.post.waybills.give_back("VN000002", START - timedelta(hours=1), "vắng nhà")

    result, other = (desk.counter.lookup.get_dossier(each).state.result for each in (code, early))

    assert result is not None
    assert result.here_at == came_at
    assert other is not None
    assert other.here_at == START
    assert is_whole(desk)
