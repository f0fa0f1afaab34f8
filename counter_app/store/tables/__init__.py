"""All tables in three families: the journal, rows derived from it, and what is local to this machine.

Instants are whole milliseconds since 1970 UTC, dates are ISO text: both sort and compare inside SQLite.
"""

from counter_app.store.tables import (
    catalogue,
    custody,
    documents,
    dossiers,
    exchange,
    journal,
    local,
    organisation,
    people,
    postal,
)
from counter_app.store.tables.base import metadata

#: Rows that `counter_app.journal.rebuild` makes anew, in an order that respects references.
DERIVED = (
    organisation.unit,
    organisation.desk,
    organisation.epoch,
    organisation.clerk,
    organisation.slip_key,
    catalogue.procedure,
    catalogue.day_override,
    dossiers.number_counter,
    dossiers.intake_code,
    dossiers.dossier,
    dossiers.dossier_count,
    dossiers.dossier_total,
    dossiers.dossier_unit_total,
    dossiers.dossier_party,
    dossiers.print_job,
    custody.manifest,
    custody.manifest_item,
    documents.document,
    documents.document_version,
    documents.document_description,
    postal.waybill,
    postal.collection,
    postal.batch,
    people.person,
    people.person_dossier,
    people.person_link,
    exchange.held_entry,
    exchange.concerned_answer,
)

__all__ = [
    "DERIVED",
    "catalogue",
    "custody",
    "documents",
    "dossiers",
    "exchange",
    "journal",
    "local",
    "metadata",
    "organisation",
    "people",
    "postal",
]
