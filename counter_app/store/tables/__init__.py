"""All tables in three families: the journal, rows derived from it, and what is local to this machine.

Instants are whole milliseconds since 1970 UTC, dates are ISO text: both sort and compare inside SQLite.
"""

from sqlalchemy import MetaData

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMING)

from counter_app.store.tables import catalogue, dossiers, journal, local, organisation  # noqa: E402

#: Rows that `counter_app.journal.rebuild` makes anew from the journal alone, in an order that respects references.
DERIVED = (
    organisation.unit,
    organisation.desk,
    organisation.epoch,
    organisation.clerk,
    catalogue.procedure,
    catalogue.day_override,
    dossiers.number_counter,
    dossiers.dossier,
    dossiers.dossier_party,
    dossiers.print_job,
)

__all__ = ["DERIVED", "catalogue", "dossiers", "journal", "local", "metadata", "organisation"]
