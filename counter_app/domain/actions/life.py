"""The life of a dossier as a fold: may an action be done now, and what does it make of the state."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from counter_app.core.clock import local_date
from counter_app.core.errors import UserError
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.state import (
    DossierState,
    DueChange,
    DueChangeCause,
    Handed,
    LegResult,
    Pause,
    PauseCause,
    Result,
    Return,
)
from counter_app.domain.actions.table import RULES, Action, Guard, Rule, may
from counter_app.domain.dossier import DueDate, ResultChannel, Status
from counter_app.domain.forms.details import Hop
from counter_app.domain.unit import Role

replace = msgspec.structs.replace

# What a result's own paper says may be stated when it arrives or is returned, where nobody did when it was decided.
_OF_THE_PAPER = {"result_number": "number", "result_on": "decided_on"}


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts, when, at which desk (`desk_line` holds the paper there), and whose dossier it is."""

    at: datetime
    role: Role
    desk_line: str
    owner_name: str
    owner_id_number: str = ""


def check_action(state: DossierState, action: Action, facts: ActionFacts, setting: Setting) -> None:
    """Return if the action may be done now.

    Raises:
        UserError: ``action.wrong_status``, ``action.not_allowed``, ``action.missing_fact`` with its ``field``, or
            ``action.refused.<guard>``; each says what stands against it.
    """
    reason = find_refusal(state, action, setting)
    if reason is not None:
        raise reason
    rule = RULES[action]
    missing = next((name for name in rule.needs if not getattr(facts, name)), None)
    if missing is None and facts.reason_code and not facts.reason:
        missing = "reason"
    if missing is not None:
        raise UserError("action.missing_fact", action=action.value, field=missing)
    given = {name for name in facts.__struct_fields__ if getattr(facts, name) not in ("", (), None)}
    strange = next(iter(sorted(given - {*rule.needs, *offers_now(state, action)})), None)
    if strange is not None:
        raise UserError("action.strange_fact", action=action.value, field=strange)
    for guard in rule.guards:
        if guard in _FACT_CHECKS and not _FACT_CHECKS[guard](state, facts, setting):
            raise _refused(guard, state)


def offers_now(state: DossierState, action: Action) -> tuple[str, ...]:
    """Return the facts that an action may be given: of a result that is decided only what nobody stated yet."""
    offers, result = RULES[action].offers, state.result
    if result is None:
        return offers
    return tuple(one for one in offers if one not in _OF_THE_PAPER or not getattr(result, _OF_THE_PAPER[one]))


def find_refusal(state: DossierState, action: Action, setting: Setting) -> UserError | None:
    """Return why an action cannot be begun at all in this state, None when it can."""
    rule = RULES[action]
    if state.status not in rule.sources:
        return UserError("action.wrong_status", action=action.value, status=int(state.status))
    for guard in rule.guards:
        if guard in _STATE_CHECKS and not _STATE_CHECKS[guard](state, setting):
            return _refused(guard, state)
    if not may(setting.role, rule.role):
        return UserError("action.not_allowed", action=action.value)
    return None


def _refused(guard: Guard, state: DossierState) -> UserError:
    """Who has a result that was handed on is what the clerk has to know."""
    holder = state.result.holder if state.result is not None else ""
    if holder and guard in (Guard.RESULT_HERE, Guard.RESULT_AT_HAND) and not _waybill_of(state):
        return UserError("action.refused.result_handed_on", holder=holder)
    return UserError(f"action.refused.{guard.value}")


def is_result_at_hand(state: DossierState, desk_line: str) -> bool:
    """Whether the result lies at this desk: it arrived, was not handed on, and no carrier has it."""
    return state.result is not None and state.result.is_at(desk_line) and not state.result.waybill


def needs_waybill(state: DossierState, action: Action) -> bool:
    """Whether an action belongs to a waybill's step now: a carrier has the result, or is about to get it."""
    return RULES[action].by_waybill or (action is Action.RETURN_RESULT and bool(_waybill_of(state)))


def _waybill_of(state: DossierState) -> str:
    return state.result.waybill if state.result is not None else ""


def _is_due_ahead(state: DossierState, setting: Setting) -> bool:
    return state.due is None or setting.at <= state.due.due_at


