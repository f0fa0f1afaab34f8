"""How safe what is known of a dossier is: where else it lies."""

from datetime import datetime
from enum import StrEnum

import msgspec


class PortalTick(StrEnum):
    """What the national portal said of everything known of a dossier."""

    NOT_TOLD = "not_told"
    WAITING = "waiting"
    """It answered, and something has happened since."""

    TAKEN = "taken"
    REFUSED = "refused"


class Ticks(msgspec.Struct, frozen=True, kw_only=True):
    """Of everything this desk knows of a dossier; that it is saved here goes without saying.

    `second_machine`: all of it lies on another machine too. `province`: all of it lies there, with the same hashes.
    `waiting_since` is the instant of the oldest entry that the province has not confirmed, None when it has all.
    """

    second_machine: bool
    province: bool
    waiting_since: datetime | None = None
    is_exchanging: bool = False
    """Whether this desk knows a province, or other desks, at all."""

    portal: PortalTick = PortalTick.NOT_TOLD
    portal_refusal: str = ""
    """Why the portal did not take it, in its own words."""


NO_TICKS = Ticks(second_machine=False, province=False)
