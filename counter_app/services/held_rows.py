"""Reading what is held back: for lists, figures, and the actions that it stands in the way of."""

from typing import Any

from sqlalchemy import Connection, select

from counter_app.core.clock import from_millis
from counter_app.core.errors import UserError
from counter_app.domain.dossier import Dossier
from counter_app.journal.streams import ALREADY_RECEIVED, BEHIND, CODE_TAKEN, REFUSED, UNKNOWN_DOSSIER
from counter_app.services.answers.held import HeldEntry
from counter_app.store.tables import dossiers, exchange, organisation

_HELD, _DOSSIER = exchange.held_entry.c, dossiers.dossier.c
#: What can only be left without effect: there is nothing for it to have an effect on.
_HOPELESS = frozenset({ALREADY_RECEIVED, CODE_TAKEN, REFUSED, UNKNOWN_DOSSIER})
#: Everything else is a condition of the action that what happened before no longer meets.
_NAMED = _HOPELESS | {BEHIND, "wrong_status"}


def read_held(connection: Connection) -> tuple[HeldEntry, ...]:
    """Return everything that is held, oldest first."""
    desk, clerk = organisation.desk.c, organisation.clerk.c
    query = (
        select(
            exchange.held_entry,
            _DOSSIER.code,
            _DOSSIER.applicant_name,
            desk.name.label("desk_name"),
            clerk.full_name,
        )
        .outerjoin(dossiers.dossier, _DOSSIER.id == _HELD.dossier_id)
        .outerjoin(organisation.desk, desk.id == _HELD.desk)
        .outerjoin(organisation.clerk, clerk.id == _HELD.clerk)
        .order_by(_HELD.at, _HELD.entry_id, _HELD.desk)
    )
    return tuple(_held(row) for row in connection.execute(query))


def _held(row: Any) -> HeldEntry:
    return HeldEntry(
        entry_id=row.entry_id,
        desk_id=row.desk,
        dossier_id=row.dossier_id,
        reason=row.reason,
        reason_key=reason_key(row.reason),
        done_at=from_millis(row.at >> 16),
        desk_name=row.desk_name or "",
        clerk_name=row.full_name or "",
        text_key=f"action.name.{row.action}" if row.action else f"history.{row.kind}",
        dossier_code=row.code or "",
        applicant_name=row.applicant_name or "",
        behind=row.behind,
        may_apply=not row.behind and row.reason not in _HOPELESS,
    )


def reason_key(reason: str) -> str:
    """Return the key of the sentence of a reason."""
    return f"held.reason.{reason}" if reason in _NAMED else "held.reason.condition"


def require_nothing_held(connection: Connection, dossier: Dossier) -> None:
    """Return if nothing about a dossier waits for a decision: what is done now would wait behind it.

    Raises:
        UserError: ``held.decide_first``.
    """
    query = select(_HELD.entry_id).where(_HELD.dossier_id == dossier.id).limit(1)
    if connection.execute(query).first() is not None:
        raise UserError("held.decide_first", code=dossier.code)
