"""What a paper says of itself, from words with places; nothing doubtful stands ready to be taken."""

import string
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.domain.document import DocumentFacts, StatedFact, describe
from counter_app.domain.paper_facts import (
    SURE,
    Box,
    Expected,
    FactField,
    FactSource,
    Proposal,
    ReadCode,
    ReadPage,
    ReadWord,
    find_good_value,
    propose,
)

TODAY = date(2026, 11, 28)
OWNER, ID_NUMBER = "Nguyễn Thị Tưởng Tượng", "036199000001"
CARD = f"{ID_NUMBER}||{OWNER}|01021999|Nữ|Thôn Mẫu, xã Mẫu, tỉnh Mẫu|01072021"
MOTTO = (0.5, 0.06, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
HEAD = ((0.08, 0.06, "ỦY BAN NHÂN DÂN"), MOTTO, (0.08, 0.09, "XÃ HOA BAN"), (0.5, 0.09, "Độc lập - Tự do - Hạnh phúc"))
Found = dict[FactField, Proposal]
WHERE = Box(left=0.1, top=0.5, right=0.2, bottom=0.6)


def page(*lines: tuple[float, float, str], confidence: int = 95, codes: tuple[str, ...] = ()) -> ReadPage:
    """Return a page of lines: left edge, top edge, words. Lines of one height are one line, as readers see columns."""
    rows: dict[float, list[ReadWord]] = {}
    for left, top, words in sorted(lines):
        at = left
        for word in words.split():
            right = at + 0.011 * len(word)
            box = Box(left=at, top=top, right=right, bottom=top + 0.012)
            rows.setdefault(top, []).append(ReadWord(text=word, box=box, confidence=confidence))
            at = right + 0.006
    read = tuple(tuple(rows[top]) for top in sorted(rows))
    return ReadPage(number=1, lines=read, codes=tuple(ReadCode(text=text, box=WHERE) for text in codes))


def read(*lines: tuple[float, float, str], confidence: int = 95, codes: tuple[str, ...] = (), **known: str) -> Found:
    expected = Expected(today=TODAY, **known)  # type: ignore[arg-type]
    return {one.field: one for one in propose([page(*lines, confidence=confidence, codes=codes)], expected)}


def test_a_letter_head_gives_number_day_and_issuer_each_with_its_place() -> None:
    found = read(*HEAD, (0.1, 0.125, "Số: 125/QĐ-UBND"), (0.55, 0.125, "Hoa Ban, ngày 05 tháng 11 năm 2026"))

    values = {field: one.value for field, one in found.items()}
    assert values == {
        FactField.NUMBER_SYMBOL: "125/QĐ-UBND",
        FactField.ISSUED_ON: "2026-11-05",
        FactField.ISSUER: "ỦY BAN NHÂN DÂN XÃ HOA BAN",
    }
    assert [field for field, one in found.items() if one.is_sure] == [FactField.NUMBER_SYMBOL, FactField.ISSUED_ON]
    number, day = found[FactField.NUMBER_SYMBOL].box, found[FactField.ISSUED_ON].box
    assert number.right < 0.5 < day.left


@pytest.mark.parametrize(
    ("written", "value", "is_sure"),
    [
        ("Số: 15/UBND-VP", "15/UBND-VP", True),
        ("Số: 01/2018/TT-VPCP", "01/2018/TT-VPCP", True),
        ("Số: 45/TLKS-BS", "45/TLKS-BS", True),
        ("Số 07/2026", "07/2026", True),
        ("SỐ: 125 / QĐ - UBND", "125/QĐ-UBND", True),
        ("Số: 125/QÐ-UBND.", "125/QĐ-UBND", True),
        ("Số: 125/QD-UBND", "125/QD-UBND", False),
        ("Số: 12", "12", False),
        ("Số: 07/3026", "07/3026", False),
    ],
)
def test_numbers_as_offices_write_them(written: str, value: str, *, is_sure: bool) -> None:
    found = read(*HEAD, (0.1, 0.125, written))[FactField.NUMBER_SYMBOL]

    assert (found.value, found.is_sure) == (value, is_sure)


@pytest.mark.parametrize(
    "line",
    [
        "Căn cứ Luật số 72/2025/QH15 ngày 16 tháng 6 năm 2025;",
        "số 72/2025/QH15 ngày 16 tháng 6 năm 2025 của Quốc hội",
        "Đã đăng ký tại sổ số 01/2019 ngày 10 tháng 4 năm 2019",
        "Số: ......./QĐ-UBND",
        "Ngày, tháng, năm sinh: 03/04/2019",
        "sinh ngày 01 tháng 02 năm 1980",
        "Hoa Ban, ngày 31 tháng 02 năm 2026",
        "Hoa Ban, ngày 05 tháng 11 năm 2036",
    ],
)
def test_numbers_and_days_of_something_else_are_not_proposed(line: str) -> None:
    found = read(*HEAD, (0.1, 0.4, line))

    assert not {FactField.NUMBER_SYMBOL, FactField.ISSUED_ON} & found.keys()


def test_the_day_beside_the_number_goes_before_that_of_a_certification_further_down() -> None:
    certified = (0.5, 0.8, "Suối Mơ, ngày 06 tháng 11 năm 2026")
    with_number = read(
        *HEAD, (0.1, 0.125, "Số: 1/QĐ-UBND"), (0.55, 0.125, "Hoa Ban, ngày 05 tháng 11 năm 2026"), certified
    )
    without = read((0.5, 0.6, "Hoa Ban, ngày 05 tháng 11 năm 2026"), certified)

    assert with_number[FactField.ISSUED_ON].value == "2026-11-05"
    assert with_number[FactField.ISSUED_ON].is_sure
    assert not without[FactField.ISSUED_ON].is_sure


def test_a_day_of_issue_in_digits_is_found_behind_its_label_only() -> None:
    found = read((0.1, 0.3, "Sinh ngày: 01/02/1980"), (0.1, 0.35, "Ngày cấp: 05/11/2025"))

    assert found[FactField.ISSUED_ON].value == "2025-11-05"


def test_the_lower_body_of_a_head_is_the_issuer_and_a_known_unit_has_its_own_spelling() -> None:
    department = read((0.1, 0.06, "UBND TỈNH MẪU"), MOTTO, (0.1, 0.09, "SỞ TƯ PHÁP"))
    commune = {
        one.field: one
        for one in propose([page(*HEAD)], Expected(today=TODAY, units=("Ủy ban nhân dân xã Hoa Ban", "UBND xã khác")))
    }

    assert department[FactField.ISSUER].value == "SỞ TƯ PHÁP"
    assert not department[FactField.ISSUER].is_sure, "only a name that is known is certain"
    assert commune[FactField.ISSUER].value == "Ủy ban nhân dân xã Hoa Ban"
    assert commune[FactField.ISSUER].is_sure


def test_the_owner_is_sure_only_when_the_dossier_says_the_same() -> None:
    lines = (
        (0.1, 0.3, f"Họ, chữ đệm, tên: {OWNER.upper()} Giới tính: Nữ"),
        (0.1, 0.33, "Họ, chữ đệm, tên người mẹ: Trần Thị Bịa"),
        (0.1, 0.36, f"Số định danh cá nhân: {ID_NUMBER}"),
    )
    same = read(*lines, owner_name=OWNER, owner_id_number=ID_NUMBER)
    other = read(*lines, owner_name="Lê Văn Khác", owner_id_number="036099000009")

    assert same[FactField.OWNER_NAME].value == OWNER
    assert same[FactField.OWNER_NAME].is_sure
    assert same[FactField.OWNER_ID_NUMBER].is_sure
    assert not other[FactField.OWNER_NAME].is_sure
    assert not other[FactField.OWNER_ID_NUMBER].is_sure


def test_a_name_read_without_its_tones_is_asked_about_in_the_dossiers_spelling() -> None:
    (found,) = propose([page((0.1, 0.3, "Họ và tên: NGUYÊN THỊ TƯỞNG TƯỢNG"))], Expected(today=TODAY, owner_name=OWNER))

    assert (found.value, found.is_sure) == (OWNER, False)


@pytest.mark.parametrize(
    "line", ["Họ, chữ đệm, tên người yêu cầu: Trần Thị Bịa", "Họ và tên vợ: Trần Thị Bịa", "Họ và tên: 12 Trần"]
)
def test_a_name_of_somebody_else_is_not_proposed_as_the_owner(line: str) -> None:
    assert FactField.OWNER_NAME not in read((0.1, 0.3, line))


def test_the_code_of_a_photocopied_card_says_whose_it_is_and_wins_over_the_text() -> None:
    found = read((0.1, 0.3, "Số định danh cá nhân: 036199000002"), codes=(CARD,))

    owner, number = found[FactField.OWNER_NAME], found[FactField.OWNER_ID_NUMBER]
    assert (owner.value, owner.source, owner.box, owner.is_sure) == (OWNER, FactSource.CODE, WHERE, True)
    assert (number.value, number.is_sure) == (ID_NUMBER, True)
    card_day = found[FactField.ISSUED_ON]
    assert (card_day.value, card_day.is_sure) == ("2021-07-01", True), "nothing on the page is of another paper"


def test_the_day_of_a_photocopied_card_never_hides_that_of_the_paper() -> None:
    number, day = (0.1, 0.125, "Số: 1/QĐ-UBND"), (0.55, 0.125, "Hoa Ban, ngày 05 tháng 11 năm 2026")
    found = propose([page(*HEAD, number, day, codes=(CARD,))], Expected(today=TODAY))
    days = [(one.value, one.is_sure) for one in found if one.field is FactField.ISSUED_ON]
    unread = read(*HEAD, number, codes=(CARD,))[FactField.ISSUED_ON]
    same = read((0.5, 0.6, "Hoa Ban, ngày 01 tháng 7 năm 2021"), codes=(CARD,))[FactField.ISSUED_ON]

    assert days == [("2026-11-05", False), ("2021-07-01", False)]
    assert (unread.value, unread.is_sure) == ("2021-07-01", False)
    assert same.source is FactSource.TEXT


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("2026-11-05", "2026-11-05"),
        ("20261105", "2026-11-05"),
        ("2026-W45-4", "2026-11-05"),
        ("2026-11-28", "2026-11-28"),
        ("2026-11-29", None),
        ("1900-01-01", "1900-01-01"),
        ("1899-12-31", None),
        ("0001-01-01", None),
    ],
)
def test_a_day_is_kept_in_one_spelling_and_lies_between_1900_and_today(value: str, kept: str | None) -> None:
    assert find_good_value(FactField.ISSUED_ON, value, TODAY) == kept


