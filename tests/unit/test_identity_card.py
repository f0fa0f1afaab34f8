import json
import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counter_app.core.errors import UserError
from counter_app.domain.identity_card import (
    CardLayout,
    IdNumberKind,
    check_id_number,
    classify_id_number,
    find_birth_province,
    looks_like_card,
    parse_card,
    parse_qr,
    to_json_fields,
)
from counter_app.domain.identity_card.id_numbers import PROVINCES
from counter_app.domain.person import Sex
from resources.texts import Language, texts

CARD = "001300012345|012345678|Nguyễn Thị Ánh Tuyết|15012000|Nữ|Tổ 3, phường Hòa Bình, Hà Nội|01052021"


def codes(raw: str) -> list[str]:
    return [warning.code.removeprefix("card.warning.") for warning in parse_qr(raw).warnings]


def with_field(index: int, value: str) -> str:
    fields = CARD.split("|")
    fields[index] = value
    return "|".join(fields)


def test_card_of_2021_gives_every_field() -> None:
    card = parse_card(CARD.encode())

    assert card.layout is CardLayout.QR_2021
    assert (card.id_number, card.old_id_number) == ("001300012345", "012345678")
    assert (card.full_name, card.sex) == ("Nguyễn Thị Ánh Tuyết", Sex.FEMALE)
    assert (card.birth_on, card.birth_year) == (date(2000, 1, 15), 2000)
    assert card.address == "Tổ 3, phường Hòa Bình, Hà Nội"
    assert (card.issued_on, card.expires_on) == (date(2021, 5, 1), None)
    assert (card.tail, card.warnings, card.raw_text) == ((), (), CARD)


def test_json_fields_are_plain_and_complete() -> None:
    fields = to_json_fields(parse_card(CARD))

    assert json.loads(json.dumps(fields)) == {
        "layout": "qr_2021",
        "id_number": "001300012345",
        "old_id_number": "012345678",
        "full_name": "Nguyễn Thị Ánh Tuyết",
        "birth_date": "2000-01-15",
        "birth_year": 2000,
        "sex": "female",
        "address": "Tổ 3, phường Hòa Bình, Hà Nội",
        "issue_date": "2021-05-01",
        "expiry_date": None,
        "tail": [],
        "warnings": [],
    }


@pytest.mark.parametrize(
    ("issued", "tail", "layout"),
    [
        ("01082024", "||Nguyễn Văn Ba|Trần Thị Tư|", CardLayout.QR_2024),
        ("01052021", "||Nguyễn Văn Ba|Trần Thị Tư|", CardLayout.QR_UNKNOWN_TAIL),
        ("01052021", "|", CardLayout.QR_2021),
        ("01082024", "", CardLayout.QR_2021),
    ],
)
def test_any_tail_is_kept_and_named(issued: str, tail: str, layout: CardLayout) -> None:
    card = parse_qr(with_field(6, issued) + tail)

    assert card.layout is layout
    assert card.tail == tuple(tail.split("|")[1:])
    assert card.full_name == "Nguyễn Thị Ánh Tuyết"


def test_six_fields_are_enough_and_five_are_not() -> None:
    assert parse_qr(CARD.rpartition("|")[0]).issued_on is None
    with pytest.raises(UserError) as caught:
        parse_qr("001300012345||Nguyễn Thị Hoa|15012000|Nữ")
    assert (caught.value.code, caught.value.context) == ("card.too_few_fields", {"count": 5})


@pytest.mark.parametrize("around", ["]Q1{}", "]Q3{}\r\n", "\ufeff{}\n", "\x02{}\x03\r", "  {}  ", "{}\t", "{}\x00\x00"])
def test_what_readers_put_around_the_code_is_dropped(around: str) -> None:
    read = around.format(CARD)

    assert to_json_fields(parse_card(read)) == to_json_fields(parse_card(CARD))
    assert to_json_fields(parse_card(read.encode())) == to_json_fields(parse_card(CARD))
    assert parse_card(read).raw_text == read
    assert looks_like_card(read)


@pytest.mark.parametrize(
    ("written", "birth_on", "birth_year", "warned"),
    [
        ("15012000", date(2000, 1, 15), 2000, False),
        ("15/01/2000", date(2000, 1, 15), 2000, False),
        ("29022000", date(2000, 2, 29), 2000, False),
        ("2000", None, 2000, False),
        ("00002000", None, 2000, False),
        ("00012000", None, 2000, False),
        ("012000", None, 2000, False),
        ("30022000", None, 2000, True),
        ("15010000", None, None, True),
        ("", None, None, True),
        ("không rõ", None, None, True),
    ],
)
def test_birth_is_kept_as_far_as_it_is_certain(
    written: str, birth_on: date | None, birth_year: int | None, warned: bool
) -> None:
    card = parse_qr(with_field(3, written))

    assert (card.birth_on, card.birth_year) == (birth_on, birth_year)
    assert ("card.warning.birth_date" in [one.code for one in card.warnings]) is warned


@pytest.mark.parametrize(
    ("written", "sex"),
    [
        ("Nữ", Sex.FEMALE),
        ("NỮ", Sex.FEMALE),
        ("nu", Sex.FEMALE),
        ("Female", Sex.FEMALE),
        ("nam", Sex.MALE),
        ("X", None),
    ],
)
def test_sex_is_read_in_any_form(written: str, sex: Sex | None) -> None:
    card = parse_qr(with_field(4, written))

    assert card.sex is sex
    assert ("card.warning.sex_unread" in [one.code for one in card.warnings]) is (sex is None)


