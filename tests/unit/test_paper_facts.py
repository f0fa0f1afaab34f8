from datetime import UTC, datetime

import pytest

from counter_app.domain.dossier import ResultChannel
from counter_app.domain.procedure import FeeApplication, FeeKind, FeeLine, FeeTier
from counter_app.domain.time_limit import TimeLimit, TimeUnit
from printing.documents.facts import date_words, facts_of, fee_words, limit_words, moment_words
from tests.fakes.slips import a_slip


def test_days_below_ten_and_the_first_two_months_get_a_leading_zero() -> None:
    assert date_words(datetime(2026, 2, 5, tzinfo=UTC)) == "ngày 05 tháng 02 năm 2026"
    assert date_words(datetime(2026, 3, 15, tzinfo=UTC)) == "ngày 15 tháng 3 năm 2026"


def test_an_instant_late_in_the_utc_evening_is_the_next_day_in_vietnam() -> None:
    assert moment_words(datetime(2026, 12, 31, 17, 5, tzinfo=UTC)) == "00 giờ 05 phút, ngày 01 tháng 01 năm 2027"
    assert moment_words(None) == ""


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (TimeLimit(amount=3, unit=TimeUnit.WORKING_DAY), "03 ngày làm việc"),
        (TimeLimit(amount=15, unit=TimeUnit.CALENDAR_DAY), "15 ngày"),
        (TimeLimit(amount=8, unit=TimeUnit.WORKING_HOUR), "08 giờ làm việc"),
        (TimeLimit(amount=2, unit=TimeUnit.MONTH), "02 tháng"),
        (TimeLimit(amount=0, unit=TimeUnit.SAME_DAY), "Trong ngày làm việc"),
        (TimeLimit(amount=0, unit=TimeUnit.MONTH, text="Theo  hợp đồng"), "Theo hợp đồng"),
        (None, ""),
    ],
)
def test_time_limits_are_written_as_office_papers_write_them(limit: TimeLimit | None, words: str) -> None:
    assert limit_words(limit) == words


def test_fees_have_dots_between_thousands_and_a_total_when_all_count_per_dossier() -> None:
    fee = FeeLine(kind=FeeKind.FEE, name="Phí thẩm định", amount=1_150_000)
    charge = FeeLine(kind=FeeKind.CHARGE, name="Lệ phí cấp giấy", amount=50_000)

    assert fee_words((fee, charge)) == (
        "Phí thẩm định 1.150.000 đồng; Lệ phí cấp giấy 50.000 đồng; tổng cộng 1.200.000 đồng"
    )


def test_fees_counted_per_page_have_no_total_and_free_ones_are_left_out() -> None:
    page = FeeLine(kind=FeeKind.FEE, name="Phí chứng thực", amount=2000, per="page")
    charge = FeeLine(kind=FeeKind.CHARGE, name="Lệ phí cấp giấy", amount=50_000)
    free = FeeLine(kind=FeeKind.CHARGE, name="Lệ phí khai sinh", amount=0)

    assert fee_words((page, free)) == "Phí chứng thực 2.000 đ/trang (thu theo số trang)"
    assert fee_words((page, charge)) == (
        "Phí chứng thực 2.000 đ/trang (thu theo số trang); Lệ phí cấp giấy 50.000 đồng"
    )
    assert fee_words((free,)) == fee_words(()) == "Không thu"


def test_tiers_of_a_price_are_told() -> None:
    line = FeeLine(
        kind=FeeKind.FEE, name="Phí", amount=2000, per="page", tiers=(FeeTier(from_unit=3, amount=1000),), cap=200_000
    )

    assert fee_words((line,)) == "Phí 2.000 đ/trang, từ trang thứ 3: 1.000 đ/trang (thu theo số trang)"


def test_fee_the_catalogue_does_not_know_is_the_local_rate_and_never_free() -> None:
    unknown = FeeLine(kind=FeeKind.CHARGE, name="Lệ phí cấp giấy", note="Hội đồng nhân dân cấp tỉnh quyết định")
    fee = FeeLine(kind=FeeKind.FEE, name="Phí thẩm định", amount=50_000)

    assert fee_words((unknown,)) == fee_words((unknown, unknown)) == "Theo mức thu của địa phương"
    assert fee_words((fee, unknown)) == "Phí thẩm định 50.000 đồng; Lệ phí cấp giấy theo mức thu của địa phương"


def test_fee_under_a_condition_stays_off_the_paper() -> None:
    late = FeeLine(kind=FeeKind.CHARGE, name="Lệ phí quá hạn", applies=FeeApplication.SOMETIMES)
    fee = FeeLine(kind=FeeKind.FEE, name="Phí", amount=50_000)

    assert fee_words((late,)) == "Không thu"
    assert fee_words((late, fee)) == "Phí 50.000 đồng"


def test_alternatives_are_offered_and_many_are_only_announced() -> None:
    rates = tuple(
        FeeLine(kind=FeeKind.FEE, name=f"Mức {n}", amount=n * 10_000, applies=FeeApplication.ALTERNATIVE)
        for n in (1, 2, 3)
    )

    assert fee_words(rates[:2]) == "Mức 1 10.000 đồng hoặc Mức 2 20.000 đồng"
    assert fee_words(rates) == "Thu theo từng trường hợp"


def test_fee_per_dossier_counts_the_dossiers() -> None:
    fee = FeeLine(kind=FeeKind.FEE, name="Phí", amount=50_000)

    assert facts_of(a_slip(fees=(fee,), dossier_count=3))["fees"] == "Phí 150.000 đồng"


def test_result_place_follows_the_channel_that_was_registered() -> None:
    post = a_slip(result_channel=ResultChannel.POST, delivery_address="Số 5, phố Chợ")

    assert facts_of(post)["result_place"] == "Địa chỉ nhận qua dịch vụ bưu chính công ích: Số 5, phố Chợ"
    assert facts_of(a_slip())["result_place"] == "Trung tâm Phục vụ hành chính công xã Suối Mơ"


def test_submitter_is_named_apart_only_when_it_is_somebody_else() -> None:
    own = facts_of(a_slip(submitter_name="Nguyễn Thị Hường"))

    assert own["submitter"] == ""
    assert own["submitter_or_applicant"] == "Nguyễn Thị Hường"
    assert facts_of(a_slip())["submitter"] == "Lý A Páo"
