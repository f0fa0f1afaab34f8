"""Papers change hands by lists that both sides close: at one desk, between two that share no line, and cut off."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from time import perf_counter

import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import Dossier, Outcome, Status
from counter_app.domain.forms.facts import HandoverData, SlipData
from counter_app.domain.forms.kinds import Form, Sheet
from counter_app.domain.manifest import ItemState, ManifestKind, ManifestState, parse_manifest_code
from counter_app.journal.entries import PaperHanded
from counter_app.journal.rebuild import derived_digest
from counter_app.services.answers.dossiers import ScanKind
from counter_app.services.answers.lists import DossierFilter
from counter_app.services.answers.manifests import NewManifest, Scanned
from counter_app.services.answers.postal import NewWaybill
from counter_app.services.answers.printing import PaperRequest
from counter_app.services.sample_data import LOGIN, PASSWORD
from printing import render_form
from tests.fakes.desks import DeskClock, at_work, sample_desk
from tests.fakes.manifests import POST, handed_over, holder, is_whole, listed, post_office, receive
from tests.fakes.pages import codes_on
from tests.fakes.slip_keys import a_foreign_key


@pytest.fixture
def clock() -> DeskClock:
    return DeskClock()


@pytest.fixture
def desk(tmp_path: Path, clock: DeskClock) -> Iterator[OpenCounter]:
    with at_work(sample_desk(tmp_path / "giver"), clock) as made:
        yield made


def with_result(desk: OpenCounter) -> str:
    (code,) = receive(desk)
    act = desk.counter.dossiers.act
    act(code, Action.TRANSFER, ActionFacts(receiver="Phòng Tư pháp"))
    act(code, Action.RESOLVE, ActionFacts(result_kind="Giấy khai sinh"))
    act(code, Action.RESULT_ARRIVED, ActionFacts())
    return code


def test_listed_dossiers_are_handed_over_and_every_step_stands_in_their_history(
    desk: OpenCounter, clock: DeskClock
) -> None:
    codes = receive(desk, 3)
    manifest = listed(desk, codes[:2])
    desk.counter.custody.add(manifest, [desk.counter.slip_checks.seal(_dossier(desk, codes[2]), Form.RECEIPT)])
    desk.counter.custody.remove(manifest, [codes[0].lower()])
    desk.counter.custody.add(manifest, [codes[0], codes[0]])
    assert {holder(desk, code) for code in codes} == {desk.desk.desk.name}

    view = desk.counter.custody.close(manifest, seal="NP 004512", password=PASSWORD)
    clock.move(timedelta(hours=2))
    result = desk.counter.custody.receive(manifest, Scanned(scanned=tuple(codes)))

    assert view.manifest.codes == (codes[1], codes[2], codes[0])
    assert (view.manifest.bag, view.manifest.seal, view.manifest.closed_by) == ("T-07", "NP 004512", "Lê Thị Mai")
    assert (result.is_received, result.comparison.is_clean) == (True, True)
    assert {holder(desk, code) for code in codes} == {POST}
    shown = desk.counter.lookup.get_dossier(codes[0])
    assert shown.dossier.status is Status.IN_PROGRESS
    assert [(line.kind, line.action, line.manifest_code) for line in shown.history][1:] == [
        ("manifest.closed", "", manifest),
        ("dossier.acted", "transfer", ""),
        ("manifest.received", "", manifest),
    ]
    assert [(one.code, one.state, one.item_state) for one in shown.manifests] == [
        (manifest, ManifestState.RECEIVED, ItemState.OK)
    ]
    assert (shown.state.hops[-1].receiver, shown.state.hops[-1].note) == (POST, manifest)
    assert is_whole(desk)


def _dossier(desk: OpenCounter, code: str) -> Dossier:
    return desk.counter.lookup.get_dossier(code).dossier


def test_control_slip_shows_the_hops_of_the_manifest(desk: OpenCounter) -> None:
    (code,) = receive(desk)
    manifest = handed_over(desk, [code]).manifest.code

    slip = desk.counter.papers.draft(PaperRequest(form=Form.CONTROL_SLIP, codes=(code,)))

    assert isinstance(slip, SlipData)
    assert [(hop.receiver, hop.note) for hop in slip.hops][-1] == (POST, manifest)


def test_dossier_that_cannot_be_transferred_changes_hands_and_keeps_its_status(desk: OpenCounter) -> None:
    (code,) = receive(desk)
    desk.counter.dossiers.act(code, Action.REQUEST_PAYMENT, ActionFacts(amount=50_000))

    manifest = handed_over(desk, [code]).manifest.code

    view = desk.counter.lookup.get_dossier(code)
    assert (view.dossier.status, view.state.holder) == (Status.PAYMENT_ASKED, POST)
    handed = [line for line in view.history if line.kind == "dossier.handed"]
    assert [line.manifest_code for line in handed] == [manifest]
    assert is_whole(desk)


def test_results_change_hands_and_only_those_that_are_here(desk: OpenCounter) -> None:
    code, (paper,) = with_result(desk), receive(desk)

    with pytest.raises(UserError, match=r"manifest\.no_result"):
        listed(desk, [paper], kind=ManifestKind.RESULTS)
    manifest = handed_over(desk, [code], kind=ManifestKind.RESULTS).manifest.code

    view = desk.counter.lookup.get_dossier(code)
    assert view.state.result is not None
    assert (view.dossier.status, view.state.result.holder) == (Status.RESOLVED, POST)
    assert view.state.holder == desk.desk.desk.name
    assert [line.text_key for line in view.history if line.manifest_code == manifest] == [
        "history.manifest.closed",
        "history.dossier.result_handed",
    ]
    assert desk.counter.lists.page(DossierFilter(waits_for_owner=True)).rows == ()
    assert is_whole(desk)


def test_result_on_an_open_manifest_is_returned_only_after_it_was_taken_off(desk: OpenCounter) -> None:
    code = with_result(desk)
    owner = desk.counter.lookup.get_dossier(code).dossier.applicant.full_name
    manifest = listed(desk, [code], kind=ManifestKind.RESULTS)

    for step in (desk.counter.dossiers.act, desk.counter.dossiers.check):
        with pytest.raises(UserError) as caught:
            step(code, Action.RETURN_RESULT, ActionFacts(receiver=owner))
        assert (caught.value.code, caught.value.context["other"]) == ("manifest.on_another", manifest)

    desk.counter.custody.close(manifest)
    assert desk.counter.lookup.get_dossier(code).dossier.status is Status.RESOLVED
    assert is_whole(desk)


def test_result_that_was_handed_on_is_returned_or_posted_by_nobody_here_until_it_comes_back(desk: OpenCounter) -> None:
    code = with_result(desk)
    owner = desk.counter.lookup.get_dossier(code).dossier.applicant.full_name
    handed_over(desk, [code], kind=ManifestKind.RESULTS)

    for step in (
        lambda: desk.counter.dossiers.act(code, Action.RETURN_RESULT, ActionFacts(receiver=owner)),
        lambda: desk.counter.post.waybills.open(NewWaybill(number="VN000001", code=code, address="Thôn Mẫu")),
    ):
        with pytest.raises(UserError) as caught:
            step()
        assert (caught.value.code, caught.value.context["holder"]) == ("action.refused.result_handed_on", POST)
    with pytest.raises(UserError, match=r"manifest\.no_result"):
        listed(desk, [code], kind=ManifestKind.RESULTS)

    desk.counter.dossiers.act(code, Action.RESULT_ARRIVED, ActionFacts())
    desk.counter.dossiers.act(code, Action.RETURN_RESULT, ActionFacts(receiver=owner))
    state = desk.counter.lookup.get_dossier(code).state
    assert state.result is not None
    assert [(hop.giver, hop.receiver) for hop in state.result.hops] == [
        (desk.desk.desk.name, POST),
        (POST, desk.desk.desk.name),
    ]
    assert is_whole(desk)


def test_result_missing_from_its_bag_lies_at_the_desk_again_and_one_that_came_unlisted_does_not(
    desk: OpenCounter, clock: DeskClock
) -> None:
    missing, extra = with_result(desk), with_result(desk)
    manifest = handed_over(desk, [missing], kind=ManifestKind.RESULTS).manifest.code
    clock.move(timedelta(hours=1))

    settled = {missing: "để quên trong tủ", extra: "bỏ nhầm túi"}
    desk.counter.custody.receive(manifest, Scanned(scanned=(extra,), settled=settled))

    here, gone = (desk.counter.lookup.get_dossier(code).state.result for code in (missing, extra))
    assert here is not None and gone is not None  # noqa: PT018
    assert (here.holder, here.here_at) == (desk.desk.desk.name, clock.now())
    assert (gone.holder, gone.here_at) == (POST, None)
    rows = desk.counter.lists.page(DossierFilter(waits_for_owner=True)).rows
    assert [row.code for row in rows] == [missing]
    assert is_whole(desk)


def test_entry_written_before_results_were_told_apart_moves_the_paper_and_leaves_the_result(desk: OpenCounter) -> None:
    code = with_result(desk)
    dossier = _dossier(desk, code)
    body = PaperHanded(dossier_id=dossier.id, manifest="H99.14-M261123-001", receiver=POST)
    with desk.desk.transaction() as connection:
        desk.desk.journal.append(connection, body, clerk="", subject=dossier.id)

    view = desk.counter.lookup.get_dossier(code)
    assert view.state.result is not None
    assert (view.state.holder, view.state.result.is_at(desk.desk.desk.name)) == (POST, True)
    assert view.history[-1].manifest_code == "H99.14-M261123-001"
    assert is_whole(desk)


def test_what_may_not_go_on_a_manifest_is_refused_with_its_reason_and_nothing_is_listed(desk: OpenCounter) -> None:
    here, on_other, away = receive(desk, 3)
    (not_accepted,) = receive(desk, outcome=Outcome.SUPPLEMENT_ASKED)
    other = listed(desk, [on_other])
    desk.counter.dossiers.act(away, Action.TRANSFER, ActionFacts(receiver="Phòng Tư pháp"))
    manifest = listed(desk, [])
    refused = {
        on_other: "manifest.on_another",
        away: "manifest.not_held",
        not_accepted: "manifest.not_held",
        "H99.14-261123-0001": "dossier.unknown_code",
        "CCCD|không phải mã hồ sơ": "manifest.not_a_dossier_code",
        "QMC1:ABC": "slip.damaged",
    }

    for code, reason in refused.items():
        with pytest.raises(UserError) as caught:
            desk.counter.custody.add(manifest, [here, code])
        assert caught.value.code == reason
        assert "CCCD" not in str(caught.value)

    assert desk.counter.custody.get(manifest).manifest.codes == ()
    desk.counter.custody.remove(other, [on_other])
    assert desk.counter.custody.add(manifest, [here, on_other]).manifest.codes == (here, on_other)
    with pytest.raises(UserError, match="not_listed"):
        desk.counter.custody.remove(manifest, [away])


def test_each_step_comes_once_and_in_its_order(desk: OpenCounter) -> None:
    custody, codes = desk.counter.custody, receive(desk, 2)
    empty = listed(desk, [])

    with pytest.raises(UserError, match=r"manifest\.empty"):
        custody.close(empty)
    with pytest.raises(UserError, match=r"manifest\.wrong_state"):
        custody.receive(empty, Scanned())
    with pytest.raises(UserError, match=r"manifest\.receiver_missing"):
        custody.begin(NewManifest(receiver=" \u200b"))
    manifest = handed_over(desk, codes).manifest.code
    with pytest.raises(UserError, match=r"manifest\.wrong_state"):
        custody.close(manifest)
    with pytest.raises(UserError, match=r"manifest\.wrong_state"):
        custody.add(manifest, [codes[0]])
    custody.receive(manifest, Scanned(scanned=tuple(codes)))
    with pytest.raises(UserError, match=r"manifest\.wrong_state"):
        custody.receive(manifest, Scanned(scanned=tuple(codes)))
    assert [(row.code, row.count) for row in custody.list_all(state=ManifestState.RECEIVED)] == [(manifest, 2)]
    assert custody.list_all(state=ManifestState.OPEN)[0].code == empty


def test_wrong_password_hands_nothing_over_and_five_of_them_lock(desk: OpenCounter) -> None:
    (code,) = receive(desk)
    manifest = listed(desk, [code])

    for _ in range(5):
        with pytest.raises(UserError, match=r"session\.wrong_password"):
            desk.counter.custody.close(manifest, password="không phải")
    with pytest.raises(UserError, match=r"session\.locked"):
        desk.counter.custody.close(manifest, password=PASSWORD)

    assert desk.counter.custody.get(manifest).state is ManifestState.OPEN
    assert holder(desk, code) == desk.desk.desk.name


def test_dossier_that_left_meanwhile_stops_the_whole_hand_over(desk: OpenCounter) -> None:
    codes = receive(desk, 4)
    results = [with_result(desk) for _ in range(3)]
    manifest = listed(desk, results, kind=ManifestKind.RESULTS)
    owner = desk.counter.lookup.get_dossier(results[0]).dossier.applicant.full_name
    with desk.desk.transaction() as connection:  # as the entries of a desk that knows of no manifest do
        for code in results[:2]:
            desk.counter.dossiers.act_within(connection, code, Action.RETURN_RESULT, ActionFacts(receiver=owner))

    with pytest.raises(UserError) as caught:
        desk.counter.custody.close(manifest)

    assert caught.value.code == "manifest.take_off"
    assert caught.value.context == {"code": manifest, "codes": ", ".join(results[:2]), "count": 2}
    assert desk.counter.custody.get(manifest).state is ManifestState.OPEN
    desk.counter.custody.remove(manifest, results[:2])
    desk.counter.custody.close(manifest)
    assert [holder(desk, code) for code in codes] == [desk.desk.desk.name] * 4
    assert is_whole(desk)


def test_three_errors_in_a_bag_of_two_hundred_are_found_and_settled(desk: OpenCounter) -> None:
    codes = receive(desk, 201)
    inside, stray = codes[:200], codes[200]
    manifest = handed_over(desk, inside).manifest.code
    lost = [inside[16], inside[144]]
    scanned = (*(code for code in reversed(inside) if code not in lost), stray)
    with desk.desk.store.reading() as connection:
        before = derived_digest(connection)

    began = perf_counter()
    first = desk.counter.custody.receive(manifest, Scanned(scanned=scanned))

    assert perf_counter() - began < 1
    assert (first.is_received, set(first.unsettled)) == (False, {*lost, stray})
    assert (list(first.comparison.missing), list(first.comparison.extra)) == (lost, [stray])
    with desk.desk.store.reading() as connection:
        assert derived_digest(connection) == before
    with pytest.raises(UserError, match="nothing_to_settle"):
        desk.counter.custody.receive(manifest, Scanned(scanned=scanned, settled={inside[0]: "nhầm"}))

    reasons = {lost[0]: "để quên ở quầy", lost[1].lower(): "để quên ở quầy", stray: "bỏ nhầm túi"}
    done = desk.counter.custody.receive(manifest, Scanned(scanned=scanned, settled=reasons))

    assert (done.is_received, len(done.comparison.ok)) == (True, 198)
    assert {holder(desk, code) for code in lost} == {desk.desk.desk.name}
    assert holder(desk, stray) == POST
    back = desk.counter.lookup.get_dossier(lost[0])
    assert back.dossier.status is Status.RECEIVED
    assert back.state.hops[-1].note == f"{manifest}: để quên ở quầy"
    view = desk.counter.custody.get(manifest)
    assert {item.code: item.reason for item in view.items if item.state is ItemState.MISSING} == dict.fromkeys(
        lost, "để quên ở quầy"
    )
    assert [(item.code, item.state) for item in view.items][-1] == (stray, ItemState.EXTRA)
    assert is_whole(desk)


def test_other_end_receives_without_a_line_from_the_passport_alone(
    desk: OpenCounter, clock: DeskClock, tmp_path: Path
) -> None:
    codes = receive(desk, 12)
    view = handed_over(desk, codes)
    manifest = view.manifest.code
    with post_office(tmp_path, clock) as post:
        post.counter.slip_checks.trust(desk.counter.slip_checks.own_key())
        scanned = Scanned(scanned=(*codes[1:], "H99.14-261120-1001"), passport=view.passport)

        first = post.counter.custody.receive(manifest, scanned)
        settled = Scanned(
            scanned=scanned.scanned,
            passport=view.passport,
            settled={codes[0]: "không có trong túi", "H99.14-261120-1001": "bỏ nhầm túi"},
        )
        done = post.counter.custody.receive(manifest, settled)

        assert (first.comparison.missing, first.comparison.extra) == ((codes[0],), ("H99.14-261120-1001",))
        assert (first.is_received, done.is_received) == (False, True)
        here = post.counter.custody.get(manifest)
        assert (here.state, here.received_by, here.received_desk) == (
            ManifestState.RECEIVED, "Phan Thị Thư", "Quầy bưu chính"
        )  # fmt: skip
        assert here.manifest.giver == "Quầy 1, Ủy ban nhân dân xã Đồng Mẫu"
        assert here.manifest.codes == tuple(codes)
        with pytest.raises(UserError, match=r"manifest\.wrong_state"):
            post.counter.custody.receive(manifest, settled)
        with pytest.raises(UserError, match=r"manifest\.not_ours"):
            post.counter.custody.add(manifest, [codes[0]])
        paper = post.counter.papers.draft(PaperRequest(form=Form.MANIFEST, codes=(manifest,)))
        assert isinstance(paper, HandoverData)
        assert [row.code for row in paper.rows] == codes
        assert paper.scan_texts == here.acknowledgement
        assert is_whole(post)


def test_passport_is_believed_only_of_a_desk_that_is_trusted_and_only_whole(
    desk: OpenCounter, clock: DeskClock, tmp_path: Path
) -> None:
    codes = receive(desk, 2)
    view, other = handed_over(desk, codes[:1]), handed_over(desk, codes[1:])
    manifest = view.manifest.code
    with post_office(tmp_path, clock) as post:

        def refusal(passport: tuple[str, ...]) -> str:
            with pytest.raises(UserError) as caught:
                post.counter.custody.receive(manifest, Scanned(scanned=(codes[0],), passport=passport))
            return caught.value.code

        assert refusal(()) == "manifest.unknown_code"
        assert refusal(view.passport) == "manifest.passport_unknown_key"
        post.counter.slip_checks.trust(a_foreign_key("H99.14")[1])
        assert refusal(view.passport) == "manifest.passport_unknown_key"
        post.counter.slip_checks.trust(desk.counter.slip_checks.own_key())
        assert refusal(other.passport) == "manifest.passport_of_another"
        assert refusal((view.passport[0][:-1],)) == "manifest.passport_damaged"
        assert post.counter.verification.verify().is_sound
        assert post.counter.custody.list_all() == ()


def test_two_desks_that_never_met_give_manifests_of_different_codes(
    desk: OpenCounter, clock: DeskClock, tmp_path: Path
) -> None:
    mine = [parse_manifest_code(listed(desk, [])).number for _ in range(3)]
    clock.move(timedelta(days=1))
    tomorrow = parse_manifest_code(listed(desk, []))

    assert mine == [desk.desk.part.low + step for step in range(3)]
    assert (tomorrow.number, tomorrow.opened_on.day) == (mine[0], 24)
    with post_office(tmp_path, clock) as post:
        assert parse_manifest_code(listed(post, [])).unit_code == "H99.90"


def test_code_of_a_manifest_opens_it_and_prints_list_results_and_label(desk: OpenCounter) -> None:
    codes = receive(desk, 2)
    view = handed_over(desk, codes)
    manifest = view.manifest.code
    target = desk.counter.lookup.resolve_scan(f"{manifest.lower()}\r")

    assert (target.kind, target.manifest_code) == (ScanKind.MANIFEST, manifest)
    assert desk.counter.lookup.resolve_scan(view.passport[0]).kind is ScanKind.MANIFEST
    for form in (Form.MANIFEST, Form.RESULT_HANDOVER):
        job = desk.counter.print_orders.order(PaperRequest(form=form, codes=(manifest,)))
        data = desk.counter.papers.get_data(job.id)
        assert isinstance(data, HandoverData)
        assert (data.code, [row.code for row in data.rows]) == (manifest, codes)
        assert (data.details.receiver, data.details.bag, data.details.seal) == (POST, "T-07", "NP 004512")
        assert data.scan_texts == view.passport
    label = desk.counter.papers.get_data(
        desk.counter.print_orders.order(PaperRequest(form=Form.LABEL, codes=(manifest,))).id
    )
    assert isinstance(label, SlipData)
    assert (label.code, label.applicant_name) == (manifest, POST)
    with pytest.raises(UserError, match=r"manifest\.form_unsuitable"):
        desk.counter.print_orders.order(PaperRequest(form=Form.RECEIPT, codes=(manifest,)))
    with pytest.raises(UserError, match=r"print_job\.reason_missing"):
        desk.counter.print_orders.order(PaperRequest(form=Form.MANIFEST, codes=(manifest,)))
    assert is_whole(desk)


def test_the_printed_list_is_enough_to_receive_at_a_desk_without_a_line(
    desk: OpenCounter, clock: DeskClock, tmp_path: Path
) -> None:
    codes = receive(desk, 3)
    manifest = handed_over(desk, codes).manifest.code
    paper = tmp_path / "manifest.pdf"
    data = desk.counter.papers.draft(PaperRequest(form=Form.MANIFEST, codes=(manifest,)))
    paper.write_bytes(render_form(data, copies=1, sheet=Sheet.A4))
    read = [one.removeprefix("QR-Code:") for one in codes_on(paper, tmp_path) if one.startswith("QR-Code:QMCM1:")]

    with post_office(tmp_path, clock) as post:
        post.counter.slip_checks.trust(desk.counter.slip_checks.own_key())
        result = post.counter.custody.receive(manifest, Scanned(scanned=tuple(codes), passport=tuple(read)))

    assert (result.is_received, result.comparison.is_clean) == (True, True)


def test_nobody_signed_in_hands_nothing_over(desk: OpenCounter) -> None:
    (code,) = receive(desk)
    manifest = listed(desk, [code])
    desk.counter.session.sign_out()

    with pytest.raises(UserError, match=r"session\.nobody"):
        desk.counter.custody.close(manifest)
    desk.counter.session.act_as(LOGIN)
    assert desk.counter.custody.close(manifest).state is ManifestState.CLOSED


def test_giver_learns_of_the_receipt_from_the_signed_acknowledgement_alone(
    desk: OpenCounter, clock: DeskClock, tmp_path: Path
) -> None:
    codes = receive(desk, 6)
    inside, stray = codes[:5], codes[5]
    view, other = handed_over(desk, inside), handed_over(desk, receive(desk))
    manifest = view.manifest.code
    with post_office(tmp_path, clock) as post:
        post.counter.slip_checks.trust(desk.counter.slip_checks.own_key())
        reasons = {inside[0]: "không có trong túi", stray: "bỏ nhầm túi"}
        scanned = Scanned(scanned=(*inside[1:], stray), settled=reasons, passport=view.passport)
        post.counter.custody.receive(manifest, scanned)
        said = post.counter.custody.get(manifest).acknowledgement
        key = post.counter.slip_checks.own_key()
    custody = desk.counter.custody

    with pytest.raises(UserError, match="passport_unknown_key"):
        custody.acknowledge(manifest, said)
    desk.counter.session.act_as()
    desk.counter.slip_checks.trust(key)
    with pytest.raises(UserError, match="passport_of_another"):
        custody.acknowledge(other.manifest.code, said)
    with pytest.raises(UserError, match="passport_damaged"):
        custody.acknowledge(manifest, view.passport)
    assert custody.get(manifest).state is ManifestState.CLOSED
    done = custody.acknowledge(manifest, said)

    assert (done.comparison.missing, done.comparison.extra) == ((inside[0],), (stray,))
    after = custody.get(manifest)
    assert (after.state, after.received_by, after.received_desk) == (
        ManifestState.RECEIVED,
        "Phan Thị Thư",
        "Quầy bưu chính, Bưu điện Mẫu",
    )
    assert after.passport == view.passport
    assert (holder(desk, inside[0]), holder(desk, stray)) == (desk.desk.desk.name, POST)
    with pytest.raises(UserError, match="wrong_state"):
        custody.acknowledge(manifest, said)
    assert is_whole(desk)
