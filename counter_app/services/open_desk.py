"""An open store with this desk's journal: what every service stands on."""

import hashlib
import hmac
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from counter_app.core.changes import Announcer
from counter_app.core.clock import Clock
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.core.ids import new_id
from counter_app.core.machine import find_machine_id
from counter_app.core.paths import DataFolder
from counter_app.core.replacing import sync_folder
from counter_app.domain.dossier_code import check_unit_code, epoch_part
from counter_app.domain.unit import Desk, Slice, Unit
from counter_app.journal.chain import GENESIS, Signer
from counter_app.journal.entries import DeskEnrolled, EpochStarted
from counter_app.journal.journal import Journal
from counter_app.scanning.page_work import PageWork
from counter_app.services.epochs import ALONE, CLAIMS, claim_epoch
from counter_app.store.copying import copy_store
from counter_app.store.head_marker import HeadMarker
from counter_app.store.keys import create_key, load_key, read_key_file
from counter_app.store.migrating import migrate
from counter_app.store.scratch import sweep_scratch
from counter_app.store.store import Store
from counter_app.store.tables import journal as journal_tables
from counter_app.store.tables import local, organisation
from counter_app.store.vault import Vault
from counter_app.store.writer_queue import Priority
from counter_app.sync.outbox import list_acknowledged
from counter_app.sync.ports import PROVINCE
from counter_app.sync.status import is_exchanging

_UNIT_FACTS = select(organisation.unit.c.facts).where(organisation.unit.c.code == bindparam("wanted"))

#: The clerk written into entries that the program makes by itself.
PROGRAM = "program"

#: Set in the store of a backup: whoever opens it goes on from an earlier state.
PUT_BACK = "put_back"
#: Under which name the number of the store's life is kept.
EPOCH = "epoch"
#: Under which name it is kept what this desk shows on the line.
IDENTITY = "line"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDesk:
    """The store, the journal and the identity of this desk. Safe from any thread."""

    folder: DataFolder
    store: Store
    journal: Journal
    marker: HeadMarker
    vault: Vault
    clock: Clock
    announcer: Announcer
    desk: Desk
    page_work: PageWork = field(default_factory=PageWork)

    @property
    def part(self) -> Slice:
        """The numbers that this life of the store gives.

        Raises:
            EnvironmentFailure: ``store.slice_used_up``.
        """
        part = epoch_part(self.desk.number_slice, self.journal.epoch)
        if part is None:
            raise EnvironmentFailure("store.slice_used_up")
        return part

    @contextmanager
    def transaction(self, priority: Priority = Priority.CLERK) -> Iterator[Connection]:
        """Give one writing transaction; when the body ends, everything in it is on disk."""
        with self.store.writing(priority) as connection:
            self.journal.forget_last()
            self.follow_epoch(connection)
            yield connection
            appended = self.journal.last_appended
        if appended is not None:
            self.marker.note(appended.epoch, appended.seq)

    def follow_epoch(self, connection: Connection) -> None:
        """Write under the epoch that is in force: another process may have started a new one after a fork."""
        epoch = int(read_local(connection, EPOCH) or b"0")
        self.journal.epoch = max(epoch, self.journal.epoch)

    def read_unit(self, connection: Connection, code: str | None = None) -> Unit:
        """Return a unit, the desk's own when no code is given.

        Raises:
            UserError: ``unit.unknown``.
        """
        wanted = code or self.desk.unit_code
        facts = connection.execute(_UNIT_FACTS, {"wanted": wanted}).scalar()
        if facts is None:
            raise UserError("unit.unknown", code=wanted)
        return msgspec.json.decode(facts, type=Unit)

    def close(self) -> None:
        """Close the store."""
        self.store.close()


def read_local(connection: Connection, name: str) -> bytes | None:
    """Return one of this machine's own values."""
    query = select(local.local_value.c.value).where(local.local_value.c.name == name)
    value: bytes | None = connection.execute(query).scalar()
    return value


def stands_alone(connection: Connection, desk_id: str, epoch: int) -> bool:
    """Whether a store took its epoch by itself and the province has not confirmed it: a copy may give the same numbers.

    A desk without a province stands alone for ever, and is not told so for ever.
    """
    if read_local(connection, ALONE) != str(epoch).encode() or not is_exchanging(connection):
        return False
    confirmed = list_acknowledged(connection, PROVINCE)
    return not any(one.seq and (one.desk, one.epoch) == (desk_id, epoch) for one in confirmed)


def write_local(connection: Connection, name: str, value: bytes) -> None:
    """Set one of this machine's own values."""
    statement = upsert(local.local_value).values(name=name, value=value)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


