import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.program import Program
from tests.fakes.escpos_emulator import EscposPrinter
from tests.fakes.escpos_lines import TcpLine

pytestmark = pytest.mark.slow

PROCEDURE = "1.001193"
CARD = "036199001234|012345678|Nguyễn Thị Tưởng|01021999|Nữ|Thôn Mẫu, xã Đồng Mẫu, tỉnh Mẫu|01012021"
ORGANISATION = {
    "kind": "organisation",
    "full_name": "Công ty trách nhiệm hữu hạn một thành viên Thương mại và Dịch vụ Bình Minh Đồng Mẫu",
    "tax_code": "0100109106",
    "address": "Số 12 đường Mẫu, xã Đồng Mẫu, tỉnh Mẫu",
}
SUBMITTER = {
    "full_name": "Lý A Páo",
    "id_number": "036099001111",
    "birth_year": 1999,
    "sex": "male",
    "phone": "0912345678",
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Program:
    program = Program(tmp_path_factory.mktemp("papers") / "data")
    program.ask("demo", "--dossiers", "2")
    return program


@pytest.fixture(scope="module")
def codes(desk: Program, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A short dossier, one with forty papers and long names, and an organisation with its authorised submitter."""
    many = [
        {"name": f"Giấy tờ thứ {n} kèm theo hồ sơ, có xác nhận của cơ quan quản lý", "original": 1} for n in range(40)
    ]
    documents: dict[str, dict[str, Any]] = {
        "short": {"card": CARD},
        "long": {
            "applicant": {
                "full_name": "Nguyễn Đặng Thị Huyền Trang " * 4,
                "id_number": "036199002222",
                "birth_year": 1999,
            },
            "components": many,
        },
        "organisation": {
            "applicant": ORGANISATION,
            "submitter": SUBMITTER,
            "authorisation": "Giấy ủy quyền số 05/GUQ ngày 20/11/2026",
        },
    }
    folder = tmp_path_factory.mktemp("files")
    found = {}
    for name, document in documents.items():
        file = folder / f"{name}.json"
        received = {"procedure": PROCEDURE, "received_at": "2026-11-20T09:00:00+07:00", **document}
        file.write_text(json.dumps(received), encoding="utf-8")
        found[name] = desk.ask("intake", file)["code"]
    return found


def output_of(*command: str | Path) -> str:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True).stdout


def words_of(pdf: Path) -> str:
    return " ".join(output_of("pdftotext", "-layout", pdf, "-").split())


def scanned(pdf: Path, folder: Path) -> str:
    picture = folder / "page"
    output_of("pdftoppm", "-r", "300", "-gray", "-png", "-f", "1", "-l", "1", "-singlefile", pdf, picture)
    return output_of("zbarimg", "-q", "--raw", f"{picture}.png")


def every_form() -> Iterator[tuple[str, str]]:
    listing = json.loads(
        subprocess.run(
            Program(Path("nowhere")).command("print", "--list", "--json"), capture_output=True, check=True
        ).stdout
    )
    for form in listing:
        for form_set in form["sets"]:
            yield form["form"], form_set


def test_list_of_forms_needs_no_store_and_says_what_each_paper_is_about(tmp_path: Path) -> None:
    listing = Program(tmp_path / "none").ask("print", "--list")

    assert {form["per"] for form in listing} == {"dossier", "period", "manifest", "session"}
    assert {name for form in listing for name in form["sets"]} == {"TT01-2018", "TT03-2025"}
    by_name = {form["form"]: form for form in listing}
    assert by_name["stop"]["sets"] == ["TT03-2025"]
    assert by_name["receipt"]["paper"] == "A5"
    assert by_name["register"]["paper"] == "A4-landscape"
    assert all(form["title"] for form in listing)


@pytest.mark.parametrize(("form", "form_set"), list(every_form()))
def test_every_form_of_both_sets_prints_with_its_facts_its_fonts_and_its_code(
    desk: Program, codes: dict[str, str], tmp_path: Path, form: str, form_set: str
) -> None:
    pdf = tmp_path / "paper.pdf"
    code = codes["organisation"]

    printed = desk.ask("print", code, form, "--set", form_set, "--out", pdf)

    assert (printed["pdf"], printed["state"]) == (str(pdf), "printed")
    words = words_of(pdf)
    if form == "fee-receipt":
        assert "Lý A Páo" in words  # who pays is who came
    elif form not in ("day-closing", "label"):
        assert "Bình Minh Đồng Mẫu" in words
    assert code in words
    fonts = output_of("pdffonts", pdf).splitlines()[2:]
    assert fonts
    assert all(row.split()[-5] == "yes" for row in fonts), fonts
    pages = re.search(r"Pages:\s+(\d+)", output_of("pdfinfo", pdf))
    assert pages is not None
    assert int(pages[1]) == printed["pages"]
    if form not in ("register", "result-handover", "manifest", "day-closing"):
        assert code in scanned(pdf, tmp_path)


def test_forty_papers_and_long_names_are_all_on_the_receipt(
    desk: Program, codes: dict[str, str], tmp_path: Path
) -> None:
    pdf = tmp_path / "long.pdf"

    desk.ask("print", codes["long"], "receipt", "--out", pdf, "--copies", "1")

    words = words_of(pdf)
    assert all(f"Giấy tờ thứ {n} kèm theo" in words for n in range(40))


def test_slip_is_verified_by_its_own_desk_and_a_changed_one_is_refused_with_the_reason(
    desk: Program, codes: dict[str, str], tmp_path: Path
) -> None:
    pdf = tmp_path / "slip.pdf"
    desk.ask("print", codes["short"], "receipt", "--out", pdf)
    text = next(line for line in scanned(pdf, tmp_path).splitlines() if "QMC1:" in line)

    genuine = desk.ask("slip", "verify", text)
    position = text.index("QMC1:") + 12
    changed = text[:position] + ("2" if text[position] != "2" else "3") + text[position + 1 :]
    forged = desk.run("slip", "verify", changed, "--json")

    assert (genuine["valid"], genuine["code"], genuine["known"]) == (True, codes["short"], True)
    assert forged.code == 2
    refused = json.loads(forged.out)
    assert refused["valid"] is False
    assert refused["reason"].startswith("slip.")
    assert forged.err.strip() == refused["sentence"]
    assert desk.ask("slip", "verify", codes["short"])["valid"] is None


def test_slip_of_another_desk_is_checked_once_its_key_is_trusted(
    desk: Program, codes: dict[str, str], tmp_path: Path
) -> None:
    pdf = tmp_path / "slip.pdf"
    desk.ask("print", codes["short"], "receipt", "--out", pdf)
    text = next(line for line in scanned(pdf, tmp_path).splitlines() if "QMC1:" in line)
    other = Program(tmp_path / "other")
    other.ask("init", "--unit", "H99.77")

    unknown = other.run("slip", "verify", text, "--json")
    other.ask("slip", "trust", desk.ask("slip", "key")["key"])
    known = other.ask("slip", "verify", text)

    assert unknown.code == 2
    assert json.loads(unknown.out)["reason"] == "slip.unknown_key"
    assert (known["valid"], known["known"]) == (True, False)
    assert other.ask("verify")["ok"]


def test_receipt_comes_out_of_a_network_receipt_printer_and_printers_says_how_it_is(
    desk: Program, codes: dict[str, str], tmp_path: Path
) -> None:
    printer = EscposPrinter()
    with TcpLine(printer) as line:
        address = f"{line.address}?profile=epson-tm-t82iii"
        printed = desk.ask("print", codes["short"], "receipt", "--printer", address, "--reason", "máy in nhiệt")
        desk.ask("settings", "set", "print.slip.printer", address)
        listed = {entry["address"]: entry for entry in desk.ask("printers")}
        desk.ask("settings", "set", "print.slip.printer", "")

    assert printer.errors == []
    assert len(printer.tickets) == 2  # both copies, each cut off
    picture = tmp_path / "ticket.png"
    printer.tickets[0].image.save(picture)
    assert codes["short"] in output_of("zbarimg", "-q", "--raw", picture)
    assert (printed["state"], printed["pdf"]) == ("printed", None)
    assert listed[address]["state"] == "ready"
    assert listed[address]["trays"] == ["slip"]


def test_printer_that_is_not_there_leaves_the_job_failed_and_it_can_be_sent_again(
    desk: Program, codes: dict[str, str]
) -> None:
    answer = desk.run(
        "print", codes["short"], "control-slip", "--printer", "tcp://127.0.0.1:9?profile=generic-80", "--json"
    )
    assert answer.is_refusal(3)
    failed = next(job for job in desk.ask("jobs", "list", "--only", "open") if job["form"] == "control-slip")
    assert failed["state"] == "failed"
    assert failed["words"]

    again = desk.ask("jobs", "again", failed["job"], "--printer", "file:")

    assert [job["state"] for job in again] == ["printed"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("receipt", "--set", "TT99"),
        ("stop", "--set", "TT01-2018"),
        ("receipt", "--sheet", "label-50x30"),
        ("receipt", "--with", "missing.json"),
        ("receipt", "--printer", "tcp://no port?profile=x"),
        ("register,",),
    ],
    ids=" ".join,
)
def test_bad_request_for_a_paper_is_one_sentence_and_orders_nothing(
    desk: Program, codes: dict[str, str], arguments: tuple[str, ...]
) -> None:
    before = len(desk.ask("show", codes["long"])["print_jobs"])

    assert desk.run("print", codes["long"], *arguments, "--reason", "torn").is_refusal(2)

    assert len(desk.ask("show", codes["long"])["print_jobs"]) == before


def test_papers_of_a_period_a_list_and_a_day(desk: Program, codes: dict[str, str], tmp_path: Path) -> None:
    register, manifest, closing = (tmp_path / name for name in ("register.pdf", "manifest.pdf", "closing.pdf"))

    desk.ask("print", "2026-11-20", "register", "--out", register)
    desk.ask("print", ",".join(codes.values()), "manifest", "--out", manifest)
    desk.ask("print", "2026-11-20", "day-closing", "--out", closing)
    labels = desk.ask("print", ",".join(codes.values()), "label", "--out", tmp_path)

    for pdf in (register, manifest):
        assert all(code in words_of(pdf) for code in codes.values())
    assert codes["short"] in words_of(closing)
    assert [Path(label["pdf"]).is_file() for label in labels] == [True, True, True]


def test_settings_are_listed_and_set_and_a_wrong_value_changes_nothing(desk: Program) -> None:
    before = {entry["name"]: entry["value"] for entry in desk.ask("settings", "list")}

    for wrong in (("print.slip.copies", "7"), ("print.money.drawer", "perhaps"), ("no.such", "1")):
        assert desk.run("settings", "set", *wrong).is_refusal(2)
    desk.ask("settings", "set", "print.slip.copies", "3")
    after = {entry["name"]: entry["value"] for entry in desk.ask("settings", "list")}
    desk.ask("settings", "set", "print.slip.copies", "2")

    assert after == {**before, "print.slip.copies": 3}
