"""What must be true of every dossier's life, said again from the rules of the law and the office and not from the code.

A walk tells a `Life` what was done with its dossier, and the life says what is wrong with where the dossier stands now.
Sources: the rules of `docs/reference`, articles 17 to 22 of Nghị định 118/2025/NĐ-CP as public sources state them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.state import DossierState, DueChangeCause, PauseCause
from counter_app.domain.dossier import Dossier, ResultChannel, Status
from counter_app.domain.unit import Role

OPEN = {Status.REGISTERED, Status.RECEIVED, Status.IN_PROGRESS}
WAITING = {Status.SUPPLEMENT_ASKED: PauseCause.SUPPLEMENT, Status.PAYMENT_ASKED: PauseCause.PAYMENT}
ENDED = {Status.NOT_ACCEPTED, Status.WITHDRAWN, Status.STOPPED, Status.RETURNED}

#: Every step that a dossier may take, by what was done. Anything else is a step that nobody allowed.
STEPS: dict[str, set[tuple[Status, Status]]] = {
    "accept": {(Status.REGISTERED, Status.RECEIVED)},
    "ask-supplement": {(status, Status.SUPPLEMENT_ASKED) for status in OPEN},
    "receive-supplement": {(Status.SUPPLEMENT_ASKED, status) for status in (Status.RECEIVED, Status.IN_PROGRESS)},
    "refuse": {
        (status, Status.NOT_ACCEPTED) for status in (Status.REGISTERED, Status.RECEIVED, Status.SUPPLEMENT_ASKED)
    },
    "transfer": {(Status.RECEIVED, Status.IN_PROGRESS), (Status.IN_PROGRESS, Status.IN_PROGRESS)},
    "take-back": {(Status.IN_PROGRESS, Status.RECEIVED)},
    "request-payment": {(status, Status.PAYMENT_ASKED) for status in (Status.RECEIVED, Status.IN_PROGRESS)},
    "receive-payment": {(Status.PAYMENT_ASKED, status) for status in (Status.RECEIVED, Status.IN_PROGRESS)},
    "stop": {(status, Status.STOPPED) for status in (Status.RECEIVED, Status.IN_PROGRESS, *WAITING)},
    "withdraw": {(status, Status.WITHDRAWN) for status in (*OPEN, *WAITING)},
    "extend": {(status, status) for status in (Status.RECEIVED, Status.IN_PROGRESS)},
    "resolve": {(status, Status.RESOLVED) for status in (Status.RECEIVED, Status.IN_PROGRESS)},
    "result-arrived": {(Status.RESOLVED, Status.RESOLVED)},
    "return-result": {(Status.RESOLVED, Status.RETURNED), (Status.RESOLVED, Status.RESOLVED)},
    "reopen": {(status, back) for status in (*ENDED, Status.RESOLVED) for back in (Status.RECEIVED, Status.REGISTERED)},
    "hand over": {(status, status) for status in Status},
    "hand result": {(status, status) for status in Status},
}
ONLY_THE_HEAD = {"stop", "extend", "reopen"}
MOVES_THE_PAPER = {"accept", "receive-supplement", "transfer", "take-back", "result-arrived", "reopen", "hand over"}
MOVES_THE_DUE_DATE = {
    "accept": DueChangeCause.ACCEPTED,
    "receive-supplement": DueChangeCause.SUPPLEMENT,
    "receive-payment": DueChangeCause.PAYMENT,
    "extend": DueChangeCause.EXTENDED,
    "reopen": DueChangeCause.REOPENED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something that was done: its verb, by whom, when by the clock on the wall, and what was stated."""

    verb: str
    role: Role
    at: datetime
    facts: ActionFacts = field(default_factory=ActionFacts)


class Life:
    """One dossier as the rules see it."""

    def __init__(self, dossier: Dossier, state: DossierState) -> None:
        self.dossier = dossier
        self.state = state
        self.supplements_by_clerks = 0
        self.was_at = state.status
        self.whole_returns = 0

    def take(self, deed: Deed, after: DossierState) -> list[str]:
        """Take in what was done; returns every rule that it broke."""
        before, self.state = self.state, after
        broken = [
            *_broken_by_step(before, after, deed),
            *_broken_by_standing(after),
            *self._broken_by_life(before, deed),
        ]
        if before.status not in WAITING and after.status in WAITING:
            self.was_at = before.status
        return broken

    def _broken_by_life(self, before: DossierState, deed: Deed) -> Iterator[str]:
        """What only the whole life can tell."""
        after = self.state
        if deed.verb == "ask-supplement" and before.accepted_at is not None and deed.role is Role.CLERK:
            self.supplements_by_clerks += 1
            if before.supplements_asked:
                yield "a clerk asked for a second supplement"
        if deed.verb in {"receive-supplement", "receive-payment"}:
            back_to = self.was_at if before.accepted_at is not None else Status.RECEIVED
            if after.status is not back_to:
                yield f"a wait ended at {after.status!r} and not where it began, {back_to!r}"
        if deed.verb == "reopen":
            self.whole_returns = 0
        if deed.verb == "return-result" and not deed.facts.part:
            self.whole_returns += 1
            if self.whole_returns > 1:
                yield "a result was returned whole twice"
        if deed.verb == "return-result" and not self._may_receive(deed.facts):
            yield "a result went to somebody whom nobody authorised"

    def _may_receive(self, facts: ActionFacts) -> bool:
        owner = self.dossier.applicant
        number = owner.id_number or owner.tax_code
        same_name = facts.receiver.casefold() == owner.full_name.casefold()
        same_number = facts.receiver_id_number == number
        is_owner = same_number if facts.receiver_id_number and number else same_name
        return is_owner or bool(facts.authorisation)


