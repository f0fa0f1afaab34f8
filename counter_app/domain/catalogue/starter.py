"""The starter catalogue as procedures, so that a new desk can receive its first dossier without an import."""

from datetime import date
from functools import cache

import msgspec

from counter_app.core.text import nfc
from counter_app.domain.procedure import (
    Channel,
    ChannelTimeLimit,
    Component,
    FeeLine,
    Procedure,
    ProcedureCase,
    ProcedureSource,
)
from counter_app.domain.time_limit import TimeLimit
from resources.catalogue import tables

STARTER_EFFECTIVE_ON = date(2025, 7, 1)
"""The day the two-level local government began; the communes' present procedures date from then."""


class _Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: str
    name: str


class _Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: str
    name: str
    components: tuple[Component, ...]
    time: TimeLimit | None = None


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: str
    name: str
    nicknames: tuple[str, ...]
    time: TimeLimit
    results: tuple[str, ...]
    legal_basis: tuple[str, ...]
    components: tuple[Component, ...] = ()
    cases: tuple[_Case, ...] = ()
    channels: tuple[Channel, ...] = (Channel.DIRECT, Channel.ONLINE, Channel.POST)
    fees: tuple[FeeLine, ...] = ()
    notes: tuple[str, ...] = ()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    field: _Field
    procedures: tuple[_Entry, ...]


def _cases_of(entry: _Entry) -> tuple[ProcedureCase, ...]:
    """The papers named above the cases belong to each case, before its own."""
    if not entry.cases:
        return (ProcedureCase(components=entry.components),)
    return tuple(
        ProcedureCase(
            code=case.code, name=case.name, components=entry.components + case.components, time_limit=case.time
        )
        for case in entry.cases
    )


def _procedure_of(entry: _Entry, field: _Field) -> Procedure:
    return Procedure(
        code=entry.code,
        effective_on=STARTER_EFFECTIVE_ON,
        name=nfc(entry.name),
        field_code=field.code,
        field_name=nfc(field.name),
        level="Cấp xã",
        nicknames=tuple(nfc(nickname) for nickname in entry.nicknames),
        cases=_cases_of(entry),
        time_limits=tuple(ChannelTimeLimit(channel=channel, limit=entry.time) for channel in entry.channels),
        fees=entry.fees,
        results=entry.results,
        legal_basis=entry.legal_basis,
        notes=entry.notes,
        source=ProcedureSource.STARTER,
    )


@cache
def starter_procedures() -> tuple[Procedure, ...]:
    """Return the starter catalogue, by field. Parsed once; safe from any thread.

    The entries are a starting point in the project's own words: each is to be checked against the published
    decision before use, and an imported version with a later date takes its place.
    """
    found: list[Procedure] = []
    for _name, table in tables():
        file = msgspec.convert(table, _File)
        found += [_procedure_of(entry, file.field) for entry in file.procedures]
    return tuple(found)
