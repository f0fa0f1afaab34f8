"""A dossier under a procedure with an internal process, and what a citizen may be told, from the command line alone."""

import json
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.e2e.program import Program

CARD = "036199001234|012345678|Nguyễn Thị Tưởng|01021999|Nữ|Thôn Mẫu, xã Đồng Mẫu, tỉnh Mẫu|01012021"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Program:
    program = Program(tmp_path_factory.mktemp("desk") / "data")
    program.ask("demo", "--dossiers", "1")
    return program


def receive(desk: Program, folder: Path, procedure: str, received_at: str = "2026-11-20T09:00:00+07:00") -> str:
    file = folder / "intake.json"
    document = {"procedure": procedure, "card": CARD, "received_at": received_at}
    file.write_text(json.dumps(document), encoding="utf-8")
    return str(desk.ask("intake", str(file))["code"])


def filled_workbook(desk: Program, folder: Path) -> Path:
    file = folder / "mau.xlsx"
    desk.ask("catalogue", "template", str(file))
    book = load_workbook(BytesIO(file.read_bytes()))
    book["Quy trình"]["C3"] = "Phòng Kinh tế"
    book.save(file)
    return file


def test_process_comes_in_by_the_workbook_and_show_measures_every_hand(desk: Program, tmp_path: Path) -> None:
    assert desk.ask("catalogue", "import", str(filled_workbook(desk, tmp_path)), "--effective-on", "2026-01-01")
    code = receive(desk, tmp_path, "X.000001")
    offers = {offer["action"]: offer for offer in desk.ask("act", code, "--list")}
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps(offers["transfer"]["proposed"]), encoding="utf-8")
    desk.ask("act", code, "transfer", str(facts))

    shown = desk.ask("show", code)

    first, office, leader = shown["steps"]
    assert (first["names"], first["allowed_minutes"]) == (["Tiếp nhận, chuyển hồ sơ"], 240)
    assert (office["holder"], office["names"], office["allowed_minutes"]) == ("Phòng Kinh tế", ["Thẩm định"], 960)
    assert (leader["names"], leader["began_at"]) == (["Ký kết quả"], None)
    assert shown["legs"] == []


def test_late_list_carries_holder_and_by_how_much(desk: Program, tmp_path: Path) -> None:
    desk.ask("catalogue", "import", str(filled_workbook(desk, tmp_path)), "--effective-on", "2026-01-01")
    code = receive(desk, tmp_path, "X.000001", received_at="2026-03-02T09:00:00+07:00")

    rows = {row["code"]: row for row in desk.ask("list", "--late")}

    assert rows[code]["holder"]
    assert rows[code]["step"] == "Tiếp nhận, chuyển hồ sơ"
    assert rows[code]["late_minutes"] > rows[code]["step_late_minutes"] - 3 * 480 > 0


def test_extension_by_a_coded_reason_and_the_public_text(desk: Program, tmp_path: Path) -> None:
    file = tmp_path / "mau.xlsx"
    desk.ask("catalogue", "template", str(file))
    desk.ask("catalogue", "import", str(file), "--effective-on", "2026-01-02")
    document = {"procedure": "X.000001", "card": CARD}
    intake = tmp_path / "now.json"
    intake.write_text(json.dumps(document), encoding="utf-8")
    code = str(desk.ask("intake", str(intake))["code"])
    (offer,) = [one for one in desk.ask("act", code, "--list") if one["action"] == "extend"]
    verification = {"value": "verification", "name": "The verification by another agency is awaited"}
    assert verification in offer["choices"]["reason_code"]
    facts = tmp_path / "extend.json"
    facts.write_text(json.dumps({**offer["proposed"], "reason_code": "verification"}), encoding="utf-8")

    done = desk.ask("act", code, "extend", str(facts))

    assert done["due_at"] == offer["proposed"]["new_due_at"]
    (change,) = desk.ask("show", code)["due_changes"]
    assert change["reason_code"] == "verification"
    public = desk.ask("show", code, "--public", "--language", "en")
    assert public["status_name"] == "Received"
    assert public["due_at"] == done["due_at"]
    assert "verification by another agency is awaited" in public["text"]
    assert "Tưởng" not in json.dumps(public, ensure_ascii=False)
    assert public["due_changes"][0]["reason_code"] == "verification"
