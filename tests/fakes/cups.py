"""A real print server and real IPP printers, private to a test: cupsd and ippeveprinter on free ports of this computer.

Needs the Debian packages cups, cups-client, cups-ipp-utils, cups-filters, avahi-daemon and dbus. Root is needed where
no Avahi runs yet: ippeveprinter 2.4 does not start without one.
"""

import grp
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.fakes.daemons import START_S, Process, answers_on, free_port, program, wait_until


class PrinterEmulator:
    """An IPP printer with A4, A5 and label sheets whose every document becomes a file in `arrived`.

    While faults are set, a job waits and the printer reports them, as a printer does whose tray is empty.
    """

    def __init__(self, discovery: dict[str, str], *, formats: str = "application/pdf,application/octet-stream") -> None:
        self._discovery = discovery
        self._folder_holder = tempfile.TemporaryDirectory(prefix="printer-")
        self._folder = Path(self._folder_holder.name)
        self.arrived = self._folder / "arrived"
        self.port = free_port()
        self.uri = f"ipp://localhost:{self.port}/ipp/print"
        self._formats = formats
        self._process: Process | None = None

    def __enter__(self) -> Self:
        self.arrived.mkdir()
        (self._folder / "spool").mkdir()
        (self._folder / "keys").mkdir()
        (self._folder / "attributes").write_text(_attributes(self._formats))
        (self._folder / "ask-job.test").write_text(_ASK_JOB)
        script = self._folder / "print"
        script.write_text(_PRINT.format(folder=self._folder))
        script.chmod(0o755)
        self.switch_on()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.switch_off()
        self._folder_holder.cleanup()

    def switch_on(self) -> None:
        """Start (again) on the same port, knowing nothing of earlier jobs."""
        folder = self._folder
        self._process = Process(
            folder / "log",
            *("ippeveprinter", "-v", "-p", str(self.port), "-n", "localhost", "-r", "off"),
            *("-a", f"{folder}/attributes", "-d", f"{folder}/spool", "-c", f"{folder}/print"),
            *("-K", f"{folder}/keys"),
            f"Printer {self.port}",
            env=self._discovery,
        )
        self._process.wait_until(lambda: answers_on(self.port))

    def switch_off(self) -> None:
        """Cut the power: the job under way is gone."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def freeze(self) -> None:
        """Take lines, but answer nothing until `thaw`."""
        assert self._process is not None
        self._process.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on where `freeze` stopped it."""
        assert self._process is not None
        self._process.signal(signal.SIGCONT)

    def set_fault(self, reason: str) -> None:
        """Report ``media-empty``, ``cover-open``, ... as soon as there is a job, and keep the job waiting."""
        draft = self._folder / "fault.new"
        draft.write_text(reason)
        draft.replace(self._folder / "fault")

    def clear_fault(self) -> None:
        """Somebody put it right: what waits is printed."""
        (self._folder / "fault").unlink()

    def set_broken(self) -> None:
        """Give every job up from now on."""
        (self._folder / "broken").touch()

    @property
    def documents(self) -> tuple[Path, ...]:
        """What reached the paper, in order."""
        return tuple(sorted(self.arrived.glob("*.pdf")))

    @property
    def jobs_begun(self) -> int:
        """How many jobs the printer began to print."""
        return len(self.formats)

    @property
    def formats(self) -> tuple[str, ...]:
        """What the documents of the jobs it began were said to be."""
        return tuple(file.read_text().strip() for file in self._folder.glob("begun.*"))

    def job_attributes(self, job_id: int) -> dict[str, str]:
        """Return what the printer knows of a job, as ipptool writes it."""
        told = subprocess.run(
            [program("ipptool"), "-tv", "-d", f"job-id={job_id}", self.uri, str(self._folder / "ask-job.test")],
            capture_output=True,
            text=True,
            timeout=START_S,
            check=True,
        ).stdout
        lines = (line.strip().partition(" (") for line in told.partition("status-code")[2].splitlines())
        return {name: value.partition(") = ")[2] for name, _, value in lines if ") = " in value}


