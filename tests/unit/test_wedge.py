"""The wedge detector: readers are recognised, typists and input methods never are."""

from hypothesis import given, settings
from hypothesis import strategies as st

from counter_app.devices.wedge import END_PAUSE_MS, MAX_KEY_GAP_MS, MIN_KEYS, Burst, BurstEnd, WedgeDetector

CODE_CHARS = st.characters(codec="utf-8", categories=("L", "N", "P", "S"))
codes = st.text(CODE_CHARS, min_size=MIN_KEYS, max_size=120).filter(lambda text: len(set(text[:MIN_KEYS])) > 1)
reader_gaps = st.integers(0, MAX_KEY_GAP_MS)


def type_keys(detector: WedgeDetector, text: str, gap_ms: int, start_ms: int = 0) -> tuple[list[Burst], str, int]:
    """Feed keys evenly; return the bursts, what reached the field, and the last key's time."""
    bursts: list[Burst] = []
    reached = ""
    at = start_ms
    for index, char in enumerate(text):
        at = start_ms + index * gap_ms
        verdict = detector.feed(char, at)
        if verdict.burst is not None:
            bursts.append(verdict.burst)
        if not verdict.swallow:
            reached += char
    return bursts, reached, at


@given(code=codes, gap=reader_gaps, end=st.sampled_from("\r\n\t"))
def test_reader_burst_ended_by_key_gives_its_text_and_leaves_the_erasable_start(code: str, gap: int, end: str) -> None:
    bursts, reached, _ = type_keys(WedgeDetector(), code + end, gap)
    assert [burst.text for burst in bursts] == [code]
    assert bursts[0].ended_by is (BurstEnd.TAB if end == "\t" else BurstEnd.ENTER)
    assert reached == code[: bursts[0].erase]


@given(code=codes, gap=reader_gaps)
def test_reader_burst_without_suffix_ends_with_the_pause_and_not_before(code: str, gap: int) -> None:
    detector = WedgeDetector()
    bursts, reached, last = type_keys(detector, code, gap)
    assert bursts == []
    assert detector.is_inside_burst
    assert detector.settle(last + END_PAUSE_MS - 1) is None
    burst = detector.settle(last + END_PAUSE_MS)
    assert burst == Burst(text=code, erase=len(reached), ended_by=BurstEnd.PAUSE)
    assert detector.settle(last + 2 * END_PAUSE_MS) is None


@given(code=codes, later=st.integers(END_PAUSE_MS, 5000))
def test_key_after_a_pause_gives_the_burst_and_passes_itself(code: str, later: int) -> None:
    detector = WedgeDetector()
    _, _, last = type_keys(detector, code, 5)
    verdict = detector.feed("x", last + later)
    assert verdict.burst is not None
    assert verdict.burst.text == code
    assert not verdict.swallow


@st.composite
def typing(draw: st.DrawFn) -> list[tuple[str, int]]:
    """Keys of a typist: rolls of at most four keys at any pace, then at least 80 ms to the next roll."""
    keys: list[tuple[str, int]] = []
    at = draw(st.integers(0, 10_000))
    for _ in range(draw(st.integers(1, 25))):
        for char in draw(st.text(st.sampled_from("nguyenthiaw .1\r\t\b"), min_size=1, max_size=4)):
            keys.append((char, at))
            at += draw(st.integers(0, MAX_KEY_GAP_MS))
        at += draw(st.integers(80, 400))
    return keys


@given(keys=typing())
@settings(max_examples=200)
def test_typist_with_rolls_never_counts_and_loses_no_key(keys: list[tuple[str, int]]) -> None:
    detector = WedgeDetector()
    for char, at in keys:
        verdict = detector.feed(char, at)
        assert not verdict.swallow
        assert verdict.burst is None
        assert detector.settle(at + 40) is None


@given(text=st.text(CODE_CHARS, min_size=1, max_size=60), gap=st.integers(MAX_KEY_GAP_MS + 1, 500))
def test_steady_typing_slower_than_the_limit_passes_whole(text: str, gap: int) -> None:
    bursts, reached, _ = type_keys(WedgeDetector(), text + "\r", gap)
    assert (bursts, reached) == ([], text + "\r")


def test_input_method_that_erases_and_rewrites_a_word_never_counts() -> None:
    detector = WedgeDetector()
    bursts, reached, _ = type_keys(detector, "\b\b\b\b\bnghiêngngả ", 0)
    assert bursts == []
    assert reached.endswith("nghiêngngả ")
    assert detector.settle(1000) is None


def test_key_held_down_never_counts() -> None:
    bursts, reached, _ = type_keys(WedgeDetector(), "0" * 40 + "\r", 33)
    assert (bursts, len(reached)) == ([], 41)


def test_five_fast_keys_are_too_few() -> None:
    bursts, reached, _ = type_keys(WedgeDetector(), "12345\r", 5)
    assert (bursts, reached) == ([], "12345\r")


def test_both_halves_of_a_crlf_suffix_are_swallowed_but_a_later_enter_is_not() -> None:
    detector = WedgeDetector()
    bursts, reached, last = type_keys(detector, "H26.61-0001\r\n", 4)
    assert len(bursts) == 1
    assert "\r" not in reached
    assert "\n" not in reached
    assert not detector.feed("\r", last + 500).swallow


def test_two_codes_in_a_row_give_two_bursts() -> None:
    bursts, _, _ = type_keys(WedgeDetector(), "ABC-123\rDEF-456\r", 8)
    assert [burst.text for burst in bursts] == ["ABC-123", "DEF-456"]


def test_hiccup_inside_a_recognised_burst_does_not_split_it() -> None:
    detector = WedgeDetector()
    _, _, last = type_keys(detector, "0123456789", 5)
    bursts, _, _ = type_keys(detector, "ABCDEF\r", 5, last + END_PAUSE_MS - 1)
    assert [burst.text for burst in bursts] == ["0123456789ABCDEF"]


def test_modifier_keys_without_text_do_not_break_a_burst() -> None:
    detector = WedgeDetector()
    found: list[Burst] = []
    for index, char in enumerate("AbCdEfGh\r"):
        assert not detector.feed("", index * 10).swallow
        verdict = detector.feed(char, index * 10 + 1)
        found += [verdict.burst] if verdict.burst else []
    assert [burst.text for burst in found] == ["AbCdEfGh"]


def test_reset_forgets_a_burst_under_way() -> None:
    detector = WedgeDetector()
    type_keys(detector, "0123456789", 5)
    detector.reset()
    assert not detector.is_inside_burst
    assert detector.settle(10_000) is None
