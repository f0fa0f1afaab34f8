"""Bringing what was handed in together with what the procedure asks for."""

from collections.abc import Iterable

from counter_app.core.text import fold, nfc
from counter_app.domain.dossier import Paper
from counter_app.domain.procedure import Component


def merge_checklist(components: Iterable[Component], papers: Iterable[Paper]) -> tuple[Paper, ...]:
    """Return one line per component, with the counts handed in, then the papers the checklist does not know.

    A paper belongs to the component of its code and name, else of its code, else of its name without marks.
    Counts of papers named twice add up.
    """
    components = tuple(components)
    others: list[Paper] = []
    matched: list[list[Paper]] = [[] for _ in components]
    for paper in map(_clean, papers):
        place = _find_place(paper, components)
        (others if place is None else matched[place]).append(paper)
    lines = []
    for component, mine in zip(components, matched, strict=True):
        lines.append(
            Paper(
                name=component.name,
                code=component.code,
                original=sum(paper.original for paper in mine),
                certified=sum(paper.certified for paper in mine),
                copy=sum(paper.copy for paper in mine),
                required=component.required,
                note="; ".join(paper.note for paper in mine if paper.note),
                reused=next((paper.reused for paper in mine if paper.reused is not None), None),
                valid_months=component.valid_months,
            )
        )
    return (*lines, *(paper for paper in others if paper.is_had))


def list_missing(papers: Iterable[Paper]) -> tuple[Paper, ...]:
    """Return the required papers of which nothing was handed in and for which nothing stands."""
    return tuple(paper for paper in papers if paper.required and not paper.is_had)


def _find_place(paper: Paper, components: tuple[Component, ...]) -> int | None:
    """Return the place of the component that fits best, the first of equals."""
    fitting = [place for place, component in enumerate(components) if _fits(paper, component)]

    def closeness(place: int) -> tuple[bool, bool]:
        component = components[place]
        return component.code == paper.code, fold(component.name) == fold(paper.name)

    return max(fitting, key=closeness, default=None)


def _fits(paper: Paper, component: Component) -> bool:
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
        reused=paper.reused,
    )
