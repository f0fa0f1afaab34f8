import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.core.errors import UserError
from counter_app.domain.fees import FeeQuote, certified_copy_fee, compute_fees, format_dong
from counter_app.domain.procedure import Channel, FeeKind, FeeLine
from resources.texts import Language, text

REGISTRATION = FeeLine(kind=FeeKind.CHARGE, name="Lệ phí đăng ký", amount=75_000, online_amount=37_500)
EXTRACT = FeeLine(kind=FeeKind.FEE, name="Phí bản sao trích lục", amount=8_000, per="copy")


def said(quote: FeeQuote, language: Language = Language.VIETNAMESE) -> list[str]:
    return [text(code, language, **context) for code, context in quote.steps]


def test_lines_are_multiplied_and_summed() -> None:
    quote = compute_fees((REGISTRATION, EXTRACT), channel=Channel.DIRECT, quantities={"copy": 3})

    assert [line.amount for line in quote.lines] == [75_000, 24_000]
    assert quote.total == 99_000
    assert said(quote) == [
        "Lệ phí đăng ký: 75.000 đ",
        "Phí bản sao trích lục: 3 × 8.000 đ = 24.000 đ",
        "Tổng cộng: 99.000 đ",
    ]


def test_online_amount_holds_online_only_and_is_explained() -> None:
    online = compute_fees((REGISTRATION, EXTRACT), channel=Channel.ONLINE)
    by_post = compute_fees((REGISTRATION, EXTRACT), channel=Channel.POST)

    assert online.total == 45_500
    assert said(online)[1] == "Lệ phí đăng ký: mức thu khi nộp trực tuyến (nộp trực tiếp là 75.000 đ)"
    assert by_post.total == 83_000


def test_online_amount_of_nought_makes_the_line_free() -> None:
    free_online = FeeLine(kind=FeeKind.FEE, name="Phí", amount=10_000, online_amount=0)

    assert compute_fees((free_online,), channel=Channel.ONLINE).total == 0


def test_procedure_without_fees_costs_nothing() -> None:
    quote = compute_fees((), channel=Channel.DIRECT)

    assert (quote.lines, quote.total) == ((), 0)
    assert said(quote, Language.ENGLISH) == ["Total: 0 đ"]


@given(
    st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 500)), max_size=6),
    st.sampled_from(Channel),
)
def test_total_is_the_sum_of_its_lines_in_whole_dong(rows: list[tuple[int, int]], channel: Channel) -> None:
    lines = tuple(
        FeeLine(kind=FeeKind.FEE, name="Phí", amount=amount, per=str(n)) for n, (amount, _) in enumerate(rows)
    )

    quote = compute_fees(lines, channel=channel, quantities={str(n): q for n, (_, q) in enumerate(rows)})

    assert quote.total == sum(amount * quantity for amount, quantity in rows)
    assert not any(re.search(r"[{}]", line) for line in said(quote))


@pytest.mark.parametrize("quantity", [-1, 100_001])
def test_impossible_quantity_is_refused(quantity: int) -> None:
    with pytest.raises(UserError, match=r"fee\.bad_quantity"):
        compute_fees((EXTRACT,), channel=Channel.DIRECT, quantities={"copy": quantity})
    with pytest.raises(UserError, match=r"fee\.bad_quantity"):
        certified_copy_fee(quantity, 1)
    with pytest.raises(UserError, match=r"fee\.bad_quantity"):
        certified_copy_fee(1, quantity)


@pytest.mark.parametrize("amount", [-1, 10**12])
def test_impossible_amount_is_refused(amount: int) -> None:
    line = FeeLine(kind=FeeKind.FEE, name="Phí", amount=amount)

    with pytest.raises(UserError, match=r"fee\.bad_amount"):
        compute_fees((line,), channel=Channel.DIRECT)


@pytest.mark.parametrize(
    ("pages", "copies", "fee"),
    [
        (0, 5, 0),
        (1, 1, 2_000),
        (2, 1, 4_000),
        (3, 1, 5_000),
        (5, 3, 21_000),
        (197, 1, 199_000),
        (198, 1, 200_000),
        (199, 1, 200_000),
        (500, 2, 400_000),
        (5, 0, 0),
    ],
)
def test_certified_copy_fee(pages: int, copies: int, fee: int) -> None:
    assert certified_copy_fee(pages, copies) == fee


@pytest.mark.parametrize(
    ("amount", "written"),
    [(0, "0 đ"), (999, "999 đ"), (1_015_000, "1.015.000 đ"), (-5_000, "-5.000 đ")],
)
def test_format_dong(amount: int, written: str) -> None:
    assert format_dong(amount) == written