_STATE_CHECKS: dict[Guard, Callable[[DossierState, Setting], bool]] = {
    Guard.NOT_ACCEPTED_YET: lambda state, _setting: state.accepted_at is None,
    Guard.ACCEPTED: lambda state, _setting: state.accepted_at is not None,
    Guard.NO_RESULT_YET: lambda state, _setting: state.result is None,
    Guard.NO_LEG_DECIDED: lambda state, _setting: not state.leg_results,
    Guard.ONE_SUPPLEMENT: lambda state, setting: not state.supplements_asked or may(setting.role, Role.HEAD),
    Guard.ONE_EXTENSION: lambda state, _setting: state.extended_at is None,
    Guard.NOT_LATE_YET: _is_due_ahead,
    Guard.RESULT_NOT_HERE: lambda state, setting: (
        state.result is not None and not state.result.is_at(setting.desk_line)
    ),
    Guard.RESULT_AT_HAND: lambda state, setting: is_result_at_hand(state, setting.desk_line),
    Guard.RESULT_POSTED: lambda state, _setting: bool(_waybill_of(state)),
    Guard.RESULT_NOT_POSTED: lambda state, _setting: not _waybill_of(state),
}


def _is_result_here(state: DossierState, facts: ActionFacts, setting: Setting) -> bool:
    online = facts.channel is ResultChannel.ONLINE
    return online or (state.result is not None and state.result.is_at(setting.desk_line))


def _did_carrier_deliver(state: DossierState, facts: ActionFacts, _setting: Setting) -> bool:
    """What a carrier has is given by nobody else: only the delivery of that very waybill returns it."""
    waybill = _waybill_of(state)
    return not waybill or (facts.channel is ResultChannel.POST and facts.waybill == waybill)


def _is_waybill_open(state: DossierState, facts: ActionFacts, _setting: Setting) -> bool:
    """Nothing goes by post without a waybill that this desk opened (`counter_app.domain.postal`)."""
    is_by_post = facts.channel is ResultChannel.POST or bool(facts.waybill)
    return not is_by_post or bool(_waybill_of(state))


def _is_receiver_authorised(_state: DossierState, facts: ActionFacts, setting: Setting) -> bool:
    """The owner needs no paper, anybody else an authorisation. Two numbers decide; a name only where one is missing."""
    if facts.receiver_id_number and setting.owner_id_number:
        is_owner = facts.receiver_id_number == setting.owner_id_number
    else:
        is_owner = facts.receiver.casefold() == setting.owner_name.casefold()
    return is_owner or bool(facts.authorisation)


def _is_receiver_elsewhere(_state: DossierState, facts: ActionFacts, setting: Setting) -> bool:
    return facts.receiver.casefold() != setting.desk_line.casefold()


def _does_due_move_on(state: DossierState, facts: ActionFacts, setting: Setting) -> bool:
    new = facts.new_due_at  # its year was checked when it was stated
    return new is not None and new > setting.at and (state.due is None or new > state.due.due_at)


_FACT_CHECKS: dict[Guard, Callable[[DossierState, ActionFacts, Setting], bool]] = {
    Guard.RESULT_HERE: _is_result_here,
    Guard.CARRIER_DELIVERED: _did_carrier_deliver,
    Guard.WAYBILL_OPEN: _is_waybill_open,
    Guard.RECEIVER_AUTHORISED: _is_receiver_authorised,
    Guard.DUE_MOVES_ON: _does_due_move_on,
    Guard.RECEIVER_ELSEWHERE: _is_receiver_elsewhere,
}


def advance(
    state: DossierState, action: Action, facts: ActionFacts, *, at: datetime, desk_line: str, due: DueDate | None
) -> DossierState:
    """Return the state after an action that `check_action` let pass. Total: whatever comes, it gives a state.

    `due` is the due date that holds afterwards, computed by the service from the unit's calendar; None leaves it.
    Pure: the same entry gives the same state at every desk.
    """
    rule = RULES[action]
    after = _EFFECTS[action](state, facts, at, desk_line)
    after = _settled_status(state, after, rule)
    return _with_due(state, after, due, action, facts, at)


def _settled_status(before: DossierState, after: DossierState, rule: Rule) -> DossierState:
    if rule.target is None or after.status is not before.status:
        return after
    if rule.action is Action.RESOLVE and after.result is None:
        return replace(after, status=Status.IN_PROGRESS)
    is_partial = rule.action is Action.RETURN_RESULT and not after.returns[-1].is_whole
    return after if is_partial else replace(after, status=rule.target)


_CAUSES = {
    Action.ACCEPT: DueChangeCause.ACCEPTED,
    Action.RECEIVE_SUPPLEMENT: DueChangeCause.SUPPLEMENT,
    Action.RECEIVE_PAYMENT: DueChangeCause.PAYMENT,
    Action.EXTEND: DueChangeCause.EXTENDED,
    Action.REOPEN: DueChangeCause.REOPENED,
}


