"""Bundles that a desk passes on for another one: gathered in chunks, taken as from a stick, answered the same way.

Each carrier has one place: for the bundle that comes, what the last one brought, and the answer to it. So nobody gets
an answer whose bundle they did not bring, and nobody can fill the disk.
"""

import hashlib
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.core.replacing import replace_file
from counter_app.province.bundles import ProvinceBundles
from counter_app.province.limits import Limit, Limits
from counter_app.province.service import Province
from counter_app.sync.bundle_file import require_for
from counter_app.sync.papers import CHUNK_BYTES
from counter_app.sync.relaying import (
    MOST_RELAYED_BYTES,
    AnswerPart,
    BundleAtProvince,
    RelayAnswer,
    RelayPart,
    RelayTaken,
)

T = TypeVar("T")
_encode = msgspec.msgpack.Encoder().encode
#: Bundles that one carrier begins, and answers that are made for it.
RELAYED = Limit(name="relayed", most=60, period_s=3_600)
_MOST_FOLDER_BYTES = 20 * 1024 * 1024 * 1024
#: What the entries of a bundle may take unpacked, beside what each of its bytes may: programs of ours make some tens of
#: bytes of one, and a bundle that makes thousands would keep everybody's waiting for as long as its maker likes.
_MOST_UNPACKED_BYTES, _MOST_FOR_EACH_BYTE = 256 * 1024 * 1024, 100
_FORGOTTEN_AFTER_S = 7 * 86_400
#: For so long a bundle that comes again is answered with what it brought; later it is taken once more, with no effect.
_REMEMBERED = timedelta(minutes=10)
#: A desk waits for an answer for a minute at most.
_PATIENCE_S = 20.0


class _Note(msgspec.Struct, frozen=True, kw_only=True):
    """What the bundle that a carrier passed on last brought."""

    sha256: bytes
    taken_at: datetime
    report: BundleAtProvince


class Relay:
    """Any thread. One bundle at a time is taken or made: each may hold a large paper in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="relay")
        self._lock = threading.Lock()
        self._working: dict[str, Future[None]] = {}

    def take_part(self, province: Province, carrier: str, data: bytes) -> bytes:
        """Take the next bytes of a bundle, and the bundle once all of it is here.

        Raises:
            UserError: ``province.bad_request``; as `Province.require_desk`.
            UserError: ``bundle.not_for_us``, ``bundle.not_genuine``, ``bundle.too_large``, ``bundle.too_often``;
                ``bundle.giver_refused``: of a desk that the province does not admit. Nothing changed.
            EnvironmentFailure: ``bundle.damaged``; disk; database.
        """
        province.require_desk(carrier)
        return _encode(self._take(province, carrier, _decode(data, RelayPart)))

    def _take(self, province: Province, carrier: str, part: RelayPart) -> RelayTaken:
        place = _Place(self.folder, carrier)
        known = place.read_note()
        if known and known.sha256 == part.sha256 and province.clock.now() - known.taken_at < _REMEMBERED:
            return RelayTaken(kept=part.size_bytes, report=known.report)
        if part.size_bytes > MOST_RELAYED_BYTES:
            raise UserError("bundle.too_large")
        path = place.part_of(part)
        kept = self._append(province, carrier, path, part)
        if kept < part.size_bytes:
            return RelayTaken(kept=kept)
        is_done = self._work(path.name, lambda: self._import(province, place, path, part.sha256))
        note = place.read_note() if is_done else None
        return RelayTaken(kept=kept, report=note.report if note else None)

    def find_answer(self, province: Province, carrier: str, data: bytes) -> bytes:
        """Return the answer for the desk whose bundle the carrier passed on last; of no size while it is being made.

        Raises:
            UserError: ``bundle.nothing_relayed``, ``bundle.too_often``, ``bundle.giver_refused``,
                ``bundle.no_recipient``.
            EnvironmentFailure: disk; database.
        """
        province.require_desk(carrier)
        place = _Place(self.folder, carrier)
        note = place.read_note()
        if note is None or note.sha256 != _decode(data, bytes):
            raise UserError("bundle.nothing_relayed")

        answer = place.answer_to(note)

        def make() -> None:
            _count(province, carrier)
            answer.unlink(missing_ok=True)
            _of_giver(lambda: ProvinceBundles(province).export(note.report.desk, answer))

        if not self._work(answer.name, make):
            return _encode(RelayAnswer())
        with answer.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").digest()
        return _encode(RelayAnswer(sha256=digest, size_bytes=answer.stat().st_size))

    def read_answer(self, province: Province, carrier: str, data: bytes) -> bytes:
        """Return bytes of the answer that was made for the carrier last, a chunk at most.

        Raises:
            UserError: ``bundle.nothing_relayed``.
        """
        province.require_desk(carrier)
        part: AnswerPart = _decode(data, AnswerPart)
        place = _Place(self.folder, carrier)
        note = place.read_note()
        if note is None:
            raise UserError("bundle.nothing_relayed")
        try:
            with place.answer_to(note).open("rb") as stream:
                stream.seek(part.offset)
                return stream.read(CHUNK_BYTES)
        except OSError as exc:
            raise UserError("bundle.nothing_relayed") from exc

    def _append(self, province: Province, carrier: str, path: Path, part: RelayPart) -> int:
        """Add what fits and return how much is here."""
        try:
            size = path.stat().st_size if path.exists() else 0
            if part.offset != size or not part.data or size + len(part.data) > part.size_bytes:
                return size
            if not size:
                self._begin(province, carrier, part)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
            with os.fdopen(handle, "ab") as stream:
                stream.write(part.data)
            return size + len(part.data)
        except OSError as exc:
            raise EnvironmentFailure("disk.write_failed", retryable=True, file="bundles") from exc

    def _begin(self, province: Province, carrier: str, part: RelayPart) -> None:
        """Make room, once the first bytes look like a bundle for the province."""
        _count(province, carrier)
        require_for(part.data, province.authority.identity)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _Place(self.folder, carrier).forget_parts()
        oldest, used = time.time() - _FORGOTTEN_AFTER_S, 0
        for file in self.folder.iterdir():
            found = file.stat()
            if found.st_mtime < oldest:
                file.unlink(missing_ok=True)
            else:
                used += found.st_size
        if used + part.size_bytes > _MOST_FOLDER_BYTES:
            raise EnvironmentFailure("disk.full", retryable=True, file="bundles")

    def _import(self, province: Province, place: "_Place", path: Path, sha256: bytes) -> None:
        """Take a bundle that is here whole; answers to the ones before it are nobody's any more."""
        with self._lock:
            for name in [name for name, made in self._working.items() if place.is_answer(name) and made.done()]:
                self._working.pop(name)
        place.forget_answers()
        _import(province, place, path, sha256)

    def _work(self, name: str, work: Callable[[], None]) -> bool:
        """Begin a work unless it goes on already, and wait a little; returns whether it is done."""
        with self._lock:
            future = self._working.get(name)
            if future is None:
                future = self._working[name] = self._pool.submit(work)
        try:
            future.result(_PATIENCE_S)
        except FutureTimeout:
            if not future.done():
                return False
            raise
        finally:
            if future.done():
                with self._lock:
                    if self._working.get(name) is future:
                        self._working.pop(name)
        return True


