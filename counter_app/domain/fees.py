"""What is to be paid, line by line, in whole đồng, with the steps of the sum and what is not known about it.

Most fees of communes are set by each province's council, so amounts come from the catalogue; none is known here.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise

import msgspec

from counter_app.core.errors import UserError
from counter_app.domain.procedure import Channel, FeeApplication, FeeLine

_MOST_UNITS = 100_000
_MOST_DONG = 1_000_000_000_000
_ONE_EACH = {"dossier": 1, "case": 1}
"""A dossier is one dossier about one case; pages, copies and persons have to be counted."""
_STEPS_OF_A_UNIT = {
    "page": "fee.step.each_page",
    "copy": "fee.step.each_copy",
    "person": "fee.step.each_person",
}

Step = tuple[str, dict[str, str | int]]


class QuotedLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the catalogue with how many of it there are and what it comes to, in whole đồng.

    None: not known. `unit_amount` is the rate that holds for the channel; `amount` of a line that is paid sometimes
    says what it would come to and is in no total.
    """

    line: FeeLine
    quantity: int | None
    unit_amount: int | None
    amount: int | None

    @property
    def is_due(self) -> bool:
        """Whether the line is paid in any case and is not free."""
        return self.line.applies is FeeApplication.ALWAYS and self.amount != 0


class FeeQuote(msgspec.Struct, frozen=True, kw_only=True):
    """All lines, what is known of their sum, and the text codes that say how it came about.

    `total` is the sum of the lines that are always paid and whose amount is known; it is all there is to pay only
    where `is_complete`.
    """

    lines: tuple[QuotedLine, ...] = ()
    total: int = 0
    is_complete: bool = True
    steps: tuple[Step, ...] = ()

    @property
    def due_lines(self) -> tuple[QuotedLine, ...]:
        """The lines that are paid in any case, without the free ones."""
        return tuple(line for line in self.lines if line.is_due)

    @property
    def alternatives(self) -> tuple[QuotedLine, ...]:
        """The lines of which one is paid."""
        return tuple(line for line in self.lines if line.line.applies is FeeApplication.ALTERNATIVE)

    @property
    def conditional_lines(self) -> tuple[QuotedLine, ...]:
        """The lines that are paid only under a condition."""
        return tuple(line for line in self.lines if line.line.applies is FeeApplication.SOMETIMES)


_NO_QUANTITIES: Mapping[str, int] = {}


def select_fees(lines: tuple[FeeLine, ...], *, case_code: str) -> tuple[FeeLine, ...]:
    """Return the lines that stand for a case of the procedure."""
    return tuple(line for line in lines if not line.cases or case_code in line.cases)


def settle_channel(lines: tuple[FeeLine, ...], channel: Channel) -> tuple[FeeLine, ...]:
    """Return the lines with the rate of the channel as their amount, as a dossier keeps them."""
    return tuple(_settle(line) if channel is Channel.ONLINE else _without_online(line) for line in lines)


def compute_fees(
    lines: tuple[FeeLine, ...],
    *,
    channel: Channel = Channel.DIRECT,
    quantities: Mapping[str, int] = _NO_QUANTITIES,
) -> FeeQuote:
    """Return what the lines come to for one way of handing in.

    `quantities` says how many of each `FeeLine.per` there are ("page", "copy"). Where it is silent a dossier counts
    as one and so does a case; any other unit stays unknown and the quote incomplete. A line with its own online
    amount takes it when handed in online, in the place of its tiers.

    Raises:
        UserError: ``fee.bad_quantity`` for a quantity outside 0..100000, ``fee.bad_amount`` for an amount below
            nought or of a trillion đồng and more.
    """
    for quantity in quantities.values():
        _check_quantity(quantity)
    counts = {**_ONE_EACH, **quantities}
    quoted = tuple(_quote(line, channel, counts) for line in lines)
    steps = [step for line in quoted for step in _line_steps(line, channel, counts)]
    always = [line for line in quoted if line.line.applies is FeeApplication.ALWAYS]
    total = sum(line.amount or 0 for line in always)
    alternatives = any(line.line.applies is FeeApplication.ALTERNATIVE for line in quoted)
    is_complete = not alternatives and all(line.amount is not None for line in always)
    last = "fee.step.total" if is_complete else "fee.step.known_total"
    return FeeQuote(
        lines=quoted,
        total=total,
        is_complete=is_complete,
        steps=(*steps, (last, {"total": format_dong(total)})),
    )


def _settle(line: FeeLine) -> FeeLine:
    if line.online_amount is None:
        return line
    return msgspec.structs.replace(line, amount=line.online_amount, online_amount=None, tiers=())


def _without_online(line: FeeLine) -> FeeLine:
    return line if line.online_amount is None else msgspec.structs.replace(line, online_amount=None)


