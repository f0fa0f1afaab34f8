"""Facts are read from real pixels, taken by a clerk, and kept in the journal and in the file."""

import os
from collections import Counter
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.document import ContentCause, StatedFact
from counter_app.domain.dossier import Outcome
from counter_app.domain.paper_facts import Expected, FactField, FactSource, propose
from counter_app.journal.rebuild import derived_digest
from counter_app.scanning.page_reading import find_read_page
from counter_app.services.answers.documents import DocumentView, NamedFile, PagePlace
from tests.fakes.desks import a_form, at_work, sample_desk
from tests.fakes.paper_corpus import Paper, as_pdf, iter_papers
from tests.fakes.pdfa_validator import pdfa_problems

PAPERS = int(5 * float(os.environ.get("COUNTER_APP_TORTURE", "1")))
TODAY = date(2026, 11, 28)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[OpenCounter]:
    with at_work(sample_desk(tmp_path)) as one:
        yield one


def attached(made: OpenCounter, paper: Paper) -> DocumentView:
    code = made.counter.intake.receive(a_form(1), Outcome.ACCEPTED).dossier.code
    file = NamedFile(name="a.pdf", data=as_pdf(paper))
    return made.counter.digitising.attach([file], code, component=1).documents[0]


def typed(field: FactField, value: str) -> StatedFact:
    return StatedFact(field=field, value=value, source=FactSource.TYPED)


def test_on_a_corpus_of_papers_nothing_wrong_stands_ready_and_most_is_found() -> None:
    outcome: Counter[str] = Counter()
    wrong: list[tuple[str, FactField, str]] = []
    for number, paper in enumerate(iter_papers(PAPERS, seed=3)):
        # Of every second paper the dossier knows the owner; the desk knows the unit.
        known = paper.truth if number % 2 else {}
        expected = Expected(
            today=TODAY,
            units=(paper.truth.get(FactField.ISSUER, ""),),
            owner_name=known.get(FactField.OWNER_NAME, ""),
            owner_id_number=known.get(FactField.OWNER_ID_NUMBER, ""),
        )
        page = find_read_page(as_pdf(paper), 1)
        assert page is not None
        found = propose([page], expected)
        ready = [one for one in found if one.is_sure]
        wrong += [(paper.name, one.field, one.value) for one in ready if one.value != paper.truth.get(one.field)]
        for field, value in paper.truth.items():
            hits = [one for one in found if one.field is field and one.value.casefold() == value.casefold()]
            how = "ready" if any(one.is_sure for one in hits) else "asked" if hits else "missed"
            outcome[f"{'poor' if paper.is_poor else 'good'} {how}"] += 1

    assert wrong == []
    assert outcome["good missed"] <= outcome["good ready"] // 10
    assert outcome["good ready"] > outcome["good asked"]


