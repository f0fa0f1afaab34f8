"""``document --facts`` and ``--accept``: what a paper says of itself, proposed and taken."""

import argparse
from typing import Any

import msgspec

from counter_app.cli.opening import acting, reading
from counter_app.cli.output import Output
from counter_app.core.errors import UserError
from counter_app.core.paths import DataFolder
from counter_app.domain.document import DocumentFacts, StatedFact
from counter_app.domain.paper_facts import FactField, FactSource, Proposal


def propose_facts(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    """Say what a paper seems to state; nothing is kept.

    Raises:
        UserError: ``document.unknown_document``.
    """
    with reading(folder) as made:
        proposed = made.counter.paper_facts.propose(options.id)
    lines = [_line(one, output) for one in proposed.proposals] or [output.words("document.no_facts")]
    if not proposed.is_read:
        lines.append(output.words("document.no_recognition"))
    document = {
        "id": options.id,
        "facts": facts_document(proposed.view.document.facts),
        "version": len(proposed.view.versions),
        "read": proposed.is_read,
        "proposals": [_proposal(one) for one in proposed.proposals],
    }
    output.answer(document, *lines)


def accept_facts(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    """Keep facts as typed by the acting clerk, all of them or none.

    Raises:
        UserError: ``cli.bad_usage``, ``document.unknown_document``, ``document.withdrawn``, ``document.bad_fact``,
            ``document.changed_meanwhile``: another version than ``--version`` is in force; nothing was kept.
    """
    stated = [_stated(one) for one in options.accept]
    with acting(folder, options) as made:
        over = made.counter.digitising.get(options.id)
        if options.version not in (0, len(over.versions)):
            raise UserError("document.changed_meanwhile")
        view = made.counter.paper_facts.describe(over, stated)
    document = {"id": options.id, "facts": facts_document(view.document.facts), "versions": len(view.versions)}
    output.answer(document, output.words("document.described", count=len(stated)))


def facts_document(facts: DocumentFacts) -> dict[str, Any]:
    """Return what is known of a document for JSON, days as ISO 8601."""
    known: dict[str, Any] = msgspec.to_builtins(facts)
    return {name: known.get(name) or None for name in ("title", *(field.value for field in FactField))}


def _stated(text: str) -> StatedFact:
    name, mark, value = text.partition("=")
    if not mark or name not in set(FactField):
        raise UserError("cli.bad_usage", detail=f"--accept {'|'.join(FactField)}=VALUE")
    return StatedFact(field=FactField(name), value=value, source=FactSource.TYPED)


def _proposal(one: Proposal) -> dict[str, Any]:
    box = one.box
    return {
        "field": one.field.value,
        "value": one.value,
        "confidence": one.confidence,
        "sure": one.is_sure,
        "source": one.source.value,
        "page": one.page,
        "box": [round(part, 4) for part in (box.left, box.top, box.right, box.bottom)],
    }


def _line(one: Proposal, output: Output) -> str:
    name = output.words(f"facts.field.{one.field.value}")
    key = "document.sure_fact" if one.is_sure else "document.doubtful_fact"
    return output.words(key, field=name, value=one.value, page=one.page, confidence=one.confidence)
