"""``checks list``: people whom the population database has not confirmed; what other systems said of a dossier."""

from collections.abc import Iterable

from counter_app.bootstrap import OpenCounter
from counter_app.cli.output import Output, iso, shown
from counter_app.domain.systems import SystemLine
from counter_app.services.system_sentences import sentence_of


def list_checks(made: OpenCounter, output: Output) -> None:
    """Answer with everybody of open dossiers who is not confirmed, the oldest first."""
    debts = made.counter.identity_debts.list_all()
    documents = [
        {
            "dossier": debt.dossier_code,
            "role": debt.role.value,
            "full_name": debt.full_name,
            "received_at": iso(debt.received_at),
            **_document(debt.line, output),
        }
        for debt in debts
    ]
    lines = [
        f"{debt.dossier_code}  {shown(debt.received_at)}  {debt.full_name}  {_say(debt.line, output)}" for debt in debts
    ]
    output.answer(documents, *(lines or [output.words("systems.no_debts")]))


def system_documents(lines: Iterable[SystemLine], output: Output) -> list[dict[str, object]]:
    """Return where each question to another system stands as a JSON object."""
    return [_document(line, output) for line in lines]


def _document(line: SystemLine, output: Output) -> dict[str, object]:
    return {
        "system": line.system.value,
        "request": line.request,
        "state": line.state.value,
        "at": iso(line.at),
        "reason": line.reason or None,
        "facts": line.facts,
        "sentence": _say(line, output),
    }


def _say(line: SystemLine, output: Output) -> str:
    return sentence_of(line, output.words)
