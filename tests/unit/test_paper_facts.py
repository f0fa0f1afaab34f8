from datetime import UTC, date, datetime

import pytest

from counter_app.domain.dossier import ResultChannel
from counter_app.domain.forms.details import Details
from counter_app.domain.forms.facts import SlipData
from counter_app.domain.procedure import FeeApplication, FeeKind, FeeLine, FeeTier
from counter_app.domain.time_limit import TimeLimit, TimeUnit
from printing.documents.facts import CLOSING_FACTS, REGISTER_FACTS, SLIP_FACTS
from printing.documents.fee_words import fee_words, taken_amount, taken_fees, taken_total
from printing.documents.offer import FactValues
from printing.documents.words import date_words, limit_words, moment_words, short_date, short_day
from tests.fakes.slips import a_closing, a_line, a_register, a_slip, lines


def facts_of(data: SlipData) -> FactValues:
    return FactValues(data, SLIP_FACTS)


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


def test_tables_write_dates_in_digits() -> None:
    assert short_date(datetime(2026, 2, 4, 17, 30, tzinfo=UTC)) == "05/02/2026"
    assert short_day(date(2026, 11, 1)) == "01/11/2026"
    assert short_date(None) == short_day(None) == ""


FEE = FeeLine(kind=FeeKind.FEE, name="Phí thẩm định", amount=1_150_000)
CHARGE = FeeLine(kind=FeeKind.CHARGE, name="Lệ phí cấp giấy", amount=50_000)
LOCAL = FeeLine(kind=FeeKind.CHARGE, name="Lệ phí địa phương")


def test_fee_receipt_keeps_the_two_kinds_apart_and_says_the_sum_in_words() -> None:
    data = a_slip(fees=(FEE, CHARGE))

    assert [line.amount for line in taken_fees(data)] == [1_150_000, 50_000]
    assert taken_total(data, FeeKind.FEE) == "1.150.000"
    assert taken_total(data, FeeKind.CHARGE) == "50.000"
    assert facts_of(data)["amount"] == "1.200.000 đồng"
    assert facts_of(data)["amount_in_words"] == "Một triệu hai trăm nghìn đồng"


def test_amount_the_clerk_states_wins_and_only_lines_that_add_up_to_it_show_theirs() -> None:
    paid = Details(amount=700_000)

    assert taken_amount(a_slip(fees=(FEE, CHARGE), details=paid)) == 700_000
    assert [line.amount for line in taken_fees(a_slip(fees=(FEE, CHARGE), details=paid))] == [None, None]
    assert taken_total(a_slip(fees=(FEE, CHARGE), details=paid), FeeKind.FEE) == ""
    assert [line.amount for line in taken_fees(a_slip(fees=(LOCAL,), details=paid))] == [700_000]


def test_amount_nobody_knows_is_left_to_be_written() -> None:
    for fees in ((FEE, LOCAL), (LOCAL,), ()):
        facts = facts_of(a_slip(fees=fees))
        assert facts["amount"] == facts["amount_in_words"] == ""


def test_reason_a_clerk_states_wins_over_the_dossiers() -> None:
    assert facts_of(a_slip(details=Details(reason="Lý do mới")))["reason"] == "Lý do mới"
    assert facts_of(a_slip())["reason"] == "Giấy chứng sinh chưa có chữ ký của cơ sở y tế."


def test_dossiers_handed_in_together_say_what_they_share_and_point_to_the_list_for_the_rest() -> None:
    alike = facts_of(a_slip(listed=(a_line(1), a_line(1, code="H99.15-261122-0009"))))
    mixed = facts_of(a_slip(listed=lines(5)))
    alone = facts_of(a_slip())

    assert alike["listed_procedure"] == alone["listed_procedure"] == "Đăng ký khai sinh"
    assert alike["listed_id_number"] == "099190001234"
    namesakes = facts_of(a_slip(listed=(a_line(1, id_number="036199000001"), a_line(1, id_number="036199000002"))))
    assert namesakes["listed_id_number"] == ""
    assert mixed["listed_procedure"] == mixed["listed_due"] == "Theo danh sách kèm theo"
    assert mixed["listed_limit"] == "03 ngày làm việc"
    assert mixed["listed_id_number"] == ""
    assert mixed["listed_result_place"] == "Theo đăng ký của từng hồ sơ"


def test_register_over_two_years_names_both_and_numbers_go_on() -> None:
    data = a_register(rows=3, first_number=101, first_day=date(2025, 12, 15), last_day=date(2026, 1, 14))
    facts = FactValues(data, REGISTER_FACTS)

    assert facts["year"] == "2025 - 2026"
    assert (facts["first_number"], facts["last_number"]) == ("101", "103")


def test_journal_head_is_written_in_groups_that_can_be_read_aloud() -> None:
    facts = FactValues(a_closing(), CLOSING_FACTS)
    without = FactValues(a_closing(journal_head=None), CLOSING_FACTS)

    assert facts["journal_hash"].startswith("00010203 04050607 ")
    assert len(facts["journal_hash"].split()) == 8
    assert without["journal_hash"] == without["journal_number"] == ""