def test_two_cards_on_one_page_are_asked_about() -> None:
    other = f"036199000002||Trần Thị Bịa|01021999|Nữ|Thôn Mẫu|{'01072021'}"
    found = propose([page(codes=(CARD, other))], Expected(today=TODAY))

    assert {one.value for one in found if one.field is FactField.OWNER_NAME} == {OWNER, "Trần Thị Bịa"}
    assert not any(one.is_sure for one in found if one.field is not FactField.ISSUED_ON)


def test_a_dossier_code_that_a_slip_proves_is_the_papers_number() -> None:
    code = "H99.15-261122-0001"
    expected = Expected(today=TODAY, dossier_codes=(code,))
    (found,) = propose([page(codes=(code,))], expected)

    assert (found.field, found.value, found.is_sure) == (FactField.NUMBER_SYMBOL, code, True)
    assert propose([page(codes=(code,))], Expected(today=TODAY)) == ()


words = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=18
)
shapes = st.one_of(
    words,
    st.sampled_from(["Số:", "125/QĐ-UBND", "ngày", "05", "tháng", "11", "năm", "2026", "Họ", "và", "tên:", "CCCD:"]),
    st.text(string.digits, min_size=1, max_size=13),
)


@st.composite
def pages(draw: st.DrawFn) -> ReadPage:
    lines = draw(st.lists(st.lists(st.tuples(shapes, st.integers(0, 100)), min_size=1, max_size=9), max_size=9))
    read = []
    for row, line in enumerate(lines):
        edges = sorted(draw(st.lists(st.floats(0, 1), min_size=2 * len(line), max_size=2 * len(line))))
        spans = [pair for place, pair in enumerate(pairwise(edges)) if place % 2 == 0]
        read.append(
            tuple(
                ReadWord(
                    text=text,
                    box=Box(left=left, top=row / 10, right=right, bottom=row / 10 + 0.02),
                    confidence=sure,
                )
                for (text, sure), (left, right) in zip(line, spans, strict=True)
            )
        )
    return ReadPage(number=draw(st.integers(1, 3)), lines=tuple(read))


