"""Steps that the tests of a dossier's actions share."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import Outcome
from counter_app.services.counter import Counter
from tests.fakes.desks import a_form
from tests.ui.printing_steps import open_dossier, type_into
from ui.dossiers.page import DossiersPage
from ui.shell import MainWindow


def receive(counter: Counter, number: int = 0, outcome: Outcome = Outcome.ACCEPTED) -> str:
    """Receive a dossier and return its code."""
    return counter.intake.receive(a_form(number), outcome).dossier.code


def open_code(qtbot: QtBot, window: MainWindow, code: str) -> DossiersPage:
    """Show a dossier with its next steps."""
    page = open_dossier(qtbot, window, code)
    qtbot.waitUntil(lambda: bool(page.panel.steps.buttons))
    return page


def offered(page: DossiersPage) -> list[Action]:
    """Return the actions under the next steps."""
    return [offer.action for offer in page.panel.steps.offers]


def begin(qtbot: QtBot, window: MainWindow, page: DossiersPage, action: Action) -> None:
    """Open an action's form with F4 and its digit."""
    qtbot.waitUntil(lambda: action in offered(page))
    window.press("F4")
    # The dossier may just be read again: then the steps come anew, and the focus with them.
    qtbot.waitUntil(lambda: window.focusWidget() in page.panel.steps.buttons)
    focused = window.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, Qt.Key(Qt.Key.Key_1.value + offered(page).index(action)))
    assert page.is_acting


def write(page: DossiersPage, field: str, text: str) -> None:
    """Write into a field of the form."""
    type_into(page.action_view.form.inputs[field].editor, text)


def overwrite(page: DossiersPage, field: str, text: str) -> None:
    """Write over what is proposed in a line, which Tab selects as a whole."""
    line = page.action_view.form.inputs[field].editor
    assert isinstance(line, QLineEdit)
    line.selectAll()
    type_into(line, text)


def choose_reason(page: DossiersPage, code: str) -> None:
    """Choose a coded reason with the arrow keys, as a clerk does."""
    box = page.action_view.form.inputs["reason_code"].editor
    assert isinstance(box, QComboBox)
    for _ in range(box.findData(code)):
        QTest.keyClick(box, Qt.Key.Key_Down)
    assert box.currentData() == code


def finish(qtbot: QtBot, window: MainWindow, page: DossiersPage) -> str:
    """Do the action with F9 and return what the message bar says."""
    window.press("F9")
    qtbot.waitUntil(lambda: not page.is_acting)
    qtbot.waitUntil(lambda: window.bar.message is not None)
    assert window.bar.message is not None
    return window.bar.message.text


def said(layout: QFormLayout) -> str:
    """Return everything a card says, line by line."""
    lines = []
    for row in range(layout.rowCount()):
        items = [layout.itemAt(row, role) for role in (QFormLayout.ItemRole.LabelRole, QFormLayout.ItemRole.FieldRole)]
        labels = [item.widget() for item in items if item is not None]
        lines.append(" | ".join(label.text() for label in labels if isinstance(label, QLabel)))
    return "\n".join(lines)


def story(page: DossiersPage, name: str) -> str:
    """Return what one card of the panel's story says, "" while it is away."""
    card = page.panel.cards.story_cards[name]
    return "" if card.isHidden() else said(page.panel.cards.stories[name])