class _Place:
    """The files of one carrier."""

    def __init__(self, folder: Path, carrier: str) -> None:
        self._folder = folder
        self._name = hashlib.sha256(carrier.encode()).hexdigest()[:32]
        self.note = folder / f"{self._name}.note"

    def part_of(self, part: RelayPart) -> Path:
        return self._folder / f"{self._name}-{part.sha256.hex()}-{part.size_bytes}.coming"

    def forget_parts(self) -> None:
        for other in self._folder.glob(f"{self._name}-*.coming"):
            other.unlink(missing_ok=True)

    def answer_to(self, note: _Note) -> Path:
        return self._folder / f"{self._name}-{note.sha256.hex()}.answer"

    def is_answer(self, name: str) -> bool:
        return name.startswith(f"{self._name}-") and name.endswith(".answer")

    def forget_answers(self) -> None:
        for answer in self._folder.glob(f"{self._name}-*.answer"):
            answer.unlink(missing_ok=True)

    def read_note(self) -> _Note | None:
        try:
            return msgspec.msgpack.decode(self.note.read_bytes(), type=_Note)
        except (OSError, msgspec.MsgspecError):
            return None


def _import(province: Province, place: _Place, path: Path, sha256: bytes) -> None:
    """Take a bundle that is here whole; its file goes, whatever comes of it that a second time would not change."""
    try:
        _require_content(path, sha256)
        most = _MOST_UNPACKED_BYTES + _MOST_FOR_EACH_BYTE * path.stat().st_size
        taken = _of_giver(lambda: ProvinceBundles(province).take(path, most_unpacked=most))
    except (UserError, EnvironmentFailure) as error:
        if not isinstance(error, EnvironmentFailure) or not error.retryable:
            path.unlink(missing_ok=True)
        raise
    note = _Note(sha256=sha256, taken_at=province.clock.now(), report=taken)
    replace_file(place.note, msgspec.msgpack.encode(note))
    path.unlink(missing_ok=True)


def _require_content(path: Path, sha256: bytes) -> None:
    if not path.is_file():  # of no size
        raise EnvironmentFailure("bundle.damaged")
    with path.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").digest() != sha256:
            raise EnvironmentFailure("bundle.damaged")


def _of_giver(work: Callable[[], T]) -> T:
    """Do what may be refused because of who gave the bundle: the carrier must not think that it is meant."""
    try:
        return work()
    except UserError as error:
        if error.code.startswith("bundle."):
            raise
        raise UserError("bundle.giver_refused") from error


def _count(province: Province, carrier: str) -> None:
    limits = Limits(province.authority.signer.sign(b"counter-app relay limits 1\x00"))
    with province.database.transaction() as connection:
        is_allowed = limits.take(connection, RELAYED, carrier, now=province.clock.now())
    if not is_allowed:
        raise UserError("bundle.too_often")


def _decode(data: bytes, kind: Any) -> Any:
    try:
        return msgspec.msgpack.decode(data, type=kind)
    except (msgspec.MsgspecError, RecursionError) as exc:
        raise UserError("province.bad_request") from exc