@given(pages(), st.sampled_from(["", OWNER]))
def test_whatever_is_read_only_what_is_alone_and_well_read_is_sure(read: ReadPage, owner: str) -> None:
    found = propose([read], Expected(today=TODAY, owner_name=owner))

    for field in FactField:
        own = [one for one in found if one.field is field]
        assert not any(one.is_sure for one in own) or len(own) == 1
    confidences = {word.confidence for line in read.lines for word in line}
    for one in found:
        assert one.confidence in confidences
        assert not one.is_sure or one.confidence >= SURE
        assert 0 <= one.box.left <= one.box.right <= 1
        if one.field is FactField.ISSUED_ON:
            assert date(1945, 1, 1) <= date.fromisoformat(one.value) <= TODAY


@given(
    st.integers(1, 99_999),
    st.sampled_from(["QĐ", "TB", "GXN", "CTr"]),
    st.sampled_from(["UBND", "UBND-VP", "STP"]),
    st.dates(date(1945, 1, 1), TODAY),
    st.integers(0, 100),
)
def test_a_head_in_good_form_is_read_back_and_is_sure_when_it_was_read_well(
    number: int, kind: str, issuer: str, day: date, sure: int
) -> None:
    symbol = f"{number:02}/{kind}-{issuer}"
    words = f"Hoa Ban, ngày {day.day:02} tháng {day.month} năm {day.year}"
    found = read(*HEAD, (0.1, 0.125, f"Số: {symbol}"), (0.55, 0.125, words), confidence=sure)

    assert found[FactField.NUMBER_SYMBOL].value == symbol
    assert found[FactField.ISSUED_ON].value == day.isoformat()
    assert {found[field].is_sure for field in (FactField.NUMBER_SYMBOL, FactField.ISSUED_ON)} == {sure >= SURE}


