"""Reading fees: amounts in đồng with a unit and remarks, as portals write them ("2000 VNĐ (/trang)")."""

import re
from collections.abc import Iterator

import msgspec

from counter_app.core.text import fold
from counter_app.domain.catalogue.cleaning import clean_text
from counter_app.domain.catalogue.doubts import DoubtList
from counter_app.domain.catalogue.sources import SourceFee, SourceWay
from counter_app.domain.catalogue.times import read_channel
from counter_app.domain.procedure import Channel, FeeApplication, FeeKind, FeeLine

LEAST_AMOUNT = 500
"""No fee or charge in force is smaller; the portal's "10 VNĐ (/bản)" is a slip for something else."""
MOST_AMOUNT = 100_000_000

_ONE_FEE = re.compile(r"^(\d[\d.,]*)\s*(?:VNĐ|VND|đồng|đ)\b\s*(?:\((.*)\))?\s*$", re.IGNORECASE | re.DOTALL)
_NEXT_FEE = re.compile(r"\s*\|\s*(?=\d[\d.,]*\s*VNĐ)")
_NONE_STATED = {"", "khong co thong tin", "khong", "khong quy dinh", "khong thu phi", "mien phi"}
_SET_ELSEWHERE = re.compile(r"\bmuc\b|hoi dong nhan dan|nghi quyet|nq-hdnd|theo quy dinh|thong tu")
_FREE = re.compile(r"^mien (?:le )?phi\W*$")
_EXEMPTION = re.compile(r"^\W*mien phi\b|dien duoc mien")
_FREE_IN_TIME = re.compile(r"mien le phi[^.;]*dung han")
_COPIES_ON_REQUEST = re.compile(r"Phí cấp bản sao[^.]*\(nếu có yêu cầu\)[^.]*\.?", re.IGNORECASE)
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
            paid, reduced = _certain(lines)[0], _certain(reading.lines)[0]
            with_rate = msgspec.structs.replace(paid, online_amount=reduced.amount)
            lines = tuple(with_rate if line is paid else line for line in lines)
        else:
            doubts.add(reading.place, "fee_channels_differ", f"{base.text} | {reading.text}")
    if len({line.amount for line in lines if line.applies is not FeeApplication.SOMETIMES}) > 1:
        doubts.add(base.place, "fee_several_lines", base.text)
    return lines, texts


def _read_channel_fees(ways: list[SourceWay], field_name: str, doubts: DoubtList) -> _Reading:
    """A channel may be listed once per time limit: its fees together, each once."""
    lines: dict[FeeLine, None] = {}
    slips: dict[FeeLine, None] = {}
    texts: dict[str, None] = {}
    for way in ways:
        for fee in way.fees:
            found = lines if not _is_unlikely(fee) else slips
            found.update(dict.fromkeys(_read_fee(fee, f"{way.place}.fees", field_name, doubts)))
            texts[fee.text] = None
    told = _mark_alternatives(tuple(lines or slips))
    return _Reading(f"{ways[0].place}.fees", told, " | ".join(text for text in texts if text))


def _is_unlikely(fee: SourceFee) -> bool:
    return fee.amount is not None and (0 < fee.amount < LEAST_AMOUNT or fee.amount > MOST_AMOUNT)


