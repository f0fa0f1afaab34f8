"""Papers digitised before: offered when the same person needs them again, used only when a clerk says so."""

import msgspec
from sqlalchemy import Connection, select

from counter_app.core.clock import local_date
from counter_app.core.errors import UserError
from counter_app.core.text import fold
from counter_app.domain.dossier import Dossier, Paper
from counter_app.domain.person import PartyRole
from counter_app.journal.entries import DocumentAttached
from counter_app.services.answers.documents import DocumentView, Reusable
from counter_app.services.digitising import Digitising
from counter_app.services.document_places import check_component, document_of, get_dossier_at
from counter_app.services.document_rows import DOCUMENTS_OF_DOSSIER, view_of
from counter_app.services.open_desk import OpenDesk
from counter_app.services.person_rows import rows_of_number
from counter_app.services.session import Session
from counter_app.store.tables import dossiers

#: A person's dossiers looked at, the newest first.
_MOST_DOSSIERS = 50


class Reuse:
    """Reads; `use` writes one entry. Any thread."""

    def __init__(self, desk: OpenDesk, session: Session, digitising: Digitising) -> None:
        self._desk = desk
        self._session = session
        self._digitising = digitising

    def list_offers(self, code: str) -> tuple[Reusable, ...]:
        """Return for each line of a dossier's checklist that has no paper the newest one that fits, if there is one.

        It fits when it belongs to a dossier of the same applicant by number, counts there, is of the same kind (the
        line's code, else its name), and is not known to be out of date today.

        Raises:
            UserError: ``dossier.unknown_code``.
        """
        with self._desk.store.reading() as connection:
            dossier = get_dossier_at(connection, code)
            number = dossier.applicant.id_number or dossier.applicant.tax_code
            if not number:
                return ()
            own = [
                view_of(connection, row) for row in connection.execute(DOCUMENTS_OF_DOSSIER, {"wanted": dossier.code})
            ]
            digitised = {view.document.component for view in own if not view.withdrawn_reason}
            lines = {place: paper for place, paper in enumerate(dossier.papers, start=1) if place not in digitised}
            return tuple(self._offers(connection, dossier, lines, number)) if lines else ()

    def use(self, document_id: str, code: str, *, component: int) -> DocumentView:
        """Put a paper that was offered to a line: the same file, with where it came from.

        Raises:
            UserError: nobody signed in, ``dossier.unknown_code``, ``document.unknown_component``,
                ``document.not_reusable`` when it is not offered for this line (any longer).
        """
        self._session.require()
        with self._desk.store.reading() as connection:
            dossier = get_dossier_at(connection, code)
        check_component(dossier, component)
        offers = self.list_offers(code)
        if not any((offer.document_id, offer.component) == (document_id, component) for offer in offers):
            raise UserError("document.not_reusable")
        origin = self._digitising.require_counting(document_id)
        made = document_of(dossier, component, origin.document.content, origin.document.source)
        facts = msgspec.structs.replace(origin.document.facts, title=made.facts.title)
        made = msgspec.structs.replace(made, facts=facts, origin=origin.document.origin or document_id)
        self._digitising.append([(DocumentAttached(document=made), dossier.id)])
        return self._digitising.get(made.id)

    def _offers(self, connection: Connection, dossier: Dossier, lines: dict[int, Paper], number: str) -> list[Reusable]:
        table, today = dossiers.dossier.c, local_date(self._desk.clock.now())
        same_person = table.row.in_(rows_of_number(number, role=PartyRole.APPLICANT))
        query = select(table.code).where(same_person, table.id != dossier.id).order_by(table.row.desc())
        found: dict[int, Reusable] = {}
        for code in connection.execute(query.limit(_MOST_DOSSIERS)).scalars().all():
            earlier = get_dossier_at(connection, code)
            rows = connection.execute(DOCUMENTS_OF_DOSSIER, {"wanted": code}).all()
            for view in reversed([view_of(connection, row) for row in rows]):
                until = view.document.facts.valid_until
                if view.withdrawn_reason or not view.document.component or (until is not None and until < today):
                    continue
                kind = earlier.papers[view.document.component - 1]
                for place in (place for place, line in lines.items() if place not in found and _is_same(kind, line)):
                    found[place] = _offer(view, place)
        return [found[place] for place in sorted(found)]


def _is_same(one: Paper, other: Paper) -> bool:
    if one.code and other.code:
        return one.code == other.code
    return fold(one.name) == fold(other.name)


def _offer(view: DocumentView, component: int) -> Reusable:
    return Reusable(
        document_id=view.document.id,
        component=component,
        dossier_code=view.dossier_code,
        at=view.versions[0].at,
        pages=view.document.content.pages,
        valid_until=view.document.facts.valid_until,
    )
