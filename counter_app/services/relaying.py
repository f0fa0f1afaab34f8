"""Passing on a bundle that this desk cannot read, and taking back the province's answer for the desk that made it."""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO

import msgspec

from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.core.replacing import new_file
from counter_app.sync.bundle_file import Progressed, require_new
from counter_app.sync.papers import CHUNK_BYTES
from counter_app.sync.relaying import (
    MOST_RELAYED_BYTES,
    AnswerPart,
    BundleAtProvince,
    RelayAnswer,
    RelayLine,
    RelayPart,
)

_READ_BYTES = 1024 * 1024
#: So often the province has no more of a bundle than before: it had to forget what was there of it.
_MOST_SET_BACK = 3
#: What the province refuses a bundle by, as the carrier is told of it.
_REFUSALS = {
    "bundle.not_for_us": "bundle.relay_not_for_province",
    "bundle.not_genuine": "bundle.not_genuine",
    "bundle.giver_refused": "bundle.relay_giver_refused",
    "bundle.too_large": "bundle.relay_too_large",
    "bundle.too_often": "bundle.relay_too_often",
    "bundle.no_recipient": "bundle.relay_no_answer",
    "province.no_such_path": "bundle.relay_unknown",
}


class BundleRelayed(BundleAtProvince, frozen=True, kw_only=True):
    """What the bundle brought the province that was not there; `answer_bytes` is 0 where no answer was asked for."""

    answer_bytes: int = 0


class Relaying:
    """One bundle; waits for the line."""

    def __init__(
        self,
        open_line: Callable[[], AbstractContextManager[RelayLine]],
        *,
        progressed: Progressed,
        is_cancelled: Callable[[], bool],
    ) -> None:
        self._open_line = open_line
        self._progressed, self._is_cancelled = progressed, is_cancelled

    def relay(self, path: Path, *, answer: Path | None) -> BundleRelayed:
        """Carry it up and the answer down; see `counter_app.services.bundles.BundleDesk.relay`."""
        if answer is not None:
            require_new(answer)
        try:
            with path.open("rb") as file:
                return self._relay(file, answer)
        except FileNotFoundError as exc:
            raise UserError("cli.no_such_file", file=path.name) from exc
        except OSError as exc:
            raise EnvironmentFailure("bundle.damaged") from exc

    def _relay(self, file: BinaryIO, answer: Path | None) -> BundleRelayed:
        part = self._name(file)
        try:
            with self._open_line() as line:
                report = self._carry_up(line, file, part)
                size = self._bring_down(line, part.sha256, answer) if answer is not None else 0
        except AppError as error:
            raise _for_carrier(error) from error
        return BundleRelayed(**msgspec.structs.asdict(report), answer_bytes=size)

    def _name(self, file: BinaryIO) -> RelayPart:
        digest, size = hashlib.sha256(), 0
        while data := file.read(_READ_BYTES):
            self._go_on()
            digest.update(data)
            size += len(data)
            if size > MOST_RELAYED_BYTES:
                raise UserError("bundle.relay_too_large")
        return RelayPart(sha256=digest.digest(), size_bytes=size)

    def _carry_up(self, line: RelayLine, file: BinaryIO, whole: RelayPart) -> BundleAtProvince:
        taken, before, set_back = line.put(whole), -1, 0
        while taken.report is None:
            self._go_on()
            # All of it there and no report is no set-back: the province is still at it.
            set_back += taken.kept <= before and taken.kept != whole.size_bytes
            if set_back > _MOST_SET_BACK or taken.kept > whole.size_bytes:
                raise EnvironmentFailure("sync.line_refused", reason="bundle")
            before = taken.kept
            self._progressed(taken.kept, whole.size_bytes)
            file.seek(taken.kept)
            data = file.read(CHUNK_BYTES)
            taken = line.put(msgspec.structs.replace(whole, offset=taken.kept, data=data))
        return taken.report

    def _bring_down(self, line: RelayLine, sha256: bytes, path: Path) -> int:
        found = line.find_answer(sha256)
        while not found.size_bytes:
            self._go_on()
            found = line.find_answer(sha256)
        try:
            with new_file(path) as file:
                self._write(line, found, file)
        except OSError as exc:
            raise EnvironmentFailure("disk.write_failed", retryable=True, file=path.name) from exc
        return found.size_bytes

    def _write(self, line: RelayLine, answer: RelayAnswer, file: BinaryIO) -> None:
        size, digest = 0, hashlib.sha256()
        while size < answer.size_bytes:
            self._go_on()
            data = line.read_answer(AnswerPart(answer=answer, offset=size))
            if not data:
                raise EnvironmentFailure("sync.line_refused", reason="bundle")
            file.write(data)
            digest.update(data)
            size += len(data)
            self._progressed(min(size, answer.size_bytes), answer.size_bytes)
        if digest.digest() != answer.sha256:
            raise EnvironmentFailure("sync.line_refused", reason="bundle")

    def _go_on(self) -> None:
        if self._is_cancelled():
            raise UserError("bundle.cancelled")


def _for_carrier(error: AppError) -> AppError:
    """Return what is told who stands there with the stick of somebody else."""
    if error.code in ("sync.line_down", "sync.not_enrolled"):
        return EnvironmentFailure("bundle.no_line", retryable=True)
    if error.code != "sync.line_refused":
        return error
    reason = str(error.context.get("reason", ""))
    if reason == "bundle.damaged":
        return EnvironmentFailure("bundle.damaged")
    return UserError(_REFUSALS[reason]) if reason in _REFUSALS else error
