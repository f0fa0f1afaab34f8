"""Runs a migration on the connection it is handed; batch mode, because SQLite cannot alter most of a table."""

from alembic import context

from counter_app.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
    transaction_per_migration=False,
)
context.run_migrations()
