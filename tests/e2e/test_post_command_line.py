"""A post office's day by the command line alone, as an IT officer scripts it."""

import json
from pathlib import Path

import pytest

from tests.e2e.program import Program

pytestmark = pytest.mark.slow

SHEET = """Mã thủ tục,Chủ hồ sơ,Số định danh,Năm sinh,Giới tính,Đơn vị giải quyết,Giấy tờ,Địa chỉ trả kết quả
1.001193,Nguyễn Thị Một,036199000001,1999,Nữ,H99.15,đủ,Thôn Một
1.001193,Nguyễn Văn Hai,036099000002,1999,Nam,H99.16,đủ,Thôn Hai
9.999999,Nguyễn Văn Ba,,1999,Nam,H99.15,đủ,
"""


@pytest.fixture
def desk(tmp_path: Path) -> Program:
    made = Program(tmp_path / "post")
    made.ask("init", "--unit", "H99.90", "--unit-name", "Bưu điện Mẫu", "--level", "post", "--desk", "Quầy bưu chính")
    for code, name in (("H99.15", "Xã Suối Mẫu"), ("H99.16", "Phường Bến Mẫu")):
        made.ask("unit", "save", code, "--name", name)
    return made


def test_pile_goes_to_its_agencies_and_results_go_home(desk: Program, tmp_path: Path) -> None:
    sheet = tmp_path / "pile.csv"
    sheet.write_text(SHEET, encoding="utf-8-sig")
    batch = desk.ask("intake", "--bulk", sheet)
    assert (batch["received"], batch["refused"]) == (2, 1)
    assert [row["row"] for row in batch["rows"] if row["problem"]] == [4]
    assert batch["rows"][2]["warnings"] != []
    assert batch["rows"][0]["warnings"] == []
    assert Path(batch["receipt"]).read_bytes().startswith(b"%PDF")
    assert desk.run("intake", "--bulk", sheet, "--json").is_refusal(2)

    preview = desk.ask("post", "bags", "--preview", "--bag", "T-1", "--seal", "CH09")
    assert [(bag["unit"], bag["bag"], bag["seal"]) for bag in preview] == [
        ("H99.16", "T-1", "CH09"),
        ("H99.15", "T-2", "CH10"),
    ]
    bags = desk.ask("post", "bags", "--seal", "CH09", "--close")
    assert all(bag["manifest"] for bag in bags)
    assert desk.ask("post", "bags", "--preview") == []

    one, two = batch["codes"]
    assert desk.run("post", "open", "VN0009", one, "--dossier", "--address", "Xã", "--json").is_refusal(2)
    for code in (one, two):
        result = tmp_path / "result.json"
        result.write_text(json.dumps({"result_kind": "Giấy khai sinh"}), encoding="utf-8")
        desk.ask("act", code, "resolve", result)
        desk.ask("act", code, "result-arrived")
    assert [row["code"] for row in desk.ask("post", "ready")] == [one, two]
    desk.ask("post", "open", "VN0001", one, "--cod", "50000")
    assert desk.run("act", one, "return-result", "--json").is_refusal(2)
    desk.ask("post", "attempt", "VN0001", "nobody_home")
    assert desk.run("post", "delivered", "VN0001", "--receiver", "Người Lạ", "--json").is_refusal(2)
    done = desk.ask("post", "delivered", "VN0001", "--receiver", "Nguyễn Thị Một")
    assert (done["state"], done["cod_owed"]) == ("delivered", 50_000)
    owed = desk.ask("post", "owed")
    assert ([one["amount"] for one in owed["by_carrier"]], owed["waybills"][0]["number"]) == ([50_000], "VN0001")
    desk.ask("post", "collect", "VN0001", "50000")
    assert desk.ask("post", "owed")["total"] == 0
    assert desk.ask("post", "money")["total"] == 50_000
    shown = desk.ask("show", one)
    assert (shown["status"], shown["status_name"]) == (10, "Result returned")
    assert [waybill["number"] for waybill in shown["waybills"]] == ["VN0001"]

    out = tmp_path / "out.xlsx"
    assert desk.ask("post", "export", out)["orders"] == 1
    assert desk.run("post", "export", out, "--json").is_refusal(2)
    statuses = tmp_path / "statuses.csv"
    today = shown["history"][-1]["at"][:10]
    statuses.write_text(
        f"Waybill,Status,Time,OrderNumber,Reason\nVN0002,accepted,{today},{two},\nVN0002,returned,{today},,moved\n"
        f"VN0009,delivered,{today},,\n",
        encoding="utf-8",
    )
    report = desk.ask("post", "import", statuses)
    assert (report["accepted"], report["unchanged"], report["doubtful"]) == (2, 0, 1)
    again = desk.ask("post", "import", statuses)
    assert (again["accepted"], again["unchanged"], again["doubtful"]) == (0, 2, 1)
    assert [row["code"] for row in desk.ask("post", "ready")] == [two]
    assert {row["number"]: row["state"] for row in desk.ask("post", "list")} == {
        "VN0001": "delivered",
        "VN0002": "returned",
    }
    assert desk.ask("verify")["ok"]
    desk.ask("rebuild")
    assert desk.ask("verify")["ok"]
