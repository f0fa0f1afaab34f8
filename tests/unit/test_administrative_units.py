import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.core.text import fold
from counter_app.domain.administrative_units import find_current_of_old, find_units
from resources.administrative_units import administrative_units

UNITS = administrative_units()
DISTRICTS = {district.code: district for district in UNITS.former_districts}
FORMER_PROVINCES = {province.code: province for province in UNITS.former_provinces}
PROVINCES = {province.code: province for province in UNITS.provinces}


def former_addresses() -> list[tuple[str, tuple[str, ...]]]:
    """Each former commune written out in full, with the wards of today it lies in."""
    found = []
    for commune in UNITS.former_communes:
        district = DISTRICTS[commune.district_code]
        names = (commune.name, district.name, FORMER_PROVINCES[district.province_code].name)
        found.append((", ".join(name for name in names if name), commune.ward_codes))
    return found


def answered(address: str) -> str | None:
    place = find_current_of_old(address)
    return None if place is None else place.ward_code


def test_counts_are_those_of_the_reform() -> None:
    assert (len(UNITS.provinces), len(UNITS.wards), len(UNITS.former_provinces)) == (34, 3321, 63)
    assert len({ward.code for ward in UNITS.wards}) == 3321


def test_every_former_place_leads_to_places_that_exist() -> None:
    wards = {ward.code for ward in UNITS.wards}

    assert {code for commune in UNITS.former_communes for code in commune.ward_codes} <= wards
    assert {ward.province_code for ward in UNITS.wards} == set(PROVINCES)
    assert {commune.district_code for commune in UNITS.former_communes} == set(DISTRICTS)
    assert {province.current_code for province in UNITS.former_provinces} == set(PROVINCES)
    assert all(commune.ward_codes for commune in UNITS.former_communes)


def test_every_former_address_gives_its_ward_or_nothing_and_never_another() -> None:
    addresses = former_addresses()
    answers = [(address, codes, answered(address)) for address, codes in addresses]

    assert [found for found in answers if found[2] is not None and found[1] != (found[2],)] == []
    assert sum(1 for _, _, answer in answers if answer) > 9560


def test_former_addresses_without_marks_are_never_led_astray() -> None:
    for address, codes in former_addresses()[::7]:
        assert answered(fold(address)) in {None, *(codes if len(codes) == 1 else ())}


def test_every_current_address_is_known_as_current() -> None:
    for ward in UNITS.wards[::5]:
        place = find_current_of_old(f"Thôn 3, {ward.name}, {PROVINCES[ward.province_code].name}")

        assert place is not None
        assert (place.ward_code, place.is_former) == (ward.code, False)


@pytest.mark.parametrize(
    ("address", "ward", "province"),
    [
        ("Cổ Lễ, Trực Ninh, Nam Định", "Xã Cổ Lễ", "Tỉnh Ninh Bình"),
        ("Số 5, TT. Cổ Lễ, H. Trực Ninh, T. Nam Định", "Xã Cổ Lễ", "Tỉnh Ninh Bình"),
        ("Tỉnh Nam Định, huyện Trực Ninh, thị trấn Cổ Lễ", "Xã Cổ Lễ", "Tỉnh Ninh Bình"),
        ("Huyện Trực Ninh, thị trấn Cổ Lễ, tỉnh Nam Định", "Xã Cổ Lễ", "Tỉnh Ninh Bình"),
        ("Thị trấn Cổ Lễ\nHuyện Trực Ninh\nNam Định, Việt Nam", "Xã Cổ Lễ", "Tỉnh Ninh Bình"),
        ("thị trấn Cổ Lễ huyện Trực Ninh tỉnh Nam Định", "Xã Cổ Lễ", "Tỉnh Ninh Bình"),
        ("Cổ Lễ, Trực Ninh, Ninh Bình", "Xã Cổ Lễ", "Tỉnh Ninh Bình"),
        ("P. Phan Chu Trinh, Q. Hoàn Kiếm, HN", "Phường Cửa Nam", "Thành phố Hà Nội"),
        ("P1, Q5, TPHCM", "Phường Chợ Quán", "Thành phố Hồ Chí Minh"),
        ("Phường 01, Quận 5, TP.HCM", "Phường Chợ Quán", "Thành phố Hồ Chí Minh"),
        ("xã Đông Hoàng, huyện Đông Sơn, Thanh Hóa", "Phường Đông Sơn", "Tỉnh Thanh Hóa"),
        ("xã Đông Hoàng, huyện Đông Sơn, Thanh Hoá", "Phường Đông Sơn", "Tỉnh Thanh Hóa"),
        ("Côn Đảo, Bà Rịa - Vũng Tàu", "Đặc khu Côn Đảo", "Thành phố Hồ Chí Minh"),
    ],
)
def test_former_address_however_written_gives_todays_ward(address: str, ward: str, province: str) -> None:
    for written in (address, address.upper(), unicodedata.normalize("NFD", address)):
        place = find_current_of_old(written)

        assert place is not None
        assert (place.ward_name, place.province_name, place.is_former) == (ward, province, True)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "Hà Nội",
        "Ba Đình, Hà Nội",
        "12 Đội Cấn, Ba Đình, Hà Nội",
        "Xã Liên Ninh, Huyện Thanh Trì, Hà Nội",
        "xa minh quan, huyen tran yen, tinh yen bai",
        "Phường Không Có, Quận Ba Đình, Hà Nội",
        "Phường Cửa Nam, Cà Mau",
        ", , ,",
        "x, " * 300,
    ],
    ids=str.strip,
)
def test_uncertain_address_is_not_guessed(address: str) -> None:
    assert find_current_of_old(address) is None


def test_name_that_differs_only_by_its_tone_leads_to_its_own_ward() -> None:
    quan = find_current_of_old("Xã Minh Quán, Huyện Trấn Yên, Yên Bái")
    quan_circumflex = find_current_of_old("Xã Minh Quân, Huyện Trấn Yên, Yên Bái")

    assert quan is not None
    assert quan_circumflex is not None
    assert quan.ward_code != quan_circumflex.ward_code


def test_ward_of_today_beats_the_former_district_only_when_it_says_ward() -> None:
    place = find_current_of_old("Phường Ba Đình, Hà Nội")

    assert place is not None
    assert (place.ward_name, place.is_former) == ("Phường Ba Đình", False)


@given(st.text(max_size=120))
def test_any_text_gives_a_place_or_nothing(address: str) -> None:
    place = find_current_of_old(address)

    assert place is None or place.province_code in PROVINCES


@given(st.lists(st.sampled_from(["P.", "xã", "Huyện", ",", "1", "tỉnh", "Hà Nội", "thị", "TP", "tt"]), max_size=9))
def test_broken_addresses_never_crash(pieces: list[str]) -> None:
    place = find_current_of_old(" ".join(pieces))

    assert place is None or place.ward_code


def test_search_finds_by_beginnings_of_words_best_first() -> None:
    found = find_units("ba dinh")

    assert (found[0].ward_name, found[0].province_name) == ("Phường Ba Đình", "Thành phố Hà Nội")
    assert [place.ward_name for place in find_units("Cổ Lễ, Ninh")] == ["Xã Cổ Lễ"]
    assert find_units("li son")[0].ward_name == "Đặc khu Lý Sơn"


def test_search_is_limited_and_finds_nothing_without_words() -> None:
    assert len(find_units("xa")) == 20
    assert len(find_units("xa", limit=3)) == 3
    assert find_units(" - ") == ()
    assert find_units("không có nơi nào như thế") == ()
