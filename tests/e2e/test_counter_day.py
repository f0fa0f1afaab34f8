"""A scripted clerk at a real window: keys from outside, a card over a serial line, the paper read back."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.program import Program
from tests.e2e.screen import Screen, wait_for
from tests.fakes.serial_reader import SerialReaderEmulator

NAME = "Nguyễn Thị Tưởng Tượng"
NUMBER = "036199001234"
CARD = f"{NUMBER}|012345678|{NAME}|01021999|Nữ|Thôn Đông, xã Đồng Mẫu, tỉnh Mẫu|01072021"
PASSWORD = "mot-cua-mau"  # of every sample clerk; the sign-in page of a sample desk shows it

pytestmark = [pytest.mark.xvfb, pytest.mark.slow]


class Clerk:
    """A person at the window, who sees only what comes out: files, the terminal's answers, the store growing."""

    def __init__(self, desk: Program, screen: Screen, reader: SerialReaderEmulator) -> None:
        self.desk = desk
        self.screen = screen
        self.reader = reader
        self.window: subprocess.Popen[bytes] | None = None

    def open_window(self) -> None:
        log = self.desk.data.with_name("window.log").open("ab")
        self.window = subprocess.Popen(
            self.desk.command(),
            env={**self.desk.variables(), "DISPLAY": self.screen.display, "QT_QPA_PLATFORM": "xcb"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        log.close()
        self.screen.program = self.window.pid
        wait_for("the window", self.screen.has_focused_window)
        wait_for("the reader to be opened", self._hears_reader)

    def sign_in(self) -> None:
        """The unit's logins are there and the cursor stands in the password."""
        self.screen.wait_until_still()
        self.screen.type(PASSWORD)
        self.screen.press("Return")

    def scan_card(self) -> None:
        """Scan, and again when nothing happens, until the draft of the filled form has reached the disk."""
        before = self.written()
        scanned_at = 0.0

        def draft_is_kept() -> bool:
            nonlocal scanned_at
            if self.written() == before and time.monotonic() - scanned_at > 2:
                scanned_at = time.monotonic()
                self.reader.scan(CARD.encode())
            return self.written() != before

        wait_for("the draft of the card's fields", draft_is_kept)

    def choose_procedure(self, letters: str) -> None:
        before = self.written()
        self.screen.press("F3")
        self.screen.type(letters)
        self.screen.press("Return")
        wait_for("the draft of the procedure", lambda: self.written() != before)

    def hand_in_everything(self) -> None:
        before = self.written()
        self.screen.press("ctrl+Return")
        wait_for("the draft of the papers", lambda: self.written() != before)

    def accept(self) -> None:
        self.screen.wait_until_still()
        self.screen.press("F9")

    def wait_for_paper(self, count: int = 1) -> list[Path]:
        folder = self.desk.data / "receipts"

        def papers() -> list[Path] | None:
            found = sorted(folder.glob("*.pdf"))
            return found if len(found) >= count else None

        return wait_for("the paper", papers)

    def kill(self) -> None:
        assert self.window is not None
        self.window.send_signal(signal.SIGKILL)
        self.window.wait(timeout=10)
        self.window = None
        wait_for("the window to be gone", lambda: not self.screen.has_focused_window())

    def written(self) -> tuple[int, int]:
        """What tells one state of the store's files from the next."""
        log = self.desk.data / "counter.db-wal"
        state = log.stat() if log.exists() else None
        return (state.st_mtime_ns, state.st_size) if state else (0, 0)

    def _hears_reader(self) -> bool:
        assert self.window is not None
        assert self.window.poll() is None, self.desk.data.with_name("window.log").read_text(encoding="utf-8")
        target = os.path.realpath(self.reader.port)
        try:
            return any(os.path.realpath(handle) == target for handle in Path(f"/proc/{self.window.pid}/fd").iterdir())
        except OSError:  # one of them was closed while it was looked at
            return False


@contextmanager
def clerk_at(desk: Program) -> Iterator[Clerk]:
    with SerialReaderEmulator() as reader, Screen() as screen:
        settings = {"device.card_reader.port": reader.port, "device.card_reader.baud": 9600}
        (desk.data / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
        clerk = Clerk(desk, screen, reader)
        try:
            yield clerk
        finally:
            if clerk.window is not None:
                clerk.kill()


@pytest.fixture
def clerk(tmp_path: Path) -> Iterator[Clerk]:
    desk = Program(tmp_path / "data")
    desk.ask("demo", "--dossiers", "2")
    with clerk_at(desk) as one:
        yield one


def dossiers_of(desk: Program) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.ask("search", NUMBER)
    return found


def text_of(pdf: Path) -> str:
    return subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True).stdout


def codes_on(pdf: Path, folder: Path) -> set[str]:
    """Whatever a scanner finds on the first page, 300 dots an inch."""
    picture = folder / "page"
    subprocess.run(["pdftoppm", "-r", "300", "-png", "-f", "1", "-l", "1", "-singlefile", pdf, picture], check=True)
    command = ["zbarimg", "-q", "--raw", f"{picture}.png"]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def test_clerk_receives_a_dossier_from_a_card_by_keyboard_alone_and_the_receipt_scans(
    clerk: Clerk, tmp_path: Path
) -> None:
    clerk.open_window()
    clerk.sign_in()
    clerk.scan_card()
    clerk.choose_procedure("khai sinh")
    clerk.hand_in_everything()
    clerk.accept()
    (paper,) = clerk.wait_for_paper()

    (row,) = wait_for("the dossier", lambda: dossiers_of(clerk.desk))
    assert row["applicant_name"] == NAME
    assert row["procedure_name"].lower().startswith("đăng ký khai sinh")
    words = text_of(paper)
    assert NAME in words
    assert row["code"] in words
    assert row["code"] in codes_on(paper, tmp_path)
    shown = clerk.desk.ask("show", row["code"])
    assert shown["dossier"]["applicant"]["sources"]["full_name"] == "card"
    required = [line for line in shown["dossier"]["papers"] if line.get("required")]
    assert required
    assert [line["name"] for line in required if not line.keys() & {"original", "certified", "copy"}] == []
    assert clerk.desk.ask("verify")["ok"]


def test_kill_in_the_middle_of_a_form_loses_no_dossier_and_brings_the_form_back(clerk: Clerk) -> None:
    clerk.open_window()
    clerk.sign_in()
    clerk.scan_card()
    clerk.choose_procedure("khai sinh")
    clerk.hand_in_everything()
    clerk.accept()
    clerk.wait_for_paper()
    (first,) = wait_for("the first dossier", lambda: dossiers_of(clerk.desk))
    clerk.scan_card()
    clerk.choose_procedure("khai sinh")
    clerk.hand_in_everything()
    clerk.kill()

    assert clerk.desk.ask("verify")["ok"]
    assert [row["code"] for row in dossiers_of(clerk.desk)] == [first["code"]]

    clerk.open_window()
    clerk.sign_in()
    received = wait_for("the restored form to be received", lambda: _accept_until(clerk, 2), seconds=30)
    assert {row["applicant_name"] for row in received} == {NAME}
    assert len({row["code"] for row in received}) == 2
    assert clerk.desk.ask("verify")["ok"]


def _accept_until(clerk: Clerk, count: int) -> list[dict[str, Any]] | None:
    """Press the key that saves until the form, which comes back a moment after signing in, has been saved once."""
    found = dossiers_of(clerk.desk)
    if len(found) < count:
        clerk.accept()
        return None
    return found


@pytest.mark.parametrize(
    "after_ms", [5 * part for part in range(1, 2 * int(os.environ.get("COUNTER_APP_TORTURE", "1")) + 1)]
)
def test_kill_while_saving_leaves_the_dossier_whole_or_not_at_all(clerk: Clerk, after_ms: int) -> None:
    clerk.open_window()
    clerk.sign_in()
    clerk.scan_card()
    clerk.choose_procedure("khai sinh")
    clerk.hand_in_everything()
    clerk.accept()
    time.sleep(after_ms / 1000)  # the instant of the kill is what is varied here; nothing is waited for
    clerk.kill()

    assert clerk.desk.ask("verify")["ok"]
    saved = dossiers_of(clerk.desk)
    assert len(saved) <= 1
    for row in saved:
        jobs = clerk.desk.ask("show", row["code"])["print_jobs"]
        assert [job["form"] for job in jobs] == ["receipt"]
