"""The few figures that the status strip always shows."""

from datetime import datetime, time, timedelta

from sqlalchemy import func, select

from counter_app.core.clock import VIETNAM, local_date, to_millis
from counter_app.domain.dossier_code import numbers_left
from counter_app.services.answers.desk_status import DeskStatus, LineState
from counter_app.services.answers.printing import CANCELLED, PrintState
from counter_app.services.fork_ending import find_parted
from counter_app.services.forked_journal import find_renewed
from counter_app.services.open_desk import OpenDesk, stands_alone
from counter_app.services.session import Session
from counter_app.settings.settings import Settings
from counter_app.store.tables import dossiers, local
from counter_app.sync.ports import PROVINCE
from counter_app.sync.status import count_unsent, find_last_answer, find_oldest_unsent, is_exchanging
from counter_app.update.state import read_state

_RECENT = timedelta(minutes=5)


class DeskStatusReader:
    """Computes the snapshot in a few indexed reads."""

    def __init__(self, desk: OpenDesk, session: Session, settings: Settings) -> None:
        self._desk = desk
        self._session = session
        self._settings = settings

    def read(self) -> DeskStatus:
        """Return the present figures."""
        desk, journal_of_desk = self._desk.desk, self._desk.journal
        now = self._desk.clock.now()
        today = local_date(now)
        midnight = to_millis(datetime.combine(today, time(), VIETNAM))
        signed_in = self._session.current
        counter, dossier, run = dossiers.number_counter.c, dossiers.dossier.c, local.print_run.c
        with self._desk.store.reading() as connection:
            last = connection.execute(
                select(counter.last).where(
                    counter.desk_id == desk.id,
                    counter.epoch == journal_of_desk.epoch,
                    counter.day == today.isoformat(),
                )
            ).scalar()
            received = connection.execute(select(func.count()).where(dossier.received_at >= midnight)).scalar()
            unsettled = [PrintState.QUEUED.value, PrintState.FAILED.value, PrintState.UNKNOWN.value]
            waits = select(func.count()).where(run.state.in_(unsettled), run.error_code != CANCELLED)
            waiting = connection.execute(waits).scalar()
            owed = connection.execute(select(func.count()).where(run.owed)).scalar()
            pages = connection.execute(select(func.count()).select_from(local.captured_page)).scalar()
            unsent = count_unsent(connection, PROVINCE, own_desk=desk.id)
            unit = self._desk.read_unit(connection)
            knows_province = is_exchanging(connection)
            since = find_oldest_unsent(connection, PROVINCE, own_desk=desk.id, now=now) if knows_province else None
            renewed = find_renewed(connection, now)
            parted = find_parted(connection, now)
            is_alone = stands_alone(connection, desk.id, journal_of_desk.epoch)
            answered_at = find_last_answer(connection, PROVINCE, now=now)
        return DeskStatus(
            clerk_name=signed_in.clerk.full_name if signed_in else "",
            desk_name=desk.name,
            unit_name=unit.name,
            line=self._line(answered_at) if knows_province else LineState.NOT_CONFIGURED,
            numbers_left=numbers_left(self._desk.part, last),
            unsent=unsent,
            received_today=int(received or 0),
            open_print_jobs=int(waiting or 0),
            owed_papers=int(owed or 0),
            waiting_pages=int(pages or 0),
            waiting_version=read_state(self._desk.folder).staged,
            unsent_since=since if since is not None and since < self._patience_ends() else None,
            renewed=renewed,
            parted=parted,
            stands_alone=is_alone,
        )

    def _line(self, answered_at: datetime | None) -> LineState:
        """An exchange goes on by itself every half minute, longer while the line fails."""
        is_recent = answered_at is not None and answered_at > self._desk.clock.now() - _RECENT
        return LineState.UP if is_recent else LineState.DOWN

    def _patience_ends(self) -> datetime:
        hours = int(self._settings.get("sync.alarm_hours"))
        return self._desk.clock.now() - timedelta(hours=hours)
