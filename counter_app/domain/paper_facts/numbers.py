"""The number and symbol of a paper ("số, ký hiệu").

Nghị định 30/2020/NĐ-CP, phụ lục I, mục II.3: "Số:" stands below the issuer, then the number, a stroke, the
abbreviation of the kind of paper (phụ lục III), a hyphen and that of the issuer: 125/QĐ-UBND. Letters without a kind
say issuer and drafting office: 15/UBND-VP. Papers with rules carry the year: 01/2018/TT-VPCP. Papers of civil status
write number and year: 45/2026. The appendix was read in secondary copies.
"""

import re
from collections.abc import Iterator

from counter_app.domain.paper_facts.reading import Candidate, FactField, ReadPage, Run, iter_runs

_VALUE = re.compile(r"\d{1,6}[a-z]?(?:/\d{4})?(?:[/-][A-ZĐ][A-ZĐa-z0-9.&]*)*")
_ANCHOR = re.compile(r"[^\w]{0,2}S[ốôóồổỗộoỐÔÓỒỔỖỘO]\s*[:.;]?\s*")
# Phụ lục III, bảng 1, and below it the certificates and extracts of commune desks.
_KINDS = frozenset(
    (
        *("NQ", "QĐ", "CT", "QC", "QyĐ", "TC", "TB", "HD", "CTr", "KH", "PA", "ĐA", "DA", "BC", "BB", "TTr", "HĐ"),
        *("CĐ", "BGN", "BTT", "GUQ", "GM", "GGT", "GNP", "PG", "PC", "PB", "PYC", "NĐ", "TT"),
        *("GCN", "GXN", "GP", "CN", "XN", "TLKS", "TLKH", "TLKT", "TLHT"),
    )
)
_ISSUERS = frozenset(
    (
        *("UBND", "HĐND", "MTTQ", "UBMTTQ", "VP", "VPCP", "CP", "TTg", "BTP", "BNV", "BCA", "BTC", "BYT", "TTPVHCC"),
        *("STP", "SNV", "STC", "SYT", "SXD", "SCT", "SNNMT", "STNMT", "SKHĐT", "SVHTTDL", "SGDĐT", "SKHCN"),
        *("SLĐTBXH", "TP", "TPHT", "KT", "KTHT", "VHXH", "TNMT", "TTHCC", "PVHCC", "BHXH", "CAX", "CAT", "CTK"),
        *("BS", "DC", "ĐKKD"),
    )
)
_HEAD = 0.42


def iter_numbers(page: ReadPage) -> Iterator[Candidate]:
    """Yield what follows "Số:" where that begins a line; a number in running text is somebody else's."""
    for run in iter_runs(page):
        anchor = _ANCHOR.match(run.text)
        if anchor is not None and run.text[anchor.end() :].strip():
            found = _read(run, anchor.end(), page.number)
            if found is not None:
                yield found


def is_known_symbol(value: str) -> bool:
    """Whether every abbreviation of a number and symbol is one that this program knows."""
    first, *rest = re.split(r"[/-]", value)
    if rest and re.fullmatch(r"\d{4}", rest[0]):
        is_year = 1945 <= int(rest[0]) <= 2100
        if not is_year or len(rest) == 1:
            return is_year
        rest = rest[1:]
    if not rest or not first:
        return False
    return (rest[0] in _KINDS or rest[0] in _ISSUERS) and all(part in _KINDS | _ISSUERS for part in rest[1:])


def _read(run: Run, start: int, page: int) -> Candidate | None:
    # Readers put blanks around strokes, and take the Icelandic letter for ours.
    value = re.sub(r"\s+", "", run.text[start:]).replace("Ð", "Đ").rstrip(".,;:")
    if not _VALUE.fullmatch(value):
        return None
    box = run.box
    is_in_place = page == 1 and box.top < _HEAD and box.left < 0.6
    is_plain = is_in_place and is_known_symbol(value)
    return run.candidate(FactField.NUMBER_SYMBOL, value, (start, len(run.text)), page, is_plain=is_plain)
