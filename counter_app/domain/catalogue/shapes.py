"""Whether a national packet has the shape that reading it relies on: what is not there must not read as "nothing"."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from counter_app.core.text import fold
from counter_app.domain.catalogue.cleaning import clean_text, read_list
from counter_app.domain.catalogue.doubts import DoubtList

Shape = Mapping[str, Any]

_TIME = {"THOIGIANGIAIQUYET": None, "DONVITINH": None, "MOTA": None}
_FEE = {"SOTIEN": None, "DONVI": None, "MOTA": None}
_PAPER = {"TENGIAYTO": None, "MAGIAYTO": None, "TENMAUDON": None, "SOBANCHINH": None, "SOBANSAO": None}
_TIMES: Shape = {"CACHTHUCTHUCHIEN": {"KENH": None, "THOIGIAN": _TIME}}
_FEES: Shape = {"CACHTHUCTHUCHIEN": {"KENH": None, "THOIGIAN": {"PHILEPHI": _FEE}}}
_PAPERS: Shape = {"THANHPHANHOSO": {"TRUONGHOP": None, "GIAYTO": _PAPER}}
#: "ngày" alone: portals write it for working days too, and nothing in the packet tells which.
_BARE_DAYS = frozenset({"ngay", "day", "days"})
MOST_OBJECTS = 1_000
_AMOUNT = re.compile(r"(?:\d{1,3}(?:[., ]\d{3})+|\d+)(?:[.,]0{1,2})?")


def is_sizeable(packet: Mapping[str, object]) -> bool:
    """Whether a packet holds no more objects than any real one could: reading takes longer with each."""
    left, found = MOST_OBJECTS, [dict(packet)]
    while found and left:
        left -= 1
        for value in found.pop().values():
            found += [item for item in read_list(value) if isinstance(item, dict)]
    return not found


def note_shape(packet: Mapping[str, object], doubts: DoubtList) -> None:
    """Note what in a packet cannot be read as it stands: wrong types, days of which kind nobody says, papers unnamed.

    Keys of `packet` are capital.
    """
    for shape, what in ((_TIMES, "time_shape"), (_FEES, "fee_shape"), (_PAPERS, "paper_shape")):
        for place in _misshapen(packet, shape, ""):
            doubts.add(place, what, place)
    for way in _objects(packet.get("CACHTHUCTHUCHIEN")):
        for time in _objects(way.get("THOIGIAN")):
            if fold(clean_text(time.get("DONVITINH"))) in _BARE_DAYS:
                words = f"{clean_text(time.get('THOIGIANGIAIQUYET'))} {clean_text(time.get('DONVITINH'))}"
                doubts.add("CACHTHUCTHUCHIEN.THOIGIAN", "time_bare_days", words)
    for case in _objects(packet.get("THANHPHANHOSO")):
        if any(not clean_text(paper.get("TENGIAYTO")) for paper in _objects(case.get("GIAYTO"))):
            doubts.add("THANHPHANHOSO.GIAYTO", "paper_without_name")


def whole_dong(words: str) -> str:
    """Return the digits of an amount written with or without separators of thousands, "" for anything else."""
    if _AMOUNT.fullmatch(words) is None:
        return ""
    return re.sub(r"\D", "", re.sub(r"[.,]0{1,2}$", "", words))


def capital_keys(table: Mapping[str, object]) -> dict[str, object]:
    """Return an object with its keys in capitals, as the packet is described."""
    return {str(key).upper(): value for key, value in table.items()}


def _objects(value: object) -> Iterator[dict[str, object]]:
    for item in read_list(value):
        if isinstance(item, dict):
            yield capital_keys(item)


def _misshapen(table: Mapping[str, object], shape: Shape, place: str) -> Iterator[str]:
    for key, inner in shape.items():
        here, value = f"{place}.{key}".removeprefix("."), table.get(key)
        if inner is None:
            if isinstance(value, bool) or not isinstance(value, str | int | float | None):
                yield here
            continue
        for item in read_list(value):
            if isinstance(item, dict):
                yield from _misshapen(capital_keys(item), inner, here)
            else:
                yield here
