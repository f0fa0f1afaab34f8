"""Printers with their state, and the jobs that wait for them."""

import argparse
from typing import Any

from counter_app.bootstrap import OpenCounter
from counter_app.cli.output import Output, iso
from counter_app.core.errors import UserError
from counter_app.domain.forms.kinds import Tray
from counter_app.services.answers.printing import PrinterStatus, PrintJob
from counter_app.services.sentences import job_sentence
from printing.routes import FILES
from printing.workshop import Workshop


def list_printers(made: OpenCounter, output: Output) -> None:
    """Answer with every printer of the settings and the system: state in words and as code, and what goes to it."""
    workshop = Workshop.of(made)
    chains = {tray: workshop.routes.chain(tray) for tray in Tray}
    found = [_printer(status, chains, output) for status in workshop.list_printers()]
    lines = [f"{entry['name']}  {entry['words']}" for entry in found]
    output.answer(found, *lines)


def _printer(status: PrinterStatus, chains: dict[Tray, tuple[str, ...]], output: Output) -> dict[str, Any]:
    words = [output.words(f"printer.condition.{condition.value}") for condition in status.conditions]
    is_files = status.address == FILES
    return {
        "address": status.address,
        "name": output.words("printer.files") if is_files else status.name,
        "state": status.state.value,
        "conditions": [condition.value for condition in status.conditions],
        "words": "; ".join(words) or output.words(f"printer.state.{status.state.value}"),
        "can_print": status.can_print,
        "trays": [tray.value for tray, chain in chains.items() if chain[0] == status.address],
        "takes_over": [tray.value for tray, chain in chains.items() if status.address in chain[1:]],
    }


def manage_jobs(made: OpenCounter, options: argparse.Namespace, output: Output) -> None:
    """List jobs, or do one thing with one: say whether its paper came out, send it again, cancel it."""
    jobs = made.counter.printing_jobs
    match options.action:
        case "list":
            found = {"open": jobs.list_open, "owed": jobs.list_owed}.get(options.only, jobs.list_recent)()
        case "answer":
            found = (jobs.answer(options.job, came_out=options.came_out == "yes"),)
        case "again":
            job = jobs.requeue(options.job, printer=options.printer)
            workshop = Workshop.of(made)
            printer = job.asked or workshop.routes.chain(_tray(job))[0]
            workshop.spooler.print_now(job.id, printer=printer)
            found = (jobs.get(job.id),)
        case "cancel":
            if not jobs.cancel([options.job]):
                raise UserError("print.job_taken")
            found = (jobs.get(options.job),)
        case _:
            raise AssertionError(options.action)
    documents = [_job(job, output) for job in found]
    output.answer(documents, *(f"{one['job']}  {one['state']}  {one['form']}  {one['subject']}" for one in documents))


def _tray(job: PrintJob) -> Tray:
    from counter_app.domain.forms.kinds import KINDS

    return KINDS[job.form].tray


def _job(job: PrintJob, output: Output) -> dict[str, Any]:
    return {
        "job": job.id,
        "form": job.form.value,
        "subject": job.subject,
        "state": job.state.value,
        "reprint": job.reprint,
        "reason": job.reason,
        "copies": job.copies,
        "printer": job.printer,
        "owed": job.owed,
        "ordered_at": iso(job.ordered_at),
        "error": job.error_code or None,
        "words": _why(job, output),
    }


def _why(job: PrintJob, output: Output) -> str | None:
    if not job.error_code:
        return None
    return job_sentence(job, output.language)
