"""Which of several dossiers has a code that two machines of one desk gave: the same one at every store.

It belongs to the intake that stands in the epoch whose number it is; those that were moved to another epoch come after,
and among equals the earlier one is first. The others are held until the machine that wrote them receives them again.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, Text, cast, func, select

from counter_app.core.errors import AppError
from counter_app.domain.dossier_code import epoch_part, owns_code
from counter_app.domain.unit import Slice
from counter_app.journal.entries import DeskEnrolled, DossierReceived, Entry, decode_body, entry_of
from counter_app.store.tables import journal as tables

_ENTRY = tables.entry.c
_INTAKE = _ENTRY.kind == DossierReceived.KIND
_CODE = func.json_extract(cast(_ENTRY.body, Text), "$.dossier.code")
_SHARED = (
    select(_ENTRY.desk, _CODE.label("code"))
    .where(_INTAKE)
    .group_by(_ENTRY.desk, _CODE)
    .having(func.count(_ENTRY.subject.distinct()) > 1)
)

Rank = tuple[bool, int, int, int]


def rank_of(entry: Entry, code: str, numbers: Slice) -> Rank:
    """Return the place of an intake among those of its desk with one code, where the first one has it."""
    part = epoch_part(numbers, entry.epoch)
    return (part is None or not owns_code(part, code), entry.at, entry.epoch, entry.seq)


def find_losing(connection: Connection) -> frozenset[tuple[str, str]]:
    """Return the desk and id of every intake in a journal whose code belongs to another dossier of its desk."""
    shared = connection.execute(_SHARED).all()
    numbers = dict(_iter_numbers(connection)) if shared else {}
    losing: set[tuple[str, str]] = set()
    for desk, code in shared:
        if desk not in numbers or not owns_code(numbers[desk], code):
            continue
        ranked = sorted(_iter_ranked(connection, desk, code, numbers[desk]))
        losing |= {(desk, entry_id) for _rank, entry_id, subject in ranked if subject != ranked[0][2]}
    return frozenset(losing)


def _iter_numbers(connection: Connection) -> Iterator[tuple[str, Slice]]:
    for row in connection.execute(select(tables.entry).where(_ENTRY.kind == DeskEnrolled.KIND)):
        body = decode_body(row.kind, row.version, row.body)
        if isinstance(body, DeskEnrolled):
            yield row.desk, body.desk.number_slice


def _iter_ranked(connection: Connection, desk: str, code: str, numbers: Slice) -> Iterator[tuple[Rank, str, str]]:
    """Yield those that are filed under the dossier of which they are: only such a one may have a code."""
    rows = connection.execute(select(tables.entry).where(_INTAKE, _ENTRY.desk == desk, _CODE.in_([code])))
    for entry in map(entry_of, rows):
        try:
            body = decode_body(entry.kind, entry.version, entry.body)
        except AppError:
            continue
        if isinstance(body, DossierReceived) and body.dossier.id == entry.subject:
            yield rank_of(entry, code, numbers), entry.id, entry.subject
