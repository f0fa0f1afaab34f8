"""A paper digitised before is offered to the same person's next dossier, and used only when a clerk says so."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.domain.document import StatedFact
from counter_app.domain.dossier import Outcome, Paper
from counter_app.domain.paper_facts import FactField, FactSource
from counter_app.journal.rebuild import derived_digest
from counter_app.services.answers.documents import DocumentView, NamedFile
from counter_app.services.paper_offers import PaperOffers
from tests.fakes.desks import a_form, at_work, person, sample_desk
from tests.fakes.written_pdf import written_pdf

LINE = "Giấy xác nhận mẫu số bảy"


@pytest.fixture
def made(tmp_path: Path) -> Iterator[OpenCounter]:
    with at_work(sample_desk(tmp_path)) as one:
        yield one


def receive(made: OpenCounter, number: int = 1, name: str = LINE) -> str:
    form = msgspec.structs.replace(a_form(number), applicant=person(number), papers=(Paper(name=name, copy=1),))
    return made.counter.intake.receive(form, Outcome.ACCEPTED).dossier.code


def line_of(made: OpenCounter, code: str, name: str = LINE) -> int:
    papers = made.counter.lookup.get_dossier(code).dossier.papers
    return next(place for place, paper in enumerate(papers, start=1) if paper.name == name)


def digitise(made: OpenCounter, code: str) -> DocumentView:
    file = NamedFile(name="a.pdf", data=written_pdf("Giấy chứng nhận kết hôn số 12"))
    (view,) = made.counter.digitising.attach([file], code, component=line_of(made, code)).documents
    return view


def offered(made: OpenCounter, code: str) -> list[tuple[str, int]]:
    return [(offer.document_id, offer.component) for offer in made.counter.reuse.list_offers(code)]


def test_it_is_offered_with_day_and_dossier_used_by_reference_and_says_so_for_ever(made: OpenCounter) -> None:
    first = digitise(made, receive(made))
    code = receive(made, name=LINE.upper())
    line = line_of(made, code, LINE.upper())
    (offer,) = made.counter.reuse.list_offers(code)

    assert (offer.document_id, offer.component, offer.dossier_code) == (first.document.id, line, first.dossier_code)
    assert offer.at == first.versions[0].at
    assert made.counter.digitising.list_of_dossier(code) == ()
    used = made.counter.reuse.use(offer.document_id, code, component=line)
    assert used.document.origin == first.document.id
    assert used.document.content == first.document.content
    assert offered(made, code) == []
    # A third dossier gets the newest, and it still says whose file it is.
    third = receive(made)
    (again,) = made.counter.reuse.list_offers(third)
    assert (
        made.counter.reuse.use(again.document_id, third, component=again.component).document.origin == offer.document_id
    )
    with made.desk.store.reading() as connection:
        before = derived_digest(connection)
    made.counter.verification.rebuild()
    with made.desk.store.reading() as connection:
        assert derived_digest(connection) == before
    # Found for both, although the file was read once.
    made.counter.paper_texts.catch_up()
    rows = made.counter.paper_texts.find("ket hon so 12")
    assert {row.code for row in rows} >= {first.dossier_code, code, third}


def test_another_person_another_kind_and_a_withdrawn_paper_are_not_offered(made: OpenCounter) -> None:
    first = digitise(made, receive(made))

    assert offered(made, receive(made, number=2)) == []
    assert offered(made, receive(made, name="Giấy khác")) == []
    code = receive(made)
    made.counter.digitising.withdraw(first.document.id, "nhầm người")
    assert offered(made, code) == []
    with pytest.raises(UserError, match=r"document\.not_reusable"):
        made.counter.reuse.use(first.document.id, code, component=line_of(made, code))
    assert made.counter.digitising.list_of_dossier(code) == ()


@pytest.mark.parametrize(("days", "is_offered"), [(-1, False), (0, True), (1, True)])
def test_a_paper_is_offered_to_the_last_day_of_its_validity_as_a_clerk_took_it_from_the_paper(
    made: OpenCounter, days: int, is_offered: bool
) -> None:
    kept = digitise(made, receive(made))
    until = date(2026, 11, 23) + timedelta(days=days)
    stated = StatedFact(field=FactField.VALID_UNTIL, value=until.isoformat(), source=FactSource.TYPED)
    described = made.counter.paper_facts.describe(kept, [stated])

    assert described.document.facts.valid_until == until
    code = receive(made)
    offers = made.counter.reuse.list_offers(code)
    assert [(offer.document_id, offer.valid_until) for offer in offers] == (
        [(kept.document.id, until)] if is_offered else []
    )
    entry = made.counter.lookup.get_dossier(kept.dossier_code).history[-1]
    assert entry.kind == "document.described"
    with made.desk.store.reading() as connection:
        before = derived_digest(connection)
    made.counter.verification.rebuild()
    with made.desk.store.reading() as connection:
        assert derived_digest(connection) == before


@pytest.mark.parametrize(("issued", "is_offered"), [(date(2026, 5, 22), False), (date(2026, 5, 23), True)])
def test_where_the_paper_says_nothing_the_validity_of_its_kind_counts_from_its_day(
    made: OpenCounter, issued: date, is_offered: bool
) -> None:
    kept = digitise(made, receive(made))
    stated = StatedFact(field=FactField.ISSUED_ON, value=issued.isoformat(), source=FactSource.TYPED)
    made.counter.paper_facts.describe(kept, [stated])
    line = {1: Paper(name=LINE, valid_months=6)}

    (offer,) = PaperOffers(made.desk).list_for(person(1), line)
    assert offer.is_expired is not is_offered
