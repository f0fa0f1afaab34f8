"""What is asked of a store of any version, newer ones too: whose it is, and how far its journal has come.

The tables and columns named here keep their names in every version.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from counter_app.core.errors import AppError, EnvironmentFailure
from counter_app.core.paths import DataFolder
from counter_app.store.keys import load_key
from counter_app.store.migrating import read_revision
from counter_app.store.store import Store


def count_entries(folder: DataFolder, *, passphrase: str | None) -> int:
    """Return how many entries the journal has.

    Raises:
        AppError: as `counter_app.store.keys.load_key`; store.
    """
    return read_standing(folder, passphrase=passphrase)[1]


def find_entries(folder: DataFolder, *, passphrase: str | None) -> int | None:
    """Return the same, or None where the key is not at hand or the store cannot be read."""
    try:
        return count_entries(folder, passphrase=passphrase)
    except AppError:
        return None


def read_standing(folder: DataFolder, *, passphrase: str | None) -> tuple[str, int]:
    """Return the store's revision and how many entries its journal has. Changes nothing.

    Raises:
        AppError: as `count_entries`.
    """
    with _reading(folder, passphrase) as connection:
        count = connection.execute(text("SELECT count(*) FROM journal_entry")).scalar_one()
        return read_revision(connection) or "", int(count)


def read_desk_id(folder: DataFolder, *, passphrase: str | None) -> str:
    """Return the id of this desk.

    Raises:
        AppError: as `count_entries`; ``store.not_enrolled``.
    """
    with _reading(folder, passphrase) as connection:
        found = connection.execute(text("SELECT value FROM local_value WHERE name = 'desk_id'")).scalar()
    if found is None:
        raise EnvironmentFailure("store.not_enrolled")
    return bytes(found).decode()


@contextmanager
def _reading(folder: DataFolder, passphrase: str | None) -> Iterator[Connection]:
    store = Store(folder.store, load_key(folder, passphrase=passphrase))
    try:
        with store.reading() as connection:
            yield connection
    finally:
        store.close()
