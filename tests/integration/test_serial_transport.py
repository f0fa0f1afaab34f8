"""The port itself: why it does not open, what a read gives, what the trace keeps."""

import errno
import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from serial import SerialException

from counter_app.core.errors import BugError, EnvironmentFailure
from counter_app.devices.transport.serial import SerialPort, refusal_code
from counter_app.devices.transport.trace import MAX_LINES, MAX_SESSIONS, Trace, mask
from tests.fakes.serial_reader import SerialReaderEmulator

posix = pytest.mark.skipif(os.name != "posix", reason="pseudo terminals exist on POSIX only")


@pytest.mark.parametrize(
    ("exc", "code"),
    [
        (SerialException(errno.ENOENT, "could not open port /dev/ttyUSB0"), "device.port_missing"),
        (SerialException(errno.ENXIO, "could not open port /dev/ttyS9"), "device.port_missing"),
        (SerialException(errno.EAGAIN, "Could not exclusively lock port"), "device.port_busy"),
        (SerialException(errno.EACCES, "could not open port"), "device.port_forbidden"),
        (SerialException("Could not configure port: (25, 'Inappropriate ioctl')"), "device.port_refused"),
        (ValueError("Invalid baud rate"), "device.port_refused"),
        # As pyserial words Windows' errors: the system's error in quotes, no number.
        (
            SerialException("could not open port 'COM7': FileNotFoundError(2, 'Not found.', None, 2)"),
            "device.port_missing",
        ),
        (
            SerialException("could not open port 'COM3': PermissionError(13, 'Access is denied.', None, 5)"),
            "device.port_busy",
        ),
        (
            SerialException("could not open port 'COM4': OSError(22, 'Semaphore timeout.', None, 121)"),
            "device.port_refused",
        ),
    ],
)
def test_refusal_is_told_by_number_or_by_windows_words(exc: Exception, code: str) -> None:
    assert refusal_code(exc) == code


def test_absent_port_is_missing_and_worth_a_retry(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFailure) as failure:
        SerialPort(str(tmp_path / "absent"), 9600).open()
    assert failure.value.code == "device.port_missing"
    assert failure.value.retryable


@posix
def test_second_opening_of_a_port_is_busy_until_the_first_closes() -> None:
    with SerialReaderEmulator() as reader:
        first, second = SerialPort(reader.port, 9600), SerialPort(reader.port, 9600)
        first.open()
        with pytest.raises(EnvironmentFailure) as failure:
            second.open()
        assert failure.value.code == "device.port_busy"
        first.close()
        second.open()
        second.close()


@posix
def test_silent_port_gives_nothing_and_an_unplugged_one_is_lost() -> None:
    with SerialReaderEmulator() as reader:
        port = SerialPort(reader.port, 9600)
        port.open()
        assert port.read() == b""
        reader.unplug()
        with pytest.raises(EnvironmentFailure) as failure:
            port.read()
        assert failure.value.code == "device.port_lost"
        port.cancel()
        port.close()
        port.close()


@posix
def test_all_that_was_sent_before_opening_is_thrown_away() -> None:
    with SerialReaderEmulator() as reader:
        reader.scan(b"of the last citizen")
        port = SerialPort(reader.port, 9600)
        port.open()
        assert port.read() == b""
        port.close()


@posix
def test_cancel_from_other_threads_never_fails_while_the_port_opens_and_closes() -> None:
    with SerialReaderEmulator() as reader:
        port = SerialPort(reader.port, 9600)
        done = threading.Event()
        failures: list[BaseException] = []

        def keep_cancelling() -> None:
            try:
                while not done.is_set():
                    port.cancel()
            except BaseException as exc:  # noqa: BLE001  whatever it is, the test has to see it
                failures.append(exc)

        thread = threading.Thread(target=keep_cancelling)
        thread.start()
        try:
            for _ in range(30):
                port.open()
                port.read()
                port.close()
        finally:
            done.set()
            thread.join()
        assert failures == []


def test_read_of_a_port_that_was_never_opened_is_our_mistake() -> None:
    with pytest.raises(BugError):
        SerialPort("COM1", 9600).read()


def test_mask_counts_kinds_of_bytes() -> None:
    assert mask("12|Đ a\x00\r\n\t".encode()) == (
        "11 bytes: control 1, cr 1, digit 2, high 2, letter 1, lf 1, nul 1, sign 2"
    )
    assert mask(b"") == "0 bytes"


def test_trace_keeps_the_last_sessions_and_their_last_lines() -> None:
    trace = Trace()
    trace.note("before any session")
    for number in range(MAX_SESSIONS + 2):
        trace.begin(f"COM{number}", 9600, datetime(2026, 3, 2, 2, number, tzinfo=UTC))
    for number in range(MAX_LINES + 5):
        trace.note(str(number))
    sessions = trace.list_sessions()
    assert [session.port for session in sessions] == [f"COM{number}" for number in range(2, MAX_SESSIONS + 2)]
    assert sessions[-1].lines == tuple(str(number) for number in range(5, MAX_LINES + 5))
    assert sessions[0].lines == ()
