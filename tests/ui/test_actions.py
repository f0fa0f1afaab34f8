import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication

from resources.texts import Language, texts
from ui.actions import ACTIONS, PAGE_ACTIONS, ActionId, PageId, list_actions, list_shortcuts

# Key bindings come from the platform, which an application brings.
pytestmark = pytest.mark.usefixtures("qapp")

_WITHOUT_TEXT = {Qt.Key(Qt.Key.Key_F1.value + number) for number in range(12)} | {Qt.Key.Key_Escape}


def test_table_holds_every_action_once() -> None:
    assert set(ACTIONS) == set(ActionId)


def test_every_page_has_a_key() -> None:
    assert set(PAGE_ACTIONS.values()) == set(PageId)


@pytest.mark.parametrize("page", list(PageId))
def test_no_key_means_two_things_on_a_page(page: PageId) -> None:
    own = [action.shortcut for action in list_actions(page)]

    assert len(own) == len(set(own))
    assert not {action.shortcut for action in list_actions(None)} & set(own)


@pytest.mark.parametrize("keys", list_shortcuts())
def test_key_leaves_typing_and_input_methods_alone(keys: str) -> None:
    combination = QKeySequence(keys)[0]  # type: ignore[index]  # the stubs do not know that sequences have items
    modifiers = combination.keyboardModifiers()

    assert not modifiers & Qt.KeyboardModifier.AltModifier
    assert modifiers & Qt.KeyboardModifier.ShiftModifier == Qt.KeyboardModifier.NoModifier
    assert combination.key() not in (Qt.Key.Key_F10, Qt.Key.Key_Space)
    assert modifiers & Qt.KeyboardModifier.ControlModifier or combination.key() in _WITHOUT_TEXT


@pytest.mark.parametrize("keys", list_shortcuts())
def test_key_is_none_that_editors_use(keys: str, qapp: QApplication) -> None:
    standard = (
        QKeySequence.StandardKey.Copy,
        QKeySequence.StandardKey.Paste,
        QKeySequence.StandardKey.Cut,
        QKeySequence.StandardKey.Undo,
        QKeySequence.StandardKey.Redo,
        QKeySequence.StandardKey.SelectAll,
    )

    assert all(QKeySequence(keys) not in QKeySequence.keyBindings(one) for one in standard)


@pytest.mark.parametrize("language", list(Language))
def test_every_action_has_a_name(language: Language) -> None:
    assert [action.text_key for action in ACTIONS.values() if action.text_key not in texts(language)] == []
