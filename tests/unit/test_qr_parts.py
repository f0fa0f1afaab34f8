"""Parts of one text come from a reader in any order, some of them twice."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.core.errors import UserError
from counter_app.domain.qr_parts import PartsInHand, join_parts, split_parts

_DATA = st.binary(min_size=1, max_size=4_000)


@given(data=_DATA, random=st.randoms(use_true_random=False))
def test_parts_in_any_order_are_complete_once_each_was_scanned(data: bytes, random: Random) -> None:
    parts = list(split_parts("QMCM1", data))
    order = [*parts, *parts]
    random.shuffle(order)

    in_hand = PartsInHand()
    for scanned, part in enumerate(order, start=1):
        in_hand = in_hand.with_text(part)
        assert in_hand.is_complete == (len(set(order[:scanned])) == len(parts))

    assert join_parts(in_hand.mark, in_hand.texts.values()) == data


@given(first=_DATA, second=_DATA)
def test_part_of_another_text_begins_anew(first: bytes, second: bytes) -> None:
    mine, other = split_parts("QMCM1", first)[0], split_parts("QMCA1", second)[0]

    in_hand = PartsInHand().with_text(mine).with_text(other)

    assert (in_hand.mark, list(in_hand.texts.values())) == ("QMCA1", [other])


@pytest.mark.parametrize("text", ["QMCM1:nonsense", "QMCM1:AAAAAAAA:3:2:ABC", "QMCM1:AAAAAAAA:0:2:ABC", "H99.14"])
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(UserError, match=r"manifest\.passport_damaged"):
        PartsInHand().with_text(text)