def _with_due(
    before: DossierState, after: DossierState, due: DueDate | None, action: Action, facts: ActionFacts, at: datetime
) -> DossierState:
    cause = _CAUSES.get(action)
    if cause is None or due is None or due == before.due:
        return after
    change = DueChange(
        at=at,
        cause=cause,
        due_before=before.due.due_at if before.due else None,
        due_after=due.due_at,
        reason=facts.reason,
        reason_code=facts.reason_code,
    )
    return replace(after, due=due, due_changes=(*after.due_changes, change))


def _accept(state: DossierState, _facts: ActionFacts, at: datetime, desk_line: str) -> DossierState:
    """The paper comes from whoever has it, the submitter, to the desk."""
    hop = Hop(giver=state.holder, receiver=desk_line, at=at)
    return replace(state, accepted_at=at, holder=desk_line, hops=(*state.hops, hop))


def _ask_supplement(state: DossierState, _facts: ActionFacts, at: datetime, _desk: str) -> DossierState:
    counted = state.supplements_asked + (state.accepted_at is not None)
    return replace(_paused(state, PauseCause.SUPPLEMENT, at), supplements_asked=counted)


def _receive_supplement(state: DossierState, facts: ActionFacts, at: datetime, desk_line: str) -> DossierState:
    if state.accepted_at is None:
        return replace(_accept(state, facts, at, desk_line), pauses=_ended(state, at), status=Status.RECEIVED)
    return _resumed(state, at)


def _request_payment(state: DossierState, facts: ActionFacts, at: datetime, _desk: str) -> DossierState:
    return replace(_paused(state, PauseCause.PAYMENT, at), payment_due=facts.amount)


def _receive_payment(state: DossierState, _facts: ActionFacts, at: datetime, _desk: str) -> DossierState:
    return replace(_resumed(state, at), payment_due=None)


def _paused(state: DossierState, cause: PauseCause, at: datetime) -> DossierState:
    return replace(state, pauses=(*state.pauses, Pause(cause=cause, began_at=at, back_to=state.status)))


def _ended(state: DossierState, at: datetime) -> tuple[Pause, ...]:
    if state.pause is None:
        return state.pauses
    return (*state.pauses[:-1], replace(state.pauses[-1], ended_at=at))


def _resumed(state: DossierState, at: datetime) -> DossierState:
    pause = state.pause
    back_to = pause.back_to if pause is not None else Status.RECEIVED
    return replace(state, pauses=_ended(state, at), status=back_to)


def hand(
    state: DossierState, what: Handed, *, giver: str, receiver: str, desk_line: str, at: datetime, note: str
) -> DossierState:
    """Return the state after the paper, the result or both changed hands at `desk_line`, whatever the status.

    A result that the desk itself gets lies there for its owner; one that anybody else gets does not. Where there is
    no result none moves.
    """
    after = state
    if what is not Handed.RESULT:
        after = hand_over(after, giver or state.holder, receiver, at, note)
    if what is not Handed.PAPER and state.result is not None:
        given = giver or state.result.holder or (desk_line if state.result.here_at is not None else state.holder)
        hop = Hop(giver=given, receiver=receiver, at=at, note=note)
        here_at = at if receiver == desk_line else None
        after = replace(after, result=replace(state.result, here_at=here_at, hops=(*state.result.hops, hop)))
    return after


def hand_over(state: DossierState, giver: str, receiver: str, at: datetime, note: str) -> DossierState:
    """Return the state after the paper changed hands, whatever the status; the hop stands on the control slip."""
    hop = Hop(giver=giver, receiver=receiver, at=at, outcome=_outcome(state, at), note=note)
    return replace(state, hops=(*state.hops, hop), holder=receiver)


def _outcome(state: DossierState, at: datetime) -> str:
    """How the time was kept up to a hop, by date (DOMAIN rule 10): before the day, on it, or after it."""
    if state.due is None:
        return ""
    day, due_on = local_date(at), local_date(state.due.due_at)
    return "early" if day < due_on else "on_time" if day == due_on else "late"


def _transfer(state: DossierState, facts: ActionFacts, at: datetime, _desk: str) -> DossierState:
    return hand_over(state, state.holder, facts.receiver, at, facts.note)


def _take_back(state: DossierState, facts: ActionFacts, at: datetime, desk_line: str) -> DossierState:
    return hand_over(state, state.holder, desk_line, at, facts.reason)


def _close(state: DossierState, _facts: ActionFacts, at: datetime, _desk: str) -> DossierState:
    return replace(state, pauses=_ended(state, at))


def _extend(state: DossierState, _facts: ActionFacts, at: datetime, _desk: str) -> DossierState:
    return replace(state, extended_at=at)


