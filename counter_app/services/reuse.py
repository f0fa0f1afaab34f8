"""Papers digitised before: offered when the same person needs them again, used only when a clerk says so."""

from counter_app.core.errors import UserError
from counter_app.journal.entries import DocumentAttached
from counter_app.services.answers.documents import DocumentView, Reusable
from counter_app.services.digitising import Digitising
from counter_app.services.document_places import check_component, get_dossier_at
from counter_app.services.document_rows import DOCUMENTS_OF_DOSSIER, view_of
from counter_app.services.open_desk import OpenDesk
from counter_app.services.paper_offers import PaperOffers
from counter_app.services.session import Session
from counter_app.services.stored_papers import StoredPapers


class Reuse:
    """Reads; `use` writes one entry. Any thread."""

    def __init__(
        self, desk: OpenDesk, session: Session, digitising: Digitising, offers: PaperOffers, stored: StoredPapers
    ) -> None:
        self._desk = desk
        self._session = session
        self._digitising = digitising
        self._offers = offers
        self._stored = stored

    def list_offers(self, code: str) -> tuple[Reusable, ...]:
        """Return for each line of a dossier's checklist that has no paper the newest one that fits, if there is one.

        What fits says `PaperOffers.list_for`; one that is not valid today is not offered. For what is left then, what
        the national store has.

        Raises:
            UserError: ``dossier.unknown_code``.
        """
        with self._desk.store.reading() as connection:
            dossier = get_dossier_at(connection, code)
            rows = connection.execute(DOCUMENTS_OF_DOSSIER, {"wanted": dossier.code}).all()
            own = [view_of(connection, row) for row in rows]
        digitised = {view.document.component for view in own if not view.withdrawn_reason}
        lines = {place: paper for place, paper in enumerate(dossier.papers, start=1) if place not in digitised}
        earlier = self._offers.list_for(dossier.applicant, lines, besides=dossier.id)
        offers = {offer.component: offer for offer in earlier if not offer.is_expired}
        left = {place: paper for place, paper in lines.items() if place not in offers}
        offers |= {offer.component: offer for offer in self._stored.list_for(dossier, left)}
        return tuple(offers[place] for place in sorted(offers))

    def use(self, document_id: str, code: str, *, component: int) -> DocumentView:
        """Put a paper that was offered to a line: the same file, with where it came from; slow for one of the store.

        Raises:
            UserError: nobody signed in, ``dossier.unknown_code``, ``document.unknown_component``,
                ``document.not_reusable`` when it is not offered for this line (any longer),
                ``document.not_fetched``: its file lies at another desk or at the province and does not come now.
        """
        self._session.require()
        with self._desk.store.reading() as connection:
            dossier = get_dossier_at(connection, code)
        check_component(dossier, component)
        offers = {(offer.document_id, offer.component): offer for offer in self.list_offers(code)}
        offer = offers.get((document_id, component))
        if offer is None:
            raise UserError("document.not_reusable")
        if offer.stored is not None:
            made = self._stored.make(offer.stored, dossier, component)
            self._digitising.append([(DocumentAttached(document=made), dossier.id)])
            return self._digitising.get(made.id)
        origin = self._digitising.require_counting(document_id)
        self._digitising.read_content(origin)  # this desk vouches for it from now on: it has to have it
        with self._desk.store.reading() as connection:
            made = self._offers.copy_for(connection, document_id, dossier, component)
        self._digitising.append([(DocumentAttached(document=made), dossier.id)])
        return self._digitising.get(made.id)
