"""The report that closes a desk's day: figures, codes, papers, fees, cash to be counted, and the journal's head."""

from counter_app.core.text import nfc
from counter_app.domain.forms.facts import ClosingData, CountedLine
from printing.blocks import Cell
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

_COLLECTED = TableSource(
    items=lambda data, _wording: data.collected,
    cells={
        "code": lambda line: Cell(nfc(line.code), nfc(line.note)),
        "waybill": lambda line: nfc(line.waybill),
        "dossier": lambda line: nfc(line.dossier_code),
        "clerk": lambda line: nfc(line.clerk_name),
        # What was cancelled keeps its line and its number, and counts as nothing.
        "amount": lambda line: dotted(line.amount if line.counts else 0),
    },
    totals={"amount": lambda data: dotted(sum(line.amount for line in data.collected if line.counts))},
)


def _clerks(data: ClosingData, _wording: object) -> list[CountedLine]:
    """Return what each clerk took, by name."""
    names = sorted({line.clerk_name for line in data.collected if line.counts})
    return [
        CountedLine(name=name, count=sum(one.amount for one in data.collected if one.counts and one.clerk_name == name))
        for name in names
    ]


_BY_CLERK = TableSource(
    items=_clerks,
    cells={"clerk": lambda line: nfc(line.name), "amount": lambda line: dotted(line.count)},
    totals={"amount": lambda data: dotted(sum(line.amount for line in data.collected if line.counts))},
)

_CASH = TableSource(
    items=lambda _data, _wording: _NOTES,
    cells={"note": dotted, "count": lambda _note: "", "amount": lambda _note: ""},
)

OFFER = Offer(
    facts=CLOSING_FACTS,
    tables={"procedures": _PROCEDURES, "collected": _COLLECTED, "by_clerk": _BY_CLERK, "cash": _CASH},
)
