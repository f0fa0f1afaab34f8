"""A pile that was turned by hand finds its order, wherever its second pass ends."""

from hypothesis import given
from hypothesis import strategies as st

from counter_app.scanning.turned_pile import back_number, front_number


@given(sheets=st.integers(1, 500), data=st.data())
def test_pages_lie_front_and_back_by_turns_whatever_number_of_backs_came(sheets: int, data: st.DataObject) -> None:
    came = data.draw(st.integers(0, sheets))
    fronts = [(front_number(sheet), sheet, "front") for sheet in range(1, sheets + 1)]
    # The pile lies on its head: the last sheet's back comes first.
    backs = [(back_number(sheets, place), sheets + 1 - place, "back") for place in range(1, came + 1)]
    pages = [(sheet, side) for _number, sheet, side in sorted(fronts + backs)]
    wanted = [
        (sheet, side)
        for sheet in range(1, sheets + 1)
        for side in ("front", "back")
        if side == "front" or sheet > sheets - came
    ]

    assert pages == wanted


@given(sheets=st.integers(1, 100), extra=st.integers(1, 100))
def test_backs_too_many_come_last_and_take_nobodys_number(sheets: int, extra: int) -> None:
    fronts = [front_number(sheet) for sheet in range(1, sheets + 1)]
    backs = [back_number(sheets, place) for place in range(1, sheets + extra + 1)]

    assert len({*fronts, *backs}) == 2 * sheets + extra
    assert backs[sheets:] == sorted(backs[sheets:])
    assert min(backs[sheets:]) > max(fronts + backs[:sheets])
