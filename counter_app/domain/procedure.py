"""A procedure of the catalogue: one version of it, in force from a date."""

from datetime import date
from enum import StrEnum

import msgspec

from counter_app.domain.time_limit import TimeLimit


class Channel(StrEnum):
    """How a dossier is handed in (KenhThucHien of the national portal: 1 direct, 2 online, 3 public post)."""

    DIRECT = "direct"
    ONLINE = "online"
    POST = "post"


class FeeKind(StrEnum):
    """Phí and lệ phí are kept and reported apart."""

    FEE = "fee"
    CHARGE = "charge"


class ProcedureSource(StrEnum):
    """Where a catalogue entry came from."""

    STARTER = "starter"
    PORTAL_DUMP = "portal_dump"
    NATIONAL_PACKET = "national_packet"
    WORKBOOK = "workbook"


class FeeApplication(StrEnum):
    """Whether a line has to be paid for a dossier it stands for.

    ALTERNATIVE: exactly one of the lines so marked is paid, and the catalogue cannot tell which. SOMETIMES: paid only
    under a condition, which the line's note names (late registration, copies on request).
    """

    ALWAYS = "always"
    ALTERNATIVE = "alternative"
    SOMETIMES = "sometimes"


class FeeTier(msgspec.Struct, frozen=True, kw_only=True):
    """From the unit of this number on (counted from 1), each unit costs `amount` whole đồng."""

    from_unit: int
    amount: int


class FeeLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of what is to be paid: whole đồng per unit (`per`: "dossier", "page", "copy", "case", "person").

    `amount` is None where the catalogue does not know it, as a rule because the province's council sets it; 0 is free.
    Tiers and the cap hold for one copy: a line per page that has either needs the pages of one copy and the number of
    copies. `cases` names the codes of the cases it is for; empty means all.
    """

    kind: FeeKind
    name: str
    amount: int | None = None
    per: str = "dossier"
    online_amount: int | None = None
    applies: FeeApplication = FeeApplication.ALWAYS
    cases: tuple[str, ...] = ()
    tiers: tuple[FeeTier, ...] = ()
    cap: int | None = None
    note: str = ""
    legal_basis: str = ""


class Component(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a checklist. The counts are how many the procedure asks for.

    `valid_months` is how long such a paper is valid from the day it was issued, 0 where the source says nothing.
    """

    name: str
    code: str = ""
    original: int = 0
    certified: int = 0
    copy: int = 0
    required: bool = True
    form_name: str = ""
    note: str = ""
    valid_months: int = 0


class ProcedureCase(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One case (trường hợp) of a procedure with its own checklist; a procedure without cases has one, code ""."""

    components: tuple[Component, ...]
    code: str = ""
    name: str = ""
    time_limit: TimeLimit | None = None


class ChannelTimeLimit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The time limit for one way of handing in."""

    channel: Channel
    limit: TimeLimit


class ProcessStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step of the internal process. Its share of the time limit is so many working `hours`, or a `percent` of it.

    `done_by` names the unit or the role that does it; empty: the desk that received. A step that ends with a `result`
    of its own is a leg of a linked procedure.
    """

    name: str
    done_by: str = ""
    hours: int | None = None
    percent: int | None = None
    result: str = ""


class Procedure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One version of a procedure. Codes are opaque strings: provinces use their own, so a check warns, never rejects.

    `steps` are the internal process in order, none where it defines none.
    `time_limits` may be empty when the source states none that can be understood; then the clerk gives one.
    `source_text` keeps the words of the source for every field that had to be interpreted.
    """

    code: str
    effective_on: date
    name: str
    field_name: str
    cases: tuple[ProcedureCase, ...]
    field_code: str = ""
    nicknames: tuple[str, ...] = ()
    level: str = ""
    time_limits: tuple[ChannelTimeLimit, ...] = ()
    fees: tuple[FeeLine, ...] = ()
    results: tuple[str, ...] = ()
    legal_basis: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    counts_transport: bool = True
    """Whether the time that paper is carried between units counts; where not, it is no step's time either."""
    steps: tuple[ProcessStep, ...] = ()
    source: ProcedureSource = ProcedureSource.STARTER
    source_text: dict[str, str] = {}

    def find_case(self, code_or_name: str | None) -> ProcedureCase | None:
        """Return the case of that code or name; the only or first one for None; None when there is no such case."""
        if code_or_name is None:
            return self.cases[0] if self.cases else None
        wanted = code_or_name.casefold()
        return next((case for case in self.cases if wanted in (case.code.casefold(), case.name.casefold())), None)

    @property
    def legs(self) -> tuple[ProcessStep, ...]:
        """The steps of several agencies that each end with a result; none where there is one result at the end."""
        found = tuple(step for step in self.steps if step.result)
        return found if len(found) > 1 else ()

    def find_time_limit(self, case: ProcedureCase | None, channel: Channel) -> TimeLimit | None:
        """Return the case's own limit, else the channel's, else the one for handing in directly, else any."""
        if case is not None and case.time_limit is not None:
            return case.time_limit
        by_channel = {entry.channel: entry.limit for entry in self.time_limits}
        first = next(iter(by_channel.values()), None)
        return by_channel.get(channel) or by_channel.get(Channel.DIRECT) or first
