"""Asking other systems about dossiers: what must be asked follows from the mirror, and the answer goes down the feed.

A row says that a question stands open; what is asked is made from the mirror at that moment, so nothing personal is
queued and a question that lost its point is dropped. A question whose answer was lost is asked again under its own id.
"""

import logging
import threading
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from counter_app.core.errors import AppError
from counter_app.domain.systems import RequestState, System, Wanted, list_wanted
from counter_app.journal.dossier_states import as_it_stands, find_dossier_row, state_of
from counter_app.province.database import Connection
from counter_app.province.feeds import lock_units, publish
from counter_app.province.locks import Lock
from counter_app.province.mirrors import Mirrors
from counter_app.province.papers import keep_content, note_given
from counter_app.province.service import Province
from counter_app.province.system_queue import (
    drop,
    keep,
    list_due,
    list_offers,
    list_unplanned,
    note_offer,
    plan,
)
from counter_app.province.systems import OtherSystem, Said
from counter_app.province.tries import MOST_TRIES, STRANGE, later, next_try
from counter_app.sync.papers import PaperName
from counter_app.sync.ports import FeedKind
from counter_app.sync.system_answers import SystemAnswer, sign_system_answer

_log = logging.getLogger(__name__)
#: A payment or a decision that is not there yet: asked again after so long at first.
_NOT_YET_WAIT = timedelta(minutes=15)


class Asked(NamedTuple):
    """What one round did: questions answered, refused or given up, and those that wait for another try."""

    answered: int = 0
    refused: int = 0
    waiting: int = 0


