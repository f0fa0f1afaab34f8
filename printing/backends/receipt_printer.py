"""A receipt printer on a serial port or on the network, followed as far as it tells how it is.

Between two commands it is asked how it is, so that an empty roll is noticed before its buffer is full and the line
stands still. A job goes on by itself once the roll is changed; it is never begun anew.
"""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

from counter_app.core.errors import EnvironmentFailure
from counter_app.services.answers.printing import Condition, PrinterState, PrinterStatus
from printing.backends import Language, PrintCancelled, PrinterNotReady, PrintInterrupted, Ticket, Watch
from printing.backends.escpos_status import Report, Talk
from printing.backends.streams import (
    Stream,
    StreamFactory,
    StreamLostError,
    StreamRefusedError,
    serial_stream,
    tcp_stream,
)
from printing.profiles import Completion, ReceiptProfile, StatusSupport
from printing.renderers.escpos_stream import iter_commands

__all__ = ["ReceiptPrinter", "Timing", "serial_stream", "tcp_stream"]

_PIECE_BYTES = 1024
_CHUNK_BYTES = 512
_LETTERS = "ABCDEFGHIJKLMNO"
"""None of them, nor what stands around them, looks like the answer to DLE EOT."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long is waited for what, in seconds."""

    answer_s: float = 1.0
    """For an answer; Epson's answer within milliseconds."""
    between_s: float = 0.3
    """From one question to the next while data flows."""
    again_s: float = 0.5
    """From one question to the next while the printer waits for a hand."""
    stalled_s: float = 3.0
    """Until a line that takes nothing is said to wait."""
    silent_s: float = 15.0
    """Until a printer that had answered and does so no more is given up: it was switched off, its buffer is lost."""
    unanswered_s: float = 30.0
    """Until a printer that is well, but does not say that it has printed, is taken to have done so."""


_USUAL = Timing()


class ReceiptPrinter:
    """One receipt printer. The line is open only while it is asked or printed on. Used by one thread at a time."""

    def __init__(
        self,
        address: str,
        open_stream: StreamFactory,
        profile: ReceiptProfile,
        *,
        name: str = "",
        timing: Timing = _USUAL,
    ) -> None:
        """`name` is what people call it, by default the port or the host of its address."""
        self.profile = profile
        self._address = address
        self._name = name or address.partition(":")[2].partition("?")[0].removeprefix("//")
        self._open_stream = open_stream
        self._timing = timing

    @property
    def language(self) -> Language:
        """ESC/POS, made for this profile."""
        return Language.ESCPOS

    def status(self) -> PrinterStatus:
        """See `Backend`. BUSY while its port is held, by a job of ours or by another program."""
        try:
            stream = self._open_stream()
        except StreamRefusedError as refusal:
            return self._status_of(refusal.state)
        try:
            return self._ask(Talk(stream))
        except StreamLostError:
            return self._status_of(PrinterState.OFFLINE)
        finally:
            stream.close(drop=True)

    def send(self, content: bytes, ticket: Ticket, watch: Watch) -> str:
        """See `Backend`. Returns the printer's name once it has said that it printed, or would not say.

        The ticket is not used: receipt printers know no names of documents.

        Raises:
            PrinterNotReady: it cannot print, or its line does not open. Nothing was printed.
            PrintCancelled: stopped before the first byte.
            EnvironmentFailure: ``print.printer_unavailable``: lost, or its port held by another program, before the
                first byte.
            PrintInterrupted: lost or cancelled later; also when a printer that had answered falls silent.
        """
        del ticket
        if watch.is_cancelled():
            raise PrintCancelled(self._name)
        stream = self._opened()
        sending = _Sending(self._name, self.profile, Talk(stream), watch, self._timing)
        try:
            self._check(sending)
            sending.run(content)
        except StreamLostError as exc:
            raise sending.lost() from exc
        finally:
            # What is queued up to the end of a command still leaves, or the next job would be taken for its rest.
            stream.close(drop=sending.is_inside_command)
        return self._name

    def _opened(self) -> Stream:
        try:
            return self._open_stream()
        except StreamRefusedError as refusal:
            status = self._status_of(refusal.state)
            if not status.can_print:
                raise PrinterNotReady(status) from refusal
            raise EnvironmentFailure("print.printer_unavailable", retryable=True, printer=self._name) from refusal

    def _check(self, sending: "_Sending") -> None:
        status = self._ask(sending.talk)
        if not status.can_print:
            raise PrinterNotReady(status)
        sending.is_answering = status.state is PrinterState.READY

    def _ask(self, talk: Talk) -> PrinterStatus:
        if self.profile.status is StatusSupport.NO:
            return self._status_of(PrinterState.UNKNOWN)
        report = talk.report(timeout_s=self._timing.answer_s)
        if report is not None:
            return self._status_of(report.state, report.conditions)
        promised = self.profile.status is StatusSupport.YES
        return self._status_of(PrinterState.OFFLINE if promised else PrinterState.UNKNOWN)

    def _status_of(self, state: PrinterState, conditions: tuple[Condition, ...] = ()) -> PrinterStatus:
        return PrinterStatus(address=self._address, name=self._name, state=state, conditions=conditions)


