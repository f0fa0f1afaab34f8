"""Sealed papers at a hall: files in a folder, and which they are. The hall can read none of them.

A desk gives its own papers only, each sealed by itself. A paper stays until the province has it and no desk has asked
for it for a while; where room is needed, those that no entry names go sooner, then those that the province has, the
ones asked for longest ago first. Nothing else ever goes: then no further paper is taken, and records go on. One desk's
papers never take all the room, and a part of the disk stays free.
"""

import hashlib
import threading
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, case, delete, func, or_, select, true, update
from sqlalchemy.dialects.sqlite import insert as upsert

from counter_app.core.clock import Clock, to_millis
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.hall import tables
from counter_app.hall.disk_room import lacking_bytes
from counter_app.store.paper_folder import PaperFolder
from counter_app.store.store import Store
from counter_app.sync.papers import CHUNK_BYTES, HELD, PaperName
from counter_app.sync.sealed_papers import SealedAsked, SealedName, SealedPart, SealedWanted

#: After so long a paper that the province has, or refused, and that no desk asked for is cleared away.
KEPT_FOR = timedelta(days=90)
#: So many desks' copies of one paper are told of.
_MOST_COPIES = 4
#: Of the room for papers so much is any one desk's at most: what nobody's entries name shuts no other desk out.
_SHARE = 0.75
#: A file takes no less, however small it is.
_LEAST_BYTES = 4_096
_PAPER = tables.paper.c
_TAKEN = func.max(_PAPER.sealed_bytes, _LEAST_BYTES)
_SIZE = select(func.coalesce(func.sum(_TAKEN), 0))


class PaperCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Sealed papers that are here whole. `waiting`: the province was not heard to have them."""

    papers: int
    waiting: int
    stored_bytes: int


class PaperShelf:
    """Safe from any thread; what a call took is on disk when it returns. `most_bytes` is how much papers may take."""

    def __init__(self, store: Store, clock: Clock, folder: Path, *, most_bytes: int) -> None:
        self._store, self._clock, self._most_bytes = store, clock, most_bytes
        self._files, self._disk = PaperFolder(folder), folder.parent
        self._one_at_a_time = threading.Lock()

    def prepare(self) -> None:
        """Make the table in a file of an earlier program."""
        with self._store.writing() as connection:
            tables.paper.create(connection, checkfirst=True)

    def clear_left_behind(self) -> None:
        """Delete files without a row, which a process that was killed left, and rows whose file is gone.

        Only for the one that serves.
        """
        known, held = self._list_sealed(), set(self._files.iter_held())
        for sha256 in held - known:
            self._files.remove(sha256)
        with self._store.writing() as connection:
            for sha256 in known - held:
                connection.execute(delete(tables.paper).where(_PAPER.sealed_sha256 == sha256))

    def list_kept(self, giver: str, asked: SealedAsked) -> list[int]:
        """Return `HELD` for each paper that is here from a desk, sealed for those receivers, 0 for the others."""
        query = select(_PAPER.sha256, _PAPER.sealed_sha256).where(
            _PAPER.giver == giver,
            _PAPER.sealed_for == asked.sealed_for,
            _PAPER.sha256.in_([one.sha256 for one in asked.papers]),
        )
        with self._store.reading() as connection:
            rows = connection.execute(query).all()
        here = {row.sha256 for row in rows if self._files.holds(row.sealed_sha256)}
        return [HELD if one.sha256 in here else 0 for one in asked.papers]

    def take_part(self, giver: str, part: SealedPart) -> int:
        """Take the next bytes of a sealed paper; returns `HELD`, or from which offset it goes on.

        Raises:
            UserError: ``province.paper_damaged``: all of it was another file.
            EnvironmentFailure: ``hall.papers_full``; the disk's too: a line that is well must not seem to be cut.
        """
        with self._one_at_a_time, _as_full():
            if self._is_here(giver, part.name):
                return HELD
            place = f"{_place_of(giver)}-{part.name.sha256.hex()}"
            size = self._files.size_of_part(place)
            if part.offset != size or size + len(part.data) > part.name.size_bytes:
                return size
            if part.data:
                self._prepare_for(giver, part)
                size = self._files.append(place, part.data)
            if size < part.name.size_bytes:
                return size
            if not self._files.finish(place, part.name.sha256):
                raise UserError("province.paper_damaged")
            self._keep(giver, part)
            return HELD

    def list_copies(self, asker: str, paper: PaperName) -> list[SealedName]:
        """Return the sealed files of a paper, the one that came last first, and note that another desk needs it."""
        its = (_PAPER.sha256 == paper.sha256, _PAPER.size_bytes == paper.size_bytes)
        query = select(tables.paper).where(*its).order_by(_PAPER.came_at.desc()).limit(_MOST_COPIES)
        with self._store.writing() as connection:
            rows = connection.execute(query).all()
            if rows:
                others = update(tables.paper).where(*its, _PAPER.giver != asker)
                connection.execute(others.values(asked_at=self._now_ms()))
        return [_name_of(row) for row in rows]

    def read_part(self, wanted: SealedWanted) -> bytes:
        """Return the bytes of a sealed file from an offset on, a chunk at most.

        Raises:
            UserError: ``province.unknown_paper``.
        """
        if not self._files.holds(wanted.sha256):
            raise UserError("province.unknown_paper")
        return self._files.read(wanted.sha256, wanted.offset, CHUNK_BYTES)

    def read_file(self, name: SealedName, offset: int) -> bytes:
        """Return the next bytes for the way up.

        Raises:
            EnvironmentFailure: ``sync.line_refused``: the file is not here any more, and comes again from its desk.
        """
        damaged = EnvironmentFailure("sync.line_refused", reason="province.paper_damaged")
        try:
            data = self._files.read(name.sha256, offset, CHUNK_BYTES)
        except EnvironmentFailure as exc:
            raise damaged from exc
        if not data:
            raise damaged
        return data

    def list_waiting(self, *, most: int, but: AbstractSet[SealedName] = frozenset()) -> list[SealedName]:
        """Return papers that the province was not heard to have, the oldest first; every copy, one may be a lie."""
        query = select(tables.paper).where(_PAPER.held_at.is_(None)).order_by(_PAPER.came_at, _PAPER.giver)
        with self._store.reading() as connection, connection.execute(query) as rows:
            return list(islice((name for name in map(_name_of, rows) if name not in but), most))

    def note_held(self, papers: Sequence[PaperName]) -> None:
        """Keep that the province has papers."""
        if papers:
            self._note(_PAPER.sha256.in_([one.sha256 for one in papers]), held_at=self._now_ms(), refused_at=None)

    def note_refused(self, name: SealedName) -> None:
        """Keep that the province knows no such paper, as of a desk that it has revoked; the first time counts."""
        self._note(_is(name), refused_at=func.coalesce(_PAPER.refused_at, self._now_ms()))

    def doubt(self) -> None:
        """Ask about every paper again: the province may have lost what it had."""
        self._note(_PAPER.held_at.is_not(None), held_at=None)

    def drop(self, name: SealedName) -> None:
        """Give up a sealed file that the province could not open; its desk brings the paper again."""
        with self._one_at_a_time:
            self._clear(_is(name))

    def sweep(self) -> None:
        """Clear away what nobody needs here any more."""
        limit = self._now_ms() - int(KEPT_FOR.total_seconds() * 1000)
        with self._one_at_a_time:
            self._clear(or_(_PAPER.held_at < limit, _PAPER.refused_at < limit) & (_PAPER.asked_at < limit))

    def count(self) -> PaperCounts:
        """Return how much is here."""
        query = select(
            func.count(),
            func.coalesce(func.sum(case((_PAPER.held_at.is_(None), 1), else_=0)), 0),
            func.coalesce(func.sum(_PAPER.sealed_bytes), 0),
        )
        with self._store.reading() as connection:
            papers, waiting, size = connection.execute(query).one()
        return PaperCounts(papers=papers, waiting=waiting, stored_bytes=size)

    def list_damaged(self) -> list[str]:
        """Return the names of the files that are not there or not what they were; reads every file."""
        return [f"papers {one.hex()}" for one in sorted(self._list_sealed()) if not self._files.is_sound(one)]

    def _list_sealed(self) -> set[bytes]:
        with self._store.reading() as connection:
            return {bytes(one) for one in connection.execute(select(_PAPER.sealed_sha256)).scalars()}

    def _is_here(self, giver: str, name: SealedName) -> bool:
        row = select(_PAPER.sealed_sha256).where(_PAPER.giver == giver, _PAPER.sha256 == name.paper.sha256)
        with self._store.reading() as connection:
            return connection.execute(row).scalar() == name.sha256 and self._files.holds(name.sha256)

    def _keep(self, giver: str, part: SealedPart) -> None:
        now, name = self._now_ms(), part.name
        row: dict[str, Any] = {
            "giver": giver,
            "sha256": name.paper.sha256,
            "size_bytes": name.paper.size_bytes,
            "sealed_sha256": name.sha256,
            "sealed_bytes": name.size_bytes,
            "sealed_for": name.sealed_for,
            "came_at": now,
            "asked_at": now,
        }
        if part.is_confirmed:
            row["held_at"] = now
        its = (_PAPER.giver == giver, _PAPER.sha256 == name.paper.sha256)
        with self._store.writing() as connection:
            before = connection.execute(select(_PAPER.sealed_sha256).where(*its)).scalar()
            kept = upsert(tables.paper).values(row)
            connection.execute(kept.on_conflict_do_update(index_elements=["giver", "sha256"], set_=row))
        if before is not None and before != name.sha256:
            self._remove_unless_known([before])

    def _prepare_for(self, giver: str, part: SealedPart) -> None:
        """See to room for what is still to come of a paper; of a desk's earlier one that never became whole none stays.

        Raises:
            EnvironmentFailure: ``hall.papers_full``.
        """
        if part.offset == 0:
            self._make_room(giver, part.name.size_bytes, is_confirmed=part.is_confirmed)
            self._files.drop_parts(f"{_place_of(giver)}-")
        elif lacking_bytes(self._disk, part.name.size_bytes - part.offset) > 0:
            raise EnvironmentFailure("hall.papers_full")

    def _make_room(self, giver: str, size: int, *, is_confirmed: bool) -> None:
        """Clear away what the province refused or has where a limit would be passed: of the desk, of all, of the disk.

        A paper that it has itself makes no other one go that it has: desks would give those again, and so on.

        Raises:
            EnvironmentFailure: ``hall.papers_full``.
        """
        own, is_refused = _PAPER.giver == giver, _PAPER.refused_at.is_not(None)
        clearable = is_refused if is_confirmed else or_(is_refused, _PAPER.held_at.is_not(None))
        self._clear_until_fits(own & clearable, self._measure(own) + size - int(self._most_bytes * _SHARE))
        over = max(self._measure(true()) + size - self._most_bytes, lacking_bytes(self._disk, size))
        self._clear_until_fits(clearable, over)

    def _measure(self, which: ColumnElement[bool]) -> int:
        with self._store.reading() as connection:
            return int(connection.execute(_SIZE.where(which)).scalar_one())

    def _clear_until_fits(self, which: ColumnElement[bool], over: int) -> None:
        if over <= 0:
            return
        query = select(_PAPER.giver, _PAPER.sha256, _TAKEN.label("taken")).where(which)
        with self._store.reading() as connection:
            rows = connection.execute(query.order_by(_PAPER.held_at.is_not(None), _PAPER.asked_at)).all()
        for row in rows:
            if over <= 0:
                return
            self._clear((_PAPER.giver == row.giver) & (_PAPER.sha256 == row.sha256))
            over -= row.taken
        if over > 0:
            raise EnvironmentFailure("hall.papers_full")

    def _clear(self, which: ColumnElement[bool]) -> None:
        with self._store.writing() as connection:
            gone = [bytes(one) for one in connection.execute(select(_PAPER.sealed_sha256).where(which)).scalars()]
            connection.execute(delete(tables.paper).where(which))
        self._remove_unless_known(gone)

    def _remove_unless_known(self, sealed: Sequence[bytes]) -> None:
        with self._store.reading() as connection:
            still = {one for one in sealed if _is_known(connection, one)}
        for one in set(sealed) - still:
            self._files.remove(one)

    def _note(self, which: ColumnElement[bool], **values: Any) -> None:
        with self._store.writing() as connection:
            connection.execute(update(tables.paper).where(which).values(**values))

    def _now_ms(self) -> int:
        return to_millis(self._clock.now())


@contextmanager
def _as_full() -> Iterator[None]:
    """Say of a disk that fails that there is no room for papers: whoever asked would take another word for a cut."""
    try:
        yield
    except EnvironmentFailure as exc:
        if not exc.code.startswith("disk."):
            raise
        raise EnvironmentFailure("hall.papers_full") from exc


def _place_of(giver: str) -> str:
    """Return a name that leads nowhere else, whatever the giver is called."""
    return hashlib.sha256(giver.encode()).hexdigest()[:32]


def _is(name: SealedName) -> ColumnElement[bool]:
    """Find what a name says; the same sealed file may be here as another paper, by a desk that lies."""
    paper = (_PAPER.sha256 == name.paper.sha256) & (_PAPER.size_bytes == name.paper.size_bytes)
    return (_PAPER.sealed_sha256 == name.sha256) & paper


def _is_known(connection: Connection, sealed: bytes) -> bool:
    return connection.execute(select(_PAPER.giver).where(_PAPER.sealed_sha256 == sealed)).first() is not None


def _name_of(row: Any) -> SealedName:
    return SealedName(
        paper=PaperName(sha256=row.sha256, size_bytes=row.size_bytes),
        sha256=row.sealed_sha256,
        size_bytes=row.sealed_bytes,
        sealed_for=row.sealed_for,
    )
