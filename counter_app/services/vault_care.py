"""Looking after the vault: files that nothing names go, and every file is read again before its damage is old."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, func, select, union

from counter_app.core.errors import AppError
from counter_app.services.concerned import list_lent_files
from counter_app.services.open_desk import OpenDesk, read_local, write_local
from counter_app.store.tables import documents, journal, local
from counter_app.store.vault import Blob, Swept, Vault

logger = logging.getLogger(__name__)

BEGIN_AFTER_S = 30.0
SHARE_BYTES = 500_000_000
"""How much is read each time the window is open: a commune's year of papers is through within weeks."""
HOLD = timedelta(days=30)
_NAME = "vault_care"
_version, _page = documents.document_version.c, local.captured_page.c
_online = local.online_file.c
KNOWN = union(
    select(_version.sha256, _version.size_bytes),
    select(_page.sha256, _page.size_bytes),
    select(_online.sha256, _online.size_bytes).where(_online.is_here),
).order_by("sha256")
"""Every table that names files of the vault belongs in here; what is not named is deleted."""
MISSING_ONLINE = select(_online.sha256).where(~_online.is_here)
"""Files of online requests that have not come yet."""


class VaultReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was found when the vault was last looked after.

    `files` are known; `deleted` were not and are gone; `waiting` are not known and not a day old. `damaged` are the
    SHA-256 of papers that are missing or damaged; `read` files were read whole this time, up to `read_to`. Nothing is
    deleted before `hold_until`.
    """

    at: datetime
    epoch: int = 1
    files: int = 0
    deleted: int = 0
    freed_bytes: int = 0
    waiting: int = 0
    hold_until: datetime | None = None
    read: int = 0
    read_to: str = ""
    damaged: tuple[str, ...] = ()


class VaultCare:
    """Any thread. `start` does it once in a thread of its own, slowly enough that nobody notices."""

    def __init__(self, desk: OpenDesk) -> None:
        self._desk = desk
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, *, after_s: float = BEGIN_AFTER_S) -> None:
        """Look after the vault once, some seconds from now. Returns at once."""
        self._thread = threading.Thread(target=self._run, args=(after_s,), name="vault-care", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it after the file in hand; what was found so far is kept."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def last(self) -> VaultReport | None:
        """Return what was found last, None where nobody has looked yet."""
        with self._desk.store.reading() as connection:
            kept = read_local(connection, _NAME)
        return msgspec.json.decode(kept, type=VaultReport) if kept else None

    def find_damage(self) -> tuple[int, tuple[Blob, ...]]:
        """Read every file that a row names; return how many there are, and those that are missing or damaged."""
        known = self._list_known()
        return len(known), self._desk.vault.scrub(known)

    def tend(
        self, *, share_bytes: int = SHARE_BYTES, rest: Callable[[float], object] = lambda _took_s: None
    ) -> VaultReport:
        """Delete what nothing names, read a share of the files and those that were damaged, and keep what was found.

        `rest(seconds)` is called after each file with the time that it took.

        Raises:
            EnvironmentFailure: the store or the disk.
        """
        before = self.last() or VaultReport(at=self._desk.clock.now())
        known = self._list_known()
        hold_until = self._hold_until(before)
        swept = Swept() if hold_until else self._sweep(known)
        share = _share(known, before.read_to, share_bytes)
        suspected = [blob for blob in known if blob.sha256 in before.damaged]
        read, damaged = self._read([*suspected, *share], rest)
        missing = {blob.sha256 for blob in known if not self._desk.vault.holds(blob.sha256)}
        unread = {blob.sha256 for blob in suspected[len(read) :]}
        return self._keep(
            VaultReport(
                at=self._desk.clock.now(),
                epoch=self._desk.journal.epoch,
                files=len(known),
                deleted=swept.deleted,
                freed_bytes=swept.freed_bytes,
                waiting=swept.waiting,
                hold_until=hold_until,
                read=len(read),
                read_to=read[-1].sha256 if len(read) > len(suspected) else before.read_to,
                damaged=tuple(sorted(damaged | missing | unread)),
            )
        )

    def _list_known(self) -> list[Blob]:
        """Papers of other desks come after their entries: until then they are awaited, not missing."""
        with self._desk.store.reading() as connection:
            known, awaited = list_known(connection), set(list_awaited(connection, self._desk))
        return [blob for blob in known if blob.sha256 not in awaited]

    def _sweep(self, known: Sequence[Blob]) -> Swept:
        vault = self._desk.vault
        with self._desk.store.reading() as connection:
            lent = list_lent_files(connection)
        names = {vault.name_of(sha256) for sha256 in (*(blob.sha256 for blob in known), *lent)}
        return vault.sweep(names.__contains__, is_stopped=self._stop.is_set)

    def _hold_until(self, before: VaultReport) -> datetime | None:
        """A restored store has forgotten papers that other desks may still know: their files stay for a while."""
        now, epoch = self._desk.clock.now(), self._desk.journal.epoch
        if epoch > before.epoch:
            return now + HOLD
        return before.hold_until if before.hold_until and before.hold_until > now else None

    def _read(self, blobs: Sequence[Blob], rest: Callable[[float], object]) -> tuple[list[Blob], set[str]]:
        read: list[Blob] = []
        damaged: set[str] = set()
        for blob in blobs:
            if self._stop.is_set():
                break
            begun = time.monotonic()
            damaged |= {found.sha256 for found in self._desk.vault.scrub([blob])}
            read.append(blob)
            rest(time.monotonic() - begun)
        return read, damaged

    def _keep(self, report: VaultReport) -> VaultReport:
        with self._desk.store.writing() as connection:
            write_local(connection, _NAME, msgspec.json.encode(report))
        return report

    def _run(self, after_s: float) -> None:
        if self._stop.wait(after_s):
            return
        try:
            report = self.tend(rest=self._stop.wait)
        except AppError as error:
            logger.warning("the vault was not looked after: %s", error.code)
            return
        if report.damaged:
            logger.error("%d papers in the vault are missing or damaged", len(report.damaged))


def list_known(connection: Connection) -> list[Blob]:
    """Return every file of the vault that a row names, by its SHA-256."""
    return [Blob(sha256=row.sha256, size_bytes=row.size_bytes) for row in connection.execute(KNOWN)]


def list_awaited(connection: Connection, desk: OpenDesk) -> list[str]:
    """Return the papers, by their SHA-256, that come from other desks or from citizens and have not come yet."""
    return list_lacking(connection, desk.vault, desk_id=desk.desk.id)


def list_lacking(connection: Connection, vault: Vault, *, desk_id: str) -> list[str]:
    """Return the papers, by their SHA-256, that other desks digitised or citizens sent, and this vault does not hold.

    A paper is of the desk that named it first: this one may have reused it at an intake without ever opening it.
    """
    entry = journal.entry.c
    first = select(_version.sha256, entry.desk, func.min(entry.at))  # SQLite takes `desk` from the row of the minimum
    first = first.join(journal.entry, entry.position == _version.position).group_by(_version.sha256)
    others = [row.sha256 for row in connection.execute(first) if row.desk != desk_id]
    others += connection.execute(MISSING_ONLINE).scalars()
    return sorted({sha256 for sha256 in others if not vault.holds(sha256)})


def _share(known: Sequence[Blob], read_to: str, most_bytes: int) -> list[Blob]:
    """Return the files that come after the last one read, and from the start again after the end."""
    order = [blob for blob in known if blob.sha256 > read_to] + [blob for blob in known if blob.sha256 <= read_to]
    share: list[Blob] = []
    total = 0
    for blob in order:
        total += blob.size_bytes
        if share and total > most_bytes:
            break
        share.append(blob)
    return share
