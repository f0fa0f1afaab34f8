"""What a clerk states for one paper beyond the dossier's own facts.

Journalled with the order, so that a reprint says it too.
"""

from datetime import date, datetime

import msgspec


class CopiedPaper(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One paper of which certified copies are asked for; `pages` of one copy, None where not counted yet."""

    name: str
    pages: int | None = None
    copies: int | None = None
    electronic: bool = False


class Hop(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The paper dossier changing hands once, as the control slip shows it."""

    giver: str
    receiver: str
    at: datetime | None = None
    outcome: str = ""
    """How the sender kept its time: ``early``, ``on_time`` or ``late``, or a clerk's own words; empty while open."""
    note: str = ""


class Details(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Every part may stay empty: the paper then has dots to write on. Instants are aware, amounts whole đồng."""

    issued_at: datetime | None = None
    """When a dated paper was ordered; a further printing keeps it."""
    due_at: datetime | None = None
    """The due date that the paper states, as it stood when the paper was ordered."""
    number: str = ""
    """Number and symbol of the paper itself, for example ``12/PXL``."""
    reason: str = ""
    missing: tuple[str, ...] = ()
    """Papers asked for by name; empty: those the checklist requires and that were not handed in."""
    new_due_at: datetime | None = None
    stage: str = ""
    """Where in the resolving a dossier stood when it was stopped."""
    decision: str = ""
    settlement: str = ""
    """What becomes of fees paid for a stopped dossier."""
    signer_title: str = ""
    signer_name: str = ""
    second_received_at: datetime | None = None
    second_due_at: datetime | None = None
    copied: tuple[CopiedPaper, ...] = ()
    result_kind: str = ""
    result_number: str = ""
    result_summary: str = ""
    result_on: date | None = None
    giver: str = ""
    giver_phone: str = ""
    receiver: str = ""
    receiver_phone: str = ""
    bag: str = ""
    seal: str = ""
    serial_form: str = ""
    """Mẫu số of a fee receipt."""
    serial: str = ""
    """Ký hiệu of a fee receipt."""
    payer: str = ""
    payment: str = ""
    amount: int | None = None
    hops: tuple[Hop, ...] = ()
    note: str = ""


NO_DETAILS = Details()
