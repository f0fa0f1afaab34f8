"""What the province tells of desks and of a dossier, without anybody's personal data."""

from datetime import UTC, datetime

import msgspec

from counter_app.core.clock import from_millis
from counter_app.core.errors import AppError, UserError
from counter_app.domain.dossier import Status
from counter_app.province.database import Connection
from counter_app.province.folding import fold_dossier
from counter_app.province.tries import STRANGE
from counter_app.sync.enrolling import DeskReport


class FleetDesk(msgspec.Struct, frozen=True, kw_only=True):
    """A desk as IT officers see it; ages in whole seconds, None where the desk never said."""

    id: str
    unit: str
    name: str
    kind: str
    is_revoked: bool
    last_seen_at: datetime | None
    entries: int
    waiting: int
    forks: int
    unsent: int | None
    oldest_unsent_s: int | None
    version: str | None
    enrolled_at: datetime
    numbers_left: int | None = None
    """Daily numbers that the desk can still give today."""
    disk_free_bytes: int | None = None
    held: int | None = None
    """Entries of other desks that contradict something there and wait for a clerk."""
    papers_waiting: int | None = None
    """Papers at a hall that it does not know to be at the province; `papers_bytes`: what all its papers take."""
    papers_bytes: int | None = None


class EntryAtProvince(msgspec.Struct, frozen=True, kw_only=True):
    """Where one entry about a dossier stands in its chain."""

    at: datetime
    kind: str
    desk: str
    epoch: int
    seq: int
    hash: bytes


class DossierAtProvince(msgspec.Struct, frozen=True, kw_only=True):
    """What is held of a dossier. `status` is None where its intake is not here or an entry is of a newer program."""

    code: str
    id: str
    unit: str
    desk: str
    status: Status | None
    due_at: datetime | None
    entries: tuple[EntryAtProvince, ...]


_ENTRIES = """
SELECT entry.*, desk.unit_code FROM entry JOIN desk ON desk.id = entry.desk
WHERE entry.subject = %s ORDER BY entry.at, entry.desk, entry.seq
"""
_FLEET = """
SELECT desk.*,
  (SELECT coalesce(sum(seq), 0) FROM chain WHERE chain.desk = desk.id) AS entries,
  (SELECT count(*) FROM waiting_batch WHERE waiting_batch.desk = desk.id) AS waiting,
  (SELECT count(*) FROM fork WHERE fork.desk = desk.id) AS forks
FROM desk ORDER BY unit_code, enrolled_at, id
"""


def keep_report(connection: Connection, desk_id: str, report: DeskReport) -> None:
    """Keep what a desk said of itself."""
    oldest = report.oldest_unsent_ms
    connection.execute(
        "UPDATE desk SET unsent = %s, oldest_unsent_at = %s, version = %s, numbers_left = %s,"
        " disk_free_bytes = %s, held = %s, papers_waiting = %s, papers_bytes = %s WHERE id = %s",
        (
            report.unsent,
            datetime.fromtimestamp(oldest / 1000, UTC) if oldest is not None else None,
            report.version[:40],
            report.numbers_left,
            report.disk_free_bytes,
            report.held,
            report.papers_waiting,
            report.papers_bytes,
            desk_id,
        ),
    )


def list_fleet(connection: Connection, *, now: datetime) -> list[FleetDesk]:
    """Return every desk, those of a unit together."""
    return [
        FleetDesk(
            id=row.id,
            unit=row.unit_code,
            name=row.name,
            kind=row.kind,
            is_revoked=row.revoked_at is not None,
            last_seen_at=row.seen_at,
            entries=int(row.entries),
            waiting=row.waiting,
            forks=row.forks,
            unsent=row.unsent,
            oldest_unsent_s=max(0, int((now - row.oldest_unsent_at).total_seconds())) if row.oldest_unsent_at else None,
            version=row.version,
            enrolled_at=row.enrolled_at,
            numbers_left=row.numbers_left,
            disk_free_bytes=row.disk_free_bytes,
            held=row.held,
            papers_waiting=row.papers_waiting,
            papers_bytes=row.papers_bytes,
        )
        for row in connection.execute(_FLEET)
    ]


def show_dossier(connection: Connection, code: str) -> DossierAtProvince:
    """Return a dossier by its code.

    Raises:
        UserError: ``dossier.unknown_code``.
    """
    dossier = connection.execute("SELECT * FROM dossier WHERE code = upper(%s)", (code,)).fetchone()
    if dossier is None:
        raise UserError("dossier.unknown_code", code=code[:40])
    rows = connection.execute(_ENTRIES, (dossier.id,)).fetchall()
    try:
        folded = fold_dossier([row for row in rows if row.unit_code == dossier.unit_code])
    except (AppError, *STRANGE):
        folded = None
    state = folded.state if folded is not None else None
    return DossierAtProvince(
        code=dossier.code,
        id=dossier.id,
        unit=dossier.unit_code,
        desk=dossier.desk,
        status=state.status if state is not None else None,
        due_at=state.due.due_at if state is not None and state.due is not None else None,
        entries=tuple(
            EntryAtProvince(
                at=from_millis(row.at >> 16),
                kind=row.kind,
                desk=row.desk,
                epoch=row.epoch,
                seq=row.seq,
                hash=bytes(row.hash),
            )
            for row in rows
        ),
    )
