import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.core.errors import UserError
from counter_app.domain.catalogue.starter import starter_procedures
from counter_app.domain.fees import FeeQuote, compute_fees, format_dong, select_fees, settle_channel
from counter_app.domain.procedure import Channel, FeeApplication, FeeKind, FeeLine, FeeTier
from resources.texts import Language, text

REGISTRATION = FeeLine(kind=FeeKind.CHARGE, name="Lệ phí đăng ký", amount=75_000, online_amount=37_500)
EXTRACT = FeeLine(kind=FeeKind.FEE, name="Phí bản sao trích lục", amount=8_000, per="copy")
LOCAL = FeeLine(kind=FeeKind.CHARGE, name="Lệ phí cấp giấy", note="Hội đồng nhân dân cấp tỉnh quyết định")
LATE = FeeLine(
    kind=FeeKind.CHARGE, name="Lệ phí quá hạn", amount=5_000, applies=FeeApplication.SOMETIMES, note="Khi quá hạn"
)
CATALOGUE = {procedure.code: procedure for procedure in starter_procedures()}
CERTIFIED = CATALOGUE["2.000815"].fees


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
    online = compute_fees((REGISTRATION, EXTRACT), channel=Channel.ONLINE, quantities={"copy": 1})
    by_post = compute_fees((REGISTRATION, EXTRACT), channel=Channel.POST, quantities={"copy": 1})

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
        compute_fees(CERTIFIED, quantities={"page": 1, "copy": quantity})


@pytest.mark.parametrize("amount", [-1, 10**12])
def test_impossible_amount_is_refused(amount: int) -> None:
    tier = FeeTier(from_unit=3, amount=amount)

    for line in (
        FeeLine(kind=FeeKind.FEE, name="Phí", amount=amount),
        FeeLine(kind=FeeKind.FEE, name="Phí", amount=1, tiers=(tier,)),
        FeeLine(kind=FeeKind.FEE, name="Phí", amount=1, cap=amount),
    ):
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
    quote = compute_fees(CERTIFIED, quantities={"page": pages, "copy": copies})

    assert (quote.total, quote.is_complete) == (fee, True)


@pytest.mark.parametrize(
    ("amount", "written"),
    [(0, "0 đ"), (999, "999 đ"), (1_015_000, "1.015.000 đ"), (-5_000, "-5.000 đ")],
)
def test_format_dong(amount: int, written: str) -> None:
    assert format_dong(amount) == written


def test_amount_the_catalogue_does_not_know_is_not_free() -> None:
    quote = compute_fees((REGISTRATION, LOCAL))

    assert (quote.lines[1].amount, quote.total, quote.is_complete) == (None, 75_000, False)
    assert said(quote)[1:] == [
        "Lệ phí cấp giấy: theo mức thu của địa phương, danh mục chưa ghi số tiền",
        "Tổng các khoản đã biết: 75.000 đ; còn khoản chưa biết số tiền",
    ]


def test_amount_of_nought_is_free_and_known_whatever_it_is_counted_by() -> None:
    free = FeeLine(kind=FeeKind.FEE, name="Phí", amount=0, per="page")

    assert (compute_fees((free,)).total, compute_fees((free,)).is_complete) == (0, True)


@pytest.mark.parametrize("per", ["page", "copy", "person"])
def test_price_of_a_unit_is_no_sum_until_the_units_are_counted(per: str) -> None:
    line = FeeLine(kind=FeeKind.FEE, name="Phí", amount=8_000, per=per)
    open_quote, counted = compute_fees((line,)), compute_fees((line,), quantities={per: 2})

    assert (open_quote.total, open_quote.is_complete) == (0, False)
    assert (counted.total, counted.is_complete) == (16_000, True)


@pytest.mark.parametrize("per", ["dossier", "case"])
def test_a_dossier_is_one_dossier_about_one_case(per: str) -> None:
    quote = compute_fees((FeeLine(kind=FeeKind.FEE, name="Phí", amount=50_000, per=per),))

    assert (quote.total, quote.is_complete) == (50_000, True)


def test_condition_stays_out_of_the_sum_and_is_told() -> None:
    quote = compute_fees((REGISTRATION, LATE))

    assert (quote.total, quote.is_complete, quote.conditional_lines[0].amount) == (75_000, True, 5_000)
    assert said(quote)[2:4] == ["Lệ phí quá hạn: chỉ thu khi có trường hợp áp dụng; chưa cộng", "(Khi quá hạn)"]


