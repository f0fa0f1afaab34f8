import json
import shutil
import subprocess
from pathlib import Path

import pytest

from counter_app.services.sample_data import LOGIN, PASSWORD
from tests.e2e.program import Answer, Program

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("template")
    Program(root / "giver").ask("demo", "--dossiers", "12")
    return root


@pytest.fixture
def desk(template: Path, tmp_path: Path) -> Program:
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return Program(tmp_path / "giver")


@pytest.fixture
def codes(desk: Program) -> list[str]:
    return [row["code"] for row in desk.ask("list", "--status", "2")][:6]


def handed_over(desk: Program, codes: list[str], *options: str) -> str:
    code: str = desk.ask("manifest", "new", "--to", "Bưu điện tỉnh Mẫu", "--bag", "T-07", *options)["code"]
    desk.ask("manifest", "add", code, *codes)
    desk.ask("manifest", "close", code, "--seal", "NP 1")
    return code


def scan_file(folder: Path, **content: object) -> Path:
    file = folder / "scanned.json"
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return file


def test_manifest_goes_from_its_first_code_to_its_receipt_with_the_errors_named(
    desk: Program, codes: list[str], tmp_path: Path
) -> None:
    *listed, stray = codes
    new = desk.ask("manifest", "new", "--to", "Phòng Tư pháp", "--bag", "T-07")
    manifest = new["code"]
    assert (new["state"], new["kind"], new["to"]) == ("open", "papers", "Phòng Tư pháp")
    assert desk.ask("manifest", "add", manifest, ",".join(listed))["count"] == len(listed)
    assert desk.run("manifest", "add", manifest, "H99.14-200101-0001", "--json").is_refusal(2)
    closed = desk.ask("manifest", "close", manifest, "--seal", "NP 004512")
    assert (closed["state"], closed["seal"], len(closed["passport"])) == ("closed", "NP 004512", 1)

    file = scan_file(tmp_path, scanned=[*listed[1:], stray])
    refused = desk.run("manifest", "receive", manifest, file, "--json")
    found = json.loads(refused.out)
    assert (refused.code, len(refused.err.strip().splitlines())) == (2, 1)
    assert (found["missing"], found["extra"], found["received"]) == ([listed[0]], [stray], False)
    assert sorted(found["ok"]) == sorted(listed[1:])
    assert desk.ask("manifest", "show", manifest)["state"] == "closed"

    settled = {listed[0]: "để quên ở quầy", stray: "bỏ nhầm túi"}
    file = scan_file(tmp_path, scanned=[*listed[1:], stray], settled=settled)
    done = desk.ask("manifest", "receive", manifest, file)
    assert (done["received"], done["state"], done["settled"]) == (True, "received", settled)

    shown = desk.ask("manifest", "show", manifest)
    assert (shown["missing"], shown["extra"], shown["count"]) == ([listed[0]], [stray], len(listed))
    dossier = desk.ask("show", listed[1])
    assert dossier["holder"] == "Phòng Tư pháp"
    assert dossier["manifests"] == [{"code": manifest, "state": "received", "item_state": "ok"}]
    assert manifest in [line["manifest"] for line in dossier["history"]]
    assert desk.ask("show", listed[0])["holder"] == "Quầy 1"
    assert [row["code"] for row in desk.ask("manifest", "list", "--state", "received")] == [manifest]
    assert desk.ask("verify")["ok"]


