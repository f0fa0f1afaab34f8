"""Filling a form from a dossier: which facts it states, never how they are laid out."""

from counter_app.domain.dossier import Dossier
from counter_app.domain.forms.facts import AgencyHead, SlipData
from counter_app.domain.forms.kinds import Form
from counter_app.domain.unit import Unit


def slip_of(dossier: Dossier, unit: Unit, *, form: Form, reprint: int) -> SlipData:
    """Return what a form of this dossier says. `unit` is the unit that received it."""
    applicant = dossier.applicant
    submitter = dossier.submitter or applicant
    return SlipData(
        form=form,
        form_set=dossier.form_set,
        head=AgencyHead(
            parent_name=unit.parent_name or unit.name,
            desk_name=unit.desk_name,
            place_name=unit.place_name,
            hotline=unit.hotline,
            lookup_url=unit.lookup_url,
            notes=unit.notes,
        ),
        code=dossier.code,
        issued_at=dossier.received_at,
        procedure_code=dossier.procedure_code,
        procedure_name=dossier.procedure_name,
        applicant_name=applicant.full_name,
        submitter_name=submitter.full_name,
        id_number=applicant.id_number or applicant.tax_code,
        address=applicant.address,
        phone=submitter.phone or applicant.phone,
        email=submitter.email or applicant.email,
        papers=tuple(paper for paper in dossier.papers if paper.handed_in),
        missing=tuple(paper for paper in dossier.papers if paper.required and not paper.handed_in),
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
    )
