"""Facts of a paper are taken at the window, each beside its piece of the page, by keys."""

import io
from datetime import date, timedelta

from pikepdf import Pdf
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from counter_app.core.clock import local_date
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.state import Result
from counter_app.domain.actions.table import Action
from counter_app.domain.document import StatedFact
from counter_app.domain.dossier import Outcome, Status
from counter_app.domain.paper_facts import FactField, FactSource
from counter_app.services.answers.documents import DocumentView, NamedFile, PagePlace
from counter_app.services.counter import Counter
from tests.conftest import HandClock
from tests.fakes.desks import a_form
from tests.fakes.paper_corpus import as_pdf, iter_papers
from tests.ui.acting_steps import begin, finish, open_code, receive
from tests.ui.printing_steps import type_into
from ui.digitise.page import DigitisePage
from ui.dossiers.page import DossiersPage
from ui.shell import MainWindow

LONG_MS = 60_000


def ask_for_facts(qtbot: QtBot, window: MainWindow, counter: Counter) -> tuple[DigitisePage, str, dict[FactField, str]]:
    """Attach a decision, put it in front, and press the key: the first question stands."""
    (paper,) = iter_papers(1, seed=12)
    counter.session.act_as()
    code = counter.intake.receive(a_form(), Outcome.ACCEPTED).dossier.code
    (view,) = counter.digitising.attach([NamedFile(name="a.pdf", data=as_pdf(paper))], code).documents
    window.press("Ctrl+7")
    page = window.current_page
    assert isinstance(page, DigitisePage)
    page.open(code)
    qtbot.waitUntil(lambda: page.code == code, timeout=LONG_MS)
    page.lists.choose((0, view.document.id))
    window.press("Ctrl+J")
    qtbot.waitUntil(page.tools.strip.isVisible, timeout=LONG_MS)
    qtbot.waitUntil(lambda: not page.tools.strip.crop.pixmap().isNull(), timeout=LONG_MS)
    return page, view.document.id, paper.truth


