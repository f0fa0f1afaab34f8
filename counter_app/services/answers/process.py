"""Who is late, and by how much."""

from datetime import datetime, timedelta

import msgspec


class LateHolder(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds a dossier now, since when, and by how much the dossier and this hand are late, in working time.

    `step` names what of the internal process is done there, "" where the process knows no such hand; `step_late_by` is
    nought where the share of it is not stated or not used up. `since` is None once the dossier is resolved or closed.
    """

    holder: str
    since: datetime | None
    late_by: timedelta
    step: str = ""
    step_late_by: timedelta = timedelta()
