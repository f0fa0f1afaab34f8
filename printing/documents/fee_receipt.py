"""Biên lai thu tiền phí, lệ phí: the two kinds apart, the sum in figures and in words.

A finance document of the collecting unit, outside the one-stop form sets; its number and series come from the unit.
"""

from counter_app.domain.procedure import FeeKind
from printing.documents.facts import SLIP_FACTS
from printing.documents.fee_words import taken_fees, taken_total
from printing.documents.offer import Offer, TableSource

_FEES = TableSource(
    items=lambda data, _wording: taken_fees(data),
    cells={
        "name": lambda line: line.name,
        "fee": lambda line: line.amount_of(FeeKind.FEE),
        "charge": lambda line: line.amount_of(FeeKind.CHARGE),
        "blank": lambda _line: "",
    },
    totals={
        "fee": lambda data: taken_total(data, FeeKind.FEE),
        "charge": lambda data: taken_total(data, FeeKind.CHARGE),
    },
)

OFFER = Offer(facts=SLIP_FACTS, tables={"fees": _FEES})
