"""A barcode or card reader on a serial port: one thread keeps it open and hands out whole codes."""

import logging
import threading
import time
import traceback
from collections.abc import Callable
from enum import StrEnum

from counter_app.core.clock import Clock, SystemClock
from counter_app.core.errors import EnvironmentFailure
from counter_app.devices.framing import Code, Event, Framer, Noise
from counter_app.devices.transport.serial import SerialPort
from counter_app.devices.transport.trace import Trace

RETRY_S = 0.3

_log = logging.getLogger(__name__)

_ADVICE = {
    "device.port_missing": "device.advice.port_missing",
    "device.port_lost": "device.advice.port_missing",
    "device.port_busy": "device.advice.port_busy",
    "device.port_forbidden": "device.advice.port_forbidden",
    "device.port_refused": "device.advice.port_refused",
}


class ReaderState(StrEnum):
    """What the thread knows about its reader. Before the first try it counts as SEARCHING."""

    SEARCHING = "searching"
    READY = "ready"
    DISTURBED = "disturbed"


class SerialReader:
    """Reads one port in the daemon thread ``dev:<role>`` until cancelled; a lost port is tried again every
    0.3 s.

    `on_code` and `on_state` are called in that thread; the state only when it or its advice (a key of
    resources/texts, or "") has changed.
    """

    def __init__(
        self,
        role: str,
        port: str,
        baud: int,
        *,
        on_code: Callable[[bytes], None],
        on_state: Callable[[ReaderState, str], None],
        trace: Trace,
        clock: Clock | None = None,
    ) -> None:
        self._role = role
        self._port = SerialPort(port, baud)
        self._on_code = on_code
        self._on_state = on_state
        self._trace = trace
        self._clock = clock or SystemClock()
        self._told: tuple[ReaderState, str] = (ReaderState.SEARCHING, "")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"dev:{role}", daemon=True)

    def start(self) -> None:
        """Start the thread; returns at once."""
        self._thread.start()

    def cancel(self) -> None:
        """Ask the thread to end; returns at once. Safe from any thread."""
        self._stop.set()
        self._port.cancel()

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread's end; whether it has ended. From within the thread itself there is no waiting."""
        if self._thread is threading.current_thread():
            return False
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._attempt()
            except Exception as exc:  # noqa: BLE001  a listener's mistake must not end the reader for the day
                # Frames only: the message of an unforeseen exception could quote what was read.
                frames = "".join(traceback.format_tb(exc.__traceback__))
                _log.error("%s: %s\n%s", self._role, type(exc).__name__, frames)
            self._stop.wait(RETRY_S)

    def _attempt(self) -> None:
        try:
            self._serve()
        except EnvironmentFailure as failure:
            self._tell(ReaderState.SEARCHING, _ADVICE[failure.code])
        finally:
            self._port.close()

    def _serve(self) -> None:
        self._port.open()
        self._trace.begin(self._port.name, self._port.baud, self._clock.now())
        _log.info("%s: opened %s at %s baud", self._role, self._port.name, self._port.baud)
        self._tell(ReaderState.READY, "")
        framer = Framer()
        while not self._stop.is_set():
            try:
                chunk = self._port.read()
            except EnvironmentFailure as failure:
                self._trace.note(failure.code)
                _log.info("%s: lost %s", self._role, self._port.name)
                raise
            now_ms = time.monotonic_ns() // 1_000_000
            if chunk:
                self._trace.note_bytes(chunk)
                self._handle(framer.feed(chunk, now_ms))
            elif framer.is_waiting:
                self._handle(framer.settle(now_ms))

    def _handle(self, events: tuple[Event, ...]) -> None:
        for event in events:
            if self._stop.is_set():
                return
            if isinstance(event, Code):
                self._tell(ReaderState.READY, "")
                self._on_code(event.raw)
            elif isinstance(event, Noise):
                self._trace.note("noise")
                self._tell(ReaderState.DISTURBED, "device.advice.wrong_speed")
            else:
                self._trace.note("overlong")
                self._tell(ReaderState.READY, "device.advice.code_too_long")

    def _tell(self, state: ReaderState, advice: str) -> None:
        if (state, advice) == self._told:
            return
        self._told = (state, advice)
        self._on_state(state, advice)
