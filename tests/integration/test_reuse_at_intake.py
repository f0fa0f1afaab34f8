"""Papers of a person that were digitised before, at the next intake: offered, taken, counted, printed, journalled."""

import json
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.core.paths import DataFolder
from counter_app.domain.document import DocumentFacts
from counter_app.domain.dossier import Dossier, Outcome, Paper, ReusedPaper
from counter_app.domain.forms.facts import SlipData
from counter_app.journal.entries import DocumentAttached
from counter_app.journal.rebuild import derived_digest
from counter_app.services.answers.documents import DocumentView, NamedFile, Reusable
from counter_app.services.answers.intake import IntakeForm
from counter_app.services.desk_backup import back_up, restore
from counter_app.services.intake_files import IntakeFile, form_of
from printing import render_form
from tests.fakes.desks import PASSPHRASE, a_form, at_work, person, sample_desk
from tests.fakes.exchanging import carry, hall
from tests.fakes.written_pdf import written_pdf

TODAY = date(2026, 11, 23)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[OpenCounter]:
    with at_work(sample_desk(tmp_path)) as one:
        yield one


def asked_for(made: OpenCounter, papers: tuple[Paper, ...] = (), number: int = 1) -> IntakeForm:
    return msgspec.structs.replace(a_form(number), papers=papers)


def first_line(made: OpenCounter) -> str:
    """The first paper that the procedure requires."""
    (case, *_) = made.counter.catalogue.get(a_form().procedure_code).cases
    return next(component.name for component in case.components if component.required)


def digitised_before(made: OpenCounter, *, until: date | None = None) -> DocumentView:
    name = first_line(made)
    dossier = made.counter.intake.receive(asked_for(made, (Paper(name=name, copy=1),)), Outcome.ACCEPTED).dossier
    line = 1 + [paper.name for paper in dossier.papers].index(name)
    file = NamedFile(name="a.pdf", data=written_pdf("Giấy xác nhận"))
    (view,) = made.counter.digitising.attach([file], dossier.code, component=line).documents
    if until is None:
        return view
    made.counter.digitising.withdraw(view.document.id, "ghi thêm thời hạn")
    facts = msgspec.structs.replace(view.document.facts, valid_until=until)
    dated = msgspec.structs.replace(view.document, id="dated", facts=facts)
    made.counter.digitising.append([(DocumentAttached(document=dated), dossier.id)])
    return made.counter.digitising.get("dated")


def offers(made: OpenCounter, form: IntakeForm) -> tuple[Reusable, ...]:
    return made.counter.intake.quote(form).offers


def receipt_of(made: OpenCounter, dossier: Dossier, folder: Path) -> str:
    (job,) = made.counter.lookup.get_dossier(dossier.code).print_jobs
    data = made.counter.papers.get_data(job.id)
    assert isinstance(data, SlipData)
    target = folder / "receipt.pdf"
    target.write_bytes(render_form(data, copies=1))
    done = subprocess.run(["pdftotext", "-raw", str(target), "-"], capture_output=True, check=True, text=True)
    return " ".join(done.stdout.split())


def test_a_paper_taken_is_had_attached_in_the_same_transaction_and_stands_on_the_receipt(
    made: OpenCounter, tmp_path: Path
) -> None:
    before, name = digitised_before(made), first_line(made)
    (offer,) = offers(made, asked_for(made))
    assert (offer.document_id, offer.dossier_code, offer.is_expired) == (before.document.id, before.dossier_code, False)
    assert offers(made, asked_for(made, number=2)) == (), "another person's papers are nobody else's"

    taken = Paper(name=name, reused=ReusedPaper(document_id=offer.document_id))
    received = made.counter.intake.receive(asked_for(made, (taken,)), Outcome.ACCEPTED).dossier

    line = next(paper for paper in received.papers if paper.name == name)
    assert (line.is_had, line.handed_in) == (True, False)
    assert line.reused == ReusedPaper(
        document_id=before.document.id, dossier_code=before.dossier_code, digitised_on=TODAY
    )
    (document,) = made.counter.digitising.list_of_dossier(received.code)
    assert (document.document.origin, document.component_name) == (before.document.id, name)
    assert document.document.content == before.document.content
    said = receipt_of(made, received, tmp_path)
    assert f"Dùng lại bản đã số hóa ngày 23/11/2026 của hồ sơ {before.dossier_code}, không phải nộp" in said
    with made.desk.store.reading() as connection:
        digest = derived_digest(connection)
    made.counter.verification.rebuild()
    with made.desk.store.reading() as connection:
        assert derived_digest(connection) == digest


