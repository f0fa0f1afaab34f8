"""Printers that speak IPP: those on the network, and the queues of CUPS, with their true state.

RFC 8011. A document is handed over once, with Print-Job, and its job is then followed until the printer says how it
ended; what cannot be known is never called printed and never sent again.
"""

import os
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.services.answers.printing import Condition, PrinterState, PrinterStatus
from printing.backends import Language, PrintCancelled, PrinterNotReady, PrintInterrupted, Ticket, Watch
from printing.backends.ipp_answers import (
    NoAnswer,
    Operation,
    Refused,
    Report,
    Status,
    choose_media,
)

if TYPE_CHECKING:
    from printing.backends.ipp_line import IppLine

_PDF = "application/pdf"
_STATUS_S = 1.8
_DEVICE_S = 0.8
_ASKED = [
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "printer-name",
    "document-format-supported",
    "media-supported",
    "print-scaling-supported",
    "device-uri",
]
_HERE = ("localhost", "127.0.0.1", "::1")


class IppPrinter:
    """One printer by its URI: ``ipp://host/ipp/print``, ``ipps://host/ipp/print``, ``ipp://localhost/printers/NAME``.

    `name` is what people call it, `address` what the settings call it; both are the URI unless given. Over ``ipps``
    the document is encrypted on the way, but the printer's own certificate is not checked.

    `lost_s` is how long a printer that stopped answering is asked about a job it took, and how long one that is busy
    is asked to take it; `answer_s` is how long it may take to accept one, `settle_s` how long a cancelled job may take
    to end, `patience_s` how long a job stands before a printer's mere warning counts as what it waits for: a printer
    with a second tray warns of the empty one all day.

    Raises:
        UserError: ``print.bad_address``.
    """

    language = Language.PDF

    def __init__(
        self,
        uri: str,
        *,
        name: str = "",
        address: str = "",
        lost_s: float = 60.0,
        answer_s: float = 60.0,
        settle_s: float = 15.0,
        patience_s: float = 3.0,
    ) -> None:
        self._uri = _checked(uri)
        self._name = name or uri
        self._address = address or uri
        self._lost_s = lost_s
        self._answer_s = answer_s
        self._settle_s = settle_s
        self._patience_s = patience_s
        self._made_line: IppLine | None = None

    def status(self) -> PrinterStatus:
        """Ask for state and reasons, within two seconds. Never raises.

        Of a CUPS queue on this computer the IPP printer behind it is asked as well: a queue learns of an empty tray or
        a printer that is switched off only while it prints.
        """
        try:
            return self._status_of(self._report())
        except (NoAnswer, Refused) as failure:
            return self._status_after(failure)

    def send(self, content: bytes, ticket: Ticket, watch: Watch) -> str:
        """Print the PDF on the ticket's sheet and return the printer's name once the printer calls the job completed.

        Raises:
            PrinterNotReady: before anything was sent.
            PrintCancelled: the watch asked for it and the printer had not begun.
            PrintInterrupted: the document was taken, or may have been, and its end is unknown or bad.
            EnvironmentFailure: nothing was printed: ``print.no_pdf``, ``print.printer_unavailable``,
                ``print.refused_by_printer``.
        """
        from printing.backends.ipp_job import IppJob

        before = self._ready_report()
        if watch.is_cancelled():
            raise PrintCancelled(self._name)
        job_id = self._submit(content, ticket, before, watch)
        job = IppJob(
            self._line,
            job_id,
            ticket,
            watch,
            printer=self._name,
            lost_s=self._lost_s,
            settle_s=self._settle_s,
            patience_s=self._patience_s,
        )
        job.follow(before, look=self._report)
        return self._name

    @property
    def _line(self) -> "IppLine":
        if self._made_line is None:
            self._made_line = _line_to(self._uri)
        return self._made_line

    def _report(self) -> Report:
        queue = _ask_printer(self._line, _ASKED, timeout_s=_STATUS_S - _DEVICE_S)
        if urlsplit(self._uri).hostname not in _HERE or not queue.device_uri.startswith(("ipp://", "ipps://")):
            return queue
        try:
            return queue.with_device(
                _ask_printer(_line_to(_checked(queue.device_uri)), _ASKED[:3], timeout_s=_DEVICE_S)
            )
        except NoAnswer as failure:
            return queue if failure.garbled else queue.with_device(None)
        except (Refused, UserError):
            return queue

    def _status_of(self, report: Report) -> PrinterStatus:
        return PrinterStatus(
            address=self._address, name=self._name, state=report.printer_state, conditions=report.conditions
        )

    def _status_after(self, failure: NoAnswer | Refused) -> PrinterStatus:
        return PrinterStatus(address=self._address, name=self._name, state=_state_after(failure))

    def _ready_report(self) -> Report:
        """Ask, and let only that stop a job which surely keeps it from being printed."""
        try:
            report = self._report()
        except (NoAnswer, Refused) as failure:
            raise PrinterNotReady(self._status_after(failure)) from failure
        status = self._status_of(report)
        # What an idle queue remembers of its last job may be over: it finds out by printing.
        is_certain = not (report.is_memory and report.is_accepting)
        if is_certain and not status.can_print:
            raise PrinterNotReady(status)
        if report.formats and _PDF not in report.formats:
            raise EnvironmentFailure("print.no_pdf", printer=self._name)
        return report

    def _submit(self, content: bytes, ticket: Ticket, before: Report, watch: Watch) -> int:
        """Return the number of the accepted job; a printer that is busy has taken nothing and is asked again."""
        from printing.backends.ipp_job import FIRST_PAUSE_S, LONGEST_PAUSE_S, pause

        told: tuple[Condition, ...] = ()
        pause_s, begun_at = FIRST_PAUSE_S, time.monotonic()
        while (job_id := self._hand_over(content, ticket, before)) is None:
            if time.monotonic() - begun_at > self._lost_s:
                raise EnvironmentFailure("print.refused_by_printer", retryable=True, printer=self._name)
            told = self._tell_changes(told, watch)
            pause(pause_s, watch)
            if watch.is_cancelled():
                raise PrintCancelled(self._name)
            pause_s = min(pause_s * 1.4, LONGEST_PAUSE_S)
        if told:
            watch.waiting(())
        return job_id

    def _hand_over(self, content: bytes, ticket: Ticket, before: Report) -> int | None:
        attributes = {"job-name": ticket.document_name, "document-format": _PDF}
        try:
            answer = self._line.ask(
                Operation.PRINT_JOB,
                attributes,
                job_attributes=_job_attributes(ticket, before),
                document=content,
                timeout_s=self._answer_s,
            )
        except NoAnswer as failure:
            if failure.taken:
                raise PrintInterrupted(self._name) from failure
            raise EnvironmentFailure("print.printer_unavailable", retryable=True, printer=self._name) from failure
        except Refused as refusal:
            if refusal.status == Status.BUSY:
                return None
            raise self._refusal(refusal) from refusal
        job_id = _first(answer, "jobs").get("job-id")
        if not isinstance(job_id, int):
            raise PrintInterrupted(self._name)
        return job_id

    def _tell_changes(self, told: tuple[Condition, ...], watch: Watch) -> tuple[Condition, ...]:
        try:
            found = self._report().holding_up
        except (NoAnswer, Refused):
            return told
        if found != told:
            watch.waiting(found)
        return found

    def _refusal(self, refusal: Refused) -> EnvironmentFailure:
        if refusal.status == Status.FORMAT_NOT_SUPPORTED:
            return EnvironmentFailure("print.no_pdf", printer=self._name)
        if refusal.nothing_taken:
            return EnvironmentFailure("print.refused_by_printer", retryable=True, printer=self._name)
        return PrintInterrupted(self._name)


