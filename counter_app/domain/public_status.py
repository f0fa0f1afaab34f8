"""Where a dossier stands, for anybody who knows its code: without a name, a number, an address or words about a person.

What is said is built from `PublicFacts`, which has no place for any of these. Free words that clerks wrote (reasons,
notes, kinds of result, holders) stay out as well: they may speak of a person.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from counter_app.core.clock import to_local
from counter_app.domain.actions.life import is_result_at_hand
from counter_app.domain.actions.state import RUNNING, DossierState, DueChange, DueChangeCause
from counter_app.domain.dossier import Dossier, ResultChannel, Status
from counter_app.domain.unit import Unit
from resources.texts import Language, text


class PublicChange(msgspec.Struct, frozen=True, kw_only=True):
    """One move of the due date; `reason_code` is a coded reason, "" where none was."""

    cause: DueChangeCause
    due_before: datetime
    due_after: datetime
    reason_code: str = ""


class PublicFacts(msgspec.Struct, frozen=True, kw_only=True):
    """All that may be said in public. Instants are aware; `resolved_by` is "" where the receiving unit resolves."""

    code: str
    procedure_name: str
    place: str
    resolved_by: str
    hotline: str
    received_at: datetime
    status: Status
    due_at: datetime | None
    is_late: bool
    changes: tuple[PublicChange, ...]
    result_channel: ResultChannel
    is_result_here: bool
    is_partly_returned: bool
    is_result_posted: bool = False
    leg_agency: str = ""
    leg_number: int = 0
    leg_count: int = 0


class PublicStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The facts with their words in one language: `text` is all of it, line by line."""

    facts: PublicFacts
    text: str
    status_name: str
    next_step: str


def public_facts(
    dossier: Dossier, state: DossierState, *, received_by: Unit, competent: Unit | None, now: datetime
) -> PublicFacts:
    """Return what may be said of a dossier in public. Pure."""
    is_elsewhere = competent is not None and competent.code != received_by.code
    is_running = state.status in RUNNING
    return PublicFacts(
        code=dossier.code,
        procedure_name=dossier.procedure_name,
        place=_place(received_by),
        resolved_by=competent.name if competent is not None and is_elsewhere else "",
        hotline=received_by.hotline,
        received_at=dossier.received_at,
        status=state.status,
        due_at=state.due.due_at if state.due is not None else None,
        is_late=is_running and state.due is not None and state.due.due_at < now,
        changes=tuple(_changes(state.due_changes)),
        result_channel=dossier.result_channel,
        is_result_here=is_result_at_hand(state, dossier.desk_name),
        is_result_posted=state.result is not None and bool(state.result.waybill),
        is_partly_returned=bool(state.returns) and state.status is Status.RESOLVED,
        leg_agency=state.leg.agency if state.leg is not None and is_running else "",
        leg_number=len(state.leg_results) + 1,
        leg_count=len(state.legs),
    )


def _place(unit: Unit) -> str:
    return ", ".join(part for part in (unit.desk_name, unit.name) if part)


def _changes(changes: tuple[DueChange, ...]) -> Iterator[PublicChange]:
    for change in changes:
        if change.due_before is not None and change.due_after is not None:
            yield PublicChange(
                cause=change.cause,
                due_before=change.due_before,
                due_after=change.due_after,
                reason_code=change.reason_code,
            )


def say_public(facts: PublicFacts, language: Language, reasons: Mapping[str, str]) -> PublicStatus:
    """Return the facts in words; `reasons` are the words of coded reasons, others are left out, codes too. Pure."""
    facts = msgspec.structs.replace(facts, changes=tuple(_known(change, reasons) for change in facts.changes))
    status_name = text(f"dossier.status.{int(facts.status)}", language)
    next_step = _next_step(facts, language)
    lines = _lines(facts, language, reasons, status_name=status_name, next_step=next_step)
    return PublicStatus(facts=facts, text="\n".join(lines), status_name=status_name, next_step=next_step)


def _known(change: PublicChange, reasons: Mapping[str, str]) -> PublicChange:
    return change if change.reason_code in reasons else msgspec.structs.replace(change, reason_code="")


def _lines(
    facts: PublicFacts, language: Language, reasons: Mapping[str, str], *, status_name: str, next_step: str
) -> Iterator[str]:
    def said(key: str, **context: str | int) -> str:
        return text(f"public.{key}", language, **context)

    yield said("head", code=facts.code)
    yield said("procedure", name=facts.procedure_name)
    yield said("received", place=facts.place, moment=_moment(facts.received_at))
    if facts.resolved_by:
        yield said("resolved_by", name=facts.resolved_by)
    yield said("status", name=status_name, sentence=said(f"sentence.{int(facts.status)}"))
    if facts.leg_agency:
        yield said("leg", agency=facts.leg_agency, number=facts.leg_number, count=facts.leg_count)
    if facts.status in RUNNING or facts.status in (Status.SUPPLEMENT_ASKED, Status.PAYMENT_ASKED):
        yield said("due", moment=_moment(facts.due_at)) if facts.due_at is not None else said("no_due")
    for change in facts.changes:
        yield said(
            "change",
            before=_moment(change.due_before),
            after=_moment(change.due_after),
            why=_why(change, language, reasons),
        )
    if facts.is_late:
        yield said("late")
    yield said("next", what=next_step)
    if facts.hotline:
        yield said("hotline", hotline=facts.hotline)


def _why(change: PublicChange, language: Language, reasons: Mapping[str, str]) -> str:
    words = reasons.get(change.reason_code, "")
    if change.cause is DueChangeCause.EXTENDED and words:
        return text("public.why.extended_because", language, reason=words)
    return text(f"public.why.{change.cause.value}", language)


_STEPS = {
    Status.REGISTERED: "registered",
    Status.NOT_ACCEPTED: "refused",
    Status.SUPPLEMENT_ASKED: "supplement",
    Status.PAYMENT_ASKED: "payment",
    Status.WITHDRAWN: "closed",
    Status.STOPPED: "stopped",
    Status.RETURNED: "done",
}


def _next_step(facts: PublicFacts, language: Language) -> str:
    key = _STEPS.get(facts.status)
    if facts.status is Status.RESOLVED:
        key = _fetching(facts)
    return text(f"public.step.{key or f'wait_{facts.result_channel.value}'}", language, place=facts.place)


def _fetching(facts: PublicFacts) -> str:
    if facts.is_partly_returned:
        return "rest"
    if facts.is_result_posted:
        return "by_post"
    if facts.result_channel is ResultChannel.ONLINE:
        return "online"
    if not facts.is_result_here:
        return "on_its_way" if facts.result_channel is ResultChannel.DESK else "by_post"
    return "fetch" if facts.result_channel is ResultChannel.DESK else "by_post"


def _moment(instant: datetime) -> str:
    return f"{to_local(instant):%H:%M %d/%m/%Y}"
