"""Thousands of actions by several clerks and a head over many dossiers and manifests; each keeps every rule."""

import os
import random
from collections import Counter
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.life import offers_now
from counter_app.domain.actions.state import DossierState
from counter_app.domain.actions.table import RULES, Action
from counter_app.domain.dossier import Outcome, ResultChannel, Status
from counter_app.domain.manifest import ItemState, ManifestKind, ManifestState
from counter_app.domain.person import Party
from counter_app.domain.unit import Role
from counter_app.journal.dossier_states import get_dossier_row, state_of
from counter_app.journal.rebuild import derived_digest
from counter_app.services.answers.intake import IntakeForm
from counter_app.services.answers.manifests import NewManifest, Scanned
from counter_app.store.tables import journal
from tests.fakes.desks import PROCEDURE, DeskClock, at_work, sample_desk
from tests.fakes.dossier_rules import ENDED, Deed, Life

CLERKS = {"mai": Role.CLERK, "lan": Role.CLERK, "tuan": Role.CLERK, "hung": Role.HEAD, "quantri": Role.ADMINISTRATOR}
PLACES = ("Phòng Tư pháp", "Bưu điện trung tâm tỉnh Mẫu", "Chi nhánh Văn phòng Đăng ký đất đai")
ENDINGS = {Action.REFUSE, Action.WITHDRAW, Action.STOP, Action.RETURN_RESULT}
WALKS = int(3 * float(os.environ.get("COUNTER_APP_TORTURE", "1")))
STEPS = 800


