"""Receiving a dossier from a JSON file."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from counter_app.bootstrap import OpenCounter
from counter_app.cli.files import read_json
from counter_app.cli.output import Output
from counter_app.cli.paper import print_to_file
from counter_app.core.errors import UserError
from counter_app.domain.dossier import Outcome, Paper, ResultChannel
from counter_app.domain.person import FieldSource, Party, PartyKind, Sex
from counter_app.domain.procedure import Channel
from counter_app.domain.time_limit import TimeLimit, TimeUnit
from counter_app.services.answers.intake import IntakeForm, IntakeResult

_LARGEST_FILE_BYTES = 1_000_000
# Longer is no name and no address, and would push everything else off the paper.
_Line = Annotated[str, Meta(max_length=300)]
_Paragraph = Annotated[str, Meta(max_length=2_000)]
_Copies = Annotated[int, Meta(ge=0, le=1_000)]


class _Person(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
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


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    procedure: _Line
    card: str | None = None
    applicant: _Person | None = None
    submitter: _Person | None = None
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


def receive_file(made: OpenCounter, path: Path, output: Output) -> tuple[IntakeResult, Path | None, list[str]]:
    """Receive the dossier of a file and print its paper into the data folder.

    Returns the result, the PDF and what looked doubtful.

    Raises:
        UserError: the file or its contents cannot be used; nothing was saved.
    """
    file = _read(path)
    intake = made.counter.intake
    applicant = Party()
    warnings: list[str] = []
    if file.card is not None:
        card = intake.read_card(file.card)
        applicant = intake.party_from_card(card)
        warnings += [output.words(warning.code) for warning in card.warnings]
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
    )
    quote = intake.quote(form)
    result = intake.receive(form, file.outcome)
    said = [output.words(problem.code, **problem.context) for problem in quote.problems if not problem.blocking]
    warnings += [sentence for sentence in said if sentence not in warnings]
    pdf = print_to_file(made, result.print_job.id) if result.print_job else None
    return result, pdf, warnings


def _read(path: Path) -> _File:
    file = read_json(path, _File, most_bytes=_LARGEST_FILE_BYTES, code="cli.bad_intake_file")
    if file.received_at is not None and file.received_at.tzinfo is None:
        raise UserError("cli.bad_intake_file", detail="received_at needs an offset such as +07:00")
    return file


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
    )
