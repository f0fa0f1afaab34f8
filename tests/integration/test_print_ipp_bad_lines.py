"""IPP over lines that fail: silence, nonsense, and lines cut at the worst moment."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.domain.forms.kinds import Sheet
from counter_app.services.answers.printing import PrinterState
from printing.backends import PrinterNotReady, PrintInterrupted, Watch
from printing.backends.ipp import IppPrinter
from tests.fakes.bad_lines import forwarded, http, operation_of, serving
from tests.fakes.cups import PrinterEmulator
from tests.fakes.daemons import service_discovery, wait_until
from tests.fakes.pages import a_page
from tests.fakes.sending import A5, LONGEST_S, Sending, a_backend

PRINT_JOB = 0x0002


@pytest.fixture(scope="module")
def discovery() -> Iterator[dict[str, str]]:
    with service_discovery() as env:
        yield env


@pytest.fixture
def printer(discovery: dict[str, str]) -> Iterator[PrinterEmulator]:
    with PrinterEmulator(discovery) as made:
        yield made


def test_a_printer_that_takes_the_line_and_says_nothing_is_offline_within_two_seconds(printer: PrinterEmulator) -> None:
    printer.freeze()

    begun = time.monotonic()
    status = a_backend(printer.uri).status()
    took_s = time.monotonic() - begun
    printer.thaw()

    assert status.state is PrinterState.OFFLINE
    assert took_s < 3


def test_a_name_server_that_does_not_answer_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    is_over = threading.Event()

    def never(*_args: object, **_options: object) -> None:
        is_over.wait(LONGEST_S)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", never)
    begun = time.monotonic()
    status = a_backend("ipp://printer.example/ipp/print").status()
    took_s = time.monotonic() - begun
    is_over.set()

    assert status.state is PrinterState.OFFLINE
    assert took_s < 3


def test_a_document_taken_without_an_answer_is_never_sent_again(printer: PrinterEmulator) -> None:
    def cut_after_the_document(request: bytes) -> bytes | None:
        answer = forwarded(request, printer.port)
        return None if operation_of(request) == PRINT_JOB else answer

    with serving(cut_after_the_document) as port, pytest.raises(PrintInterrupted):
        Sending(a_backend(f"ipp://localhost:{port}/ipp/print")).result()

    wait_until(lambda: len(printer.documents) == 1, "the document that was taken")
    assert printer.jobs_begun == 1


def test_a_document_that_is_taken_too_slowly_is_left_to_a_person(printer: PrinterEmulator) -> None:
    is_over = threading.Event()

    def never_answer_the_document(request: bytes) -> bytes | None:
        if operation_of(request) == PRINT_JOB:
            is_over.wait(LONGEST_S)
            return None
        return forwarded(request, printer.port)

    with serving(never_answer_the_document) as port:
        with pytest.raises(PrintInterrupted):
            Sending(a_backend(f"ipp://localhost:{port}/ipp/print", answer_s=0.5)).result(timeout_s=10)
        is_over.set()


def test_a_printer_that_vanishes_before_the_document_has_surely_printed_nothing(printer: PrinterEmulator) -> None:
    def vanish() -> bool:
        printer.switch_off()
        return False

    backend = a_backend(printer.uri)
    with pytest.raises(EnvironmentFailure) as caught:
        backend.send(a_page(Sheet.A5), A5, Watch(is_cancelled=vanish))

    assert caught.value.code == "print.printer_unavailable"
    assert caught.value.retryable


_OPERATION = b"\x01\x47\x00\x12attributes-charset\x00\x05utf-8"
_NONSENSE = {
    "no http": b"hello\r\n\r\n",
    "no ipp": http(b"<html>sign in</html>"),
    "empty": http(b""),
    "cut short": http(b"\x02\x00\x00\x00\x00\x00\x00\x01\x01\x47\x00\x12attr"),
    "length that goes back": http(b"\x02\x00\x00\x00\x00\x00\x00\x01" + _OPERATION + b"\x04\x44\xff\xf0"),
    "unknown state": http(
        b"\x02\x00\x00\x00\x00\x00\x00\x01" + _OPERATION + b"\x04\x23\x00\x0dprinter-state\x00\x04\x00\x00\x00\x63\x03"
    ),
    "five megabytes": http(b"\x02\x00\x00\x00\x00\x00\x00\x01" + bytes(5_000_000)),
    "server in trouble": http(b"\xff\xfe trouble", "500 Internal Server Error"),
}


@pytest.mark.parametrize("answer", _NONSENSE.values(), ids=_NONSENSE.keys())
def test_nonsense_from_a_printer_ends_in_a_state_and_a_clear_failure(answer: bytes) -> None:
    with serving(lambda _request: answer) as port:
        backend = a_backend(f"ipp://localhost:{port}/ipp/print")

        assert backend.status().state in (PrinterState.UNKNOWN, PrinterState.OFFLINE)
        with pytest.raises(PrinterNotReady):
            Sending(backend).result(timeout_s=10)


def test_nonsense_instead_of_a_job_number_is_left_to_a_person(printer: PrinterEmulator) -> None:
    def answer(request: bytes) -> bytes | None:
        if operation_of(request) != PRINT_JOB:
            return forwarded(request, printer.port)
        return http(b"\x02\x00\x00\x00\x00\x00\x00\x01" + _OPERATION + b"\x03")

    with serving(answer) as port, pytest.raises(PrintInterrupted):
        Sending(a_backend(f"ipp://localhost:{port}/ipp/print")).result()


@pytest.mark.parametrize(
    "uri", ["http://host/ipp", "ipp:///ipp/print", "ipp://host:notaport/", "ipp://me:secret@host/"]
)
def test_an_address_that_is_none_is_the_persons_to_put_right(uri: str) -> None:
    with pytest.raises(UserError) as caught:
        IppPrinter(uri)

    assert caught.value.code == "print.bad_address"
