"""Facts of a paper are taken at the window, each beside its piece of the page, by keys."""

from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from counter_app.domain.dossier import Outcome
from counter_app.domain.paper_facts import FactField, FactSource
from counter_app.services.answers.documents import NamedFile, PagePlace
from counter_app.services.counter import Counter
from tests.fakes.desks import a_form
from tests.fakes.paper_corpus import as_pdf, iter_papers
from tests.ui.printing_steps import type_into
from ui.digitise.page import DigitisePage
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
