"""What other systems said about a dossier, signed by the province, as it comes down to the desks of its unit."""

from collections.abc import Callable

import msgspec
from sqlalchemy import Connection
from sqlalchemy.dialects.sqlite import insert as upsert

from counter_app.core.clock import Instant, to_millis
from counter_app.domain.systems import RequestState, System
from counter_app.store.tables import exchange
from counter_app.sync.signed import read_signed, sign_document

_WORDS = b"counter-app system answer 1\x00"


class SystemAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Where one question stands; `facts` are the answer by our names, `reason` is the system's own words.

    With no dossier it says whether the province asks this system at all: ANSWERED yes, GIVEN_UP no longer.
    """

    dossier_id: str
    system: System
    request: str
    state: RequestState
    at: Instant
    reason: str = ""
    facts: dict[str, str] = {}


def sign_system_answer(answer: SystemAnswer, sign: Callable[[bytes], bytes]) -> bytes:
    """Return an answer as what goes on the feed."""
    return sign_document(answer, _WORDS, sign)


def read_system_answer(data: bytes, province_key: bytes) -> SystemAnswer:
    """Return the answer of an item of the feed.

    Raises:
        UserError: ``sync.bad_system_answer``: damaged, or not signed by this province.
    """
    return read_signed(data, SystemAnswer, _WORDS, province_key, "sync.bad_system_answer")


def note_system_answer(connection: Connection, answer: SystemAnswer) -> None:
    """Keep an answer in the caller's transaction; one that is older than what is kept changes nothing."""
    table = exchange.system_answer
    key = {"dossier_id": answer.dossier_id, "system": answer.system.value, "request": answer.request}
    values = {
        "at": to_millis(answer.at),
        "state": answer.state.value,
        "reason": answer.reason,
        "facts": msgspec.json.encode(answer.facts).decode(),
    }
    statement = upsert(table).values(**key, **values)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=list(key), set_=values, where=table.c.at <= statement.excluded.at
        )
    )