def test_alternatives_are_not_added_up() -> None:
    renewal = CATALOGUE["1.002755"].fees

    quote = compute_fees(renewal)

    assert [line.unit_amount for line in quote.alternatives] == [15_000, 10_000]
    assert (quote.total, quote.is_complete) == (0, False)


def test_case_decides_which_lines_stand() -> None:
    residence = CATALOGUE["1.004194"].fees
    household = compute_fees(select_fees(residence, case_code="ca_nhan"), channel=Channel.ONLINE)
    listed = compute_fees(select_fees(residence, case_code="danh_sach"), quantities={"person": 12})

    assert (household.total, listed.total) == (7_000, 120_000)


@pytest.mark.parametrize("channel", Channel)
def test_settled_lines_come_to_the_same_and_keep_no_second_rate(channel: Channel) -> None:
    lines = (REGISTRATION, EXTRACT, LOCAL, LATE, *CERTIFIED)
    counts = {"page": 5, "copy": 2}
    settled = settle_channel(lines, channel)

    assert (
        compute_fees(settled, quantities=counts).total == compute_fees(lines, channel=channel, quantities=counts).total
    )
    assert all(line.online_amount is None for line in settled)


def test_certified_copies_are_explained_with_tiers_cap_and_copies() -> None:
    few = compute_fees(CERTIFIED, quantities={"page": 5, "copy": 3})
    many = compute_fees(CERTIFIED, quantities={"page": 500, "copy": 2})

    assert said(few)[:2] == [
        "Phí chứng thực bản sao: 2 × 2.000 đ + 3 × 1.000 đ = 7.000 đ",
        "Phí chứng thực bản sao: 3 bản × 7.000 đ = 21.000 đ",
    ]
    assert "Phí chứng thực bản sao: mỗi bản thu không quá 200.000 đ" in said(many)


def test_certified_copies_need_both_pages_and_copies() -> None:
    for counts in ({}, {"page": 5}, {"copy": 2}):
        assert not compute_fees(CERTIFIED, quantities=counts).is_complete


tiered_lines = st.builds(
    lambda amount, tiers, cap: FeeLine(
        kind=FeeKind.FEE,
        name="Phí",
        amount=amount,
        per="page",
        tiers=tuple(FeeTier(from_unit=start, amount=each) for start, each in tiers),
        cap=cap,
    ),
    st.integers(0, 10**6),
    st.lists(st.tuples(st.integers(1, 300), st.integers(0, 10**6)), max_size=4),
    st.none() | st.integers(0, 10**8),
)


@given(tiered_lines, st.integers(0, 400), st.integers(0, 400), st.integers(0, 50))
def test_more_pages_never_cost_less_and_never_more_than_the_cap(
    line: FeeLine, pages: int, more: int, copies: int
) -> None:
    first = compute_fees((line,), quantities={"page": pages, "copy": copies}).total
    second = compute_fees((line,), quantities={"page": pages + more, "copy": copies}).total

    assert first <= second
    assert line.cap is None or second <= line.cap * max(1, copies)


@given(tiered_lines, st.integers(0, 400))
def test_tiers_count_every_page_once_at_its_own_price(line: FeeLine, pages: int) -> None:
    prices = []
    for page in range(1, pages + 1):
        price = line.amount or 0
        for tier in sorted(line.tiers, key=lambda tier: (tier.from_unit, tier.amount)):
            price = tier.amount if page >= tier.from_unit else price
        prices.append(price)
    one_copy = sum(prices) if line.cap is None else min(sum(prices), line.cap)

    assert compute_fees((line,), quantities={"page": pages, "copy": 1}).total == one_copy


@given(st.integers(1, 400), st.integers(1, 50))
def test_explanation_of_certified_copies_adds_up(pages: int, copies: int) -> None:
    quote = compute_fees(CERTIFIED, quantities={"page": pages, "copy": copies})
    first = said(quote)[0]

    def dong(words: str) -> int:
        return int(re.sub(r"\D", "", words))

    if " × " in first:
        parts, _, result = first.partition(": ")[2].partition(" = ")
        total = sum(
            int(count) * dong(each) for count, _, each in (part.partition(" × ") for part in parts.split(" + "))
        )
        assert total == dong(result)
        assert min(total, 200_000) * copies == quote.total
    else:
        assert dong(first.partition(": ")[2]) == quote.total == 2_000
