"""Finding one unit of a province by a few letters."""

from hypothesis import given
from hypothesis import strategies as st

from counter_app.core.text import fold
from ui.widgets.unit_box import UnitChoice, find_units

NAMES = ("xã Đồng Mẫu", "xã Suối Mẫu", "phường Bến Mẫu", "xã Mẫu Suối", "phường Đông Ngàn", "Sở Tài chính")
UNITS = tuple(
    UnitChoice(
        value=f"H99.{number}", name=f"Ủy ban nhân dân {NAMES[number % len(NAMES)]} {number}", code=f"H99.{number}"
    )
    for number in range(150)
)


def test_letters_without_diacritics_find_every_unit_that_has_them_and_words_together_come_first() -> None:
    found = find_units(UNITS, "suoi mau")

    assert {unit.name for unit in found} == {unit.name for unit in UNITS if "uối" in unit.name and "ẫu" in unit.name}
    together = ["suoi mau" in fold(unit.name) for unit in found]
    assert together == sorted(together, reverse=True)
    assert together[0]


def test_code_finds_its_unit_and_no_words_find_all() -> None:
    assert find_units(UNITS, "h99.149") == (UNITS[149],)
    assert find_units(UNITS, "  ") == UNITS
    assert find_units(UNITS, "khongco") == ()


def test_letters_begin_a_word_and_do_not_stand_within_one() -> None:
    assert find_units(UNITS, "an") == ()  # in "nhân", "dân" and "Bến", but beginning none


@given(unit=st.sampled_from(UNITS), data=st.data())
def test_every_part_of_a_name_finds_its_unit_with_and_without_diacritics(unit: UnitChoice, data: st.DataObject) -> None:
    words = unit.name.split()
    some = " ".join(data.draw(st.permutations(words))[: data.draw(st.integers(1, len(words)))])

    assert unit in find_units(UNITS, some)
    assert unit in find_units(UNITS, fold(some))