def _resolve(state: DossierState, facts: ActionFacts, at: datetime, _desk: str) -> DossierState:
    result = Result(
        kind=facts.result_kind,
        number=facts.result_number,
        summary=facts.result_summary,
        decided_on=facts.result_on,
        decided_at=at,
        signer=facts.signer_name,
    )
    return _decided(state, result, at) if state.leg is not None else replace(state, result=result)


def _decided(state: DossierState, result: Result, at: datetime) -> DossierState:
    """One agency after another decides; the last one makes the whole. Each may ask for a supplement once."""
    agency = state.leg.agency if state.leg is not None else ""
    decided = (*state.leg_results, LegResult(agency=agency, at=at, result=result))
    whole = _joined([one.result for one in decided]) if len(decided) == len(state.legs) else None
    return replace(state, leg_results=decided, result=whole, supplements_asked=0)


def _joined(results: list[Result]) -> Result:
    return replace(
        results[-1],
        kind="; ".join(one.kind for one in results),
        number="; ".join(one.number for one in results if one.number),
        summary="; ".join(one.summary for one in results if one.summary),
    )


def _result_arrived(state: DossierState, facts: ActionFacts, at: datetime, desk_line: str) -> DossierState:
    if state.result is None:
        return state
    moved = state if state.holder == desk_line else hand_over(state, facts.giver or state.holder, desk_line, at, "")
    result = _with_paper(state.result, facts)
    hops = result.hops
    if hops:
        hops = (*hops, Hop(giver=facts.giver or result.holder, receiver=desk_line, at=at))
    return replace(moved, result=replace(result, here_at=at, hops=hops))


def _with_paper(result: Result, facts: ActionFacts) -> Result:
    """What stands already stays: two desks may state it at the same time."""
    number, day = result.number or facts.result_number, result.decided_on or facts.result_on
    return replace(result, number=number, decided_on=day)


def _return_result(state: DossierState, facts: ActionFacts, at: datetime, _desk: str) -> DossierState:
    returned = Return(
        at=at,
        channel=facts.channel or ResultChannel.DESK,
        receiver=facts.receiver,
        receiver_id_number=facts.receiver_id_number,
        receiver_phone=facts.receiver_phone,
        authorisation=facts.authorisation,
        what=facts.part,
        waybill=facts.waybill,
        is_whole=not facts.part,
    )
    result = _with_paper(state.result, facts) if state.result is not None else None
    return replace(_posted(replace(state, result=result), "", None), returns=(*state.returns, returned))


def _post_result(state: DossierState, facts: ActionFacts, at: datetime, _desk: str) -> DossierState:
    """The paper dossier stays where it is; only the result travels."""
    return _posted(state, facts.waybill, at)


def _result_came_back(state: DossierState, _facts: ActionFacts, at: datetime, _desk: str) -> DossierState:
    """It waits for its owner at the desk again, since now."""
    back = _posted(state, "", None)
    return back if back.result is None else replace(back, result=replace(back.result, here_at=at))


def _posted(state: DossierState, waybill: str, at: datetime | None) -> DossierState:
    return (
        state if state.result is None else replace(state, result=replace(state.result, waybill=waybill, posted_at=at))
    )


def _reopen(state: DossierState, facts: ActionFacts, at: datetime, desk_line: str) -> DossierState:
    """A decided result no longer stands; what was handed over stays on record. The desk takes the paper to itself."""
    undecided = replace(state, result=None, leg_results=())
    if state.accepted_at is None:
        return replace(undecided, status=Status.REGISTERED)
    if state.holder != desk_line:
        undecided = hand_over(undecided, state.holder, desk_line, at, facts.reason)
    return replace(undecided, status=Status.RECEIVED)


_EFFECTS: dict[Action, Callable[[DossierState, ActionFacts, datetime, str], DossierState]] = {
    Action.ACCEPT: _accept,
    Action.ASK_SUPPLEMENT: _ask_supplement,
    Action.RECEIVE_SUPPLEMENT: _receive_supplement,
    Action.REFUSE: _close,
    Action.TRANSFER: _transfer,
    Action.TAKE_BACK: _take_back,
    Action.REQUEST_PAYMENT: _request_payment,
    Action.RECEIVE_PAYMENT: _receive_payment,
    Action.STOP: _close,
    Action.WITHDRAW: _close,
    Action.EXTEND: _extend,
    Action.RESOLVE: _resolve,
    Action.RESULT_ARRIVED: _result_arrived,
    Action.POST_RESULT: _post_result,
    Action.RESULT_CAME_BACK: _result_came_back,
    Action.RETURN_RESULT: _return_result,
    Action.REOPEN: _reopen,
}
