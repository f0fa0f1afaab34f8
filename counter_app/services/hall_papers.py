"""Papers and the hall: this desk's own are given to it, sealed; those of other desks are had from it, line or no line.

That the hall has a paper is its word, and good for nothing but leaving the paper to it for a while. "At the province"
is the province's to say.
"""

import hashlib
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sqlalchemy import func, or_, select

from counter_app.core.clock import to_millis
from counter_app.core.errors import AppError, EnvironmentFailure
from counter_app.services.line_turns import Turn, is_time
from counter_app.services.open_desk import OpenDesk
from counter_app.settings.settings import Settings
from counter_app.store.tables import documents, journal, local
from counter_app.store.vault import Blob
from counter_app.sync.exchange import Exchange
from counter_app.sync.papers import CHUNK_BYTES, HELD, MOST_ASKED, MOST_PAPER_BYTES, PaperName
from counter_app.sync.sealed_papers import (
    SealedAsked,
    SealedLine,
    SealedName,
    SealedPart,
    SealedWanted,
    digest_of,
    list_recipients,
    open_paper,
    seal_paper,
)

if TYPE_CHECKING:
    from counter_app.sync.https_line import HttpsLine

_log = logging.getLogger(__name__)

GIVEN_FOR = timedelta(days=30)
"""So long a paper is given to a hall also when the province has it: other desks may ask while the line is cut."""
LEFT_FOR = timedelta(days=1)
"""So old a paper is sent to the province by the desk itself, whatever the hall says."""
_QUIET_S = 600.0
_NO_ANSWER_S = 60.0
_TRIES = 2
_version, _entry, _confirmed = documents.document_version.c, journal.entry.c, local.paper_confirmed.c
_OWN = documents.document_version.join(journal.entry, _entry.position == _version.position).outerjoin(
    local.paper_confirmed, _confirmed.sha256 == _version.sha256
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _OwnPaper:
    """A paper of this desk, the time of its entry, and whether the province said that it has it."""

    blob: Blob
    at: int
    is_confirmed: bool


class HallPapers:
    """Giving from one thread at a time, `find` from any that may wait for the hall."""

    def __init__(
        self,
        desk: OpenDesk,
        settings: Settings,
        exchange: Exchange,
        open_line: "Callable[[], AbstractContextManager[HttpsLine | None]]",
    ) -> None:
        self._desk, self._settings, self._exchange, self._open_line = desk, settings, exchange, open_line
        self._given: dict[str, int] = {}
        self._given_to: tuple[object, bytes] = (None, b"")
        self._quiet_until = self._no_answer_until = 0.0
        self._lock = threading.Lock()
        self._coming: tuple[bytes, bytearray] = (b"", bytearray())

    def list_left(self) -> frozenset[str]:
        """Return papers of this desk that the hall has, and that are new enough to be left to it."""
        limit = self._limit(LEFT_FOR)
        return frozenset(sha256 for sha256, at in list(self._given.items()) if at >= limit)

    def give(self, line: SealedLine, *, must_stop: Callable[[], bool], stopped: threading.Event) -> bool:
        """Give the hall what it lacks of this desk's papers, or as much as the settings allow now.

        Returns whether it ended in between because `must_stop` said so, asked before each chunk, or a turn was over.

        Raises:
            EnvironmentFailure: the line; what was given goes on from there.
        """
        recipients = self._list_recipients()
        if not recipients or time.monotonic() < self._quiet_until:
            return False
        sealed_for = digest_of(recipients)
        if self._given_to != (line, sealed_for):  # another conversation: the hall may have been set back meanwhile
            self._given.clear()
            self._given_to = (line, sealed_for)
        turn = Turn(self._settings, must_stop, stopped)
        try:
            return self._give_all(line, recipients, turn)
        except (AppError, OSError) as error:  # a file that another program has open, or a command took away meanwhile
            if isinstance(error, EnvironmentFailure) and error.code.startswith("sync.line_") and error.retryable:
                raise
            self._quiet_until = time.monotonic() + _QUIET_S
            _log.warning("the hall is given no papers now: %s", _reason(error))
            return False

    def find(self, paper: Blob) -> bytes | None:
        """Return a paper that the hall has, None where there is no hall, or none that has it for this desk."""
        if time.monotonic() < self._no_answer_until:
            return None
        for _ in range(_TRIES):
            try:
                with self._lock, self._open_line() as line:
                    return self._fetch(_sealed(line), _name_of(paper)) if line is not None else None
            except AppError as error:
                _log.info("the hall gave no paper: %s", error.context.get("reason", error.code))
                if not isinstance(error, EnvironmentFailure) or not error.retryable:
                    return None
        self._no_answer_until = time.monotonic() + _NO_ANSWER_S
        return None

    def _give_all(self, line: SealedLine, recipients: list[str], turn: Turn) -> bool:
        passed_over: set[str] = set()
        while self._is_time() and (papers := self._list_next(passed_over)):
            names = [_name_of(one.blob) for one in papers]
            kept = line.list_kept(SealedAsked(papers=names, sealed_for=digest_of(recipients)))
            for paper, known in zip(papers, kept, strict=True):
                passed_over.add(paper.blob.sha256)
                held = known if known == HELD else self._give_one(line, paper, recipients, turn)
                if held == HELD:
                    self._given[paper.blob.sha256] = paper.at
                elif turn.is_over() or not self._is_time():
                    return turn.is_over()
        return False

    def _give_one(self, line: SealedLine, paper: _OwnPaper, recipients: list[str], turn: Turn) -> int:
        """Give the rest of one paper; returns how much the hall has of it, `HELD` for all."""
        path = self._seal(paper.blob, recipients) if self._desk.vault.holds(paper.blob.sha256) else None
        if path is None:
            return 0
        with path.open("rb") as file:
            kept = self._give_file(line, file, paper, digest_of(recipients), turn)
        if kept == HELD:
            _discard(path)
        return kept

    def _give_file(self, line: SealedLine, file: BinaryIO, paper: _OwnPaper, sealed_for: bytes, turn: Turn) -> int:
        """Give the rest of a sealed file, as fast as it goes: the set speed is that of the outside line."""
        digest = hashlib.file_digest(file, "sha256").digest()  # type: ignore[arg-type]  # it is one in binary mode
        name = SealedName(paper=_name_of(paper.blob), sha256=digest, size_bytes=file.tell(), sealed_for=sealed_for)
        kept, before = line.put_part(SealedPart(name=name)), HELD - 1
        while kept != HELD and kept > before:
            if turn.is_over() or not self._is_time():
                return kept
            file.seek(kept)
            part = SealedPart(name=name, offset=kept, data=file.read(CHUNK_BYTES), is_confirmed=paper.is_confirmed)
            before, kept = kept, line.put_part(part)
        return kept

    def _seal(self, paper: Blob, recipients: list[str]) -> Path | None:
        """Return the sealed file of a paper, the one begun with if it is still here; None of a damaged paper."""
        place = self._desk.folder.giving
        path = place / f"{self._desk.vault.name_of(paper.sha256)}-{digest_of(recipients).hex()[:16]}"
        try:
            place.mkdir(exist_ok=True, mode=0o700)
            for other in place.iterdir():
                if other != path:
                    _discard(other)
            if not path.exists():
                self._write_sealed(paper, path, recipients)
        except EnvironmentFailure as error:
            _log.warning("a paper was not given to the hall: %s", error.code)
            return None
        except OSError as exc:
            raise EnvironmentFailure("disk.write_failed", retryable=True, file=place.name) from exc
        return path

    def _write_sealed(self, paper: Blob, path: Path, recipients: list[str]) -> None:
        draft = path.with_suffix(f".{os.getpid()}")  # a command beside the window may give the same paper
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(handle, "wb") as target, self._desk.vault.open(paper.sha256) as content:
            seal_paper(content, target, recipients)
        draft.replace(path)

    def _fetch(self, line: SealedLine, paper: PaperName) -> bytes | None:
        for copy in line.list_copies(paper):
            content = open_paper(self._read(line, copy), paper, self._exchange.read_identity())
            if content is not None:
                return content
            _log.warning("a paper of the hall does not open here")
        return None

    def _read(self, line: SealedLine, copy: SealedName) -> bytes:
        """Return a sealed file; after a cut it goes on from what has come."""
        if self._coming[0] != copy.sha256:
            self._coming = (copy.sha256, bytearray())
        data = self._coming[1]
        while len(data) < copy.size_bytes:
            came = line.read_part(SealedWanted(sha256=copy.sha256, offset=len(data)))
            if not came:
                break
            data += came
        self._coming = (b"", bytearray())
        return bytes(data)

    def _list_recipients(self) -> list[str]:
        roster = self._exchange.find_roster()
        return list_recipients(roster, self._desk.desk.unit_code) if roster is not None else []

    def _list_next(self, passed_over: set[str]) -> list[_OwnPaper]:
        return list(self._iter_next(passed_over))

    def _iter_next(self, passed_over: set[str]) -> Iterator[_OwnPaper]:
        """Yield some papers of this desk that may lack there: what the province lacks first, the oldest before others.

        A hall that is full takes what lies there only for other desks to read last.
        """
        skipped = passed_over | self._given.keys()
        at, is_confirmed = func.min(_entry.at).label("at"), (func.coalesce(_confirmed.at, 0) > 0).label("is_confirmed")
        wanted = or_(_confirmed.sha256.is_(None), _entry.at >= self._limit(GIVEN_FOR))
        query = select(_version.sha256, _version.size_bytes, at, is_confirmed).select_from(_OWN)
        query = query.where(_entry.desk == self._desk.desk.id, wanted, _version.size_bytes <= MOST_PAPER_BYTES)
        query = query.group_by(_version.sha256).order_by(is_confirmed, at).limit(MOST_ASKED + len(skipped))
        with self._desk.store.reading() as connection:
            rows = connection.execute(query).all()
        left = [row for row in rows if row.sha256 not in skipped]
        for row in left[:MOST_ASKED]:
            blob = Blob(sha256=row.sha256, size_bytes=row.size_bytes)
            yield _OwnPaper(blob=blob, at=row.at, is_confirmed=bool(row.is_confirmed))

    def _is_time(self) -> bool:
        return is_time(self._settings, self._desk.clock)

    def _limit(self, ago: timedelta) -> int:
        """Return the clock of entries so long ago."""
        return to_millis(self._desk.clock.now() - ago) << 16


def _reason(error: AppError | OSError) -> str:
    return str(error.context.get("reason", error.code)) if isinstance(error, AppError) else "disk.write_failed"


def _discard(path: Path) -> None:
    """Delete a file, unless somebody has it open on a system that forbids that; the next paper's turn tries again."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _sealed(line: "HttpsLine") -> SealedLine:
    from counter_app.sync.https_sealed import HttpsSealed

    return HttpsSealed(line)


def _name_of(paper: Blob) -> PaperName:
    return PaperName(sha256=bytes.fromhex(paper.sha256), size_bytes=paper.size_bytes)
