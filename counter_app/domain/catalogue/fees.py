"""Reading fees: amounts in đồng with a unit and remarks, as portals write them ("2000 VNĐ (/trang)")."""

import re

import msgspec

from counter_app.core.text import fold
from counter_app.domain.catalogue.cleaning import clean_text
from counter_app.domain.catalogue.doubts import DoubtList
from counter_app.domain.catalogue.sources import SourceFee, SourceWay
from counter_app.domain.catalogue.times import read_channel
from counter_app.domain.procedure import Channel, FeeKind, FeeLine

LEAST_AMOUNT = 500
"""No fee or charge in force is smaller; the portal's "10 VNĐ (/bản)" is a slip for something else."""
MOST_AMOUNT = 100_000_000

_ONE_FEE = re.compile(r"^(\d[\d.,]*)\s*(?:VNĐ|VND|đồng|đ)\b\s*(?:\((.*)\))?\s*$", re.IGNORECASE | re.DOTALL)
_NEXT_FEE = re.compile(r"\s*\|\s*(?=\d[\d.,]*\s*VNĐ)")
_NONE_STATED = {"", "khong co thong tin", "khong", "khong quy dinh", "khong thu phi", "mien phi"}
_SET_ELSEWHERE = re.compile(r"\bmuc\b|hoi dong nhan dan|nghi quyet|nq-hdnd|theo quy dinh|thong tu")
_BOTH_KINDS = re.compile(r"phi (?:va|,) le phi|phi, le phi")
_PER = (
    (re.compile(r"nguoi/lan|/\s*nguoi|moi nguoi"), "person"),
    (re.compile(r"/\s*trang"), "page"),
    (re.compile(r"/\s*ban\b"), "copy"),
    (re.compile(r"/\s*(?:truong hop|giao dich|di chuc|van ban|viec|lan)"), "case"),
    (re.compile(r"/\s*ho so"), "dossier"),
)
_FEE_FIELDS = ("chung thuc", "dat dai")


class _Reading(msgspec.Struct, frozen=True):
    place: str
    lines: tuple[FeeLine, ...]
    text: str


def split_portal_fee(text: str) -> tuple[SourceFee, ...]:
    """Return the fees of one portal text, which joins several with a bar."""
    found = []
    for part in _NEXT_FEE.split(clean_text(text)):
        match = _ONE_FEE.match(part)
        if match is None:
            found.append(SourceFee(text=part))
        else:
            words = _unwrap(match[2] or "")
            amount = int(re.sub(r"\D", "", match[1])[:12])
            found.append(SourceFee(text=part, amount=amount, per_text=words[:60], note=words))
    return tuple(found)


def read_fees(
    ways: tuple[SourceWay, ...], field_name: str, doubts: DoubtList
) -> tuple[tuple[FeeLine, ...], dict[str, str]]:
    """Return the fee lines of handing in directly, with the online amount where there is one of each.

    Where the channels differ in a way that cannot be paired, the direct lines stand and a doubt says so. The texts of
    the source come back beside them.
    """
    by_channel: dict[Channel, list[SourceWay]] = {}
    for way in ways:
        channel = read_channel(way.channel)
        if channel is not None:
            by_channel.setdefault(channel, []).append(way)
    readings = {channel: _read_channel_fees(found, field_name, doubts) for channel, found in by_channel.items()}
    texts = {f"fees.{channel}": reading.text for channel, reading in readings.items() if reading.text}
    if not readings:
        return (), texts
    base = readings.get(Channel.DIRECT) or next(iter(readings.values()))
    lines = base.lines
    for channel, reading in readings.items():
        if _same_money(lines, reading.lines):
            continue
        if channel is Channel.ONLINE and _is_reduced(lines, reading.lines):
            lines = (msgspec.structs.replace(lines[0], online_amount=reading.lines[0].amount),)
        else:
            doubts.add(reading.place, "fee_channels_differ", f"{base.text} | {reading.text}")
    if len({line.amount for line in lines}) > 1:
        doubts.add(base.place, "fee_several_lines", base.text)
    return lines, texts


def _read_channel_fees(ways: list[SourceWay], field_name: str, doubts: DoubtList) -> _Reading:
    """A channel may be listed once per time limit: its fees together, each once."""
    lines: dict[FeeLine, None] = {}
    texts: dict[str, None] = {}
    for way in ways:
        for fee in way.fees:
            line = _read_fee(fee, f"{way.place}.fees", field_name, doubts)
            if line is not None:
                lines[line] = None
            texts[fee.text] = None
    return _Reading(f"{ways[0].place}.fees", tuple(lines), " | ".join(text for text in texts if text))


def _read_fee(fee: SourceFee, place: str, field_name: str, doubts: DoubtList) -> FeeLine | None:
    words = fee.note.strip()
    if fee.amount is None:
        if fold(fee.text).rstrip(".") not in _NONE_STATED:
            doubts.add(place, "fee_not_understood", fee.text)
        return None
    if fee.amount == 0 and fold(words).rstrip(".") in _NONE_STATED:
        return None
    if 0 < fee.amount < LEAST_AMOUNT or fee.amount > MOST_AMOUNT:
        doubts.add(place, "fee_unlikely", fee.text)
        return None
    if fee.amount == 0 and _SET_ELSEWHERE.search(fold(words)):
        doubts.add(place, "fee_set_elsewhere", fee.text)
    kind = _kind_of(words, field_name)
    per = next((name for pattern, name in _PER if pattern.search(fold(f"{fee.per_text} {words}"))), "dossier")
    note = "" if words.startswith("/") and len(words) < 40 else words
    return FeeLine(kind=kind, name="Phí" if kind is FeeKind.FEE else "Lệ phí", amount=fee.amount, per=per, note=note)


def _kind_of(words: str, field_name: str) -> FeeKind:
    folded = _BOTH_KINDS.sub(" ", fold(words))
    if "le phi" in folded:
        return FeeKind.CHARGE
    if re.search(r"\bphi\b", folded) or fold(field_name).startswith(_FEE_FIELDS):
        return FeeKind.FEE
    return FeeKind.CHARGE


def _same_money(first: tuple[FeeLine, ...], second: tuple[FeeLine, ...]) -> bool:
    return sorted((line.amount, line.per) for line in first) == sorted((line.amount, line.per) for line in second)


def _is_reduced(lines: tuple[FeeLine, ...], online: tuple[FeeLine, ...]) -> bool:
    """Online rates exist to be lower; a higher one is more likely filed under the wrong channel."""
    return len(lines) == len(online) == 1 and 0 < online[0].amount < lines[0].amount


def _unwrap(words: str) -> str:
    inner = words.strip()
    while inner.startswith("(") and inner.endswith(")"):
        inner = inner[1:-1].strip()
    return inner
