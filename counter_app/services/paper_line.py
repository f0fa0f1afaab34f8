"""Digitised papers and the province: sent when no record waits, fetched when a clerk opens one that lies elsewhere.

What the hall has of them is fetched from there (`counter_app.services.hall_papers`).
"""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from datetime import timedelta

import msgspec
from sqlalchemy import Connection, delete, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from counter_app.core.clock import to_millis
from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.domain.document import DocumentContent
from counter_app.services.line_turns import Turn, is_time
from counter_app.services.open_desk import OpenDesk, read_local, write_local
from counter_app.settings.settings import Settings
from counter_app.store.tables import documents, journal, local
from counter_app.store.vault import Blob, Vault
from counter_app.store.writer_queue import Priority
from counter_app.sync.papers import (
    CHUNK_BYTES,
    HELD,
    MOST_ASKED,
    MOST_NAMED,
    MOST_PAPER_BYTES,
    PaperLine,
    PaperName,
    PaperPart,
)

_log = logging.getLogger(__name__)

ASKED_AGAIN_AFTER = timedelta(days=30)
"""So old a confirmation is asked for again: the province may have been restored from a copy."""
_TRIES = 3
_WANTED = "papers_wanted"
_version, _entry, _confirmed = documents.document_version.c, journal.entry.c, local.paper_confirmed.c


