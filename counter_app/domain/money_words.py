"""Amounts of money in Vietnamese words, as receipts and vouchers ask for them ("Viết bằng chữ").

The words are those of everyday office practice (no law fixes them): *mốt* for a one after twenty, *lăm* for a five
after ten, *linh* before a single unit, *không trăm* where a lower group has no hundreds. Four is *bốn* everywhere:
*tư* is heard after twenty too, but one word for one digit leaves nothing to be argued about on a money paper, and a
four can be written as *bốn* in every place.
"""

from collections.abc import Iterator

from counter_app.core.errors import UserError

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_AFTER_TENS = {1: "mốt", 5: "lăm"}
_SCALES = ("triệu", "nghìn", "")
_BILLION = 10**9
_TOO_MUCH = 10**21


def dong_in_words(amount: int) -> str:
    """Return whole đồng in words: ``Một triệu một trăm năm mươi nghìn đồng``; 0 is ``Không đồng``.

    Raises:
        UserError: ``forms.amount_out_of_range`` for less than 0 or more than 999 tỷ tỷ and all below it.
    """
    if not 0 <= amount < _TOO_MUCH:
        raise UserError("forms.amount_out_of_range", amount=amount)
    words = " ".join(_number(amount)) or _DIGITS[0]
    return f"{words[0].upper()}{words[1:]} đồng"


def _number(value: int, *, follows: bool = False) -> Iterator[str]:
    """Yield the words of a number; `follows` after a larger group, where each of its own groups is read in full."""
    high, low = divmod(value, _BILLION)
    if high:
        yield from _number(high, follows=follows)
        yield "tỷ"
    yield from _below_a_billion(low, follows=follows or high > 0)


def _below_a_billion(value: int, *, follows: bool) -> Iterator[str]:
    groups = (value // 1_000_000, value // 1_000 % 1_000, value % 1_000)
    for group, scale in zip(groups, _SCALES, strict=True):
        if group:
            yield from _group(group, follows=follows)
            if scale:
                yield scale
            follows = True


def _group(value: int, *, follows: bool) -> Iterator[str]:
    hundreds, rest = divmod(value, 100)
    tens, units = divmod(rest, 10)
    has_hundreds = follows or hundreds > 0
    if has_hundreds:
        yield from (_DIGITS[hundreds], "trăm")
    if tens == 0 and units and has_hundreds:
        yield "linh"
    elif tens == 1:
        yield "mười"
    elif tens > 1:
        yield from (_DIGITS[tens], "mươi")
    if units:
        yield _unit(units, tens)


def _unit(units: int, tens: int) -> str:
    if tens == 0 or (tens == 1 and units == 1):
        return _DIGITS[units]
    return _AFTER_TENS.get(units, _DIGITS[units])