def test_later_statements_stand_in_place_of_earlier_ones_and_leave_the_rest() -> None:
    stated = [
        StatedFact(field=FactField.ISSUED_ON, value="2026-11-05", source=FactSource.TEXT),
        StatedFact(field=FactField.ISSUER, value="UBND xã cũ", source=FactSource.TEXT),
        StatedFact(field=FactField.ISSUER, value="UBND xã Hoa Ban", source=FactSource.TYPED),
        StatedFact(field=FactField.ISSUED_ON, value="hôm qua", source=FactSource.TYPED),
    ]

    facts = describe(DocumentFacts(title="Quyết định"), stated)

    assert facts == DocumentFacts(title="Quyết định", issued_on=date(2026, 11, 5), issuer="UBND xã Hoa Ban")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("Có giá trị đến / Date of expiry: 01/02/2036", "2036-02-01"),
        ("Có giá trị đến hết ngày 05 tháng 11 năm 2027", "2027-11-05"),
        ("Giấy phép này có giá trị sử dụng đến ngày 5/11/2027.", "2027-11-05"),
        ("Ngày hết hạn: 31-12-2026", "2026-12-31"),
        ("Có hiệu lực đến 30.06.2026", "2026-06-30"),
    ],
)
def test_the_end_of_validity_is_read_behind_its_label_also_one_in_the_past(written: str, value: str) -> None:
    found = read(*HEAD, (0.1, 0.4, written))

    assert (found[FactField.VALID_UNTIL].value, found[FactField.VALID_UNTIL].is_sure) == (value, True)
    assert FactField.ISSUED_ON not in found, "the last day is not the day of issue"


@pytest.mark.parametrize(
    "line",
    [
        "Có giá trị đến: Không thời hạn",
        "Giấy này có giá trị 6 tháng kể từ ngày 05/11/2026",
        "Có giá trị từ ngày 05/11/2026",
        "Có giá trị đến ngày 31/02/2027",
        "Hợp đồng đến ngày 05/11/2027",
    ],
)
def test_no_end_is_worked_out_or_taken_from_other_days(line: str) -> None:
    assert FactField.VALID_UNTIL not in read(*HEAD, (0.1, 0.4, line))


@given(st.dates(date(1, 1, 1), date(9999, 12, 31)))
def test_a_day_of_issue_is_not_after_today_and_an_end_may_be(day: date) -> None:
    kept = find_good_value(FactField.VALID_UNTIL, day.isoformat(), TODAY)
    assert (kept is not None) == (1900 <= day.year <= 2199)
    issued = find_good_value(FactField.ISSUED_ON, day.isoformat(), TODAY)
    assert (issued is not None) == (day.year >= 1900 and day <= TODAY)
