"""`scan --list` and the doctor's lines about scanners, from outside, with a real SANE device and a network scanner."""

import json
from pathlib import Path

import pytest

from tests.e2e.program import Program
from tests.fakes.escl_scanner import running_scanner
from tests.fakes.sane_scanner import needs_sane, sane_folder


@pytest.fixture
def desk(tmp_path: Path) -> Program:
    """No desk was made here: looking for scanners needs none."""
    program = Program(tmp_path / "desk", environment=sane_folder(tmp_path / "sane"))
    program.run("settings", "set", "scan.network.search", "false")
    return program


@needs_sane
def test_list_names_every_scanner_with_driver_and_state(desk: Program) -> None:
    with running_scanner() as scanner:
        desk.run("settings", "set", "scan.network.scanners", f"{scanner.address} http://127.0.0.1:9/eSCL")
        scanner.is_open = True
        document = desk.ask("scan", "--list")

    found = {one["id"]: (one["driver"], one["state"]) for one in document["devices"]}
    assert found["sane:test:0"] == ("sane", "found")
    assert found[scanner.device] == ("escl", "cover_open")
    assert found["escl:http://127.0.0.1:9/eSCL"] == ("escl", "gone")
    assert [one["driver"] for one in document["drivers"] if one["error"] is None] == ["sane", "escl"]
    assert [one["id"] for one in document["profiles"] if one["chosen"]] == ["papers"]


@needs_sane
def test_doctor_says_of_every_scanner_how_it_is(desk: Program) -> None:
    desk.run("settings", "set", "scan.network.scanners", "http://127.0.0.1:9/eSCL")
    said = desk.run("doctor").out.splitlines()

    assert "[ok] Scanner Noname frontend-tester (SANE (Linux)): found." in said
    gone = "no answer: switch it on, check cable and network"
    assert f"[warning] Scanner http://127.0.0.1:9/eSCL (network scanners (eSCL, AirScan)): {gone}." in said


def test_a_kind_of_scanner_that_cannot_be_used_is_a_fault_only_where_the_desks_own_is_of_it(tmp_path: Path) -> None:
    broken = tmp_path / "bin" / "scanimage"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    desk = Program(tmp_path / "desk", environment={"PATH": str(broken.parent)})
    desk.run("settings", "set", "scan.network.search", "false")

    def states() -> set[str]:
        checks = json.loads(desk.run("doctor", "--json").out)["checks"]
        return {one["state"] for one in checks if one["name"] == "scanner"}

    assert states() == {"warning"}
    desk.run("settings", "set", "scan.device", "sane:test:0")
    assert states() == {"failed"}


def test_watched_folder_is_listed_and_one_that_is_not_there_is_told(desk: Program, tmp_path: Path) -> None:
    desk.run("settings", "set", "scan.folder", str(tmp_path / "scans"))
    (missing,) = (one for one in desk.ask("scan", "--list")["devices"] if one["driver"] == "folder")
    (tmp_path / "scans").mkdir()
    (there,) = (one for one in desk.ask("scan", "--list")["devices"] if one["driver"] == "folder")

    assert (missing["state"], there["state"]) == ("gone", "ready")


def test_profile_that_an_administrator_locked_cannot_be_changed_at_the_desk(desk: Program, tmp_path: Path) -> None:
    place = tmp_path / "etc" / "QuayMotCua"
    place.mkdir(parents=True)
    (place / "locked.json").write_text('{"scan.profile": "grey_pile"}', encoding="utf-8")
    refused = desk.run("settings", "set", "scan.profile", "glass", XDG_CONFIG_DIRS=str(tmp_path / "etc"))
    listed = desk.run("scan", "--list", "--json", XDG_CONFIG_DIRS=str(tmp_path / "etc")).json()

    assert refused.is_refusal(2)
    assert [one["id"] for one in listed["profiles"] if one["chosen"]] == ["grey_pile"]


def test_scan_without_an_order_is_bad_usage(desk: Program) -> None:
    assert desk.run("scan").is_refusal(2)
