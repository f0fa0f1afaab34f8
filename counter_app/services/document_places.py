"""Where a paper belongs: a dossier by its code, a line of its checklist, and the document that is made for it."""

from sqlalchemy import Connection

from counter_app.core.errors import UserError
from counter_app.core.ids import new_id
from counter_app.domain.document import Document, DocumentContent, DocumentFacts, DocumentSource
from counter_app.domain.dossier import Dossier
from counter_app.journal.dossier_states import as_it_stands, get_dossier_row, state_of
from counter_app.services.paper_subjects import normalise_codes


def get_dossier_at(connection: Connection, code: str) -> Dossier:
    """Return the dossier of a code as it stands, corrections included.

    Raises:
        UserError: ``dossier.unknown_code``.
    """
    (wanted,) = normalise_codes([code])
    return as_it_stands(*state_of(get_dossier_row(connection, wanted)))


def check_component(dossier: Dossier, component: int) -> None:
    """Return if the checklist has this line; 0 stands for no line.

    Raises:
        UserError: ``document.unknown_component``.
    """
    if not 0 <= component <= len(dossier.papers):
        raise UserError("document.unknown_component", component=component, most=len(dossier.papers))


def title_of(dossier: Dossier, component: int) -> str:
    """Return what a paper under this line is called: the line's name, the procedure's for no line."""
    return dossier.papers[component - 1].name if component else dossier.procedure_name


def document_of(
    dossier: Dossier, component: int, content: DocumentContent, source: DocumentSource = DocumentSource.FILE
) -> Document:
    """Return a new document of this content under a line of a dossier (facts of LAW 1.11: title and owner)."""
    facts = DocumentFacts(title=title_of(dossier, component), owner_id_number=dossier.applicant.id_number)
    return Document(
        id=new_id(),
        dossier_id=dossier.id,
        component=component,
        content=content,
        source=source,
        facts=facts,
    )
