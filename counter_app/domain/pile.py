"""A pile of pages separating itself: each slip opens a dossier, each component sheet a line of its checklist.

Nothing is guessed: a page whose place is not said by a code goes to the tray with the likely answer.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum

import msgspec

from counter_app.domain.document import TrayReason


class MarkKind(StrEnum):
    """What a page's codes say."""

    DOSSIER = "dossier"
    COMPONENT = "component"
    TROUBLE = "trouble"


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A separator sheet: a dossier's slip, a component sheet, or one that cannot be trusted and why."""

    kind: MarkKind
    code: str = ""
    component: int = 0
    reason: TrayReason | None = None


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Pages (places in the pile, from 0) that belong together: to a dossier, or to the tray when `reason` says so.

    `code` and `component` are then the likely dossier, "" where nothing points to one, and its likely line.
    """

    pages: tuple[int, ...]
    code: str = ""
    component: int = 0
    reason: TrayReason | None = None


def iter_groups(marks: Iterable[Mark | None]) -> Iterator[Group]:
    """Yield the groups of a pile, in order, from what each page is: a separator sheet, or None for a paper.

    After a slip that cannot be trusted every paper goes to the tray until the next good one, and so does a pile
    before its first slip: to go on with the dossier before would put papers to the wrong one.
    """
    waiting: list[int] = []
    code, component, reason, likely = "", 0, TrayReason.NO_CODE, ""

    def group() -> Group:
        in_tray = not code
        return Group(
            pages=tuple(waiting),
            code=likely if in_tray else code,
            component=component,
            reason=reason if in_tray else None,
        )

    for place, mark in enumerate(marks):
        if mark is None:
            waiting.append(place)
            continue
        if waiting:
            yield group()
            waiting = []
        match mark.kind:
            case MarkKind.DOSSIER:
                code, component = mark.code, 0
            case MarkKind.COMPONENT:
                component = mark.component
            case MarkKind.TROUBLE:
                likely = mark.code or code
                code, component, reason = "", 0, mark.reason or TrayReason.DOUBTFUL_SLIP
    if waiting:
        yield group()
