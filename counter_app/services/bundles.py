"""The exchange by memory stick: making a bundle for the province or another desk, taking one, both ways round."""

from pathlib import Path

import msgspec

from counter_app.core.errors import UserError
from counter_app.core.text import nfc
from counter_app.services.held_rows import read_held
from counter_app.services.open_desk import OpenDesk
from counter_app.services.session import Session
from counter_app.services.vault_care import list_awaited
from counter_app.sync.bundle import BundleMade, Bundles
from counter_app.sync.exchange import Exchange
from counter_app.sync.ports import PROVINCE


class BundleReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle brought that was not here, and what is held afterwards."""

    giver: str
    entries: int
    papers: int
    waiting: int
    forks: int
    held: int


class BundleDesk:
    """Reads and writes the disk for as long as it takes: from the pool, or a command."""

    def __init__(self, desk: OpenDesk, session: Session) -> None:
        self._desk = desk
        self._session = session
        self._exchange = Exchange(
            store=desk.store, desk_id=desk.desk.id, sign=desk.journal.sign, clock=desk.clock, announcer=desk.announcer
        )
        self._bundles = Bundles(self._exchange, desk.vault, lambda connection: list_awaited(connection, desk))

    def export(self, path: Path, *, to: str = "") -> BundleMade:
        """Write what the province lacks, or the desk called `to`, to a new file.

        Raises:
            UserError: ``cli.file_exists``, ``cli.no_such_folder``; as `counter_app.sync.bundle.Bundles.export`.
            EnvironmentFailure: disk; there is no file then.
        """
        self._session.require()
        if path.exists() or path.is_symlink():
            raise UserError("cli.file_exists", file=path.name)
        if not path.parent.is_dir():
            raise UserError("cli.no_such_folder", folder=path.parent.name)
        return self._bundles.export(path, to=self._holder_of(to))

    def take(self, path: Path) -> BundleReport:
        """Check a bundle whole and take what is new in it; a second time nothing is.

        Raises:
            AppError: as `counter_app.sync.bundle.Bundles.take`.
        """
        self._session.require()
        taken = self._bundles.take(path)
        with self._desk.store.reading() as connection:
            held = len(read_held(connection))
        return BundleReport(**msgspec.structs.asdict(taken), held=held)

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
