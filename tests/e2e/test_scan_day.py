"""A scripted clerk scans at a real window: no page is lost when the scanner's driver or the program is killed."""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.program import Program
from tests.e2e.screen import wait_for
from tests.e2e.test_counter_day import Clerk, clerk_at
from tests.fakes.escl_scanner import EsclScannerEmulator, running_scanner, wait_until
from tests.fakes.sane_scanner import SHEETS, needs_sane, sane_folder

LONG_S = 90
SMALL = {"id": "small", "name": "Thẻ, xám", "source": "feeder", "mode": "grey", "dpi": 200, "paper": "card"}
"""Small pages: what is tried here is who keeps them, not how long they are read."""

pytestmark = [pytest.mark.xvfb, pytest.mark.slow, needs_sane]


@pytest.fixture
def scanner() -> Iterator[EsclScannerEmulator]:
    with running_scanner(EsclScannerEmulator(sheets=4)) as one:
        yield one


@pytest.fixture
def clerk(tmp_path: Path, scanner: EsclScannerEmulator) -> Iterator[Clerk]:
    desk = Program(tmp_path / "data", environment=sane_folder(tmp_path / "sane"))
    desk.ask("demo", "--dossiers", "2")
    with clerk_at(desk) as one:
        file = desk.data / "settings.json"
        own = {
            "scan.network.search": False,
            "scan.network.scanners": scanner.address,
            "scan.profiles": json.dumps([SMALL]),
            "scan.profile": "small",
        }
        file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | own), encoding="utf-8")
        yield one


def documents_of(clerk: Clerk, code: str, count: int) -> list[dict[str, Any]]:
    def are_there() -> list[dict[str, Any]] | None:
        found: list[dict[str, Any]] = clerk.desk.ask("show", code)["documents"]
        return found if len(found) == count else None

    return wait_for(f"{count} documents", are_there, seconds=LONG_S)


def waiting_scans(clerk: Clerk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = clerk.desk.ask("scan", "--waiting")["scans"]
    return found


def kill_scan_worker(clerk: Clerk) -> None:
    assert clerk.window is not None
    said = subprocess.run(
        ["pgrep", "-P", str(clerk.window.pid), "-f", "scanning.worker"], capture_output=True, check=True
    )
    os.kill(int(said.stdout.split()[0]), signal.SIGKILL)


def go_to_digitising(clerk: Clerk) -> None:
    clerk.open_window()
    clerk.sign_in()

    def is_there() -> bool:
        clerk.screen.press("ctrl+7")
        return clerk.screen.focused_title().startswith("Số hóa")

    wait_for("the page", is_there)
    clerk.screen.wait_until_still()


def test_batches_come_from_sane_and_over_the_network_and_survive_the_death_of_worker_and_program(
    clerk: Clerk, scanner: EsclScannerEmulator, tmp_path: Path
) -> None:
    code = str(clerk.desk.ask("list")[0]["code"])
    go_to_digitising(clerk)
    clerk.screen.press("F3")
    clerk.screen.type(code)
    clerk.screen.press("Return")
    clerk.screen.wait_until_still()

    clerk.screen.press("ctrl+e")  # the scanners are looked for; SANE's first one stands there
    clerk.screen.wait_until_still()
    clerk.screen.press("F9")
    (first,) = documents_of(clerk, code, 1)
    assert (first["pages"], first["component"]) == (SHEETS, 1)

    sane_folder(tmp_path / "sane", read_delay="true", read_delay_duration="200000")
    clerk.screen.press("F9")
    wait_for("two pages to be kept", lambda: [scan for scan in waiting_scans(clerk) if scan["pages"] >= 2])
    kill_scan_worker(clerk)
    clerk.screen.wait_until_still()
    (cut,) = waiting_scans(clerk)
    assert (cut["likely"], cut["likely_component"]) == (code, 1)
    assert 2 <= cut["pages"] < SHEETS
    clerk.screen.press("F6", "Return")
    assert documents_of(clerk, code, 2)[1]["pages"] == cut["pages"]

    clerk.screen.press("ctrl+e")
    clerk.screen.wait_until_still()
    clerk.screen.press("End", "Escape", "F9")  # the network scanner is the last one
    assert documents_of(clerk, code, 3)[2]["pages"] == 4

    scanner.sheets, scanner.silent, scanner.silent_after = 6, threading.Event(), 3
    asked = scanner.asked.count("NextDocument")
    clerk.screen.press("F9")
    # A page is asked for once the one before is safe.
    wait_until(lambda: scanner.asked.count("NextDocument") == asked + 4, seconds=LONG_S)
    clerk.kill()
    go_to_digitising(clerk)
    clerk.screen.press("F6", "Return")

    last = documents_of(clerk, code, 4)[3]
    assert (last["pages"], last["component"]) == (3, 1)
    assert waiting_scans(clerk) == []
    assert clerk.desk.ask("verify")["ok"]