def test_what_a_clerk_takes_is_kept_in_the_journal_and_in_the_file(made: OpenCounter) -> None:
    paper = next(iter_papers(1, seed=12))
    view = attached(made, paper)
    facts = made.counter.paper_facts

    proposed = facts.propose(view.document.id)
    sure = {one.field: one for one in proposed.proposals if one.is_sure}
    assert {field: one.value for field, one in sure.items()}.items() <= paper.truth.items()
    assert {FactField.NUMBER_SYMBOL, FactField.ISSUED_ON} <= sure.keys()
    assert made.counter.digitising.get(view.document.id) == view, "a proposal keeps nothing"

    number = sure[FactField.NUMBER_SYMBOL]
    taken = [
        StatedFact(field=number.field, value=number.value, source=number.source, page=1, confidence=number.confidence),
        typed(FactField.ISSUED_ON, "2026-03-04"),
        typed(FactField.ISSUER, "UBND xã Mẫu"),
    ]
    described = facts.describe(view, taken)
    assert described.document.facts.number_symbol == paper.truth[FactField.NUMBER_SYMBOL]
    assert (described.document.facts.issued_on, described.document.facts.issuer) == (date(2026, 3, 4), "UBND xã Mẫu")
    assert [version.cause for version in described.versions] == [None, ContentCause.DESCRIBED]
    assert described.descriptions[0].clerk_id == made.counter.session.require().clerk.id

    pdf = made.counter.digitising.read_file(view.document.id)
    assert xmp_of(pdf) == {"number": number.value, "day": "2026-03-04", "issuer": "UBND xã Mẫu"}
    assert pdfa_problems(pdf) == []
    again = facts.propose(view.document.id)
    assert FactField.NUMBER_SYMBOL not in {one.field for one in again.proposals}, "what is kept is not asked again"

    moved = made.counter.digitising.move(view.document.id, view.dossier_code, component=0, reason="nhầm dòng")
    assert moved.document.facts.issuer == "UBND xã Mẫu"
    with made.desk.store.reading() as connection:
        before = derived_digest(connection)
    made.counter.verification.rebuild()
    with made.desk.store.reading() as connection:
        assert derived_digest(connection) == before
    assert made.counter.verification.verify().is_sound
    history = made.counter.lookup.get_dossier(view.dossier_code).history
    assert "document.described" in {line.kind for line in history}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (FactField.ISSUED_ON, "05/11/2026"),
        (FactField.ISSUED_ON, "9999-12-31"),
        (FactField.OWNER_ID_NUMBER, "0361"),
        (FactField.ISSUER, " \u200b "),
    ],
)
def test_what_cannot_be_a_fact_is_refused_and_nothing_is_kept(made: OpenCounter, field: FactField, value: str) -> None:
    code = made.counter.intake.receive(a_form(1), Outcome.ACCEPTED).dossier.code
    signed = made.counter.digitising.attach([NamedFile(name="a.pdf", data=a_blank_pdf())], code).documents[0]

    with pytest.raises(UserError, match="bad_fact"):
        made.counter.paper_facts.describe(signed, [typed(FactField.ISSUER, "UBND"), typed(field, value)])

    assert made.counter.digitising.get(signed.document.id) == signed


def test_facts_read_from_one_version_are_never_kept_on_another(made: OpenCounter) -> None:
    code = made.counter.intake.receive(a_form(1), Outcome.ACCEPTED).dossier.code
    read = made.counter.digitising.attach([NamedFile(name="a.pdf", data=a_blank_pdf())], code).documents[0]
    turned = made.counter.digitising.rearrange(read.document.id, [PagePlace(number=1, turned=1)])

    with pytest.raises(UserError, match="changed_meanwhile"):
        made.counter.paper_facts.describe(read, [typed(FactField.ISSUER, "UBND xã Mẫu")])

    assert made.counter.digitising.get(read.document.id) == turned


def test_number_and_day_of_the_one_paper_outside_the_checklist_are_proposed_as_the_results(made: OpenCounter) -> None:
    code = made.counter.intake.receive(a_form(1), Outcome.ACCEPTED).dossier.code
    decision, other = (
        made.counter.digitising.attach([NamedFile(name="a.pdf", data=a_blank_pdf())], code).documents[0]
        for _ in range(2)
    )
    describe = made.counter.paper_facts.describe
    stated = [typed(FactField.NUMBER_SYMBOL, "125/QĐ-UBND"), typed(FactField.ISSUED_ON, "2026-11-23")]
    decided = describe(decision, stated)
    other = describe(other, [typed(FactField.NUMBER_SYMBOL, "7/QĐ-UBND"), typed(FactField.ISSUED_ON, "2020-01-02")])

    found = resolving(made, code)
    assert (found.result_number, found.result_on) == ("125/QĐ-UBND", date(2026, 11, 23))

    describe(other, [typed(FactField.ISSUED_ON, "2026-11-23")])
    assert resolving(made, code).result_number == "", "of two papers that may be the result none is chosen"
    made.counter.digitising.withdraw(decided.document.id, "nhầm")
    assert resolving(made, code).result_number == "7/QĐ-UBND"


def resolving(made: OpenCounter, code: str) -> ActionFacts:
    offers = made.counter.dossiers.list_actions(code)
    return next(offer.proposed for offer in offers if offer.action is Action.RESOLVE)


def xmp_of(pdf: bytes) -> dict[str, str]:
    with pikepdf.open(BytesIO(pdf)) as document, document.open_metadata() as metadata:
        (issuer,), (day,) = metadata["dc:publisher"], metadata["dc:date"]
        return {"number": metadata["dc:identifier"], "day": day, "issuer": issuer}


def a_blank_pdf() -> bytes:
    target = BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(200, 200))
        document.save(target)
    return target.getvalue()