def test_enter_takes_a_sure_value_a_doubtful_one_has_to_be_chosen_and_all_is_kept_at_the_end(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    page, document, truth = ask_for_facts(qtbot, window, counter)
    strip, words = page.tools.strip, page.words
    assert strip.value.text() == truth[FactField.NUMBER_SYMBOL]
    assert counter.digitising.get(document).descriptions == ()

    QTest.keyClick(strip.value, Qt.Key.Key_Return)
    day = date.fromisoformat(truth[FactField.ISSUED_ON])
    assert strip.value.text() == f"{day:%d/%m/%Y}"
    type_into(strip.value, "31/02/2026")
    QTest.keyClick(strip.value, Qt.Key.Key_Return)
    assert strip.field.problem == words("facts.bad.issued_on")
    strip.value.clear()
    type_into(strip.value, "4/3/2026")
    QTest.keyClick(strip.value, Qt.Key.Key_Return)

    # No unit of this desk has that name: it does not stand ready, and Enter alone takes nothing.
    assert strip.value.text() == ""
    QTest.keyClick(strip.value, Qt.Key.Key_Return)
    assert strip.field.problem == words("facts.type_first")
    item = strip.choices.itemAt(0)
    assert item is not None
    choice = item.widget()
    assert choice is not None
    QTest.mouseClick(choice, Qt.MouseButton.LeftButton)
    assert strip.value.text() == truth[FactField.ISSUER]
    QTest.keyClick(strip.value, Qt.Key.Key_Return)
    # The paper states no end of its validity: it is asked for last, and may lie in the future.
    type_into(strip.value, "1/5/2027")
    QTest.keyClick(strip.value, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: bool(counter.digitising.get(document).descriptions), timeout=LONG_MS)
    view = counter.digitising.get(document)
    facts = view.document.facts
    assert (facts.number_symbol, facts.issued_on) == (truth[FactField.NUMBER_SYMBOL], date(2026, 3, 4))
    assert (facts.issuer, facts.valid_until) == (truth[FactField.ISSUER], date(2027, 5, 1))
    sources = {one.field: one.source for one in view.descriptions[0].stated}
    assert (sources[FactField.NUMBER_SYMBOL], sources[FactField.ISSUED_ON]) == (FactSource.TEXT, FactSource.TYPED)
    assert strip.isHidden()
    qtbot.waitUntil(lambda: facts.number_symbol in page.viewer.title.text(), timeout=LONG_MS)

    # With nothing left to propose, what is kept is shown again: skipped, put right, and Esc keeps what was taken.
    window.press("Ctrl+J")
    qtbot.waitUntil(strip.isVisible, timeout=LONG_MS)
    assert strip.value.text() == truth[FactField.NUMBER_SYMBOL]
    type_into(strip.value, "nhầm")
    window.press("Ctrl+H")
    type_into(strip.value, "5/3/2026")
    QTest.keyClick(strip.value, Qt.Key.Key_Return)
    window.press("Esc")
    qtbot.waitUntil(lambda: len(counter.digitising.get(document).descriptions) == 2, timeout=LONG_MS)
    (corrected,) = counter.digitising.get(document).descriptions[1].stated
    assert (corrected.field, corrected.value) == (FactField.ISSUED_ON, "2026-03-05")
    assert strip.isHidden()


def test_facts_of_a_paper_that_another_window_changed_are_not_kept_and_it_is_read_again(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    page, document, truth = ask_for_facts(qtbot, window, counter)
    strip, words = page.tools.strip, page.words
    QTest.keyClick(strip.value, Qt.Key.Key_Return)
    counter.digitising.rearrange(document, [PagePlace(number=1, turned=2)])
    counter.digitising.rearrange(document, [PagePlace(number=1, turned=2)])
    window.press("Esc")

    qtbot.waitUntil(strip.isVisible, timeout=LONG_MS)
    assert window.bar.message is not None
    assert window.bar.message.text == words("facts.changed")
    assert counter.digitising.get(document).descriptions == ()
    QTest.keyClick(strip.value, Qt.Key.Key_Return)
    window.press("Esc")
    qtbot.waitUntil(lambda: bool(counter.digitising.get(document).descriptions), timeout=LONG_MS)
    assert counter.digitising.get(document).document.facts.number_symbol == truth[FactField.NUMBER_SYMBOL]


def attach_result(counter: Counter, code: str) -> DocumentView:
    """Digitise the paper of a result."""
    target = io.BytesIO()
    with Pdf.new() as paper:
        paper.add_blank_page(page_size=(300, 400))
        paper.save(target)
    (view,) = counter.digitising.attach([NamedFile(name="a.pdf", data=target.getvalue())], code).documents
    return view


def describe_result(counter: Counter, view: DocumentView, number: str) -> date:
    """Take number and day of it as a clerk does; return the day."""
    today = local_date(counter.clock.now())
    stated = ((FactField.NUMBER_SYMBOL, number), (FactField.ISSUED_ON, today.isoformat()))
    typed = [StatedFact(field=field, value=value, source=FactSource.TYPED) for field, value in stated]
    counter.paper_facts.describe(view, typed)
    return today


def shown(page: DossiersPage) -> list[str]:
    inputs = page.action_view.form.inputs
    return [inputs[name].editor.text() for name in ("result_number", "result_on")]  # type: ignore[attr-defined]


def result_of(counter: Counter, code: str) -> Result:
    result = counter.lookup.get_dossier(code).state.result
    assert result is not None
    return result


def test_number_and_day_of_the_results_paper_stand_ready_when_it_arrives_and_else_when_it_is_returned(
    qtbot: QtBot, window: MainWindow, counter: Counter, clock: HandClock
) -> None:
    counter.session.act_as()
    code, late = receive(counter), receive(counter, 1)
    for one in (code, late):
        counter.dossiers.act(one, Action.RESOLVE, ActionFacts(result_kind="Giấy khai sinh"))
    came_with_it = attach_result(counter, late)
    counter.dossiers.act(late, Action.RESULT_ARRIVED, ActionFacts())
    day = describe_result(counter, attach_result(counter, code), "12/2026-KS")

    page = open_code(qtbot, window, code)
    begin(qtbot, window, page, Action.RESULT_ARRIVED)
    assert shown(page) == ["12/2026-KS", f"{day:%d/%m/%Y}"]
    assert page.action_view.form.inputs["result_number"].editor.accessibleDescription() == page.words(
        "facts.from_paper"
    )
    assert page.action_view.form.inputs["result_number"].editor.hasFocus()
    assert result_of(counter, code).number == "", "proposed is not stated"
    finish(qtbot, window, page)
    assert (result_of(counter, code).number, result_of(counter, code).decided_on) == ("12/2026-KS", day)

    # Taken from the paper only after it had arrived: the last occasion to state it is when it is handed over.
    describe_result(counter, came_with_it, "13/2026-KS")
    clock.move(timedelta(minutes=1))
    describe_result(counter, attach_result(counter, late), "1/GUQ")  # of the person who fetches it
    page = open_code(qtbot, window, late)
    begin(qtbot, window, page, Action.RETURN_RESULT)
    assert shown(page) == ["13/2026-KS", f"{day:%d/%m/%Y}"]
    finish(qtbot, window, page)
    assert counter.lookup.get_dossier(late).state.status is Status.RETURNED
    assert (result_of(counter, late).number, result_of(counter, late).decided_on) == ("13/2026-KS", day)

    # Where the number stands already nobody is asked for it again.
    page = open_code(qtbot, window, code)
    begin(qtbot, window, page, Action.RETURN_RESULT)
    assert not {"result_number", "result_on"} & set(page.action_view.form.inputs)
