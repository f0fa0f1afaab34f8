import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.mrz_lines import GAP_MS, MrzLines, Reading

FIRST = "IDVNM0900012341036090001234<<8"
SECOND = "9003056M3003055VNM<<<<<<<<<<<2"
THIRD = "NGUYEN<<VAN<ANH<<<<<<<<<<<<<<<"
LINES = (FIRST, SECOND, THIRD)


def _take_all(lines: MrzLines, readings: tuple[Reading, ...], *, every_ms: int = 300) -> list[Reading]:
    out: list[Reading] = []
    for number, reading in enumerate(readings):
        out += lines.take(reading, 10_000 + number * every_ms)
    return out


def test_three_lines_become_one_reading() -> None:
    lines = MrzLines()

    assert _take_all(lines, LINES) == ["\n".join(LINES)]
    assert not lines.is_waiting


def test_lines_of_a_serial_reader_become_one_reading() -> None:
    assert _take_all(MrzLines(), tuple(f"{line}\r\n".encode() for line in LINES)) == ["\n".join(LINES)]


def test_two_cards_one_after_the_other_become_two_readings() -> None:
    assert _take_all(MrzLines(), LINES * 2) == ["\n".join(LINES)] * 2


def test_other_reading_between_the_lines_comes_after_the_lines_it_cut_off() -> None:
    lines = MrzLines()

    assert _take_all(lines, (FIRST, "H99.14-261123-1001")) == [FIRST, "H99.14-261123-1001"]
    assert not lines.is_waiting


def test_line_that_comes_too_late_begins_nothing_with_the_one_before() -> None:
    assert _take_all(MrzLines(), (FIRST, SECOND), every_ms=GAP_MS + 1) == [FIRST, SECOND]


def test_card_that_is_begun_anew_after_a_pause_is_joined() -> None:
    lines = MrzLines()
    lines.take(FIRST, 0)

    assert lines.take(FIRST, GAP_MS + 1) == (FIRST,)
    assert lines.take(SECOND, GAP_MS + 2) == ()
    assert lines.take(THIRD, GAP_MS + 3) == ("\n".join(LINES),)


@pytest.mark.parametrize("reading", [FIRST[:29], FIRST + "<", FIRST.lower(), "1" * 30, b"\xff" * 30, ""])
def test_what_is_no_first_line_passes_at_once(reading: Reading) -> None:
    assert MrzLines().take(reading, 0) == (reading,)


@given(
    st.lists(st.tuples(st.sampled_from([*LINES, "x", b"\xff", "036090001234|"]), st.integers(0, 3_000)), max_size=12)
)
def test_no_reading_is_lost_or_changes_its_place(readings: list[tuple[Reading, int]]) -> None:
    out: list[Reading] = []
    lines, now = MrzLines(), 0
    for reading, pause in readings:
        now += pause
        out += lines.take(reading, now)
    out += lines.give_up()

    parts: list[Reading] = []
    for one in out:
        parts += one.split("\n") if isinstance(one, str) else [one]
    assert parts == [reading for reading, _ in readings]
