"""Periodic figures told to the reporting system: once for each unit and period, again when late entries change them.

A row of the queue of other systems names a unit, a period and a digest of the figures; they are counted anew from the
mirror when they are sent. Figures that nobody was told of and that changed meanwhile are dropped for the new ones.
"""

import logging
import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from counter_app.core.clock import local_date
from counter_app.core.errors import AppError
from counter_app.domain.period_report import COUNTS, Period, ReportRow, digest_of, find_period
from counter_app.domain.systems import RequestState, System, Wanted
from counter_app.province.database import Connection
from counter_app.province.locks import Lock
from counter_app.province.mirrors import Mirrors
from counter_app.province.report_counting import count_unit
from counter_app.province.service import Province
from counter_app.province.system_queue import drop, keep, list_due
from counter_app.province.systems import OtherSystem, Said
from counter_app.province.tries import MOST_TRIES, STRANGE, next_try

_log = logging.getLogger(__name__)
#: Figures of a unit whose desks go on sending are counted again after so long.
_RECOUNT_AFTER = timedelta(hours=6)
_CHANGES = """
SELECT unit.code, coalesce(sum(told.changes), 0)::bigint AS changes
FROM unit LEFT JOIN portal_sending AS told ON told.unit_code = unit.code GROUP BY unit.code ORDER BY unit.code
"""
_OF_PERIOD = "SELECT * FROM system_request WHERE system = %s AND dossier = %s"
_LIST = """
SELECT * FROM system_request WHERE system = %s
ORDER BY split_part(request, ':', 1) DESC, unit_code, answered_at NULLS LAST LIMIT 1000
"""


class SentReport(msgspec.Struct, frozen=True, kw_only=True):
    """A report of a unit: its period, the how manieth of it, where it stands, and when the system answered."""

    unit: str
    first: date
    last: date
    times: int
    state: RequestState
    answered_at: datetime | None


class _Asked(NamedTuple):
    """What the name of a question says: a period, the how manieth report of it, and a digest of its figures."""

    period: Period
    times: int
    digest: str

    @classmethod
    def of(cls, request: str) -> "_Asked":
        """Read a name back."""
        days, times, digest = request.split(":")
        first, last = days.split("/")
        return cls(Period(date.fromisoformat(first), date.fromisoformat(last)), int(times), digest)

    @property
    def request(self) -> str:
        """The name."""
        return f"{self.period.first.isoformat()}/{self.period.last.isoformat()}:{self.times}:{self.digest}"


class _Counted(NamedTuple):
    period: Period
    changes: int
    at: datetime
    rows: list[ReportRow]


