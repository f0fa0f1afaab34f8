"""What the national portal said of a dossier, signed by the province, as it comes down to the desks of its unit."""

from collections.abc import Callable

import msgspec
from sqlalchemy import Connection
from sqlalchemy.dialects.sqlite import insert as upsert

from counter_app.core.clock import Instant, to_millis
from counter_app.journal.entries import (
    DocumentAttached,
    DocumentDescribed,
    DocumentRenewed,
    DocumentWithdrawn,
    DossierActed,
    DossierCorrected,
    DossierReceived,
)
from counter_app.journal.exchange_entries import HeldDecided
from counter_app.store.tables import exchange
from counter_app.sync.ports import Place
from counter_app.sync.signed import read_signed, sign_document

#: Kinds of entries that change what the portal is told of the dossier they are about.
TOLD_KINDS = frozenset(
    {
        DossierReceived.KIND,
        DossierActed.KIND,
        DossierCorrected.KIND,
        DocumentAttached.KIND,
        DocumentRenewed.KIND,
        DocumentWithdrawn.KIND,
        DocumentDescribed.KIND,
        HeldDecided.KIND,
    }
)
_WORDS = b"counter-app portal answer 1\x00"


class Covered(msgspec.Struct, frozen=True, kw_only=True):
    """How far one chain's entries about the dossier went into what the portal was told."""

    desk: str
    epoch: Place
    seq: Place


class PortalAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`refusal` is why the portal did not take it, in its own words, empty when it did."""

    dossier_id: str
    at: Instant
    covers: tuple[Covered, ...]
    refusal: str = ""


def sign_portal_answer(answer: PortalAnswer, sign: Callable[[bytes], bytes]) -> bytes:
    """Return an answer as what goes on the feed."""
    return sign_document(answer, _WORDS, sign)


def read_portal_answer(data: bytes, province_key: bytes) -> PortalAnswer:
    """Return the answer of an item of the feed.

    Raises:
        UserError: ``sync.bad_portal_answer``: damaged, or not signed by this province.
    """
    return read_signed(data, PortalAnswer, _WORDS, province_key, "sync.bad_portal_answer")


def note_portal_answer(connection: Connection, answer: PortalAnswer) -> None:
    """Keep an answer in the caller's transaction; one that is older than what is kept changes nothing."""
    table = exchange.portal_answer
    values = {"at": to_millis(answer.at), "refusal": answer.refusal, "covers": msgspec.json.encode(answer.covers)}
    statement = upsert(table).values(dossier_id=answer.dossier_id, **values)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["dossier_id"], set_=values, where=table.c.at <= statement.excluded.at
        )
    )
