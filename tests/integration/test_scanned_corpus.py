"""Three hundred scanned pages made by a script: what became of each, and that none went wrong silently."""

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.domain.component_sheet import component_code
from counter_app.domain.dossier import Outcome
from counter_app.domain.forms.kinds import Form
from counter_app.domain.pile import iter_groups
from counter_app.scanning.batch import iter_ready
from counter_app.scanning.reading import FilePage
from counter_app.scanning.ready import ReadyPage
from counter_app.services.separating import find_mark
from tests.fakes.desks import a_form, at_work, sample_desk
from tests.fakes.scanned_corpus import Kind, Made, make_page

PAGES = 300
LINES = (5, 8)
PAPERS = (Kind.TEXT, Kind.TEXT, Kind.FORM, Kind.SEAL, Kind.PHOTO, Kind.SPARSE, Kind.BLANK)
DAMAGES = ("stain", "stroke", "torn")

pytestmark = pytest.mark.slow

Truth = tuple[Made, str, int]
"""A page, the dossier it belongs to ("" for a separator sheet) and the line of its checklist."""


def pile_of(made: OpenCounter, chance: random.Random) -> Iterator[Truth]:
    """Yield dossier after dossier: slip, papers, now and then component sheets; a third of the slips is damaged."""
    number = 0
    while number < PAGES:
        dossier = made.counter.intake.receive(a_form(number), Outcome.ACCEPTED).dossier
        qr = made.counter.slip_checks.seal(dossier, Form.RECEIPT)
        damage = chance.choice(DAMAGES) if chance.random() < 0.33 else ""
        slip = make_page(Kind.SLIP, number, code=qr, plain=dossier.code, damage=damage, turned=chance.choice((0, 0, 2)))
        yield slip, "", 0
        number += 1
        component = 0
        for _paper in range(chance.randint(3, 7)):
            if chance.random() < 0.2:
                component = chance.randint(1, 3)
                yield make_page(Kind.SHEET, number, code=component_code(component), turned=0), "", 0
                number += 1
            yield make_page(chance.choice(PAPERS), number + 5_000, lines=LINES), dossier.code, component
            number += 1


def place_all(made: OpenCounter, ready: list[ReadyPage]) -> dict[int, tuple[str, int]]:
    """Return where each paper went; one that waits in the tray is missing."""
    marks = [find_mark(page, made.counter.slip_checks) for page in ready]
    groups = iter_groups(marks)
    return {place: (group.code, group.component) for group in groups if not group.reason for place in group.pages}


def judge(truths: list[Truth], placed: dict[int, tuple[str, int]]) -> Counter[str]:
    """Count what became of the papers."""
    told: Counter[str] = Counter()
    for place, (_page, code, component) in enumerate(truths):
        if code:
            went = placed.get(place)
            told["waits" if went is None else "right" if went == (code, component) else "wrong"] += 1
        else:
            told["separator taken for a paper"] += place in placed
    return told


def test_pages_of_a_pile_go_where_they_belong_straight_and_upright(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with at_work(sample_desk(tmp_path)) as made:
        truths: list[Truth] = []

        def found() -> Iterator[FilePage]:
            for truth in pile_of(made, random.Random(7)):
                truths.append(truth)
                yield FilePage(page=truth[0].page)

        ready = list(iter_ready(found(), workers=2, reads_codes=True))
        told = judge(truths, place_all(made, ready))

    pairs = [(page, kept) for (page, _code, _line), kept in zip(truths, ready, strict=True)]
    inked = [(page, kept) for page, kept in pairs if page.kind is not Kind.BLANK]
    upright = [(page, kept) for page, kept in inked if kept.turned == page.turned]
    skews = [abs(kept.skew_deg - page.skew_deg) for page, kept in upright if page.kind is not Kind.SPARSE]
    blank = Counter((page.kind is Kind.BLANK, kept.is_blank) for page, kept in pairs)
    table = {
        "pages": len(truths),
        **told,
        "upright": f"{len(upright)} of {len(inked)}",
        "worst skew": f"{max(skews):.2f} deg",
        "blank found": f"{blank[True, True]} of {blank[True, True] + blank[True, False]}",
        "taken for blank": blank[False, True],
    }
    with capsys.disabled():
        print("\n" + "\n".join(f"{name:>28}  {value}" for name, value in table.items()))

    papers = told["right"] + told["waits"] + told["wrong"]
    assert len(truths) >= PAGES
    assert told["wrong"] == 0
    assert told["separator taken for a paper"] == 0
    assert told["right"] >= 0.995 * papers
    assert len(upright) == len(inked)
    assert max(skews) <= 0.3
    assert blank[False, True] == 0
    assert blank[True, False] == 0