class PaperSending:
    """Sends what this desk's entries name. One exchange at a time; from a thread that may wait for the line."""

    def __init__(self, desk: OpenDesk, settings: Settings) -> None:
        self._desk = desk
        self._settings = settings
        self._coming = _Coming()

    def count_left(self) -> int:
        """Return how many papers of this desk the province has not confirmed."""
        query = select(func.count(_version.sha256.distinct())).select_from(_OWN)
        with self._desk.store.reading() as connection:
            return connection.execute(
                query.where(_entry.desk == self._desk.desk.id, _confirmed.sha256.is_(None))
            ).scalar_one()

    def list_unconfirmed(self) -> list[PaperName]:
        """Return papers of this desk of which it is not sure that the province has them, the oldest first."""
        return [_name_of(one) for one in self._list_next((), most=MOST_NAMED)]

    def note_said(self, held: Iterable[bytes], not_held: Iterable[bytes]) -> None:
        """Keep what a bundle of the province said of papers."""
        self._note([one.hex() for one in held], is_held=True)
        self._note([one.hex() for one in not_held], is_held=False)

    def doubt(self) -> None:
        """Ask again about every paper at the next sending: the province was set back."""
        with self._desk.store.writing(Priority.LINE) as connection:
            connection.execute(update(local.paper_confirmed).values(at=0))

    def send(
        self,
        line: PaperLine,
        *,
        must_stop: Callable[[], bool],
        stopped: threading.Event,
        left: AbstractSet[str] = frozenset(),
    ) -> bool:
        """Send papers until the province has them all, or the settings say not now.

        Those that are `left` to the hall are asked for and not sent.

        Returns whether it ended in between because `must_stop` said so, asked before each chunk, or a turn was over:
        then more is to be sent as soon as records are through. `stopped` ends the pauses of a set speed.

        Raises:
            EnvironmentFailure: the line; what was confirmed is kept, and what was sent goes on from there.
        """
        turn = Turn(self._settings, must_stop, stopped)
        passed_over: set[str] = set()
        while self._is_time() and (papers := self._list_next(passed_over)):
            kept = line.list_kept([_name_of(one) for one in papers])
            for one in (one for one, at in zip(papers, kept, strict=True) if at == HELD):
                passed_over.add(one.sha256)
                if not self._require_here(line, one, turn):
                    return turn.is_over()
                self._note([one.sha256], is_held=True)
            lacking = [(one, at) for one, at in zip(papers, kept, strict=True) if at != HELD]
            self._note([one.sha256 for one, _at in lacking], is_held=False)
            passed_over |= left & {one.sha256 for one, _at in lacking}
            for paper, at in ((one, at) for one, at in lacking if one.sha256 not in left):
                if turn.is_over() or not self._is_time():
                    return turn.is_over()
                passed_over.add(paper.sha256)
                if not self._send_one(line, paper, at, turn):
                    return turn.is_over()
        return False

    def _require_here(self, line: PaperLine, paper: Blob, turn: Turn) -> bool:
        """Bring back a paper of this desk that its disk lost, as one that was set back has; whether a next may follow.

        Raises:
            EnvironmentFailure: the line, or the disk; what came is kept for the next exchange.
        """
        if self._desk.vault.holds(paper.sha256) or not self._is_from_here(paper):
            return True
        try:
            while not self._coming.read_on(line, paper):
                if turn.is_over() or not self._is_time():
                    return False
            self._desk.vault.put([self._coming.take(paper)])
        except AppError as error:
            if isinstance(error, EnvironmentFailure) and error.retryable:
                raise
            _log.warning("a paper was not brought back: %s", error.code)
        return True

    def _is_from_here(self, paper: Blob) -> bool:
        """Whether this desk digitised it; one that was reused unseen comes when somebody opens it."""
        named = select(_entry.desk).join(documents.document_version, _entry.position == _version.position)
        first = named.where(_version.sha256 == paper.sha256).order_by(_entry.at).limit(1)
        with self._desk.store.reading() as connection:
            return bool(connection.execute(first).scalar() == self._desk.desk.id)

    def _send_one(self, line: PaperLine, paper: Blob, at: int, turn: Turn) -> bool:
        """Send the rest of one paper; whether the next one may follow."""
        try:
            for part in _iter_parts(self._desk.vault, paper, at):
                if turn.is_over() or not self._is_time():
                    return False
                begun = time.monotonic()
                kept = line.put_part(part)
                turn.rest(len(part.data), time.monotonic() - begun)
                if kept == HELD:
                    self._note([paper.sha256], is_held=True)
                    return True
                if kept != part.offset + len(part.data):
                    return True  # another desk sends it too, or it begins anew: asked for again at the next exchange
        except AppError as error:
            if isinstance(error, EnvironmentFailure) and error.retryable:
                raise
            _log.warning("a paper was passed over: %s", error.code)
        return True

    def _is_time(self) -> bool:
        return is_time(self._settings, self._desk.clock)

    def _list_next(self, passed_over: Iterable[str], *, most: int = MOST_ASKED) -> list[Blob]:
        limit = to_millis(self._desk.clock.now() - ASKED_AGAIN_AFTER)
        unsure = or_(_confirmed.sha256.is_(None), _confirmed.at < limit)
        query = select(_version.sha256, _version.size_bytes, func.min(_version.position).label("first"))
        query = query.select_from(_OWN).where(_entry.desk == self._desk.desk.id, unsure)
        query = query.where(_version.size_bytes.between(1, MOST_PAPER_BYTES))
        query = query.group_by(_version.sha256).order_by("first")
        skipped = set(passed_over)
        with self._desk.store.reading() as connection:
            rows = connection.execute(query.limit(most + len(skipped))).all()
        found = (Blob(sha256=row.sha256, size_bytes=row.size_bytes) for row in rows if row.sha256 not in skipped)
        return [one for one, _place in zip(found, range(most), strict=False)]

    def _note(self, sha256s: list[str], *, is_held: bool) -> None:
        if not sha256s:
            return
        with self._desk.store.writing(Priority.LINE) as connection:
            note_confirmed(connection, sha256s, is_held=is_held, at_ms=to_millis(self._desk.clock.now()))


class PaperFetching:
    """Brings papers of other desks here when somebody needs them. Any thread that may wait for the line."""

    def __init__(
        self,
        desk: OpenDesk,
        open_line: Callable[[], AbstractContextManager[PaperLine]],
        nearby: Callable[[Blob], bytes | None],
    ) -> None:
        """`open_line` leads to the province; `nearby` gives what the hall has, which is asked first."""
        self._desk, self._open_line, self._nearby = desk, open_line, nearby
        self._lock = threading.Lock()
        self._coming = _Coming()

    def require(self, content: DocumentContent) -> None:
        """Return once the file of a document is in the vault.

        Raises:
            UserError: ``document.not_fetched``: it lies at another desk and could not be brought here now.
        """
        if self._desk.vault.holds(content.sha256):
            return
        with self._lock:
            if self._desk.vault.holds(content.sha256):
                return
            try:
                self._fetch(content)
            except AppError as exc:
                _want(self._desk, content.sha256)
                raise UserError("document.not_fetched", reason=exc.code) from exc

    def _fetch(self, content: DocumentContent) -> None:
        paper = Blob(sha256=content.sha256, size_bytes=content.size_bytes)
        near = self._nearby(paper)
        self._desk.vault.put([near if near is not None else self._fetch_far(paper)])

    def _fetch_far(self, paper: Blob) -> bytes:
        for left in reversed(range(_TRIES)):
            try:
                with self._open_line() as line:
                    while not self._coming.read_on(line, paper):
                        pass
                break
            except EnvironmentFailure as exc:
                if not exc.retryable or not left:
                    raise
        return self._coming.take(paper)


