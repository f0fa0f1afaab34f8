"""Receiving a dossier: quote as the clerk types, then one transaction for entry, rows, number and print job."""

from collections.abc import Callable

import msgspec
from sqlalchemy import Connection

from counter_app.core.changes import Topic
from counter_app.core.clock import local_date
from counter_app.core.errors import UserError
from counter_app.core.ids import new_id
from counter_app.domain.administrative_units import find_current_of_old
from counter_app.domain.dossier import Dossier, Leg, Outcome, ReusedPaper, Status
from counter_app.domain.fees import settle_channel
from counter_app.domain.forms.form_sets import form_set_on
from counter_app.domain.forms.kinds import Form
from counter_app.domain.identity_card import IdentityCard, parse_card
from counter_app.domain.person import FieldSource, Party
from counter_app.journal.entries import DocumentAttached, DossierReceived, OrderedPrint
from counter_app.services.answers.documents import Reusable
from counter_app.services.answers.intake import IntakeForm, IntakeQuote, IntakeResult, Problem
from counter_app.services.answers.printing import PrintJob, PrintState
from counter_app.services.answers.session import SignedIn
from counter_app.services.calendars import Calendars
from counter_app.services.catalogue import Catalogue
from counter_app.services.drafts import discard_draft
from counter_app.services.intake_check import Checked, check_form, clean_form, is_receipt_time
from counter_app.services.lookup import Lookup
from counter_app.services.numbers import take_number
from counter_app.services.open_desk import OpenDesk
from counter_app.services.packs import Packs
from counter_app.services.paper_offers import PaperOffers
from counter_app.services.printing_jobs import queue_run
from counter_app.services.session import Session
from counter_app.settings.settings import Settings

_STATUS = {
    Outcome.ACCEPTED: Status.RECEIVED,
    Outcome.SUPPLEMENT_ASKED: Status.SUPPLEMENT_ASKED,
    Outcome.REFUSED: Status.NOT_ACCEPTED,
}
_FORM = {
    Outcome.ACCEPTED: Form.RECEIPT,
    Outcome.SUPPLEMENT_ASKED: Form.SUPPLEMENT,
    Outcome.REFUSED: Form.REFUSAL,
}
_CARD_FIELDS = ("id_number", "old_id_number", "full_name", "birth_on", "birth_year", "sex", "address")


__all__ = ["Intake", "IntakeForm", "IntakeQuote", "IntakeResult", "Problem"]


