"""Batches that are taken together: what one of them is does not touch the others, and a clerk does not wait for all."""

import dataclasses
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import AppError
from counter_app.core.ids import new_id
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import Outcome as Decision
from counter_app.domain.unit import Clerk, Role, Slice
from counter_app.journal.chain import GENESIS, Signer
from counter_app.journal.entries import Body, ClerkSaved, Entry, EpochForked, EpochStarted, encode_body
from counter_app.journal.journal import make_entry
from counter_app.services.answers.desk_status import LineState
from counter_app.store.tables import journal
from counter_app.store.writer_queue import Priority
from counter_app.sync.batch import open_batch, seal
from counter_app.sync.exchange import Exchange
from counter_app.sync.inbox import Outcome, Taken
from counter_app.sync.ports import PROVINCE, Acknowledgement
from tests.fakes.desks import START, DeskClock, a_form
from tests.fakes.entry_bodies import bodies
from tests.fakes.exchanging import batches_of, exchange_of, hall, picture_of

PATIENCE_S = 30.0


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[list[OpenCounter]]:
    with hall(tmp_path, count=3) as made:
        yield made


def work(made: OpenCounter) -> None:
    for number in range(3):
        code = made.counter.intake.receive(a_form(number), Decision.ACCEPTED).dossier.code
        made.counter.dossiers.act(code, Action.TRANSFER, ActionFacts(receiver="Phòng Tư pháp"))


def outcomes(answers: Sequence[Taken | AppError]) -> list[str]:
    return [answer.outcome.value if isinstance(answer, Taken) else answer.code for answer in answers]


def test_a_refused_batch_leaves_the_others_of_its_run_as_they_would_be_one_by_one(desks: list[OpenCounter]) -> None:
    one, two, three = desks
    work(one)
    first, second, third, *others = batches_of(one, each=3)
    stranger, _secret = Signer.generate()
    forged = b"QMCB\x01" + stranger.sign(b"something else") + second[69:]
    unknown = seal([entry_of_nobody()], stranger.sign).data
    run = [first, forged, third, unknown, b"no batch", second, first, *others]

    answers = exchange_of(two).take_run(run)

    expected = [Outcome.TAKEN, "sync.not_genuine", Outcome.WAITS, "sync.unknown_desk", "sync.bad_batch"]
    assert outcomes(answers) == [*expected, Outcome.TAKEN, Outcome.KNOWN, *[Outcome.TAKEN] * len(others)]
    for data in (first, second, third, *others):
        exchange_of(three).take(data)
    assert picture_of(two) == picture_of(three) != {}
    assert exchange_of(two).list_held_chains()[0].seq == exchange_of(three).list_held_chains()[0].seq
    assert two.counter.verification.verify().findings == ()


def entry_of_nobody() -> Entry:
    header = (new_id(), new_id(), 1, 1, 1 << 50, "x", ClerkSaved.KIND, 1, "")
    return make_entry(header, body=b"{}", prev_hash=bytes(32))


def test_a_batch_that_the_store_refuses_takes_back_none_of_those_before_it(desks: list[OpenCounter]) -> None:
    one, two, three = desks
    work(one)
    good, last = batches_of(one, each=2), own_chain(one)
    bad = seal(following(one, 2), one.desk.journal.sign).data
    work(three)
    with two.desk.store.writing() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER never BEFORE INSERT ON journal_entry WHEN new.clerk = 'x'"
            " BEGIN SELECT RAISE(ABORT, 'never'); END"
        )

    answers = exchange_of(two).take_run([*good, bad, *batches_of(three, each=5)])

    with two.desk.store.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER never")
    assert outcomes(answers)[len(good)] == "sync.cannot_take"
    assert {last, own_chain(three)} < set(exchange_of(two).list_held_chains())
    assert len(picture_of(two)["dossiers"]) == 6
    assert two.counter.verification.verify().findings == ()


