"""The framer: any chunking of any codes gives exactly these codes; noise and overlong ones are told."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counter_app.devices.framing import IDLE_MS, MAX_BYTES, SUFFIX_IDLE_MS, Code, Event, Framer, Noise, Overlong
from counter_app.devices.framing import is_noise as looks_like_noise
from tests.fakes.serial_reader import hear_at_wrong_speed

SPEEDS = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)
texts = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=80)
code_bytes = texts.map(str.encode).filter(bool)
suffixes = st.sampled_from([b"\r", b"\n", b"\r\n"])

CARD = "001199000123|012345678|Đặng Thị Ngọc Ánh|01021990|Nữ|Số 1, Phường Cửa Nam, Hà Nội|05032022"
# The marked letters of a card as one byte each, as TCVN 5712 (ABC) writes them.
CARD_8BIT = (
    b"001199000123|012345678|\xa7\xc6ng Th\xde Ng\xe4c \xb8nh|01021990|N\xf7|S\xe8 1, Ph\xad\xeang C\xf6a Nam|05032022"
)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[a:b] for a, b in pairwise(edges)]


def feed_all(framer: Framer, chunks: list[bytes]) -> list[Event]:
    return [event for index, chunk in enumerate(chunks) for event in framer.feed(chunk, index)]


@given(codes=st.lists(code_bytes, min_size=1, max_size=8), suffix=suffixes, places=st.lists(st.integers(0, 9999)))
@settings(max_examples=200)
def test_any_chunking_of_suffixed_codes_gives_exactly_these_codes(
    codes: list[bytes], suffix: bytes, places: list[int]
) -> None:
    framer = Framer()
    events = feed_all(framer, cut(b"".join(code + suffix for code in codes), places))
    assert events == [Code(code) for code in codes]
    assert not framer.is_waiting


@given(codes=st.lists(code_bytes, min_size=1, max_size=5), places=st.lists(st.integers(0, 9999)))
def test_codes_without_suffix_end_with_silence(codes: list[bytes], places: list[int]) -> None:
    framer = Framer()
    at = 0
    events: list[Event] = []
    for code in codes:
        for chunk in cut(code, places):
            at += 40
            assert framer.feed(chunk, at) == ()
            assert framer.settle(at + IDLE_MS - 1) == ()
        at += IDLE_MS
        events += framer.settle(at)
    assert events == [Code(code) for code in codes]


@pytest.mark.parametrize("payload", [CARD.encode(), CARD_8BIT])
def test_card_in_seven_byte_chunks_keeps_its_bytes(payload: bytes) -> None:
    data = payload + b"\r\n"
    chunks = [data[at : at + 7] for at in range(0, len(data), 7)]
    assert feed_all(Framer(), chunks) == [Code(payload)]


def test_pause_inside_a_code_does_not_split_it_once_a_suffix_is_known() -> None:
    framer = Framer()
    framer.feed(b"first\r", 0)
    framer.feed(b"sec", 1000)
    assert framer.settle(1000 + SUFFIX_IDLE_MS - 1) == ()
    assert framer.feed(b"ond\r", 2900) == (Code(b"second"),)


def test_reader_that_lost_its_suffix_is_understood_again_after_one_long_wait() -> None:
    framer = Framer()
    framer.feed(b"first\r", 0)
    framer.feed(b"second", 100)
    assert framer.settle(100 + SUFFIX_IDLE_MS) == (Code(b"second"),)
    framer.feed(b"third", 5000)
    assert framer.settle(5000 + IDLE_MS) == (Code(b"third"),)


def test_tab_suffix_is_taken_off_after_silence() -> None:
    framer = Framer()
    framer.feed(b"0123456789\t", 0)
    assert framer.settle(IDLE_MS) == (Code(b"0123456789"),)


def test_longest_code_passes_and_one_byte_more_is_reported_once_and_dropped() -> None:
    framer = Framer()
    assert framer.feed(b"x" * MAX_BYTES + b"\r", 0) == (Code(b"x" * MAX_BYTES),)
    assert feed_all(framer, [b"y" * MAX_BYTES, b"y", b"yyy", b"yy\r", b"next\r"]) == [Overlong(), Code(b"next")]


def test_single_nul_of_a_plug_is_ignored_and_padding_taken_off() -> None:
    framer = Framer()
    assert framer.feed(b"\x00\r", 0) == ()
    assert framer.feed(b"\x00\x00CODE\x00\r", 1) == (Code(b"CODE"),)


@pytest.mark.parametrize("sent", SPEEDS)
@pytest.mark.parametrize("heard", SPEEDS)
def test_card_heard_at_a_wrong_speed_is_noise_and_never_a_code(sent: int, heard: int) -> None:
    framer = Framer()
    garbage = hear_at_wrong_speed(CARD.encode() + b"\r", sent=sent, heard=heard)
    events = [*framer.feed(garbage, 0), *framer.settle(SUFFIX_IDLE_MS)]
    expected = [Code(CARD.encode())] if sent == heard else [Noise()]
    assert events == expected


@pytest.mark.parametrize(("sent", "heard"), [(s, h) for s in SPEEDS for h in SPEEDS if s < h])
def test_dossier_code_heard_too_fast_is_noise(sent: int, heard: int) -> None:
    framer = Framer()
    garbage = hear_at_wrong_speed(b"H26.61.10-261201-1001\r", sent=sent, heard=heard)
    assert [*framer.feed(garbage, 0), *framer.settle(SUFFIX_IDLE_MS)] == [Noise()]


def test_code_framed_by_stx_and_etx_loses_both() -> None:
    assert Framer().feed(b"\x0200123\x03\r", 0) == (Code(b"00123"),)


def test_after_noise_fragments_are_dropped_until_silence_and_codes_come_again() -> None:
    framer = Framer()
    assert framer.feed(b"\x00\xff\x80\x00\rABC\r\x00\x01\x02\r", 0) == (Noise(),)
    assert framer.feed(b"DEF\r", 10) == ()
    assert framer.is_waiting
    assert framer.settle(10 + IDLE_MS) == ()
    assert framer.feed(b"GOOD\r", 400) == (Code(b"GOOD"),)


def test_endless_noise_without_suffix_is_told_before_it_ends() -> None:
    assert Framer().feed(bytes(range(0x80, 0xC0)) * 200, 0) == (Noise(),)


@given(text=texts)
def test_text_in_utf8_is_never_noise(text: str) -> None:
    assert not looks_like_noise(text.encode())


@given(place=st.integers(0, len(CARD.encode()) - 1), byte=st.integers(0x20, 0xFE).filter(lambda b: b != 0x7F))
def test_card_with_one_damaged_byte_is_not_noise(place: int, byte: int) -> None:
    raw = bytearray(CARD.encode())
    raw[place] = byte
    assert not looks_like_noise(bytes(raw))
