"""Papers from the command line, through the same orders, queue and printers that the window uses."""

import argparse
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec

from counter_app.bootstrap import OpenCounter
from counter_app.cli.files import read_json
from counter_app.cli.output import Output
from counter_app.core.errors import UserError
from counter_app.domain.forms.details import NO_DETAILS, Details
from counter_app.domain.forms.kinds import KINDS, Form, FormSet, Per
from counter_app.domain.manifest import looks_like_manifest_code
from counter_app.services.answers.printing import PaperRequest, PrintJob, PrintState
from printing import form_title
from printing.backends import Backend
from printing.backends.file import FileBackend
from printing.routes import FILES
from printing.workshop import Workshop

_LARGEST_FILE_BYTES = 1_000_000
_OFFICIAL_NUMBERS = {"01": Form.RECEIPT, "02": Form.SUPPLEMENT, "03": Form.REFUSAL, "04": Form.APOLOGY}
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_YEAR = re.compile(r"\d{4}")


def list_forms(wording_folder: Path | None = None) -> list[dict[str, Any]]:
    """Return every form with its title, its sets, its sheets, and what one paper of it is about."""
    return [
        {
            "form": kind.form.value,
            "title": form_title(kind.form, kind.sets[-1], wording_folder=wording_folder),
            "sets": [form_set.short_name for form_set in kind.sets],
            "paper": kind.sheet.value,
            "papers": [sheet.value for sheet in kind.sheets],
            "per": kind.per.value,
            "copies": kind.copies,
            "asks": list(kind.asks),
        }
        for kind in KINDS.values()
    ]


def print_to_file(made: OpenCounter, job_id: str) -> Path | None:
    """Print a job into the data folder and return the PDF; None when an open window took the job first."""
    try:
        return Path(Workshop.of(made).spooler.print_now(job_id, printer=FILES).where)
    except UserError as error:
        if error.code == "print.job_taken":
            return None
        raise


def print_papers(
    made: OpenCounter, options: argparse.Namespace, output: Output
) -> dict[str, Any] | list[dict[str, Any]]:
    """Print a form; for several dossiers of a form that is about one, print one paper each and return a list.

    Raises:
        UserError: unknown dossier, form or set, reason missing, unsuitable sheet, or a job that is being printed now.
        EnvironmentFailure: the printer or the file; the job stays and can be sent again.
    """
    form = _form(options.form)
    request = _request(form, options, output)
    if len(request.codes) < 2 or KINDS[form].per is not Per.DOSSIER or form is Form.RECEIPT_BULK:
        return _print_one(made, request, options)
    if options.out is not None and not Path(options.out).is_dir():
        raise UserError("cli.no_such_folder", folder=Path(options.out).name)
    singles = [msgspec.structs.replace(request, codes=(code,)) for code in request.codes]
    return [_print_one(made, single, options) for single in singles]


def _print_one(made: OpenCounter, request: PaperRequest, options: argparse.Namespace) -> dict[str, Any]:
    out = _target(options, request)
    workshop = Workshop.of(made, file_backend=_into(out) if out is not None else None)
    printer = request.printer
    workshop.open_backend(printer)  # an address that means nothing is refused before anything is ordered
    job = _find_waiting(made, request) or made.counter.print_orders.order(request)
    delivery = workshop.spooler.print_now(job.id, printer=printer)
    pdf = Path(delivery.where) if printer == FILES else None
    return {
        "pdf": str(pdf) if pdf else None,
        "pages": _count_pages(pdf.read_bytes()) if pdf else None,
        "job": job.id,
        "state": made.counter.printing_jobs.get(job.id).state.value,
        "printer": delivery.where if pdf is None else FILES,
        "reprint": job.reprint,
    }


def _into(out: Path) -> Backend:
    return FileBackend(out.parent, name=out.name)


def _target(options: argparse.Namespace, request: PaperRequest) -> Path | None:
    """Return the file asked for, None for the data folder.

    Raises:
        UserError: ``cli.no_such_folder``, ``cli.no_file``.
    """
    if options.out is None:
        return None
    out = Path(options.out)
    if out.is_dir() and "," in options.code:
        return out / f"{request.codes[0]}_{request.form.value}.pdf"
    if not out.parent.is_dir():
        raise UserError("cli.no_such_folder", folder=out.parent.name)
    if out.exists() and not out.is_file():
        raise UserError("cli.no_file", file=out.name)
    return out


def _request(form: Form, options: argparse.Namespace, output: Output) -> PaperRequest:
    reason = options.reason
    if not reason and options.out is not None:
        # A file on a disk is no paper in a hand; it says what it is, and the journal says why.
        reason = output.words("cli.file_reason")
    first, last = _days(options.code)
    return PaperRequest(
        form=form,
        codes=() if first is not None else _codes(options.code),
        first_day=first,
        last_day=last,
        form_set=_form_set(options.set),
        sheet=options.sheet,
        copies=options.copies,
        details=_details(options.details),
        printer=options.printer or FILES,  # asked for as a file: no paper is owed for it
        reason=reason,
    )


def _codes(text: str) -> tuple[str, ...]:
    codes = tuple(code.strip() for code in text.split(",") if code.strip())
    if not codes:
        raise UserError("print_job.no_dossier")
    return codes


def _days(text: str) -> tuple[date, date] | tuple[None, None]:
    """Return the days of ``2026-11-28``, ``2026-11-01..2026-11-30``, ``2026-11`` or ``2026``; Nones for other texts."""
    try:
        if (month := _MONTH.fullmatch(text)) is not None:
            first = date(int(month[1]), int(month[2]), 1)
            return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        if _YEAR.fullmatch(text):
            return date(int(text), 1, 1), date(int(text), 12, 31)
        start, dots, end = text.partition("..")
        return date.fromisoformat(start), date.fromisoformat(end if dots else start)
    except ValueError:
        return None, None


def _form_set(name: str | None) -> FormSet | None:
    if name is None:
        return None
    found = next((one for one in FormSet if name.casefold() in (one.short_name.casefold(), one.value.casefold())), None)
    if found is None:
        raise UserError("cli.unknown_form_set", set=name[:40], known=", ".join(one.short_name for one in FormSet))
    return found


def _details(file: str | None) -> Details:
    if file is None:
        return NO_DETAILS
    return read_json(Path(file), Details, most_bytes=_LARGEST_FILE_BYTES, code="cli.bad_details")


def _find_waiting(made: OpenCounter, request: PaperRequest) -> PrintJob | None:
    """A plain job of which surely no paper came out; an interrupted one is printed again as a copy, with a reason."""
    asks_more = request.form_set or request.sheet or request.copies or request.details != NO_DETAILS
    is_single = len(request.codes) == 1 and KINDS[request.form].per is Per.DOSSIER
    if asks_more or request.printer != FILES or not is_single:
        return None
    if looks_like_manifest_code(request.codes[0]):
        return None
    waiting = (PrintState.QUEUED, PrintState.FAILED)
    jobs = made.counter.lookup.get_dossier(request.codes[0]).print_jobs
    return next((job for job in jobs if job.form is request.form and job.state in waiting), None)


def _form(name: str) -> Form:
    if name in _OFFICIAL_NUMBERS:
        return _OFFICIAL_NUMBERS[name]
    try:
        return Form(name)
    except ValueError as exc:
        raise UserError("cli.unknown_form", form=name[:40]) from exc


def _count_pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))
