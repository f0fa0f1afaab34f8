"""What is to be paid, line by line, in whole đồng, with the steps of the sum.

Fees of civil-status procedures are set by each province's council, so the amounts come from the catalogue; only the
rate of certified copies is known here.
"""

from collections.abc import Mapping

import msgspec

from counter_app.core.errors import UserError
from counter_app.domain.procedure import Channel, FeeLine

_MOST_UNITS = 100_000
_MOST_DONG = 1_000_000_000_000

# Thông tư 226/2016/TT-BTC, article 4 (unverified: known from public summaries, the text was not read).
FIRST_PAGES = 2
FIRST_PAGE_DONG = 2_000
LATER_PAGE_DONG = 1_000
COPY_CAP_DONG = 200_000

Step = tuple[str, dict[str, str | int]]


class QuotedLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the catalogue with how many of it and what it comes to. Whole đồng."""

    line: FeeLine
    quantity: int
    unit_amount: int
    amount: int


class FeeQuote(msgspec.Struct, frozen=True, kw_only=True):
    """All lines, their sum, and the text codes that say how it came about."""

    lines: tuple[QuotedLine, ...]
    total: int
    steps: tuple[Step, ...]


_NO_QUANTITIES: Mapping[str, int] = {}


def compute_fees(
    lines: tuple[FeeLine, ...], *, channel: Channel, quantities: Mapping[str, int] = _NO_QUANTITIES
) -> FeeQuote:
    """Return what the lines come to for one way of handing in.

    `quantities` says how many of each `FeeLine.per` there are ("page", "copy"); one where it says nothing. A line with
    its own online amount takes it when handed in online.

    Raises:
        UserError: ``fee.bad_quantity`` for a quantity outside 0..100000, ``fee.bad_amount`` for an amount below
            nought or of a trillion đồng and more.
    """
    quoted = tuple(_quote(line, channel, quantities.get(line.per, 1)) for line in lines)
    total = sum(line.amount for line in quoted)
    steps = [step for line in quoted for step in _line_steps(line, channel)]
    return FeeQuote(lines=quoted, total=total, steps=(*steps, ("fee.step.total", {"total": format_dong(total)})))


def _quote(line: FeeLine, channel: Channel, quantity: int) -> QuotedLine:
    online = channel is Channel.ONLINE and line.online_amount is not None
    unit_amount = line.online_amount if online and line.online_amount is not None else line.amount
    if not 0 <= unit_amount < _MOST_DONG:
        raise UserError("fee.bad_amount", amount=unit_amount)
    _check_quantity(quantity)
    return QuotedLine(line=line, quantity=quantity, unit_amount=unit_amount, amount=unit_amount * quantity)


def _line_steps(quoted: QuotedLine, channel: Channel) -> tuple[Step, ...]:
    name, amount = quoted.line.name, format_dong(quoted.amount)
    if quoted.quantity == 1:
        said: Step = ("fee.step.line", {"name": name, "amount": amount})
    else:
        each = format_dong(quoted.unit_amount)
        said = ("fee.step.times", {"name": name, "quantity": quoted.quantity, "each": each, "amount": amount})
    if channel is Channel.ONLINE and quoted.line.online_amount is not None:
        return said, ("fee.step.online", {"name": name, "usual": format_dong(quoted.line.amount)})
    return (said,)


def certified_copy_fee(pages: int, copies: int) -> int:
    """Return the fee for certified copies of one paper, in whole đồng.

    2,000 đ a page for the first two, 1,000 đ from the third, at most 200,000 đ a copy (Thông tư 226/2016/TT-BTC,
    unverified).

    Raises:
        UserError: ``fee.bad_quantity`` for pages or copies outside 0..100000.
    """
    _check_quantity(pages)
    _check_quantity(copies)
    first = min(pages, FIRST_PAGES)
    one_copy = first * FIRST_PAGE_DONG + (pages - first) * LATER_PAGE_DONG
    return copies * min(one_copy, COPY_CAP_DONG)


def _check_quantity(quantity: int) -> None:
    if not 0 <= quantity <= _MOST_UNITS:
        raise UserError("fee.bad_quantity", quantity=quantity, most=_MOST_UNITS)


def format_dong(amount: int) -> str:
    """Return whole đồng as Vietnamese paper writes them: ``1.015.000 đ``."""
    return f"{amount:,} đ".replace(",", ".")
