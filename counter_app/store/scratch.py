"""A store beside the desk's own for work that is thrown away: as encrypted, with the same tables, gone afterwards.

It lies in the data folder. Where a process is killed at its work it stays there, and whoever opens the desk next takes
it away.
"""

import contextlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from counter_app.core.errors import EnvironmentFailure
from counter_app.core.occupying import occupying
from counter_app.core.paths import DataFolder
from counter_app.store.store import Store
from counter_app.store.tables import DERIVED, dossiers, journal, local

_TABLES = frozenset(
    (*(table.name for table in (journal.entry, journal.head, local.local_value, *DERIVED)), dossiers.SEARCH_TABLE)
)
#: Tables that only lists and searches walk along an index: nobody asks for those in a scratch store.
_LISTED = ("dossier", "dossier_party", "print_job")
_SCHEMA = text("SELECT type, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC, rowid")
_PARTS = ("-wal", "-shm", "-journal", "")  # the file itself last: while it is there, the rest is looked for
_LEAST_FREE_BYTES = 64 * 1024 * 1024
_MARK = "counter-scratch.lock"


@contextmanager
def scratch_store(store: Store, folder: DataFolder) -> Iterator[Store]:
    """Give an empty store under the key of another, with the tables that the journal and its rows need.

    Raises:
        EnvironmentFailure: ``store.no_room`` where the disk has no room for as much as the store takes;
            ``store.check_under_way`` while another process has one; disk.
    """
    with occupying(folder.root, name=_MARK, code="store.check_under_way"):
        _remove(folder)
        _require_room(folder)
        try:
            os.close(os.open(folder.scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except OSError as exc:
            raise EnvironmentFailure("disk.write_failed", retryable=True, file=folder.scratch.name) from exc
        scratch = store.make_scratch(folder.scratch)
        try:
            with store.reading() as source, scratch.writing() as target:
                _copy_schema(source, target)
            yield scratch
        finally:
            scratch.close()
            _remove(folder)


def sweep_scratch(folder: DataFolder) -> None:
    """Take away what a killed process has left; what somebody works with stays."""
    if not folder.scratch.exists():
        return
    with contextlib.suppress(EnvironmentFailure), occupying(folder.root, name=_MARK, code="store.check_under_way"):
        _remove(folder)


def _copy_schema(source: Connection, target: Connection) -> None:
    for kind, table, sql in source.execute(_SCHEMA).all():
        if table in _TABLES and not (kind == "index" and table in _LISTED):
            target.exec_driver_sql(sql)


def _require_room(folder: DataFolder) -> None:
    needed = folder.store.stat().st_size + _LEAST_FREE_BYTES
    free = shutil.disk_usage(folder.root).free
    if free < needed:
        raise EnvironmentFailure("store.no_room", retryable=True, needed=_megabytes(needed), free=_megabytes(free))


def _megabytes(count: int) -> int:
    return -(-count // 1_000_000)


def _remove(folder: DataFolder) -> None:
    for part in _PARTS:
        with contextlib.suppress(OSError):
            folder.scratch.with_name(folder.scratch.name + part).unlink(missing_ok=True)
