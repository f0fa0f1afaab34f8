"""``act`` and ``list``: what may be done with a dossier, doing it, and the dossiers that ask for attention."""

import argparse
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from counter_app.bootstrap import OpenCounter
from counter_app.cli.files import decode_json, read_json
from counter_app.cli.output import Output, iso, shown
from counter_app.cli.paper import print_to_file
from counter_app.domain.actions.facts import NO_FACTS, ActionFacts
from counter_app.domain.actions.state import DossierState, Result
from counter_app.domain.dossier import ResultChannel, Status
from counter_app.services.answers.actions import ActionOffer
from counter_app.services.dossiers import require_action

_LARGEST_FILE_BYTES = 1_000_000


def act(made: OpenCounter, options: argparse.Namespace, output: Output) -> None:
    """List what may be done with a dossier, or do it; the paper of the action is printed as PDF.

    Raises:
        UserError: the reason that a clerk would read; nothing was changed.
    """
    dossiers = made.counter.dossiers
    if options.list or options.action is None:
        offers = dossiers.list_actions(options.code)
        documents = [_offer(offer, output) for offer in offers]
        output.answer(documents, *(f"{one['action']}  {one['name']}" for one in documents))
        return
    done = dossiers.act(options.code, require_action(options.action), _facts(options.file))
    papers = [str(paper) for job_id in done.print_jobs if (paper := print_to_file(made, job_id)) is not None]
    name = output.words(f"dossier.status.{int(done.status)}")
    document = {
        "code": done.code,
        **output.status(done.status),
        "due_at": iso(done.due_at),
        "entry": done.entry_id,
        "papers": papers,
    }
    output.answer(document, f"{done.code}  {name}", *papers)


def _offer(offer: ActionOffer, output: Output) -> dict[str, Any]:
    return {
        "action": offer.action.value,
        "name": output.words(f"action.name.{offer.action.value}"),
        "needs": list(offer.needs),
        "offers": list(offer.offers),
        "form": offer.form.value if offer.form else None,
        "choices": _choices(offer, output),
        "proposed": _proposed(offer.proposed),
    }


def _choices(offer: ActionOffer, output: Output) -> dict[str, list[dict[str, str]]]:
    """Return what may be said for each fact of few values, with its words."""
    found = {}
    if offer.reasons:
        found["reason_code"] = [
            {"value": reason.code, "name": reason.words[output.language]} for reason in offer.reasons
        ]
    if "channel" in (*offer.needs, *offer.offers):
        found["channel"] = [
            {"value": one.value, "name": output.words(f"intake.result_channel.{one.value}")} for one in ResultChannel
        ]
    return found


def _proposed(facts: ActionFacts) -> dict[str, Any]:
    """Return the facts as a file for the action may say them."""
    found = {name: value for name in facts.__struct_fields__ if (value := getattr(facts, name)) not in ("", (), None)}
    return {name: iso(value) if isinstance(value, datetime) else value for name, value in found.items()}


def _facts(name: str | None) -> ActionFacts:
    if name is None:
        return NO_FACTS
    code = "cli.bad_action_file"
    if name == "-":
        data = sys.stdin.buffer.read(_LARGEST_FILE_BYTES + 1)
        return decode_json(data, ActionFacts, most_bytes=_LARGEST_FILE_BYTES, code=code, file="-")
    return read_json(Path(name), ActionFacts, most_bytes=_LARGEST_FILE_BYTES, code=code)


def state_document(state: DossierState) -> dict[str, Any]:
    """Return custody, moves of the due date, waits and result as ``show`` answers them."""
    return {
        "holder": state.holder,
        "custody": [{**msgspec.to_builtins(hop), "at": iso(hop.at)} for hop in state.hops],
        "due_changes": [
            {
                "at": iso(change.at),
                "cause": change.cause.value,
                "due_before": iso(change.due_before),
                "due_after": iso(change.due_after),
                "reason": change.reason,
                "reason_code": change.reason_code or None,
            }
            for change in state.due_changes
        ],
        "waits": [
            {"cause": pause.cause.value, "began_at": iso(pause.began_at), "ended_at": iso(pause.ended_at)}
            for pause in state.pauses
        ],
        "result": result_document(state.result),
        "legs": [
            {
                "agency": leg.agency,
                "result": leg.result,
                "is_at_work": number == len(state.leg_results) and leg is state.leg,
                "decided": msgspec.to_builtins(state.leg_results[number].result)
                if number < len(state.leg_results)
                else None,
            }
            for number, leg in enumerate(state.legs)
        ],
        "returns": [{**msgspec.to_builtins(one), "at": iso(one.at)} for one in state.returns],
    }


def result_document(result: Result | None) -> dict[str, Any] | None:
    """Return a result with who has it, "" while it is where its status says: at its agency or at the desk."""
    if result is None:
        return None
    hops = [{**msgspec.to_builtins(hop), "at": iso(hop.at)} for hop in result.hops]
    return {**msgspec.to_builtins(result), "holder": result.holder, "hops": hops}


def result_lines(state: DossierState, output: Output) -> list[str]:
    """Return where the result is, nothing before there is one or once it was returned."""
    result = state.result
    if result is None or state.status is not Status.RESOLVED:
        return []
    if result.waybill:
        since = shown(result.posted_at) if result.posted_at else ""
        where = output.words("post.on_its_way", number=result.waybill, moment=since)
    elif result.holder:
        where = output.words("ui.dossiers.result_with", holder=result.holder)
    elif result.here_at is not None:
        where = f"{output.words('ui.dossiers.result_here')} {shown(result.here_at)}"
    else:
        where = output.words("ui.dossiers.result_elsewhere")
    return [f"{output.words('ui.dossiers.result_place')}: {where}"]


def custody_lines(state: DossierState) -> list[str]:
    """Return who held the paper, one line each."""
    return [f"{shown(hop.at)}  {hop.giver} -> {hop.receiver}" for hop in state.hops if hop.at is not None]
