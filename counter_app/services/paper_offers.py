"""Which papers digitised before may stand for a piece that a person would have to hand in again."""

from collections.abc import Mapping

import msgspec
from sqlalchemy import Connection, exists, select

from counter_app.core.clock import local_date
from counter_app.core.errors import UserError
from counter_app.core.text import fold
from counter_app.domain.document import Document
from counter_app.domain.dossier import Dossier, Paper
from counter_app.domain.paper_validity import find_valid_until
from counter_app.domain.person import Party, PartyRole
from counter_app.services.answers.documents import DocumentView, Reusable
from counter_app.services.document_places import document_of, get_dossier_at
from counter_app.services.document_rows import DOCUMENTS_OF_DOSSIER, ONE_DOCUMENT, view_of
from counter_app.services.open_desk import OpenDesk
from counter_app.services.person_rows import rows_of_number
from counter_app.store.tables import documents, dossiers

#: A person's dossiers with papers looked at, the newest first.
_MOST_DOSSIERS = 50
_DOSSIER = dossiers.dossier.c
_HAS_PAPERS = exists().where(documents.document.c.dossier_id == _DOSSIER.id)


class PaperOffers:
    """Reads only. Any thread."""

    def __init__(self, desk: OpenDesk) -> None:
        self._desk = desk

    def list_for(self, applicant: Party, lines: Mapping[int, Paper], *, besides: str = "") -> tuple[Reusable, ...]:
        """Return for each line, by its number, the newest paper that fits and is valid, else one that is no longer.

        It fits when it belongs to a dossier of the same applicant by number, counts there, and is of the same kind:
        the line's code, else its name. `besides` is the id of a dossier that is passed over.
        """
        number = applicant.id_number or applicant.tax_code
        if not number or not lines:
            return ()
        with self._desk.store.reading() as connection:
            found = self._find(connection, number, lines, besides)
        return tuple(found[place] for place in sorted(found))

    def copy_for(self, connection: Connection, document_id: str, dossier: Dossier, component: int) -> Document:
        """Return a new document of a dossier: the file in force of an earlier one, its facts, and where it came from.

        Raises:
            UserError: ``document.not_reusable``: it is gone or was withdrawn.
        """
        row = connection.execute(ONE_DOCUMENT, {"wanted": document_id}).one_or_none()
        view = view_of(connection, row) if row is not None else None
        if view is None or view.withdrawn_reason:
            raise UserError("document.not_reusable")
        origin = view.document
        made = document_of(dossier, component, origin.content, origin.source)
        facts = msgspec.structs.replace(origin.facts, title=made.facts.title)
        return msgspec.structs.replace(made, facts=facts, origin=origin.origin or origin.id)

    def _find(
        self, connection: Connection, number: str, lines: Mapping[int, Paper], besides: str
    ) -> dict[int, Reusable]:
        same_person = _DOSSIER.row.in_(rows_of_number(number, role=PartyRole.APPLICANT))
        query = select(_DOSSIER.code).where(same_person, _HAS_PAPERS, _DOSSIER.id != besides)
        codes = connection.execute(query.order_by(_DOSSIER.row.desc()).limit(_MOST_DOSSIERS)).scalars().all()
        found: dict[int, Reusable] = {}
        for code in codes:
            earlier = get_dossier_at(connection, code)
            rows = connection.execute(DOCUMENTS_OF_DOSSIER, {"wanted": code}).all()
            for view in reversed([view_of(connection, row) for row in rows]):
                if view.withdrawn_reason or not view.document.component:
                    continue
                kind = earlier.papers[view.document.component - 1]
                for place in (place for place, line in lines.items() if _is_same(kind, line)):
                    self._take(found, place, view, lines[place])
        return found

    def _take(self, found: dict[int, Reusable], place: int, view: DocumentView, line: Paper) -> None:
        """Keep the first one that is valid, until then the first of all."""
        if place in found and not found[place].is_expired:
            return
        offer = self._offer(view, place, line)
        if place not in found or not offer.is_expired:
            found[place] = offer

    def _offer(self, view: DocumentView, place: int, line: Paper) -> Reusable:
        at = view.versions[0].at
        facts = view.document.facts
        until = find_valid_until(facts, valid_months=line.valid_months, digitised_on=local_date(at))
        return Reusable(
            document_id=view.document.id,
            component=place,
            dossier_code=view.dossier_code,
            at=at,
            pages=view.document.content.pages,
            valid_until=until,
            is_expired=until is not None and until < local_date(self._desk.clock.now()),
        )


def _is_same(one: Paper, other: Paper) -> bool:
    if one.code and other.code:
        return one.code == other.code
    return fold(one.name) == fold(other.name)
