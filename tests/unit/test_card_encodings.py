"""Damage that readers do to a card's text: undone exactly, or refused; never silently wrong."""

import contextlib
import random
import shutil
import subprocess
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counter_app.core.errors import UserError
from counter_app.domain.identity_card import decode_reading, parse_card, repair_text
from counter_app.domain.identity_card.legacy_tables import TCVN3, VISCII, VNI
from counter_app.domain.identity_card.syllables import is_plausible_text, is_plausible_word, is_syllable

SURNAMES_LIST = """Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Đào Đoàn Vương Trịnh Đinh Lâm
Phùng Mai Tô Trương Hà Tạ Lưu Cao Thái Châu Quách Tống Kiều Nghiêm Lương Từ Khúc Giáp Ông Âu"""
SURNAMES = SURNAMES_LIST.split()
GIVEN_LIST = """Văn Thị Hữu Đức Ngọc Minh Quốc Thanh Xuân Hồng Thu Kim Bảo Gia Anh Ánh Bình Chiến Cường Dũng Duy Giang
Hạnh Hằng Hiền Hiếu Hoa Hòa Huệ Hùng Hưng Hương Khánh Khoa Kiên Lan Liên Linh Loan Lộc Long Lụa Mạnh Mỹ Nam Nga Nghĩa
Nguyệt Nhung Oanh Phúc Phương Quân Quỳnh Sơn Tâm Tân Thảo Thắng Thiện Thịnh Thơm Thủy Thúy Tiến Trang Trí Trinh Trọng
Trung Tú Tuấn Tùng Tuyết Uyên Vân Việt Vinh Vượng Xuyến Yến Ý Ân Đạt Điệp Khuê Ngoan Thoại Luyến Quyền Giềng"""
GIVEN = GIVEN_LIST.split()
PLACES_LIST = """Đông Tây Nam Bắc Thượng Hạ Trung Phú Tân An Bình Hòa Long Thạnh Mỹ Lợi Phước Vĩnh Thịnh Xuân Sơn Thủy
Hải Giang Hưng Yên Đại Tiểu Đồng Cầu Giấy Ngãi Quảng Trị Huế Thọ Lạng Cạn Ninh Dương Thuận Khánh Đắk Lắk Krông Nghệ Tĩnh
Hậu Bạc Liêu Sóc Trăng Trà Vinh Bến Tre Tiền Kiên Rạch Giá Ngọc Kỳ Tuyên Hoàng Việt"""
PLACES = PLACES_LIST.split()


@st.composite
def payloads(draw: st.DrawFn) -> str:
    return make_payload(random.Random(draw(st.integers(0, 2**32))))


def make_name(rng: random.Random) -> str:
    return " ".join([rng.choice(SURNAMES), *rng.sample(GIVEN, rng.randint(1, 3))])


def make_address(rng: random.Random) -> str:
    def place() -> str:
        return " ".join(rng.sample(PLACES, 2))

    start = rng.choice(("Tổ dân phố", "Thôn", "Khóm", "Số nhà", "Ấp", "Xóm", "Khu phố"))
    return f"{start} {rng.randint(1, 99)}, phường {place()}, quận {place()}, tỉnh {place()}"


def make_payload(rng: random.Random) -> str:
    sex = rng.choice(("Nam", "Nữ"))
    year = rng.randint(1940, 1999)
    number = f"001{0 if sex == 'Nam' else 1}{year % 100:02d}{rng.randint(0, 999999):06d}"
    return f"{number}|012345678|{make_name(rng)}|0203{year}|{sex}|{make_address(rng)}|01052021"


def windows_shows(raw: bytes) -> str:
    holes = {0x81, 0x8D, 0x8F, 0x90, 0x9D}
    return "".join(chr(byte) if byte in holes else bytes([byte]).decode("cp1252") for byte in raw)


def vietnamese_windows_shows(raw: bytes) -> str:
    def letter(byte: int) -> str:
        try:
            return bytes([byte]).decode("cp1258")
        except UnicodeDecodeError:
            return chr(byte)

    return "".join(map(letter, raw))


def to_cp1258(text: str) -> bytes:
    out = bytearray()
    for letter in text:
        try:
            out += letter.encode("cp1258")
        except UnicodeEncodeError:
            parts = unicodedata.normalize("NFD", letter)
            tone = next(mark for mark in parts if mark in "\u0300\u0301\u0303\u0309\u0323")
            out += unicodedata.normalize("NFC", parts.replace(tone, "")).encode("cp1258") + tone.encode("cp1258")
    return bytes(out)


def to_tcvn3(text: str) -> bytes:
    codes = {letter: code for code, letter in TCVN3.items()}
    return bytes(ord(c) if c.isascii() else codes.get(c) or codes[c.lower()] for c in text)