def find_cups_printer(name: str) -> IppPrinter | None:
    """Return the queue of this computer's CUPS, None when CUPS does not answer or has no such queue."""
    uri = _queue_uri(_cups_server(), name)
    try:
        _line_to(uri).ask(Operation.GET_PRINTER_ATTRIBUTES, {"requested-attributes": _ASKED[:1]}, timeout_s=_STATUS_S)
    except (NoAnswer, Refused):
        return None
    return IppPrinter(uri, name=name, address=name)


def _cups_server() -> str:
    # The C library also takes a socket's path there (client.conf(5)); CUPS then listens on its usual port as well.
    named = os.environ.get("CUPS_SERVER", "").partition("/version=")[0]
    return named if named and not named.startswith("/") else "localhost:631"


def _queue_uri(server: str, name: str) -> str:
    return f"ipp://{server}/printers/{quote(name, safe='')}"


def _line_to(uri: str) -> "IppLine":
    from printing.backends.ipp_line import IppLine

    return IppLine(uri)


def _checked(uri: str) -> str:
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError as exc:
        raise UserError("print.bad_address", printer=uri) from exc
    if parts.scheme not in ("ipp", "ipps") or not parts.hostname or port == 0 or parts.username:
        raise UserError("print.bad_address", printer=uri)
    return parts._replace(path=quote(unquote(parts.path)) or "/").geturl()


def _first(answer: dict[str, Any], group: str) -> dict[str, Any]:
    return next(iter(answer[group]), {})


def _ask_printer(line: "IppLine", wanted: list[str], *, timeout_s: float) -> Report:
    answer = line.ask(Operation.GET_PRINTER_ATTRIBUTES, {"requested-attributes": wanted}, timeout_s=timeout_s)
    return Report.read(_first(answer, "printers"))


def _state_after(failure: NoAnswer | Refused) -> PrinterState:
    if isinstance(failure, NoAnswer):
        return PrinterState.UNKNOWN if failure.garbled else PrinterState.OFFLINE
    return PrinterState.MISSING if failure.status in (Status.NOT_FOUND, Status.GONE) else PrinterState.UNKNOWN


def _job_attributes(ticket: Ticket, printer: Report) -> dict[str, Any]:
    """One copy on one side, unscaled: copies (liên) are pages of the document, and a form keeps its official size."""
    wanted: dict[str, Any] = {"copies": 1, "sides": "one-sided"}
    media = choose_media(ticket.sheet, printer.media)
    if media is not None:
        wanted["media"] = media
    if "none" in printer.scalings:
        wanted["print-scaling"] = "none"
    return wanted