def own_chain(made: OpenCounter) -> Acknowledgement:
    return next(chain for chain in exchange_of(made).list_held_chains() if chain.desk == made.desk.desk.id)


def following(made: OpenCounter, count: int, *, body: bytes = b"", same_id: str = "", subject: str = "") -> list[Entry]:
    """Return entries that this desk may sign next; as they stand, nothing is wrong with them."""
    last, entries = own_chain(made), list[Entry]()
    clerk = Clerk(id=new_id(), unit_code="H99.14", login="hai", full_name="Người Mẫu", role=Role.CLERK)
    for seq in range(last.seq + 1, last.seq + 1 + count):
        about = subject or clerk.id
        header = (same_id or new_id(), last.desk, last.epoch, seq, (1 << 58) + seq, "x", ClerkSaved.KIND, 1, about)
        before = entries[-1].hash if entries else last.hash
        entries.append(make_entry(header, body=body or encode_body(ClerkSaved(clerk=clerk)), prev_hash=before))
    return entries


def test_two_entries_of_one_name_or_a_body_without_an_end_stop_only_their_desk(desks: list[OpenCounter]) -> None:
    one, two, three = desks
    work(three)
    endless = b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    for strange in (following(one, 2, same_id=new_id()), following(one, 1, body=endless)):
        batches = [*batches_of(one), seal(strange, one.desk.journal.sign).data, *batches_of(three, each=5)]
        answers = exchange_of(two).take_run(batches)
        assert [one for one in outcomes(answers) if one not in ("taken", "known")] == ["sync.not_genuine"]
    assert len(picture_of(two)["dossiers"]) == 3


def test_an_epoch_that_says_it_moved_more_than_there_can_be_is_refused(desks: list[OpenCounter]) -> None:
    one, two, _three = desks
    last, desk_id = own_chain(one), one.desk.desk.id
    exchange_of(two).take_run(batches_of(one))
    started = EpochStarted(
        desk_id=desk_id, epoch=3, part=Slice(1, 2), reason="restored", previous_seq=1, previous_hash=bytes(32)
    )
    forked = EpochForked(
        desk_id=desk_id,
        epoch=2,
        part=Slice(1, 2),
        reason="forked",
        previous_seq=last.seq,
        previous_hash=last.hash,
        forked_epoch=1,
        forked_seq=1,
        forked_hash=GENESIS,
        moved=2**63 - 1,
    )
    batches = []
    for body in (forked, started):
        header = (new_id(), desk_id, body.epoch, 1, (1 << 58) + body.epoch, "x", body.KIND, body.VERSION, desk_id)
        entry = make_entry(header, body=encode_body(body), prev_hash=GENESIS)
        batches.append(seal([entry], one.desk.journal.sign).data)

    assert outcomes(exchange_of(two).take_run(batches)) == ["sync.not_genuine", Outcome.WAITS]