def _read_fee(fee: SourceFee, place: str, field_name: str, doubts: DoubtList) -> Iterator[FeeLine]:
    """Yield the line of a fee and, after it, the copies on request that its remarks speak of.

    What is there but cannot be read stays as a line without an amount: leaving it out would say that it is free.
    """
    words = fee.note.strip()
    asked = _COPIES_ON_REQUEST.search(words)
    if asked is not None and fee.amount == 0:
        words = (words[: asked.start()] + words[asked.end() :]).strip()
    folded, amount = fold(words).rstrip("."), fee.amount
    applies = FeeApplication.ALWAYS
    is_stated = True
    if amount is None:
        words, is_stated = fee.text, fold(fee.text).rstrip(".") not in _NONE_STATED
        if is_stated:
            set_elsewhere = _SET_ELSEWHERE.search(fold(fee.text))
            doubts.add(place, "fee_set_elsewhere" if set_elsewhere else "fee_not_understood", fee.text)
    elif _is_unlikely(fee):
        amount = None
        doubts.add(place, "fee_unlikely", fee.text)
    elif amount == 0 and (folded in _NONE_STATED or _FREE.match(folded)):
        is_stated = False
    elif amount == 0 and _EXEMPTION.search(folded):
        applies = FeeApplication.SOMETIMES
    elif amount == 0 and _SET_ELSEWHERE.search(folded):
        amount = None
        applies = FeeApplication.SOMETIMES if _FREE_IN_TIME.search(folded) else applies
        doubts.add(place, "fee_set_elsewhere", fee.text)
    if is_stated:
        yield _line(words, amount, applies, fee.per_text, field_name)
    if asked is not None and fee.amount == 0:
        yield FeeLine(
            kind=FeeKind.FEE, name="Phí cấp bản sao", per="copy", applies=FeeApplication.SOMETIMES, note=asked[0]
        )


def _line(words: str, amount: int | None, applies: FeeApplication, per_text: str, field_name: str) -> FeeLine:
    kind = _kind_of(words, field_name)
    per = next((name for pattern, name in _PER if pattern.search(fold(f"{per_text} {words}"))), "dossier")
    note = "" if words.startswith("/") and len(words) < 40 else words
    name = "Phí" if kind is FeeKind.FEE else "Lệ phí"
    return FeeLine(kind=kind, name=name, amount=amount, per=per, applies=applies, note=note)


def _mark_alternatives(lines: tuple[FeeLine, ...]) -> tuple[FeeLine, ...]:
    """Several amounts of one kind are the rates of different circumstances, and a nought beside them an exemption."""
    replace, told = msgspec.structs.replace, []
    known = {line.amount for line in lines if line.amount}
    rates: dict[FeeKind, set[int]] = {kind: set() for kind in FeeKind}
    for line in _certain(lines):
        rates[line.kind].update([line.amount] if line.amount else [])
    for line in lines:
        if line.amount == 0 and known:
            told.append(replace(line, applies=FeeApplication.SOMETIMES))
        elif line.amount and len(rates[line.kind]) > 1:
            told.append(replace(line, applies=FeeApplication.ALTERNATIVE))
        else:
            told.append(line)
    return tuple(told)


def _certain(lines: tuple[FeeLine, ...]) -> tuple[FeeLine, ...]:
    return tuple(line for line in lines if line.applies is FeeApplication.ALWAYS)


def _kind_of(words: str, field_name: str) -> FeeKind:
    folded = _BOTH_KINDS.sub(" ", fold(words))
    if "le phi" in folded:
        return FeeKind.CHARGE
    if re.search(r"\bphi\b", folded) or fold(field_name).startswith(_FEE_FIELDS):
        return FeeKind.FEE
    return FeeKind.CHARGE


def _same_money(first: tuple[FeeLine, ...], second: tuple[FeeLine, ...]) -> bool:
    def money(lines: tuple[FeeLine, ...]) -> list[tuple[int, str, str]]:
        return sorted((-1 if line.amount is None else line.amount, line.per, line.applies) for line in lines)

    return money(first) == money(second)


def _is_reduced(lines: tuple[FeeLine, ...], online: tuple[FeeLine, ...]) -> bool:
    """Online rates exist to be lower; a higher one is more likely filed under the wrong channel."""
    usual, reduced = ([line.amount for line in _certain(found)] for found in (lines, online))
    if len(usual) != 1 or len(reduced) != 1 or len(lines) != len(online):
        return False
    return usual[0] is not None and reduced[0] is not None and 0 < reduced[0] < usual[0]


def _unwrap(words: str) -> str:
    inner = words.strip()
    while inner.startswith("(") and inner.endswith(")"):
        inner = inner[1:-1].strip()
    return inner
