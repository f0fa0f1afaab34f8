"""The window's language: every word on screen is asked for here, so that a change of language reaches all of it."""

import logging

from PySide6.QtCore import QObject, Signal

from resources.texts import Language, has_text, text

logger = logging.getLogger("counter_app.ui.words")


class Words(QObject):
    """Texts in the language in force. Call it like a function: ``words("intake.accept", code=...)``.

    UI thread only. A key that does not exist is logged and returned as it is: a missing word must not stop a desk.
    """

    language_changed = Signal(object)

    def __init__(self, language: Language = Language.VIETNAMESE, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._language = language

    @property
    def language(self) -> Language:
        """The language in force."""
        return self._language

    def set_language(self, language: Language) -> None:
        """Change the language; listeners of `language_changed` write their texts anew."""
        if language is self._language:
            return
        self._language = language
        self.language_changed.emit(language)

    def __call__(self, key: str, **context: str | int) -> str:
        """Return the text of a key with its placeholders filled."""
        try:
            return text(key, self._language, **context)
        except (KeyError, IndexError):
            logger.warning("text missing or without its values: %s", key)
            return key

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return has_text(key)
