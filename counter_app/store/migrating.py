"""Bringing a store to this program's version, or refusing politely what is newer."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from counter_app.core.errors import EnvironmentFailure
from counter_app.store.store import Store

#: The newest revision this program knows; a test keeps it equal to alembic's own head.
HEAD_REVISION = "0029"

_SCRIPTS = Path(__file__).parent / "migrations"


def read_revision(connection: Connection) -> str | None:
    """Return the store's revision, None for an empty store."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def migrate(store: Store, *, keep: Callable[[], None] | None = None) -> None:
    """Upgrade the store to `HEAD_REVISION` in one transaction; a failure leaves it as it was.

    `keep` is called before a store that holds something is changed; when it fails, nothing is.

    Raises:
        EnvironmentFailure: ``store.newer`` when a newer program made it; nothing was changed.
    """
    with store.reading() as connection:
        revision = read_revision(connection)
    if revision == HEAD_REVISION:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        raise EnvironmentFailure("store.newer", revision=revision)
    if revision is not None and keep is not None:
        keep()
    with store.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
