"""A dossier's story in words: how its due date moved, who held the paper, what the result was and who has it."""

from collections.abc import Iterator
from datetime import datetime

from counter_app.domain.actions.state import DossierState, DueChange, DueChangeCause, Pause, Return
from counter_app.domain.forms.details import Hop
from counter_app.domain.systems import System, SystemLine
from counter_app.domain.ticks import PortalTick, Ticks
from counter_app.services.answers.dossiers import DossierManifest, HistoryLine
from counter_app.services.system_sentences import sentence_of
from ui.formats import show_moment
from ui.intake.typed_values import format_date
from ui.words import Words

Line = tuple[str, str]
"""What stands at the left, quietly, and what it says."""


def tell_due(words: Words, state: DossierState) -> Iterator[Line]:
    """Tell every move of the due date and every wait, in their order."""
    told: list[tuple[datetime, str]] = [(change.at, _say_change(words, change)) for change in state.due_changes]
    told += [(pause.began_at, _say_pause(words, pause)) for pause in state.pauses]
    for at, said in sorted(told, key=lambda one: one[0]):
        yield show_moment(at), said
    if state.payment_due is not None:
        amount = f"{state.payment_due:,}".replace(",", ".")
        yield words("ui.dossiers.payment_due"), words("ui.dossiers.dong", amount=amount)


def say_ticks(words: Words, ticks: Ticks) -> str:
    """Say where else everything known of a dossier lies; nothing at a desk that exchanges with nobody."""
    if not ticks.is_exchanging:
        return ""
    said = [words(f"held.ticks.{name}_{'yes' if is_there else 'no'}") for name, is_there in _places(ticks)]
    if ticks.waiting_since is not None:
        said.append(words("held.ticks.since", at=show_moment(ticks.waiting_since)))
    if ticks.portal is not PortalTick.NOT_TOLD:
        said.append(words(f"held.ticks.portal_{ticks.portal.value}", reason=ticks.portal_refusal))
    return " · ".join(said)


def _places(ticks: Ticks) -> tuple[tuple[str, bool], ...]:
    return ("here", True), ("machine", ticks.second_machine), ("province", ticks.province)


def tell_systems(words: Words, lines: tuple[SystemLine, ...]) -> Iterator[Line]:
    """Tell what other systems said, and what they have not been asked yet."""
    for line in lines:
        role = line.request.partition(":")[0]
        head = f"population_{role}" if line.system is System.POPULATION else line.system.value
        yield words(f"systems.head.{head}"), sentence_of(line, words)


def tell_custody(words: Words, state: DossierState) -> Iterator[Line]:
    """Tell who holds the paper dossier and every change of hands."""
    if state.holder:
        yield words("ui.dossiers.holder"), state.holder
    for hop in state.hops:
        yield show_moment(hop.at), _say_hop(words, hop)


def tell_manifests(words: Words, manifests: tuple[DossierManifest, ...]) -> Iterator[Line]:
    """Tell which manifests the dossier was on, and what was found of it there."""
    for one in manifests:
        state, item = words(f"manifest.state.{one.state.value}"), words(f"manifest.item.{one.item_state.value}")
        yield words("ui.dossiers.manifest"), f"{one.code} · {state} · {item}"


def tell_result(words: Words, state: DossierState) -> Iterator[Line]:
    """Tell what was decided, where the paper is, and into whose hands it went."""
    result = state.result
    if result is not None:
        facts = (
            ("result_kind", result.kind),
            ("result_number", result.number),
            ("result_summary", result.summary),
            ("result_on", format_date(result.decided_on) if result.decided_on else ""),
            ("signer_name", result.signer),
        )
        yield from ((name_of_fact(words, name), value) for name, value in facts if value)
        if result.holder:
            yield words("ui.dossiers.result_place"), words("ui.dossiers.result_with", holder=result.holder)
        elif result.here_at is None:
            yield words("ui.dossiers.result_place"), words("ui.dossiers.result_elsewhere")
        if result.here_at is not None:
            yield words("ui.dossiers.result_here"), show_moment(result.here_at)
        if result.waybill:
            posted = words("post.on_its_way", number=result.waybill, moment=show_moment(result.posted_at))
            yield words("ui.dossiers.result_place"), posted
        for hop in result.hops:
            yield show_moment(hop.at), _say_hop(words, hop)
    for returned in state.returns:
        yield show_moment(returned.at), _say_return(words, returned)


def tell_history(words: Words, lines: tuple[HistoryLine, ...]) -> Iterator[Line]:
    """Tell every entry of the journal: what was done, by its name where it is an action of the table."""
    for line in lines:
        parts = (words(line.text_key), line.manifest_code or line.waybill, line.clerk_name)
        yield show_moment(line.at), " · ".join(part for part in parts if part)


def name_of_fact(words: Words, field: str) -> str:
    """Return a fact's name as it stands at the head of a line."""
    name = words(f"action.field.{field}")
    return name[:1].upper() + name[1:]


def _say_change(words: Words, change: DueChange) -> str:
    cause, after = words(f"ui.due_cause.{change.cause.value}"), show_moment(change.due_after)
    if change.due_before is None:
        said = words("ui.dossiers.due_first", after=after, cause=cause)
    else:
        said = words("ui.dossiers.due_moved", before=show_moment(change.due_before), after=after, cause=cause)
    # The reason of an intake or a wait is said where it was written; here it explains a new appointment.
    if change.reason and change.cause is DueChangeCause.EXTENDED:
        said = words("ui.dossiers.with_reason", what=said, reason=change.reason)
    return said


def _say_pause(words: Words, pause: Pause) -> str:
    cause = words(f"ui.pause_cause.{pause.cause.value}")
    if pause.ended_at is None:
        return words("ui.dossiers.waiting", cause=cause)
    return words("ui.dossiers.waited", cause=cause, end=show_moment(pause.ended_at))


def _say_hop(words: Words, hop: Hop) -> str:
    said = words("ui.dossiers.hop", giver=hop.giver, receiver=hop.receiver)
    if hop.outcome and words.has(f"ui.outcome.{hop.outcome}"):
        said = words("ui.dossiers.hop_outcome", hop=said, outcome=words(f"ui.outcome.{hop.outcome}"))
    elif hop.outcome:
        said = words("ui.dossiers.hop_outcome", hop=said, outcome=hop.outcome)
    return words("ui.dossiers.with_note", what=said, note=hop.note) if hop.note else said


def _say_return(words: Words, returned: Return) -> str:
    channel = words(f"intake.result_channel.{returned.channel.value}").lower()
    if returned.is_whole:
        said = words("ui.dossiers.returned_to", receiver=returned.receiver, channel=channel)
    else:
        said = words("ui.dossiers.returned_part", part=returned.what, receiver=returned.receiver, channel=channel)
    facts = (
        ("receiver_id_number", returned.receiver_id_number),
        ("receiver_phone", returned.receiver_phone),
        ("authorisation", returned.authorisation),
        ("waybill", returned.waybill),
    )
    more = [
        words("ui.dossiers.return_fact", name=name_of_fact(words, name), value=value) for name, value in facts if value
    ]
    return ". ".join([said, *more])
