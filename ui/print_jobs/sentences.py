"""Print jobs in plain words: what the paper is, what it is about, how it is, and what to do about it."""

import re
from collections.abc import Sequence

from counter_app.services.answers.printing import CANCELLED, PrinterStatus, PrintJob, PrintState
from counter_app.services.sentences import job_sentence
from ui.printing.printers import say_printer
from ui.theme.tokens import Tone
from ui.words import Words

_DAYS = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:\.\.(\d{4})-(\d{2})-(\d{2}))?")
_TONES = {
    PrintState.QUEUED: Tone.INFO,
    PrintState.PRINTING: Tone.INFO,
    PrintState.PRINTED: Tone.NEUTRAL,
    PrintState.FAILED: Tone.BAD,
    PrintState.UNKNOWN: Tone.CAUTION,
}


def say_paper(words: Words, job: PrintJob) -> str:
    """Return what the paper is, a further printing marked as such."""
    form = words(f"ui.form.{job.form.value}")
    return f"{words('ui.print_jobs.reprint_mark', number=job.reprint)} · {form}" if job.reprint else form


def say_subject(job: PrintJob) -> str:
    """Return what the paper is about: codes as they are, days as people write them."""
    found = _DAYS.fullmatch(job.subject)
    if found is None:
        return job.subject
    first, last = "/".join(found.group(3, 2, 1)), found.group(6, 5, 4)
    return f"{first} – {'/'.join(last)}" if last[0] else first


def say_job_state(words: Words, job: PrintJob) -> str:
    """Return how a job is in a few words."""
    if job.owed and job.state is PrintState.PRINTED:
        return words("ui.print_jobs.owed")
    if job.state is PrintState.FAILED and job.error_code == CANCELLED:
        return words("ui.print_jobs.cancelled")
    if job.state is PrintState.PRINTING and job.error_code:
        return words("ui.print_jobs.waiting")
    return words(f"ui.print_jobs.{job.state.value}")


def tone_of_job(job: PrintJob) -> Tone:
    """Return the tone of a job's state."""
    if job.owed and job.state is PrintState.PRINTED:
        return Tone.CAUTION
    if job.state is PrintState.FAILED and job.error_code == CANCELLED:
        return Tone.NEUTRAL
    return Tone.CAUTION if job.state is PrintState.PRINTING and job.error_code else _TONES[job.state]


def say_target(words: Words, job: PrintJob, printers: Sequence[PrinterStatus] = ()) -> str:
    """Return the printer that has or had the job, or the one that was asked for; a dash when none had it yet."""
    address = job.printer or job.asked
    key = f"ui.print_jobs.printer_{address}"
    if words.has(key):
        return words(key)
    return say_printer(words, address, printers) if address else words("ui.none")


def say_advice(words: Words, job: PrintJob, printers: Sequence[PrinterStatus] = ()) -> str:
    """Return the sentence below a job: why it is as it is, and what to do."""
    if job.error_code and words.has(job.error_code):
        return job_sentence(job, words.language, printer=say_target(words, job, printers))
    if job.owed and job.state is PrintState.PRINTED:
        return words("ui.print_jobs.advice_owed")
    return words(f"ui.print_jobs.advice_{job.state.value}")
