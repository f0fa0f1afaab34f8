"""The citizen's look-up: where a dossier stands, by its code and without personal data."""

from counter_app.core.errors import UserError
from counter_app.domain.actions.table import Action
from counter_app.domain.public_status import PublicStatus, public_facts, say_public
from counter_app.domain.unit import Unit
from counter_app.journal.dossier_states import get_dossier_row, state_of
from counter_app.services.open_desk import OpenDesk
from counter_app.services.paper_subjects import normalise_codes
from counter_app.services.proposals import Proposals
from resources.texts import Language


class PublicStatuses:
    """Reads only. Safe from any thread; needs nobody signed in."""

    def __init__(self, desk: OpenDesk, proposals: Proposals) -> None:
        self._desk = desk
        self._proposals = proposals

    def get(self, code: str, language: Language) -> PublicStatus:
        """Return where a dossier stands, in words for anybody who holds its receipt.

        Raises:
            UserError: ``dossier.unknown_code``.
        """
        (wanted,) = normalise_codes([code])
        with self._desk.store.reading() as connection:
            dossier, state = state_of(get_dossier_row(connection, wanted))
            units: list[Unit | None] = []
            for unit_code in (dossier.unit_code, dossier.competent_unit_code):
                try:
                    units.append(self._desk.read_unit(connection, unit_code))
                except UserError:
                    units.append(None)
            own = self._desk.read_unit(connection)
        received_by, competent = units
        facts = public_facts(
            dossier, state, received_by=received_by or own, competent=competent, now=self._desk.clock.now()
        )
        reasons = {reason.code: reason.words(language) for reason in self._proposals.list_reasons(Action.EXTEND)}
        return say_public(facts, language, reasons)
