"""What can be done with the chosen print job, and only that."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QWidget

from counter_app.services.answers.printing import PrinterStatus, PrintJob, PrintState
from ui.actions import ActionId
from ui.print_jobs.sentences import say_advice, say_job_state, say_paper, say_subject, tone_of_job
from ui.printing.printers import offer_printers
from ui.theme.tokens import SPACE, Tone
from ui.widgets import ActionButton, ButtonKind, Choices, Field, SectionCard, StatusPill
from ui.words import Words

_MOVING = (PrintState.QUEUED, PrintState.PRINTING)


class JobPanel(SectionCard):
    """Passive: `show_job` fills it; every button is a signal."""

    answered = Signal(bool)
    """True: the paper came out."""
    send_requested = Signal(str)
    """The printer it is sent to, "" for the one of the settings."""
    reprint_requested = Signal(str)
    """With its reason."""
    cancel_requested = Signal()

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._job: PrintJob | None = None
        self._printers: Sequence[PrinterStatus] = ()
        self._as_set = ""
        self.title, self.state = QLabel(), StatusPill()
        self.title.setProperty("role", "cardTitle")
        self.title.setWordWrap(True)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.sentence.setProperty("role", "soft")
        self.sentence.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.printer, self.reason = Choices(), QLineEdit()
        self.reason.setMaxLength(500)
        self._printer_field, self.reason_field = Field(self.printer), Field(self.reason)
        self.came_out = ActionButton(ButtonKind.SECONDARY, ActionId.JOB_CAME_OUT)
        self.not_out = ActionButton(ButtonKind.SECONDARY, ActionId.JOB_NOT_OUT)
        self.again = ActionButton(ButtonKind.SECONDARY, ActionId.JOB_AGAIN)
        self.cancel = ActionButton(ButtonKind.SECONDARY, ActionId.JOB_CANCEL)
        self._lay_out()
        self._connect_signals()
        self.retranslate()

    @property
    def job(self) -> PrintJob | None:
        """The job that is shown."""
        return self._job

    def show_job(self, job: PrintJob | None) -> None:
        """Show a job; a reason that is being typed for the same one stays."""
        if job is None or self._job is None or job.id != self._job.id:
            self.reason.clear()
            self.reason_field.set_problem("")
            self._offer_printers(job.asked if job is not None else "")
        self._job = job
        self._render()

    def show_printers(self, printers: Sequence[PrinterStatus], as_set: str) -> None:
        """Offer these printers; `as_set` is the one that the settings name for this paper."""
        self._printers, self._as_set = printers, as_set
        self._offer_printers(str(self.printer.currentData() or ""))
        self._render()

    def may(self, action: ActionId) -> bool:
        """Whether an action means anything for this job."""
        job = self._job
        if job is None:
            return False
        match action:
            case ActionId.JOB_CAME_OUT | ActionId.JOB_NOT_OUT:
                return job.state is PrintState.UNKNOWN
            case ActionId.JOB_AGAIN:
                return job.state in (PrintState.FAILED, PrintState.PRINTED)
            case ActionId.JOB_CANCEL:
                return job.state in _MOVING
            case _:
                return False

    def ask_again(self) -> None:
        """Send the job again, or ask for a further printing; without a reason say that one is needed."""
        job = self._job
        if job is None or not self.may(ActionId.JOB_AGAIN):
            return
        if _is_unprinted(job):
            self.send_requested.emit(str(self.printer.currentData() or ""))
            return
        reason = self.reason.text().strip()
        self.reason_field.set_problem("" if reason else self._words("ui.dossiers.reason_missing"))
        if reason:
            self.reprint_requested.emit(reason)
        else:
            self.reason.setFocus()

    def work_done(self) -> None:
        """The reason has been used."""
        self.reason.clear()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self._words
        self._printer_field.set_label(words("ui.print_jobs.printer"))
        self.reason_field.set_label(words("ui.dossiers.reason"))
        self.came_out.set_text(words("ui.print_jobs.came_out"))
        self.not_out.set_text(words("ui.print_jobs.not_out"))
        self.cancel.set_text(words("ui.print_jobs.cancel"))
        self._render()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(SPACE.small)
        row.addWidget(self._printer_field, 1)
        row.addWidget(self.reason_field, 1)
        row.addStretch(0)
        for button in (self.came_out, self.not_out, self.cancel, self.again):
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignBottom)
        head = QHBoxLayout()
        head.setSpacing(SPACE.small)
        head.addWidget(self.title, 1)
        head.addWidget(self.state)
        self.body.addLayout(head)
        self.body.addWidget(self.sentence)
        self.body.addStretch(1)
        self.body.addLayout(row)

    def _connect_signals(self) -> None:
        self.came_out.clicked.connect(self.say_came_out)
        self.not_out.clicked.connect(self.say_not_out)
        self.again.clicked.connect(self.ask_again)
        self.cancel.clicked.connect(self.cancel_requested)
        self.reason.returnPressed.connect(self.ask_again)

    def say_came_out(self) -> None:
        """The paper of an unknown job is there."""
        if self.may(ActionId.JOB_CAME_OUT):
            self.answered.emit(True)  # noqa: FBT003 - the signal's own argument

    def say_not_out(self) -> None:
        """The paper of an unknown job is not there."""
        if self.may(ActionId.JOB_NOT_OUT):
            self.answered.emit(False)  # noqa: FBT003 - the signal's own argument

    def _write_title(self, text: str) -> None:
        self.title.setText(text)
        self.setAccessibleName(text)

    def _offer_printers(self, chosen: str) -> None:
        offer_printers(self.printer, self._words, self._printers, as_set=self._as_set, chosen=chosen)

    def _render(self) -> None:
        job, words = self._job, self._words
        sends_again = job is not None and _is_unprinted(job) and self.may(ActionId.JOB_AGAIN)
        reprints = job is not None and not _is_unprinted(job) and self.may(ActionId.JOB_AGAIN)
        self._printer_field.setVisible(sends_again)
        self.reason_field.setVisible(reprints)
        self.came_out.setVisible(self.may(ActionId.JOB_CAME_OUT))
        self.not_out.setVisible(self.may(ActionId.JOB_NOT_OUT))
        self.cancel.setVisible(self.may(ActionId.JOB_CANCEL))
        self.again.setVisible(sends_again or reprints)
        self.again.set_text(words("ui.print_jobs.send_again" if sends_again else "ui.print_jobs.again"))
        if job is None:
            self._write_title(words("ui.print_jobs.select_row"))
            self.state.set_state("", Tone.NEUTRAL)
            self.sentence.clear()
            return
        self._write_title(f"{say_paper(words, job)} · {say_subject(job)}")
        self.state.set_state(say_job_state(words, job), tone_of_job(job))
        text = say_advice(words, job, self._printers)
        if job.reason:
            text = f"{text} {words('ui.print_jobs.with_reason', reason=job.reason)}"
        self.sentence.setText(text)


def _is_unprinted(job: PrintJob) -> bool:
    """Whether sending it again is no further printing: no paper of it came out."""
    return job.state is PrintState.FAILED or (job.state is PrintState.PRINTED and job.owed)
