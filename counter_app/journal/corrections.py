"""What a correction means in rows: the facts as received stay, beside them stand the new ones."""

from sqlalchemy import bindparam, insert, update

from counter_app.core.errors import BugError
from counter_app.domain.correction import apply_correction, facts_of, with_facts
from counter_app.domain.dossier import Dossier, parties_of
from counter_app.domain.person import order_key
from counter_app.domain.search import index_words
from counter_app.journal.dossier_states import as_received, encode_facts, state_of
from counter_app.journal.dossiers import FORGET_PARTIES, party_columns
from counter_app.journal.entries import DossierCorrected
from counter_app.journal.rows import Rows
from counter_app.store.tables import dossiers

_CORRECT = (
    update(dossiers.dossier)
    .where(dossiers.dossier.c.row == bindparam("corrected_row"))
    .values(
        applicant_name=bindparam("new_name"), applicant_key=bindparam("new_key"), corrected=bindparam("new_corrected")
    )
)
_ADD_PARTIES = insert(dossiers.dossier_party)


def dossier_corrected(rows: Rows, body: DossierCorrected) -> None:
    """The dossier says something else from now on, and is found by it."""
    row = rows.find_written(body.dossier_id)
    if row is None:
        raise BugError("journal.unknown_dossier", kind=body.KIND)
    before, _state = state_of(row)
    facts = apply_correction(facts_of(before), body.correction)
    _say(rows, row.row, before, with_facts(before, facts), corrected=encode_facts(facts))


def correction_forgotten(rows: Rows, dossier_id: str) -> None:
    """The dossier says what it said when it was received, until its corrections are folded again."""
    row = rows.find_written(dossier_id)
    if row is not None and row.corrected is not None:
        _say(rows, row.row, state_of(row)[0], as_received(row), corrected=None)


def _say(rows: Rows, place: int, before: Dossier, after: Dossier, *, corrected: bytes | None) -> None:
    values = {
        "corrected_row": place,
        "new_name": after.applicant.full_name,
        "new_key": order_key(after.applicant),
        "new_corrected": corrected,
    }
    rows.run(_CORRECT, values)
    rows.run(FORGET_PARTIES, {"old_row": place})
    rows.run(_ADD_PARTIES, [party_columns(place, role, party) for role, party in parties_of(after).items()])
    rows.replace_words(place, index_words(after))
    rows.people.meet_again(place, before, after)
