"""Asks for the store's pass phrase until it is right, or says why the counter cannot open."""

from collections.abc import Callable

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QMessageBox, QVBoxLayout, QWidget

from counter_app.core.errors import AppError, UserError
from counter_app.services.sentences import sentence
from ui.errors import Reporter
from ui.tasks import Tasks
from ui.theme.tokens import SPACE
from ui.widgets import Field
from ui.words import Words

_WIDTH = 420
_SHUTDOWN_MS = 2_000


class _Inside:
    """Shows a task's error inside the dialog: there is no message bar yet."""

    def __init__(self, show: Callable[[AppError], None]) -> None:
        self._show = show

    def show(self, error: AppError, *, retry: Callable[[], None] | None = None) -> None:  # noqa: ARG002 - a dialog has its own button
        """Show the error."""
        self._show(error)


class UnlockDialog(QDialog):
    """One field. Opening the store takes a moment by intention, so it happens in the store thread."""

    def __init__(
        self,
        try_it: Callable[[str], str],
        words: Words,
        reporter: Reporter,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._try_it = try_it
        self._words = words
        self._tasks = Tasks(presenter=_Inside(self._on_failed), reporter=reporter, parent=self)
        self.passphrase_found: str | None = None
        self.failure: AppError | None = None
        self.setWindowTitle(words("ui.app_name"))
        self.setMinimumWidth(_WIDTH)
        self.passphrase = QLineEdit(self)
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self._field = Field(self.passphrase, self, keeps_line=True)
        self._field.set_label(words("unlock.passphrase"))
        self._field.set_hint(words("unlock.hint"))
        self._buttons = QDialogButtonBox(self)
        self._buttons.addButton(words("unlock.open"), QDialogButtonBox.ButtonRole.AcceptRole)
        self._buttons.addButton(words("unlock.quit"), QDialogButtonBox.ButtonRole.RejectRole)
        title = QLabel(words("unlock.title"), self)
        title.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setSpacing(SPACE.large)
        for part in (title, self._field, self._buttons):
            layout.addWidget(part)
        self._buttons.accepted.connect(self._try)
        self._buttons.rejected.connect(self.reject)

    @Slot()
    def _try(self) -> None:
        typed = self.passphrase.text()
        self._buttons.setEnabled(False)
        self._tasks.run(lambda: self._try_it(typed), owner=self, done=self._on_opened, failed=self._on_failed)

    def done(self, code: int) -> None:
        """End the dialog and its thread."""
        self._tasks.shutdown(_SHUTDOWN_MS)
        super().done(code)

    def _on_opened(self, passphrase: str) -> None:
        self.passphrase_found = passphrase
        self.accept()

    def _on_failed(self, error: AppError) -> None:
        self._buttons.setEnabled(True)
        if not isinstance(error, UserError):
            self.failure = error
            self.reject()
            return
        self._field.set_problem(sentence(error, self._words.language))
        self.passphrase.selectAll()
        self.passphrase.setFocus()


def show_failure(error: AppError, words: Words) -> None:
    """Say in a dialog why the counter cannot open; people who start it by its icon see no terminal."""
    box = QMessageBox(QMessageBox.Icon.Warning, words("ui.app_name"), sentence(error, words.language))
    box.addButton(words("unlock.quit"), QMessageBox.ButtonRole.AcceptRole)
    box.exec()
