"""Who issued a paper.

Nghị định 30/2020/NĐ-CP, phụ lục I, mục II.2: at the left of the head, in capitals; above it may stand the authority it
belongs to. At the right stand the country's name and motto (mục II.1), by which the head is known.
"""

import re
from collections.abc import Iterator, Sequence

from counter_app.core.text import fold, nfc
from counter_app.domain.paper_facts.reading import Candidate, FactField, ReadPage, Run, around, iter_runs

_MOTTO = "cong hoa xa hoi"
_BODIES = (
    "uy ban nhan dan|ubnd|hoi dong nhan dan|so|bo|cuc|chi cuc|phong|cong an|van phong|trung tam|ban|toa an|vien|"
    "chi nhanh|bao hiem xa hoi|thue|thanh tra|benh vien|truong|to chuc|uy ban mat tran|trung tam phuc vu"
)
_BODY = re.compile(rf"(?:{_BODIES})\b")
_HEAD, _HALF, _LEFT_HALF = 0.3, 0.5, 0.55


def iter_issuers(page: ReadPage, known: Sequence[str]) -> Iterator[Candidate]:
    """Yield the body that the head of page 1 names, spelled as one of the known names where it is one of them."""
    runs = list(iter_runs(page)) if page.number == 1 else []
    motto = next((run for run in runs if _MOTTO in run.flat and run.box.top < _HEAD), None)
    if motto is None:
        return
    head = _left_of(runs, motto)
    first = max((place for place, run in enumerate(head) if _BODY.match(run.flat)), default=None)
    if first is None:
        return
    lines = head[first:]
    words = [word for run in lines for word in run.words]
    printed = nfc(" ".join(word.text for word in words)).strip(" -_.")
    spelled = next((name for name in known if fold(name) == fold(printed)), "")
    yield Candidate(
        field=FactField.ISSUER,
        value=spelled or printed,
        confidence=min(word.confidence for word in words),
        page=1,
        box=around(words),
        # Readers miss tones of capitals without doubting themselves: only a name that is known is certain.
        is_plain=bool(spelled),
    )


def _left_of(runs: Sequence[Run], motto: Run) -> list[Run]:
    """Return the lines in capitals at the left of the motto, down to the number, from the top."""
    edge = motto.flat.find(_MOTTO)
    is_merged = edge > 0
    limit = min(_LEFT_HALF, motto.box.left if not is_merged else _HALF)
    column = [run for run in runs if run.box.right <= limit + 0.02 and run.box.top < _HEAD and run is not motto]
    if is_merged:
        column.append(Run(motto.words_at(0, edge)))
    column.sort(key=lambda run: run.box.top)
    head: list[Run] = []
    for run in column:
        if re.match(r"s[o0]\s?[:.;]", run.flat):
            break
        if len(run.text) > 1 and run.text.upper() == run.text and re.search(r"[^\W\d_]{2}", run.text):
            head.append(run)
    return head
