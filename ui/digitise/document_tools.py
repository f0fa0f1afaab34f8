"""What stands beside the document in front: signing it, and what its signatures are worth."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from ui.actions import ActionId
from ui.digitise.sign_steps import SignSteps
from ui.digitise.signature_strip import SignatureStrip
from ui.widgets import ActionButton, ButtonKind

if TYPE_CHECKING:
    from ui.digitise.page import DigitisePage


class DocumentTools(QObject):
    """Its strip is laid out by the page; its buttons stand beside the title of the viewer."""

    def __init__(self, page: DigitisePage) -> None:
        super().__init__(page)
        self._words = page.words
        self.signatures = SignatureStrip(page.words, page)
        self.signs = SignSteps(page, self.signatures)
        self.sign = ActionButton(ButtonKind.SECONDARY, ActionId.DIGITISE_SIGN)
        page.viewer.tools.addWidget(self.sign)
        page.viewer.shown.connect(self.signs.check)
        self.sign.clicked.connect(self.signs.ask)
        self.keys: dict[ActionId, Callable[[], object]] = {ActionId.DIGITISE_SIGN: self.signs.ask}

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.signatures.retranslate()
        self.sign.set_text(self._words("sign.card"))
