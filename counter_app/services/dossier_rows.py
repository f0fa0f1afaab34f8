"""One line of a list of dossiers, as every list and search reads it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, select

from counter_app.core.clock import from_millis, local_date
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


def row_of(row: Row[Any], now: datetime, *, soon_until: date, asked: Query = NOTHING) -> DossierRow:
    """Return a line as it stands at an instant: late and soon are computed, never stored.

    `soon_until` is the last day that is soon, `asked` the search that the line answers.
    """
    status = Status(row.status)
    due_at = from_millis(row.due_at) if row.due_at is not None else None
    runs, today = status in RUNNING and due_at is not None, local_date(now)
    due_on = local_date(due_at) if due_at is not None and runs else None
    is_late = runs and due_at is not None and due_at < now
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
        due_at=due_at,
        is_late=is_late,
        is_due_today=due_on == today and not is_late,
        is_due_soon=due_on is not None and today < due_on <= soon_until,
        clerk_name=row.clerk_name or "",
        asked=asked,
    )
