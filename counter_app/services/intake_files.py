"""A dossier as a file states it, and many of them in one list: what a command and a lane of the window both read."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from counter_app.core.errors import UserError
from counter_app.domain.dossier import Outcome, Paper, ResultChannel, ReusedPaper
from counter_app.domain.person import FieldSource, Party, PartyKind, Sex
from counter_app.domain.procedure import Channel
from counter_app.domain.time_limit import TimeLimit, TimeUnit
from counter_app.services.answers.intake import IntakeForm
from counter_app.services.intake import Intake

# Longer is no name and no address, and would push everything else off the paper.
_Line = Annotated[str, Meta(max_length=300)]
_Paragraph = Annotated[str, Meta(max_length=2_000)]
_Copies = Annotated[int, Meta(ge=0, le=1_000)]


class PersonInFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody as a file describes them."""

    kind: PartyKind = PartyKind.PERSON
    full_name: _Line = ""
    id_number: _Line = ""
    old_id_number: _Line = ""
    tax_code: _Line = ""
    birth_date: date | None = None
    birth_year: Annotated[int, Meta(ge=1800, le=2200)] | None = None
    sex: Sex | None = None
    address: _Line = ""
    phone: _Line = ""
    email: _Line = ""
    issue_date: date | None = None

    def party(self, base: Party, source: FieldSource) -> Party:
        """Return the base with every field of the file that says something; what is typed wins over the card."""
        renamed = {"birth_date": "birth_on", "issue_date": "id_issued_on"}
        said = {
            renamed.get(name, name): getattr(self, name)
            for name in self.__struct_fields__
            if name != "kind" and getattr(self, name)
        }
        sources = {**base.sources, **dict.fromkeys(said, source)}
        return msgspec.structs.replace(base, kind=self.kind, sources=sources, **said)


class _Component(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: _Paragraph = ""
    code: _Paragraph = ""
    original: _Copies = 0
    certified: _Copies = 0
    copy: _Copies = 0
    note: _Paragraph = ""
    reuse: bool | _Line = False
    """Whether a paper digitised before is to stand for it: the one that is offered, or the one of this id."""


class IntakeFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One dossier as a file states it."""

    procedure: _Line
    card: str | None = None
    applicant: PersonInFile | None = None
    submitter: PersonInFile | None = None
    authorisation: _Paragraph = ""
    case: _Line | None = None
    channel: Channel = Channel.DIRECT
    received_at: datetime | None = None
    components: Annotated[list[_Component], Meta(max_length=300)] = []
    competent_unit: _Line = ""
    working_days: Annotated[int, Meta(ge=1, le=1_000)] | None = None
    result: ResultChannel = ResultChannel.DESK
    delivery_address: _Line = ""
    dossier_count: Annotated[int, Meta(ge=1, le=9_999)] = 1
    note: _Paragraph = ""
    outcome: Outcome = Outcome.ACCEPTED
    reason: _Paragraph = ""
    notices: bool = False
    """Whether the citizen said yes to messages on the telephone number given."""

    def check(self) -> None:
        """Return if what the types cannot say holds as well.

        Raises:
            UserError: ``cli.bad_intake_file``.
        """
        if self.received_at is not None and self.received_at.tzinfo is None:
            raise UserError("cli.bad_intake_file", detail="received_at needs an offset such as +07:00")


def form_of(file: IntakeFile, intake: Intake) -> tuple[IntakeForm, tuple[str, ...]]:
    """Return the form that a file fills in, and the codes of what is doubtful about its card.

    Raises:
        UserError: ``cli.bad_intake_file``; the card is none.
    """
    file.check()
    applicant = Party()
    warnings: tuple[str, ...] = ()
    if file.card is not None:
        card = intake.read_card(file.card)
        applicant = intake.party_from_card(card)
        warnings = tuple(warning.code for warning in card.warnings)
    if file.applicant is not None:
        applicant = file.applicant.party(applicant, FieldSource.FILE)
    form = IntakeForm(
        procedure_code=file.procedure,
        case_code=file.case,
        channel=file.channel,
        applicant=applicant,
        submitter=file.submitter.party(Party(), FieldSource.FILE) if file.submitter else None,
        authorisation=file.authorisation,
        papers=tuple(_paper(component, index) for index, component in enumerate(file.components)),
        time_limit=TimeLimit(amount=file.working_days, unit=TimeUnit.WORKING_DAY) if file.working_days else None,
        competent_unit_code=file.competent_unit,
        result_channel=file.result,
        delivery_address=file.delivery_address,
        dossier_count=file.dossier_count,
        note=file.note,
        reason=file.reason,
        received_at=file.received_at,
        wants_notices=file.notices,
    )
    return form, warnings


def _paper(component: _Component, index: int) -> Paper:
    if not (component.name or component.code):
        raise UserError("cli.bad_intake_file", detail=f"components[{index}]")
    return Paper(
        name=component.name or component.code,
        code=component.code,
        original=component.original,
        certified=component.certified,
        copy=component.copy,
        note=component.note,
        reused=_reused(component),
    )


def _reused(component: _Component) -> ReusedPaper | None:
    if isinstance(component.reuse, str):
        return ReusedPaper(document_id=component.reuse) if component.reuse else None
    return ReusedPaper() if component.reuse else None
