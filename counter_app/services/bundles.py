"""The exchange by memory stick: making a bundle for the province or another desk, taking one, both ways round."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec

from counter_app.core.errors import UserError
from counter_app.core.text import nfc
from counter_app.services.held_rows import read_held
from counter_app.services.open_desk import OpenDesk
from counter_app.services.province_line import ProvinceLine
from counter_app.services.relaying import BundleRelayed, Relaying
from counter_app.services.session import Session
from counter_app.services.vault_care import list_awaited
from counter_app.sync.bundle import Bundles
from counter_app.sync.bundle_file import BundleMade, Progressed, in_silence, never, require_new
from counter_app.sync.exchange import Exchange
from counter_app.sync.ports import PROVINCE
from counter_app.sync.status import count_unsent, find_oldest_unsent

__all__ = ["BundleDesk", "BundleMade", "BundleRelayed", "BundleReport", "StickStanding"]


class BundleReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle brought that was not here, and what is held afterwards."""

    giver: str
    entries: int
    papers: int
    waiting: int
    forks: int
    held: int
    is_of_province: bool = False
    acknowledged: int = 0
    """Entries of this desk that the province has confirmed with it, newly."""
    new_epoch: int | None = None
    """Under which this desk goes on because two machines had written its journal."""


class StickStanding(msgspec.Struct, frozen=True, kw_only=True):
    """Whether files for the province can be made, and what of this desk it has not confirmed."""

    is_possible: bool
    unit_code: str
    unsent: int
    oldest_unsent_at: datetime | None


class BundleDesk:
    """Reads and writes the disk for as long as it takes: from the pool, or a command."""

    def __init__(self, desk: OpenDesk, session: Session, line: ProvinceLine) -> None:
        self._desk = desk
        self._session = session
        self._line = line
        self._exchange = Exchange(
            store=desk.store, desk_id=desk.desk.id, sign=desk.journal.sign, clock=desk.clock, announcer=desk.announcer
        )
        self._bundles = Bundles(self._exchange, desk.vault, lambda connection: list_awaited(connection, desk))

    def read_standing(self) -> StickStanding:
        """Return what a file for the province would be for."""
        roster, own = self._exchange.find_roster(), self._desk.desk
        with self._desk.store.reading() as connection:
            unsent = count_unsent(connection, PROVINCE, own_desk=own.id)
            oldest = find_oldest_unsent(connection, PROVINCE, own_desk=own.id, now=self._desk.clock.now())
        return StickStanding(
            is_possible=roster is not None and bool(roster.recipient),
            unit_code=own.unit_code,
            unsent=unsent,
            oldest_unsent_at=oldest,
        )

    def export(
        self,
        path: Path,
        *,
        to: str = "",
        progressed: Progressed = in_silence,
        is_cancelled: Callable[[], bool] = never,
    ) -> BundleMade:
        """Write what the province lacks and what this desk asks it, or what the desk called `to` lacks, to a new file.

        `progressed` hears how many entries and papers of how many are written.

        Raises:
            UserError: ``cli.file_exists``, ``cli.no_such_folder``, ``bundle.cancelled``; as
                `counter_app.sync.bundle.Bundles.export`.
            EnvironmentFailure: disk; there is no file then.
        """
        self._session.require()
        require_new(path)
        holder = self._holder_of(to)
        if holder != PROVINCE:
            return self._bundles.export(path, to=holder, progressed=progressed, is_cancelled=is_cancelled)
        asking = self._line.make_asking()
        return self._bundles.export_to_province(path, asking, progressed=progressed, is_cancelled=is_cancelled)

    def take(
        self, path: Path, *, progressed: Progressed = in_silence, is_cancelled: Callable[[], bool] = never
    ) -> BundleReport:
        """Check a bundle whole and take what is new in it; a second time nothing is.

        `progressed` hears how many bytes of how many are checked, then that what follows cannot be told: from there on
        it is no more cancelled.

        Raises:
            AppError: as `counter_app.sync.bundle.Bundles.check` and `take`; of one of the province as
                `counter_app.services.province_line.ProvinceLine.take_carried`.
        """
        self._session.require()
        checked = self._bundles.check(path, progressed=progressed, is_cancelled=is_cancelled)
        progressed(0, 0)
        said = self._line.take_carried(checked.line) if checked.line is not None else None
        taken = self._bundles.take(checked)
        self._line.online.note_here()
        if said is not None:
            return BundleReport(
                giver=PROVINCE,
                entries=said.received,
                papers=taken.papers,
                waiting=0,
                forks=said.forks,
                held=said.held,
                is_of_province=True,
                acknowledged=said.acknowledged,
                new_epoch=said.new_epoch,
            )
        with self._desk.store.reading() as connection:
            held = len(read_held(connection))
        return BundleReport(**msgspec.structs.asdict(taken), held=held)

    def relay(
        self,
        path: Path,
        *,
        answer: Path | None = None,
        progressed: Progressed = in_silence,
        is_cancelled: Callable[[], bool] = never,
    ) -> BundleRelayed:
        """Bring the province a bundle that another desk made for it, and its answer for that desk into a new file.

        The file stays as it is. `progressed` hears how many bytes of how many have gone up, then of the answer down.
        What was cut off goes on from there when it is asked for again.

        Raises:
            UserError: ``cli.no_such_file``, ``cli.file_exists``, ``cli.no_such_folder``, ``bundle.cancelled``; what
                the province refuses it by: ``bundle.relay_*``.
            EnvironmentFailure: ``bundle.no_line``; ``sync.line_*``; disk.
        """
        self._session.require()
        relaying = Relaying(self._line.open_relay, progressed=progressed, is_cancelled=is_cancelled)
        return relaying.relay(path, answer=answer)

    def _holder_of(self, name: str) -> str:
        """Return the holder of a desk's id or name; the province's for none."""
        if not name:
            return PROVINCE
        roster, wanted = self._exchange.find_roster(), nfc(name).casefold()
        found = [
            one.desk_id
            for one in (roster.desks if roster else ())
            if wanted in (one.desk_id, one.name.casefold()) and one.desk_id != self._desk.desk.id
        ]
        if len(found) != 1:
            raise UserError("bundle.unknown_receiver")
        return found[0]