def create_desk(
    folder: DataFolder,
    *,
    passphrase: str | None,
    unit: Unit,
    desk_name: str,
    number_slice: Slice,
    clock: Clock,
    fill: Callable[[OpenDesk], None] | None = None,
) -> None:
    """Make the encrypted store and enrol this desk in it; what `fill` writes belongs to the new desk or nothing does.

    Raises:
        UserError: ``store.exists``, ``store.weak_passphrase``, ``unit.bad_slice``, ``code.bad_unit_code``.
        EnvironmentFailure: no credential store and no pass phrase; disk.
    """
    part = epoch_part(number_slice, 1)
    if part is None or not 1 <= number_slice.low <= number_slice.high <= 9999:
        raise UserError("unit.bad_slice", low=number_slice.low, high=number_slice.high)
    check_unit_code(unit.code)
    # Made aside and moved in when whole: whatever happens before, even the end of the process, blocks no next try.
    aside = DataFolder(folder.root / "new", state_root=folder.state_root)
    if folder.store.exists() and aside.keys.exists():
        _move_in(aside, folder)
    if folder.keys.exists() or folder.store.exists():
        raise UserError("store.exists")
    folder.create()
    shutil.rmtree(aside.root, ignore_errors=True)
    try:
        key = create_key(aside, passphrase=passphrase)
        _fill_new_store(aside, key, unit=unit, desk_name=desk_name, part=part, whole=number_slice, clock=clock)
        if fill is not None:
            _open_and_fill(aside, fill, passphrase=passphrase, clock=clock)
        _require_one_file(aside.store)
    except BaseException:
        shutil.rmtree(aside.root, ignore_errors=True)
        raise
    _move_in(aside, folder)


def _move_in(aside: DataFolder, folder: DataFolder) -> None:
    """Give a new desk its place, the key last; a second call finishes what was interrupted between the two."""
    try:
        if aside.store.exists():
            aside.store.replace(folder.store)
        aside.keys.replace(folder.keys)
        aside.root.rmdir()
    except OSError as exc:
        raise EnvironmentFailure("disk.write_failed", retryable=True, file=folder.store.name) from exc


def _fill_new_store(
    folder: DataFolder, key: bytes, *, unit: Unit, desk_name: str, part: Slice, whole: Slice, clock: Clock
) -> None:
    signer, secret = Signer.generate()
    desk = Desk(id=new_id(), unit_code=unit.code, name=desk_name, number_slice=whole, public_key=signer.public_key)
    store = Store(folder.store, key, create=True)
    try:
        migrate(store)
        journal = Journal(desk_id=desk.id, epoch=1, signer=signer, clock=clock)
        with store.writing() as connection:
            write_local(connection, "desk_id", desk.id.encode())
            write_local(connection, EPOCH, b"1")
            write_local(connection, "signing_key", secret)
            write_local(connection, "machine", _machine_digest(folder))
            body = DeskEnrolled(unit=unit, desk=desk, part=part)
            journal.append(connection, body, clerk=PROGRAM, subject=desk.id)
    finally:
        store.close()


def _open_and_fill(
    folder: DataFolder, fill: Callable[[OpenDesk], None], *, passphrase: str | None, clock: Clock
) -> None:
    desk = open_desk(folder, passphrase=passphrase, clock=clock, announcer=Announcer())
    try:
        fill(desk)
    finally:
        desk.close()


def _require_one_file(store: Path) -> None:
    """A full disk keeps SQLite from bringing everything into the one file that is moved."""
    if store.with_name(f"{store.name}-wal").exists():
        raise EnvironmentFailure("disk.full", retryable=True)


def open_desk(folder: DataFolder, *, passphrase: str | None, clock: Clock, announcer: Announcer) -> OpenDesk:
    """Open this desk's store, bring it up to date, and start a new epoch if it was restored or copied.

    For the new epoch the province is asked, where it has admitted this desk: that may take some seconds, once.

    Raises:
        UserError: pass phrase missing or wrong.
        EnvironmentFailure: missing, damaged or newer store; see `counter_app.store.keys.load_key`.
    """
    key = load_key(folder, passphrase=passphrase)
    sweep_scratch(folder)
    store = Store(folder.store, key)
    try:
        migrate(store, keep=lambda: _keep_before(store, folder, key))
        marker = HeadMarker(folder.head_marker(read_key_file(folder.keys).store_id))
        # The note first: read after the store, it could be ahead only because another window has just written.
        noted = marker.read()
        with store.reading() as connection:
            identity = _read_identity(connection)
            reason = _find_epoch_reason(connection, identity, folder, noted)
        if reason is not None:
            given = _ask_for_epoch(store, identity, noted)
            identity = _start_epoch(store, folder, clock, noted, given=given)
        desk, epoch, secret = identity
        with store.reading() as connection:
            marker.note(epoch, _read_own_head(connection, desk.id, epoch)[0])
        journal = Journal(desk_id=desk.id, epoch=epoch, signer=Signer(secret), clock=clock)
    except BaseException:
        store.close()
        raise
    return OpenDesk(
        folder=folder,
        store=store,
        journal=journal,
        marker=marker,
        vault=Vault(folder.vault, key),
        clock=clock,
        announcer=announcer,
        desk=desk,
    )


def mark_as_copy(path: Path, key: bytes) -> None:
    """Mark a copy of a store: whoever puts it in the store's place goes on in a new epoch.

    Raises:
        EnvironmentFailure: disk.
    """
    store = Store(path, key)
    try:
        with store.writing() as connection:
            write_local(connection, PUT_BACK, b"1")
    finally:
        store.close()


