"""What a clerk sees of other systems: whose identity is to be checked, and what each system said of a dossier."""

import itertools

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from counter_app.bootstrap import OpenCounter
from counter_app.core.clock import local_date
from counter_app.domain.concerned import ConcernedOutcome
from counter_app.domain.dossier import Outcome
from counter_app.domain.procedure import Component
from counter_app.domain.systems import RequestState, System, SystemLine, stored_request
from counter_app.sync.system_answers import SystemAnswer, note_system_answer
from resources.texts import Language
from tests.fakes.desks import PROCEDURE, a_form
from tests.fakes.written_pdf import written_pdf
from tests.ui.printing_steps import type_into
from ui.actions import PageId
from ui.digitise.page import DigitisePage
from ui.digitise.rows import say_state
from ui.dossiers.page import DossiersPage
from ui.dossiers.story import tell_systems
from ui.shell import MainWindow
from ui.start.page import StartPage
from ui.words import Words

_REQUESTS = {
    System.POPULATION: ("applicant:1", "submitter:1"),
    System.NOTICES: ("received", "supplement:1", "result"),
    System.PAYMENT: ("payment:1:150000",),
    System.DECISIONS: ("decision:0",),
    System.STORE: ("paper:1",),
    System.REPORTS: ("2025-12-15/2026-06-14:1:0",),
    System.COMPETENT: (),  # nobody asks it: it has answers only
}


@pytest.mark.parametrize("language", list(Language))
def test_every_state_of_every_system_has_words_and_a_reason_is_said(language: Language, qapp: object) -> None:
    words = Words(language)
    lines = [
        SystemLine(system=system, request=request, state=state, reason="hết hạn mức")
        for system, state in itertools.product(System, RequestState)
        for request in _REQUESTS[system]
    ]
    stated = [
        SystemLine(system=System.COMPETENT, request="answer", state=RequestState.ANSWERED, facts={"outcome": outcome})
        for outcome in (*ConcernedOutcome, "of a newer program")
    ]
    lines += stated
    lines += [
        SystemLine(system=System.POPULATION, request="applicant:1", state=RequestState.ANSWERED, facts=facts)
        for facts in ({"outcome": "matches"}, {"outcome": "unknown"}, {"outcome": "differs", "fields": "full_name,sex"})
    ]
    told = list(tell_systems(words, tuple(lines)))
    assert all(head and said for head, said in told)
    refused = [said for line, (_, said) in zip(lines, told, strict=True) if line.state is RequestState.REFUSED]
    assert all("hết hạn mức" in said for said in refused)
    assert words("systems.field.full_name") in told[-1][1]
    assert len({said for _, said in told[-3:]}) == 3
    assert len({said for _, said in told[-3 - len(stated) : -3]}) == len(stated)


def test_start_page_counts_identities_to_check_and_opens_the_oldest(
    qtbot: QtBot, window: MainWindow, opened_counter: OpenCounter
) -> None:
    window.show_page(PageId.START)
    page = window.pages[PageId.START]
    assert isinstance(page, StartPage)
    qtbot.waitUntil(lambda: page._today is not None)
    assert not page.debts.isVisible()
    at = opened_counter.counter.clock.now()
    used = SystemAnswer(dossier_id="", system=System.POPULATION, request="", state=RequestState.ANSWERED, at=at)
    with opened_counter.desk.store.writing() as connection:
        note_system_answer(connection, used)
    window.press("F5")
    qtbot.waitUntil(page.debts.isVisible)
    debts = opened_counter.counter.identity_debts.list_all()
    assert str(len({debt.dossier_code for debt in debts})) in page.debts.text()

    page.debts.click()
    dossiers = window.pages[PageId.DOSSIERS]
    assert isinstance(dossiers, DossiersPage)
    panel = dossiers.panel
    qtbot.waitUntil(lambda: panel.shown is not None and panel.shown.dossier.code == debts[0].dossier_code)
    assert panel.cards.story_cards["systems"].isVisibleTo(panel.cards)


def test_paper_of_the_national_store_is_offered_at_its_line_and_one_key_takes_it(
    qtbot: QtBot, window: MainWindow, opened_counter: OpenCounter
) -> None:
    counter, desk = opened_counter.counter, opened_counter.desk
    known = counter.catalogue.get(PROCEDURE)
    lacking = Component(name="Trích lục khai sinh mẫu", code="KQ.G01.000001", original=1)
    case = msgspec.structs.replace(known.cases[0], components=(lacking,))
    today = local_date(counter.clock.now())
    counter.catalogue.publish([msgspec.structs.replace(known, effective_on=today, cases=(case,))])
    dossier, line = counter.intake.receive(a_form(), Outcome.SUPPLEMENT_ASKED).dossier, 1
    blob = desk.vault.put([written_pdf("Trích lục khai sinh")])
    facts = {"count": "1", "title.1": "Trích lục", "number.1": "12/2001", "agency.1": "UBND xã Mẫu"}
    facts |= {"sha256.1": blob.sha256, "size.1": str(blob.size_bytes)}
    answer = SystemAnswer(
        dossier_id=dossier.id,
        system=System.STORE,
        request=stored_request(dossier.applicant, lacking.code),
        state=RequestState.ANSWERED,
        at=counter.clock.now(),
        facts=facts,
    )
    with desk.store.writing() as connection:
        note_system_answer(connection, answer)
    window.press("Ctrl+7")
    page = window.current_page
    assert isinstance(page, DigitisePage)
    type_into(page.lists.code, dossier.code)
    QTest.keyClick(page.lists.code, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.code == dossier.code)
    page.lists.choose((line, ""))
    offered = page.lists.line
    assert offered is not None
    assert all(word in say_state(page.words, offered) for word in ("Ctrl+U", "12/2001", "UBND xã Mẫu"))
    assert page.viewer.title.text() == say_state(page.words, offered)  # whole, where the column is narrow
    window.press("Ctrl+U")
    qtbot.waitUntil(lambda: any(row.document for row in page.lists.lines.rows_model.rows))
    (shown,) = [row for row in page.lists.lines.rows_model.rows if row.document]
    assert page.words("digitise.is_from_store") in say_state(page.words, shown)
    (view,) = counter.digitising.list_of_dossier(dossier.code)
    assert (view.document.facts.issuer, view.document.facts.kind_code) == ("UBND xã Mẫu", lacking.code)
