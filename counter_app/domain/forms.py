"""What a form says, without any layout. `printing` turns these into pages; services fill them from a dossier."""

from datetime import datetime

import msgspec

from counter_app.domain.dossier import Form, FormSet, Paper, ResultChannel
from counter_app.domain.procedure import FeeLine
from counter_app.domain.time_limit import TimeLimit


class AgencyHead(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The agency block at the upper left of every paper, and the unit's own lines at its foot."""

    parent_name: str
    desk_name: str
    place_name: str = ""
    hotline: str = ""
    lookup_url: str = ""
    notes: tuple[str, ...] = ()


class SlipData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The facts of forms 01 (receipt), 02 (supplement) and 03 (refusal) of one dossier.

    Instants are aware; the form shows them in Vietnamese local time. `reprint` is 0 for the first printing,
    then 1, 2, ...: any but 0 prints "BẢN IN LẠI".
    """

    form: Form
    form_set: FormSet
    head: AgencyHead
    code: str
    issued_at: datetime
    procedure_code: str
    procedure_name: str
    applicant_name: str
    submitter_name: str
    id_number: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""
    papers: tuple[Paper, ...] = ()
    missing: tuple[Paper, ...] = ()
    dossier_count: int = 1
    limit: TimeLimit | None = None
    received_at: datetime | None = None
    due_at: datetime | None = None
    result_channel: ResultChannel = ResultChannel.DESK
    delivery_address: str = ""
    fees: tuple[FeeLine, ...] = ()
    clerk_name: str = ""
    reason: str = ""
    authorisation: str = ""
    reprint: int = 0