def _quote(line: FeeLine, channel: Channel, counts: Mapping[str, int]) -> QuotedLine:
    settled = _settle(line) if channel is Channel.ONLINE else line
    for amount in (settled.amount, settled.cap, *(tier.amount for tier in settled.tiers)):
        if amount is not None and not 0 <= amount < _MOST_DONG:
            raise UserError("fee.bad_amount", amount=amount)
    quantity = counts.get(settled.per)
    return QuotedLine(
        line=line, quantity=quantity, unit_amount=settled.amount, amount=_amount_of(settled, quantity, counts)
    )


def _amount_of(line: FeeLine, quantity: int | None, counts: Mapping[str, int]) -> int | None:
    if line.amount is None:
        return None
    if line.amount == 0 and not line.tiers:
        return 0
    if quantity is None:
        return None
    one = sum(count * each for count, each in _split_by_tier(line, quantity))
    if line.cap is not None:
        one = min(one, line.cap)
    if not _is_of_one_copy(line):
        return one
    copies = counts.get("copy")
    return None if copies is None else one * copies


def _is_of_one_copy(line: FeeLine) -> bool:
    return line.per == "page" and (bool(line.tiers) or line.cap is not None)


def _split_by_tier(line: FeeLine, quantity: int) -> Iterator[tuple[int, int]]:
    """Yield how many units are paid at which amount, the first units first."""
    starts = [(1, line.amount or 0), *sorted((max(1, tier.from_unit), tier.amount) for tier in line.tiers)]
    for (start, each), (after, _) in pairwise([*starts, (quantity + 1, 0)]):
        count = min(after - 1, quantity) - start + 1
        if count > 0:
            yield count, each


def _line_steps(quoted: QuotedLine, channel: Channel, counts: Mapping[str, int]) -> Iterator[Step]:
    line = _settle(quoted.line) if channel is Channel.ONLINE else quoted.line
    yield from _sum_steps(line, quoted, counts)
    if channel is Channel.ONLINE and quoted.line.online_amount is not None and quoted.line.amount is not None:
        yield "fee.step.online", {"name": line.name, "usual": format_dong(quoted.line.amount)}
    if line.applies is not FeeApplication.ALWAYS:
        yield f"fee.step.{line.applies}", {"name": line.name}
        if line.note:
            yield "fee.step.note", {"note": line.note}


def _sum_steps(line: FeeLine, quoted: QuotedLine, counts: Mapping[str, int]) -> Iterator[Step]:
    if line.amount is None:
        yield "fee.step.not_known", {"name": line.name}
    elif quoted.amount is None:
        yield _STEPS_OF_A_UNIT.get(line.per, "fee.step.each"), {"name": line.name, "each": format_dong(line.amount)}
        for tier in line.tiers:
            yield "fee.step.tier", {"name": line.name, "from_unit": tier.from_unit, "each": format_dong(tier.amount)}
        if line.cap is not None:
            yield "fee.step.cap", {"name": line.name, "cap": format_dong(line.cap)}
    elif quoted.quantity is None or quoted.quantity == 1:
        yield from _plain_steps(line, quoted.amount, counts)
    else:
        yield from _times_steps(line, quoted.quantity, quoted.amount, counts)


def _plain_steps(line: FeeLine, amount: int, counts: Mapping[str, int]) -> Iterator[Step]:
    if _is_of_one_copy(line) and counts.get("copy", 1) != 1:
        yield from _times_steps(line, 1, amount, counts)
    else:
        yield "fee.step.line", {"name": line.name, "amount": format_dong(amount)}


def _times_steps(line: FeeLine, quantity: int, amount: int, counts: Mapping[str, int]) -> Iterator[Step]:
    parts = list(_split_by_tier(line, quantity))
    one = sum(count * each for count, each in parts)
    words = (
        " + ".join(f"{count} × {format_dong(each)}" for count, each in parts) or f"0 × {format_dong(line.amount or 0)}"
    )
    yield "fee.step.times", {"name": line.name, "parts": words, "amount": format_dong(one)}
    if line.cap is not None and one > line.cap:
        yield "fee.step.cap", {"name": line.name, "cap": format_dong(line.cap)}
        one = line.cap
    if _is_of_one_copy(line) and counts.get("copy", 1) != 1:
        context: dict[str, str | int] = {"name": line.name, "copies": counts["copy"], "each": format_dong(one)}
        yield "fee.step.copies", {**context, "amount": format_dong(amount)}


def _check_quantity(quantity: int) -> None:
    if not 0 <= quantity <= _MOST_UNITS:
        raise UserError("fee.bad_quantity", quantity=quantity, most=_MOST_UNITS)


def format_dong(amount: int) -> str:
    """Return whole đồng as Vietnamese paper writes them: ``1.015.000 đ``."""
    return f"{amount:,} đ".replace(",", ".")
