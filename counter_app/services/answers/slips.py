"""What a check of a slip found."""

from datetime import datetime

import msgspec

from counter_app.domain.forms.kinds import Form


class SlipCheck(msgspec.Struct, frozen=True, kw_only=True):
    """`is_valid` is None for a plain code, which proves nothing; `reason` is the text code of what is wrong.

    `is_known`: this desk holds the dossier. `notes` are text codes of what changed since the slip was printed.
    """

    is_valid: bool | None
    code: str = ""
    unit_code: str = ""
    unit_name: str = ""
    desk_name: str = ""
    due_at: datetime | None = None
    form: Form | None = None
    is_known: bool = False
    reason: str = ""
    notes: tuple[str, ...] = ()
