"""The bags of the day: what lies here for other units, one manifest for each of them."""

from collections.abc import Mapping, Sequence

import msgspec

from counter_app.core.errors import UserError
from counter_app.core.text import nfc, sort_key
from counter_app.domain.dossier import Status
from counter_app.domain.manifest import MOST_ITEMS, ManifestKind
from counter_app.domain.postal import follow
from counter_app.journal.dossier_states import STATE_COLUMNS, state_of
from counter_app.services.answers.manifests import NewManifest
from counter_app.services.answers.postal import Bag, MadeBag
from counter_app.services.custody import Custody
from counter_app.services.manifest_rows import find_open_manifest_of
from counter_app.services.open_desk import OpenDesk
from counter_app.services.session import Session
from counter_app.services.units import Units
from counter_app.store.tables import dossiers


class PostBags:
    """Groups outgoing dossiers by the unit that decides them. Safe from any thread."""

    def __init__(self, desk: OpenDesk, session: Session, custody: Custody, units: Units) -> None:
        self._desk = desk
        self._session = session
        self._custody = custody
        self._units = units

    def preview(self, *, first_number: str = "", first_seal: str = "") -> tuple[Bag, ...]:
        """Return what would go out now, one bag for each unit by its name; a full one is followed by another.

        Bags and seals are numbered on from the first, as they come off their rolls.

        Raises:
            UserError: nobody signed in.
        """
        self._session.require()
        names = {unit.code: unit.name for unit in self._units.list_all()}
        grouped = self._outgoing()
        bags = [
            Bag(unit_code=unit, unit_name=names.get(unit, unit), codes=codes[start : start + MOST_ITEMS])
            for unit, codes in sorted(grouped.items(), key=lambda one: sort_key(names.get(one[0], one[0])))
            for start in range(0, len(codes), MOST_ITEMS)
        ]
        return tuple(
            msgspec.structs.replace(bag, number=follow(nfc(first_number), step), seal=follow(nfc(first_seal), step))
            for step, bag in enumerate(bags)
        )

    def make(self, bags: Sequence[Bag]) -> tuple[MadeBag, ...]:
        """Begin one manifest for each bag, each in a transaction of its own: one that is refused leaves the others.

        Two bags never carry one seal.

        Raises:
            UserError: ``postal.seal_twice``; nothing was begun.
        """
        self._session.require()
        seals = [bag.seal for bag in bags if bag.seal]
        twice = next((seal for seal in seals if seals.count(seal) > 1), None)
        if twice is not None:
            raise UserError("postal.seal_twice", seal=twice[:40])
        return tuple(self._make(bag) for bag in bags)

    def _make(self, bag: Bag) -> MadeBag:
        wanted = NewManifest(receiver=bag.unit_name, kind=ManifestKind.PAPERS, bag=bag.number, seal=bag.seal)
        try:
            view = self._custody.begin(wanted, bag.codes)
        except UserError as error:
            context = {name: str(value) for name, value in error.context.items()}
            return MadeBag(bag=bag, problem=error.code, context=context)
        return MadeBag(bag=bag, manifest_code=view.manifest.code)

    def _outgoing(self) -> Mapping[str, tuple[str, ...]]:
        """Accepted, decided elsewhere, its paper here and on no list yet. In the order of their receipt."""
        table, own, desk = dossiers.dossier.c, self._desk.desk.unit_code, self._desk.desk.name
        grouped: dict[str, tuple[str, ...]] = {}
        query = STATE_COLUMNS.where(table.status == int(Status.RECEIVED)).order_by(table.row)
        with self._desk.store.reading() as connection:
            for row in connection.execute(query).all():
                dossier, state = state_of(row)
                unit = dossier.competent_unit_code
                if unit == own or state.holder != desk or find_open_manifest_of(connection, dossier.code):
                    continue
                grouped[unit] = (*grouped.get(unit, ()), dossier.code)
        return grouped
