"""Desks that work and meet in any order, restart, lose their disks and come back from copies: all end up the same."""

import shutil
import tempfile
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from counter_app.bootstrap import OpenCounter, opened
from counter_app.core.errors import AppError, UserError
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import RULES, Action
from counter_app.domain.correction import facts_of
from counter_app.domain.dossier import Outcome
from tests.fakes.desks import PASSPHRASE, DeskClock, a_form
from tests.fakes.exchanging import ADMIN, exchange_of, hall_folder, introduce, meet, picture_of, province_folds_alike

DESKS = 3
PLACES = st.integers(0, DESKS - 1)


class Hall(RuleBasedStateMachine):
    """Three desks; batches travel when the machine says so, some of them twice, some of them late, some never."""

    codes: Bundle[str] = Bundle("codes")

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="counter-hall-"))
        self.clocks = [DeskClock() for _ in range(DESKS)]
        self.folders = [hall_folder(self.root / str(n), n + 1) for n in range(DESKS)]
        self.backups: dict[int, Path] = {}
        self.on_the_way: list[bytes] = []
        self.printed: list[str] = []
        self.written: dict[str, bytes] = {}
        self.closing: dict[int, ExitStack] = {}
        self.desks = [self.open_one(n) for n in range(DESKS)]
        introduce(*self.desks)

    def open_one(self, place: int) -> OpenCounter:
        stack = ExitStack()
        made = stack.enter_context(opened(self.folders[place], passphrase=PASSPHRASE, clock=self.clocks[place]))
        made.counter.session.act_as(ADMIN)
        self.closing[place] = stack
        return made

    def note_written(self, place: int) -> None:
        """Everything that a desk committed and that somebody was given a paper for must be somewhere for ever."""
        with self.desks[place].desk.store.reading() as connection:
            for entry_id, digest in connection.exec_driver_sql("SELECT id, hash FROM journal_entry"):
                assert self.written.setdefault(entry_id, digest) == digest

    @rule(target=codes, place=PLACES, number=st.integers(0, 2))
    def receive(self, place: int, number: int) -> str:
        code = self.desks[place].counter.intake.receive(a_form(number), Outcome.ACCEPTED).dossier.code
        assert code not in self.printed
        self.printed.append(code)
        return code

    @rule(place=PLACES, code=codes, action=st.sampled_from(Action))
    def act(self, place: int, code: str, action: Action) -> None:
        given: dict[str, Any] = {
            "reason": "theo yêu cầu",
            "receiver": "Nguyễn Thị Tưởng Tượng",
            "amount": 5_000,
            "new_due_at": self.clocks[place].now() + timedelta(days=60),
            "result_kind": "Quyết định",
        }
        facts = ActionFacts(**{name: given[name] for name in RULES[action].needs if name in given})
        with suppress(UserError):
            self.desks[place].counter.dossiers.act(code, action, facts)

    @rule(place=PLACES, code=codes, note=st.sampled_from(("một", "hai")))
    def correct(self, place: int, code: str, note: str) -> None:
        with suppress(UserError):
            before = facts_of(self.desks[place].counter.lookup.get_dossier(code).dossier)
            after = msgspec.structs.replace(before, note=note)
            self.desks[place].counter.corrections.correct(code, before=before, after=after, reason="ghi nhầm")

    @rule(place=PLACES, minutes=st.sampled_from((1, 90, -45, 3 * 24 * 60)))
    def let_time_pass(self, place: int, minutes: int) -> None:
        self.clocks[place].move(timedelta(minutes=minutes))

    @rule(place=PLACES, most=st.integers(1, 3))
    def send(self, place: int, most: int) -> None:
        """What leaves a desk may arrive later, twice, or never."""
        source = exchange_of(self.desks[place])
        self.on_the_way += [batch.data for batch in source.next_batches("nobody", most=most, only_own=False)]

    @rule(place=PLACES, data=st.data())
    def arrive(self, place: int, data: st.DataObject) -> None:
        if self.on_the_way:
            batch = data.draw(st.sampled_from(self.on_the_way))
            exchange_of(self.desks[place]).take(batch)

    @rule(one=PLACES, two=PLACES)
    def meet_once(self, one: int, two: int) -> None:
        if one != two:
            meet(self.desks[one], self.desks[two])

    @rule(place=PLACES)
    def restart(self, place: int) -> None:
        self.closing[place].close()
        self.desks[place] = self.open_one(place)

    @rule(place=PLACES)
    def back_up(self, place: int) -> None:
        self.note_written(place)
        self.closing[place].close()
        target = self.root / f"backup-{place}"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self.folders[place].root, target)
        self.backups[place] = target
        self.desks[place] = self.open_one(place)

    @rule(place=PLACES)
    def restore(self, place: int) -> None:
        """The disk is put back from a copy, after others had a chance to get what came since."""
        if place not in self.backups:
            return
        other = (place + 1) % DESKS
        meet(self.desks[place], self.desks[other])
        self.closing[place].close()
        shutil.rmtree(self.folders[place].root)
        shutil.copytree(self.backups[place], self.folders[place].root)
        self.desks[place] = self.open_one(place)

    @invariant()
    def nothing_is_written_differently(self) -> None:
        for place in range(DESKS):
            self.note_written(place)

    def teardown(self) -> None:
        try:
            meet(*self.desks)
            first = picture_of(self.desks[0])
            for made in self.desks:
                assert picture_of(made) == first
                assert made.counter.verification.verify().findings == ()
                assert province_folds_alike(made)
                with made.desk.store.reading() as connection:
                    ids = connection.exec_driver_sql("SELECT id FROM journal_entry").scalars()
                    assert set(ids) == set(self.written)
            held = {row[0] for row in first["held"]}
            assert held <= set(self.written)
            assert len(first["dossiers"]) == len(self.printed)
        finally:
            for stack in self.closing.values():
                with suppress(AppError):
                    stack.close()
            shutil.rmtree(self.root, ignore_errors=True)


def test_desks_that_meet_in_any_order_end_up_the_same() -> None:
    rounds = settings().max_examples // 33  # each opens three stores; the torture profile plays sixty
    chosen = settings(max_examples=rounds, stateful_step_count=30, suppress_health_check=list(HealthCheck))
    run_machine(Hall, settings=chosen)