def to_viscii(text: str) -> bytes:
    codes = {letter: code for code, letter in VISCII.items()}
    return bytes(codes.get(c) or ord(c) for c in text)


def to_vni(text: str) -> bytes:
    shown: dict[str, str] = {}
    for written, letter in VNI.items():
        shown.setdefault(letter, written)
    return "".join(shown.get(c, c) for c in text).encode("cp1252")


DAMAGES: dict[str, Callable[[str], bytes]] = {
    "utf-8": lambda text: text.encode(),
    "utf-8 with mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "decomposed": lambda text: unicodedata.normalize("NFD", text).encode(),
    "utf-8 as latin-1": lambda text: text.encode().decode("latin-1").encode(),
    "utf-8 as windows-1252": lambda text: windows_shows(text.encode()).encode(),
    "utf-8 as windows-1258": lambda text: vietnamese_windows_shows(text.encode()).encode(),
    "twice as windows-1252": lambda text: windows_shows(windows_shows(text.encode()).encode()).encode(),
    "utf-8 as dos 437": lambda text: text.encode().decode("cp437").encode(),
    "utf-8 as dos 850": lambda text: text.encode().decode("cp850").encode(),
    "utf-16 little": lambda text: text.encode("utf-16-le"),
    "utf-16 big": lambda text: text.encode("utf-16-be"),
    "utf-16 marked": lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
    "windows-1258": to_cp1258,
    "tcvn3": to_tcvn3,
    "vni": to_vni,
    "viscii": to_viscii,
    "tcvn3 as windows-1252": lambda text: windows_shows(to_tcvn3(text)).encode(),
    "vni as windows-1252": lambda text: windows_shows(to_vni(text)).encode(),
    "viscii as windows-1252": lambda text: windows_shows(to_viscii(text)).encode(),
    "windows-1258 as windows-1252": lambda text: windows_shows(to_cp1258(text)).encode(),
}
# Encodings whose every reading, however short, is told apart from clean UTF-8.
TOLD_APART = [name for name in DAMAGES if not name.endswith("as windows-1252") or name.startswith(("utf", "tw"))]


def outcome(raw: bytes, truth: str) -> str:
    try:
        text, warnings = decode_reading(raw)
    except UserError as error:
        return "refused" if error.code == "card.damaged_text" else error.code
    if text == truth:
        return "right"
    told = any(warning.code == "card.warning.letter_case" for warning in warnings)
    return "right" if told and text.casefold() == truth.casefold() else f"wrong: {text!r} for {truth!r}"


@pytest.mark.parametrize("damage", DAMAGES)
def test_whole_card_text_is_right_nearly_always_and_otherwise_refused(damage: str) -> None:
    rng = random.Random(20260101)
    truths = [make_payload(rng) for _ in range(200)]

    outcomes = [outcome(DAMAGES[damage](truth), truth) for truth in truths]

    assert [one for one in outcomes if one not in {"right", "refused"}] == []
    assert outcomes.count("right") / len(outcomes) >= 0.95


@pytest.mark.parametrize("damage", TOLD_APART)
def test_single_name_or_address_is_right_or_refused(damage: str) -> None:
    rng = random.Random(7)
    truths = [make(rng) for _ in range(150) for make in (make_name, make_address)]

    outcomes = [outcome(DAMAGES[damage](truth), truth) for truth in truths]

    assert [one for one in outcomes if one not in {"right", "refused"}] == []


@settings(max_examples=150, deadline=None)
@given(payloads(), st.sampled_from(sorted(DAMAGES)))
def test_any_payload_under_any_damage_is_right_or_refused(truth: str, damage: str) -> None:
    assert outcome(DAMAGES[damage](truth), truth) in {"right", "refused"}


@settings(max_examples=150, deadline=None)
@given(payloads())
def test_clean_utf8_comes_back_unchanged_without_warning(truth: str) -> None:
    assert decode_reading(truth.encode()) == (truth, ())


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_text_or_a_user_error(raw: bytes) -> None:
    with contextlib.suppress(UserError):
        assert unicodedata.is_normalized("NFC", decode_reading(raw)[0])


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_any_text_gives_text_or_a_user_error(text: str) -> None:
    with contextlib.suppress(UserError):
        assert unicodedata.is_normalized("NFC", repair_text(text)[0])


