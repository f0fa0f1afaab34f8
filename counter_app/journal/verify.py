"""Checking that history is whole and unaltered."""

from collections.abc import Callable
from enum import StrEnum

import msgspec
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from counter_app.core.errors import AppError, EnvironmentFailure
from counter_app.journal.chain import GENESIS, entry_hash, head_bytes, header_of, is_signed
from counter_app.journal.entries import DeskEnrolled, Entry, decode_body, entry_of
from counter_app.journal.forks import is_continued
from counter_app.journal.rebuild import derived_digest, rebuild_aside
from counter_app.store.store import Store, translate
from counter_app.store.tables import journal as tables

_COUNT = select(func.count()).select_from(tables.entry)
_TOLD_EVERY = 1_000


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something wrong: `code` is a key of resources/texts (``verify.*``), the rest says where."""

    code: str
    desk: str = ""
    epoch: int = 0
    seq: int = 0
    table: str = ""


class Stage(StrEnum):
    """What a check is at, in this order."""

    FILE = "file"
    PAPERS = "papers"
    ENTRIES = "entries"
    ROWS = "rows"
    COMPARING = "comparing"


Tell = Callable[[Stage, int, int], object]
"""Hears how far a check is: how many of how many, 0 of 0 where that is not counted."""


def be_quiet(_stage: Stage, _done: int, _whole: int) -> None:
    """Hear it and do nothing."""


def count_entries(connection: Connection) -> int:
    """Return how many entries the journal has."""
    return int(connection.execute(_COUNT).scalar_one())


def verify_chains(connection: Connection, tell: Tell = be_quiet) -> tuple[int, tuple[Finding, ...]]:
    """Check every chain and its signed head. Returns (entries checked, findings)."""
    whole = count_entries(connection)
    tell(Stage.ENTRIES, 0, whole)
    findings: list[Finding] = []
    last: dict[tuple[str, int], Entry] = {}
    public_keys: dict[str, bytes] = {}
    count = position = 0
    query = select(tables.entry).order_by(tables.entry.c.desk, tables.entry.c.epoch, tables.entry.c.seq)
    for row in connection.execute(query.execution_options(yield_per=1_000)):
        entry = entry_of(row)
        before = last.get((entry.desk, entry.epoch))
        findings += _check_link(entry, before)
        if before is not None and row.position <= position:
            findings.append(_finding("verify.wrong_order", entry))
        position = row.position
        if not is_continued(connection, entry):
            findings.append(_finding("verify.broken_link", entry))
        _learn_key(entry, public_keys)
        last[(entry.desk, entry.epoch)] = entry
        count += 1
        if count % _TOLD_EVERY == 0:
            tell(Stage.ENTRIES, count, whole)
    findings += _check_heads(connection, last, public_keys)
    return count, tuple(findings)


def _check_link(entry: Entry, before: Entry | None) -> list[Finding]:
    codes = []
    expected_seq, expected_prev = (before.seq + 1, before.hash) if before else (1, GENESIS)
    if entry.seq != expected_seq:
        codes.append("verify.missing_entry")
    elif entry.prev_hash != expected_prev:
        codes.append("verify.broken_link")
    if entry_hash(prev_hash=entry.prev_hash, header=header_of(entry), body=entry.body) != entry.hash:
        codes.append("verify.altered_entry")
    try:
        decode_body(entry.kind, entry.version, entry.body)
    except AppError:
        codes.append("verify.unreadable_entry")
    return [_finding(code, entry) for code in codes]


def _finding(code: str, entry: Entry) -> Finding:
    return Finding(code=code, desk=entry.desk, epoch=entry.epoch, seq=entry.seq)


def _learn_key(entry: Entry, public_keys: dict[str, bytes]) -> None:
    if entry.kind == DeskEnrolled.KIND and entry.epoch == 1 and entry.seq == 1:
        try:
            body = decode_body(entry.kind, entry.version, entry.body)
        except AppError:
            return
        if isinstance(body, DeskEnrolled):
            public_keys[body.desk.id] = body.desk.public_key


def _check_heads(
    connection: Connection, last: dict[tuple[str, int], Entry], public_keys: dict[str, bytes]
) -> list[Finding]:
    found = []
    heads = {(row.desk, row.epoch): row for row in connection.execute(select(tables.head))}
    for chain in sorted(heads.keys() | last.keys()):
        desk, epoch = chain
        head, entry = heads.get(chain), last.get(chain)
        if (
            head is None
            or entry is None
            or (head.seq, head.at, head.hash)
            != (
                entry.seq,
                entry.at,
                entry.hash,
            )
        ):
            found.append(Finding(code="verify.head_differs", desk=desk, epoch=epoch))
            continue
        message = head_bytes(desk=desk, epoch=epoch, seq=head.seq, entry_digest=head.hash)
        if not is_signed(public_keys.get(desk, b""), head.signature, message):
            found.append(Finding(code="verify.bad_signature", desk=desk, epoch=epoch))
    return found


def verify_rows(source: Connection, scratch: Store, tell: Tell = be_quiet) -> tuple[Finding, ...]:
    """Compare the derived tables of a store with those that its journal makes in an empty scratch store.

    Raises:
        EnvironmentFailure: disk: nothing can be said of the rows.
    """
    whole = count_entries(source)
    tell(Stage.ROWS, 0, whole)
    try:
        rebuild_aside(source, scratch, lambda done: tell(Stage.ROWS, done, whole))
        tell(Stage.COMPARING, 0, 0)
        is_, ought = derived_digest(source), _digest_of(scratch)
    except AppError as error:
        return (Finding(code="verify.rebuild_failed", table=error.code),)
    except DBAPIError as error:
        meant = translate(error)
        if isinstance(meant, EnvironmentFailure) and meant.retryable:
            raise meant from error
        return (Finding(code="verify.rebuild_failed", table=type(error.orig).__name__),)
    return tuple(Finding(code="verify.table_differs", table=name) for name in is_ if is_[name] != ought[name])


def _digest_of(store: Store) -> dict[str, str]:
    with store.engine.connect() as connection, connection.begin():
        return derived_digest(connection)