class ReportSender:
    """Reports from one thread; what it counted is kept as long as it lives."""

    def __init__(self, province: Province, mirrors: Mirrors, system: OtherSystem) -> None:
        self._province, self._mirrors, self._system = province, mirrors, system
        self._counted: dict[str, _Counted] = {}

    def send(self, *, is_stopped: threading.Event | None = None) -> int:
        """Count what changed and tell what was not told yet; returns how many reports were taken.

        Raises:
            EnvironmentFailure: the database.
        """
        stopped = is_stopped or threading.Event()
        period = find_period(local_date(self._province.clock.now()))
        if period is None:
            return 0
        with self._province.database.only_one(Lock.REPORTING) as is_ours:
            if not is_ours:
                return 0
            self._count_all(period, stopped)
            return sum(state is RequestState.ANSWERED for state in self._tell_all(period, stopped))

    def _count_all(self, period: Period, stopped: threading.Event) -> None:
        with self._province.database.transaction() as connection:
            units = connection.execute(_CHANGES).fetchall()
        for row in units:
            if stopped.is_set():
                return
            if self._is_stale(period, row):
                self._count(period, row)

    def _is_stale(self, period: Period, row: Any) -> bool:
        known = self._counted.get(row.code)
        if known is None or known.period != period:
            return bool(row.changes)
        return row.changes != known.changes and self._province.clock.now() - known.at >= _RECOUNT_AFTER

    def _count(self, period: Period, row: Any) -> None:
        try:
            rows = count_unit(self._mirrors.follow(row.code), period)
        except (AppError, *STRANGE) as exc:
            _log.warning("a unit cannot be counted: %s", exc.code if isinstance(exc, AppError) else type(exc).__name__)
            return
        self._counted[row.code] = _Counted(period, row.changes, self._province.clock.now(), rows)
        if not rows:
            return
        with self._province.database.transaction() as connection:
            _plan(connection, row.code, period, digest_of(rows))

    def _tell_all(self, period: Period, stopped: threading.Event) -> Iterator[RequestState]:
        with self._province.database.transaction() as connection:
            rows = list_due(connection, System.REPORTS, self._province.clock.now())
        for row in rows:
            counted = self._counted.get(row.unit_code)
            if stopped.is_set():
                return
            asked = _Asked.of(row.request)
            if asked.period != period:  # it is over: left to wait, such rows would fill every round
                self._note(row, Said(RequestState.GIVEN_UP), self._province.clock.now())
                continue
            if counted is None or asked.digest != digest_of(counted.rows):
                continue  # of a unit that cannot be read now, or to be counted again
            try:
                yield self._tell(row, counted.rows)
            except (AppError, *STRANGE) as exc:
                code = exc.code if isinstance(exc, AppError) else type(exc).__name__
                _log.warning("figures cannot be reported: %s", code)
                self._wait(row)
                if code == "systems.unreachable":
                    return

    def _tell(self, row: Any, rows: list[ReportRow]) -> RequestState:
        now = self._province.clock.now()
        wanted = Wanted(system=System.REPORTS, request=row.request, facts=_facts(_Asked.of(row.request), rows))
        said = self._system.ask(row.unit_code, row.dossier, wanted, now)
        self._note(row, said, now)
        return said.state

    def _note(self, row: Any, said: Said, now: datetime) -> None:
        with self._province.database.transaction() as connection:
            values = {"state": said.state.value, "reason": said.reason}
            keep(connection, row, **values, failures=0, try_after=None, answered_at=now)

    def _wait(self, row: Any) -> None:
        now = self._province.clock.now()
        if row.failures >= MOST_TRIES:
            self._note(row, Said(RequestState.GIVEN_UP), now)
            return
        with self._province.database.transaction() as connection:
            keep(connection, row, failures=row.failures + 1, try_after=next_try(now, row.failures))


def list_reports(connection: Connection) -> list[SentReport]:
    """Return the reports of every unit, the newest period first, corrections after what they correct."""
    found = []
    for row in connection.execute(_LIST, (System.REPORTS.value,)).fetchall():
        (first, last), times, _ = _Asked.of(row.request)
        state = RequestState(row.state)
        found.append(
            SentReport(
                unit=row.unit_code, first=first, last=last, times=times, state=state, answered_at=row.answered_at
            )
        )
    return found


def _plan(connection: Connection, unit_code: str, period: Period, digest: str) -> None:
    """Keep that figures are to be told unless they were the last that were; what was not told yet makes way."""
    subject = f"{unit_code} {period.first:%d/%m/%Y}-{period.last:%d/%m/%Y}"  # in the place of a dossier's id
    rows = connection.execute(_OF_PERIOD, (System.REPORTS.value, subject)).fetchall()
    told = {
        asked.times: asked for row in rows if row.state == RequestState.ANSWERED for asked in [_Asked.of(row.request)]
    }
    is_told = bool(told) and told[max(told)].digest == digest
    wanted = None if is_told else _Asked(period, max(told, default=0) + 1, digest).request
    for row in rows:
        if row.state != RequestState.ANSWERED and row.request != wanted:
            drop(connection, row)
    if wanted is not None:
        connection.execute(
            "INSERT INTO system_request (dossier, system, request, unit_code) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            (subject, System.REPORTS.value, wanted, unit_code),
        )


def _facts(asked: _Asked, rows: list[ReportRow]) -> dict[str, str]:
    period = asked.period
    facts = {"first": f"{period.first:%Y%m%d}", "last": f"{period.last:%Y%m%d}", "times": str(asked.times)}
    for number, row in enumerate(rows, start=1):
        facts |= {f"unit.{number}": row.unit_code, f"field.{number}": row.field_name}
        facts |= {f"{name}.{number}": str(getattr(row, name)) for name in COUNTS}
    return facts