_ASK_JOB = """{
OPERATION Get-Job-Attributes
GROUP operation-attributes-tag
ATTR charset attributes-charset utf-8
ATTR language attributes-natural-language en
ATTR uri printer-uri $uri
ATTR integer job-id $job-id
ATTR keyword requested-attributes all
STATUS successful-ok
}
"""
# ippeveprinter does not stop its command when a job is cancelled, as a printer stops its engine: the command asks.
_PRINT = """#!/bin/sh
cd {folder} || exit 1
echo "$IPP_DOCUMENT_FORMAT_SUPPLIED" >"begun.$$"
told=
while now=$(cat fault 2>/dev/null); [ -n "$now" ]; do
  [ "$now" = "$told" ] || echo "STATE: +$now" >&2
  told=$now
  if timeout 2 ipptool -tv -d job-id=$IPP_JOB_ID "$IPP_JOB_PRINTER_URI" ask-job.test | grep -q to-stop-point; then
    echo "STATE: -$told" >&2
    exit 0
  fi
  sleep 0.1
done
[ -z "$told" ] || echo "STATE: -$told" >&2
if [ -e broken ]; then
  echo "ERROR: The fuser is broken." >&2
  exit 1
fi
cp "$1" "arrived/.$$" && mv "arrived/.$$" "arrived/$(date +%s%N).pdf"
"""

_SHEETS = {
    "iso_a4_210x297mm": (21000, 29700),
    "iso_a5_148x210mm": (14800, 21000),
    "om_50x30mm_50x30mm": (5000, 3000),
    "om_100x50mm_100x50mm": (10000, 5000),
}


def _attributes(formats: str) -> str:
    names = ",".join(_SHEETS)
    collections = ", ".join(_collection(name) for name in _SHEETS)
    margins = "\n".join(f"ATTR integer media-{side}-margin-supported 0" for side in ("bottom", "left", "right", "top"))
    return f"""
ATTR keyword media-supported {names}
ATTR keyword media-ready {names}
ATTR keyword media-default iso_a4_210x297mm
ATTR collection media-size-supported {", ".join(_size(name) for name in _SHEETS)}
ATTR collection media-col-default {_collection("iso_a4_210x297mm")}
ATTR collection media-col-ready {collections}
ATTR collection media-col-database {collections}
ATTR keyword media-col-supported media-bottom-margin,media-left-margin,media-right-margin,media-top-margin,media-size
{margins}
ATTR keyword media-source-supported main
ATTR keyword media-type-supported stationery
ATTR mimeMediaType document-format-supported {formats}
ATTR mimeMediaType document-format-default {formats.partition(",")[0]}
ATTR keyword print-scaling-supported auto,none
ATTR keyword print-scaling-default auto
ATTR keyword job-creation-attributes-supported copies,media,media-col,print-scaling,sides,job-name
ATTR keyword sides-supported one-sided
ATTR keyword sides-default one-sided
ATTR resolution printer-resolution-supported 300dpi
ATTR resolution printer-resolution-default 300dpi
ATTR resolution pwg-raster-document-resolution-supported 300dpi
ATTR keyword pwg-raster-document-type-supported sgray_8
ATTR keyword print-color-mode-supported monochrome
ATTR keyword print-color-mode-default monochrome
ATTR boolean color-supported false
ATTR rangeOfInteger copies-supported 1-99
ATTR integer copies-default 1
ATTR text printer-make-and-model "Emulated Printer"
ATTR integer pages-per-minute 30
"""


def _size(name: str) -> str:
    width, height = _SHEETS[name]
    return f"{{\nMEMBER integer x-dimension {width}\nMEMBER integer y-dimension {height}\n}}"


def _collection(name: str) -> str:
    margins = "\n".join(f"MEMBER integer media-{side}-margin 0" for side in ("bottom", "left", "right", "top"))
    return f"{{\nMEMBER collection media-size {_size(name)}\n{margins}\nMEMBER keyword media-size-name {name}\n}}"


