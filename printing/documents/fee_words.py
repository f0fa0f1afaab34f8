"""What is to be paid, in words: for the line of a receipt and for the table of a fee receipt."""

from dataclasses import dataclass

from counter_app.core.text import nfc
from counter_app.domain.fees import FeeQuote, QuotedLine, compute_fees
from counter_app.domain.forms.facts import SlipData
from counter_app.domain.procedure import FeeKind, FeeLine
from printing.documents.words import amount_words, dotted
from resources.forms import common_wording

_MOST_ALTERNATIVES = 2


def _price_words(quoted: QuotedLine) -> str:
    """Return the amount, else the price of a unit with its tiers, else that it is the local rate."""
    money, line = common_wording().money, quoted.line
    if quoted.amount is not None:
        return amount_words(quoted.amount)
    if quoted.unit_amount is None:
        return money.local
    unit = money.per.get(line.per, nfc(line.per))
    words = money.unit.format(amount=dotted(quoted.unit_amount), unit=unit)
    for tier in line.tiers:
        words += money.tier.format(unit=unit, from_unit=tier.from_unit, amount=dotted(tier.amount))
    return words + money.by_count.format(unit=unit)


def _line_words(quoted: QuotedLine) -> str:
    return common_wording().money.line.format(name=nfc(quoted.line.name), amount=_price_words(quoted))


def _alternative_words(lines: tuple[QuotedLine, ...]) -> str:
    """Return the rates of which one is paid, while there is room for them on the paper."""
    money = common_wording().money
    if len(lines) > _MOST_ALTERNATIVES or any(quoted.unit_amount is None for quoted in lines):
        return money.by_case
    return money.alternative.join(_line_words(quoted) for quoted in lines)


def fee_words(fees: tuple[FeeLine, ...], *, dossier_count: int = 1) -> str:
    """Return what is to be paid as far as it is known, in the fewest words that are true.

    Lines that are paid only under a condition are left out: the paper cannot know whether it is met.
    """
    common = common_wording()
    quote = compute_fees(fees, quantities={"dossier": dossier_count})
    due = quote.due_lines
    if due and all(quoted.unit_amount is None for quoted in due) and not quote.alternatives:
        return common.money.all_local
    words = [_line_words(quoted) for quoted in due]
    if quote.alternatives:
        words.append(_alternative_words(quote.alternatives))
    if not words:
        return common.nothing_to_pay
    if len(words) > 1 and quote.is_complete:
        words.append(common.money.total.format(amount=amount_words(quote.total)))
    return "; ".join(words)


@dataclass(frozen=True, slots=True)
class TakenFee:
    """One line of a fee receipt; `amount` is None where only a person knows it."""

    name: str
    kind: FeeKind
    amount: int | None

    def amount_of(self, kind: FeeKind) -> str:
        """Return the amount in the column of its kind, "" in the other's."""
        return dotted(self.amount) if self.kind is kind and self.amount is not None else ""


def _quote(data: SlipData) -> FeeQuote:
    return compute_fees(data.fees, quantities={"dossier": data.dossier_count})


def taken_amount(data: SlipData) -> int | None:
    """Return what was paid: as the clerk said, else the sum where the catalogue knows all of it, else None.

    Where the catalogue has nothing to pay, a money receipt is about something it does not know: None too.
    """
    if data.details.amount is not None:
        return data.details.amount
    quote = _quote(data)
    return quote.total if quote.is_complete and quote.due_lines else None


def taken_fees(data: SlipData) -> tuple[TakenFee, ...]:
    """Return the lines that were paid, each with its amount where the lines add up to what was paid."""
    quote, taken = _quote(data), taken_amount(data)
    due = quote.due_lines
    if len(due) == 1 and taken is not None and not quote.alternatives:
        return (TakenFee(nfc(due[0].line.name), due[0].line.kind, taken),)
    adds_up = quote.is_complete and taken == quote.total
    return tuple(TakenFee(nfc(one.line.name), one.line.kind, one.amount if adds_up else None) for one in due)


def taken_total(data: SlipData, kind: FeeKind) -> str:
    """Return what was paid of one kind, "" where that is not known."""
    lines = taken_fees(data)
    if not lines or any(line.amount is None for line in lines):
        return ""
    return dotted(sum(line.amount or 0 for line in lines if line.kind is kind))
