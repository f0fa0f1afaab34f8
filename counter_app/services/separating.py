"""What the codes and the text of a page say about the pile it lies in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from counter_app.core.errors import UserError
from counter_app.core.text import fold
from counter_app.domain.component_sheet import find_component
from counter_app.domain.document import TrayReason
from counter_app.domain.dossier_code import looks_like_dossier_code, parse_dossier_code
from counter_app.domain.pile import Group, Mark, MarkKind
from counter_app.domain.slip_code import looks_like_slip_code
from counter_app.scanning.ready import ReadyPage
from counter_app.services.slip_checks import SlipChecks

# A slip whose codes cannot be read still says in words what it is (titles of forms 01, 02 and 03, folded).
_SLIP_TITLES = ("giay tiep nhan ho so", "phieu yeu cau bo sung", "phieu tu choi")
_CODE_IN_TEXT = re.compile(r"[A-Z]\d{2}(?:\.\d{1,3}){0,4}-\d{6}-\d{4,5}")


def find_mark(page: ReadyPage, checks: SlipChecks) -> Mark | None:
    """Return what separator sheet a page is, None for a paper."""
    texts = [code.text for code in page.codes]
    component = next((found for text in texts if (found := find_component(text)) is not None), None)
    slips = [text for text in texts if looks_like_slip_code(text) or looks_like_dossier_code(text)]
    if slips:
        return _of_slips(slips, checks)
    if component is not None:
        return Mark(kind=MarkKind.COMPONENT, component=component)
    return _of_words(page)


def _of_slips(texts: list[str], checks: SlipChecks) -> Mark:
    """Signed codes go before plain ones; two that name different dossiers are not to be trusted."""
    found = [checks.check(text) for text in sorted(texts, key=lambda text: not looks_like_slip_code(text))]
    codes = {check.code for check in found if check.code}
    first = found[0]
    if len(codes) != 1:
        return Mark(kind=MarkKind.TROUBLE, reason=TrayReason.DOUBTFUL_SLIP)
    if first.is_valid is False:
        is_foreign = first.reason == "slip.unknown_key"
        reason = TrayReason.FOREIGN_SLIP if is_foreign else TrayReason.DOUBTFUL_SLIP
        return Mark(kind=MarkKind.TROUBLE, code=first.code, reason=reason)
    if not first.is_known:
        return Mark(kind=MarkKind.TROUBLE, code=first.code, reason=TrayReason.UNKNOWN_DOSSIER)
    return Mark(kind=MarkKind.DOSSIER, code=first.code)


def _of_words(page: ReadyPage) -> Mark | None:
    text = page.text.text
    folded = " ".join(fold(text).split())
    if not any(title in folded for title in _SLIP_TITLES):
        return None
    found = _CODE_IN_TEXT.search(text)
    return Mark(kind=MarkKind.TROUBLE, code=_code_of(found[0]) if found else "", reason=TrayReason.DOUBTFUL_SLIP)


def _code_of(text: str) -> str:
    try:
        return parse_dossier_code(text).format()
    except UserError:
        return ""


class Pile:
    """Says what each page of a pile is, and keeps the papers until their group is taken.

    `marks` are the separator sheets seen so far, by their places in the pile.
    """

    def __init__(self, ready: Iterable[ReadyPage], checks: SlipChecks) -> None:
        self._ready = ready
        self._checks = checks
        self._papers: dict[int, ReadyPage] = {}
        self.marks: dict[int, Mark] = {}

    def iter_marks(self) -> Iterator[Mark | None]:
        """Yield what each page is, in order."""
        for place, page in enumerate(self._ready):
            mark = find_mark(page, self._checks)
            if mark is None:
                self._papers[place] = page
            else:
                self.marks[place] = mark
            yield mark

    def take(self, group: Group) -> list[ReadyPage]:
        """Return the papers of a group, and let them go."""
        return [self._papers.pop(place) for place in group.pages]
