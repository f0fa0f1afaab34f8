"""A desk's backup: a folder that holds its store, its papers and its settings, made while the desk works, and brought
up to date by making it again: papers that are there already are not copied a second time.

The store's copy is as encrypted as the store. It carries a mark, so that whoever puts it back, by whatever way, goes on
in a new epoch: a number that was given after the backup is never given again.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec

from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.core.paths import DataFolder
from counter_app.core.replacing import replace_file, sync_folder
from counter_app.journal.verify import verify_chains
from counter_app.services.open_desk import OpenDesk, mark_as_copy, read_local
from counter_app.services.vault_care import list_known, list_lacking
from counter_app.store.copying import copy_store
from counter_app.store.keys import KeyPlace, holds_key, load_key, read_key_file, wrap_key
from counter_app.store.migrating import migrate
from counter_app.store.store import Store
from counter_app.store.vault import Vault

_SETTINGS = ("settings.json", "reasons.toml", "forms", "trust")
_DRAFT = ".new"


class BackupReport(msgspec.Struct, frozen=True, kw_only=True):
    """How many entries and papers a backup holds, and how many of the papers were copied this time."""

    entries: int
    papers: int
    copied: int


def back_up(desk: OpenDesk, to: Path, *, passphrase: str | None, recovery: str | None) -> BackupReport:
    """Bring the backup in a folder up to date, or make it. An earlier one stays until the new store is found sound.

    `recovery` is the pass phrase that opens a backup whose key lies in the credential store; given once, it is kept.

    Raises:
        UserError: ``backup.inside``, ``backup.other_desk``, ``backup.need_passphrase``, ``store.weak_passphrase``.
        EnvironmentFailure: ``backup.unsound`` when the copy is not; disk.
    """
    target, key = DataFolder(to), load_key(desk.folder, passphrase=passphrase)
    if to.resolve().is_relative_to(desk.folder.root.resolve()):
        raise UserError("backup.inside")
    keys = _keys_of(desk.folder, target, key, recovery)
    target.create()
    draft = target.root / (target.store.name + _DRAFT)
    try:
        copy_store(desk.store, draft, key)
        entries, papers = _check_copy(draft, key)
        copied = sum(_copy_missing(path, target.vault / path.parent.name / path.name) for path in _papers(desk.folder))
        for name in _SETTINGS:
            _copy_setting(desk.folder.root / name, target.root / name)
        replace_file(target.keys, keys)
        draft.replace(target.store)
        sync_folder(target.root)
    except OSError as exc:
        code = "disk.full" if exc.errno in (28, 122) else "disk.write_failed"  # ENOSPC, EDQUOT
        raise EnvironmentFailure(code, retryable=True, file=to.name) from exc
    finally:
        draft.unlink(missing_ok=True)
    return BackupReport(entries=entries, papers=papers, copied=copied)


def restore(source: Path, folder: DataFolder, *, passphrase: str | None) -> BackupReport:
    """Make a desk in an empty data folder from a backup, checked whole, or nothing. Its next start begins a new epoch.

    Raises:
        UserError: ``store.exists``; pass phrase missing or wrong.
        EnvironmentFailure: ``store.missing`` where there is no backup; ``backup.unsound``; disk.
    """
    backup = DataFolder(source)
    key = load_key(backup, passphrase=passphrase)
    aside = DataFolder(folder.root / "new", state_root=folder.state_root)
    if folder.keys.exists() or (folder.store.exists() and not aside.keys.exists()):
        raise UserError("store.exists")
    folder.create()
    try:
        if not folder.store.exists():
            shutil.rmtree(aside.root, ignore_errors=True)
            aside.create()
            _copy_through(backup.store, aside.store)
            _copy_through(backup.keys, aside.keys)
        entries, papers = _check_restored(aside if aside.store.exists() else folder, backup, key)
        copied = sum(_copy_missing(path, folder.vault / path.parent.name / path.name) for path in _papers(backup))
        for name in _SETTINGS:
            _copy_setting(backup.root / name, folder.root / name)
        if aside.store.exists():
            aside.store.replace(folder.store)
        sync_folder(folder.root)
        aside.keys.replace(folder.keys)  # the key last: without it there is no desk
        sync_folder(folder.root)
        shutil.rmtree(aside.root, ignore_errors=True)
    except OSError as exc:
        code = "disk.full" if exc.errno in (28, 122) else "disk.write_failed"  # ENOSPC, EDQUOT
        raise EnvironmentFailure(code, retryable=True, file=folder.root.name) from exc
    return BackupReport(entries=entries, papers=papers, copied=copied)


def _keys_of(folder: DataFolder, target: DataFolder, key: bytes, recovery: str | None) -> bytes:
    """Return the keys.json of the backup: one that another machine can open too."""
    own = read_key_file(folder.keys)
    if target.keys.exists() and read_key_file(target.keys).store_id != own.store_id:
        raise UserError("backup.other_desk", folder=target.root.name)
    if own.place is KeyPlace.PASSPHRASE:
        return msgspec.json.encode(own)
    if recovery is not None:
        return msgspec.json.encode(wrap_key(own.store_id, key, recovery))
    if target.keys.exists() and holds_key(read_key_file(target.keys), key):
        return target.keys.read_bytes()
    raise UserError("backup.need_passphrase")


def _check_copy(path: Path, key: bytes) -> tuple[int, int]:
    """Mark the copy and return (entries, papers) of it, when it is sound."""
    mark_as_copy(path, key)
    store = Store(path, key)
    try:
        return _require_sound(store)
    finally:
        store.close()


def _check_restored(folder: DataFolder, backup: DataFolder, key: bytes) -> tuple[int, int]:
    store, vault = Store(folder.store, key), Vault(backup.vault, key)
    try:
        counted = _require_sound(store)
        with store.reading() as connection:
            desk_id = (read_local(connection, "desk_id") or b"").decode()
            awaited = set(list_lacking(connection, vault, desk_id=desk_id))
            known = [blob for blob in list_known(connection) if blob.sha256 not in awaited]
        migrate(store)
    finally:
        store.close()
    if vault.scrub(known):
        raise EnvironmentFailure("backup.unsound")
    return counted


def _require_sound(store: Store) -> tuple[int, int]:
    broken = store.check_integrity()
    with store.reading() as connection:
        entries, findings = verify_chains(connection)
        papers = len(list_known(connection))
    if broken or findings:
        raise EnvironmentFailure("backup.unsound")
    return entries, papers


def _papers(folder: DataFolder) -> Iterator[Path]:
    """Yield whole files of the vault; what is being written has an ending."""
    places = sorted(folder.vault.iterdir()) if folder.vault.is_dir() else []
    for place in places:
        if place.is_dir():
            yield from (path for path in sorted(place.iterdir()) if not path.suffix)


def _copy_missing(source: Path, target: Path) -> int:
    """Copy a paper that is not there yet; the same name is the same content. Returns how many were copied."""
    try:
        size = source.stat().st_size
        if target.exists() and target.stat().st_size == size:
            return 0
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = target.with_name(target.name + _DRAFT)
        _copy_through(source, draft)
        draft.replace(target)
    except FileNotFoundError:
        return 0  # swept meanwhile: nothing names it any more
    return 1


def _copy_through(source: Path, target: Path) -> None:
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
    with source.open("rb") as reading, os.fdopen(handle, "wb") as writing:
        shutil.copyfileobj(reading, writing, 1024 * 1024)
        writing.flush()
        os.fsync(writing.fileno())


def _copy_setting(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    elif source.is_file():
        replace_file(target, source.read_bytes())
