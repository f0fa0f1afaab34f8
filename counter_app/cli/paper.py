"""Forms as PDF files from the command line, through the same queue that the window uses."""

import argparse
import re
from pathlib import Path
from typing import Any

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.core.replacing import replace_file
from counter_app.domain.forms.kinds import Form
from counter_app.services.answers.printing import PrintJob, PrintState

_FORM_NUMBERS = {"01": Form.RECEIPT, "02": Form.SUPPLEMENT, "03": Form.REFUSAL}
_PRINTER = "pdf"


def print_to_file(made: OpenCounter, job_id: str) -> Path | None:
    """Print a job into the data folder and return the PDF; None when an open window took the job first."""
    from printing.backends.file import FileBackend
    from printing.queue import PrintQueue

    queue = PrintQueue(made.counter.printing_jobs, FileBackend(made.folder.receipts), printer=_PRINTER)
    try:
        return Path(queue.print_now(job_id).where)
    except UserError as error:
        if error.code == "print.job_taken":
            return None
        raise


def print_form(made: OpenCounter, options: argparse.Namespace) -> dict[str, Any]:
    """Print a form of a dossier: the waiting job if there is one, else a further print with its reason.

    Raises:
        UserError: unknown dossier or form, reason missing, or a job that is being printed right now.
    """
    form = _form(options.form)
    out = Path(options.out) if options.out else None
    if out is not None and not out.parent.is_dir():
        raise UserError("cli.no_such_folder", folder=out.parent.name)
    if out is not None and out.exists() and not out.is_file():
        raise UserError("cli.no_file", file=out.name)
    jobs = made.counter.printing_jobs
    view = made.counter.lookup.get_dossier(options.code)
    job = _find_waiting(view.print_jobs, form) or jobs.order_reprint(
        view.dossier.code, form, reason=options.reason, copies=options.copies
    )
    pdf = print_to_file(made, job.id)
    if pdf is None:
        raise UserError("print.job_taken")
    if out is not None:
        replace_file(out, pdf.read_bytes())
        pdf = out
    return {
        "pdf": str(pdf),
        "pages": _count_pages(pdf.read_bytes()),
        "job": job.id,
        "state": jobs.get(job.id).state.value,
        "reprint": job.reprint,
    }


def _find_waiting(jobs: tuple[PrintJob, ...], form: Form) -> PrintJob | None:
    """A job of which surely no paper came out; an interrupted one is printed again as a copy, with a reason."""
    waiting = (PrintState.QUEUED, PrintState.FAILED)
    return next((job for job in jobs if job.form is form and job.state in waiting), None)


def _form(name: str) -> Form:
    if name in _FORM_NUMBERS:
        return _FORM_NUMBERS[name]
    try:
        return Form(name)
    except ValueError as exc:
        raise UserError("cli.unknown_form", form=name[:40]) from exc


def _count_pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))
