"""A scripted clerk takes one dossier from its receipt to its result, by keys alone, at a real window."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.program import Program
from tests.e2e.screen import wait_for
from tests.e2e.test_counter_day import Clerk, clerk_at, dossiers_of

FRIEND = "036090777777|012345678|Trần Văn Nhận Thay|01021990|Nam|Thôn Đông, xã Đồng Mẫu, tỉnh Mẫu|01072021"
IN_PROGRESS, SUPPLEMENT_ASKED, RESOLVED, RETURNED = 4, 5, 9, 10

pytestmark = [pytest.mark.xvfb, pytest.mark.slow]


@pytest.fixture
def clerk(tmp_path: Path) -> Iterator[Clerk]:
    desk = Program(tmp_path / "data")
    desk.ask("demo", "--dossiers", "2")
    with clerk_at(desk) as one:
        yield one


def step(clerk: Clerk, code: str, action: str) -> None:
    """Open the form of a next step by its digit and wait until it stands there."""
    offered = [offer["action"] for offer in clerk.desk.ask("act", code, "--list")]
    clerk.screen.wait_until_still()
    clerk.screen.press("F4")
    clerk.screen.press(str(offered.index(action) + 1))
    clerk.screen.wait_until_still()


def write(clerk: Clerk, text: str) -> None:
    clerk.screen.type(text)


def finish(clerk: Clerk, code: str, status: int) -> dict[str, Any]:
    """Do it and wait until the store says so."""
    clerk.screen.press("F9")

    def is_there() -> dict[str, Any] | None:
        shown: dict[str, Any] = clerk.desk.ask("show", code)
        return shown if shown["dossier"]["status"] == status else None

    return wait_for(f"status {status}", is_there)


def test_dossier_goes_from_its_receipt_to_an_authorised_person_by_keyboard_alone(clerk: Clerk) -> None:
    clerk.open_window()
    clerk.sign_in()
    clerk.scan_card()
    clerk.choose_procedure("khai sinh")
    clerk.hand_in_everything()
    clerk.accept()
    clerk.wait_for_paper()
    (row,) = wait_for("the dossier", lambda: dossiers_of(clerk.desk))
    code = row["code"]

    clerk.screen.press("ctrl+3")
    clerk.screen.wait_until_still()
    write(clerk, "tuong tuong")
    clerk.screen.wait_until_still()
    clerk.screen.press("Down")
    step(clerk, code, "transfer")
    write(clerk, "Phong Tu phap")
    finish(clerk, code, IN_PROGRESS)
    step(clerk, code, "ask-supplement")
    write(clerk, "Thieu giay chung sinh")
    finish(clerk, code, SUPPLEMENT_ASKED)
    step(clerk, code, "receive-supplement")
    finish(clerk, code, IN_PROGRESS)
    step(clerk, code, "resolve")
    write(clerk, "Giay khai sinh")
    finish(clerk, code, RESOLVED)
    step(clerk, code, "result-arrived")
    clerk.screen.press("F9")
    wait_for("the result at the desk", lambda: clerk.desk.ask("show", code)["result"].get("here_at"))
    step(clerk, code, "return-result")
    clerk.reader.scan(FRIEND.encode())
    clerk.screen.wait_until_still()
    write(clerk, "GUQ 12/2026")
    shown = finish(clerk, code, RETURNED)

    (returned,) = shown["returns"]
    assert returned["receiver"] == "Trần Văn Nhận Thay"
    assert returned["receiver_id_number"] == "036090777777"
    assert returned["authorisation"] == "GUQ 12/2026"
    forms = [job["form"] for job in shown["print_jobs"]]
    assert sorted(forms) == ["control-slip", "receipt", "receipt", "result-receipt", "supplement"]
    clerk.wait_for_paper(len(set(forms)))
    assert clerk.desk.ask("verify")["ok"]
