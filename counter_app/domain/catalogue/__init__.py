"""The catalogue of procedures: reading the files it comes in, the starter entries, and finding while typing."""

from counter_app.domain.catalogue.detect import read_catalogue
from counter_app.domain.catalogue.doubts import CatalogueFile, Doubt
from counter_app.domain.catalogue.finding import ProcedureIndex
from counter_app.domain.catalogue.starter import starter_procedures
from counter_app.domain.catalogue.workbook import write_template

__all__ = [
    "CatalogueFile",
    "Doubt",
    "ProcedureIndex",
    "read_catalogue",
    "starter_procedures",
    "write_template",
]
