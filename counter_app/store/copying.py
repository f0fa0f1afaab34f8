"""A consistent copy of a store, as encrypted as the store."""

import os
from pathlib import Path

import sqlcipher3.dbapi2 as sqlcipher

from counter_app.core.errors import EnvironmentFailure
from counter_app.store.store import Store

_FULL = ("full", "no space")


def copy_store(store: Store, target: Path, key: bytes) -> None:
    """Write one view of the store to a new file, by SQLite's own backup; others write on meanwhile.

    Raises:
        EnvironmentFailure: ``disk.full``, ``disk.write_failed``.
    """
    try:
        target.unlink(missing_ok=True)
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        copy = sqlcipher.connect(str(target))
        try:
            copy.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
            with store.reading() as connection:
                own = connection.connection.driver_connection
                if own is not None:
                    own.backup(copy)
        finally:
            copy.close()
    except (OSError, sqlcipher.Error) as exc:
        code = "disk.full" if any(word in str(exc).lower() for word in _FULL) else "disk.write_failed"
        raise EnvironmentFailure(code, retryable=True, file=target.name) from exc