def test_whatever_a_hostile_desk_signs_of_dossiers_of_another_the_other_is_taken(desks: list[OpenCounter]) -> None:
    one, two, three = desks
    work(three)
    dossiers = picture_of(three)["dossiers"]
    names = [*dossiers, *(dossier.code for dossier, _state in dossiers.values()), "H99.14"]
    honest = batches_of(three, each=2)
    exchange_of(two).take_run([*batches_of(one), *honest[: len(honest) // 2]])
    head, answers = own_chain(one), list[Taken | AppError]()

    @settings(deadline=None, max_examples=60)
    @given(bodies(names, is_hostile=True), st.sampled_from(list(dossiers)))
    def take(body: Body, other: str) -> None:
        nonlocal head
        about = getattr(body, "dossier_id", other)
        seq = head.seq + 1
        header = (new_id(), head.desk, head.epoch, seq, (1 << 58) + seq, "x", body.KIND, body.VERSION, about[:99])
        entry = make_entry(header, body=encode_body(body), prev_hash=head.hash)
        (answer,) = exchange_of(two).take_run([seal([entry], one.desk.journal.sign).data])
        answers.append(answer)
        if isinstance(answer, Taken) and answer.outcome is Outcome.TAKEN:
            head = msgspec.structs.replace(head, seq=seq, hash=entry.hash)

    take()

    assert set(outcomes(answers)) <= {Outcome.TAKEN, "sync.not_genuine"}
    assert set(outcomes(exchange_of(two).take_run(honest))) == {Outcome.TAKEN, Outcome.KNOWN}
    assert two.counter.verification.verify().findings == ()


class ClerkComes:
    """A clock that is asked when the first batch of a run is about to be taken: then a clerk wants to write."""

    def __init__(self, made: OpenCounter) -> None:
        self._made = made
        self.seen: list[int] = []
        self.clerk = threading.Thread(target=self._write)

    def now(self) -> datetime:
        if self.clerk.ident is None:
            self.clerk.start()
            while not self._made.desk.store.is_awaited(Priority.LINE):
                self.clerk.join(0.001)
        return self._made.desk.clock.now()

    def _write(self) -> None:
        count = select(func.count()).select_from(journal.entry)
        with self._made.desk.store.writing() as connection:
            self.seen.append(connection.execute(count).scalar_one())


def test_a_clerk_who_comes_while_a_run_is_taken_waits_for_one_batch_of_it(desks: list[OpenCounter]) -> None:
    one, two, _three = desks
    work(one)
    run = batches_of(one)
    with two.desk.store.reading() as connection:
        before = connection.execute(select(func.count()).select_from(journal.entry)).scalar_one()
    clock = ClerkComes(two)
    busy: Exchange = dataclasses.replace(exchange_of(two), clock=clock)

    answers = busy.take_run(run)
    clock.clerk.join(PATIENCE_S)

    assert clock.seen == [before + len(open_batch(run[0]).run.records)]
    assert outcomes(answers) == [Outcome.TAKEN] * len(run)
    assert two.counter.verification.verify().findings == ()


def test_a_holder_is_said_to_have_what_it_gave_and_no_more(desks: list[OpenCounter]) -> None:
    one, two, _three = desks
    work(one)
    run = batches_of(one, each=3)
    exchange_of(two).take_run(run)  # by a hall or a stick

    for data in (run[1], run[0]):
        exchange_of(two).take(data, holder=PROVINCE)
        exchange_of(one).take(data, holder=PROVINCE)

    assert [(ack.desk, ack.seq) for ack in exchange_of(two).list_acknowledged(PROVINCE)] == [(one.desk.desk.id, 6)]
    assert exchange_of(one).list_acknowledged(PROVINCE) == []  # of its own, only what the province says when asked
    carried = [batch.first_seq for batch in exchange_of(two).iter_batches(PROVINCE) if batch.desk == one.desk.desk.id]
    assert carried[0] == 7


def test_a_clock_that_was_ahead_puts_off_no_alarm(tmp_path: Path) -> None:
    clock = DeskClock(START + timedelta(days=30))
    with hall(tmp_path, clock=clock) as (one, two):
        work(one)
        exchange_of(one).acknowledge(PROVINCE, exchange_of(one).list_held_chains())
        exchange_of(one).take_run(batches_of(two, each=50), holder=PROVINCE)
        clock.move(timedelta(days=-30))
        work(one)
        line = one.counter.province_line
        assert one.counter.desk_status.read().line is LineState.DOWN
        assert not line.is_waiting(120)
        seen_at = clock.now()

        clock.move(timedelta(days=2))

        status = one.counter.desk_status.read()
        assert line.is_waiting(120)
        assert (status.line, status.unsent_since) == (LineState.DOWN, seen_at)
        clock.move(timedelta(days=-4))  # once more another day: from now on, then
        assert not line.is_waiting(120)
        clock.move(timedelta(days=2))
        assert line.is_waiting(120)
