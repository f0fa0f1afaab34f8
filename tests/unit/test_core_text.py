import random
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from counter_app.core.text import fold, nfc, sort_key

ANY_TEXT = st.text(st.characters(codec=None), max_size=40)
VIETNAMESE = st.text("aăâbcdđeêghiklmnoôơpqrstuưvxy ÁÀẢÃẠẮẾỘỢỰĐ", max_size=20)


@given(ANY_TEXT)
def test_composed_text_can_be_stored_and_composing_again_changes_nothing(text: str) -> None:
    composed = nfc(text)

    assert composed.encode("utf-8").decode("utf-8") == composed
    assert nfc(composed) == composed
    assert unicodedata.is_normalized("NFC", composed)
    assert "  " not in composed
    assert composed == composed.strip()


@given(ANY_TEXT)
def test_folded_text_is_its_own_folding_and_can_be_stored(text: str) -> None:
    assert fold(text).encode("utf-8") == fold(fold(text)).encode("utf-8")


@given(VIETNAMESE)
def test_folding_does_not_depend_on_marks_case_or_composition(text: str) -> None:
    bare = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    bare = "".join(char for char in bare if not unicodedata.combining(char))

    assert fold(text) == fold(unicodedata.normalize("NFD", text)) == fold(text.upper()) == fold(bare)


def test_lists_have_the_order_of_a_vietnamese_dictionary() -> None:
    ordered = [
        "an",
        "àn",
        "ản",
        "ãn",
        "án",
        "ạn",
        "ăn",
        "ân",
        "dung",
        "đung",
        "em",
        "êm",
        "oi",
        "ôi",
        "ơi",
        "ung",
        "ưng",
    ]
    shuffled = ordered[:]
    random.Random(3).shuffle(shuffled)

    assert sorted(shuffled, key=sort_key) == ordered


@given(ANY_TEXT)
def test_any_text_has_a_place_in_the_order(text: str) -> None:
    assert sort_key(text) == sort_key(text)


def test_invisible_characters_do_not_make_two_names_of_one() -> None:
    assert nfc("Nguyễn\u202e Văn\u200b \ufeffA\u00ad\x1b") == "Nguyễn Văn A"
    assert fold("Nguyễn\u2066 Văn\u200d A") == "nguyen van a"
