import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from counter_app.core.errors import BugError, EnvironmentFailure
from counter_app.domain.forms.kinds import Form, Sheet
from counter_app.services.answers.printing import Condition, PrinterState
from printing.backends import PrintCancelled, PrinterNotReady, PrintInterrupted, Ticket, Watch
from printing.backends.ipp import IppPrinter
from printing.backends.qt_spooler import QtSpooler
from printing.backends.system import list_system_printers, system_printer
from tests.fakes.cups import CupsServer, PrinterEmulator
from tests.fakes.daemons import service_discovery, wait_until
from tests.fakes.pages import BOTH_CODES, CODE, SIZES_MM, a_page, codes_on, page_sizes_mm

# No screen is needed to print; QApplication reads this when it is made.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

TICKET = Ticket("job-1", CODE, Form.RECEIPT, 0)


def send_in_a_thread(spooler: QtSpooler, pdf: bytes, ticket: Ticket = TICKET) -> str:
    """Print as the program does, outside the window's thread; a new thread also asks the print server anew."""
    ended: list[str | Exception] = []

    def send() -> None:
        try:
            ended.append(spooler.send(pdf, ticket, Watch()))
        except Exception as error:  # noqa: BLE001 - handed to the test
            ended.append(error)

    thread = threading.Thread(target=send, name="print:driver")
    thread.start()
    thread.join(60)
    (answer,) = ended
    if isinstance(answer, Exception):
        raise answer
    return answer


@pytest.fixture
def cups(monkeypatch: pytest.MonkeyPatch) -> Iterator[CupsServer]:
    with CupsServer() as server:
        monkeypatch.setenv("CUPS_SERVER", server.address)
        yield server


@pytest.fixture
def printer() -> Iterator[PrinterEmulator]:
    with service_discovery() as discovery, PrinterEmulator(discovery) as made:
        yield made


def test_pages_drawn_outside_the_window_thread_are_readable_and_have_their_size(
    qapp: QApplication, tmp_path: Path
) -> None:
    target = tmp_path / "driver.pdf"
    sheets = (Sheet.A5, Sheet.A5, Sheet.A4_LANDSCAPE, Sheet.A4)

    where = send_in_a_thread(QtSpooler("driver", to_file=target), a_page(*sheets))

    assert where == "driver"
    assert page_sizes_mm(target) == [SIZES_MM[sheet] for sheet in sheets]
    for page in range(1, len(sheets) + 1):
        assert codes_on(target, tmp_path, page=page) == BOTH_CODES


@pytest.mark.parametrize("sheet", [Sheet.LABEL_50X30, Sheet.LABEL_100X50])
def test_labels_keep_their_size(sheet: Sheet, qapp: QApplication, tmp_path: Path) -> None:
    target = tmp_path / "label.pdf"

    send_in_a_thread(QtSpooler("driver", to_file=target), a_page(sheet))

    assert page_sizes_mm(target) == [SIZES_MM[sheet]]
    assert f"QR-Code:{CODE}" in codes_on(target, tmp_path)


@pytest.mark.parametrize("sheet", [Sheet.A5, Sheet.A4_LANDSCAPE, Sheet.LABEL_100X50])
def test_a_page_handed_to_the_systems_queue_reaches_the_printer_once(
    sheet: Sheet, qapp: QApplication, cups: CupsServer, printer: PrinterEmulator, tmp_path: Path
) -> None:
    cups.add_queue("office", printer.uri)

    assert send_in_a_thread(QtSpooler("office"), a_page(sheet)) == "office"

    wait_until(lambda: len(printer.documents) == 1, "the document arrives")
    (arrived,) = printer.documents
    (size,) = page_sizes_mm(arrived)
    assert sorted(size) == sorted(SIZES_MM[sheet])
    assert codes_on(arrived, tmp_path) == BOTH_CODES


def test_the_state_of_the_systems_queue_is_told(qapp: QApplication, cups: CupsServer, printer: PrinterEmulator) -> None:
    cups.add_queue("office", printer.uri)
    answers: list[object] = []

    def ask() -> None:
        answers.append(QtSpooler("office").status().state)
        cups.pause("office")
        answers.append(QtSpooler("office").status())

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join(30)
    with pytest.raises(PrinterNotReady) as caught:
        send_in_a_thread(QtSpooler("office"), a_page(Sheet.A5))

    assert answers[0] is PrinterState.READY
    assert caught.value.status == answers[1]
    assert caught.value.status.conditions == (Condition.FAULT,)


def test_a_queue_of_cups_is_printed_to_over_ipp_and_another_name_through_qt(
    qapp: QApplication, cups: CupsServer, printer: PrinterEmulator
) -> None:
    cups.add_queue("office", printer.uri)
    backend = system_printer("office")

    assert isinstance(backend, IppPrinter)
    assert backend.send(a_page(Sheet.A5), TICKET, Watch()) == "office"
    assert backend.status().address == "office"
    assert len(printer.documents) == 1
    assert isinstance(system_printer("nowhere"), QtSpooler)


def test_a_printer_that_is_not_there_fails_before_anything_is_sent(qapp: QApplication) -> None:
    assert QtSpooler("no such printer").status().state is PrinterState.MISSING
    with pytest.raises(EnvironmentFailure) as caught:
        QtSpooler("no such printer").send(a_page(Sheet.A5), TICKET, Watch())

    assert caught.value.code == "print.printer_missing"


def test_what_is_cancelled_before_the_first_page_is_not_drawn(qapp: QApplication, tmp_path: Path) -> None:
    target = tmp_path / "out.pdf"

    with pytest.raises(PrintCancelled):
        QtSpooler("driver", to_file=target).send(a_page(Sheet.A5), TICKET, Watch(is_cancelled=lambda: True))

    assert not target.exists()


def test_what_is_cancelled_between_pages_is_left_to_a_person(qapp: QApplication, tmp_path: Path) -> None:
    answers = iter((False, True))
    spooler = QtSpooler("driver", to_file=tmp_path / "out.pdf")

    with pytest.raises(PrintInterrupted):
        spooler.send(a_page(Sheet.A5, Sheet.A5), TICKET, Watch(is_cancelled=lambda: next(answers)))


def test_bytes_that_are_no_pdf_are_our_fault_not_the_printers(qapp: QApplication, tmp_path: Path) -> None:
    with pytest.raises(BugError) as caught:
        QtSpooler("driver", to_file=tmp_path / "out.pdf").send(b"not a pdf", TICKET, Watch())

    assert caught.value.code == "print.pages_unreadable"


def test_listed_printers_are_names_without_repeats(qapp: QApplication) -> None:
    names = list_system_printers()

    assert len(set(names)) == len(names)
