"""Filling papers from dossiers: which facts they state, never how they are laid out."""

import msgspec

from counter_app.domain.actions.state import DossierState
from counter_app.domain.dossier import Dossier, Paper
from counter_app.domain.fees import compute_fees
from counter_app.domain.forms.details import Details, Hop
from counter_app.domain.forms.facts import AgencyHead, HandTime, ListedDossier, SlipData
from counter_app.domain.forms.kinds import Form, FormSet
from counter_app.domain.progress import Holding, Progress, in_minutes
from counter_app.domain.unit import Unit


def head_of(unit: Unit) -> AgencyHead:
    """Return the agency block of a unit's papers."""
    return AgencyHead(
        parent_name=unit.parent_name or unit.name,
        desk_name=unit.desk_name,
        place_name=unit.place_name,
        hotline=unit.hotline,
        lookup_url=unit.lookup_url,
        notes=unit.notes,
        address=unit.address,
        tax_code=unit.tax_code,
        logo=unit.logo,
        signers=unit.signers,
    )


def slip_of(
    dossier: Dossier,
    unit: Unit,
    *,
    form: Form,
    form_set: FormSet,
    details: Details,
    competent: Unit | None = None,
    reprint: int = 0,
    scan_text: str = "",
) -> SlipData:
    """Return what a form of this dossier says; `unit` received it, `competent` resolves it."""
    applicant = dossier.applicant
    submitter = dossier.submitter or applicant
    return SlipData(
        form=form,
        form_set=form_set,
        head=head_of(unit),
        code=dossier.code,
        issued_at=details.issued_at or dossier.received_at,
        procedure_code=dossier.procedure_code,
        procedure_name=dossier.procedure_name,
        applicant_name=applicant.full_name,
        submitter_name=submitter.full_name,
        field_name=dossier.field_name,
        id_number=applicant.id_number or applicant.tax_code,
        address=applicant.address,
        phone=submitter.phone or applicant.phone,
        email=submitter.email or applicant.email,
        papers=tuple(paper for paper in dossier.papers if paper.is_had),
        missing=_missing(dossier, details),
        dossier_count=dossier.dossier_count,
        limit=dossier.due.limit if dossier.due else None,
        received_at=dossier.received_at,
        due_at=dossier.due.due_at if dossier.due else None,
        result_channel=dossier.result_channel,
        delivery_address=dossier.delivery_address,
        fees=dossier.fees,
        clerk_name=dossier.clerk_name,
        reason=dossier.reason,
        authorisation=dossier.authorisation,
        reprint=reprint,
        scan_text=scan_text,
        competent_name=_competent_name(dossier, unit, competent),
        is_for_other_unit=is_for_other_unit(dossier),
        details=details,
    )


def is_for_other_unit(dossier: Dossier) -> bool:
    """Return whether another unit than the receiving one resolves a dossier."""
    return dossier.competent_unit_code not in ("", dossier.unit_code)


def _competent_name(dossier: Dossier, unit: Unit, competent: Unit | None) -> str:
    """Return who resolves a dossier; a unit that this desk does not know is named by its code."""
    if competent is not None:
        return competent.name
    return dossier.competent_unit_code if is_for_other_unit(dossier) else unit.name


def _missing(dossier: Dossier, details: Details) -> tuple[Paper, ...]:
    if details.missing:
        known = {paper.name: paper for paper in dossier.papers}
        return tuple(known.get(name, Paper(name=name)) for name in details.missing)
    return tuple(paper for paper in dossier.papers if paper.required and not paper.is_had)


def spelled_out(hop: Hop, dossier: Dossier, unit: Unit) -> Hop:
    """Return a hop with the agency's name where the journal has the desk's."""
    agency = unit.desk_name or unit.name
    names = {dossier.desk_name: agency}
    return msgspec.structs.replace(
        hop, giver=names.get(hop.giver, hop.giver), receiver=names.get(hop.receiver, hop.receiver)
    )


def hand_times(state: DossierState, progress: Progress) -> tuple[HandTime | None, ...]:
    """Return for each change of hands how the giver kept its share of the time, None where it has none."""
    ended = {(held.holder, held.ended_at): held for held in progress.holdings}
    return tuple(_hand_time(ended.get((hop.giver, hop.at))) for hop in state.hops)


def _hand_time(held: Holding | None) -> HandTime | None:
    if held is None or held.allowed is None or held.kept is None:
        return None
    return HandTime(kept=held.kept.value, allowed_minutes=in_minutes(held.allowed), took_minutes=in_minutes(held.took))


def listed_of(dossier: Dossier, competent: Unit | None, *, note: str = "") -> ListedDossier:
    """Return a dossier as a line of a list."""
    quote = compute_fees(dossier.fees, quantities={"dossier": dossier.dossier_count})
    return ListedDossier(
        code=dossier.code,
        procedure_name=dossier.procedure_name,
        applicant_name=dossier.applicant.full_name,
        competent_name=competent.name if competent else dossier.competent_unit_code,
        id_number=dossier.applicant.id_number or dossier.applicant.tax_code,
        address=dossier.applicant.address,
        phone=(dossier.submitter or dossier.applicant).phone or dossier.applicant.phone,
        received_at=dossier.received_at,
        due_at=dossier.due.due_at if dossier.due else None,
        limit=dossier.due.limit if dossier.due else None,
        dossier_count=dossier.dossier_count,
        result_channel=dossier.result_channel,
        has_fees=bool(quote.total) or not quote.is_complete,
        note=note,
    )
