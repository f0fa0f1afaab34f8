"""What an answer about another unit's dossier means in rows."""

import msgspec

from counter_app.journal.entries import Entry
from counter_app.journal.exchange_entries import ConcernedAnswered
from counter_app.journal.rows import Rows
from counter_app.store.tables import exchange

_answer = msgspec.json.Encoder(order="deterministic").encode


def concerned_answered(rows: Rows, entry: Entry, body: ConcernedAnswered) -> None:
    """The later of two counts, in whichever order they come to a store."""
    key = {"dossier_id": body.dossier_id, "unit_code": body.unit_code}
    order = (entry.at, entry.desk, entry.epoch, entry.seq)
    known = rows.read(exchange.concerned_answer, **key)
    if known is not None and (known.at, known.desk, known.epoch, known.seq) > order:
        return
    values = dict(zip(("at", "desk", "epoch", "seq"), order, strict=True))
    rows.replace(exchange.concerned_answer, {**key, **values, "clerk": entry.clerk, "answer": _answer(body.answer)})
