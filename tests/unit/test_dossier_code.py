from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.core.errors import UserError
from counter_app.domain.dossier_code import (
    DossierCode,
    check_unit_code,
    epoch_part,
    find_code_warnings,
    looks_like_dossier_code,
    next_number,
    numbers_left,
    owns_code,
    parse_dossier_code,
)
from counter_app.domain.unit import Slice

SLICES = st.tuples(st.integers(1, 9999), st.integers(1, 9999)).map(lambda ends: Slice(min(ends), max(ends)))
SMALL_SLICES = st.tuples(st.integers(1, 9980), st.integers(0, 19)).map(lambda s: Slice(s[0], s[0] + s[1]))
CODE = DossierCode("H56.14", date(2026, 11, 22), 7)


@pytest.mark.parametrize(
    "text",
    [
        "H56.14-261122-0007",
        "h56.14-261122-0007",
        " H56.14 - 261122 - 0007\r\n",
        "H56.14\u2013261122\u20130007",
    ],
)
def test_code_is_read_however_it_was_typed(text: str) -> None:
    assert parse_dossier_code(text) == CODE
    assert looks_like_dossier_code(text)


def test_old_unit_code_with_dots_and_five_digits_are_read() -> None:
    code = parse_dossier_code("000.14.56.H56-180601-10234")

    assert code == DossierCode("000.14.56.H56", date(2018, 6, 1), 10234)
    assert code.format() == "000.14.56.H56-180601-10234"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "H56.14",
        "H56.14-261122",
        "H56.14-261322-0007",
        "H56.14-261122-007",
        "H56.14-261122-0000",
        "H56.14-261122-00070",
        "H56.14-261122-100000",
        "-261122-0007",
        "H56.14-२६११२२-0007",
        "1.001193",
        "A" * 200 + "-261122-0007",
    ],
)
def test_other_text_is_no_dossier_code(text: str) -> None:
    assert not looks_like_dossier_code(text)
    with pytest.raises(UserError, match=r"code\.bad_dossier_code"):
        parse_dossier_code(text)


@given(
    st.from_regex(r"[A-Z][0-9]{2}(\.[0-9]{1,3}){0,3}", fullmatch=True).filter(str.isascii),
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.integers(1, 99_999),
)
def test_printed_code_is_read_back(unit_code: str, received_on: date, number: int) -> None:
    code = DossierCode(unit_code, received_on, number)

    assert parse_dossier_code(code.format()) == code


@given(st.text(max_size=60))
def test_any_text_is_a_code_or_not_but_never_a_crash(text: str) -> None:
    if looks_like_dossier_code(text):
        code = parse_dossier_code(text)
        assert parse_dossier_code(code.format()) == code


@pytest.mark.parametrize("code", ["H56.14", "H56", "H08.32.10", "H55.242", "000.14.56.H56", "000.00.00.G03"])
def test_usual_unit_code_gives_no_warning(code: str) -> None:
    assert find_code_warnings(unit_code=code) == ()


@pytest.mark.parametrize("code", ["1.001193", "2.000815.000.00.00.H55", "1.000948.H38", "2.000815.000.00.00.H55.02"])
def test_usual_procedure_code_gives_no_warning(code: str) -> None:
    assert find_code_warnings(procedure_code=code) == ()


def test_unusual_codes_are_warned_about_one_by_one() -> None:
    assert find_code_warnings(unit_code="h56,14", procedure_code="TS_lop1") == (
        "code.unusual_unit_code",
        "code.unusual_procedure_code",
    )
    assert find_code_warnings(procedure_code="1.0133611") == ("code.unusual_procedure_code",)


def test_epochs_halve_what_is_left() -> None:
    parts = [epoch_part(Slice(1, 10), epoch) for epoch in range(1, 7)]

    assert parts == [Slice(1, 5), Slice(6, 8), Slice(9, 9), Slice(10, 10), None, None]


@given(SLICES)
def test_epochs_own_the_whole_slice_once(whole: Slice) -> None:
    parts = [part for epoch in range(1, 20) if (part := epoch_part(whole, epoch)) is not None]

    owned = [number for part in parts for number in range(part.low, part.high + 1)]
    assert owned == list(range(whole.low, whole.high + 1))
    assert all(part.low <= part.high for part in parts)


