"""What one desk did, another one has; what contradicts is held and explained; nothing is lost and nothing is twice."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from counter_app.bootstrap import OpenCounter, opened
from counter_app.core.errors import UserError
from counter_app.core.ids import new_id
from counter_app.core.paths import DataFolder
from counter_app.domain import dossier as received
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.correction import facts_of
from counter_app.domain.dossier import ResultChannel, Status
from counter_app.domain.postal import Attempt, AttemptOutcome, Delivery
from counter_app.domain.unit import Clerk, Role
from counter_app.journal.entries import ClerkSaved, Entry, encode_body
from counter_app.journal.journal import make_entry
from counter_app.services.answers.desk_status import LineState
from counter_app.services.answers.lists import Scope
from counter_app.services.answers.postal import NewWaybill
from counter_app.sync.batch import Batch, seal
from counter_app.sync.inbox import Outcome
from counter_app.sync.ports import PROVINCE, Acknowledgement
from counter_app.sync.roster import sign_roster
from tests.fakes.desks import PASSPHRASE, START, DeskClock, a_form, person
from tests.fakes.exchanging import (
    ADMIN,
    PROVINCE_SIGNER,
    carry,
    exchange_of,
    hall,
    meet,
    picture_of,
    province_folds_alike,
    roster_of,
)

RESULT = ActionFacts(result_kind="Quyết định")
GIVEN = ActionFacts(channel=ResultChannel.DESK, receiver=person().full_name)


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[list[OpenCounter]]:
    with hall(tmp_path) as made:
        yield made


def receive(made: OpenCounter, number: int = 0) -> str:
    return made.counter.intake.receive(a_form(number), received.Outcome.ACCEPTED).dossier.code


def ready(made: OpenCounter) -> str:
    """Return a dossier whose result lies at the desk."""
    code = receive(made)
    act = made.counter.dossiers.act
    act(code, Action.TRANSFER, ActionFacts(receiver="Phòng Tư pháp"))
    act(code, Action.RESOLVE, RESULT)
    act(code, Action.RESULT_ARRIVED, ActionFacts())
    return code


def status(made: OpenCounter, code: str) -> Status:
    return made.counter.lookup.get_dossier(code).dossier.status


def assert_sound(*desks: OpenCounter) -> None:
    for made in desks:
        assert made.counter.verification.verify().findings == ()
        assert province_folds_alike(made)
    assert all(picture_of(made) == picture_of(desks[0]) for made in desks)


def test_dossier_of_one_desk_is_at_the_other_with_its_history(desks: list[OpenCounter]) -> None:
    one, two = desks
    code = ready(one)

    assert carry(one, two) > 0
    assert carry(one, two) == 0

    view = two.counter.lookup.get_dossier(code)
    assert view.dossier == one.counter.lookup.get_dossier(code).dossier
    assert {line.clerk_name for line in view.history} == {"Đỗ Thị Quầy 1"}
    assert [row.code for row in two.counter.search.find(code)] == [code]
    meet(one, two)
    assert_sound(one, two)


def test_any_desk_returns_any_result_and_the_first_one_knows(desks: list[OpenCounter]) -> None:
    one, two = desks
    code = ready(one)
    meet(one, two)

    two.counter.dossiers.act(code, Action.RETURN_RESULT, GIVEN)
    meet(one, two)

    assert status(one, code) is Status.RETURNED
    assert_sound(one, two)


def test_result_returned_at_two_desks_at_once_is_held_once_everywhere(desks: list[OpenCounter]) -> None:
    one, two = desks
    code, other = ready(one), ready(one)
    meet(one, two)
    for made in (one, two):
        made.counter.dossiers.act(code, Action.RETURN_RESULT, GIVEN)
    one.counter.dossiers.act(other, Action.RETURN_RESULT, GIVEN)
    meet(one, two)

    assert status(two, code) is status(two, other) is Status.RETURNED
    (held,) = picture_of(one)["held"]
    assert "wrong_status" in held
    assert_sound(one, two)


def test_held_return_is_decided_at_any_desk_and_what_waits_behind_goes_on(desks: list[OpenCounter]) -> None:
    one, two = desks
    code, reopened = ready(one), ActionFacts(reason="trả nhầm")
    meet(one, two)
    for made in (one, two):
        made.counter.dossiers.act(code, Action.RETURN_RESULT, GIVEN)
    two.counter.dossiers.act(code, Action.REOPEN, reopened)
    meet(one, two)

    front, behind = one.counter.held.list_all()
    assert (front.reason, front.dossier_code, front.desk_name) == ("wrong_status", code, "Quầy 2")
    assert (behind.reason, behind.behind) == ("behind", front.entry_id)
    assert one.counter.figures.read(Scope.UNIT).held == 2
    with pytest.raises(UserError, match=r"held\.decide_first"):
        one.counter.dossiers.act(code, Action.REOPEN, reopened)
    with pytest.raises(UserError, match=r"held\.front_first"):
        one.counter.held.decide(behind.entry_id, "drop")
    with pytest.raises(UserError, match=r"held\.unknown_decision"):
        one.counter.held.decide(front.entry_id, "perhaps")

    assert one.counter.held.decide(front.entry_id, "drop", reason="đã trả ở quầy 1") == ()

    assert status(one, code) is Status.RECEIVED
    assert one.counter.lookup.get_dossier(code).history[-1].kind == "held.decided"
    with pytest.raises(UserError, match=r"held\.unknown"):
        one.counter.held.decide(front.entry_id, "drop")
    meet(one, two)
    assert status(two, code) is Status.RECEIVED
    assert_sound(one, two)


def test_held_return_that_did_happen_stands_beside_the_other(desks: list[OpenCounter]) -> None:
    one, two = desks
    code = ready(one)
    meet(one, two)
    for made in (one, two):
        made.counter.dossiers.act(code, Action.RETURN_RESULT, GIVEN)
    meet(one, two)

    (held,) = two.counter.held.list_all()
    two.counter.held.decide(held.entry_id, "apply")
    meet(one, two)

    assert len(one.counter.lookup.get_dossier(code).state.returns) == 2
    assert_sound(one, two)


def test_step_of_a_desk_that_knew_of_no_delivery_does_not_make_its_cash_owed_again(tmp_path: Path) -> None:
    clock = DeskClock()
    with hall(tmp_path, clock=clock) as (one, two):
        code, waybills = ready(one), one.counter.post.waybills
        waybills.open(NewWaybill(number="VN000001", code=code, carrier="Bưu điện Mẫu", address="Thôn Mẫu", cod=50_000))
        meet(one, two)
        waybills.deliver("VN000001", Delivery(at=START, receiver=person().full_name), collected=50_000)
        clock.move(timedelta(minutes=5))
        two.counter.post.waybills.attempt("VN000001", Attempt(at=START, outcome=AttemptOutcome.NOBODY_HOME))
        meet(one, two)

        assert [made.counter.post.waybills.owed().waybills for made in (one, two)] == [(), ()]
        assert len(two.counter.post.waybills.get("VN000001").waybill.attempts) == 1
        assert_sound(one, two)


def test_cash_recorded_at_two_desks_is_owed_again_only_when_neither_record_counts(desks: list[OpenCounter]) -> None:
    one, two = desks
    code = ready(one)
    waybills, others = one.counter.post.waybills, two.counter.post.waybills
    waybills.open(NewWaybill(number="VN000001", code=code, carrier="Bưu điện Mẫu", address="Thôn Mẫu", cod=50_000))
    waybills.deliver("VN000001", Delivery(at=START, receiver=person().full_name))
    meet(one, two)
    records = [made.collect("VN000001", 50_000).collections[0].code for made in (waybills, others)]
    meet(one, two)

    for record, owed in zip(records, ((), ("VN000001",)), strict=True):
        waybills.cancel_collection(record, "ghi hai lần")
        meet(one, two)
        for made in desks:
            found = made.counter.post.waybills.owed().waybills
            assert tuple(view.waybill.number for view in found) == owed
    assert_sound(one, two)


def test_one_field_corrected_at_two_desks_keeps_both_values_and_shows_the_later(tmp_path: Path) -> None:
    clock = DeskClock()
    with hall(tmp_path, clock=clock) as desks:
        code = receive(desks[0])
        meet(*desks)
        for made, note in zip(desks, ("một", "hai"), strict=True):
            clock.move(timedelta(minutes=1))
            before = facts_of(made.counter.lookup.get_dossier(code).dossier)
            after = msgspec.structs.replace(before, note=note)
            made.counter.corrections.correct(code, before=before, after=after, reason="ghi thiếu")
        meet(*desks)

        for made in desks:
            view = made.counter.lookup.get_dossier(code)
            assert view.dossier.note == "hai"
            assert {one.correction.fields[0].after for one in view.corrections} == {"một", "hai"}
        assert_sound(*desks)


def test_work_on_a_dossier_that_is_not_here_yet_waits_for_it_and_stops_nobody(tmp_path: Path) -> None:
    with hall(tmp_path, 3) as (one, two, three):
        code = receive(one)
        carry(one, two)
        two.counter.dossiers.act(code, Action.TRANSFER, ActionFacts(receiver="Phòng Tư pháp"))
        other = receive(two, 1)
        source = exchange_of(two)
        own = source.next_batches(three.desk.desk.id, most=99)
        for batch in own:
            exchange_of(three).take(batch.data)

        assert status(three, other) is Status.RECEIVED
        assert [held.reason for held in three.counter.held.list_all()] == ["unknown_dossier"]

        carry(one, three)

        assert status(three, code) is Status.IN_PROGRESS
        assert three.counter.held.list_all() == ()
        meet(one, two, three)
        assert_sound(one, two, three)


def test_batches_in_any_order_and_twice_give_the_same(desks: list[OpenCounter]) -> None:
    one, two = desks
    for number in range(160):
        receive(one, number)
    batches = [batch.data for batch in exchange_of(one).next_batches("two", most=99)]
    assert len(batches) >= 4

    outcomes = [exchange_of(two).take(data).outcome for data in [*reversed(batches), *batches]]

    assert outcomes[: len(batches) - 1] == [Outcome.WAITS] * (len(batches) - 1)
    assert outcomes[len(batches) - 1] is Outcome.TAKEN
    assert set(outcomes[len(batches) :]) == {Outcome.KNOWN}
    meet(one, two)
    assert_sound(one, two)


def test_what_is_not_genuine_unknown_or_revoked_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    with hall(tmp_path, 3) as (one, two, three):
        receive(one)
        (batch, *_) = exchange_of(one).next_batches("x")
        target = exchange_of(two)
        before = picture_of(two)
        alone = roster_of(two, three, number=2)
        gone = roster_of(one, two, three, number=3, revoked_at=START)

        with pytest.raises(UserError, match=r"sync\.not_genuine"):
            target.take(batch.data[:5] + bytes(64) + batch.data[69:])
        with pytest.raises(UserError, match=r"sync\.bad_roster"):
            target.take_roster(sign_roster(alone, one.desk.journal.sign))
        for roster, code in ((alone, "unknown_desk"), (gone, "revoked_desk")):
            target.take_roster(sign_roster(roster, PROVINCE_SIGNER.sign))
            with pytest.raises(UserError, match=rf"sync\.{code}"):
                target.take(batch.data)
        assert target.take_roster(sign_roster(alone, PROVINCE_SIGNER.sign)) == gone

        assert picture_of(two) == before
        assert two.counter.verification.verify().is_sound


def test_two_machines_that_write_one_journal_are_found_and_nothing_of_either_is_lost(tmp_path: Path) -> None:
    with hall(tmp_path, 2) as (one, two):
        carry(one, two)
        shutil.copytree(one.folder.root, tmp_path / "copy" / "desk")
        receive(one)
        carry(one, two)
    copy = DataFolder(tmp_path / "copy" / "desk", state_root=tmp_path / "copy" / "state")
    with opened(copy, passphrase=PASSPHRASE, clock=DeskClock()) as clone, open_hall(tmp_path, 2) as two:
        clone.counter.session.act_as(ADMIN)
        receive(clone, 1)
        first = exchange_of(clone).next_batches("x", most=99)
        assert [exchange_of(two).take(batch.data).outcome for batch in first][-1] is Outcome.FORK
        exchange_of(clone).acknowledge("x", [ack for batch in first for ack in (acknowledged(batch),)])
        receive(clone, 2)
        for batch in exchange_of(clone).next_batches("x", most=99):
            assert exchange_of(two).take(batch.data).outcome is Outcome.FORK

        said = exchange_of(two).list_held_chains()
        (fork,) = exchange_of(clone).acknowledge(two.desk.desk.id, said)
        assert fork.desk == clone.desk.desk.id
        assert two.counter.verification.verify().is_sound


def test_what_a_holder_claims_to_have_beyond_the_last_entry_is_sent_once_written(
    desks: list[OpenCounter],
) -> None:
    one, _two = desks
    receive(one)
    (head,) = [chain for chain in exchange_of(one).list_held_chains() if chain.desk == one.desk.desk.id]
    too_much = msgspec.structs.replace(head, seq=head.seq + 1_000, hash=bytes(32))
    unknown = Acknowledgement(desk=new_id(), epoch=1, seq=7, hash=bytes(32))
    assert exchange_of(one).acknowledge("x", [too_much, unknown], is_whole=True) == []
    assert exchange_of(one).next_batches("x") == []
    assert exchange_of(one).list_acknowledged("x") == [head]

    receive(one, 1)

    assert [batch.first_seq for batch in exchange_of(one).next_batches("x")] == [head.seq + 1]


def acknowledged(batch: Batch) -> Acknowledgement:
    return Acknowledgement(desk=batch.desk, epoch=batch.epoch, seq=batch.last_seq, hash=batch.last_hash)


@contextmanager
def open_hall(root: Path, number: int) -> Iterator[OpenCounter]:
    folder = DataFolder(root / str(number) / "desk", state_root=root / str(number) / "state")
    with opened(folder, passphrase=PASSPHRASE, clock=DeskClock()) as made:
        made.counter.session.act_as(ADMIN)
        yield made


def test_ticks_of_a_dossier_say_where_else_it_lies(desks: list[OpenCounter]) -> None:
    one, two = desks
    code = receive(one)

    def ticks(made: OpenCounter) -> tuple[bool, bool, bool]:
        found = made.counter.lookup.get_dossier(code).ticks
        return found.second_machine, found.province, found.waiting_since is None

    assert ticks(one) == (False, False, False)
    carry(one, two)
    assert ticks(one) == ticks(two) == (True, False, False)
    unsent = one.counter.desk_status.read().unsent
    assert unsent > 0

    (*_, last) = exchange_of(one).next_batches(PROVINCE, most=99)
    wrong = msgspec.structs.replace(acknowledged(last), hash=bytes(32))
    assert exchange_of(one).acknowledge(PROVINCE, [wrong]) == [wrong]
    assert ticks(one) == (True, False, False)
    assert exchange_of(one).acknowledge(PROVINCE, [acknowledged(last)]) == []
    assert ticks(one) == (True, True, True)
    status_now = one.counter.desk_status.read()
    assert (status_now.unsent, status_now.line) == (0, LineState.UP)
    assert two.counter.desk_status.read().line is LineState.DOWN

    two.counter.dossiers.act(code, Action.TRANSFER, ActionFacts(receiver="Phòng Tư pháp"))
    carry(two, one)
    assert ticks(one) == (True, False, False)


def test_entry_that_cannot_be_written_is_held_and_stops_neither_its_batch_nor_others(desks: list[OpenCounter]) -> None:
    one, two = desks
    carry(one, two)
    (head,) = [chain for chain in exchange_of(one).list_held_chains() if chain.desk == one.desk.desk.id]
    clerk = Clerk(id=new_id(), unit_code="H99.77", login="la", full_name="Người Lạ", role=Role.CLERK)
    known = msgspec.structs.replace(clerk, id=new_id(), unit_code="H99.14", login="quen", full_name="Người Quen")
    entries: list[Entry] = []
    for seq, saved in enumerate((clerk, known), start=head.seq + 1):
        header = (new_id(), head.desk, 1, seq, (1 << 58) + seq, "x", ClerkSaved.KIND, 1, saved.id)
        before = entries[-1].hash if entries else head.hash
        entries.append(make_entry(header, body=encode_body(ClerkSaved(clerk=saved)), prev_hash=before))

    taken = exchange_of(two).take(seal(entries, one.desk.journal.sign).data)

    assert (taken.outcome, taken.entries) == (Outcome.TAKEN, 2)
    (held,) = two.counter.held.list_all()
    assert (held.reason, held.may_apply, held.entry_id) == ("refused", False, entries[0].id)
    with two.desk.store.reading() as connection:
        names = connection.exec_driver_sql("SELECT full_name FROM clerk WHERE login IN ('la', 'quen')").scalars().all()
    assert names == ["Người Quen"]
    with pytest.raises(UserError, match=r"held\.cannot_apply"):
        two.counter.held.decide(held.entry_id, "apply")
    assert two.counter.held.decide(held.entry_id, "drop") == ()
    receive(two)
    assert two.counter.verification.verify().findings == ()


def test_a_desk_that_signs_what_no_program_writes_stops_only_itself(desks: list[OpenCounter]) -> None:
    one, two = desks
    carry(one, two)
    code = receive(two)
    (head,) = [chain for chain in exchange_of(one).list_held_chains() if chain.desk == one.desk.desk.id]
    header = (new_id(), head.desk, 1, head.seq + 1, 1 << 58, "x", ClerkSaved.KIND, 1, "")
    strange = make_entry(header, body=b'{"clerk": 7}', prev_hash=head.hash)

    with pytest.raises(UserError, match=r"sync\.not_genuine"):
        exchange_of(two).take(seal([strange], one.desk.journal.sign).data)

    assert [chain for chain in exchange_of(two).list_held_chains() if chain.desk == head.desk] == [head]
    carry(two, one)
    assert one.counter.lookup.get_dossier(code).dossier.status is Status.RECEIVED
