"""``held``: what needs attention, and the decisions about it."""

import argparse
from collections.abc import Iterable

from counter_app.bootstrap import OpenCounter
from counter_app.cli.output import Output, iso, shown
from counter_app.domain.ticks import Ticks
from counter_app.services.answers.held import HeldEntry


def manage_held(made: OpenCounter, options: argparse.Namespace, output: Output) -> None:
    """List what is held, or decide about one entry.

    Raises:
        UserError: as `counter_app.services.held.Held.decide`.
    """
    if options.action == "decide":
        left = made.counter.held.decide(options.entry, options.decision, desk_id=options.desk_id, reason=options.reason)
        document = {"decided": options.entry, "held": held_documents(left, output)}
        output.answer(document, output.words("held.decided", count=len(left)))
        return
    show_held(made.counter.held.list_all(), output)


def show_held(held: tuple[HeldEntry, ...], output: Output) -> None:
    """Answer with everything that is held."""
    lines = [
        f"{one.entry_id}  {one.dossier_code}  {shown(one.done_at)}  {one.desk_name}  {output.words(one.text_key)}: "
        f"{output.words(one.reason_key)}"
        for one in held
    ]
    output.answer(held_documents(held, output), *(lines or [output.words("held.none")]))


def held_documents(held: Iterable[HeldEntry], output: Output) -> list[dict[str, object]]:
    """Return held entries as JSON objects."""
    return [
        {
            "entry": one.entry_id,
            "dossier": one.dossier_code or None,
            "what": output.words(one.text_key),
            "desk": one.desk_name,
            "desk_id": one.desk_id,
            "clerk": one.clerk_name,
            "done_at": iso(one.done_at),
            "reason": one.reason,
            "sentence": output.words(one.reason_key),
            "behind": one.behind or None,
            "decisions": _decisions(one),
        }
        for one in held
    ]


def ticks_document(ticks: Ticks) -> dict[str, object]:
    """Return where else everything known of a dossier lies."""
    return {
        "saved": True,
        "second_machine": ticks.second_machine,
        "province": ticks.province,
        "waiting_since": iso(ticks.waiting_since),
        "portal": ticks.portal.value,
        "portal_refusal": ticks.portal_refusal or None,
    }


def _decisions(one: HeldEntry) -> list[str]:
    if one.behind:
        return []
    return ["apply", "drop"] if one.may_apply else ["drop"]