def test_other_desk_receives_with_the_passport_it_was_given(desk: Program, codes: list[str], tmp_path: Path) -> None:
    manifest = handed_over(desk, codes)
    post = Program(tmp_path / "post")
    post.ask("init", "--unit", "H99.90", "--unit-name", "Bưu điện Mẫu")
    passport = tmp_path / "passport.txt"
    passport.write_text("\n".join(desk.ask("manifest", "show", manifest)["passport"]), encoding="ascii")

    assert post.run("manifest", "receive", manifest, *codes, "--json").is_refusal(2)
    assert post.run("manifest", "receive", manifest, *codes, "--passport", passport).is_refusal(2)
    post.ask("slip", "trust", desk.ask("slip", "key")["key"])
    done = post.ask("manifest", "receive", manifest, *codes, "--passport", passport)

    assert (done["received"], done["missing"], done["extra"]) == (True, [], [])
    shown = post.ask("manifest", "show", manifest)
    assert (shown["from"], shown["state"]) == ("Quầy 1, Ủy ban nhân dân xã Đồng Mẫu", "received")
    assert post.ask("verify")["ok"]

    said = tmp_path / "acknowledgement.txt"
    said.write_text("\n".join(shown["acknowledgement"]), encoding="ascii")
    assert desk.run("manifest", "receive", manifest, "--json").is_refusal(2)
    assert desk.run("manifest", "receive", manifest, "--acknowledged", said, "--json").is_refusal(2)
    desk.ask("slip", "trust", post.ask("slip", "key")["key"])
    assert desk.ask("manifest", "receive", manifest, "--acknowledged", said)["received"]
    assert desk.ask("manifest", "show", manifest)["received_desk"].endswith("Bưu điện Mẫu")


def test_list_label_and_handover_are_printed_by_the_manifests_code(
    desk: Program, codes: list[str], tmp_path: Path
) -> None:
    manifest = handed_over(desk, codes)
    for form in ("manifest", "result-handover", "label"):
        pdf = tmp_path / f"{form}.pdf"
        desk.ask("print", manifest.lower(), form, "--out", pdf)
        said = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True).stdout
        assert manifest in said
        if form != "label":
            assert all(code in said for code in codes)
    assert desk.run("print", manifest, "receipt", "--json").is_refusal(2)


def test_signing_asks_for_the_clerks_password_and_a_wrong_one_hands_nothing_over(
    desk: Program, codes: list[str]
) -> None:
    manifest = desk.ask("manifest", "new", "--to", "Phòng Tư pháp")["code"]
    desk.ask("manifest", "add", manifest, *codes)
    sign = ("--clerk", LOGIN, "manifest", "close", manifest, "--sign", "--json")

    assert desk.run(*sign).is_refusal(2)
    assert desk.run(*sign, COUNTER_APP_PASSWORD="không phải mật khẩu").is_refusal(2)
    assert desk.run(*sign, COUNTER_APP_PASSWORD=PASSWORD).json()["closed_by"] == "Lê Thị Mai"


def test_results_that_are_not_here_and_files_that_are_no_scan_are_refused(
    desk: Program, codes: list[str], tmp_path: Path
) -> None:
    results = desk.ask("manifest", "new", "--to", "Bưu điện", "--results")["code"]
    assert desk.run("manifest", "add", results, codes[0], "--json").is_refusal(2)
    manifest = handed_over(desk, codes)

    file = scan_file(tmp_path, scanned="not a list")
    assert desk.run("manifest", "receive", manifest, file, "--json").is_refusal(2)
    file.write_bytes(b"\xff\xfe")
    assert desk.run("manifest", "receive", manifest, file).is_refusal(2)
    assert desk.run("manifest", "receive", manifest, tmp_path / "nothing.json").is_refusal(2)
    assert desk.run("manifest", "show", "H99.14-M200101-001").is_refusal(2)
    assert desk.run("manifest", "new", "--to", "x" * 300).is_refusal(2)
    text = desk.run("manifest", "show", manifest)
    assert (text.code, manifest in text.out, codes[0] in text.out) == (0, True, True)


def test_codes_come_from_stdin_too(desk: Program, codes: list[str]) -> None:
    manifest = handed_over(desk, codes)
    ended = subprocess.run(
        desk.command("manifest", "receive", manifest, "-", "--json"),
        env=desk.variables(),
        input=json.dumps({"scanned": codes}),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert Answer(ended.returncode, ended.stdout, ended.stderr).json()["received"] is True
