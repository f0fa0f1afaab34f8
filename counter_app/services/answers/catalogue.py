"""Procedures as the procedure box shows them, and what an import did."""

import msgspec

from counter_app.domain.catalogue.doubts import Doubt


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
