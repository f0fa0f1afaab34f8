"""The version in use, and a new one that waits: when the window closes today, or some evening by itself."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QLabel, QWidget

from counter_app.core.errors import AppError
from counter_app.services.updates import UpdateNews
from ui.page import PageContext
from ui.widgets import SectionCard


class UpdateCard(SectionCard):
    """One sentence and one choice; the choice is there only while something waits."""

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._context = context
        self._news: UpdateNews | None = None
        self.sentence, self.today = QLabel(), QCheckBox()
        self.sentence.setWordWrap(True)
        self.today.hide()
        self.body.addWidget(self.sentence)
        self.body.addWidget(self.today)
        self.today.clicked.connect(self._on_chosen)
        self.retranslate()

    def ask(self) -> None:
        """Read anew what is known."""
        self._context.tasks.run(self._context.counter.updates.read, owner=self, done=self._show, name="updates.read")

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self._context.words
        self.set_title(words("update.card"))
        self.today.setText(words("update.when_closing_today"))
        if self._news is not None:
            self._show(self._news)

    def _show(self, news: UpdateNews) -> None:
        self._news = news
        key = "update.card_waiting" if news.waiting else "update.card_newest"
        self.sentence.setText(self._context.words(key, version=news.version, waiting=news.waiting))
        self.today.setVisible(bool(news.waiting))
        self.today.setChecked(news.is_wanted)

    @Slot(bool)
    def _on_chosen(self, wanted: bool) -> None:  # noqa: FBT001 - the signal's own signature
        updates = self._context.counter.updates

        def failed(error: AppError) -> None:
            self.ask()
            self._context.errors.show(error)

        self._context.tasks.run(
            lambda: updates.want(wanted=wanted), owner=self, done=self._show, failed=failed, name="updates.want"
        )
