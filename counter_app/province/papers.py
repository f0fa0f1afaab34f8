"""Papers at the province: which are known by entries, which have come, and who may have them.

A paper is taken only when an entry of the asking desk's own unit names it; so nobody can fill the disk with what no
journal speaks of. Its SHA-256 decides what it is: the size that the first entry named may be a wrong one, and is put
right when the paper has come. It is given only to desks of such a unit. Knowing a SHA-256 proves nothing: each unit
sends its papers whole, also those that another unit's desks have sent before; they are kept once.
"""

import hashlib
import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from counter_app.core.errors import AppError, UserError
from counter_app.core.ids import new_id
from counter_app.journal.entries import DocumentAttached, DocumentRenewed, Entry, decode_body
from counter_app.province.database import Connection
from counter_app.store.paper_folder import PaperKeeping
from counter_app.sync.papers import HELD, MOST_PAPER_BYTES, PaperName, PaperPart

_log = logging.getLogger(__name__)
_PIECE_BYTES = 1024 * 1024
#: A desk that comes back later sends a paper from its beginning.
_LEFT_FOR = timedelta(days=30)
_KINDS = frozenset({DocumentAttached.KIND, DocumentRenewed.KIND})


# A paper of another unit's dossier that this one decides, while the dossier waits.
_LENT = """
SELECT paper.sha256, paper.size_bytes FROM concerned_paper AS lent
JOIN concerned USING (dossier, unit_code)
JOIN paper ON (paper.unit_code, paper.sha256) = (lent.unit_code, lent.sha256)
WHERE concerned.competent_unit = %(unit)s AND paper.received_at IS NOT NULL AND paper.sha256 = ANY(%(wanted)s)
"""
_OWN = """
SELECT sha256, size_bytes FROM paper
WHERE unit_code = %(unit)s AND sha256 = ANY(%(wanted)s) AND received_at IS NOT NULL
"""


def index_papers(connection: Connection, entries: Sequence[Entry], unit_code: str) -> None:
    """Note the papers that entries name."""
    for entry in entries:
        named = _name_of(entry) if entry.kind in _KINDS else None
        if named is not None and named.size_bytes <= MOST_PAPER_BYTES:
            connection.execute(
                "INSERT INTO paper (unit_code, sha256, size_bytes) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                (unit_code, named.sha256, named.size_bytes),
            )


def _name_of(entry: Entry) -> PaperName | None:
    """Return the paper of an entry, None of one that no program of ours wrote or a newer one did."""
    try:
        body = decode_body(entry.kind, entry.version, entry.body)
    except AppError:
        return None
    content = body.document.content if isinstance(body, DocumentAttached) else getattr(body, "content", None)
    try:
        sha256 = bytes.fromhex(content.sha256 if content is not None else "")
    except ValueError:
        return None
    is_sound = content is not None and len(sha256) == 32 and content.size_bytes >= 0
    return PaperName(sha256=sha256, size_bytes=content.size_bytes) if is_sound and content is not None else None


def find_received(connection: Connection, unit_code: str, papers: Sequence[PaperName]) -> set[bytes]:
    """Return which papers of a unit came here whole; what keeps them is asked afterwards, without a transaction."""
    rows = connection.execute(
        "SELECT sha256 FROM paper WHERE unit_code = %s AND sha256 = ANY(%s) AND received_at IS NOT NULL",
        (unit_code, [one.sha256 for one in papers]),
    )
    return {bytes(row.sha256) for row in rows}


def list_kept(keeping: PaperKeeping, giver: str, papers: Sequence[PaperName], received: set[bytes]) -> list[int]:
    """Return how much of each paper a desk or hall has brought here; of its unit's these came whole, from whomever."""
    kept: list[int] = []
    for one in papers:
        is_held = one.sha256 in received and keeping.holds(one.sha256)
        name = _part_of(giver, one.sha256)
        kept.append(HELD if is_held else min(keeping.size_of_part(name), one.size_bytes))
    return kept


def is_received(connection: Connection, unit_code: str, paper: PaperName) -> bool:
    """Whether a paper that entries of a unit name came here whole, as `find_received`.

    Raises:
        UserError: ``province.unknown_paper``.
    """
    row = _find(connection, unit_code, paper.sha256)
    if row is None:
        raise UserError("province.unknown_paper")
    return row.received_at is not None


def take_part(connection: Connection, keeping: PaperKeeping, unit_code: str, part: PaperPart, *, giver: str) -> int:
    """Take the giver's next bytes of a paper of its unit; returns `HELD`, or from which offset it goes on.

    A part that lies about its offset is not taken: the answer says where to go on.

    Raises:
        UserError: ``province.unknown_paper``, ``province.paper_damaged``: all of it was another content.
        EnvironmentFailure: disk.
    """
    paper = part.paper
    row = _lock(connection, unit_code, paper.sha256)
    if row.received_at is not None and keeping.holds(paper.sha256):
        return HELD
    name = _part_of(giver, paper.sha256)
    size = keeping.size_of_part(name)
    if part.offset != size or size + len(part.data) > paper.size_bytes:
        return size
    size = keeping.append(name, part.data)
    if size < paper.size_bytes:
        return size
    if not keeping.finish(name, paper.sha256):
        raise UserError("province.paper_damaged")
    _note_received(connection, unit_code, paper.sha256, size)
    return HELD


