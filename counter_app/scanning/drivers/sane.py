"""SANE scanners (Linux) through the program ``scanimage``: native code stays in a process of its own.

The program waits for a line before each page (``--batch-prompt``), so a page is asked of the scanner only when this
side is asked for it. Pages go through a folder in memory and never reach a disk unencrypted.
"""

import contextlib
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.core.reading import read_at_most
from counter_app.core.text import nfc
from counter_app.scanning.driver import (
    SENSORS_S,
    Cancel,
    Capabilities,
    ScannerDevice,
    ScannerState,
    ScanProfile,
    Source,
)
from counter_app.scanning.drivers.memory_folder import memory_folder
from counter_app.scanning.drivers.sane_options import SaneOptions, read_options
from counter_app.scanning.failures import Trouble, failure_of
from counter_app.scanning.scanned import MOST_PAGE_BYTES, ScannedPage

LIST_S = 30.0
OPTIONS_S = 30.0
PAGE_S = 180.0
STOP_S = 5.0

# Other programs of ours speak eSCL themselves; these two backends would show the same scanners a second time.
_SEEN_ELSEWHERE = ("escl:", "airscan:e")

# scanimage ends with the SANE_Status that stopped it (sane-backends, include/sane/sane.h).
_TROUBLES = {
    3: Trouble.BUSY,
    6: Trouble.JAMMED,
    7: Trouble.FEEDER_EMPTY,
    8: Trouble.COVER_OPEN,
    9: Trouble.GONE,
    11: Trouble.FORBIDDEN,
    12: Trouble.WARMING_UP,
}

# A device that cannot be opened makes it end with 1, whatever the reason; the words are those of sane_strstatus. Only
# these are plain: genesys says that access is denied, test that an argument is invalid, of one that has gone.
_BUSY = "Device busy"
_ABORTED = 128
_LOG_BYTES = 100_000


def find_scanimage() -> str | None:
    """Return the path of ``scanimage``, None where SANE is not installed: never on Windows."""
    return shutil.which("scanimage")