class Walk:
    """Work at a desk of its own, drawn from a seed: the same seed is the same walk."""

    def __init__(self, made: OpenCounter, clock: DeskClock, seed: int) -> None:
        self.made = made
        self.clock = clock
        self.dice = random.Random(seed)
        self.given_codes: set[str] = set()
        self.lives: dict[str, Life] = {}
        self.manifests: list[str] = []
        self.done: Counter[str] = Counter()

    def go(self, steps: int) -> None:
        """Take so many steps; a few of them are other things than an action."""
        self._engage_clerks()
        kinds = [self._act] * 88 + [self._receive] * 5 + [self._manifest] * 3 + [self._confirm] * 4
        for _ in range(6):
            self._receive()
        for _ in range(steps):
            self.dice.choice(kinds)()
            if self.dice.random() < 0.2:
                self.clock.move(timedelta(hours=self.dice.choice((1, 1, 3, 24, 60, -2))))

    def _engage_clerks(self) -> None:
        session = self.made.counter.session
        session.act_as("quantri")
        for login in sorted(CLERKS.keys() - session.list_logins()):
            session.save_clerk(login=login, full_name=f"Cán bộ {login}", role=CLERKS[login], password="mật khẩu thử")

    def _sign_in(self) -> Role:
        login = self.dice.choice(list(CLERKS))
        self.made.counter.session.act_as(login)
        return CLERKS[login]

    def _receive(self) -> None:
        self._sign_in()
        number = self.dice.randrange(10**6)
        id_number = f"036085{number:06d}" if self.dice.random() < 0.8 else ""
        owner = Party(full_name=f"Nguyễn Văn {number}", id_number=id_number)
        form = IntakeForm(procedure_code=PROCEDURE, applicant=owner, reason="thiếu giấy tờ")
        outcome = self.dice.choice((Outcome.ACCEPTED, Outcome.ACCEPTED, *Outcome))
        code = self.made.counter.intake.receive(form, outcome).dossier.code
        assert code not in self.given_codes
        self.given_codes.add(code)
        self.lives[code] = Life(*self._read(code))

    def _choose(self) -> tuple[str, Life]:
        """One of the dossiers, as a rule one that still goes on."""
        under_way = [code for code, life in self.lives.items() if life.state.status not in ENDED]
        code = self.dice.choice(under_way if under_way and self.dice.random() < 0.9 else list(self.lives))
        return code, self.lives[code]

    def _read(self, code: str) -> tuple[Any, DossierState]:
        with self.made.desk.store.reading() as connection:
            return state_of(get_dossier_row(connection, code))

    def _entries(self) -> int:
        with self.made.desk.store.reading() as connection:
            return connection.execute(select(func.count()).select_from(journal.entry)).scalar_one()

    def _act(self) -> None:
        role = self._sign_in()
        code, life = self._choose()
        offered = [offer.action for offer in self.made.counter.dossiers.list_actions(code)]
        likely = [one for one in offered if one not in ENDINGS or self.dice.random() < 0.1] or offered
        action = self.dice.choice(likely) if likely and self.dice.random() < 0.9 else self.dice.choice(list(Action))
        facts = self._facts(action, life)
        deed = Deed(verb=action.value, role=role, at=self.clock.now(), facts=facts)
        before = self._entries()
        try:
            answer = self.made.counter.dossiers.act(code, action, facts)
        except UserError as error:
            is_listed = error.code == "manifest.on_another" and action in (Action.TRANSFER, Action.RETURN_RESULT)
            assert is_listed or error.code.startswith("action."), error.code  # noqa: PT017
            assert (self._read(code)[1], self._entries()) == (life.state, before)
            return
        after = self._read(code)[1]
        assert action in offered
        assert (answer.status, self._entries()) == (after.status, before + 1)
        assert life.take(deed, after) == [], (code, deed)
        self.done[action.value] += 1

    def _facts(self, action: Action, life: Life) -> ActionFacts:
        """State what is needed, most of the time, and some of what is offered."""
        rule = RULES[action]
        needed = [name for name in rule.needs if self.dice.random() < 0.97]
        offered = [name for name in offers_now(life.state, action) if self.dice.random() < 0.4]
        given = {name: self._fact(name, action, life) for name in (*needed, *offered)}
        return ActionFacts(**given)

    def _fact(self, name: str, action: Action, life: Life) -> Any:
        owner = life.dossier.applicant
        due = life.state.due.due_at if life.state.due else self.clock.now()
        known: dict[str, Any] = {
            "reason_code": "other",
            "missing": ("Tờ khai", "Giấy chứng sinh")[: self.dice.randrange(1, 3)],
            "amount": self.dice.randrange(1_000, 900_000),
            "new_due_at": due + timedelta(days=self.dice.randrange(-2, 9), hours=-1),
            "result_on": date(2026, 11, self.dice.randrange(1, 28)),
            "channel": self.dice.choice(tuple(ResultChannel)),
            "part": self.dice.choice(("", "", "bản sao số 1")),
            "receiver_id_number": self.dice.choice((owner.id_number, "036199999999")),
        }
        if name == "receiver":
            people = (owner.full_name, "Trần Thị Người Khác")
            return self.dice.choice(people if action is Action.RETURN_RESULT else PLACES)
        return known.get(name, f"điều ghi thêm {self.dice.randrange(100)}")

    def _manifest(self) -> None:
        """A manifest is begun, filled with whatever may go on it, and closed or left open."""
        custody = self.made.counter.custody
        self._sign_in()
        receiver, kind = self.dice.choice(PLACES), self.dice.choice(tuple(ManifestKind))
        code = custody.begin(NewManifest(receiver=receiver, kind=kind)).manifest.code
        assert code not in self.given_codes
        self.given_codes.add(code)
        self.manifests.append(code)
        for one in self.dice.sample(list(self.lives), min(5, len(self.lives))):
            with suppress(UserError):
                custody.add(code, [one])
                assert self._may_be_listed(one, kind, code), one
        listed = custody.get(code).manifest.codes
        if listed and self.dice.random() < 0.2:
            custody.remove(code, [listed[0]])
        if self.dice.random() < 0.7:
            self._close(code, receiver)

    def _may_be_listed(self, code: str, kind: ManifestKind, manifest: str) -> bool:
        state = self.lives[code].state
        others = [
            other
            for other in self.manifests
            if other != manifest
            and (view := self.made.counter.custody.get(other)).state is ManifestState.OPEN
            and code in view.manifest.codes
        ]
        held = state.holder == self.made.desk.desk.name
        return not others and (held if kind is ManifestKind.PAPERS else _is_result_here(state))

    def _close(self, code: str, receiver: str) -> None:
        manifest = self.made.counter.custody.get(code).manifest
        listed = manifest.codes
        before = {one: self.lives[one].state for one in listed}
        desk = self.made.desk.desk.name
        try:
            self.made.counter.custody.close(code)
        except UserError as error:
            assert error.code in {"manifest.empty", "manifest.take_off"}, error.code  # noqa: PT017
            assert {one: self._read(one)[1] for one in listed} == before
            is_result = manifest.kind is ManifestKind.RESULTS
            gone = [not _is_result_here(state) if is_result else state.holder != desk for state in before.values()]
            assert not listed or any(gone)
            return
        self._moved(manifest.kind, listed, receiver)

    def _moved(self, kind: ManifestKind, codes: tuple[str, ...], holder: str) -> None:
        """Paper or result of these is with the holder now, by a step that the rules know."""
        for one in codes:
            life = self.lives[one]
            after = self._read(one)[1]
            if kind is ManifestKind.RESULTS:
                assert life.take(Deed(verb="hand result", role=Role.CLERK, at=self.clock.now()), after) == [], one
                assert after.result is not None
                is_here = holder == self.made.desk.desk.name
                assert (after.result.holder, after.result.here_at is not None) == (holder, is_here)
                continue
            verb = "hand over" if after.status is life.state.status else "transfer"
            if after.status is Status.RECEIVED and life.state.status is Status.IN_PROGRESS:
                verb = "take-back"
            deed = Deed(verb=verb, role=Role.CLERK, at=self.clock.now())
            assert life.take(deed, after) == [], (one, deed)
            assert after.holder == holder
            self.done[verb] += 1

    def _confirm(self) -> None:
        """The other end says what was in a bag: now and then one is missing, or one came that was not listed."""
        if not self.manifests:
            return
        self._sign_in()
        code = self.dice.choice(self.manifests)
        custody, desk = self.made.counter.custody, self.made.desk.desk.name
        view = custody.get(code)
        listed = view.manifest.codes
        missing = [one for one in listed if self.dice.random() < 0.2]
        extra = [one for one in self.lives if one not in listed and self.dice.random() < 0.05]
        scanned = [one for one in listed if one not in missing] + extra
        settled = dict.fromkeys([*missing, *extra], "hai bên xác nhận")
        before = {one: life.state for one, life in self.lives.items()}
        try:
            custody.receive(code, Scanned(scanned=tuple(scanned), settled=settled))
        except UserError as error:
            assert error.code == "manifest.wrong_state", error.code  # noqa: PT017
            assert view.state is not ManifestState.CLOSED
            assert {one: self._read(one)[1] for one in before} == before
            return
        assert view.state is ManifestState.CLOSED
        kind = view.manifest.kind
        back = tuple(one for one in missing if _holder(kind, before[one], desk) == view.manifest.receiver)
        gone = tuple(one for one in extra if _holder(kind, before[one], desk) == desk)
        self._moved(kind, back, desk)
        self._moved(kind, gone, view.manifest.receiver)
        items = {item.code: item.state for item in custody.get(code).items}
        assert items == dict.fromkeys(listed, ItemState.OK) | dict.fromkeys(missing, ItemState.MISSING) | dict.fromkeys(
            extra, ItemState.EXTRA
        )
        for one in before.keys() - {*back, *gone}:
            assert self._read(one)[1] == before[one]

    def end(self) -> None:
        """The rows are what the journal says, also made anew, and everything stands where its last step left it."""
        assert self.made.counter.verification.verify().findings == ()
        with self.made.desk.store.reading() as connection:
            before = derived_digest(connection)
        self.made.counter.verification.rebuild()
        with self.made.desk.store.reading() as connection:
            assert derived_digest(connection) == before
        assert {code: self._read(code)[1] for code in self.lives} == {c: life.state for c, life in self.lives.items()}


def _is_result_here(state: DossierState) -> bool:
    return state.status is Status.RESOLVED and state.result is not None and state.result.here_at is not None


def _holder(kind: ManifestKind, state: DossierState, desk: str) -> str:
    """Who has what a manifest of this kind moves."""
    if kind is ManifestKind.PAPERS:
        return state.holder
    if _is_result_here(state):
        return desk
    handed_to = state.result.holder if state.result is not None else ""
    return handed_to if handed_to != desk else ""


def test_every_rule_holds_through_long_walks_of_many_hands(tmp_path_factory: pytest.TempPathFactory) -> None:
    done: Counter[str] = Counter()

    @settings(max_examples=WALKS, deadline=None, phases=[Phase.generate], database=None)
    @given(seed=st.integers(0, 2**32))
    def walk(seed: int) -> None:
        clock = DeskClock()
        with at_work(sample_desk(tmp_path_factory.mktemp("walk")), clock) as made:
            taken = Walk(made, clock, seed)
            taken.go(STEPS)
            taken.end()
        done.update(taken.done)

    walk()

    assert set(done) >= {action.value for action in Action if not RULES[action].by_waybill}, done
    assert done.total() > WALKS * STEPS / 2
