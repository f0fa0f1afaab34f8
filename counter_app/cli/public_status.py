"""``show --public``: where a dossier stands, without personal data, as the province's page says it too."""

import argparse
from typing import Any

from counter_app.bootstrap import OpenCounter
from counter_app.cli.output import Output, iso
from counter_app.domain.public_status import PublicChange
from resources.texts import Language


def show_public(made: OpenCounter, options: argparse.Namespace, output: Output) -> None:
    """Answer with the public text of a dossier and the facts behind it.

    Raises:
        UserError: ``dossier.unknown_code``.
    """
    language = Language(options.language) if options.language else output.language
    public = made.counter.public_statuses.get(options.code, language)
    facts = public.facts
    document = {
        "code": facts.code,
        "text": public.text,
        "status": int(facts.status),
        "status_name": public.status_name,
        "procedure": facts.procedure_name,
        "received_at": iso(facts.received_at),
        "place": facts.place,
        "resolved_by": facts.resolved_by or None,
        "at_work": facts.leg_agency or None,
        "due_at": iso(facts.due_at),
        "is_late": facts.is_late,
        "due_changes": [_change(change) for change in facts.changes],
        "next_step": public.next_step,
        "hotline": facts.hotline or None,
    }
    output.answer(document, public.text)


def _change(change: PublicChange) -> dict[str, Any]:
    return {
        "cause": change.cause.value,
        "reason_code": change.reason_code or None,
        "due_before": iso(change.due_before),
        "due_after": iso(change.due_after),
    }
