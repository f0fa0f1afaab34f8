import random
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from counter_app.core.text import fold, name_key, nfc, sort_key

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


LETTERS = " aăâbcdđeêghiklmnoôơpqrstuưvxy"
TONES = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
WORDS = st.lists(st.tuples(st.sampled_from(LETTERS), st.integers(0, 5)), max_size=6)


def written(word: list[tuple[str, int]]) -> str:
    """The text of (letter, tone) pairs; only vowels carry a tone."""
    return "".join(letter + (TONES[tone] if letter in "aăâeêioôơuưy" else "") for letter, tone in word)


def place_of(word: list[tuple[str, int]]) -> tuple[list[int], list[int]]:
    """The same order said another way: places of the letters in the alphabet, then the tones in their order."""
    letters = [LETTERS.index(letter) for letter, _tone in word]
    return letters, [tone if letter in "aăâeêioôơuưy" else 0 for letter, tone in word]


@given(WORDS, WORDS)
def test_letters_decide_the_order_before_tones_do(one: list[tuple[str, int]], other: list[tuple[str, int]]) -> None:
    assert (sort_key(written(one)) < sort_key(written(other))) is (place_of(one) < place_of(other))


@given(WORDS, WORDS)
def test_the_order_does_not_depend_on_case_or_composition(
    one: list[tuple[str, int]], other: list[tuple[str, int]]
) -> None:
    text = written(one)

    assert sort_key(text) == sort_key(text.upper()) == sort_key(unicodedata.normalize("NFC", text))


def test_people_stand_in_the_order_of_their_given_names() -> None:
    ordered = [
        "An",
        "Lê An",
        "Lê Thị An",
        "Nguyễn Văn An",
        "Trần An",
        "Bùi Án",
        "Đỗ Ân",
        "Nguyễn Văn Dũng",
        "Lê Đạt",
        "Hồ Văn Ý",
    ]
    shuffled = ordered[:]
    random.Random(5).shuffle(shuffled)

    assert sorted(shuffled, key=name_key) == ordered


SYLLABLES = st.lists(st.tuples(st.sampled_from(LETTERS[1:]), st.integers(0, 5)), min_size=1, max_size=4)


@given(st.lists(SYLLABLES, min_size=1, max_size=3), st.lists(SYLLABLES, min_size=1, max_size=3))
def test_given_name_decides_whole_before_the_rest_of_the_name(
    one: list[list[tuple[str, int]]], other: list[list[tuple[str, int]]]
) -> None:
    def parts(name: list[list[tuple[str, int]]]) -> tuple[object, ...]:
        rest = [pair for word in name[:-1] for pair in [*word, (" ", 0)]]
        return place_of(name[-1]), place_of(rest[:-1])

    names = [" ".join(written(word) for word in name) for name in (one, other)]
    assert (name_key(names[0]) < name_key(names[1])) is (parts(one) < parts(other))


@given(ANY_TEXT)
def test_any_text_has_its_place_whatever_its_composition(text: str) -> None:
    assert sort_key(text) == sort_key(unicodedata.normalize("NFC", text))
    assert name_key(text) == name_key(unicodedata.normalize("NFC", text))


def test_marks_without_a_letter_and_letters_of_other_scripts_have_a_place() -> None:
    assert sort_key("\u0301") != sort_key("")
    assert sort_key("a") < sort_key("ç") < sort_key("d") < sort_key("z") < sort_key("я") < sort_key("한")
    assert sort_key("-") < sort_key("1") < sort_key("a")


def test_invisible_characters_do_not_make_two_names_of_one() -> None:
    assert nfc("Nguyễn\u202e Văn\u200b \ufeffA\u00ad\x1b") == "Nguyễn Văn A"
    assert fold("Nguyễn\u2066 Văn\u200d A") == "nguyen van a"