def numbers_of(part: Slice) -> list[int]:
    given_out: list[int] = []
    last = None
    while (last := next_number(part, last)) is not None:
        given_out.append(last)
    return given_out


@given(SMALL_SLICES, SMALL_SLICES, st.integers(1, 4), st.integers(1, 4))
def test_disjoint_slices_and_epochs_never_give_one_number_twice(
    one: Slice, other: Slice, epoch: int, other_epoch: int
) -> None:
    same_owner = one == other and epoch == other_epoch
    overlap = one.low <= other.high and other.low <= one.high
    first, second = epoch_part(one, epoch), epoch_part(other, other_epoch)
    if same_owner or (overlap and one != other) or first is None or second is None:
        return

    assert not set(numbers_of(first)) & set(numbers_of(second))


@given(SMALL_SLICES)
def test_numbers_of_a_part_rise_and_fit_the_code(part: Slice) -> None:
    numbers = numbers_of(part)

    size = part.high - part.low + 1
    assert numbers == sorted(set(numbers))
    assert len(numbers) == size * 10
    assert numbers[:size] == list(range(part.low, part.high + 1))
    assert all(10_000 <= number <= 99_999 for number in numbers[size:])


@given(SLICES, st.none() | st.integers(0, 99_999))
def test_next_number_is_above_the_last_and_owned(part: Slice, last: int | None) -> None:
    number = next_number(part, last)
    if number is not None:
        owner = number if number <= 9999 else (number - 10_000) // 9 + 1
        assert number > (last or 0)
        assert part.low <= owner <= part.high


@pytest.mark.parametrize(("last", "left"), [(None, 5), (0, 5), (10, 5), (11, 4), (15, 0), (10_090, 0)])
def test_numbers_left_for_the_status_strip(last: int | None, left: int) -> None:
    assert numbers_left(Slice(11, 15), last) == left


@pytest.mark.parametrize("low", [1, 50])
@pytest.mark.parametrize("size", [1, 7])
def test_slice_owns_every_code_that_any_epoch_of_it_gives_and_no_other(low: int, size: int) -> None:
    whole = Slice(low, low + size - 1)
    given_by_epochs, epoch = set[int](), 1
    while (part := epoch_part(whole, epoch)) is not None:
        given_by_epochs |= set(numbers_of(part))
        epoch += 1

    codes = {number: DossierCode("H56.14", date(2026, 11, 20), number).format() for number in range(1, 100_000)}

    assert {number for number, code in codes.items() if owns_code(whole, code)} == given_by_epochs


@given(st.text(), st.integers(), st.integers())
def test_no_slice_however_strange_owns_what_is_no_code(text: str, low: int, high: int) -> None:
    assert not owns_code(Slice(low, high), text)


@pytest.mark.parametrize("part", [Slice(0, 5), Slice(5, 4), Slice(1, 10_000)])
def test_impossible_slice_is_refused(part: Slice) -> None:
    with pytest.raises(UserError, match=r"code\.bad_slice"):
        next_number(part, None)
    with pytest.raises(UserError, match=r"code\.bad_slice"):
        epoch_part(part, 1)


def test_epoch_below_one_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="from 1"):
        epoch_part(Slice(1, 9), 0)


@given(st.text(max_size=45))
def test_unit_code_that_is_accepted_makes_codes_that_are_found_again(unit_code: str) -> None:
    try:
        check_unit_code(unit_code)
    except UserError:
        return
    code = DossierCode(unit_code, date(2026, 11, 20), 7).format()
    assert looks_like_dossier_code(code)
    assert parse_dossier_code(code).format() == code


@pytest.mark.parametrize("unit_code", ["", "../../x", "a b", "a\nb", "-H56", "H" * 41, "H\u0302"])
def test_unit_code_that_could_not_be_scanned_again_is_refused(unit_code: str) -> None:
    with pytest.raises(UserError, match="bad_unit_code"):
        check_unit_code(unit_code)


@pytest.mark.parametrize("unit_code", ["H56.14", "000.14.56.H56", "H56.14.01-A", "7"])
def test_unit_codes_of_every_kind_are_accepted(unit_code: str) -> None:
    check_unit_code(unit_code)