def _keep_before(store: Store, folder: DataFolder, key: bytes) -> None:
    """Keep the store as an older program left it, in place of what was kept the time before."""
    draft = folder.store_before.with_name(folder.store_before.name + ".new")
    copy_store(store, draft, key)
    try:
        mark_as_copy(draft, key)
        draft.replace(folder.store_before)
        sync_folder(folder.root)
    except OSError as exc:
        raise EnvironmentFailure("disk.write_failed", retryable=True, file=folder.store_before.name) from exc
    finally:
        draft.unlink(missing_ok=True)


_Identity = tuple[Desk, int, bytes]


def _read_identity(connection: Connection) -> _Identity:
    desk_id, epoch, secret = (read_local(connection, name) for name in ("desk_id", EPOCH, "signing_key"))
    if desk_id is None or epoch is None or secret is None:
        raise EnvironmentFailure("store.not_enrolled")
    row = connection.execute(select(organisation.desk).where(organisation.desk.c.id == desk_id.decode())).one()
    desk = Desk(
        id=row.id,
        unit_code=row.unit_code,
        name=row.name,
        number_slice=Slice(row.slice_low, row.slice_high),
        public_key=row.public_key,
    )
    return desk, int(epoch), secret


def _machine_digest(folder: DataFolder) -> bytes:
    """Return a keyed digest of the machine's id, empty where the system keeps none."""
    machine = find_machine_id()
    if machine is None:
        return b""
    store_id = read_key_file(folder.keys).store_id
    return hmac.new(store_id.encode(), machine.encode(), hashlib.sha256).digest()


def _read_own_head(connection: Connection, desk_id: str, epoch: int) -> tuple[int, bytes]:
    head = journal_tables.head.c
    row = connection.execute(select(head.seq, head.hash).where(head.desk == desk_id, head.epoch == epoch)).one_or_none()
    return (row.seq, row.hash) if row is not None else (0, GENESIS)


def _find_epoch_reason(
    connection: Connection, identity: _Identity, folder: DataFolder, noted: tuple[int, int] | None
) -> str | None:
    """Return why a new epoch must start: the store is behind its note, or stands on another machine."""
    desk, epoch, _secret = identity
    seq, _hash = _read_own_head(connection, desk.id, epoch)
    if noted is not None and noted > (epoch, seq):
        return "restored"
    if read_local(connection, PUT_BACK) == b"1":
        return "restored"
    here, recorded = _machine_digest(folder), read_local(connection, "machine") or b""
    if here and recorded and not hmac.compare_digest(here, recorded):
        return "copied"
    return None


def _ask_for_epoch(store: Store, identity: _Identity, noted: tuple[int, int] | None) -> int | None:
    """Return the epoch that the province gives, None where there is none that answers."""
    with store.reading() as connection:
        shown, latest = read_local(connection, IDENTITY), _read_latest(connection, identity, noted)
    given = claim_epoch(shown, above=latest) if shown is not None else None
    return given if given is not None and epoch_part(identity[0].number_slice, given) is not None else None


def _read_latest(connection: Connection, identity: _Identity, noted: tuple[int, int] | None) -> int:
    """Return the highest epoch of this desk that is known here, that of a further machine of it included."""
    desk, epoch, _secret = identity
    head = journal_tables.head.c
    held = connection.execute(select(func.max(head.epoch)).where(head.desk == desk.id)).scalar() or 0
    return max(epoch, held, noted[0] if noted else 0)


def _start_epoch(
    store: Store, folder: DataFolder, clock: Clock, noted: tuple[int, int] | None, *, given: int | None
) -> _Identity:
    """Start the epoch that the province gave, or else the next one, which a copy of this store may start too.

    Nothing is started where another process that opened at the same time has just done so.
    """
    with store.writing() as connection:
        identity = _read_identity(connection)
        reason = _find_epoch_reason(connection, identity, folder, noted)
        if reason is None:
            return identity
        desk, epoch, secret = identity
        following = max(given or 0, _read_latest(connection, identity, noted) + 1)
        part = epoch_part(desk.number_slice, following)
        if part is None:
            raise EnvironmentFailure("store.slice_used_up")
        journal = Journal(desk_id=desk.id, epoch=following, signer=Signer(secret), clock=clock)
        seq, digest = _read_own_head(connection, desk.id, epoch)
        body = EpochStarted(
            desk_id=desk.id,
            epoch=following,
            part=part,
            reason=reason,
            previous_seq=seq,
            previous_hash=digest,
        )
        journal.append(connection, body, clerk=PROGRAM, subject=desk.id)
        write_local(connection, EPOCH, str(following).encode())
        write_local(connection, "machine", _machine_digest(folder))
        write_local(connection, PUT_BACK, b"")
        for name in CLAIMS:  # the copies of this store have them too, and another epoch each
            write_local(connection, name, b"")
        write_local(connection, ALONE, b"" if following == given else str(following).encode())
    return desk, following, secret
