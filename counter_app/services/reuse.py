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


class Reuse:
    """Reads; `use` writes one entry. Any thread."""

    def __init__(self, desk: OpenDesk, session: Session, digitising: Digitising, offers: PaperOffers) -> None:
        self._desk = desk
        self._session = session
        self._digitising = digitising
        self._offers = offers

    def list_offers(self, code: str) -> tuple[Reusable, ...]:
        """Return for each line of a dossier's checklist that has no paper the newest one that fits, if there is one.

        What fits says `PaperOffers.list_for`; one that is not valid today is not offered.

        Raises:
            UserError: ``dossier.unknown_code``.
        """
        with self._desk.store.reading() as connection:
            dossier = get_dossier_at(connection, code)
            rows = connection.execute(DOCUMENTS_OF_DOSSIER, {"wanted": dossier.code}).all()
            own = [view_of(connection, row) for row in rows]
        digitised = {view.document.component for view in own if not view.withdrawn_reason}
        lines = {place: paper for place, paper in enumerate(dossier.papers, start=1) if place not in digitised}
        offers = self._offers.list_for(dossier.applicant, lines, besides=dossier.id)
        return tuple(offer for offer in offers if not offer.is_expired)

    def use(self, document_id: str, code: str, *, component: int) -> DocumentView:
        """Put a paper that was offered to a line: the same file, with where it came from.

        Raises:
            UserError: nobody signed in, ``dossier.unknown_code``, ``document.unknown_component``,
                ``document.not_reusable`` when it is not offered for this line (any longer),
                ``document.not_fetched``: its file lies at another desk.
        """
        self._session.require()
        with self._desk.store.reading() as connection:
            dossier = get_dossier_at(connection, code)
        check_component(dossier, component)
        offers = self.list_offers(code)
        if not any((offer.document_id, offer.component) == (document_id, component) for offer in offers):
            raise UserError("document.not_reusable")
        origin = self._digitising.require_counting(document_id)
        self._digitising.read_content(origin)  # this desk vouches for it from now on: it has to have it
        with self._desk.store.reading() as connection:
            made = self._offers.copy_for(connection, document_id, dossier, component)
        self._digitising.append([(DocumentAttached(document=made), dossier.id)])
        return self._digitising.get(made.id)
