"""A scripted clerk takes one dossier from its receipt to its result, by keys alone, at a real window."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.program import Program
from tests.e2e.screen import wait_for
from tests.e2e.test_counter_day import PASSWORD, Clerk, clerk_at, dossiers_of

FRIEND = "036090777777|012345678|Trần Văn Nhận Thay|01021990|Nam|Thôn Đông, xã Đồng Mẫu, tỉnh Mẫu|01072021"
IN_PROGRESS, SUPPLEMENT_ASKED, RESOLVED, RETURNED = 4, 5, 9, 10

pytestmark = [pytest.mark.xvfb, pytest.mark.slow]


@pytest.fixture
def clerk(tmp_path: Path) -> Iterator[Clerk]:
    desk = Program(tmp_path / "data")
    desk.ask("demo", "--dossiers", "2")
    with clerk_at(desk) as one:
        yield one


def receive_one(clerk: Clerk) -> str:
    """Sign in, receive a dossier from a card, and return its code."""
    clerk.open_window()
    clerk.sign_in()
    clerk.screen.press("ctrl+2")
    clerk.scan_card()
    clerk.choose_procedure("khai sinh")
    clerk.hand_in_everything()
    clerk.accept()
    clerk.wait_for_paper()
    (row,) = wait_for("the dossier", lambda: dossiers_of(clerk.desk))
    return str(row["code"])


def step(clerk: Clerk, code: str, action: str) -> None:
    """Open the form of a next step by its digit and wait until it stands there."""
    offered = [offer["action"] for offer in clerk.desk.ask("act", code, "--list")]
    clerk.screen.wait_until_still()
    clerk.screen.press("F4")
    clerk.screen.wait_until_still()
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
    code = receive_one(clerk)

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


def open_custody(clerk: Clerk, receiver: str) -> str:
    """Begin a manifest on the hand-over page and return its code once the store has it."""
    clerk.screen.press("ctrl+4")
    clerk.screen.wait_until_still()
    clerk.screen.press("ctrl+n")
    clerk.screen.wait_until_still()
    write(clerk, receiver)
    clerk.screen.press("F9")
    (row,) = wait_for("the manifest", lambda: clerk.desk.ask("manifest", "list"))
    clerk.screen.wait_until_still()
    return str(row["code"])


def hand_over(clerk: Clerk, manifest: str) -> dict[str, Any]:
    """Sign what is in hand with the clerk's password."""
    clerk.screen.press("F9")
    clerk.screen.wait_until_still()
    write(clerk, PASSWORD)
    clerk.screen.press("F9")

    def is_closed() -> dict[str, Any] | None:
        shown: dict[str, Any] = clerk.desk.ask("manifest", "show", manifest)
        return shown if shown["state"] == "closed" else None

    return wait_for("the bag to be handed over", is_closed)


def test_dossier_travels_by_manifest_waits_is_excused_and_is_given_to_an_authorised_person(clerk: Clerk) -> None:
    code = receive_one(clerk)

    manifest = open_custody(clerk, "Phong Tu phap")
    clerk.reader.scan(code.encode())
    wait_for("the dossier on the manifest", lambda: clerk.desk.ask("manifest", "show", manifest)["count"] == 1)
    closed = hand_over(clerk, manifest)
    handed = clerk.desk.ask("show", code)
    assert (closed["to"], handed["dossier"]["status"], handed["holder"]) == (
        "Phong Tu phap", IN_PROGRESS, "Phong Tu phap"
    )  # fmt: skip
    clerk.screen.wait_until_still()
    clerk.screen.press("F8")
    wait_for("the paper of the manifest", lambda: _has_job(clerk, manifest))

    clerk.screen.press("ctrl+3")
    clerk.screen.wait_until_still()
    write(clerk, "tuong tuong")
    clerk.screen.wait_until_still()
    clerk.screen.press("Down")
    step(clerk, code, "ask-supplement")
    write(clerk, "Thieu giay chung sinh")
    finish(clerk, code, SUPPLEMENT_ASKED)
    step(clerk, code, "receive-supplement")
    finish(clerk, code, IN_PROGRESS)
    before = clerk.desk.ask("show", code)["due_at"]
    step(clerk, code, "extend")
    clerk.screen.press("Down")  # the first reason of the list; the new due date is proposed
    clerk.screen.press("F9")
    wait_for("the due date to move", lambda: clerk.desk.ask("show", code)["due_at"] > before)
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

    assert [change["cause"] for change in shown["due_changes"]].count("extended") == 1
    assert shown["returns"][0]["receiver"] == "Trần Văn Nhận Thay"
    assert [one["code"] for one in shown["manifests"]] == [manifest]
    forms = {job["form"] for job in shown["print_jobs"]}
    assert {"control-slip", "supplement", "apology", "result-receipt"} - forms == {"control-slip"}
    assert clerk.desk.ask("verify")["ok"]


def _has_job(clerk: Clerk, manifest: str) -> bool:
    return any(job["form"] == "manifest" for job in clerk.desk.ask("jobs", "list"))
