"""Phiếu kiểm soát quá trình giải quyết hồ sơ: every hand the paper dossier goes through, with room to sign.

A hop takes two rows: who gives, with the time; who receives. Known hops are filled, blank ones follow.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from counter_app.core.text import nfc
from counter_app.domain.forms.details import Hop
from counter_app.domain.forms.facts import HandTime, SlipData
from printing.blocks import Cell
from printing.documents.facts import SLIP_FACTS
from printing.documents.offer import Offer, TableSource
from printing.documents.words import kept_words, moment_words
from resources.forms import TableWording, common_wording

_LEAST_BLANK_HOPS = 3
_DOTS = "……………"


@dataclass(frozen=True, slots=True)
class _Half:
    agency: str
    signs: str
    time: str = ""
    outcome: str = ""
    note: str = ""


def _halves(hop: Hop, time: HandTime | None, words: dict[str, str]) -> Iterator[_Half]:
    """Yield the giver's row and the receiver's."""
    outcome = common_wording().kept_time.get(hop.outcome, nfc(hop.outcome))
    yield _Half(
        agency=words["gives"].format(giver=nfc(hop.giver) or _DOTS),
        signs=words["giver_signs"],
        time=moment_words(hop.at) or words["blank_time"],
        outcome=kept_words(time) if time is not None else outcome,
        note=nfc(hop.note),
    )
    yield _Half(agency=words["receives"].format(receiver=nfc(hop.receiver) or _DOTS), signs=words["receiver_signs"])


def _hops(data: SlipData, wording: TableWording) -> Sequence[_Half]:
    known = (*data.hops, *data.details.hops)
    blank = max(_LEAST_BLANK_HOPS, wording.least_rows - len(known))
    hops = (*known, *(Hop(giver="", receiver=""),) * blank)
    times = zip_longest(hops, data.hand_times[: len(data.hops)])
    return [half for hop, time in times for half in _halves(hop, time, wording.words)]


_HOPS = TableSource(
    items=_hops,
    cells={
        "agency": lambda half: half.agency,
        "time": lambda half: half.time,
        "signs": lambda half: Cell("", half.signs),
        "outcome": lambda half: half.outcome,
        "note": lambda half: half.note,
    },
    words={
        "gives": frozenset({"giver"}),
        "receives": frozenset({"receiver"}),
        "blank_time": frozenset(),
        "giver_signs": frozenset(),
        "receiver_signs": frozenset(),
    },
)

OFFER = Offer(facts=SLIP_FACTS, tables={"hops": _HOPS})
