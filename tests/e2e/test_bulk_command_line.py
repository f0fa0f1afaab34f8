"""``bulk`` and ``list --xlsx`` from outside: previews, results, exit codes, and a kill in the middle."""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.e2e.program import Program
from tests.e2e.screen import wait_for

pytestmark = pytest.mark.slow
DOSSIERS = 12


@pytest.fixture
def desk(tmp_path: Path) -> Program:
    made = Program(tmp_path / "data")
    made.ask("demo", "--dossiers", str(DOSSIERS))
    return made


def codes_of(desk: Program) -> list[str]:
    return [row["code"] for row in desk.ask("list")]


def states(answer: dict[str, Any]) -> dict[str, str]:
    return {line["code"]: line["state"] for line in answer["dossiers"]}


def on_manifest(desk: Program, manifest: str) -> list[str]:
    return [item["code"] for item in desk.ask("manifest", "show", manifest)["items"]]


def test_preview_changes_nothing_and_the_run_says_what_was_done(desk: Program, tmp_path: Path) -> None:
    codes = codes_of(desk)
    manifest = desk.ask("manifest", "new", "--to", "Phòng Tư pháp")["code"]
    listed = tmp_path / "codes.txt"
    listed.write_text("\n".join([*codes, "H99.14-200101-0001"]), encoding="utf-8")
    options = ("bulk", "manifest", "--manifest", manifest, "--codes", listed)

    preview = desk.ask(*options, "--preview")
    assert on_manifest(desk, manifest) == []
    done = desk.run(*options, "--json")

    assert (preview["ready"], preview["refused"]) == (DOSSIERS, 1)
    assert done.code == 2
    answer = json.loads(done.out)
    assert states(answer) == {**dict.fromkeys(codes, "done"), "H99.14-200101-0001": "refused"}
    assert "H99.14-200101-0001" in answer["dossiers"][-1]["reason"]
    assert on_manifest(desk, manifest) == codes


def test_order_without_what_it_needs_is_one_sentence(desk: Program) -> None:
    code = codes_of(desk)[0]

    assert desk.run("bulk", "manifest", code).is_refusal(2)
    assert desk.run("bulk", "accept").is_refusal(2)
    assert desk.run("bulk", "burn", code).is_refusal(2)
    assert desk.run("bulk", "print", code, "--form", "poem").is_refusal(2)


def test_kill_in_the_middle_leaves_each_dossier_done_or_untouched(desk: Program) -> None:
    codes = codes_of(desk)
    manifest = desk.ask("manifest", "new", "--to", "Phòng Tư pháp")["code"]
    log = desk.data / "counter.db-wal"
    command = desk.command("bulk", "manifest", *codes, "--manifest", manifest)
    running = subprocess.Popen(command, env=desk.variables(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for("the first of them", lambda: log.exists() and log.stat().st_size > 0)
    running.send_signal(signal.SIGKILL)
    running.wait(timeout=10)

    assert desk.ask("verify")["ok"]
    there = on_manifest(desk, manifest)
    assert there == codes[: len(there)]
    again = desk.run("bulk", "manifest", *codes, "--manifest", manifest, "--json")
    assert states(again.json()) == dict.fromkeys(codes, "done")
    assert on_manifest(desk, manifest) == codes


def test_list_becomes_a_workbook_once(desk: Program, tmp_path: Path) -> None:
    file = tmp_path / "list.xlsx"

    written = desk.ask("list", "--status", "2", "--xlsx", file, "--columns", "code,due")

    rows = list(load_workbook(file).worksheets[0].iter_rows(values_only=True))
    listed = [row["code"] for row in desk.ask("list", "--status", "2")]
    assert rows[0] == ("Dossier code", "Due at")
    assert [row[0] for row in rows[1:]] == listed
    assert written["rows"] == len(listed)
    assert desk.run("list", "--xlsx", file).is_refusal(2)
    assert desk.run("list", "--xlsx", tmp_path / "no" / "list.xlsx").is_refusal(2)
    assert desk.run("list", "--xlsx", tmp_path / "b.xlsx", "--columns", "secrets").is_refusal(2)
    assert desk.ask("verify")["ok"]
