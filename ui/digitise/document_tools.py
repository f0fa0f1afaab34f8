"""What stands beside the document in front: its facts, its signatures, and signing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.actions import ActionId
from ui.digitise.facts_steps import FactsSteps
from ui.digitise.facts_strip import FactsStrip
from ui.digitise.sign_steps import SignSteps
from ui.digitise.signature_strip import SignatureStrip
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind

if TYPE_CHECKING:
    from ui.digitise.page import DigitisePage


class DocumentTools(QObject):
    """Its `panel` is laid out by the page, above the document; its buttons stand beside the title of the viewer."""

    def __init__(self, page: DigitisePage) -> None:
        super().__init__(page)
        self._words = page.words
        self.panel = QWidget(page)
        self.signatures = SignatureStrip(page.words, self.panel)
        self.signs = SignSteps(page, self.signatures)
        self.strip = FactsStrip(page.words, self.panel)
        self.facts = FactsSteps(page, self.strip)
        self.sign = ActionButton(ButtonKind.SECONDARY, ActionId.DIGITISE_SIGN)
        self.read = ActionButton(ButtonKind.SECONDARY, ActionId.DIGITISE_FACTS)
        column = QVBoxLayout(self.panel)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        column.addWidget(self.strip)
        column.addWidget(self.signatures)
        page.viewer.tools.addWidget(self.read)
        page.viewer.tools.addWidget(self.sign)
        page.viewer.shown.connect(self.signs.check)
        self.sign.clicked.connect(self.signs.ask)
        self.read.clicked.connect(self.facts.start)
        self.keys: dict[ActionId, Callable[[], object]] = {
            ActionId.DIGITISE_SIGN: self.signs.ask,
            ActionId.DIGITISE_FACTS: self.facts.start,
            ActionId.DIGITISE_FACT_SKIP: self.facts.skip,
        }

    def dismiss(self) -> bool:
        """Answer Esc; False when nothing is asked here."""
        return self.facts.end()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.signatures.retranslate()
        self.strip.retranslate()
        self.sign.set_text(self._words("sign.card"))
        self.read.set_text(self._words("facts.read"))
