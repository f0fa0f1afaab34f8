"""How far a journal has come, asked of a store of any version."""

from sqlalchemy import text

from counter_app.core.errors import AppError
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
    store = Store(folder.store, load_key(folder, passphrase=passphrase))
    try:
        with store.reading() as connection:
            # The one table that no version may rename: going back must be able to count it in a newer store.
            count = connection.execute(text("SELECT count(*) FROM entry")).scalar_one()
            return read_revision(connection) or "", int(count)
    finally:
        store.close()
