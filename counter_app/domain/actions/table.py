"""The one table: status x action -> status, with what each action needs and who may do it.

Statuses are the national ten (TrangThaiHoSo). Rules of articles 17 to 22 of Nghị định 118/2025/NĐ-CP as far as public
sources state them; limits taken over from Nghị định 61/2018/NĐ-CP, article 19 (one supplement per agency while
resolving, one new appointment) are unverified for the decree in force, and a head of the desk may go beyond the first.
"""

from dataclasses import dataclass
from enum import StrEnum

from counter_app.domain.dossier import Status
from counter_app.domain.forms.kinds import Form
from counter_app.domain.unit import Role


class Action(StrEnum):
    """What may be done with a dossier after its intake; the values are the verbs of the command line."""

    ACCEPT = "accept"
    ASK_SUPPLEMENT = "ask-supplement"
    RECEIVE_SUPPLEMENT = "receive-supplement"
    REFUSE = "refuse"
    TRANSFER = "transfer"
    TAKE_BACK = "take-back"
    REQUEST_PAYMENT = "request-payment"
    RECEIVE_PAYMENT = "receive-payment"
    STOP = "stop"
    WITHDRAW = "withdraw"
    EXTEND = "extend"
    RESOLVE = "resolve"
    RESULT_ARRIVED = "result-arrived"
    POST_RESULT = "post-result"
    RESULT_CAME_BACK = "result-came-back"
    RETURN_RESULT = "return-result"
    REOPEN = "reopen"


