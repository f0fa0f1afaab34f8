"""``concerned``: dossiers that another unit received and this one decides, seen and answered."""

import argparse
from typing import Any

from counter_app.cli.opening import acting, reading
from counter_app.cli.output import Output, iso, shown
from counter_app.core.errors import UserError
from counter_app.core.paths import DataFolder
from counter_app.core.replacing import new_file
from counter_app.domain.concerned import ConcernedAnswer, ConcernedOutcome
from counter_app.services.answers.concerned import ConcernedRow

_OUTCOMES = {
    "result": ConcernedOutcome.RESULT,
    "supplement": ConcernedOutcome.SUPPLEMENT,
    "refuse": ConcernedOutcome.REFUSED,
}


def manage_concerned(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    """List, show, answer, or write a paper of one to a file.

    Raises:
        UserError: as `counter_app.services.concerned.Concerned`; ``concerned.no_place``.
    """
    if options.action in _OUTCOMES:
        with acting(folder, options) as made:
            row = made.counter.concerned.answer(options.code, _answer_of(options))
        output.answer(_document(row, output), output.words("concerned.done", code=row.dossier.code))
        return
    with reading(folder) as made:
        if options.action == "list":
            concerned = made.counter.concerned
            rows = concerned.list_under_way() if options.all else concerned.list_open()
            lines = [_line(row, output) for row in rows] or [output.words("concerned.none")]
            output.answer([_document(row, output) for row in rows], *lines)
        elif options.action == "show":
            row = made.counter.concerned.get(options.code)
            output.answer(_document(row, output), _line(row, output), *_details(row))
        else:
            _write(made.counter.concerned.read_file(options.code, options.place), options, output)


def _answer_of(options: argparse.Namespace) -> ConcernedAnswer:
    outcome = _OUTCOMES[options.action]
    if outcome is not ConcernedOutcome.RESULT:
        return ConcernedAnswer(outcome=outcome, words=options.reason)
    return ConcernedAnswer(
        outcome=outcome,
        number=options.number,
        decided_on=options.date,
        signer=options.signer,
        words=options.summary,
    )


def _write(data: bytes, options: argparse.Namespace, output: Output) -> None:
    try:
        if options.path.exists() or options.path.is_symlink():
            raise UserError("concerned.no_place", file=options.path.name)
        with new_file(options.path) as file:
            file.write(data)
    except OSError as exc:
        raise UserError("concerned.no_place", file=options.path.name) from exc
    output.answer({"path": str(options.path), "size_bytes": len(data)}, str(options.path))


def _document(row: ConcernedRow, output: Output) -> dict[str, Any]:
    dossier, answer = row.dossier, row.answer
    said = None
    if answer is not None:
        said = {
            "outcome": answer.outcome.value,
            "number": answer.number or None,
            "date": answer.decided_on.isoformat() if answer.decided_on else None,
            "signer": answer.signer or None,
            "words": answer.words or None,
            "at": iso(row.answered_at) if row.answered_at else None,
            "clerk": row.answered_by or None,
        }
    return {
        "id": dossier.dossier_id,
        "code": dossier.code,
        "received_by": dossier.unit_code,
        "received_by_name": dossier.unit_name,
        "as_of": iso(dossier.at),
        "procedure": dossier.procedure_code,
        "procedure_name": dossier.procedure_name,
        "applicant": dossier.applicant_name,
        "applicant_number": dossier.applicant_number or None,
        "applicant_born": dossier.applicant_born or None,
        "applicant_address": dossier.applicant_address or None,
        "submitter": dossier.submitter_name or None,
        "note": dossier.note or None,
        **output.status(dossier.status),
        "received_at": iso(dossier.received_at),
        "due_at": iso(dossier.due_at) if dossier.due_at else None,
        "supplemented_at": iso(dossier.supplemented_at) if dossier.supplemented_at else None,
        "open": dossier.is_open,
        "waits": row.is_waiting,
        "late": row.is_late,
        "answer": said,
        "papers": [
            {"name": one.name, "original": one.original, "certified": one.certified, "copy": one.copy}
            for one in dossier.papers
        ],
        "files": [
            {
                "name": one.name,
                "component": one.component,
                "sha256": one.sha256,
                "size_bytes": one.size_bytes,
                "pages": one.pages,
                "here": is_here,
            }
            for one, is_here in zip(dossier.files, row.here, strict=True)
        ],
    }


def _line(row: ConcernedRow, output: Output) -> str:
    dossier = row.dossier
    if row.answer is not None and not row.is_waiting:
        state = output.words(f"concerned.outcome.{row.answer.outcome.value}")
    elif not dossier.is_open:
        state = output.words("concerned.over")
    else:
        due = shown(dossier.due_at) if dossier.due_at else "-"
        state = output.words("concerned.late" if row.is_late else "concerned.until", at=due)
    return f"{dossier.code}  {state}  {dossier.unit_name}  {dossier.applicant_name}  {dossier.procedure_name}"


def _details(row: ConcernedRow) -> list[str]:
    dossier, answer = row.dossier, row.answer
    said = (
        [answer.number, f"{answer.decided_on:%d/%m/%Y}" if answer.decided_on else "", answer.signer, answer.words]
        if answer
        else []
    )
    papers = [f"  {one.name}: {one.original} / {one.certified} / {one.copy}" for one in dossier.papers]
    files = [f"  {place}. {one.name} ({one.size_bytes} B)" for place, one in enumerate(dossier.files, start=1)]
    return [*([" ".join(part for part in said if part)] if answer else []), *papers, *files]