def test_a_paper_out_of_date_is_told_of_and_refused_and_nothing_is_saved(made: OpenCounter) -> None:
    dated = digitised_before(made, until=date(2026, 11, 22))
    (offer,) = offers(made, asked_for(made))
    assert (offer.document_id, offer.is_expired, offer.valid_until) == ("dated", True, date(2026, 11, 22))
    newest = made.counter.lookup.list_recent(limit=1)

    taken = Paper(name=first_line(made), reused=ReusedPaper(document_id=dated.document.id))
    with pytest.raises(UserError, match=r"document\.expired"):
        made.counter.intake.receive(asked_for(made, (taken,)), Outcome.ACCEPTED)

    assert made.counter.lookup.list_recent(limit=1) == newest


@pytest.mark.parametrize("document", ["nobody", ""])
def test_what_is_not_offered_cannot_be_taken(made: OpenCounter, document: str) -> None:
    taken = Paper(name=first_line(made), reused=ReusedPaper(document_id=document))
    with pytest.raises(UserError, match=r"document\.not_reusable"):
        made.counter.intake.receive(asked_for(made, (taken,)), Outcome.ACCEPTED)


def test_a_valid_paper_is_offered_before_a_newer_one_that_is_out_of_date(made: OpenCounter) -> None:
    valid = digitised_before(made)
    digitised_before(made, until=date(2026, 1, 1))

    assert [offer.document_id for offer in offers(made, asked_for(made))] == [valid.document.id]


def test_a_file_asks_for_it_and_a_refused_dossier_takes_none(made: OpenCounter) -> None:
    before = digitised_before(made)
    line = {"name": first_line(made), "reuse": True}
    document = {
        "procedure": a_form().procedure_code,
        "applicant": {"full_name": person(1).full_name, "id_number": person(1).id_number},
        "components": [line],
    }
    form, _doubts = form_of(msgspec.json.decode(json.dumps(document), type=IntakeFile), made.counter.intake)

    refused = made.counter.intake.receive(msgspec.structs.replace(form, reason="sai nơi"), Outcome.REFUSED).dossier
    assert made.counter.digitising.list_of_dossier(refused.code) == ()
    received = made.counter.intake.receive(form, Outcome.ACCEPTED).dossier
    assert [view.document.origin for view in made.counter.digitising.list_of_dossier(received.code)] == [
        before.document.id
    ]
    payload = made.counter.portal_payloads.get(received.code).dossier["data"]
    assert isinstance(payload, list)
    assert isinstance(payload[0], dict)
    papers = payload[0]["TaiLieuNop"]
    assert [paper["DuocTaiSuDung"] for paper in papers if isinstance(paper, dict)] == ["1"]


def test_facts_of_a_paper_go_along_with_it(made: OpenCounter) -> None:
    digitised_before(made, until=date(2027, 1, 1))
    taken = Paper(name=first_line(made), reused=ReusedPaper())
    received = made.counter.intake.receive(asked_for(made, (taken,)), Outcome.ACCEPTED).dossier

    (view,) = made.counter.digitising.list_of_dossier(received.code)
    assert view.document.facts == DocumentFacts(
        title=first_line(made), owner_id_number=person(1).id_number, valid_until=date(2027, 1, 1)
    )


def test_a_paper_of_another_desk_may_be_reused_unseen_and_the_desk_is_sound_and_can_be_put_back(tmp_path: Path) -> None:
    with hall(tmp_path / "hall") as (one, two):
        digitised_before(one)
        carry(one, two)
        taken = Paper(name=first_line(two), reused=ReusedPaper())
        received = two.counter.intake.receive(asked_for(two, (taken,)), Outcome.ACCEPTED).dossier
        (document,) = two.counter.digitising.list_of_dossier(received.code)
        assert not two.desk.vault.holds(document.document.content.sha256)

        assert two.counter.verification.verify().findings == ()
        assert two.counter.vault_care.tend().damaged == ()
        back_up(two.desk, tmp_path / "backup", passphrase=PASSPHRASE, recovery=None)
        new = DataFolder(tmp_path / "new", state_root=tmp_path / "new-state")
        assert restore(tmp_path / "backup", new, passphrase=PASSPHRASE).papers > 0

        (one.desk.vault._path(document.document.content.sha256)).unlink()
        carry(two, one)
        assert [finding.code for finding in one.counter.verification.verify().findings] == ["verify.paper_damaged"]