@pytest.mark.parametrize(
    ("index", "value", "warned"),
    [
        (0, "001200012345", ["sex"]),
        (0, "001301012345", ["birth_year"]),
        (0, "001100012345", ["birth_year"]),
        (0, "003300012345", ["province"]),
        (0, "101300012345", []),
        (0, "012345678", []),
        (1, "12345", ["old_id_number"]),
        (1, "", []),
        (6, "01011999", ["issue_date"]),
        (6, "31062021", ["issue_date"]),
        (6, "", []),
    ],
)
def test_doubts_are_warned_about_and_nothing_is_refused(index: int, value: str, warned: list[str]) -> None:
    assert codes(with_field(index, value)) == warned


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "card.empty"),
        (" \r\n", "card.empty"),
        ("H56.14-261122-0001", "card.not_a_card"),
        ("Nguyễn Văn An", "card.not_a_card"),
        ("a|b", "card.too_few_fields"),
        (with_field(0, "00130001234"), "card.bad_id_number"),
        (with_field(0, "00130001234x"), "card.bad_id_number"),
        (with_field(2, " "), "card.no_name"),
        (with_field(2, "Hoa:!ng"), "card.damaged_text"),
        ("1" * 5000, "card.too_long"),
    ],
)
def test_what_is_no_card_is_refused_with_its_reason(raw: str, code: str) -> None:
    for form in (raw, raw.encode()):
        with pytest.raises(UserError) as caught:
            parse_card(form)
        assert caught.value.code == code


def test_repaired_reading_keeps_the_text_as_read() -> None:
    damaged = CARD.encode().decode("latin-1")

    card = parse_card(damaged.encode())

    assert card.full_name == "Nguyễn Thị Ánh Tuyết"
    assert card.raw_text == damaged
    assert [one.code for one in card.warnings] == ["card.warning.encoding_repaired"]


def test_bytes_that_are_not_utf8_are_kept_without_loss() -> None:
    raw = CARD.encode("utf-16-le")

    assert parse_card(raw).raw_text.encode("latin-1") == raw


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CARD, True),
        (CARD.encode().decode("latin-1"), True),
        ("012345678||Trần Văn An|1960|Nam|Hà Nội", True),
        ("IDVNM2000123457001200012345<<8\n0001155M4001153VNM<<<<<<<<<<<2\nNGUYEN<<VAN<AN<<<<", True),
        ("Nguyễn Văn An 1960", False),
        ("H56.14-261122-0001", False),
        ("001300012345", False),
        ("ID", False),
        ("I" * 70, False),
        ("|||||||", False),
        ("", False),
    ],
)
def test_one_search_field_tells_a_card_from_words(text: str, expected: bool) -> None:
    assert looks_like_card(text) is expected


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("001300012345", IdNumberKind.PERSONAL),
        ("012345678", IdNumberKind.OLD),
        ("0123456789", None),
        ("٠٠١٣٠٠٠١٢٣٤٥", None),
        ("", None),
    ],
)
def test_id_numbers_are_told_by_their_digits(number: str, kind: IdNumberKind | None) -> None:
    assert classify_id_number(number) is kind
    assert bool(check_id_number(number, None, None)) is (kind is None)


def test_sixty_three_provinces_of_birth_are_known() -> None:
    assert len(PROVINCES) == 63
    assert all(re.fullmatch(r"0\d\d", code) for code in PROVINCES)
    assert (find_birth_province("038099012345"), find_birth_province("003099012345")) == ("Thanh Hóa", None)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(PROVINCES)), st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.sampled_from(Sex))
def test_number_made_by_the_rules_raises_no_doubt(province: str, born: date, sex: Sex) -> None:
    century_and_sex = (born.year - 1900) // 100 * 2 + (sex is Sex.FEMALE)
    number = f"{province}{century_and_sex}{born.year % 100:02d}000001"
    other = Sex.MALE if sex is Sex.FEMALE else Sex.FEMALE

    assert check_id_number(number, born, sex) == ()
    assert check_id_number(number, None, None, birth_year=born.year) == ()
    assert [one.field for one in check_id_number(number, born, other)] == ["sex"]
    assert [one.field for one in check_id_number(number, None, None, birth_year=born.year + 1)] == ["birth_on"]


fields = st.one_of(st.text(max_size=12), st.sampled_from([*CARD.split("|"), "00002000", "31122199"]))


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=120), st.text(max_size=120), st.lists(fields, max_size=10).map("|".join)))
def test_anything_gives_a_card_or_a_user_error_with_a_sentence(raw: bytes | str) -> None:
    try:
        found = [one.code for one in parse_card(raw).warnings]
    except UserError as error:
        found = [error.code]

    assert set(found) <= texts(Language.VIETNAMESE).keys()


def test_every_sentence_exists_in_both_languages_with_the_same_placeholders() -> None:
    vietnamese, english = texts(Language.VIETNAMESE), texts(Language.ENGLISH)
    keys = {key for key in vietnamese | english if key.startswith(("card.", "contact."))}

    assert keys
    for key in keys:
        assert set(re.findall(r"{\w+}", vietnamese[key])) == set(re.findall(r"{\w+}", english[key]))
