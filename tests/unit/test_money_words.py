import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.core.errors import UserError
from counter_app.domain.money_words import dong_in_words

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_VALUES = {
    **{word: value for value, word in enumerate(_DIGITS)},
    "mốt": 1,
    "lăm": 5,
}
_SCALES = {"nghìn": 10**3, "triệu": 10**6}
_LARGEST = 10**21 - 1


def _read_hundreds(words: list[str]) -> int:
    """Read up to 999 the way a person does: what stands before trăm, then before mươi, then alone."""
    total, last = 0, 0
    for word in words:
        if word == "trăm":
            total, last = total + last * 100, 0
        elif word == "mươi":
            assert last >= 2
            total, last = total + last * 10, 0
        elif word == "mười":
            total += 10
        elif word == "linh":
            assert total % 100 == 0
        else:
            assert last == 0, words
            last = _VALUES[word]
    return total + last


def _read(words: list[str]) -> int:
    """Read any number of words: the last tỷ parts it, everything before counts a billion each."""
    if "tỷ" in words:
        at = len(words) - 1 - words[::-1].index("tỷ")
        return _read(words[:at]) * 10**9 + _read(words[at + 1 :])
    total, group = 0, list[str]()
    for word in words:
        if word in _SCALES:
            total, group = total + _read_hundreds(group) * _SCALES[word], []
        else:
            group.append(word)
    return total + _read_hundreds(group)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "Không đồng"),
        (1, "Một đồng"),
        (10, "Mười đồng"),
        (11, "Mười một đồng"),
        (14, "Mười bốn đồng"),
        (15, "Mười lăm đồng"),
        (20, "Hai mươi đồng"),
        (21, "Hai mươi mốt đồng"),
        (24, "Hai mươi bốn đồng"),
        (55, "Năm mươi lăm đồng"),
        (101, "Một trăm linh một đồng"),
        (105, "Một trăm linh năm đồng"),
        (115, "Một trăm mười lăm đồng"),
        (8_000, "Tám nghìn đồng"),
        (1_005, "Một nghìn không trăm linh năm đồng"),
        (1_050, "Một nghìn không trăm năm mươi đồng"),
        (21_500, "Hai mươi mốt nghìn năm trăm đồng"),
        (1_150_000, "Một triệu một trăm năm mươi nghìn đồng"),
        (1_000_021, "Một triệu không trăm hai mươi mốt đồng"),
        (2_005_000, "Hai triệu không trăm linh năm nghìn đồng"),
        (10**9, "Một tỷ đồng"),
        (10**12, "Một nghìn tỷ đồng"),
        (10**18, "Một tỷ tỷ đồng"),
        (5 * 10**9 + 3, "Năm tỷ không trăm linh ba đồng"),
    ],
)
def test_amounts_are_written_as_receipts_write_them(amount: int, words: str) -> None:
    assert dong_in_words(amount) == words


@given(st.integers(min_value=0, max_value=_LARGEST) | st.integers(min_value=0, max_value=2_000_000))
def test_words_read_back_are_the_amount(amount: int) -> None:
    first, *rest = dong_in_words(amount).split()

    assert rest[-1] == "đồng"
    assert _read([first.lower(), *rest[:-1]]) == amount


@given(st.integers(min_value=0, max_value=_LARGEST))
def test_only_the_first_letter_is_a_capital_and_words_are_parted_by_one_space(amount: int) -> None:
    words = dong_in_words(amount)

    assert words == words[0].upper() + words[1:].lower()
    assert words == " ".join(words.split())


@pytest.mark.parametrize("amount", [-1, _LARGEST + 1])
def test_an_amount_nobody_pays_is_refused(amount: int) -> None:
    with pytest.raises(UserError) as caught:
        dong_in_words(amount)

    assert caught.value.code == "forms.amount_out_of_range"
