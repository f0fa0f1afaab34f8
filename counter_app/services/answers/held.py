"""What needs attention."""

from datetime import datetime

import msgspec


class HeldEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that this store keeps without effect, because of what another desk did.

    A desk names each of its entries once: `desk_id` tells apart what several desks named alike. `reason_key` has the
    sentence why. `behind` is the entry that a clerk decides about first, "" where it is this one.
    `dossier_code` is "" while the dossier is not here.
    """

    entry_id: str
    desk_id: str
    dossier_id: str
    reason: str
    reason_key: str
    done_at: datetime
    desk_name: str
    clerk_name: str
    text_key: str
    """Of what was done."""
    dossier_code: str = ""
    applicant_name: str = ""
    behind: str = ""
    may_apply: bool = False
