import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from counter_app.core.errors import BugError, EnvironmentFailure
from counter_app.domain.forms.kinds import Form
from printing import render_slip
from printing.backends import Ticket
from printing.backends.qt_spooler import QtSpooler, list_system_printers
from tests.fakes.slips import CODE, a_slip

# No screen is needed to print; QApplication reads this when it is made.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

TICKET = Ticket("job-1", CODE, Form.RECEIPT, 0)


def _run(*command: str) -> str:
    if shutil.which(command[0]) is None:
        pytest.fail(f"{command[0]} is missing: install poppler-utils and zbar-tools")
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_pages_drawn_outside_the_window_thread_are_white_a5_and_readable(qapp: QApplication, tmp_path: Path) -> None:
    target, answers = tmp_path / "driver.pdf", list[str]()
    pdf = render_slip(a_slip())

    thread = threading.Thread(
        target=lambda: answers.append(QtSpooler("driver", to_file=target).send(pdf, TICKET)), name="print:driver"
    )
    thread.start()
    thread.join(60)

    assert answers == ["driver"]
    info = _run("pdfinfo", str(target))
    assert "Pages:           2" in info
    assert "(A5)" in info
    for page in ("1", "2"):
        image = tmp_path / f"page{page}"
        _run("pdftoppm", "-r", "200", "-gray", "-png", "-singlefile", "-f", page, "-l", page, str(target), str(image))
        codes = _run("zbarimg", "--quiet", f"{image}.png").split()
        assert sorted(codes) == [f"CODE-128:{CODE}", f"QR-Code:{CODE}"]


def test_a_printer_that_is_not_there_fails_before_anything_is_sent(qapp: QApplication) -> None:
    with pytest.raises(EnvironmentFailure) as caught:
        QtSpooler("no such printer").send(render_slip(a_slip(), copies=1), TICKET)

    assert caught.value.code == "print.printer_missing"


def test_bytes_that_are_no_pdf_are_our_fault_not_the_printers(qapp: QApplication, tmp_path: Path) -> None:
    with pytest.raises(BugError) as caught:
        QtSpooler("driver", to_file=tmp_path / "out.pdf").send(b"not a pdf", TICKET)

    assert caught.value.code == "print.pages_unreadable"


def test_listed_printers_are_names_without_repeats(qapp: QApplication) -> None:
    names = list_system_printers()

    assert len(set(names)) == len(names)
