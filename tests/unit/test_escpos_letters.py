"""Vietnamese as bytes of a code page, read back by others than its writer."""

import json
import subprocess
import unicodedata
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printing.profiles import ReceiptProfile, get_profile
from printing.renderers.escpos_codepages import UnprintableError, get_code_page
from tests.fakes.escpos_emulator import EscposPrinter
from tests.fakes.escpos_glyphs import TCVN_CAPITAL, TCVN_SMALL, glyph

VOWELS = "aăâeêioôơuưy"
LETTERS = (
    "".join(
        unicodedata.normalize("NFC", letter + tone)
        for vowel in VOWELS
        for letter in (vowel, vowel.upper())
        for tone in ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
    )
    + "đĐ"
)
# All that is no ASCII letter already: the 134 that Vietnamese adds.
ADDED = "".join(letter for letter in LETTERS if not letter.isascii())

CP1258 = get_profile("zjiang-58-cp1258")
TCVN3 = get_profile("epson-tm-t82iii-tcvn3")


def printed(profile: ReceiptProfile, text: str) -> str:
    """What an emulated printer makes of a line."""
    page = get_code_page(profile)
    printer = EscposPrinter(width_dots=2040, starts_in_kanji=False)
    try:
        printer.receive(page.select() + page.encode(page.fold(text)) + b"\n")
        printer.wait_until(lambda: printer.is_idle)
        assert printer.errors == []
        return printer.hanging.lines[0]
    finally:
        printer.switch_off()


def test_there_are_134_letters() -> None:
    assert len(ADDED) == len(set(ADDED)) == 134


@pytest.mark.parametrize("profile", [CP1258, TCVN3], ids=lambda profile: profile.text.value)
def test_every_letter_is_printed_as_itself(profile: ReceiptProfile) -> None:
    assert "".join(printed(profile, LETTERS[start : start + 48]) for start in range(0, len(LETTERS), 48)) == LETTERS


def test_windows_reads_what_is_written_for_code_page_1258() -> None:
    written = get_code_page(CP1258).encode(LETTERS)

    assert unicodedata.normalize("NFC", written.decode("cp1258")) == LETTERS


def test_glibc_reads_the_small_letters_as_tcvn_5712() -> None:
    small = "".join(letter for letter in ADDED if letter.islower())
    written = get_code_page(TCVN3).encode(small)
    read = subprocess.run(["iconv", "-f", "TCVN5712-1", "-t", "UTF-8"], input=written, capture_output=True, check=True)

    assert read.stdout.decode() == small


def test_every_capital_has_one_byte_on_the_second_page() -> None:
    capitals = "".join(letter for letter in ADDED if letter.isupper())
    written = get_code_page(TCVN3).encode(capitals)

    assert written[:3] == b"\x1bt\x1f"
    assert written[-3:] == b"\x1bt\x1e"
    assert [glyph(TCVN_CAPITAL, byte) for byte in written[3:-3]] == list(capitals)


def test_both_charts_are_those_that_the_printer_database_holds() -> None:
    # The file, not the module: importing it sets up logging for the whole process.
    database = json.loads((files("escpos") / "capabilities.json").read_text(encoding="utf-8"))

    for name, page in (("TCVN-3-1", TCVN_SMALL), ("TCVN-3-2", TCVN_CAPITAL)):
        chart = "".join(database["encodings"][name]["data"]).replace("Ð", "Đ")
        assert [glyph(page, 0x80 + place) or " " for place in range(128)] == [*chart], name


@pytest.mark.parametrize("profile", [CP1258, TCVN3], ids=lambda profile: profile.text.value)
def test_what_a_page_lacks_becomes_the_nearest_it_has(profile: ReceiptProfile) -> None:
    assert printed(profile, "“Số 12–15…” · Zoë Müller, 50 ₫, ½, ①") == '"Số 12-15..." - Zoe Muller, 50 đ, 1/2, 1'


@pytest.mark.parametrize("profile", [CP1258, TCVN3], ids=lambda profile: profile.text.value)
@pytest.mark.parametrize("text", ["中文", "สวัสดี", "a\x1b@", "☺"])
def test_what_has_no_likeness_is_refused_as_a_whole(profile: ReceiptProfile, text: str) -> None:
    with pytest.raises(UnprintableError):
        get_code_page(profile).fold(text)


@pytest.mark.parametrize("profile", [CP1258, TCVN3], ids=lambda profile: profile.text.value)
@given(text=st.text(max_size=40))
def test_no_text_ever_gains_a_question_mark_or_a_command(profile: ReceiptProfile, text: str) -> None:
    page = get_code_page(profile)
    try:
        folded = page.fold(text)
    except UnprintableError:
        return
    written = page.encode(folded)
    bare = written.replace(b"\x1bt\x1e", b"").replace(b"\x1bt\x1f", b"")

    assert folded.count("?") == unicodedata.normalize("NFKC", text).count("?")
    assert all(byte >= 0x20 for byte in bare)
    assert len(written.decode("latin-1")) >= len(folded)


@pytest.mark.parametrize("profile", [CP1258, TCVN3], ids=lambda profile: profile.text.value)
@given(text=st.text(alphabet=LETTERS + " abcXYZ019.,:/-()?", max_size=60))
def test_vietnamese_comes_back_unchanged(profile: ReceiptProfile, text: str) -> None:
    page = get_code_page(profile)

    assert page.fold(text) == " ".join(text.split())
    assert read_back(page.encode(page.fold(text)), profile) == " ".join(text.split())


def read_back(written: bytes, profile: ReceiptProfile) -> str:
    if profile is CP1258:
        return unicodedata.normalize("NFC", written.decode("cp1258"))
    page, out, rest = TCVN_SMALL, "", list(written)
    while rest:
        byte = rest.pop(0)
        if byte == 0x1B:
            assert rest.pop(0) == ord("t")
            page = {30: TCVN_SMALL, 31: TCVN_CAPITAL}[rest.pop(0)]
        else:
            out += glyph(page, byte) or "\ufffd"
    return out
