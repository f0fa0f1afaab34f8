import json
from pathlib import Path

import pytest

from tests.e2e.program import Program

pytestmark = pytest.mark.slow


def test_facts_are_corrected_from_a_file_and_every_earlier_value_is_shown(tmp_path: Path) -> None:
    desk = Program(tmp_path / "desk")
    desk.ask("demo", "--dossiers", "2")
    code = desk.ask("list")[0]["code"]
    before = desk.ask("show", code)["dossier"]["applicant"]
    file = tmp_path / "edit.json"

    def correct(reason: str, **content: object) -> tuple[str, ...]:
        file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        return ("edit", code, str(file), "--reason", reason)

    named = correct("gõ nhầm tên", applicant={"full_name": "Hồ Thị Sửa Đúng", "birth_date": "1990-02-03"}, note="x")
    done = desk.ask(*named)
    again = desk.run(*named)
    outdated = desk.run(*correct("gõ nhầm", note="y", before={"note": "cũ"}))
    without_reason = desk.run(*correct("", note="y"))
    strange = desk.run(*correct("gõ nhầm", status=3))
    shown = desk.ask("show", code)

    assert {change["field"] for change in done["fields"]} >= {"applicant.full_name", "note"}
    assert all(answer.is_refusal(2) for answer in (again, outdated, without_reason, strange))
    assert "Nothing differs" in again.err
    assert "note" in outdated.err
    (correction,) = shown["corrections"]
    said = {change["field"]: (change["before"], change["after"]) for change in correction["fields"]}
    assert said["applicant.full_name"] == (before["full_name"], "Hồ Thị Sửa Đúng")
    assert (correction["reason"], shown["history"][-1]["kind"]) == ("gõ nhầm tên", "dossier.corrected")
    assert desk.ask("search", "ho thi sua dung")[0]["code"] == code
    assert desk.ask("verify")["ok"] is True