class _Sending:
    """One job on an open line."""

    def __init__(self, name: str, profile: ReceiptProfile, talk: Talk, watch: Watch, timing: Timing) -> None:
        self.talk = talk
        self.is_answering = False
        self.is_inside_command = False
        self._name = name
        self._profile = profile
        self._watch = watch
        self._timing = timing
        self._has_begun = False
        self._told: tuple[Condition, ...] = ()
        self._next_question_at = time.monotonic() + timing.between_s

    def run(self, content: bytes) -> None:
        """Send all, and wait until it is printed."""
        for piece in _pieces(content):
            self._stop_if_cancelled()
            self._look()
            self._push(piece)
        self._confirm()
        self._tell(())

    def lost(self) -> EnvironmentFailure:
        """Return what the loss of the line means for the job."""
        if self._has_begun:
            return PrintInterrupted(self._name)
        return EnvironmentFailure("print.printer_unavailable", retryable=True, printer=self._name)

    def _stop_if_cancelled(self) -> None:
        if self._watch.is_cancelled():
            raise PrintInterrupted(self._name) if self._has_begun else PrintCancelled(self._name)

    def _tell(self, conditions: tuple[Condition, ...]) -> None:
        if conditions != self._told:
            self._told = conditions
            self._watch.waiting(conditions)

    def _push(self, piece: bytes) -> None:
        """Hand over a piece, however long the printer takes; a stop is heard only while it takes nothing."""
        moved_at = time.monotonic()
        self.is_inside_command = True
        while piece:
            taken = self.talk.write(piece[:_CHUNK_BYTES])
            if taken:
                self._has_begun = True
                piece = piece[taken:]
                moved_at = time.monotonic()
                self._tell(())
                continue
            self._stop_if_cancelled()
            self.talk.listen(0)
            if time.monotonic() - moved_at >= self._timing.stalled_s:
                # Its line is full, so it cannot be asked for the reason.
                self._tell((Condition.PAUSED,))
        self.is_inside_command = False

    def _look(self) -> None:
        """Between two commands: see that the line stands, and wait for as long as the printer cannot print."""
        if not self.is_answering:
            self.talk.listen(0)
            return
        if time.monotonic() < self._next_question_at:
            return
        report = self.talk.report(timeout_s=self._timing.answer_s)
        if report is None:
            # It may answer in turn with its printing: no conclusion, and no question for a while.
            self._next_question_at = time.monotonic() + 4 * self._timing.answer_s
            return
        if report.blocking:
            self._wait_while_blocked()
        self._next_question_at = time.monotonic() + self._timing.between_s

    def _wait_while_blocked(self) -> None:
        heard_at = time.monotonic()
        while True:
            report = self.talk.report(timeout_s=self._timing.answer_s)
            if report is not None:
                heard_at = time.monotonic()
                self._tell(report.blocking)
                if not report.blocking:
                    return
            elif time.monotonic() - heard_at > self._timing.silent_s:
                raise StreamLostError
            self._stop_if_cancelled()
            self.talk.listen(self._timing.again_s)

    def _confirm(self) -> None:
        if not self.is_answering:
            self._drain()
            return
        token = "".join(random.choices(_LETTERS, k=4)).encode()  # noqa: S311 - tells answers apart, no secret
        completion = self._profile.completion
        self.talk.forget()
        self.talk.request_completion(completion, token)
        heard_at = well_since = time.monotonic()
        while not self.talk.has_completed(completion, token):
            report = self.talk.report(timeout_s=self._timing.answer_s)
            now = time.monotonic()
            if report is not None:
                heard_at = now
                self._tell(report.blocking)
                well_since = now if report.blocking else well_since
                if self._is_taken_as_printed(report, now - well_since):
                    return
            elif now - heard_at > self._timing.silent_s:
                raise StreamLostError
            self._stop_if_cancelled()
            self.talk.listen(min(self._timing.again_s, 0.1))

    def _is_taken_as_printed(self, report: Report, well_for_s: float) -> bool:
        if report.blocking or not self.talk.has_left:
            return False
        return self._profile.completion is Completion.NONE or well_for_s > self._timing.unanswered_s

    def _drain(self) -> None:
        """Wait until a silent printer has been given everything; a line that stands still waits for a hand."""
        moved_at, queued = time.monotonic(), -1
        while not self.talk.has_left:
            self._stop_if_cancelled()
            self.talk.listen(0.02)
            if (left := self.talk.queued_bytes) != queued:
                queued, moved_at = left, time.monotonic()
            elif time.monotonic() - moved_at >= self._timing.stalled_s:
                self._tell((Condition.PAUSED,))


def _pieces(content: bytes) -> Iterator[bytes]:
    """Yield whole commands, about a kilobyte at a time or one that is longer."""
    piece = bytearray()
    for command in iter_commands(content):
        piece += command
        if len(piece) >= _PIECE_BYTES:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)
