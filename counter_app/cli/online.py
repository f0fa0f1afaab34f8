"""``online``: requests that came in online, seen and answered."""

import argparse
from typing import Any

import msgspec

from counter_app.bootstrap import OpenCounter
from counter_app.cli.opening import acting, reading
from counter_app.cli.output import Output, iso, shown
from counter_app.cli.paper import print_to_file
from counter_app.core.paths import DataFolder
from counter_app.domain.dossier import Outcome
from counter_app.services.answers.online import OnlineRow

_OUTCOMES = {"receive": Outcome.ACCEPTED, "supplement": Outcome.SUPPLEMENT_ASKED, "refuse": Outcome.REFUSED}


def manage_online(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    """List, show, or answer one.

    Raises:
        UserError: as `counter_app.services.online.Online`.
    """
    if options.action in _OUTCOMES:
        with acting(folder, options) as made:
            _answer(made, options, output)
        return
    with reading(folder) as made:
        online = made.counter.online
        if options.action == "list":
            found = online.list_waiting()
            lines = [_line(one, output) for one in found] or [output.words("online.none")]
            output.answer([_document(one) for one in found], *lines)
            return
        row = online.get(options.number)
        files = [f"  {file.name} ({file.size_bytes} B)  {file.component}" for file in row.submission.files]
        output.answer(_document(row), _line(row, output), *files)


def _answer(made: OpenCounter, options: argparse.Namespace, output: Output) -> None:
    online = made.counter.online
    asked = online.prepare(options.number)
    outcome = _OUTCOMES[options.action]
    form = msgspec.structs.replace(asked.form, reason=getattr(options, "reason", ""))
    result = online.receive(form, outcome, asked.row.submission.id)
    pdf = print_to_file(made, result.print_job.id) if result.print_job is not None else None
    dossier = result.dossier
    document = {
        "number": asked.row.submission.number,
        "code": dossier.code,
        **output.status(dossier.status),
        "due_at": iso(dossier.due.due_at) if dossier.due else None,
        "pdf": str(pdf) if pdf else None,
        "was_late": asked.row.is_late,
    }
    said = output.words("online.done", number=asked.row.submission.number, code=dossier.code)
    output.answer(document, f"{said} {output.status(dossier.status)['status_name']}", *([str(pdf)] if pdf else []))


def _document(row: OnlineRow) -> dict[str, Any]:
    asked = row.submission
    return {
        "id": asked.id,
        "number": asked.number,
        "handed_in_at": iso(asked.handed_in_at),
        "answer_by": iso(row.acknowledge_by),
        "late": row.is_late,
        "procedure": asked.procedure_code,
        "procedure_name": row.procedure_name,
        "applicant": asked.applicant.full_name,
        "dossier": row.code or None,
        "files_here": row.files_here,
        "files": [
            {
                "name": file.name,
                "component": file.component or None,
                "type": file.media_type,
                "size_bytes": file.size_bytes,
                "sha256": file.sha256,
            }
            for file in asked.files
        ],
    }


def _line(row: OnlineRow, output: Output) -> str:
    asked = row.submission
    until = output.words("online.late" if row.is_late else "online.until", at=shown(row.acknowledge_by))
    return f"{asked.number}  {row.code or until}  {asked.applicant.full_name}  {row.procedure_name}"
