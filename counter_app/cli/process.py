"""The way of a dossier on the command line: its steps with their times, and who holds late now."""

from typing import Any

from counter_app.cli.output import Output, iso, shown
from counter_app.domain.procedure import ProcessStep
from counter_app.domain.progress import Holding, Progress, in_minutes
from counter_app.services.answers.process import LateHolder
from counter_app.services.sentences import working_time_words


def steps_document(progress: Progress) -> dict[str, Any]:
    """Return the hands of a dossier in order with the steps done there, then the steps nobody has begun yet.

    Times are working minutes; ``allowed_minutes`` is null where the process states no share.
    """
    begun = [_held(holding) for holding in progress.holdings]
    return {"steps": [*begun, *(_ahead(step) for step in progress.ahead)], "late_minutes": in_minutes(progress.late_by)}


def _held(holding: Holding) -> dict[str, Any]:
    return {
        "holder": holding.holder,
        "names": [step.name for step in holding.steps],
        "began_at": iso(holding.began_at),
        "ended_at": iso(holding.ended_at),
        "due_at": iso(holding.due_at),
        "allowed_minutes": in_minutes(holding.allowed) if holding.allowed is not None else None,
        "took_minutes": in_minutes(holding.took),
        "kept": holding.kept.value if holding.kept is not None else None,
        "late_minutes": in_minutes(holding.late_by),
    }


def _ahead(step: ProcessStep) -> dict[str, Any]:
    return {"holder": step.done_by, "names": [step.name], "began_at": None, "ended_at": None}


def steps_lines(progress: Progress, output: Output) -> list[str]:
    """Return the hands that are measured against a share, one line each."""
    return [
        f"{shown(held.began_at)}  {held.holder}  "
        + output.words(
            "process.line.share",
            took=working_time_words(held.took, output.language),
            allowed=working_time_words(held.allowed, output.language),
        )
        for held in progress.holdings
        if held.allowed is not None
    ]


def late_document(holder: LateHolder) -> dict[str, Any]:
    """Return who holds a late dossier, and by how much it and this hand are late, in working minutes."""
    return {
        "holder": holder.holder,
        "held_since": iso(holder.since),
        "late_minutes": in_minutes(holder.late_by),
        "step": holder.step or None,
        "step_late_minutes": in_minutes(holder.step_late_by),
    }


def late_line(holder: LateHolder, output: Output) -> str:
    """Return who holds it and by how much it is late."""
    return output.words(
        "process.late.by", holder=holder.holder, amount=working_time_words(holder.late_by, output.language)
    )