class Guard(StrEnum):
    """A condition beyond the status; what stands against it is ``action.refused.<value>``."""

    NOT_ACCEPTED_YET = "not_accepted_yet"
    ACCEPTED = "accepted"
    NO_RESULT_YET = "no_result_yet"
    NO_LEG_DECIDED = "no_leg_decided"
    ONE_SUPPLEMENT = "one_supplement"
    ONE_EXTENSION = "one_extension"
    NOT_LATE_YET = "not_late_yet"
    DUE_MOVES_ON = "due_moves_on"
    RESULT_NOT_HERE = "result_not_here"
    RESULT_HERE = "result_here"
    RESULT_AT_HAND = "result_at_hand"
    RESULT_POSTED = "result_posted"
    RESULT_NOT_POSTED = "result_not_posted"
    CARRIER_DELIVERED = "carrier_delivered"
    WAYBILL_OPEN = "waybill_open"
    RECEIVER_AUTHORISED = "receiver_authorised"
    RECEIVER_ELSEWHERE = "receiver_elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One action. `target` None leaves the status, or lets the state decide (the end of a wait, a reopening).

    `needs` and `offers` name fields of `ActionFacts`; what is needed must be given. One `by_waybill` is a step of a
    waybill (`counter_app.domain.postal`) and is never done without it.
    """

    action: Action
    sources: tuple[Status, ...]
    target: Status | None = None
    role: Role = Role.CLERK
    needs: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()
    form: Form | None = None
    by_waybill: bool = False


_WORKED_ON = (Status.RECEIVED, Status.IN_PROGRESS)
_WAITING = (Status.SUPPLEMENT_ASKED, Status.PAYMENT_ASKED)

_ALL = (
    Rule(
        action=Action.ACCEPT,
        sources=(Status.REGISTERED,),
        target=Status.RECEIVED,
        guards=(Guard.NOT_ACCEPTED_YET,),
        form=Form.RECEIPT,
    ),
    Rule(
        action=Action.ASK_SUPPLEMENT,
        sources=(Status.REGISTERED, *_WORKED_ON),
        target=Status.SUPPLEMENT_ASKED,
        needs=("reason",),
        offers=("missing",),
        guards=(Guard.NO_RESULT_YET, Guard.ONE_SUPPLEMENT),
        form=Form.SUPPLEMENT,
    ),
    Rule(action=Action.RECEIVE_SUPPLEMENT, sources=(Status.SUPPLEMENT_ASKED,), offers=("note",), form=Form.RECEIPT),
    Rule(
        action=Action.REFUSE,
        sources=(Status.REGISTERED, Status.RECEIVED, Status.SUPPLEMENT_ASKED),
        target=Status.NOT_ACCEPTED,
        needs=("reason",),
        offers=("reason_code",),
        guards=(
            Guard.NO_RESULT_YET,
            Guard.NO_LEG_DECIDED,
        ),
        form=Form.REFUSAL,
    ),
    Rule(
        action=Action.TRANSFER,
        sources=_WORKED_ON,
        target=Status.IN_PROGRESS,
        needs=("receiver",),
        offers=("note",),
        guards=(Guard.RECEIVER_ELSEWHERE,),
        form=Form.CONTROL_SLIP,
    ),
    Rule(
        action=Action.TAKE_BACK,
        sources=(Status.IN_PROGRESS,),
        target=Status.RECEIVED,
        needs=("reason",),
        offers=("reason_code",),
        guards=(Guard.NO_RESULT_YET,),
    ),
    Rule(
        action=Action.REQUEST_PAYMENT,
        sources=_WORKED_ON,
        target=Status.PAYMENT_ASKED,
        needs=("amount",),
        offers=("reason",),
        guards=(Guard.NO_RESULT_YET,),
    ),
    Rule(action=Action.RECEIVE_PAYMENT, sources=(Status.PAYMENT_ASKED,), offers=("note",)),
    Rule(
        action=Action.STOP,
        sources=(*_WORKED_ON, *_WAITING),
        target=Status.STOPPED,
        role=Role.HEAD,
        needs=("reason",),
        offers=("reason_code", "decision", "settlement"),
        guards=(Guard.ACCEPTED, Guard.NO_RESULT_YET, Guard.NO_LEG_DECIDED),
        form=Form.STOP,
    ),
    Rule(
        action=Action.WITHDRAW,
        sources=(Status.REGISTERED, *_WORKED_ON, *_WAITING),
        target=Status.WITHDRAWN,
        needs=("reason",),
        offers=("reason_code",),
        guards=(
            Guard.NO_RESULT_YET,
            Guard.NO_LEG_DECIDED,
        ),
    ),
    Rule(
        action=Action.EXTEND,
        sources=_WORKED_ON,
        role=Role.HEAD,
        needs=("reason_code", "new_due_at"),
        offers=("reason", "number", "signer_title", "signer_name"),
        guards=(Guard.ACCEPTED, Guard.ONE_EXTENSION, Guard.NOT_LATE_YET, Guard.DUE_MOVES_ON),
        form=Form.APOLOGY,
    ),
    Rule(
        action=Action.RESOLVE,
        sources=_WORKED_ON,
        target=Status.RESOLVED,
        needs=("result_kind",),
        offers=("result_number", "result_summary", "result_on", "signer_name"),
        guards=(Guard.ACCEPTED,),
    ),
    Rule(
        action=Action.RESULT_ARRIVED,
        sources=(Status.RESOLVED,),
        offers=("result_number", "result_on", "giver"),
        guards=(Guard.RESULT_NOT_HERE,),
    ),
    Rule(
        action=Action.POST_RESULT,
        sources=(Status.RESOLVED,),
        needs=("waybill",),
        guards=(Guard.RESULT_AT_HAND,),
        by_waybill=True,
    ),
    Rule(
        action=Action.RESULT_CAME_BACK,
        sources=(Status.RESOLVED,),
        needs=("reason",),
        guards=(Guard.RESULT_POSTED,),
        by_waybill=True,
    ),
    Rule(
        action=Action.RETURN_RESULT,
        sources=(Status.RESOLVED,),
        target=Status.RETURNED,
        needs=("receiver",),
        offers=(
            *("receiver_id_number", "receiver_phone", "authorisation", "channel", "waybill", "part"),
            *("result_number", "result_on"),
        ),
        guards=(Guard.RESULT_HERE, Guard.CARRIER_DELIVERED, Guard.WAYBILL_OPEN, Guard.RECEIVER_AUTHORISED),
        form=Form.RESULT_RECEIPT,
    ),
    Rule(
        action=Action.REOPEN,
        sources=(Status.NOT_ACCEPTED, Status.WITHDRAWN, Status.STOPPED, Status.RESOLVED, Status.RETURNED),
        role=Role.HEAD,
        needs=("reason",),
        guards=(Guard.RESULT_NOT_POSTED,),
    ),
)

RULES = {rule.action: rule for rule in _ALL}

_RANKS = {Role.CLERK: 0, Role.HEAD: 1, Role.ADMINISTRATOR: 1}


def may(role: Role, wanted: Role) -> bool:
    """Whether a role covers another. An administrator may do what a head may."""
    return _RANKS[role] >= _RANKS[wanted]