class _Coming:
    """A paper on its way here; it goes on from what has come so far, also after a cut."""

    def __init__(self) -> None:
        self._part: tuple[str, bytearray] = ("", bytearray())

    def read_on(self, line: PaperLine, paper: Blob) -> bool:
        """Take the next piece; whether all has come.

        Raises:
            EnvironmentFailure: the line; ``sync.line_refused`` for what it gives, and for a size that no paper has:
                the entry that names it may be of another unit's desk.
        """
        if not 0 < paper.size_bytes <= MOST_PAPER_BYTES:
            raise EnvironmentFailure("sync.line_refused", reason="paper")
        if self._part[0] != paper.sha256:
            self._part = (paper.sha256, bytearray())
        data = self._part[1]
        if len(data) < paper.size_bytes:
            came = line.read_part(_name_of(paper), len(data))
            if not came or len(data) + len(came) > paper.size_bytes:
                raise EnvironmentFailure("sync.line_refused", reason="paper")
            data += came
        return len(data) == paper.size_bytes

    def take(self, paper: Blob) -> bytes:
        """Return what came whole; it begins anew afterwards."""
        data, self._part = bytes(self._part[1]), ("", bytearray())
        if hashlib.sha256(data).hexdigest() != paper.sha256:
            raise EnvironmentFailure("vault.damaged")
        return data


_OWN = documents.document_version.join(journal.entry, _entry.position == _version.position).outerjoin(
    local.paper_confirmed, _confirmed.sha256 == _version.sha256
)


def note_confirmed(connection: Connection, sha256s: Iterable[str], *, is_held: bool, at_ms: int) -> None:
    """Keep that the province has papers, or that it has not."""
    for sha256 in sha256s:
        if is_held:
            kept = upsert(local.paper_confirmed).values(sha256=sha256, at=at_ms)
            connection.execute(kept.on_conflict_do_update(index_elements=["sha256"], set_={"at": at_ms}))
        else:
            connection.execute(delete(local.paper_confirmed).where(_confirmed.sha256 == sha256))


def list_wanted(desk: OpenDesk) -> list[bytes]:
    """Return papers that the next bundle of the province is to bring, by their SHA-256.

    Those that a clerk wanted to see and could not, those of this desk whose files it lost, and those that citizens
    sent with online requests.
    """
    online = local.online_file.c
    named = select(_version.sha256).join(journal.entry, _entry.position == _version.position)
    with desk.store.reading() as connection:
        own = set(connection.execute(named.where(_entry.desk == desk.desk.id)).scalars())
        wanted = own | set(_read_wanted(connection))
        wanted |= set(connection.execute(select(online.sha256).where(~online.is_here)).scalars())
    return [bytes.fromhex(sha256) for sha256 in sorted(wanted) if not desk.vault.holds(sha256)][:MOST_NAMED]


def _want(desk: OpenDesk, sha256: str) -> None:
    """Remember a paper that could not be brought here."""
    with desk.store.writing() as connection:
        wanted = [one for one in _read_wanted(connection) if one != sha256 and not desk.vault.holds(one)]
        write_local(connection, _WANTED, msgspec.json.encode([*wanted, sha256][-MOST_ASKED:]))


def _read_wanted(connection: Connection) -> list[str]:
    data = read_local(connection, _WANTED)
    return msgspec.json.decode(data, type=list[str]) if data is not None else []


def _name_of(paper: Blob) -> PaperName:
    return PaperName(sha256=bytes.fromhex(paper.sha256), size_bytes=paper.size_bytes)


def _iter_parts(vault: Vault, paper: Blob, at: int) -> Iterator[PaperPart]:
    """Yield a paper from an offset on in chunks; an empty one where all of it went and was not said to be whole."""
    name, place = _name_of(paper), 0
    if at == paper.size_bytes:
        yield PaperPart(paper=name, offset=at)
    for content in vault.iter_content(paper.sha256):
        for start in range(max(0, at - place), len(content), CHUNK_BYTES):
            data = content[start : start + CHUNK_BYTES]
            yield PaperPart(paper=name, offset=place + start, data=data)
        place += len(content)
