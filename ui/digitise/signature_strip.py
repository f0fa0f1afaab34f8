"""What the signatures of the file in front are worth, with the reasons, below its title."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from counter_app.services.answers.signatures import SignatureKind, SignatureReport, Verdict, VerificationReport
from ui.formats import show_moment
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind
from ui.widgets.polish import set_look
from ui.words import Words

_ROLES = {Verdict.VALID: "soft", Verdict.DOUBTFUL: "caution", Verdict.INVALID: "problem", Verdict.UNSIGNED: "soft"}
_COMPLETE = frozenset({"B-LT", "B-LTA"})


class SignatureStrip(QWidget):
    """Passive. Away for a file without a signature."""

    upgrade_requested = Signal()

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._report: VerificationReport | None = None
        self.verdict, self.details = QLabel(self), QLabel(self)
        for label in (self.verdict, self.details):
            label.setWordWrap(True)
        self.details.setProperty("role", "hint")
        self.upgrade = ActionButton(ButtonKind.QUIET)
        self.upgrade.clicked.connect(self.upgrade_requested)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self.verdict)
        texts.addWidget(self.details)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.small)
        row.addLayout(texts, 1)
        row.addWidget(self.upgrade)
        self.show_report(None)

    def show_report(self, report: VerificationReport | None) -> None:
        """Show a verdict and its reasons; None takes the strip away."""
        self._report = report
        self.setVisible(report is not None)
        if report is None:
            return
        lines = [self._line(one) for one in report.signatures] + [self._words(note) for note in report.notes]
        self._show(self._words(f"signing.verdict.{report.verdict.value}"), "\n".join(lines), _ROLES[report.verdict])
        people = [one for one in report.signatures if one.kind is SignatureKind.SIGNATURE]
        is_complete = all(one.level in _COMPLETE for one in people)
        self.upgrade.setVisible(report.verdict is not Verdict.INVALID and bool(people) and not is_complete)
        self.upgrade.set_text(self._words("sign.upgrade"))

    def show_checking(self) -> None:
        """Say that the check is under way."""
        self.show_sentence(self._words("sign.checking"))

    def show_sentence(self, words: str) -> None:
        """Say something in the verdict's place."""
        self._report = None
        self.show()
        self._show(words, "", "soft")
        self.upgrade.hide()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        if self._report is not None:
            self.show_report(self._report)

    def _show(self, verdict: str, details: str, role: str) -> None:
        self.verdict.setText(verdict)
        set_look(self.verdict, "role", role)
        self.details.setText(details)
        self.details.setVisible(bool(details))

    def _line(self, one: SignatureReport) -> str:
        words = self._words
        at = one.proved_at or one.signed_at
        when = show_moment(at) if at is not None else words("signing.unknown_time")
        who = one.signer.subject if one.signer is not None else one.field
        verdict = words(f"signing.one_verdict.{one.verdict.value}")
        if one.kind is SignatureKind.TIME_STAMP:
            said = words("signing.line.time_stamp", who=who, when=when, verdict=verdict)
        else:
            said = words("signing.line.signature", who=who, when=when, verdict=verdict)
        return " ".join([f"{said}.", *(words(reason) for reason in one.reasons)])
