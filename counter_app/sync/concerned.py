"""Dossiers that another unit received for this one, signed by the province, as they come down to its desks."""

from collections.abc import Callable

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as upsert

from counter_app.core.clock import to_local, to_millis
from counter_app.core.errors import UserError
from counter_app.domain.concerned import ConcernedDossier
from counter_app.store.tables import exchange, organisation
from counter_app.sync.signed import read_signed, sign_document

_BAD = "sync.bad_concerned"
_MOST_BYTES = 1024 * 1024
_WORDS = b"counter-app concerned dossier 1\x00"


def sign_concerned(dossier: ConcernedDossier, sign: Callable[[bytes], bytes]) -> bytes:
    """Return a snapshot as what goes on the feed."""
    return sign_document(dossier, _WORDS, sign)


def read_concerned(data: bytes, province_key: bytes) -> ConcernedDossier:
    """Return the snapshot of an item of the feed.

    Raises:
        UserError: ``sync.bad_concerned``: damaged, not signed by this province, or nothing that can be shown.
    """
    if len(data) > _MOST_BYTES:
        raise UserError(_BAD)
    dossier = read_signed(data, ConcernedDossier, _WORDS, province_key, _BAD)
    try:
        for instant in (dossier.received_at, dossier.at, dossier.due_at, dossier.supplemented_at):
            to_local(instant or dossier.at)
    except OverflowError as exc:  # beyond the calendar in Việt Nam, though not in UTC
        raise UserError(_BAD) from exc
    return dossier


def note_concerned(connection: Connection, dossier: ConcernedDossier, data: bytes, *, own_desk: str) -> None:
    """Keep a snapshot in the caller's transaction; one that is older than what is kept changes nothing.

    Raises:
        UserError: ``sync.bad_concerned``: another unit decides it.
    """
    unit = select(organisation.desk.c.unit_code).where(organisation.desk.c.id == own_desk)
    if connection.execute(unit).scalar() != dossier.competent_unit_code:
        raise UserError(_BAD)
    table = exchange.concerned_dossier
    key = {"dossier_id": dossier.dossier_id, "unit_code": dossier.unit_code}
    values = {
        "code": dossier.code,
        "at": to_millis(dossier.at),
        "due_at": to_millis(dossier.due_at) if dossier.due_at is not None else None,
        "is_open": dossier.is_open,
        "turn_from": to_millis(dossier.turn_from) if dossier.turn_from is not None else None,
        "data": data,
    }
    statement = upsert(table).values(**key, **values)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=list(key), set_=values, where=table.c.at <= statement.excluded.at
        )
    )
