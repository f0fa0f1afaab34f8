from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counter_app.core.errors import UserError
from counter_app.domain.identity_card import CardLayout, parse_card, parse_mrz
from counter_app.domain.identity_card.mrz import check_digit
from counter_app.domain.person import Sex

FIRST = "IDVNM2000123457001200012345<<8"
SECOND = "0001155M4001153VNM<<<<<<<<<<<2"
THIRD = "NGUYEN<<VAN<AN<<<<<<<<<<<<<<<<"
ZONE = f"{FIRST}\n{SECOND}\n{THIRD}"


def build_zone(number: str, birth: str, sex: str, expiry: str, name: str) -> str:
    first = f"IDVNM{number[3:]}{check_digit(number[3:])}{number}<<{check_digit(number)}"
    second = f"{birth}{check_digit(birth)}{sex}{expiry}{check_digit(expiry)}VNM" + "<" * 11
    composite = check_digit(first[5:] + second[:7] + second[8:15] + second[18:])
    return f"{first}\n{second}{composite}\n{name.ljust(30, '<')[:30]}"


def test_zone_gives_every_field_it_has() -> None:
    card = parse_mrz(ZONE)

    assert (card.layout, card.id_number, card.full_name) == (CardLayout.MRZ_TD1, "001200012345", "NGUYEN VAN AN")
    assert (card.birth_on, card.birth_year, card.sex) == (date(2000, 1, 15), 2000, Sex.MALE)
    assert (card.expires_on, card.issued_on, card.address) == (date(2040, 1, 15), None, "")
    assert [one.code for one in card.warnings] == ["card.warning.name_without_diacritics"]
    assert card.raw_text == ZONE


@pytest.mark.parametrize(
    "text",
    [
        ZONE.replace("\n", ""),
        ZONE.replace("\n", "\r\n") + "\r\n",
        ZONE.lower(),
        "]Q1" + ZONE,
        f"  {FIRST} \n {SECOND}\n{THIRD}  ",
        ZONE.rstrip("<"),
        ZONE.replace("<<", "«"),
        ZONE.replace("IDVNM2000", "IDVNM2OOO").replace("0001155M", "OOO1155M"),
        ZONE.replace("IDVNM", "I<VNM"),
    ],
)
def test_every_way_the_zone_arrives_reads_alike(text: str) -> None:
    card = parse_card(text.encode())

    assert (card.id_number, card.full_name, card.birth_on) == ("001200012345", "NGUYEN VAN AN", date(2000, 1, 15))


@pytest.mark.parametrize(
    ("index", "field", "line"),
    [
        (5, "document_number", 1),
        (14, "document_number", 1),
        (18, "id_number", 1),
        (29, "id_number", 1),
        (33, "birth", 2),
        (36, "birth", 2),
        (40, "expiry", 2),
        (44, "expiry", 2),
        (59, "composite", 2),
        (50, "composite", 2),
    ],
)
def test_each_of_the_five_check_digits_is_checked(index: int, field: str, line: int) -> None:
    zone = ZONE.replace("\n", "")
    wrong = "5" if zone[index] != "5" else "6"

    with pytest.raises(UserError) as caught:
        parse_mrz(zone[:index] + wrong + zone[index + 1 :])

    assert caught.value.code == "card.mrz_check_digit"
    assert caught.value.context == {"field": field, "line": line}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "card.mrz_length"),
        (ZONE[:40], "card.mrz_length"),
        (ZONE + "<<", "card.mrz_length"),
        (ZONE.replace("VAN", "VĂN"), "card.mrz_letters"),
        (ZONE.replace("IDVNM", "IDUTO"), "card.mrz_not_vietnamese"),
        (build_zone("001200012345", "001332", "M", "400115", "NGUYEN<<AN"), "card.mrz_dates"),
        (build_zone("001200012345", "000115", "M", "401315", "NGUYEN<<AN"), "card.mrz_dates"),
        (build_zone("001200012345", "000115", "M", "400115", ""), "card.no_name"),
    ],
)
def test_what_is_no_zone_is_refused_with_its_reason(text: str, code: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_mrz(text)
    assert caught.value.code == code


@pytest.mark.parametrize(("digit", "year"), [("0", 1960), ("1", 1960), ("2", 2060), ("4", 2160)])
def test_century_of_birth_comes_from_the_number(digit: str, year: int) -> None:
    zone = build_zone(f"038{digit}60012345", "600305", "M" if digit in "024" else "F", "301231", "LE<<THI<HOA")

    assert parse_mrz(zone).birth_on == date(year, 3, 5)


@pytest.mark.parametrize("expiry", ["991231", "<<<<<<"])
def test_card_without_expiry_has_none(expiry: str) -> None:
    assert parse_mrz(build_zone("038060012345", "600305", "M", expiry, "LE<<VAN<HAI")).expires_on is None


def test_unknown_day_of_birth_leaves_the_year() -> None:
    card = parse_mrz(build_zone("038060012345", "600000", "M", "301231", "LE<<VAN<HAI"))

    assert (card.birth_on, card.birth_year) == (None, 1960)


def test_name_that_fills_the_line_may_be_cut_and_the_clerk_is_told() -> None:
    zone = build_zone("038060012345", "600305", "M", "301231", "CONG<TANG<TON<NU<<HOANG<NGOC<PHUONG<UYEN")

    card = parse_mrz(zone)

    assert card.full_name == "CONG TANG TON NU HOANG NGOC P"
    assert "card.warning.name_cut" in [one.code for one in card.warnings]


def test_number_that_disagrees_with_birth_or_sex_is_warned_about() -> None:
    card = parse_mrz(build_zone("038160012345", "610305", "M", "301231", "LE<<VAN<HAI"))

    assert [one.field for one in card.warnings][1:] == ["birth_on", "sex"]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 89), st.sampled_from("0123456789"))
def test_no_single_wrong_digit_changes_a_number_or_date_unseen(index: int, digit: str) -> None:
    zone = ZONE.replace("\n", "")
    changed = zone[:index] + digit + zone[index + 1 :]
    original = parse_mrz(zone)
    try:
        card = parse_mrz(changed)
    except UserError:
        return

    assert (card.id_number, card.birth_on, card.expires_on) == (
        original.id_number,
        original.birth_on,
        original.expires_on,
    )


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=100), st.text("AIDVNM0123456789<«\n", min_size=80, max_size=100)))
def test_any_text_gives_a_card_or_a_user_error(text: str) -> None:
    try:
        assert parse_mrz(text).id_number.isdigit()
    except UserError as error:
        assert error.code.startswith("card.")  # noqa: PT017
