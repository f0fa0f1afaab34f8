"""Qt's own texts in the window's language. Qt ships no Vietnamese translation of itself."""

from PySide6.QtCore import QObject, QTranslator

from resources.texts import texts
from ui.words import Words


class QtTexts(QTranslator):
    """Answers Qt's English source texts from ``resources/texts/<language>/qt.toml``."""

    def __init__(self, words: Words, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words = words

    def isEmpty(self) -> bool:
        """Say that there is something to ask for; Qt skips an empty translator."""
        return False

    def translate(self, _context: str, sourceText: str, _disambiguation: str | None = None, _n: int = -1) -> str | None:
        """Return the text, or None for one that is not ours."""
        return texts(self._words.language).get(f"qt.{sourceText}")
