"""Configuration packs of the province: taken, looked at before their day, in force on it by themselves, rolled back."""

import logging
from collections.abc import Iterable, Sequence
from datetime import date

import msgspec
from sqlalchemy import Connection, Row, insert, select, update

from counter_app.core.changes import Topic
from counter_app.core.clock import local_date, to_millis
from counter_app.core.errors import UserError
from counter_app.domain.catalogue.changes import list_changes
from counter_app.domain.procedure import Procedure
from counter_app.domain.unit import Role
from counter_app.domain.working_time import DayOverride, WorkingCalendar
from counter_app.journal.entries import CalendarSet, ProcedurePublished
from counter_app.services.answers.packs import DayChange, PackPreview, PackState, PackView, ProcedureChange
from counter_app.services.calendars import Calendars
from counter_app.services.catalogue import Catalogue, find_version
from counter_app.services.open_desk import PROGRAM, OpenDesk, read_local
from counter_app.services.pack_order import (
    Before,
    Placed,
    has_put_back,
    iter_days_to_restore,
    iter_versions_to_restore,
    put_in,
    says_the_same,
    skip_undone,
    take_out,
)
from counter_app.services.pack_replay import replay
from counter_app.services.session import Session
from counter_app.store.tables import local
from counter_app.store.writer_queue import Priority
from counter_app.sync.exchange import PROVINCE_KEY
from counter_app.sync.packs import ConfigurationPack, read_pack

_log = logging.getLogger(__name__)
_PACK = local.configuration_pack.c


_NOTHING = msgspec.json.encode(Before())