def _broken_by_step(before: DossierState, after: DossierState, deed: Deed) -> Iterator[str]:
    """What two standings, one after the other, can tell."""
    verb = deed.verb
    if (before.status, after.status) not in STEPS[verb]:
        yield f"{verb} led from {before.status!r} to {after.status!r}"
    if verb in ONLY_THE_HEAD and deed.role is Role.CLERK:
        yield f"a clerk did {verb}"
    if verb not in MOVES_THE_PAPER and (before.holder, before.hops) != (after.holder, after.hops):
        yield f"{verb} moved the paper"
    for name in ("hops", "due_changes", "returns"):
        earlier, now = getattr(before, name), getattr(after, name)
        if now[: len(earlier)] != earlier:
            yield f"{verb} changed what stood in {name}"
    closed = [pause for pause in before.pauses if pause.ended_at is not None]
    if list(after.pauses[: len(closed)]) != closed:
        yield f"{verb} changed an earlier wait"
    if before.accepted_at is not None and after.accepted_at != before.accepted_at:
        yield f"{verb} changed when the dossier was accepted"
    yield from _broken_by_due_date(before, after, deed)
    yield from _broken_by_result(before, after, deed)


def _broken_by_due_date(before: DossierState, after: DossierState, deed: Deed) -> Iterator[str]:
    added = after.due_changes[len(before.due_changes) :]
    cause = MOVES_THE_DUE_DATE.get(deed.verb)
    if any(change.cause is not cause for change in added) or len(added) > 1:
        yield f"{deed.verb} moved the due date"
    if not added and after.due != before.due:
        yield f"{deed.verb} moved the due date without a record of it"
    due_before, due_after = (state.due.due_at if state.due else None for state in (before, after))
    if due_before is None or due_after is None:
        return
    if deed.verb in {"receive-supplement", "receive-payment"} and due_after < due_before:
        yield "a wait made the due date earlier"
    if deed.verb == "extend" and due_after <= max(due_before, deed.at):
        yield "an extension did not lead on in time"
    if deed.verb == "extend" and deed.at > due_before:
        yield "an extension came when the dossier was late already"
    if deed.verb == "extend" and before.extended_at is not None:
        yield "a second extension"


def _broken_by_result(before: DossierState, after: DossierState, deed: Deed) -> Iterator[str]:
    if deed.verb in {"stop", "refuse", "withdraw", "take-back", "ask-supplement", "request-payment"} and before.result:
        yield f"{deed.verb} although there is a decision"
    if deed.verb == "return-result":
        online = deed.facts.channel is ResultChannel.ONLINE
        if before.result is None or (before.result.here_at is None and not online):
            yield "a result was returned that is not here"
        if (after.status is Status.RETURNED) is bool(deed.facts.part):
            yield "a part was taken for the whole, or the whole for a part"
    if deed.verb == "resolve" and before.accepted_at is None:
        yield "a dossier was resolved that nobody accepted"


def _broken_by_standing(state: DossierState) -> Iterator[str]:
    """What one standing by itself can tell."""
    for wrong, check in _STANDING.items():
        if not check(state):
            yield wrong


def _is_chain(state: DossierState) -> bool:
    """Each change of the due date goes on from where the one before left it."""
    return all(one.due_after == other.due_before for one, other in pairwise(state.due_changes))


def _waits_apart(state: DossierState) -> bool:
    return all(one.ended_at is not None and one.ended_at <= other.began_at for one, other in pairwise(state.pauses))


def _waits_forward(state: DossierState) -> bool:
    return all(pause.ended_at is None or pause.ended_at >= pause.began_at for pause in state.pauses)


def _is_clock_right(state: DossierState) -> bool:
    """An accepted dossier waits if and only if its clock stands, and for the same reason."""
    if state.accepted_at is None:
        return state.pause is None or state.status in WAITING
    awaited = WAITING.get(state.status)
    return (state.pause.cause if state.pause else None) is awaited


def _times_go_on(state: DossierState) -> bool:
    rows = ([one.at for one in row] for row in (state.hops, state.due_changes, state.returns))
    return all(one <= other for row in rows for one, other in pairwise(row) if one and other)


_STANDING: dict[str, Callable[[DossierState], bool]] = {
    "the due date is not where its last change left it": lambda state: (
        not state.due_changes or (state.due is not None and state.due.due_at == state.due_changes[-1].due_after)
    ),
    "changes of the due date do not follow from each other": _is_chain,
    "two waits overlap": _waits_apart,
    "a wait ends before it begins": _waits_forward,
    "the clock stands while nobody is waited for, or runs while somebody is": _is_clock_right,
    "something happened before what came earlier": _times_go_on,
    "more than one extension": lambda state: (
        sum(change.cause is DueChangeCause.EXTENDED for change in state.due_changes) <= 1
    ),
    "the holder is not the last receiver": lambda state: not state.hops or state.hops[-1].receiver == state.holder,
    "accepted without a due date, or the other way round": lambda state: (
        (state.accepted_at is None) is (state.due is None)
    ),
    "returned, but not whole": lambda state: state.status is not Status.RETURNED or state.returns[-1].is_whole,
    "resolved without a result, or with one unresolved": lambda state: (
        (state.result is not None) is (state.status in {Status.RESOLVED, Status.RETURNED})
    ),
    "work goes on with a dossier that was not accepted": lambda state: (
        state.accepted_at is not None
        or state.status in {Status.REGISTERED, Status.SUPPLEMENT_ASKED, Status.NOT_ACCEPTED, Status.WITHDRAWN}
    ),
}
