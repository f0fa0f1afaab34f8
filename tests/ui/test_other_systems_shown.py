"""What a clerk sees of other systems: whose identity is to be checked, and what each system said of a dossier."""

import itertools

import pytest
from pytestqt.qtbot import QtBot

from counter_app.bootstrap import OpenCounter
from counter_app.domain.systems import RequestState, System, SystemLine
from counter_app.sync.system_answers import SystemAnswer, note_system_answer
from resources.texts import Language
from ui.actions import PageId
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
}


@pytest.mark.parametrize("language", list(Language))
def test_every_state_of_every_system_has_words_and_a_reason_is_said(language: Language, qapp: object) -> None:
    words = Words(language)
    lines = [
        SystemLine(system=system, request=request, state=state, reason="hết hạn mức")
        for system, state in itertools.product(System, RequestState)
        for request in _REQUESTS[system]
    ]
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