class Packs:
    """Safe from any thread."""

    def __init__(self, desk: OpenDesk, session: Session, catalogue: Catalogue, calendars: Calendars) -> None:
        self._desk = desk
        self._session = session
        self._catalogue = catalogue
        self._calendars = calendars
        self._asked_on: date | None = None

    def take(self, data: bytes) -> PackView:
        """Keep a pack until its day, or put it in force at once when that has come; a known one changes nothing.

        Raises:
            UserError: ``pack.bad``, ``pack.other_unit``, ``sync.no_province``; nothing was changed.
        """
        with self._desk.transaction(Priority.LINE) as connection:
            key = read_local(connection, PROVINCE_KEY)
            if key is None:
                raise UserError("sync.no_province")
            pack = read_pack(data, key)
            if pack.unit_code not in ("", self._desk.desk.unit_code):
                raise UserError("pack.other_unit", unit=pack.unit_code[:40])
            if _find(connection, pack.number) is None:
                now = to_millis(self._desk.clock.now())
                connection.execute(
                    insert(local.configuration_pack).values(
                        number=pack.number,
                        state=PackState.WAITING.value,
                        effective_on=pack.effective_on.isoformat(),
                        data=data,
                        before=_NOTHING,
                        changed_at=now,
                    )
                )
        self.activate_due()
        return self._view(pack.number)

    def list_packs(self) -> tuple[PackView, ...]:
        """Return every pack, the newest first."""
        with self._desk.store.reading() as connection:
            rows = connection.execute(select(local.configuration_pack).order_by(_PACK.number.desc())).all()
            return tuple(_view_of(row, self._read(connection, row)) for row in rows)

    def preview(self, number: int) -> PackPreview:
        """Return what a pack changes against what is in force on its day without it. Slow: up to a second.

        Raises:
            UserError: ``pack.unknown``.
        """
        with self._desk.store.reading() as connection:
            row = _get(connection, number)
            pack = self._read(connection, row)
        was = _before.decode(row.before)
        versions = tuple((self._version_before(one, was), one) for one in pack.procedures)
        changed = [
            ProcedureChange(code=after.code, name=after.name, changes=changes)
            for before, after in versions
            if (changes := list_changes(before, after))
        ]
        days = _without(self._calendars.list_overrides(), was.days)
        calendar = self._own_calendar(days)
        played = replay(self._desk, self._catalogue, days, pack, {one.code: old for old, one in versions})
        return PackPreview(
            pack=_view_of(row, pack),
            procedures=tuple(changed),
            days=tuple(
                DayChange(day=one.day, working=one.working, name=one.name)
                for one in pack.days
                if calendar.is_working_day(one.day) != one.working
            ),
            replayed_on=played.day,
            replayed=played.received,
            different=played.different,
        )

    def activate_on_new_day(self) -> None:
        """Do what `activate_due` does where that was not asked yet today; else it costs nothing."""
        if self._asked_on != local_date(self._desk.clock.now()):
            self.activate_due()

    def activate_due(self) -> int:
        """Put in force what has come to its day, in the order of the numbers; returns how many packs."""
        today = local_date(self._desk.clock.now())
        due = select(_PACK.number).where(
            _PACK.state == PackState.WAITING.value, _PACK.effective_on <= today.isoformat()
        )
        with self._desk.store.reading() as connection:
            numbers = connection.execute(due.order_by(_PACK.number)).scalars().all()
        count = sum(self._try_to_activate(number) for number in numbers)
        self._asked_on = today
        return count

    def roll_back(self, number: int) -> PackView:
        """Undo a pack from today on, or keep one that waits from coming into force. An administrator's decision.

        What a later pack or a person has set since is left as it is. Dossiers received meanwhile keep what they were
        received under. A procedure that the pack brought stays.

        Raises:
            UserError: ``pack.unknown``, ``pack.rolled_back_already``, ``session.not_allowed``, ``session.nobody``.
        """
        signed_in = self._session.require()
        if signed_in.clerk.role is not Role.ADMINISTRATOR:
            raise UserError("session.not_allowed")
        with self._desk.transaction() as connection:
            row = _get(connection, number)
            if row.state == PackState.ROLLED_BACK.value:
                raise UserError("pack.rolled_back_already", number=number)
            if row.state == PackState.IN_FORCE.value:
                self._restore(connection, row, clerk=signed_in.clerk.id)
            self._set(connection, number, PackState.ROLLED_BACK)
        self._desk.announcer.announce(Topic.CATALOGUE, Topic.CALENDAR)
        return self._view(number)

    def _try_to_activate(self, number: int) -> bool:
        """Whether it is in force now; one that cannot be stops neither the others nor what the desk does."""
        try:
            return self._activate(number)
        except UserError as error:
            _log.error("pack %d waits on: %s", number, error.code)
            return False

    def _activate(self, number: int) -> bool:
        with self._desk.transaction(Priority.LINE) as connection:
            row = _get(connection, number)
            if row.state != PackState.WAITING.value:  # another process of this desk was quicker
                return False
            pack = self._read(connection, row)
            above, undone = self._list_above(connection, pack), self._list_placed(connection, PackState.ROLLED_BACK)
            placed = Placed.of(pack, self._what_was(connection, pack, undone))
            procedures, days = put_in(placed, above)
            procedures += self._list_overtaking(connection, procedures, above, undone)
            self._write(connection, procedures, days, clerk=PROGRAM)
            self._set(connection, number, PackState.IN_FORCE)
            self._keep(connection, (placed, *above))
        self._desk.announcer.announce(Topic.CATALOGUE, Topic.CALENDAR)
        return True

    def _write(
        self, connection: Connection, procedures: Sequence[Procedure], days: Sequence[DayOverride], *, clerk: str
    ) -> None:
        for procedure in procedures:
            body = ProcedurePublished(procedure=procedure)
            self._desk.journal.append(connection, body, clerk=clerk, subject=procedure.code)
        if days:
            self._desk.journal.append(connection, CalendarSet(days=tuple(days)), clerk=clerk, subject="calendar")

    def _restore(self, connection: Connection, row: Row[tuple[object, ...]], *, clerk: str) -> None:
        """Put back what a pack took the place of, but nothing that a later pack or a person has decided since."""
        pack = self._read(connection, row)
        placed, above = Placed.of(pack, _before.decode(row.before)), self._list_above(connection, pack)
        # It may have come into force before its day, by a clock that was ahead.
        on = max(local_date(self._desk.clock.now()), pack.effective_on)
        procedures = [
            msgspec.structs.replace(was, effective_on=on)
            for one, was in iter_versions_to_restore(placed, above, on=on)
            if says_the_same(find_version(connection, one.code, on=on), one)
        ]
        known = set(self._calendars.list_overrides())
        days = [was for one, was in iter_days_to_restore(placed, above) if one in known]
        take_out(placed, above)
        self._write(connection, procedures, days, clerk=clerk)
        self._keep(connection, above)

    def _list_overtaking(
        self, connection: Connection, procedures: Sequence[Procedure], above: Sequence[Placed], undone: Sequence[Placed]
    ) -> list[Procedure]:
        """Return what of a late pack would have been put back when another was undone, from that day on."""
        today = local_date(self._desk.clock.now())
        found = []
        for one in procedures:
            now = find_version(connection, one.code, on=today)
            is_last = not any(other.find_version(one.code) for other in above)
            if now is not None and is_last and any(has_put_back(other, now, over=one) for other in undone):
                found.append(msgspec.structs.replace(one, effective_on=now.effective_on))
        return found

    def _list_above(self, connection: Connection, pack: ConfigurationPack) -> list[Placed]:
        """Return the packs in force that count more than another, the least of them first."""
        found = self._list_placed(connection, PackState.IN_FORCE, since=pack.effective_on)
        return [one for one in found if one.counts_more(pack)]

    def _list_placed(self, connection: Connection, state: PackState, *, since: date = date.min) -> list[Placed]:
        rows = connection.execute(
            select(local.configuration_pack)
            .where(_PACK.state == state.value, _PACK.effective_on >= since.isoformat())
            .order_by(_PACK.effective_on, _PACK.number)
        )
        return [Placed.of(self._read(connection, row), _before.decode(row.before)) for row in rows]

    def _keep(self, connection: Connection, packs: Iterable[Placed]) -> None:
        for one in packs:
            kept = msgspec.json.encode(one.before())
            known = update(local.configuration_pack).where(_PACK.number == one.pack.number, _PACK.before != kept)
            connection.execute(known.values(before=kept))

    def _what_was(self, connection: Connection, pack: ConfigurationPack, undone: Sequence[Placed]) -> Before:
        found = (find_version(connection, one.code, on=one.effective_on) for one in pack.procedures)
        calendar = self._own_calendar(self._calendars.list_overrides())
        known = {one.day: one for one in self._calendars.list_overrides()}
        return Before(
            procedures=tuple(skip_undone(one, undone) for one in found if one is not None),
            days=tuple(
                known.get(one.day) or DayOverride(one.day, calendar.is_working_day(one.day), one.name)
                for one in pack.days
            ),
        )

    def _version_before(self, procedure: Procedure, was: Before) -> Procedure | None:
        """Return what is in force without the pack: it may itself be in force already."""
        if (kept := next((one for one in was.procedures if one.code == procedure.code), None)) is not None:
            return kept
        with self._desk.store.reading() as connection:
            found = find_version(connection, procedure.code, on=procedure.effective_on)
        return None if found == procedure else found

    def _own_calendar(self, overrides: Sequence[DayOverride]) -> WorkingCalendar:
        with self._desk.store.reading() as connection:
            return WorkingCalendar(self._desk.read_unit(connection).timetable, overrides)

    def _read(self, connection: Connection, row: Row[tuple[object, ...]]) -> ConfigurationPack:
        return read_pack(row.data, read_local(connection, PROVINCE_KEY) or b"")

    def _view(self, number: int) -> PackView:
        with self._desk.store.reading() as connection:
            row = _get(connection, number)
            return _view_of(row, self._read(connection, row))

    def _set(self, connection: Connection, number: int, state: PackState) -> None:
        now = to_millis(self._desk.clock.now())
        changed = update(local.configuration_pack).where(_PACK.number == number)
        connection.execute(changed.values(state=state.value, changed_at=now))


_before = msgspec.json.Decoder(Before)


def _without(overrides: Sequence[DayOverride], before: Sequence[DayOverride]) -> tuple[DayOverride, ...]:
    """Return the table of days without a pack that is in force; one that waits has no days before."""
    was = {one.day: one for one in before}
    return (*(one for one in overrides if one.day not in was), *was.values())


def _find(connection: Connection, number: int) -> Row[tuple[object, ...]] | None:
    return connection.execute(select(local.configuration_pack).where(_PACK.number == number)).one_or_none()


def _get(connection: Connection, number: int) -> Row[tuple[object, ...]]:
    row = _find(connection, number)
    if row is None:
        raise UserError("pack.unknown", number=number)
    return row


def _view_of(row: Row[tuple[object, ...]], pack: ConfigurationPack) -> PackView:
    return PackView(
        number=pack.number,
        name=pack.name,
        effective_on=pack.effective_on,
        issued_at=pack.issued_at,
        state=PackState(row.state),
        procedures=len(pack.procedures),
        days=len(pack.days),
    )