class Intake:
    """The use case of the intake page and of ``counter-app intake``."""

    def __init__(
        self,
        desk: OpenDesk,
        session: Session,
        catalogue: Catalogue,
        calendars: Calendars,
        lookup: Lookup,
        settings: Settings,
        offers: PaperOffers,
        packs: Packs,
    ) -> None:
        self._desk = desk
        self._session = session
        self._catalogue = catalogue
        self._calendars = calendars
        self._lookup = lookup
        self._settings = settings
        self._offers = offers
        self._packs = packs

    def read_card(self, raw: bytes | str) -> IdentityCard:
        """Return the identity card of a reader's bytes or pasted text (QR or MRZ).

        Raises:
            UserError: the text is no identity card, or damaged beyond certain repair.
        """
        return parse_card(raw)

    def party_from_card(self, card: IdentityCard) -> Party:
        """Return the party a card describes, every filled field marked as from the card."""
        place = find_current_of_old(card.address) if card.address else None
        return Party(
            full_name=card.full_name,
            id_number=card.id_number,
            old_id_number=card.old_id_number,
            birth_on=card.birth_on,
            birth_year=card.birth_year,
            sex=card.sex,
            address=card.address,
            id_issued_on=card.issued_on,
            sources={name: FieldSource.CARD for name in _CARD_FIELDS if getattr(card, name)},
            card_text=card.raw_text,
            current_place=f"{place.ward_name}, {place.province_name}" if place else "",
        )

    def quote(self, form: IntakeForm) -> IntakeQuote:
        """Return what can be said about a form so far; never raises for an unfinished form."""
        checked = self._check(form, Outcome.ACCEPTED)
        return IntakeQuote(
            due=checked.due,
            fee_quote=checked.fee_quote,
            problems=checked.problems,
            duplicates=self._lookup.list_open_twins(
                procedure_code=form.procedure_code, applicant=checked.form.applicant
            ),
            offers=self._list_offers(checked),
        )

    def receive(
        self,
        form: IntakeForm,
        outcome: Outcome,
        *,
        draft_page: str = "",
        with_paper: bool = True,
        ahead: Callable[[Connection], None] | None = None,
        along: Callable[[Connection, Dossier], None] | None = None,
        dossier_id: str = "",
    ) -> IntakeResult:
        """Save the dossier, take its number and order its paper, durable on disk when this returns.

        The clerk's draft of `draft_page` ends in the same transaction: a power cut never brings back a form that
        was saved. `ahead` is asked at the beginning of that transaction and may refuse it; `along` is done in it too.
        `dossier_id` is the id that was given already to what comes in now: that of an online request.

        A line that a digitised paper stands for has that paper attached in the same transaction; a refused dossier
        takes none.

        Raises:
            UserError: the first blocking problem, numbers used up, nobody signed in, ``document.not_reusable`` and
                ``document.expired`` for a paper that is to stand for a line and is not offered; nothing was saved.
            EnvironmentFailure: the disk is full or the store cannot be written; nothing was saved.
        """
        signed_in = self._session.require()
        checked = self._check(form, outcome)
        for problem in checked.problems:
            if problem.blocking:
                raise UserError(problem.code, **problem.context)
        checked = self._with_reused(checked, outcome)
        ordered = OrderedPrint(id=new_id(), form=_FORM[outcome], copies=self._settings.get("print.slip.copies"))
        prints = (ordered,) if with_paper else ()
        with self._desk.transaction() as connection:
            if ahead is not None:
                ahead(connection)
            dossier = self._dossier(signed_in, checked, outcome, dossier_id or new_id())
            day = local_date(dossier.received_at)
            code, number = take_number(connection, self._desk, unit_code=dossier.unit_code, day=day)
            dossier = msgspec.structs.replace(dossier, code=code)
            body = DossierReceived(dossier=dossier, number=number, numbered_on=day, prints=prints)
            entry = self._desk.journal.append(connection, body, clerk=signed_in.clerk.id, subject=dossier.id)
            for one in prints:
                queue_run(connection, one.id, entry.at >> 16)
            self._attach_reused(connection, dossier, clerk=signed_in.clerk.id)
            if draft_page:
                discard_draft(connection, signed_in.clerk.id, draft_page)
            if along is not None:
                along(connection, dossier)
        self._desk.announcer.announce(Topic.DOSSIERS, Topic.PRINT_JOBS)
        job = PrintJob(
            id=ordered.id,
            dossier_id=dossier.id,
            dossier_code=dossier.code,
            form=ordered.form,
            copies=ordered.copies,
            reprint=0,
            reason="",
            ordered_at=entry.instant,
            state=PrintState.QUEUED,
            subject=dossier.code,
        )
        return IntakeResult(dossier=dossier, print_job=job if with_paper else None)

    def _list_offers(self, checked: Checked) -> tuple[Reusable, ...]:
        return self._offers.list_for(checked.form.applicant, dict(enumerate(checked.papers, start=1)))

    def _with_reused(self, checked: Checked, outcome: Outcome) -> Checked:
        """Return what was checked with the papers that really stand for its lines, whatever the form said of them."""
        if not any(paper.reused for paper in checked.papers):
            return checked
        offers = {} if outcome is Outcome.REFUSED else {offer.component: offer for offer in self._list_offers(checked)}
        papers = tuple(
            msgspec.structs.replace(
                paper,
                reused=None if outcome is Outcome.REFUSED else _settle_reused(paper.reused, offers.get(line)),
            )
            for line, paper in enumerate(checked.papers, start=1)
        )
        return msgspec.structs.replace(checked, papers=papers)

    def _attach_reused(self, connection: Connection, dossier: Dossier, *, clerk: str) -> None:
        for line, paper in enumerate(dossier.papers, start=1):
            if paper.reused is not None:
                document = self._offers.copy_for(connection, paper.reused.document_id, dossier, line)
                body = DocumentAttached(document=document)
                self._desk.journal.append(connection, body, clerk=clerk, subject=dossier.id)

    def _check(self, form: IntakeForm, outcome: Outcome) -> Checked:
        self._packs.activate_on_new_day()  # a command, or the first clerk of a morning, may be before any exchange
        now = self._desk.clock.now()
        received_at = now if form.received_at is None or not is_receipt_time(form.received_at) else form.received_at
        form = clean_form(form)
        with self._desk.store.reading() as connection:
            own = self._desk.read_unit(connection)
            competent = own
            unknown_unit = False
            if form.competent_unit_code:
                try:
                    competent = self._desk.read_unit(connection, form.competent_unit_code)
                except UserError:
                    unknown_unit = True
        procedure = None
        if form.procedure_code:
            try:
                procedure = self._catalogue.get(form.procedure_code, on=local_date(received_at))
            except UserError:
                procedure = None
        return check_form(
            form,
            outcome,
            procedure=procedure,
            received_at=received_at,
            now=now,
            calendar=self._calendars.calendar_of(competent),
            unknown_unit=unknown_unit,
        )

    def _dossier(self, signed_in: SignedIn, checked: Checked, outcome: Outcome, dossier_id: str) -> Dossier:
        form, procedure = checked.form, checked.procedure
        if procedure is None:
            raise UserError("check.procedure_missing")
        own = signed_in.unit.code
        return Dossier(
            id=dossier_id,
            code="",
            unit_code=own,
            competent_unit_code=form.competent_unit_code or own,
            procedure_code=procedure.code,
            procedure_effective_on=procedure.effective_on,
            procedure_name=procedure.name,
            field_name=procedure.field_name,
            status=_STATUS[outcome],
            channel=form.channel,
            received_at=checked.received_at,
            due=checked.due if outcome is Outcome.ACCEPTED else None,
            form_set=form_set_on(local_date(checked.received_at)),
            applicant=form.applicant,
            submitter=form.submitter,
            authorisation=form.authorisation,
            case_code=checked.case.code if checked.case else "",
            case_name=checked.case.name if checked.case else "",
            papers=checked.papers,
            fees=settle_channel(checked.fees, form.channel),
            result_channel=form.result_channel,
            delivery_address=form.delivery_address,
            dossier_count=form.dossier_count,
            note=form.note,
            reason=form.reason,
            clerk_name=signed_in.clerk.full_name,
            desk_name=signed_in.desk.name,
            legs=tuple(Leg(agency=step.done_by, result=step.result) for step in procedure.legs),
            wants_notices=form.wants_notices,
        )


def _settle_reused(asked: ReusedPaper | None, offer: Reusable | None) -> ReusedPaper | None:
    """Return what stands for a line that is to have the paper asked for: the one that is offered, or none at all."""
    if asked is None:
        return None
    if offer is None or asked.document_id not in ("", offer.document_id):
        raise UserError("document.not_reusable")
    if offer.is_expired and offer.valid_until is not None:
        raise UserError("document.expired", day=f"{offer.valid_until:%d/%m/%Y}")
    return ReusedPaper(
        document_id=offer.document_id,
        dossier_code=offer.dossier_code,
        digitised_on=local_date(offer.at),
        valid_until=offer.valid_until,
    )
