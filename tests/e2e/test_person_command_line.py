import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.program import Program

pytestmark = pytest.mark.slow
OLD, NEW = "145123456", "036085004321"


def test_doubles_are_found_merged_with_a_reason_and_parted_again(tmp_path: Path) -> None:
    desk = Program(tmp_path / "desk")
    desk.ask("demo", "--dossiers", "2")
    file = tmp_path / "intake.json"

    def receive(**applicant: str) -> str:
        content = {"procedure": "1.001193", "applicant": {"full_name": "Trần Văn Hùng", **applicant}}
        file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        code: str = desk.ask("intake", str(file))["code"]
        return code

    def codes(person: Any) -> list[str]:
        return [one["code"] for one in person["dossiers"]]

    old, new = receive(id_number=OLD), receive(id_number=NEW, old_id_number=OLD)
    (pair,) = desk.ask("person", "list", "--doubles")
    by_clerk = desk.run("person", "merge", NEW, OLD, "--reason", "đổi thẻ", "--clerk", "mai")
    without_reason = desk.run("person", "merge", NEW, OLD)
    merged = desk.ask("person", "merge", NEW, OLD, "--reason", "đổi thẻ")
    shown = desk.ask("person", "show", OLD)
    found = desk.ask("person", "list", "hung")
    parted = desk.ask("person", "split", NEW, OLD, "--reason", "hai người")

    assert pair["reasons"] == ["old_number"]
    assert by_clerk.is_refusal(2)
    assert without_reason.is_refusal(2)
    assert codes(merged) == codes(shown) == [new, old]
    assert [(row["id_number"], row["merged"]) for row in found] == [(NEW, 1)]
    assert [codes(person) for person in parted] == [[new], [old]]
    assert [line["kind"] for line in desk.ask("person", "show", OLD)["history"]] == ["person.merged", "person.split"]
    assert desk.run("person", "show", "000000000001").is_refusal(2)
    assert desk.ask("verify")["ok"] is True
