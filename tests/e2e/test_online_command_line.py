"""Online requests by the command line: handed over to a province, answered at a desk, the answer known above."""

import base64
import json
from pathlib import Path

from counter_app.core.clock import SystemClock
from tests.e2e.program import Program
from tests.e2e.test_province_command_line import enrolled, served
from tests.fakes.province import province_folder
from tests.fakes.written_pdf import written_pdf


def test_online_requests_come_down_are_answered_and_the_answer_goes_up(tmp_path: Path) -> None:
    paper = base64.b64encode(written_pdf("Tờ khai")).decode()
    files = []
    for number in (1, 2, 3):
        request = {
            "number": f"DVC-{number}",
            "unit": "H99.14",
            "handed_in_at": SystemClock().now().isoformat(),
            "procedure": "1.001193",
            "applicant": {"full_name": "Nguyễn Thị Trực Tuyến", "id_number": f"03619900007{number}"},
            "files": [{"name": "tờ khai.pdf", "content": paper}],
        }
        files.append(tmp_path / f"{number}.json")
        files[-1].write_text(json.dumps(request), encoding="utf-8")
    with province_folder() as folder:
        province = Program(folder / "province")
        with served(province.data) as url:
            desk = enrolled(province, tmp_path / "desk", url, "Quầy 1")
            taken = province.run("province", "online", "import", *files, "--json").json()
            assert [(one["number"], one["new"]) for one in taken] == [("DVC-1", True), ("DVC-2", True), ("DVC-3", True)]
            desk.run("sync", "--once", "--json")
            waiting = desk.run("online", "list", "--json").json()
            assert [(one["number"], one["files_here"], one["late"]) for one in waiting] == [
                (f"DVC-{number}", 1, False) for number in (1, 2, 3)
            ]
            received = desk.run("online", "receive", "DVC-1", "--json").json()
            assert Path(received["pdf"]).is_file()
            asked = desk.run("online", "supplement", "DVC-2", "--reason", "bản chụp bị mờ", "--json").json()
            refused = desk.run("online", "refuse", "DVC-3", "--reason", "không thuộc thẩm quyền", "--json").json()
            assert [one["status"] for one in (received, asked, refused)] == [2, 5, 3]
            assert desk.run("online", "list", "--json").json() == []
            assert desk.run("online", "show", "DVC-1", "--json").json()["dossier"] == received["code"]
            desk.run("sync", "--once", "--json")
            answers = province.run("province", "online", "list", "--json").json()
            assert [(one["dossier"], one["status"]) for one in answers] == [
                (one["code"], one["status"]) for one in (received, asked, refused)
            ]