class SystemSender:
    """Asks from one thread."""

    def __init__(self, province: Province, mirrors: Mirrors, systems: Mapping[System, OtherSystem]) -> None:
        self._province, self._mirrors, self._systems = province, mirrors, systems

    def send(self, *, is_stopped: threading.Event | None = None) -> Asked:
        """Work out what must be asked and ask what is due; a system that is down ends its own part of the round only.

        Raises:
            EnvironmentFailure: the database.
        """
        stopped = is_stopped or threading.Event()
        with self._province.database.only_one(Lock.ASKING_SYSTEMS) as is_ours:
            if not is_ours:
                return Asked()
            self._tell_offers()
            self._plan(stopped)
            states = [state for system in self._systems for state in self._ask_all(system, stopped)]
        ended = (RequestState.REFUSED, RequestState.GIVEN_UP)
        refused = sum(state in ended for state in states)
        answered = states.count(RequestState.ANSWERED)
        return Asked(answered, refused, len(states) - refused - answered)

    def _tell_offers(self) -> None:
        """Let every desk know which systems are asked at all; without that it would count debts nobody can pay."""
        with self._province.database.transaction() as connection:
            offers = list_offers(connection)
        for unit_code, told in offers.items():
            with self._province.database.transaction() as connection:  # of each unit: its desks wait for its row
                lock_units(connection, unit_code)
                for system in told ^ set(self._systems):
                    is_used = system in self._systems
                    note_offer(connection, unit_code, system, is_used=is_used)
                    state = RequestState.ANSWERED if is_used else RequestState.GIVEN_UP
                    self._publish(connection, unit_code, "", system, "", Said(state), self._province.clock.now())

    def _plan(self, stopped: threading.Event) -> None:
        unreadable: set[str] = set()
        while not stopped.is_set():
            with self._province.database.transaction() as connection:
                rows = list_unplanned(connection, but=unreadable)
            if not rows:
                return
            for row in rows:
                if row.unit_code not in unreadable and not self._plan_one(row):
                    unreadable.add(row.unit_code)

    def _plan_one(self, row: Any) -> bool:
        """Work out what one dossier wants to know; False where its unit cannot be read now."""
        try:
            wanted = self._timely(self._list_wanted(row.unit_code, row.dossier))
        except AppError as exc:
            _log.warning("a unit cannot be read: %s", exc.code)
            return False
        except STRANGE as exc:  # of this dossier alone; looked at again once it changes
            _log.warning("what a dossier wants to know cannot be said: %s", type(exc).__name__)
            wanted = []
        with self._province.database.transaction() as connection:
            plan(connection, row, wanted)
        return True

    def _list_wanted(self, unit_code: str, dossier_id: str) -> list[Wanted]:
        """Return what a dossier wants to know as it stands here; nothing while it is held."""
        mirror = self._mirrors.follow(unit_code)
        with mirror.desk.store.reading() as connection:
            row = find_dossier_row(connection, dossier_id)
        if row is None:
            return []
        dossier, state = state_of(row)
        return list_wanted(as_it_stands(dossier, state), state)

    def _timely(self, wanted: Iterable[Wanted]) -> list[Wanted]:
        now = self._province.clock.now()
        return [one for one in wanted if one.system in self._systems and (one.until is None or now <= one.until)]

    def _ask_all(self, system: System, stopped: threading.Event) -> list[RequestState]:
        with self._province.database.transaction() as connection:
            rows = list_due(connection, system, self._province.clock.now())
        states: list[RequestState] = []
        for row in rows:
            if stopped.is_set():
                break
            try:
                state = self._ask_one(system, row)
            except (AppError, *STRANGE) as exc:
                code = exc.code if isinstance(exc, AppError) else type(exc).__name__
                _log.warning("%s cannot be asked: %s", system.value, code)
                states.append(self._wait(system, row))
                if code == "systems.unreachable":
                    break
                continue
            states += [state] if state is not None else []
        return states

    def _ask_one(self, system: System, row: Any) -> RequestState | None:
        """Ask one question; None when it has no point any more."""
        offered = self._list_wanted(row.unit_code, row.dossier)
        wanted = next((one for one in offered if (one.system, one.request) == (system, row.request)), None)
        now = self._province.clock.now()
        if wanted is None:
            with self._province.database.transaction() as connection:
                drop(connection, row)
            return None
        if wanted.until is not None and now > wanted.until:
            self._note(system, row, Said(RequestState.GIVEN_UP), now)
            return RequestState.GIVEN_UP
        said = self._systems[system].ask(row.unit_code, row.dossier, wanted, now)
        self._note(system, row, said, now)
        return said.state

    def _note(self, system: System, row: Any, said: Said, now: datetime) -> None:
        """Keep where a question stands and tell the unit's desks what is new to them, both or neither."""
        at = later(now, row.answered_at)
        said, papers = self._keep_files(said)
        with self._province.database.transaction() as connection:
            note_given(connection, row.unit_code, papers)
            if said.state is RequestState.SENT:
                again = next_try(now, row.tries, first=_NOT_YET_WAIT)
                keep(connection, row, tries=row.tries + 1, try_after=again)
            else:
                keep(connection, row, reason=said.reason, try_after=None)
            keep(connection, row, state=said.state.value, failures=0, answered_at=at)
            if said.state.value != row.state or said.state is RequestState.ANSWERED:
                self._publish(connection, row.unit_code, row.dossier, system, row.request, said, at)

    def _keep_files(self, said: Said) -> tuple[Said, list[PaperName]]:
        """Keep the files of an answer for the unit's desks, and name them in it by hash and size."""
        facts, papers = dict(said.facts), []
        for number, content in said.files.items():
            papers.append(keep_content(self._province.papers, content))
            facts |= {f"sha256.{number}": papers[-1].sha256.hex(), f"size.{number}": str(len(content))}
        return said._replace(facts=facts, files={}), papers

    def _wait(self, system: System, row: Any) -> RequestState:
        now = self._province.clock.now()
        if row.failures >= MOST_TRIES:
            self._note(system, row, Said(RequestState.GIVEN_UP), now)
            return RequestState.GIVEN_UP
        with self._province.database.transaction() as connection:
            keep(connection, row, failures=row.failures + 1, try_after=next_try(now, row.failures))
        return RequestState.WAITING

    def _publish(
        self,
        connection: Connection,
        unit_code: str,
        dossier_id: str,
        system: System,
        request: str,
        said: Said,
        at: datetime,
    ) -> None:
        answer = SystemAnswer(
            dossier_id=dossier_id,
            system=system,
            request=request,
            state=said.state,
            at=at,
            reason=said.reason,
            facts=dict(said.facts),
        )
        publish(
            connection, unit_code, FeedKind.SYSTEM, sign_system_answer(answer, self._province.authority.signer.sign)
        )
