"""Bringing what was handed in together with what the procedure asks for."""

from collections.abc import Iterable

from counter_app.core.text import fold, nfc
from counter_app.domain.dossier import Paper
from counter_app.domain.procedure import Component


def merge_checklist(components: Iterable[Component], papers: Iterable[Paper]) -> tuple[Paper, ...]:
    """Return one line per component, with the counts handed in, then the papers the checklist does not know.

    A paper belongs to a component by its code, else by its name without marks. Counts of papers named twice add up.
    """
    waiting = [_clean(paper) for paper in papers]
    lines = []
    for component in components:
        mine = [paper for paper in waiting if _names(paper, component)]
        waiting = [paper for paper in waiting if paper not in mine]
        lines.append(
            Paper(
                name=component.name,
                code=component.code,
                original=sum(paper.original for paper in mine),
                certified=sum(paper.certified for paper in mine),
                copy=sum(paper.copy for paper in mine),
                required=component.required,
                note="; ".join(paper.note for paper in mine if paper.note),
            )
        )
    return (*lines, *(paper for paper in waiting if paper.handed_in))


def list_missing(papers: Iterable[Paper]) -> tuple[Paper, ...]:
    """Return the required papers of which nothing was handed in."""
    return tuple(paper for paper in papers if paper.required and not paper.handed_in)


def _names(paper: Paper, component: Component) -> bool:
    if paper.code and component.code:
        return paper.code == component.code
    return fold(paper.name) == fold(component.name)


def _clean(paper: Paper) -> Paper:
    return Paper(
        name=nfc(paper.name),
        code=nfc(paper.code),
        original=max(0, paper.original),
        certified=max(0, paper.certified),
        copy=max(0, paper.copy),
        note=nfc(paper.note),
    )
