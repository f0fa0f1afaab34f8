"""The procedures a desk may receive: finding them while typing, and importing new versions."""

from datetime import date
from pathlib import Path

import msgspec

from counter_app.domain.catalogue import Doubt
from counter_app.domain.procedure import Procedure


class ProcedureHit(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of the procedure box."""

    code: str
    name: str
    field_name: str
    recent: bool


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did: `added` new versions, `unchanged`, and every doubtful row with its source text."""

    added: int
    unchanged: int
    doubts: tuple[Doubt, ...]


class Catalogue:
    """Reads from memory after the first call; safe from any thread."""

    def find_procedures(self, words: str, *, limit: int = 12) -> tuple[ProcedureHit, ...]:
        """Return procedures by the start of words (no diacritics needed), initials, code or nickname.

        An empty text gives the procedures this desk used most recently, then the catalogue in order.
        """
        raise NotImplementedError

    def get(self, code: str, *, on: date | None = None) -> Procedure:
        """Return the version in force on a date (today when None).

        Raises:
            UserError: ``catalogue.unknown_procedure``.
        """
        raise NotImplementedError

    def import_file(self, path: Path, *, effective_on: date | None = None) -> ImportReport:
        """Import a portal dump, a national packet (JSON) or a workbook (XLSX), all or nothing.

        Raises:
            UserError: the file is none of these, or broken; nothing was changed.
        """
        raise NotImplementedError
