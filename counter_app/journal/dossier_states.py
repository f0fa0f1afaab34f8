"""Reading where a dossier stands, alike for the fold and for services."""

from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, select

from counter_app.core.errors import UserError
from counter_app.domain.actions.state import DossierState, initial_state
from counter_app.domain.dossier import Dossier
from counter_app.store.tables import dossiers

_dossier = msgspec.json.Decoder(Dossier)
_state = msgspec.json.Decoder(DossierState)
_COLUMNS = select(dossiers.dossier.c.id, dossiers.dossier.c.facts, dossiers.dossier.c.state)
# Made once: building a statement costs as much as running it.
_BY_CODE = _COLUMNS.where(dossiers.dossier.c.code == bindparam("wanted"))
_BY_ID = _COLUMNS.where(dossiers.dossier.c.id == bindparam("wanted"))

encode_state = msgspec.json.Encoder(order="deterministic").encode


def get_dossier_row(connection: Connection, code: str) -> Any:
    """Return the row of a dossier by its code, as stored.

    Raises:
        UserError: ``dossier.unknown_code``.
    """
    row = connection.execute(_BY_CODE, {"wanted": code}).one_or_none()
    if row is None:
        raise UserError("dossier.unknown_code", code=code[:40])
    return row


def find_dossier_row(connection: Connection, dossier_id: str) -> Any:
    """Return the row of a dossier by its id, None when this store does not hold it."""
    return connection.execute(_BY_ID, {"wanted": dossier_id}).one_or_none()


def state_of(row: Any) -> tuple[Dossier, DossierState]:
    """Return the dossier as received, and where it stands now; before the first action that follows from its intake."""
    dossier = _dossier.decode(row.facts)
    state = _state.decode(row.state) if row.state is not None else initial_state(dossier, desk_line=dossier.desk_name)
    return dossier, state


def as_it_stands(dossier: Dossier, state: DossierState) -> Dossier:
    """Return the dossier with the status and the due date it has now."""
    return msgspec.structs.replace(dossier, status=state.status, due=state.due)