class SaneDriver:
    """Scanners of SANE. Holds no state between calls, so it is safe from any thread."""

    name = "sane"

    def __init__(self, program: str, *, environment: Mapping[str, str] | None = None, page_s: float = PAGE_S) -> None:
        self._program = program
        self._environment = {**os.environ, **(environment or {}), "LC_ALL": "C"}
        self._page_s = page_s

    def list_devices(self) -> tuple[ScannerDevice, ...]:
        """Return what ``scanimage`` lists; SANE tells no state before a scan."""
        said = self._ask("--formatted-device-list=%d\t%v %m%n", seconds=LIST_S)
        found = []
        for line in said.splitlines():
            device, tab, words = line.partition("\t")
            if tab and device and not device.startswith(_SEEN_ELSEWHERE):
                name = nfc(words.replace("_", " ")) or device
                found.append(
                    ScannerDevice(id=f"{self.name}:{device}", name=name, driver=self.name, state=ScannerState.FOUND)
                )
        return tuple(found)

    def capabilities(self, device: str) -> Capabilities:
        """Return what the device's options say."""
        return self._options(_native(device)).capabilities()

    def scan(self, device: str, profile: ScanProfile, cancel: Cancel) -> Iterator[ScannedPage]:
        """Yield pages, as PNM, each read when asked for."""
        native = _native(device)
        arguments, dpi = self._options(native).arguments(profile)
        once = ["--batch-count=1"] if profile.source is Source.FLATBED else []
        command = [self._program, f"--device-name={native}", "--format=pnm", *arguments, *once]
        with memory_folder() as folder, contextlib.closing(self._start(command, folder)) as batch:
            forget = cancel.listen(batch.stop)
            try:
                yield from _pages(batch, profile, cancel, dpi)
            finally:
                forget()

    def feel_button(self, device: str, cancel: Cancel) -> Iterator[bool]:
        """Yield what the device's sensors say; each answer is a run of ``scanimage`` that opens the device and ends.

        UNVERIFIED ON HARDWARE: which options are sensors is told by sane-backends (SANE_CAP_HARD_SELECT, printed as
        ``[hardware]``); tried with SANE's test device and sensors of ours.
        """
        native = _native(device)
        while not cancel.is_said:
            is_down = self._options(native, seconds=SENSORS_S).is_pressed()
            if is_down is None:
                raise UserError("scan.no_button")
            yield is_down

    def _start(self, command: list[str], folder: Path) -> "_Batch":
        return _Batch(command, folder, self._environment, page_s=self._page_s)

    def _options(self, native: str, *, seconds: float = OPTIONS_S) -> SaneOptions:
        return read_options(self._ask(f"--device-name={native}", "--all-options", seconds=seconds).splitlines())

    def _ask(self, *arguments: str, seconds: float) -> str:
        try:
            finished = subprocess.run(  # noqa: S603 - no shell, and the device stands behind =
                [self._program, *arguments],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired as exc:
            raise failure_of(Trouble.TIMED_OUT) from exc
        except (OSError, ValueError) as exc:
            raise failure_of(Trouble.FAILED, reason="scanimage") from exc
        said = finished.stdout.decode(errors="replace")
        no_device = not said.strip() and b"no SANE devices found" in finished.stderr
        if finished.returncode != 0 and not no_device:
            raise _failure(finished.returncode, finished.stderr.decode(errors="replace"))
        return said


def _native(device: str) -> str:
    driver, colon, native = device.partition(":")
    if driver != SaneDriver.name or not colon or not native or "\0" in native:
        raise UserError("scan.unknown_device", device=nfc(device)[:80])
    return native


def _pages(batch: "_Batch", profile: ScanProfile, cancel: Cancel, dpi: int) -> Iterator[ScannedPage]:
    number = 0
    while not cancel.is_said:
        picture = batch.next_page(number + 1)
        if picture is None:
            break
        number += 1
        is_back = profile.source is Source.DUPLEX and number % 2 == 0
        yield ScannedPage(picture=picture, number=number, dpi=dpi, is_back=is_back)
    if cancel.is_said:
        return
    ending = batch.failure()
    if ending is not None and not (number and ending.code == "scan.feeder_empty"):
        raise ending
    if number == 0:
        # A batch over an empty feeder ends without an error of its own.
        raise failure_of(Trouble.FAILED if profile.source is Source.FLATBED else Trouble.FEEDER_EMPTY)


class _Batch:
    """One running ``scanimage``. `stop` may come from any thread."""

    def __init__(self, command: list[str], folder: Path, environment: Mapping[str, str], *, page_s: float) -> None:
        self._folder = folder
        self._page_s = page_s
        self._is_late = False
        self._log = folder / "log"
        where = [f"--batch={folder}/page%d", "--batch-print", "--batch-prompt"]
        try:
            with self._log.open("wb") as log:
                self._process = subprocess.Popen(  # noqa: S603 - as above
                    [*command, *where],
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    start_new_session=True,
                )
        except (OSError, ValueError) as exc:
            raise failure_of(Trouble.FAILED, reason="scanimage") from exc

    def next_page(self, number: int) -> bytes | None:
        """Ask for one page and wait for it; None when the program has ended."""
        watch = threading.Timer(self._page_s, self._give_up)
        watch.daemon = True
        watch.start()
        try:
            self._pipe(self._process.stdin).write(b"\n")
            self._pipe(self._process.stdin).flush()
            line = self._pipe(self._process.stdout).readline(4_096)
        except (OSError, ValueError):  # it ended before it was asked; ValueError: `stop` has closed the pipe
            line = b""
        finally:
            watch.cancel()
        return self._take(number) if line.endswith(b"\n") else None

    def failure(self) -> AppError | None:
        """Wait for the end of the program and say what stopped it, None for the end of the paper."""
        if self._is_late:
            return failure_of(Trouble.TIMED_OUT)
        code = self._wait()
        said = read_at_most(self._log, _LOG_BYTES) or b""
        return _failure(code, said.decode(errors="replace")) if code else None

    def stop(self) -> None:
        """End the scan: between pages by the end of its input, within a page by a signal that stops the scanner."""
        with contextlib.suppress(OSError, ValueError):
            self._pipe(self._process.stdin).close()
        with contextlib.suppress(OSError):
            self._process.terminate()

    def close(self) -> None:
        """Be sure that nothing runs any more."""
        if self._process.poll() is None:
            self.stop()
        self._wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError, ValueError):
                self._pipe(pipe).close()

    def _take(self, number: int) -> bytes:
        file = self._folder / f"page{number}"
        try:
            picture = read_at_most(file, MOST_PAGE_BYTES)
            file.unlink()
        except OSError as exc:
            raise failure_of(Trouble.FAILED, reason="memory") from exc
        if picture is None:
            raise EnvironmentFailure("scan.page_too_large", megabytes=MOST_PAGE_BYTES // 1_000_000)
        return picture

    def _wait(self) -> int:
        try:
            return self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def _give_up(self) -> None:
        self._is_late = True
        self._process.kill()

    @staticmethod
    def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
        assert pipe is not None  # noqa: S101 - all of them were asked for
        return pipe


def _failure(code: int, said: str) -> AppError:
    if code < 0 or code > _ABORTED:
        return EnvironmentFailure("scan.worker_ended", retryable=True)
    if "open of device" in said and code not in (3, 11):
        return failure_of(Trouble.BUSY if _BUSY in said else Trouble.GONE)
    return failure_of(_TROUBLES.get(code, Trouble.FAILED), reason=f"SANE {code}")
