"""Network scanners that speak eSCL (AirScan): one client for Linux and Windows, of the standard library alone."""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.core.text import nfc
from counter_app.scanning.driver import Cancel, Capabilities, ScannerDevice, ScannerState, ScanProfile, Source
from counter_app.scanning.drivers.escl_http import EsclLine, Reply, read_address, wait_politely
from counter_app.scanning.drivers.escl_messages import EsclCapabilities, EsclStatus, read_capabilities, read_status
from counter_app.scanning.drivers.plain_xml import MOST_BYTES
from counter_app.scanning.failures import Trouble, failure_of
from counter_app.scanning.scanned import MOST_PAGE_BYTES, ScannedPage

_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\x00", b"MM\x00*")
_MOST_ASKED_AT_ONCE = 8
_CONTINUE, _CREATED = (200,), (200, 201)
_ENDED = (404, 410)
_WAIT = (409, 423, 503)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long what may take, in seconds."""

    answer_s: float = 6.0
    page_s: float = 180.0
    busy_s: float = 12.0


class EsclDriver:
    """Scanners at known addresses and those that `find` sees on the network. Safe from any thread."""

    name = "escl"

    def __init__(
        self,
        *,
        addresses: Sequence[str] = (),
        find: Callable[[], Sequence[str]] = tuple,
        accepts_self_signed: bool = False,
        patience: Patience | None = None,
    ) -> None:
        self._addresses = tuple(addresses)
        self._find = find
        self._accepts_self_signed = accepts_self_signed
        self._patience = patience or Patience()

    def list_devices(self) -> tuple[ScannerDevice, ...]:
        """Return every scanner found or configured; one that does not answer is told as gone, not left out."""
        addresses = dict.fromkeys((*map(_told, self._addresses), *self._find()))
        if not addresses:
            return ()
        with ThreadPoolExecutor(_MOST_ASKED_AT_ONCE, thread_name_prefix="escl") as asking:
            return tuple(asking.map(self._look, addresses))

    def capabilities(self, device: str) -> Capabilities:
        """Return what the scanner says it can."""
        return self._scanner(_native(device), Cancel()).capabilities().summary()

    def scan(self, device: str, profile: ScanProfile, cancel: Cancel) -> Iterator[ScannedPage]:
        """Yield pages, as JPEG where the scanner can; a job that did not come to its end is taken back."""
        scanner = self._scanner(_native(device), cancel)
        try:
            yield from _pages(scanner, profile)
        except AppError:
            if not cancel.is_said:
                raise

    def _scanner(self, address: str, cancel: Cancel) -> "_Scanner":
        line = EsclLine(address=read_address(address), accepts_self_signed=self._accepts_self_signed)
        return _Scanner(line, self._patience, cancel)

    def _look(self, address: str) -> ScannerDevice:
        name, state = address, ScannerState.GONE
        try:
            scanner = self._scanner(address, Cancel())
            name = scanner.capabilities().name or address
            state = scanner.status().shown
        except AppError as error:
            state = _STATES.get(error.code, ScannerState.GONE)
        return ScannerDevice(id=f"{self.name}:{address}", name=name, driver=self.name, state=state)


_STATES = {"scan.busy": ScannerState.BUSY, "scan.untrusted_certificate": ScannerState.UNTRUSTED}


def _told(address: str) -> str:
    """Return a configured address as it is written in ids; one that is none stays and is told as gone."""
    try:
        return str(read_address(address))
    except UserError:
        return nfc(address)[:80]


def _native(device: str) -> str:
    driver, colon, address = device.partition(":")
    if driver != EsclDriver.name or not colon:
        raise UserError("scan.unknown_device", device=nfc(device)[:80])
    return address


def _pages(scanner: "_Scanner", profile: ScanProfile) -> Iterator[ScannedPage]:
    settings, dpi = scanner.capabilities().settings(profile)
    is_glass = profile.source is Source.FLATBED
    scanner.be_ready(is_glass=is_glass)
    job = scanner.begin(settings)
    number = 0
    is_over = False
    try:
        while not scanner.cancel.is_said:
            picture = scanner.next_page(job)
            if picture is None:
                is_over = True
                break
            number += 1
            is_back = profile.source is Source.DUPLEX and number % 2 == 0
            yield ScannedPage(picture=picture, number=number, dpi=dpi, is_back=is_back)
            if is_glass:
                return
        if not scanner.cancel.is_said:
            scanner.explain_end(job, has_pages=number > 0, is_glass=is_glass)
    finally:
        if not is_over:
            scanner.take_back(job)


class _Scanner:
    """The requests of one scan."""

    def __init__(self, line: EsclLine, patience: Patience, cancel: Cancel) -> None:
        self._line = line
        self._patience = patience
        self.cancel = cancel

    def capabilities(self) -> EsclCapabilities:
        return read_capabilities(self._document("ScannerCapabilities"))

    def status(self) -> EsclStatus:
        return read_status(self._document("ScannerStatus"))

    def be_ready(self, *, is_glass: bool) -> None:
        """Tell what a person has to do before a job is begun; a scanner that tells no state is tried."""
        try:
            trouble = self.status().trouble
        except AppError as error:
            if error.code in ("scan.bad_answer", "scan.busy"):
                return
            raise
        if trouble is not None and not is_glass:
            raise failure_of(trouble)

    def begin(self, settings: bytes) -> str:
        """Begin a job and return its path; waits a little for a scanner that still finishes another."""
        until = time.monotonic() + self._patience.busy_s
        while True:
            reply = self._ask("POST", "/ScanJobs", within_s=self._patience.answer_s, body=settings)
            if reply.status in _CREATED:
                return self._job_path(reply.location)
            self._raise_hindrance()
            if reply.status not in _WAIT or not wait_politely(reply, self.cancel, until):
                raise _refusal(reply)

    def next_page(self, job: str) -> bytes | None:
        """Return the next page, None when the scanner has no more."""
        until = time.monotonic() + self._patience.page_s
        while True:
            reply = self._ask("GET", f"{job}/NextDocument", within_s=max(1.0, until - time.monotonic()))
            if reply.status in _CONTINUE:
                return _picture(reply.body)
            if reply.status in _ENDED:
                return None
            self._raise_hindrance()
            if reply.status not in _WAIT or not wait_politely(reply, self.cancel, until):
                raise _refusal(reply)

    def explain_end(self, job: str, *, has_pages: bool, is_glass: bool) -> None:
        """Raise what ended the pages when it was not the end of the paper: scanners say "no more" to a jam, too."""
        self._raise_hindrance()
        if not has_pages:
            raise failure_of(Trouble.FAILED if is_glass else Trouble.FEEDER_EMPTY)
        if self._was_aborted(job):
            raise failure_of(Trouble.FAILED, reason="Aborted")

    def take_back(self, job: str) -> None:
        """End the job on the scanner, which else keeps feeding or stays busy. Failing at this is no failure."""
        with contextlib.suppress(AppError):
            self._line.request("DELETE", job, cancel=Cancel(), within_s=self._patience.answer_s, most_bytes=MOST_BYTES)

    def _was_aborted(self, job: str) -> bool:
        try:
            return any(one.endswith(job) for one in self.status().aborted_jobs)
        except AppError:
            return False

    def _raise_hindrance(self) -> None:
        try:
            hindrance = self.status().hindrance
        except AppError:
            return  # the failure at hand says more than one to tell the state
        if hindrance is not None:
            raise failure_of(hindrance)

    def _job_path(self, location: str) -> str:
        """Return the path of the job; its host is not taken over: scanners give ones that lead nowhere."""
        try:
            path = urlsplit(location).path.rstrip("/")
        except ValueError:
            path = ""
        if not path.startswith("/") or not path.isascii() or not path.isprintable() or " " in path or len(path) > 300:
            raise EnvironmentFailure("scan.bad_answer", retryable=True)
        return path

    def _document(self, name: str) -> bytes:
        reply = self._ask("GET", f"/{name}", within_s=self._patience.answer_s)
        if reply.status in _WAIT:
            raise failure_of(Trouble.BUSY)
        if reply.status != 200:
            raise EnvironmentFailure("scan.bad_answer", retryable=True)
        return reply.body

    def _ask(self, method: str, path: str, *, within_s: float, body: bytes | None = None) -> Reply:
        is_page = path.endswith("/NextDocument")
        full = path if is_page else self._line.address.root + path
        most = MOST_PAGE_BYTES if is_page else MOST_BYTES
        return self._line.request(method, full, cancel=self.cancel, within_s=within_s, most_bytes=most, body=body)


def _picture(body: bytes) -> bytes:
    if not body.startswith(_PICTURES):
        raise EnvironmentFailure("scan.bad_answer", retryable=True)
    return body


def _refusal(reply: Reply) -> AppError:
    if reply.status in _WAIT:
        return failure_of(Trouble.BUSY)
    if reply.status in (401, 403):
        return failure_of(Trouble.FORBIDDEN)
    return failure_of(Trouble.FAILED, reason=f"HTTP {reply.status}")
