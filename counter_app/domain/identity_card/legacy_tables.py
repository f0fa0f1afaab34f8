"""The Vietnamese encodings from before Unicode that readers, drivers and old office software still put out.

TCVN3 ("ABC") is the VN3 table of the standard TCVN 5712:1993: small letters with tones, capitals only without.
VISCII is RFC 1456. VNI for Windows writes a letter and a second byte for its marks; it has no official document
(unverified), the table is that of its fonts.
"""

import unicodedata
from types import MappingProxyType

_TONE_ORDER = "\u0300\u0309\u0303\u0301\u0323"  # as TCVN orders them: huyền hỏi ngã sắc nặng


def _toned(vowel: str) -> str:
    return "".join(unicodedata.normalize("NFC", vowel + tone) for tone in _TONE_ORDER)


def _tcvn3() -> dict[int, str]:
    table = dict(zip(range(0xA1, 0xAF), "ĂÂÊÔƠƯĐăâêôơưđ", strict=True))
    rows = (
        (_toned("a"), (0xB5, 0xB6, 0xB7, 0xB8, 0xB9)),
        (_toned("ă"), (0xBB, 0xBC, 0xBD, 0xBE, 0xC6)),
        (_toned("â"), (0xC7, 0xC8, 0xC9, 0xCA, 0xCB)),
        (_toned("e"), (0xCC, 0xCE, 0xCF, 0xD0, 0xD1)),
        (_toned("ê"), (0xD2, 0xD3, 0xD4, 0xD5, 0xD6)),
        (_toned("i"), (0xD7, 0xD8, 0xDC, 0xDD, 0xDE)),
        (_toned("o"), (0xDF, 0xE1, 0xE2, 0xE3, 0xE4)),
        (_toned("ô"), (0xE5, 0xE6, 0xE7, 0xE8, 0xE9)),
        (_toned("ơ"), (0xEA, 0xEB, 0xEC, 0xED, 0xEE)),
        (_toned("u"), (0xEF, 0xF1, 0xF2, 0xF3, 0xF4)),
        (_toned("ư"), (0xF5, 0xF6, 0xF7, 0xF8, 0xF9)),
        (_toned("y"), (0xFA, 0xFB, 0xFC, 0xFD, 0xFE)),
    )
    for letters, codes in rows:
        table.update(zip(codes, letters, strict=True))
    return table


TCVN3 = MappingProxyType(_tcvn3())

# RFC 1456 also puts six capitals (Ẳ Ẵ Ẫ Ỷ Ỹ Ỵ) in place of control codes. They are left out: a control code in a
# reading speaks of a damaged line far more often.
_VISCII_HIGH = (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐ"
    "ỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲ"
    "Õắằặấầẩậẽẹếềểễệố"
    "ồổỗỠƠộờởịỰỨỪỬơớƯ"
    "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳ"
    "ĐứÒÓÔạỷừửÙÚỹỵÝỡư"
    "àáâãảăữẫèéêẻìíĩỉ"
    "đựòóôõỏọụùúũủýợỮ"
)
VISCII = MappingProxyType(dict(zip(range(0x80, 0x100), _VISCII_HIGH, strict=True)))

_VNI_SINGLE = {
    "ñ": "đ", "ô": "ơ", "ö": "ư", "í": "í", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ",
}  # fmt: skip
_VNI_TONES = {"ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ù": "\u0301", "ï": "\u0323"}
_VNI_BREVE = {
    "ê": "\u0306", "è": "\u0306\u0300", "ú": "\u0306\u0309", "ü": "\u0306\u0303", "é": "\u0306\u0301",
    "ë": "\u0323\u0306",
}  # fmt: skip
_VNI_CIRCUMFLEX = {
    "â": "\u0302", "à": "\u0302\u0300", "å": "\u0302\u0309", "ã": "\u0302\u0303", "á": "\u0302\u0301",
    "ä": "\u0323\u0302",
}  # fmt: skip


def _vni_pairs() -> dict[str, str]:
    pairs = dict(_VNI_SINGLE)
    marks_of = {
        "a": _VNI_TONES | _VNI_BREVE | _VNI_CIRCUMFLEX,
        "e": _VNI_TONES | _VNI_CIRCUMFLEX,
        "o": _VNI_TONES | _VNI_CIRCUMFLEX,
        "u": _VNI_TONES,
        "y": _VNI_TONES,
    }
    for base, marks in marks_of.items():
        for sign, mark in marks.items():
            pairs[base + sign] = unicodedata.normalize("NFC", base + mark)
    for sign, base in (("ô", "ơ"), ("ö", "ư")):
        for tone, mark in _VNI_TONES.items():
            pairs[sign + tone] = unicodedata.normalize("NFC", base + mark)
    both = dict(pairs)
    for written, letter in pairs.items():
        both[written.upper()] = letter.upper()
        if len(written) == 2:
            # Title case: a capital, with its mark byte either way.
            both[written[0].upper() + written[1]] = letter.upper()
    return both


VNI = MappingProxyType(_vni_pairs())
"""Letters of VNI for Windows as their bytes look in Windows-1252 ("aù"), mapped to the real letter ("á")."""


def decode_tcvn3(raw: bytes) -> str:
    """Return TCVN3 bytes as text; bytes without meaning become U+FFFD."""
    return "".join(chr(byte) if byte < 0x80 else TCVN3.get(byte, "\ufffd") for byte in raw)


def decode_viscii(raw: bytes) -> str:
    """Return VISCII bytes as text; every byte from 80 has a meaning."""
    return "".join(VISCII.get(byte, chr(byte)) for byte in raw)


def decode_vni(raw: bytes) -> str:
    """Return VNI bytes as text; a mark byte without its letter stays as Windows-1252 shows it."""
    shown = raw.decode("latin-1")
    out: list[str] = []
    index = 0
    while index < len(shown):
        pair = shown[index : index + 2]
        width = 2 if len(pair) == 2 and pair in VNI else 1
        out.append(VNI.get(shown[index : index + width], shown[index]))
        index += width
    return "".join(out)
