from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.correction import CorrectableFacts, facts_of
from counter_app.domain.dossier import Outcome, Paper, ResultChannel
from counter_app.domain.forms.facts import SlipData
from counter_app.domain.forms.kinds import Form
from counter_app.domain.person import Party
from counter_app.journal.rebuild import derived_digest
from counter_app.services.answers.dossiers import DossierView
from counter_app.services.answers.printing import PaperRequest
from counter_app.services.sample_data import LOGIN
from tests.fakes.desks import a_form, at_work, person, sample_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenCounter]:
    with at_work(sample_desk(tmp_path)) as made:
        yield made


def receive(desk: OpenCounter, number: int = 0) -> str:
    return desk.counter.intake.receive(a_form(number), Outcome.ACCEPTED).dossier.code


def view_of(desk: OpenCounter, code: str) -> DossierView:
    return desk.counter.lookup.get_dossier(code)


def facts(desk: OpenCounter, code: str) -> CorrectableFacts:
    return facts_of(view_of(desk, code).dossier)


def correct(desk: OpenCounter, code: str, reason: str = "gõ nhầm", **changes: Any) -> None:
    before = facts(desk, code)
    after = msgspec.structs.replace(before, **changes)
    desk.counter.corrections.correct(code, before=before, after=after, reason=reason)


def renamed(party: Party, **changes: Any) -> Party:
    return msgspec.structs.replace(party, **changes)


def test_corrected_facts_show_everywhere_and_the_earlier_ones_stay_readable(desk: OpenCounter) -> None:
    code = receive(desk, 7)
    old = facts(desk, code).applicant
    new = renamed(old, full_name="Trần Thị Đúng Tên", id_number="036199888777", phone="0987 111 222")

    correct(desk, code, applicant=new, note="đã xem thẻ")

    view = view_of(desk, code)
    assert (view.dossier.applicant.full_name, view.dossier.note) == ("Trần Thị Đúng Tên", "đã xem thẻ")
    assert view.dossier.applicant.phone == "0987111222"
    (line,) = view.corrections
    said = {change.field: (change.before, change.after) for change in line.correction.fields}
    assert said["applicant.full_name"] == (old.full_name, "Trần Thị Đúng Tên")
    assert said["applicant.id_number"] == (old.id_number, "036199888777")
    assert said["note"] == ("", "đã xem thẻ")
    assert (line.correction.reason, line.clerk_name) == ("gõ nhầm", "Lê Thị Mai")
    assert [entry.kind for entry in view.history] == ["dossier.received", "dossier.corrected"]
    lookup = desk.counter.lookup
    assert [row.applicant_name for row in lookup.list_of_person("036199888777")] == ["Trần Thị Đúng Tên"]
    assert lookup.list_of_person(old.id_number) == ()
    for words in ("111222", "tran dung ten", "ttdt", "036199888777"):
        assert code in {row.code for row in desk.counter.search.find(words)}, words
    for words in (old.phone, old.id_number, "tuong tuong 7"):
        assert code not in {row.code for row in desk.counter.search.find(words)}, words
    known = lookup.find_person("036199888777")
    assert known is not None
    assert known.full_name == "Trần Thị Đúng Tên"
    assert desk.counter.verification.verify().is_sound


def test_rebuild_gives_the_same_rows_after_corrections(desk: OpenCounter) -> None:
    code = receive(desk)
    correct(desk, code, submitter=Party(full_name="Lê Văn Nộp", phone="0912345000"), authorisation="GUQ 3")
    desk.counter.dossiers.act(code, Action.TRANSFER, ActionFacts(receiver="Phòng Tư pháp"))
    correct(desk, code, submitter=None, authorisation="", result_channel=ResultChannel.ONLINE)
    with desk.desk.store.reading() as connection:
        before = derived_digest(connection)

    desk.counter.verification.rebuild()

    with desk.desk.store.reading() as connection:
        assert derived_digest(connection) == before
    view = view_of(desk, code)
    assert (view.dossier.submitter, view.dossier.result_channel) == (None, ResultChannel.ONLINE)
    assert len(view.corrections) == 2
    assert view.state.holder == "Phòng Tư pháp"


