"""A dossier that another unit received by the command line: listed, its paper written to a file, answered."""

from pathlib import Path

from tests.e2e.program import Program
from tests.fakes.concerned_place import concerned_place
from tests.fakes.desks import PASSPHRASE
from tests.fakes.province import UNIT, served_province


def test_dossier_received_elsewhere_is_read_and_answered(tmp_path: Path) -> None:
    with served_province() as (province, _folder), concerned_place(tmp_path, province) as place:
        code = place.receive(with_paper=True)
        place.deciding.counter.province_line.exchange()
        place.carry()
        environment = {"COUNTER_APP_PASSPHRASE": PASSPHRASE, "XDG_STATE_HOME": str(tmp_path / "notes")}
        desk = Program(place.deciding.desk.folder.root, environment)

        (one,) = desk.ask("concerned", "list")
        assert (one["code"], one["received_by_name"], one["waits"], one["answer"]) == (code, UNIT.name, True, None)
        assert [(paper["pages"], paper["here"]) for paper in one["files"]] == [(1, False)]
        assert one["applicant_born"] == "1999"
        assert desk.ask("concerned", "show", code) == one
        written = desk.ask("concerned", "file", code, "1", tmp_path / "don.pdf")
        assert (tmp_path / "don.pdf").read_bytes().startswith(b"%PDF-")
        assert written["size_bytes"] == one["files"][0]["size_bytes"]
        assert desk.run("concerned", "file", code, "1", tmp_path / "don.pdf").is_refusal(2)  # never over another one

        asked = desk.ask("concerned", "supplement", code, "--reason", "thiếu bản sao")
        assert (asked["answer"]["outcome"], asked["waits"]) == ("supplement", False)
        result = ("result", code, "--number", "12/QĐ-UBND", "--date", "2026-11-24", "--signer", "Lê Thị Ký")
        decided = desk.ask("concerned", *result)
        assert (decided["answer"]["number"], decided["answer"]["date"]) == ("12/QĐ-UBND", "2026-11-24")
        assert [one["answer"]["signer"] for one in desk.ask("concerned", "list", "--all")] == ["Lê Thị Ký"]
        assert desk.ask("sync", "--once")["acknowledged"] > 0
        assert place.tell().answered == 1
        place.receiving.counter.province_line.exchange()
        (told,) = place.receiving.counter.lookup.get_dossier(code).systems
        assert told.facts["number"] == "12/QĐ-UBND"
