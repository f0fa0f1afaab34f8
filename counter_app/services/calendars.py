"""The working calendar of a unit: its timetable, the holidays, and the table that wins."""

import threading
from collections.abc import Iterable
from datetime import date

from sqlalchemy import select

from counter_app.core.changes import Topic
from counter_app.domain.unit import Unit
from counter_app.domain.working_time import DayOverride, WorkingCalendar
from counter_app.journal.entries import CalendarSet
from counter_app.services.open_desk import OpenDesk
from counter_app.services.session import Session
from counter_app.store.tables import catalogue


class Calendars:
    """Calendars are kept in memory until the table changes. Safe from any thread."""

    def __init__(self, desk: OpenDesk, session: Session) -> None:
        self._desk = desk
        self._session = session
        self._lock = threading.Lock()
        self._overrides: tuple[DayOverride, ...] | None = None
        desk.announcer.subscribe(self._forget)

    def calendar_of(self, unit: Unit) -> WorkingCalendar:
        """Return the calendar of a unit."""
        return WorkingCalendar(unit.timetable, self.list_overrides())

    def list_overrides(self) -> tuple[DayOverride, ...]:
        """Return the table that wins over the holiday calendar, by date."""
        with self._lock:
            if self._overrides is None:
                self._overrides = self._read()
            return self._overrides

    def set_days(self, days: Iterable[DayOverride]) -> None:
        """Add or replace days of the table, all or nothing."""
        signed_in = self._session.require()
        chosen = tuple(days)
        with self._desk.transaction() as connection:
            body = CalendarSet(days=chosen)
            self._desk.journal.append(connection, body, clerk=signed_in.clerk.id, subject="calendar")
        self._desk.announcer.announce(Topic.CALENDAR)

    def _forget(self, topics: frozenset[Topic]) -> None:
        if Topic.CALENDAR in topics:
            with self._lock:
                self._overrides = None

    def _read(self) -> tuple[DayOverride, ...]:
        table = catalogue.day_override
        with self._desk.store.reading() as connection:
            rows = connection.execute(select(table).order_by(table.c.day)).all()
        return tuple(DayOverride(day=date.fromisoformat(row.day), working=row.working, name=row.name) for row in rows)
