"""Reading where a dossier stands, alike for the fold and for services."""

from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, select

from counter_app.core.errors import UserError
from counter_app.domain.actions.state import DossierState, initial_state
from counter_app.domain.correction import CorrectableFacts, with_facts
from counter_app.domain.dossier import Dossier
from counter_app.store.tables import dossiers

_dossier = msgspec.json.Decoder(Dossier)
_state = msgspec.json.Decoder(DossierState)
_corrected = msgspec.json.Decoder(CorrectableFacts)
_TABLE = dossiers.dossier.c
STATE_COLUMNS = select(_TABLE.row, _TABLE.id, _TABLE.facts, _TABLE.corrected, _TABLE.state)
"""What `state_of` needs; add a condition."""

# Made once: building a statement costs as much as running it.
_BY_CODE = STATE_COLUMNS.where(_TABLE.code == bindparam("wanted"))
_BY_ID = STATE_COLUMNS.where(_TABLE.id == bindparam("wanted"))

encode_state = msgspec.json.Encoder(order="deterministic").encode
encode_facts = msgspec.json.Encoder(order="deterministic").encode


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
    """Return the dossier as received, its facts as corrected since, and where it stands now.

    Before the first action where it stands follows from its intake, whatever was corrected.
    """
    dossier = _dossier.decode(row.facts)
    state = _state.decode(row.state) if row.state is not None else initial_state(dossier, desk_line=dossier.desk_name)
    return (with_facts(dossier, _corrected.decode(row.corrected)) if row.corrected is not None else dossier), state


def as_received(row: Any) -> Dossier:
    """Return the dossier as it was received, whatever was corrected since."""
    return _dossier.decode(row.facts)


def as_it_stands(dossier: Dossier, state: DossierState) -> Dossier:
    """Return the dossier with the status and the due date it has now."""
    return msgspec.structs.replace(dossier, status=state.status, due=state.due)
