"""What this desk tells the province's IT officers of itself: figures, and nothing about anybody."""

import shutil

from sqlalchemy import Connection, func, select

from counter_app import __version__
from counter_app.core.clock import local_date, to_millis
from counter_app.domain.dossier_code import numbers_left
from counter_app.services.open_desk import OpenDesk
from counter_app.store.tables import dossiers, exchange
from counter_app.sync.enrolling import DeskReport
from counter_app.sync.ports import PROVINCE
from counter_app.sync.status import count_unsent, find_oldest_unsent


def read_report(desk: OpenDesk) -> DeskReport:
    """Return the present figures."""
    with desk.store.reading() as connection:
        oldest = find_oldest_unsent(connection, PROVINCE, own_desk=desk.desk.id, now=desk.clock.now())
        return DeskReport(
            unsent=count_unsent(connection, PROVINCE, own_desk=desk.desk.id),
            oldest_unsent_ms=to_millis(oldest) if oldest is not None else None,
            version=__version__,
            numbers_left=numbers_left(desk.part, _last_number(connection, desk)),
            disk_free_bytes=_disk_free(desk),
            held=connection.execute(select(func.count()).select_from(exchange.held_entry)).scalar_one(),
        )


def _last_number(connection: Connection, desk: OpenDesk) -> int | None:
    counter = dossiers.number_counter.c
    last: int | None = connection.execute(
        select(counter.last).where(
            counter.desk_id == desk.desk.id,
            counter.epoch == desk.journal.epoch,
            counter.day == local_date(desk.clock.now()).isoformat(),
        )
    ).scalar()
    return last


def _disk_free(desk: OpenDesk) -> int | None:
    try:
        return shutil.disk_usage(desk.folder.root).free
    except OSError:
        return None
