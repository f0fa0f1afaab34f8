"""One line of a list of dossiers, as every list and search reads it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select

from counter_app.core.clock import from_millis, to_millis
from counter_app.domain.actions.state import RUNNING
from counter_app.domain.dossier import Status
from counter_app.domain.procedure import Channel
from counter_app.domain.search import NOTHING, Query
from counter_app.services.answers.dossiers import DossierRow
from counter_app.store.tables import dossiers, organisation


def select_rows() -> Select[Any]:
    """Return a query for what `row_of` needs, of every dossier, in no order."""
    table, clerk = dossiers.dossier.c, organisation.clerk.c
    who = dossiers.dossier.outerjoin(organisation.clerk, clerk.id == table.clerk_id)
    return select(
        table.row,
        table.id,
        table.code,
        table.procedure_code,
        table.procedure_name,
        table.field_name,
        table.channel,
        table.applicant_name,
        table.status,
        table.standing,
        table.received_at,
        table.due_at,
        clerk.full_name.label("clerk_name"),
    ).select_from(who)


def row_of(row: Row[Any], now: datetime, *, asked: Query = NOTHING) -> DossierRow:
    """Return a line as it stands at an instant: late is computed, never stored. `asked` is the search it answers."""
    status = Status(row.status)
    return DossierRow(
        id=row.id,
        code=row.code or "",
        procedure_code=row.procedure_code,
        procedure_name=row.procedure_name,
        field_name=row.field_name,
        channel=Channel(row.channel),
        applicant_name=row.applicant_name,
        status=status,
        received_at=from_millis(row.received_at),
        due_at=from_millis(row.due_at) if row.due_at is not None else None,
        is_late=row.due_at is not None and status in RUNNING and row.due_at < to_millis(now),
        clerk_name=row.clerk_name or "",
        asked=asked,
    )
