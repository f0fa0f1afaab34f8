"""A network scanner: an HTTP server that speaks eSCL, with a glass, a feeder and every way to fail."""

import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw

_SCAN = "http://schemas.hp.com/imaging/escl/2011/05/03"
_PWG = "http://www.pwg.org/schemas/2010/12/sm"


@dataclass
class EsclScannerEmulator:
    """What lies in the scanner and what is wrong with it; change it at any time."""

    sheets: int = 3
    """How many sheets lie in the feeder. They are gone when scanned."""
    is_jammed: bool = False
    is_open: bool = False
    jam_after: int | None = None
    """After how many pages of a job a sheet sticks; it stays so until `is_jammed` is put right."""
    abort_after: int | None = None
    busy_times: int = 0
    """How many jobs are refused as busy before one is taken."""
    slow_pages: int = 0
    """How often a page is "not ready yet" before it comes."""
    silent: threading.Event | None = None
    """A page after `silent_after` keeps its asker waiting until this is set."""
    silent_after: int = 1
    pace_s: float = 0
    """How long paper takes to pass. sane-airscan misses a job that ends before it has looked at it."""
    cut_page: int | None = None
    """The page whose bytes end in the middle."""
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    """Given as they are in place of the real answer, by the last part of the path."""
    pictures: list[bytes] = field(default_factory=list)
    """What lies on the sheets, as JPEG, one after the other; when they are out, or without any, sheets of its own."""
    location: str | None = None
    """Where a job is said to be; the scanner's own words when None."""
    port: int = 0
    scheme: str = "http"
    settings: list[str] = field(default_factory=list)
    """Every request for a job, as it came."""
    taken_back: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    jobs: dict[str, "_Job"] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def address(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/eSCL"

    @property
    def device(self) -> str:
        return f"escl:{self.address}"


@dataclass
class _Job:
    name: str
    dpi: int
    is_grey: bool
    is_glass: bool
    is_duplex: bool
    size: tuple[int, int]
    given: int = 0
    backs: int = 0
    waits: int = 0
    state: str = "Processing"


@contextmanager
def running_scanner(
    scanner: EsclScannerEmulator | None = None, *, certificate: Path | None = None
) -> Iterator[EsclScannerEmulator]:
    """Let a scanner answer on a free port of this machine; with a certificate file (PEM with its key) over TLS."""
    scanner = scanner or EsclScannerEmulator()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"scanner": scanner}))
    server.daemon_threads = True
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        scanner.scheme = "https"
    scanner.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield scanner
    finally:
        if scanner.silent is not None:
            scanner.silent.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    scanner: EsclScannerEmulator
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the standard library
        """Nothing on the terminal."""

    def do_GET(self) -> None:
        last = self.path.rpartition("/")[2]
        self.scanner.asked.append(last)
        if last in self.scanner.answers:
            self._answer(*self.scanner.answers[last])
        elif self.path == "/eSCL/ScannerCapabilities":
            self._answer(200, CAPABILITIES.encode())
        elif self.path == "/eSCL/ScannerStatus":
            self._answer(200, self._status().encode())
        elif last == "NextDocument":
            self._next_document()
        else:
            self._answer(404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        scanner = self.scanner
        if "ScanJobs" in scanner.answers:
            self._answer(*scanner.answers["ScanJobs"])
            return
        with scanner.lock:
            is_busy = scanner.busy_times > 0
            scanner.busy_times -= is_busy
        if is_busy:
            self._answer(503)
            return
        scanner.settings.append(body)
        job = _read_job(body, f"/eSCL/ScanJobs/{len(scanner.jobs) + 1}")
        scanner.jobs[job.name] = job
        where = (
            scanner.location
            if scanner.location is not None
            else f"{scanner.scheme}://127.0.0.1:{scanner.port}{job.name}"
        )
        self._answer(201, headers={"Location": where})

    def do_DELETE(self) -> None:
        self.scanner.taken_back.append(self.path)
        job = self.scanner.jobs.get(self.path)
        if job is not None:
            job.state = "Canceled"
        self._answer(200)

    def _next_document(self) -> None:
        scanner = self.scanner
        job = scanner.jobs.get(self.path.removesuffix("/NextDocument"))
        if scanner.silent is not None and job is not None and job.given >= scanner.silent_after:
            scanner.silent.wait(120)
        threading.Event().wait(scanner.pace_s)
        if job is None or job.state != "Processing":
            self._answer(404)
            return
        if job.waits < scanner.slow_pages:
            job.waits += 1
            self._answer(503)
            return
        job.waits = 0
        if not self._has_paper(job):
            self._answer(404)
            return
        job.given += 1
        own = scanner.pictures[:1]
        del scanner.pictures[:1]
        picture = own[0] if own else page_picture(job.given, job.dpi, is_grey=job.is_grey, size=job.size)
        self._answer(200, picture, headers={"Content-Type": "image/jpeg"}, cut=job.given == scanner.cut_page)

    def _has_paper(self, job: _Job) -> bool:
        scanner = self.scanner
        if scanner.jam_after is not None and job.given >= scanner.jam_after:
            scanner.is_jammed = True
        if scanner.abort_after is not None and job.given >= scanner.abort_after:
            job.state = "Aborted"
        if job.state == "Aborted" or (not job.is_glass and (scanner.is_jammed or scanner.is_open)):
            return False
        if job.is_glass:
            job.state = "Completed"
            return job.given == 0
        if job.is_duplex and job.given % 2 == 1:
            return True
        if scanner.sheets == 0:
            job.state = "Completed"
            return False
        scanner.sheets -= 1
        return True

    def _status(self) -> str:
        scanner = self.scanner
        adf = "ScannerAdfLoaded" if scanner.sheets else "ScannerAdfEmpty"
        adf = "ScannerAdfHatchOpen" if scanner.is_open else "ScannerAdfJam" if scanner.is_jammed else adf
        jobs = "".join(
            f"<scan:JobInfo><pwg:JobUri>{job.name}</pwg:JobUri><pwg:JobState>{job.state}</pwg:JobState></scan:JobInfo>"
            for job in reversed(list(scanner.jobs.values()))
        )
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><scan:ScannerStatus xmlns:scan="{_SCAN}" xmlns:pwg="{_PWG}">'
            f"<pwg:Version>2.6</pwg:Version><pwg:State>Idle</pwg:State><scan:AdfState>{adf}</scan:AdfState>"
            f"<scan:Jobs>{jobs}</scan:Jobs></scan:ScannerStatus>"
        )

    def _answer(
        self, status: int, body: bytes = b"", *, headers: dict[str, str] | None = None, cut: bool = False
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {"Content-Type": "text/xml"}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            self.wfile.write(body[: len(body) // 2] if cut else body)
        except OSError:
            return
        self.close_connection = True


def _read_job(body: str, name: str) -> _Job:
    def word(tag: str, otherwise: str) -> str:
        found = re.search(rf"<\w+:{tag}>([^<]*)</", body)
        return found[1] if found else otherwise

    dpi = int(word("XResolution", "300"))
    size = int(word("Width", "2480")) * dpi // 300, int(word("Height", "3508")) * dpi // 300
    return _Job(
        name=name,
        dpi=dpi,
        is_grey=word("ColorMode", "RGB24") == "Grayscale8",
        is_glass=word("InputSource", "Platen") == "Platen",
        is_duplex=word("Duplex", "false") == "true",
        size=size,
    )


@cache
def page_picture(number: int, dpi: int, *, is_grey: bool, size: tuple[int, int]) -> bytes:
    """Return a page with its number large in the middle, as JPEG."""
    picture = Image.new("L" if is_grey else "RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    draw.text((size[0] // 3, size[1] // 3), str(number), fill="black", font_size=max(10, size[0] // 4))
    draw.rectangle((0, 0, size[0] - 1, size[1] - 1), outline="black", width=5)
    kept = BytesIO()
    picture.save(kept, "JPEG", quality=80, dpi=(dpi, dpi))
    return kept.getvalue()


def wait_until(happened: Callable[[], bool], *, seconds: float = 10) -> None:
    """Wait for something that another thread does; fail when it does not."""
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, "it did not happen"
        threading.Event().wait(0.01)


def _input(name: str, width: int, height: int) -> str:
    resolutions = "".join(
        f"<scan:DiscreteResolution><scan:XResolution>{dpi}</scan:XResolution>"
        f"<scan:YResolution>{dpi}</scan:YResolution></scan:DiscreteResolution>"
        for dpi in (75, 200, 300, 600)
    )
    return f"""<scan:{name}>
<scan:MinWidth>50</scan:MinWidth><scan:MaxWidth>{width}</scan:MaxWidth>
<scan:MinHeight>50</scan:MinHeight><scan:MaxHeight>{height}</scan:MaxHeight>
<scan:MaxScanRegions>1</scan:MaxScanRegions>
<scan:SettingProfiles><scan:SettingProfile>
<scan:ColorModes><scan:ColorMode>Grayscale8</scan:ColorMode><scan:ColorMode>RGB24</scan:ColorMode></scan:ColorModes>
<scan:DocumentFormats><pwg:DocumentFormat>image/jpeg</pwg:DocumentFormat>
<scan:DocumentFormatExt>image/jpeg</scan:DocumentFormatExt></scan:DocumentFormats>
<scan:SupportedResolutions><scan:DiscreteResolutions>{resolutions}</scan:DiscreteResolutions></scan:SupportedResolutions>
</scan:SettingProfile></scan:SettingProfiles>
<scan:SupportedIntents><scan:Intent>Document</scan:Intent></scan:SupportedIntents>
</scan:{name}>"""


CAPABILITIES = f"""<?xml version="1.0" encoding="UTF-8"?>
<scan:ScannerCapabilities xmlns:scan="{_SCAN}" xmlns:pwg="{_PWG}">
<pwg:Version>2.6</pwg:Version><pwg:MakeAndModel>Mẫu máy quét 300</pwg:MakeAndModel>
<pwg:SerialNumber>0001</pwg:SerialNumber>
<scan:UUID>8c3e1d2a-0000-4000-8000-0123456789ab</scan:UUID>
<scan:Platen>{_input("PlatenInputCaps", 2550, 3508)}</scan:Platen>
<scan:Adf>{_input("AdfSimplexInputCaps", 2550, 4200)}{_input("AdfDuplexInputCaps", 2550, 4200)}
<scan:FeederCapacity>50</scan:FeederCapacity>
<scan:AdfOptions><scan:AdfOption>DetectPaperLoaded</scan:AdfOption><scan:AdfOption>Duplex</scan:AdfOption></scan:AdfOptions>
</scan:Adf></scan:ScannerCapabilities>"""
