"""The facts that a paper states, one structure for each thing a paper may be about."""

from datetime import date, datetime

import msgspec

from counter_app.domain.dossier import Paper, ResultChannel
from counter_app.domain.forms.details import NO_DETAILS, Details, Hop
from counter_app.domain.forms.kinds import Form, FormSet
from counter_app.domain.procedure import FeeLine
from counter_app.domain.time_limit import TimeLimit


class AgencyHead(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The agency block at the upper left of every paper, and the unit's own lines at its foot.

    `logo` is a PNG or JPEG, b"" for none. `signers` gives the title under which a form is signed, by the form's name.
    """

    parent_name: str
    desk_name: str
    place_name: str = ""
    hotline: str = ""
    lookup_url: str = ""
    notes: tuple[str, ...] = ()
    address: str = ""
    tax_code: str = ""
    logo: bytes = b""
    signers: dict[str, str] = {}


class ListedDossier(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One dossier as a line of a list."""

    code: str
    procedure_name: str
    applicant_name: str
    competent_name: str = ""
    """The unit that resolves it."""
    id_number: str = ""
    address: str = ""
    phone: str = ""
    received_at: datetime | None = None
    due_at: datetime | None = None
    returned_at: datetime | None = None
    limit: TimeLimit | None = None
    dossier_count: int = 1
    result: str = ""
    result_channel: ResultChannel = ResultChannel.DESK
    has_fees: bool = False
    note: str = ""


class HandTime(msgspec.Struct, frozen=True, kw_only=True):
    """How a hand kept the share of the time that the internal process gives it; working time in whole minutes.

    `kept` is ``early``, ``on_time`` or ``late``.
    """

    kept: str
    allowed_minutes: int
    took_minutes: int


class SlipData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The facts of a paper about one dossier, or (`listed`) about several handed in together.

    Instants are aware; the form shows them in Vietnamese local time. `reprint` is 0 for the first printing,
    then 1, 2, ...: any but 0 prints "BẢN IN LẠI". `scan_text` is what the QR says, the code alone when empty.
    `lookup_check` is printed beside the look-up address: who types the code there proves with it that they hold the
    paper.
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
    field_name: str = ""
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
    scan_text: str = ""
    lookup_check: str = ""
    competent_name: str = ""
    """The unit that resolves the dossier."""
    is_for_other_unit: bool = False
    """Received here for that unit, which is not the one that received it."""
    hops: tuple[Hop, ...] = ()
    hand_times: tuple[HandTime | None, ...] = ()
    """How the giver of each hop kept its time, None where it has no share of its own."""
    listed: tuple[ListedDossier, ...] = ()
    details: Details = NO_DETAILS


class RegisterData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The register of a period (local dates, both included); `first_number` is its first line's number in the book."""

    form_set: FormSet
    head: AgencyHead
    issued_at: datetime
    first_day: date
    last_day: date
    book: str = ""
    first_number: int = 1
    rows: tuple[ListedDossier, ...] = ()
    clerk_name: str = ""
    reprint: int = 0
    form: Form = Form.REGISTER


class HandoverData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A list of papers (manifest) or results (result handover) changing hands."""

    form: Form
    form_set: FormSet
    head: AgencyHead
    issued_at: datetime
    rows: tuple[ListedDossier, ...] = ()
    code: str = ""
    """The manifest's own code, printed to be scanned; "" while it has none."""
    scan_texts: tuple[str, ...] = ()
    """What the desk signed for the other end to scan, one text for each QR: none while the manifest is open."""
    clerk_name: str = ""
    reprint: int = 0
    details: Details = NO_DETAILS


class CountedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A figure of the day closing report: `name` is already words, as a procedure's."""

    name: str
    count: int


class JournalHead(msgspec.Struct, frozen=True, kw_only=True):
    """How far the desk's journal had come, and the hash that pins everything before."""

    epoch: int
    seq: int
    hash: bytes


class CollectedLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One record of cash on delivery; a cancelled one says so in `note`, and its `amount` counts no more."""

    code: str
    waybill: str
    dossier_code: str
    clerk_name: str
    amount: int
    note: str = ""
    counts: bool = True


class ClosingData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What happened at one desk on one local day. Amounts are whole đồng.

    `fees_known` is what the day's dossiers are to pay as far as the catalogue knows; `fees_open` counts the dossiers
    whose fee it does not know. `first_code` and `last_code` are the numbers given; `owed` are codes whose slip has not
    come out on paper yet.
    """

    form_set: FormSet
    head: AgencyHead
    issued_at: datetime
    day: date
    accepted: int = 0
    supplement_asked: int = 0
    refused: int = 0
    by_procedure: tuple[CountedLine, ...] = ()
    first_code: str = ""
    last_code: str = ""
    fees_known: int = 0
    fees_open: int = 0
    prints: int = 0
    reprints: int = 0
    owed: tuple[str, ...] = ()
    desk_label: str = ""
    collected: tuple[CollectedLine, ...] = ()
    """Cash on delivery recorded that day, in the order of its numbers."""
    journal_head: JournalHead | None = None
    clerk_name: str = ""
    reprint: int = 0
    form: Form = Form.DAY_CLOSING


FormData = SlipData | RegisterData | HandoverData | ClosingData
