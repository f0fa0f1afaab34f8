from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from counter_app.core.errors import EnvironmentFailure
from counter_app.core.paths import DataFolder
from counter_app.store.keys import create_key, load_key
from resources.texts import Language, text
from ui.errors import WindowApplication
from ui.unlock.dialog import UnlockDialog
from ui.words import Words

_RIGHT = "cụm mật khẩu của quầy"


def _dialog(qapp: WindowApplication, qtbot: QtBot, folder: DataFolder) -> UnlockDialog:
    def try_it(typed: str) -> str:
        load_key(folder, passphrase=typed)
        return typed

    made = UnlockDialog(try_it, Words(Language.VIETNAMESE), qapp.reporter)
    qtbot.addWidget(made)
    made.show()
    return made


def _type(dialog: UnlockDialog, words: str) -> None:
    dialog.passphrase.setText(words)
    QTest.keyClick(dialog.passphrase, Qt.Key.Key_Return)


def test_right_pass_phrase_closes_the_dialog(qapp: WindowApplication, qtbot: QtBot, folder: DataFolder) -> None:
    create_key(folder, passphrase=_RIGHT)
    dialog = _dialog(qapp, qtbot, folder)

    _type(dialog, _RIGHT)

    qtbot.waitUntil(lambda: dialog.passphrase_found is not None, timeout=10_000)
    assert dialog.passphrase_found == _RIGHT
    assert not dialog.isVisible()


def test_wrong_pass_phrase_says_so_and_can_be_typed_again(
    qapp: WindowApplication, qtbot: QtBot, folder: DataFolder
) -> None:
    create_key(folder, passphrase=_RIGHT)
    dialog = _dialog(qapp, qtbot, folder)

    _type(dialog, "một cụm khác hẳn")
    sentence = text("store.wrong_passphrase", Language.VIETNAMESE)
    qtbot.waitUntil(lambda: any(sentence in label for label in _labels(dialog)), timeout=10_000)
    assert dialog.isVisible()

    _type(dialog, _RIGHT)
    qtbot.waitUntil(lambda: dialog.passphrase_found == _RIGHT, timeout=10_000)


def test_key_file_that_is_gone_closes_the_dialog_with_the_reason(
    qapp: WindowApplication, qtbot: QtBot, folder: DataFolder
) -> None:
    dialog = _dialog(qapp, qtbot, folder)

    _type(dialog, _RIGHT)

    qtbot.waitUntil(lambda: dialog.failure is not None, timeout=10_000)
    assert isinstance(dialog.failure, EnvironmentFailure)
    assert dialog.failure.code == "store.missing"
    assert dialog.passphrase_found is None


def _labels(dialog: UnlockDialog) -> list[str]:
    from PySide6.QtWidgets import QLabel

    return [label.text() for label in dialog.findChildren(QLabel)]
