"""Asking a receipt printer how it is, and hearing that it has printed.

DLE EOT 1 to 4 (status at once), GS r 1 and GS ( H function 48 (answered once all before has been processed), after
Epson's ESC/POS command reference. What comes back is told apart by its fixed bits.
"""

import time
from dataclasses import dataclass

from counter_app.services.answers.printing import BLOCKING, Condition, PrinterState
from printing.backends.streams import Stream
from printing.profiles import Completion

_SLICE_S = 0.05
_MOST_HEARD = 256

# Fixed bits of the answer to DLE EOT: 0xx1xx10. That to GS r: 0xx0xxxx.
_STATUS_MASK, _STATUS_BITS = 0x93, 0x12
_AFTERWARDS_MASK = 0x90

# What the answers to DLE EOT 2, 3 and 4 say, bit by bit.
_MEANINGS = (
    (4, 0x60, Condition.PAPER_OUT),
    (2, 0x20, Condition.PAPER_OUT),
    (2, 0x04, Condition.COVER_OPEN),
    (3, 0x08, Condition.JAM),  # the knife is stuck
    (3, 0x24, Condition.FAULT),
    (3, 0x40, Condition.PAUSED),  # the head is too hot, and goes on by itself
    (4, 0x0C, Condition.PAPER_LOW),
)
_OFFLINE, _ERROR = 0x08, 0x40


@dataclass(frozen=True, slots=True)
class Report:
    """What a printer said of itself."""

    is_offline: bool
    conditions: tuple[Condition, ...] = ()

    @property
    def state(self) -> PrinterState:
        """READY; STOPPED for a known reason; OFFLINE for none it tells."""
        if BLOCKING.intersection(self.conditions):
            return PrinterState.STOPPED
        return PrinterState.OFFLINE if self.is_offline else PrinterState.READY

    @property
    def blocking(self) -> tuple[Condition, ...]:
        """What keeps it from printing, () for nothing. Offline without a reason counts as paused at the printer."""
        found = tuple(condition for condition in self.conditions if condition in BLOCKING)
        return found or ((Condition.PAUSED,) if self.is_offline else ())


class Talk:
    """Questions and answers on an open line, beside the data. What is cut off of a question goes before all else."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._unsent = b""
        self._heard = bytearray()

    def write(self, data: bytes) -> int:
        """Hand over data as `Stream.write` does."""
        return self._stream.write(data) if self._flush() else 0

    def _flush(self) -> bool:
        if self._unsent:
            self._unsent = self._unsent[self._stream.write(self._unsent) :]
        return not self._unsent

    def _put(self, question: bytes) -> bool:
        """Queue a question; whether all of it has left."""
        self._unsent += question
        return self._flush()

    def listen(self, timeout_s: float) -> None:
        """Hear what arrives, waiting at most so long."""
        self._heard += self._stream.read(64, timeout_s)
        del self._heard[:-_MOST_HEARD]

    def ask(self, number: int, *, timeout_s: float) -> int | None:
        """Return the answer to DLE EOT with this number, None when there is none in time.

        The time runs from when the question has left, behind all that is queued before it.
        """
        self.listen(0)
        self._take_status()
        self._put(bytes([0x10, 0x04, number]))
        deadline, queued = time.monotonic() + timeout_s, self._stream.queued_bytes()
        while time.monotonic() < deadline:
            self.listen(_SLICE_S)
            if (answer := self._take_status()) is not None:
                return answer
            still_queued = self._stream.queued_bytes()
            if not self._flush() or still_queued < queued:
                queued = still_queued
                deadline = deadline if self._unsent else time.monotonic() + timeout_s
        return None

    def _take_status(self) -> int | None:
        """Take the status bytes out of what was heard; return the latest."""
        found = [byte for byte in self._heard if byte & _STATUS_MASK == _STATUS_BITS]
        self._heard = bytearray(byte for byte in self._heard if byte & _STATUS_MASK != _STATUS_BITS)
        return found[-1] if found else None

    def report(self, *, timeout_s: float) -> Report | None:
        """Ask everything; None for a silent printer."""
        printer = self.ask(1, timeout_s=timeout_s)
        if printer is None:
            return None
        answers = {number: self.ask(number, timeout_s=timeout_s) or 0 for number in (2, 3, 4)}
        found = [condition for number, bits, condition in _MEANINGS if answers[number] & bits]
        if answers[2] & _ERROR and not BLOCKING.intersection(found):
            found.append(Condition.FAULT)
        if Condition.PAPER_OUT in found and Condition.PAPER_LOW in found:
            found.remove(Condition.PAPER_LOW)
        return Report(bool(printer & _OFFLINE), tuple(dict.fromkeys(found)))

    def request_completion(self, completion: Completion, token: bytes) -> None:
        """Ask to be told when all before has been printed; `token` is four letters from A to O."""
        if completion is Completion.PROCESS_ID:
            self._put(b"\x1d(H\x06\x0000" + token)
        elif completion is Completion.STATUS:
            self._put(b"\x1dr\x01")

    def has_completed(self, completion: Completion, token: bytes) -> bool:
        """Whether that has been heard."""
        if completion is Completion.PROCESS_ID:
            return b'7"' + token + b"\0" in self._heard
        return completion is Completion.STATUS and any(not byte & _AFTERWARDS_MASK for byte in self._heard)

    def forget(self) -> None:
        """Throw away what was heard so far."""
        self.listen(0)
        self._heard.clear()

    @property
    def queued_bytes(self) -> int:
        """How much was taken but has not left this computer yet, 0 where that is not known."""
        return self._stream.queued_bytes()

    @property
    def has_left(self) -> bool:
        """Whether all that was handed over has left this computer, as far as that is known."""
        return self._flush() and self.queued_bytes == 0
