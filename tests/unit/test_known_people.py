import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.domain.person import (
    DoubleReason,
    FieldSource,
    Party,
    PartyKind,
    find_double_reasons,
    key_of,
    learn,
    near_number_marks,
)

PARTIES = st.builds(
    Party,
    kind=st.sampled_from(PartyKind),
    full_name=st.sampled_from(("", "Nguyễn Văn An", "NGUYỄN VĂN AN", "Nguyễn Văn Ân")),
    id_number=st.sampled_from(("", "036085004321", "145123456", "1", "000000000000", "C1234567")),
    old_id_number=st.sampled_from(("", "145123456")),
    tax_code=st.sampled_from(("", "0100109106", "1", "0000000000")),
    birth_year=st.sampled_from((None, 1985, 1990)),
    phone=st.sampled_from(("", "0912345678")),
)


@given(one=PARTIES, other=PARTIES)
def test_two_people_are_one_by_a_telling_number_or_by_name_year_and_telephone_together(
    one: Party, other: Party
) -> None:
    if key_of(one, "alone 1") != key_of(other, "alone 2"):
        return
    same_number = one.id_number == other.id_number and len(set(one.id_number)) > 1
    same_tax_code = one.tax_code == other.tax_code and len(set(one.tax_code)) > 1
    named = (one.full_name.casefold(), one.birth_year, one.phone)
    same_name = all(named) and named == (other.full_name.casefold(), other.birth_year, other.phone)
    folded_alike = {one.full_name, other.full_name} <= {"Nguyễn Văn An", "NGUYỄN VĂN AN", "Nguyễn Văn Ân"}
    assert same_number or same_tax_code or same_name or (folded_alike and all(named))


@pytest.mark.parametrize(
    ("party", "key"),
    [
        (Party(full_name="A", id_number="036085004321"), "id:036085004321"),
        (Party(full_name="A", id_number="c1234567"), "id:C1234567"),
        (Party(full_name="A", id_number="không có", phone="09"), "alone"),
        (Party(full_name="A", id_number="111111111111"), "alone"),
        (Party(full_name="A", tax_code="0100109106"), "tax:0100109106"),
        (
            Party(kind=PartyKind.ORGANISATION, full_name="Cty", id_number="036085004321", tax_code="0100109106-001"),
            "tax:0100109106-001",
        ),
        (Party(full_name="Đỗ Thị Ánh", birth_year=1985, phone="0912"), "name:do thi anh|1985|0912"),
        (Party(full_name="Đỗ Thị Ánh", birth_year=1985), "alone"),
        (Party(full_name="Đỗ Thị Ánh", phone="0912"), "alone"),
        (Party(kind=PartyKind.ORGANISATION, full_name="Cty", birth_year=1985, phone="0912"), "alone"),
    ],
)
def test_who_is_written_with_too_little_is_joined_with_nobody(party: Party, key: str) -> None:
    assert key_of(party, "alone") == key


@given(known=PARTIES, written=PARTIES)
def test_newest_dossier_wins_and_what_it_does_not_say_stays(known: Party, written: Party) -> None:
    learnt = learn(learn(None, known), written)

    for name in ("full_name", "id_number", "old_id_number", "tax_code", "birth_year", "phone"):
        assert getattr(learnt, name) == (getattr(written, name) or getattr(known, name))
    assert (learnt.sources, learnt.card_text) == ({}, "")


def test_what_is_known_keeps_no_reading_of_a_card() -> None:
    written = Party(full_name="A", card_text="036|raw", sources={"full_name": FieldSource.CARD})

    assert learn(None, written) == Party(full_name="A")
    assert learn(Party(full_name="B"), written) == Party(full_name="A")


@given(number=st.from_regex(r"[0-9]{12}", fullmatch=True), places=st.sets(st.integers(0, 11), max_size=2), by=st.data())
def test_numbers_that_differ_in_two_places_at_most_share_a_mark(
    number: str, places: set[int], by: st.DataObject
) -> None:
    digits = list(number)
    for place in places:
        digits[place] = by.draw(st.sampled_from("0123456789"))

    assert set(near_number_marks(number)) & set(near_number_marks("".join(digits)))


BASE = Party(full_name="Trần Văn Hùng", id_number="036085004321", birth_year=1985, phone="0912345678")


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({"id_number": "145123456", "old_id_number": ""}, (DoubleReason.NAME_AND_YEAR, DoubleReason.NAME_AND_PHONE)),
        ({"id_number": "", "phone": "0900"}, (DoubleReason.NAME_AND_YEAR,)),
        ({"id_number": "", "birth_year": None}, (DoubleReason.NAME_AND_PHONE,)),
        ({"id_number": "", "birth_year": 1986, "phone": ""}, ()),
        ({"id_number": "036085004312"}, (DoubleReason.NEAR_NUMBER,)),
        ({"id_number": "001085999999"}, ()),
        (
            {"id_number": "", "full_name": "Trần Văn Hưng", "phone": "", "birth_year": 1985},
            (DoubleReason.NAME_AND_YEAR,),
        ),
        ({"id_number": "", "full_name": "Trần Văn Hải"}, ()),
        ({"kind": PartyKind.ORGANISATION}, ()),
    ],
)
def test_doubles_are_offered_but_never_people_told_apart_by_full_numbers(
    changes: dict[str, object], reasons: tuple[DoubleReason, ...]
) -> None:
    other = msgspec.structs.replace(BASE, **changes)

    assert find_double_reasons(BASE, other) == find_double_reasons(other, BASE) == reasons


def test_card_that_names_the_old_number_offers_who_was_known_by_it() -> None:
    old = Party(full_name="Tran Van Hung", id_number="145123456")
    new = msgspec.structs.replace(BASE, old_id_number="145123456")

    assert find_double_reasons(old, new) == (DoubleReason.OLD_NUMBER,)
