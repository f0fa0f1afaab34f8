"""``bulk``: the same thing done with many dossiers, or a preview of it."""

import argparse
import sys
from pathlib import Path
from typing import Any

from counter_app.bootstrap import OpenCounter
from counter_app.cli.files import read_file
from counter_app.cli.output import Output
from counter_app.core.errors import UserError
from counter_app.domain.forms.kinds import Form
from counter_app.services.answers.bulk import BulkAnswer, BulkKind, BulkLine, BulkOrder, BulkState
from counter_app.services.sentences import sentence

_LARGEST_FILE_BYTES = 1_000_000
_BAD_FILE = "bulk.bad_file"


def work_in_bulk(made: OpenCounter, options: argparse.Namespace, output: Output) -> None:
    """Answer with what may be done, or what was done; the exit code is 2 when something asked for was not.

    Raises:
        UserError: what stands against all of it; nothing was done.
    """
    bulk, order, codes = made.counter.bulk, _order(options), _codes(options)
    answer = bulk.preview(order, codes) if options.preview else bulk.run(order, codes)
    output.answer(_document(answer, output), *(_line(line, output) for line in answer.lines), _summary(answer, output))
    if not options.preview and answer.count(BulkState.DONE) < len(answer.lines):
        output.exit_code = 2


def _order(options: argparse.Namespace) -> BulkOrder:
    kind: BulkKind = options.kind
    if kind is BulkKind.MANIFEST and not options.manifest and not options.preview:
        raise UserError("bulk.no_manifest")
    known = {form.value: form for form in Form}
    if options.form not in known:
        raise UserError("cli.bad_usage", detail=f"--form {options.form[:40]}: {', '.join(known)}")
    return BulkOrder(
        kind=kind,
        manifest=options.manifest,
        form=known[options.form],
        reason=options.reason,
        printer=options.printer,
    )


def _codes(options: argparse.Namespace) -> list[str]:
    named = [code for argument in options.codes for code in argument.split(",")]
    return [*named, *(_read_codes(options.file) if options.file is not None else ())]


def _read_codes(name: str) -> list[str]:
    if name == "-":
        data = sys.stdin.buffer.read(_LARGEST_FILE_BYTES + 1)
        if len(data) > _LARGEST_FILE_BYTES:
            raise UserError(_BAD_FILE, file="-", detail=f"> {_LARGEST_FILE_BYTES // 1000} kB")
    else:
        data = read_file(Path(name), most_bytes=_LARGEST_FILE_BYTES, code=_BAD_FILE)
    try:
        return data.decode("utf-8-sig").replace(",", "\n").splitlines()
    except UnicodeDecodeError as exc:
        raise UserError(_BAD_FILE, file=Path(name).name, detail=type(exc).__name__) from exc


def _document(answer: BulkAnswer, output: Output) -> dict[str, Any]:
    return {
        **{state.value: answer.count(state) for state in BulkState},
        "dossiers": [
            {"code": line.code, "state": line.state.value, "reason": _reason(line, output) or None}
            for line in answer.lines
        ],
    }


def _reason(line: BulkLine, output: Output) -> str:
    return sentence(line.refusal, output.language) if line.refusal is not None else ""


def _line(line: BulkLine, output: Output) -> str:
    return f"{line.code}  {output.words(f'bulk.state.{line.state.value}')}  {_reason(line, output)}".rstrip()


def _summary(answer: BulkAnswer, output: Output) -> str:
    refused = answer.count(BulkState.REFUSED)
    ready, done = answer.count(BulkState.READY), answer.count(BulkState.DONE)
    if ready:
        return output.words("bulk.summary", ready=ready, refused=refused)
    return output.words("bulk.done", done=done, refused=refused, untouched=answer.count(BulkState.UNTOUCHED))