def test_second_correction_of_the_same_field_is_refused_when_it_started_from_the_old_value(desk: OpenCounter) -> None:
    code = receive(desk)
    seen = facts(desk, code)
    correct(desk, code, applicant=renamed(seen.applicant, address="Thôn Hai"))
    mine = msgspec.structs.replace(seen, applicant=renamed(seen.applicant, address="Thôn Ba"))

    with pytest.raises(UserError, match="outdated") as caught:
        desk.counter.corrections.correct(code, before=seen, after=mine, reason="gõ nhầm")

    assert caught.value.context == {"fields": "applicant.address"}
    other = msgspec.structs.replace(seen, note="thêm bản sao")
    desk.counter.corrections.correct(code, before=seen, after=other, reason="ghi thêm")
    assert (facts(desk, code).applicant.address, facts(desk, code).note) == ("Thôn Hai", "thêm bản sao")


@pytest.mark.parametrize(
    ("changes", "reason", "code"),
    [
        ({}, "gõ nhầm", r"correction\.nothing"),
        ({"note": "x"}, "  ", r"correction\.reason_missing"),
        ({"applicant": person(1)}, "x" * 2001, r"stated\.too_long"),
        ({"note": "x" * 2001}, "gõ nhầm", r"stated\.too_long"),
        ({"applicant": Party()}, "gõ nhầm", r"correction\.name_missing"),
        ({"result_channel": ResultChannel.POST}, "gõ nhầm", r"correction\.delivery_address_missing"),
    ],
)
def test_correction_that_cannot_stand_changes_nothing(
    desk: OpenCounter, changes: dict[str, Any], reason: str, code: str
) -> None:
    dossier = receive(desk)
    entries = desk.counter.verification.verify().entries

    with pytest.raises(UserError, match=code):
        correct(desk, dossier, reason, **changes)

    assert desk.counter.verification.verify().entries == entries
    assert view_of(desk, dossier).corrections == ()


def test_after_the_result_was_returned_only_the_head_corrects(desk: OpenCounter) -> None:
    code = receive(desk)
    owner = facts(desk, code).applicant.full_name
    act = desk.counter.dossiers.act
    act(code, Action.RESOLVE, ActionFacts(result_kind="Giấy khai sinh"))
    act(code, Action.RESULT_ARRIVED, ActionFacts())
    act(code, Action.RETURN_RESULT, ActionFacts(receiver=owner))

    with pytest.raises(UserError, match="returned"):
        correct(desk, code, note="ghi sau")
    desk.counter.session.act_as()
    correct(desk, code, note="ghi sau")
    desk.counter.session.act_as(LOGIN)

    assert facts(desk, code).note == "ghi sau"


def test_reprint_says_the_corrected_facts_and_the_first_slip_is_known_to_be_older(desk: OpenCounter) -> None:
    code = receive(desk)
    first = view_of(desk, code).print_jobs[0]
    slip = desk.counter.papers.get_data(first.id)
    assert isinstance(slip, SlipData)

    correct(desk, code, applicant=renamed(facts(desk, code).applicant, full_name="Đỗ Thị Sửa"))

    request = PaperRequest(form=Form.RECEIPT, codes=(code,), reason="sửa tên")
    again = desk.counter.papers.get_data(desk.counter.print_orders.order(request).id)
    assert isinstance(again, SlipData)
    assert again.applicant_name == "Đỗ Thị Sửa"
    assert desk.counter.slip_checks.check(slip.scan_text).notes == ("slip.facts_changed",)
    assert desk.counter.slip_checks.check(again.scan_text).notes == ()
    assert [job.id for job in view_of(desk, code).print_jobs].count(first.id) == 1


def test_papers_of_the_checklist_are_corrected_line_by_line(desk: OpenCounter) -> None:
    code = receive(desk)
    lines = facts(desk, code).papers
    counted = msgspec.structs.replace(lines[0], original=1)
    extra = Paper(name="Bản cam kết", copy=1)

    correct(desk, code, papers=(counted, *lines[1:], extra))

    view = view_of(desk, code)
    assert view.dossier.papers[0].original == 1
    assert view.dossier.papers[-1].name == "Bản cam kết"
    changes = view.corrections[0].correction.papers
    assert [(change.name, change.before is None) for change in changes] == [(lines[0].name, False), (extra.name, True)]


def test_nobody_signed_in_corrects_nothing(desk: OpenCounter) -> None:
    code = receive(desk)
    desk.counter.session.sign_out()

    with pytest.raises(UserError, match=r"session\.nobody"):
        correct(desk, code, note="x")