@pytest.mark.parametrize(
    ("shown", "meant"),
    [
        ("Nguyá»…n VÄƒn HÃ", None),
        ("Nguyá»…n Thá»‹ Háº±ng", "Nguyễn Thị Hằng"),
        ("Trá»‹nh VÄƒn HÃ¹ng", "Trịnh Văn Hùng"),
        ("HoÃ ng Tháº£o", "Hoàng Thảo"),
        ("NguyÔn ThÞ Ph­îng", "Nguyễn Thị Phượng"),
        ("Nguyeãn Thò Phöôïng", "Nguyễn Thị Phượng"),
        ("Nguy├¬╠ân", "Nguyễn"),
        ("HÃ Nga", "Hà Nga"),
        ("Trònh Khaùnh", "Trịnh Khánh"),
        ("Lýu Xuân", "Lưu Xuân"),
        ("Trần HÃ Nga", None),
    ],
)
def test_text_seen_in_the_wrong_code_page(shown: str, meant: str | None) -> None:
    if meant is None:
        with pytest.raises(UserError, match=r"card\.damaged_text"):
            repair_text(shown)
    else:
        assert repair_text(shown)[0] == meant


@pytest.mark.parametrize("text", ["Nguy?n V?n An", "Th?", "Nguy\ufffdn", "Ng\x85uyen", "Nguy;\x05n"])
def test_lost_letters_are_refused(text: str) -> None:
    with pytest.raises(UserError, match=r"card\.damaged_text"):
        decode_reading(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "H'Điêp Êban",
        "H’Bŭh Niê",
        "Y Bhăm Kđăm",
        "Rơ Châm H'Yéo",
        "xã Ea H'leo, huyện Cư M'gar, tỉnh Đắk Lắk",
        "Krông Búk",
        "Thạch Sa Rây",
        "Lò Văn Pọm",
        "Nguyễn Hoà, tổ 3–khu 2",
        "Maria Nguyễn Thuỳ",
        "NGUYỄN THỊ THÚY",
        "Phạm Khuỷu",
        "xãĐông An, xãAn Bình, TP.HàNội",
        "Số 12/3 ngõ 5 (cũ), KP.3, đường 3/2",
    ],
)
def test_names_of_all_peoples_in_clean_utf8_are_accepted_as_they_are(text: str) -> None:
    assert decode_reading(text.encode()) == (text, ())


def test_reader_suffix_that_cuts_a_utf16_character_in_half_is_survived() -> None:
    text = "001099012345||Trần Văn Bình|02031999|Nam|phường Hòa Bình|01052021"

    whole = text.encode("utf-16-le") + b"\r"

    assert decode_reading(whole)[0] == text


def test_capitals_survive_tcvn3_in_words_of_capitals() -> None:
    text = "NGUYỄN THỊ HƯỜNG, XÃ ĐẠI THẮNG, TỈNH QUẢNG NGÃI"

    assert decode_reading(to_tcvn3(text))[0] == text


def test_tcvn3_name_gets_its_capitals_back_and_the_clerk_is_told() -> None:
    raw = to_tcvn3("001199012345||Nguyễn Thị Ánh Ý|02031999|Nữ|Ấp 3, xã Tân Thạnh, huyện Tiểu Cần|01052021")

    card = parse_card(raw)

    assert card.full_name == "Nguyễn Thị Ánh Ý"
    assert card.address == "ấp 3, xã Tân Thạnh, huyện Tiểu Cần"
    assert "card.warning.letter_case" in [warning.code for warning in card.warnings]


@pytest.mark.skipif(shutil.which("iconv") is None, reason="iconv is not installed")
@pytest.mark.parametrize(("charset", "table"), [("VISCII", VISCII), ("TCVN5712-1", TCVN3)])
def test_tables_agree_with_iconv(charset: str, table: dict[int, str]) -> None:
    # A letter between the codes keeps TCVN's combining marks apart.
    raw = b"x".join(bytes([code]) for code in table)

    shown = subprocess.run(["iconv", "-f", charset, "-t", "UTF-8"], input=raw, capture_output=True, check=True)

    assert shown.stdout.decode().split("x") == list(table.values())


@pytest.mark.parametrize("word", SURNAMES + GIVEN + ["gìn", "giếng", "khuya", "thuở", "ngoèo", "quýt", "hoà", "thuý"])
def test_real_words_are_syllables(word: str) -> None:
    assert is_syllable(word)
    assert is_syllable(word.upper())


@pytest.mark.parametrize("word", ["Krông", "cề", "kả", "tằp", "mac", "nguyeãn", "oâ", "hòá", "gệ", "xyz", ""])
def test_other_words_are_not_syllables(word: str) -> None:
    assert not is_syllable(word)


@pytest.mark.parametrize("word", ["NguyÔn", "Kroâng", "Hïng", "Traàn", "Þ", "hòá"])
def test_shapes_of_damage_are_not_plausible(word: str) -> None:
    assert not is_plausible_word(word)


@settings(max_examples=100, deadline=None)
@given(payloads())
def test_clean_payloads_are_plausible(truth: str) -> None:
    assert is_plausible_text(truth)