class CupsServer:
    """A cupsd with a configuration, a spool and a port of its own, and the permissions of Debian's."""

    def __init__(self) -> None:
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self._folder_holder = tempfile.TemporaryDirectory(prefix="cups-")
        self._folder = Path(self._folder_holder.name)
        self._process: Process | None = None

    def __enter__(self) -> Self:
        self._make_folders()
        self.switch_on()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.switch_off()
        self._folder_holder.cleanup()

    def switch_on(self) -> None:
        """Start (again) with the queues it had."""
        folder = self._folder
        self._process = Process(
            folder / "out", "cupsd", "-f", "-c", f"{folder}/cupsd.conf", "-s", f"{folder}/cups-files.conf"
        )
        self._process.wait_until(lambda: answers_on(self.port))

    def switch_off(self) -> None:
        """Stop the server and what it runs."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def add_queue(self, name: str, device_uri: str, *, model: str = "everywhere") -> str:
        """Make a queue that takes jobs, and return its URI."""
        self._run("lpadmin", "-p", name, "-E", "-v", device_uri, "-m", model)
        if model == "everywhere":
            # The server asks the printer in a thread of its own and sets the queue up again when it has the answer.
            wait_until(lambda: f'Printer "{name}" is now available' in self.log, f"queue {name} is set up")
        return self.uri(name)

    def uri(self, name: str) -> str:
        """Return the URI of a queue, whether it exists or not."""
        return f"ipp://{self.address}/printers/{name}"

    def pause(self, name: str) -> None:
        """Stop a queue; it takes jobs and keeps them."""
        self._run("cupsdisable", name)

    def resume(self, name: str) -> None:
        """Let a queue go on."""
        self._run("cupsenable", name)

    def reject(self, name: str) -> None:
        """Let a queue take no jobs."""
        self._run("cupsreject", name)

    def report(self, name: str, *reasons: str) -> None:
        """Have a queue say these printer-state-reasons."""
        request = self._folder / "reasons.test"
        request.write_text(_REASONS.format(reasons=",".join(reasons)))
        self._run("ipptool", "-q", self.uri(name), str(request))

    @property
    def log(self) -> str:
        """The server's own log."""
        return (self._folder / "log" / "error").read_text(errors="replace")

    def _run(self, *command: str) -> None:
        done = subprocess.run(
            [program(command[0]), *command[1:]],
            env={**os.environ, "CUPS_SERVER": self.address, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            timeout=START_S,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")

    def _make_folders(self) -> None:
        user, group = _print_user()
        self._folder.chmod(0o755)
        for name in ("etc", "spool", "tmp", "cache", "state", "log"):
            (self._folder / name).mkdir()
            if os.geteuid() == 0:
                shutil.chown(self._folder / name, user, group)
        (self._folder / "etc" / "ppd").mkdir()
        (self._folder / "cups-files.conf").write_text(_FILES.format(folder=self._folder, user=user, group=group))
        (self._folder / "cupsd.conf").write_text(_SERVER.format(address=self.address))


def _print_user() -> tuple[str, str]:
    # The server refuses to run filters as root.
    if os.geteuid() == 0:
        return "lp", "lp"
    return pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name


_FILES = """
ServerRoot {folder}/etc
RequestRoot {folder}/spool
TempDir {folder}/tmp
CacheDir {folder}/cache
StateDir {folder}/state
AccessLog {folder}/log/access
ErrorLog {folder}/log/error
PageLog {folder}/log/page
User {user}
Group {group}
SystemGroup root
FileDevice Yes
"""
_SERVER = """
Listen {address}
LogLevel debug
MaxLogSize 0
Browsing No
DefaultAuthType None
ErrorPolicy retry-job
JobRetryInterval 1
<Location />
  Order allow,deny
  Allow localhost
</Location>
<Policy default>
  <Limit Create-Job Print-Job Print-URI Validate-Job>
    Order deny,allow
  </Limit>
  <Limit Send-Document Hold-Job Release-Job Cancel-Job Set-Job-Attributes Reprocess-Job Cancel-My-Jobs>
    Require user @OWNER @SYSTEM
    Order deny,allow
  </Limit>
  <Limit Cancel-Jobs Purge-Jobs>
    Order deny,allow
  </Limit>
  <Limit All>
    Order deny,allow
  </Limit>
</Policy>
"""
_REASONS = """{{
OPERATION CUPS-Add-Modify-Printer
GROUP operation-attributes-tag
ATTR charset attributes-charset utf-8
ATTR language attributes-natural-language en
ATTR uri printer-uri $uri
GROUP printer-attributes-tag
ATTR keyword printer-state-reasons {reasons}
STATUS successful-ok
}}
"""