def take_whole(
    connection: Connection, keeping: PaperKeeping, unit_code: str, paper: PaperName, content: bytes, *, giver: str
) -> bool:
    """Take a paper that the giver brought in one piece; returns whether it is new here.

    Raises:
        UserError: ``province.unknown_paper``.
        EnvironmentFailure: disk.
    """
    row = _lock(connection, unit_code, paper.sha256)
    if row.received_at is not None and keeping.holds(paper.sha256):
        return False
    name, is_whole = _part_of(giver, paper.sha256), False
    while not is_whole:  # what a line left of it may be of another content: then it is gone, and all of this comes
        for start in range(keeping.size_of_part(name), len(content), _PIECE_BYTES):
            keeping.append(name, content[start : start + _PIECE_BYTES])
        is_whole = keeping.finish(name, paper.sha256)
    _note_received(connection, unit_code, paper.sha256, len(content))
    return True


def keep_content(keeping: PaperKeeping, content: bytes) -> PaperName:
    """Keep a file that no desk sent, before anything is locked for it: it is nobody's until `note_given`.

    Raises:
        UserError: ``province.paper_damaged``.
        EnvironmentFailure: disk.
    """
    name = PaperName(sha256=hashlib.sha256(content).digest(), size_bytes=len(content))
    if not keeping.holds(name.sha256):
        part = f"given-{new_id()}"
        for start in range(0, len(content), _PIECE_BYTES):
            keeping.append(part, content[start : start + _PIECE_BYTES])
        if not keeping.finish(part, name.sha256):
            raise UserError("province.paper_damaged")
    return name


def note_given(connection: Connection, unit_code: str, papers: Iterable[PaperName]) -> None:
    """Let desks of a unit fetch files that are kept here."""
    for paper in papers:
        connection.execute(
            "INSERT INTO paper (unit_code, sha256, size_bytes, received_at) VALUES (%s, %s, %s, now())"
            " ON CONFLICT (unit_code, sha256) DO UPDATE SET"
            " size_bytes = excluded.size_bytes, received_at = coalesce(paper.received_at, now())",
            (unit_code, paper.sha256, paper.size_bytes),
        )


def require_given(connection: Connection, unit_code: str, paper: PaperName) -> None:
    """Return when desks of a unit may have a paper; it is read afterwards, without a transaction.

    Raises:
        UserError: ``province.unknown_paper``: not of this unit, or not here yet.
    """
    row = _find(connection, unit_code, paper.sha256)
    is_own = row is not None and row.received_at is not None
    if not is_own and not _is_lent(connection, unit_code, paper.sha256):
        raise UserError("province.unknown_paper")


def list_given(
    connection: Connection, keeping: PaperKeeping, unit_code: str, wanted: Sequence[bytes]
) -> list[PaperName]:
    """Return those of the wanted papers that are a unit's and here."""
    rows = connection.execute(f"{_OWN} UNION {_LENT} ORDER BY sha256", {"unit": unit_code, "wanted": list(wanted)})
    papers = [PaperName(sha256=bytes(row.sha256), size_bytes=row.size_bytes) for row in rows]
    return [one for one in papers if keeping.holds(one.sha256)]


def clear_left_parts(keeping: PaperKeeping, *, now: datetime) -> None:
    """Remove what no desk went on with for a month.

    Raises:
        EnvironmentFailure: disk; as `keeping`.
    """
    count = keeping.clear_parts(now - _LEFT_FOR)
    if count:
        _log.info("parts of papers that nobody finished were removed: %d", count)


def _is_lent(connection: Connection, unit_code: str, sha256: bytes) -> bool:
    return connection.execute(_LENT, {"unit": unit_code, "wanted": [sha256]}).fetchone() is not None


def _note_received(connection: Connection, unit_code: str, sha256: bytes, size_bytes: int) -> None:
    connection.execute(
        "UPDATE paper SET received_at = now(), size_bytes = %s WHERE unit_code = %s AND sha256 = %s",
        (size_bytes, unit_code, sha256),
    )


def _lock(connection: Connection, unit_code: str, sha256: bytes) -> Any:
    row = _find(connection, unit_code, sha256, locks=True)
    if row is None:
        raise UserError("province.unknown_paper")
    return row


def _find(connection: Connection, unit_code: str, sha256: bytes, *, locks: bool = False) -> Any:
    query = "SELECT received_at FROM paper WHERE unit_code = %s AND sha256 = %s"
    return connection.execute(query + (" FOR UPDATE" if locks else ""), (unit_code, sha256)).fetchone()


def _part_of(giver: str, sha256: bytes) -> str:
    """Return a name that no other giver's bytes get into, and that leads nowhere else, whatever the giver is called."""
    return f"{hashlib.sha256(giver.encode()).hexdigest()[:32]}-{sha256.hex()}"
