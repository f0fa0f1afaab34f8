"""The catalogue of procedures: reading the files it comes in, the starter entries, and finding while typing."""

from counter_app.domain.catalogue.doubts import CatalogueFile, Doubt

__all__ = ["CatalogueFile", "Doubt"]
