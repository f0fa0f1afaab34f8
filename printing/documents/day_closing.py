"""The report that closes a desk's day: figures, codes, papers, fees, cash to be counted, and the journal's head."""

from counter_app.core.text import nfc
from printing.documents.facts import CLOSING_FACTS
from printing.documents.offer import Offer, TableSource
from printing.documents.words import dotted

# Notes in circulation (Ngân hàng Nhà nước Việt Nam); smaller ones and coins no longer reach a desk.
_NOTES = (500_000, 200_000, 100_000, 50_000, 20_000, 10_000, 5_000, 2_000, 1_000)

_PROCEDURES = TableSource(
    items=lambda data, _wording: data.by_procedure,
    cells={"name": lambda line: nfc(line.name), "count": lambda line: dotted(line.count)},
    totals={"count": lambda data: dotted(sum(line.count for line in data.by_procedure))},
)

_CASH = TableSource(
    items=lambda _data, _wording: _NOTES,
    cells={"note": dotted, "count": lambda _note: "", "amount": lambda _note: ""},
)

OFFER = Offer(facts=CLOSING_FACTS, tables={"procedures": _PROCEDURES, "cash": _CASH})
