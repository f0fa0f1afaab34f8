"""What somebody states when doing an action."""

from datetime import date, datetime

import msgspec

from counter_app.domain.dossier import ResultChannel


class ActionFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which of these an action needs or offers is in its rule. Instants are aware, amounts whole đồng."""

    reason: str = ""
    reason_code: str = ""
    """One of the coded reasons of the action, or ``other``; kept beside the words."""
    note: str = ""
    missing: tuple[str, ...] = ()
    """Papers asked for, by name; empty: all that are required and were not handed in."""
    receiver: str = ""
    """Who gets the paper (transfer) or the result."""
    receiver_id_number: str = ""
    receiver_phone: str = ""
    authorisation: str = ""
    giver: str = ""
    amount: int | None = None
    new_due_at: datetime | None = None
    number: str = ""
    signer_title: str = ""
    signer_name: str = ""
    decision: str = ""
    settlement: str = ""
    result_kind: str = ""
    result_number: str = ""
    result_summary: str = ""
    result_on: date | None = None
    channel: ResultChannel | None = None
    waybill: str = ""
    part: str = ""
    """What of the result was handed over, where it was not everything."""


NO_FACTS = ActionFacts()
