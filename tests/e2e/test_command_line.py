import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.program import Program

CARD = "036199001234|012345678|Nguyễn Thị Tưởng|01021999|Nữ|Thôn Mẫu, xã Đồng Mẫu, tỉnh Mẫu|01012021"
PROCEDURE = "1.001193"
WriteFile = Callable[[Any], Path]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A sample desk that the tests of this module share; each adds its own dossiers."""
    program = Program(tmp_path_factory.mktemp("desk") / "data")
    assert program.start("demo", "--dossiers", "3", "--json").json()["dossiers"] == 3
    return program


@pytest.fixture(scope="module")
def quiet_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A desk on which nothing may ever be saved: its journal is as long at the end as it was at the beginning."""
    program = Program(tmp_path_factory.mktemp("quiet") / "data")
    program.ask("demo", "--dossiers", "1")
    before = count_entries(program)
    yield program
    assert count_entries(program) == before


@pytest.fixture
def fresh(tmp_path: Path) -> Program:
    return Program(tmp_path / "fresh")


@pytest.fixture
def write_file(tmp_path: Path) -> WriteFile:
    def write(document: Any) -> Path:
        file = tmp_path / "intake.json"
        file.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
        return file

    return write


def intake_document(**changes: Any) -> dict[str, Any]:
    return {"procedure": PROCEDURE, "card": CARD, "received_at": "2026-11-20T09:00:00+07:00", **changes}


def count_entries(desk: Program) -> int:
    report = desk.ask("verify")
    assert report["ok"], report["findings"]
    return int(report["entries"])


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_card_text_gives_its_fields(fresh: Program) -> None:
    fields = fresh.ask("parse-card", CARD)

    assert (fields["full_name"], fields["birth_date"], fields["sex"]) == ("Nguyễn Thị Tưởng", "1999-02-01", "female")


def test_text_that_is_no_card_is_refused_in_the_language_asked_for(fresh: Program) -> None:
    english = fresh.run("parse-card", "no card at all")
    vietnamese = fresh.run("parse-card", "no card at all", COUNTER_APP_LANGUAGE="vi")

    assert english.is_refusal(2)
    assert vietnamese.is_refusal(2)
    assert english.err != vietnamese.err


def test_due_date_explains_itself_without_a_store(fresh: Program) -> None:
    due = fresh.ask("due", "--working-days", "3", "--at", "2026-10-16T09:00:00+07:00")

    assert due["due_at"].startswith("2026-10-21")
    assert [skipped["date"] for skipped in due["skipped"]] == ["2026-10-17", "2026-10-18"]
    assert not fresh.data.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("due", "--working-days", "3", "--at", "yesterday"),
        ("due", "--working-days", "-1", "--at", "2026-11-20T09:00:00+07:00"),
        ("due", "--procedure", "9.999999", "--at", "2026-11-20T09:00:00+07:00"),
        ("due", "--at", "2026-11-20T09:00:00+07:00"),
        ("dance",),
        ("search",),
        ("print",),
        ("intake",),
        ("show", "a", "b"),
        ("init", "--slice", "9-1"),
        ("init", "--slice", "many"),
        ("demo", "--dossiers", "-5"),
    ],
    ids=" ".join,
)
def test_bad_usage_is_one_sentence_and_makes_nothing(fresh: Program, arguments: tuple[str, ...]) -> None:
    assert fresh.run(*arguments).is_refusal(2)
    assert not fresh.data.exists() or files_of(fresh.data) == {}


@pytest.mark.parametrize("arguments", [("search", "an"), ("show", "H99.14-261120-1001"), ("verify",), ("rebuild",)])
def test_command_without_a_store_says_so(fresh: Program, arguments: tuple[str, ...]) -> None:
    assert fresh.run(*arguments).is_refusal(3)
    assert not fresh.data.exists()


def test_new_desk_gives_its_first_password_once_and_is_not_made_twice(fresh: Program) -> None:
    made = fresh.ask("init", "--unit", "H99.77", "--slice", "1-500", "--admin", "truong")
    before = files_of(fresh.data)

    assert made["slice"] == [1, 500]
    assert len(made["password"]) >= 8
    assert [clerk["login"] for clerk in fresh.ask("user", "list")] == ["truong"]
    assert fresh.run("init").is_refusal(2)
    assert {name: before[name] for name in before if name.endswith("keys.json")} == {
        name: content for name, content in files_of(fresh.data).items() if name.endswith("keys.json")
    }


def test_weak_pass_phrase_makes_no_desk(fresh: Program) -> None:
    assert fresh.run("init", COUNTER_APP_PASSPHRASE="short").is_refusal(2)
    assert not fresh.data.exists() or files_of(fresh.data) == {}


def test_wrong_and_missing_pass_phrase_are_told_apart_from_damage(desk: Program) -> None:
    wrong = desk.run("search", "an", COUNTER_APP_PASSPHRASE="another pass phrase")
    missing = desk.run("search", "an", COUNTER_APP_PASSPHRASE="")

    assert wrong.is_refusal(2)
    assert missing.is_refusal(2)
    assert wrong.err != missing.err


def test_intake_gives_number_due_date_and_a_receipt_that_scans(desk: Program, write_file: WriteFile) -> None:
    received = desk.start("intake", write_file(intake_document()), "--json").json()

    pdf = Path(received["receipt_pdf"])
    words = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True).stdout
    assert received["code"].startswith("H99.14-261120-")
    assert "Nguyễn Thị Tưởng" in words
    assert received["code"] in words
    assert received["code"] in scan(pdf)
    shown = desk.ask("show", received["code"])
    assert shown["dossier"]["applicant"]["full_name"] == "Nguyễn Thị Tưởng"
    assert shown["due_at"] == received["due_at"]
    assert [job["state"] for job in shown["print_jobs"]] == ["printed"]


def scan(pdf: Path) -> str:
    picture = pdf.with_suffix("")
    subprocess.run(["pdftoppm", "-r", "300", "-png", "-f", "1", "-l", "1", "-singlefile", pdf, picture], check=True)
    return subprocess.run(
        ["zbarimg", "-q", "--raw", f"{picture}.png"], capture_output=True, text=True, check=True
    ).stdout


def test_two_intakes_take_two_numbers(desk: Program, write_file: WriteFile) -> None:
    file = write_file(intake_document())

    codes = {desk.ask("intake", file)["code"] for _ in range(2)}

    assert len(codes) == 2


def test_received_dossier_is_found_without_diacritics_and_by_the_end_of_its_code(
    desk: Program, write_file: WriteFile
) -> None:
    applicant = {"full_name": "Đỗ Văn Hiếm Có", "id_number": "036099005678", "birth_year": 1999, "sex": "male"}
    code = desk.ask("intake", write_file(intake_document(card=None, applicant=applicant)))["code"]

    assert [row["code"] for row in desk.ask("search", "do", "van", "hiem")] == [code]
    assert [row["code"] for row in desk.ask("search", "dvhc", "99", "ks")] == [code]
    assert [row["code"] for row in desk.ask("search", "hiem 036 099 005 678")] == [code]
    assert code in [row["code"] for row in desk.ask("search", code[-11:])]
    assert desk.ask("search", "khong ai ca") == []


@pytest.mark.parametrize(
    "document",
    [
        "not json",
        "[]",
        "{}",
        {"procedure": "9.999999", "card": CARD},
        intake_document(card="no card"),
        intake_document(card=None),
        intake_document(received_at="2026-11-20T09:00:00"),
        intake_document(received_at="2199-01-01T09:00:00+07:00"),
        intake_document(components=[{"original": 1}]),
        intake_document(components=[{"name": "x", "original": -1}]),
        intake_document(outcome="refused"),
        intake_document(outcome="maybe"),
        intake_document(competent_unit="H00.00"),
        intake_document(surprise=True),
    ],
    ids=str,
)
def test_bad_intake_file_is_one_sentence_and_nothing_is_saved(
    quiet_desk: Program, write_file: WriteFile, document: Any
) -> None:
    assert quiet_desk.run("intake", write_file(document), "--json").is_refusal(2)


def test_intake_file_that_is_not_there_is_one_sentence(desk: Program, tmp_path: Path) -> None:
    assert desk.run("intake", tmp_path / "none.json").is_refusal(2)


def test_unknown_code_is_one_sentence(desk: Program) -> None:
    assert desk.run("show", "H99.14-261120-9999").is_refusal(2)
    assert desk.run("print", "H99.14-261120-9999", "receipt", "--reason", "torn").is_refusal(2)


def test_reprint_needs_a_reason_and_says_that_it_is_one(desk: Program, write_file: WriteFile, tmp_path: Path) -> None:
    code = desk.ask("intake", write_file(intake_document()))["code"]
    out = tmp_path / "again.pdf"

    assert desk.run("print", code, "receipt").is_refusal(2)
    printed = desk.ask("print", code, "receipt", "--out", out, "--reason", "torn at the desk")
    words = subprocess.run(["pdftotext", out, "-"], capture_output=True, text=True, check=True).stdout
    assert printed["reprint"] == 1
    assert "BẢN IN LẠI" in words


def test_file_asked_for_again_is_marked_and_the_journal_says_that_it_is_a_file(
    desk: Program, write_file: WriteFile, tmp_path: Path
) -> None:
    code = desk.ask("intake", write_file(intake_document()))["code"]

    printed = desk.ask("print", code, "receipt", "--out", tmp_path / "copy.pdf")

    assert printed["reprint"] == 1
    assert desk.ask("show", code)["print_jobs"][-1]["reason"] == "Asked for as a PDF file"


@pytest.mark.parametrize("arguments", [("poster",), ("receipt", "--out", "no/such/folder/x.pdf")], ids=" ".join)
def test_print_that_cannot_be_done_orders_nothing(
    desk: Program, write_file: WriteFile, arguments: tuple[str, ...]
) -> None:
    code = desk.ask("intake", write_file(intake_document()))["code"]

    assert desk.run("print", code, *arguments, "--reason", "torn").is_refusal(2)
    assert len(desk.ask("show", code)["print_jobs"]) == 1


def test_supplement_and_refusal_print_their_own_forms(desk: Program, write_file: WriteFile) -> None:
    supplement = desk.ask("intake", write_file(intake_document(outcome="supplement_asked")))
    refusal = desk.ask("intake", write_file(intake_document(outcome="refused", reason="không thuộc thẩm quyền")))

    assert (supplement["status"], supplement["status_name"]) == (5, "Supplement asked")
    assert refusal["status"] == 3
    assert "supplement" in Path(supplement["receipt_pdf"]).name
    assert "refusal" in Path(refusal["receipt_pdf"]).name


def test_catalogue_template_comes_back_in_and_a_strange_file_does_not(desk: Program, tmp_path: Path) -> None:
    template, strange = tmp_path / "template.xlsx", tmp_path / "strange.xlsx"
    strange.write_bytes(b"PK\x03\x04 not a workbook")
    before = desk.ask("catalogue", "list")

    desk.ask("catalogue", "template", template)
    assert template.stat().st_size > 0
    assert desk.run("catalogue", "template", template).is_refusal(2)
    assert desk.run("catalogue", "import", strange).is_refusal(2)
    assert desk.run("catalogue", "import", tmp_path / "none.json").is_refusal(2)
    assert desk.ask("catalogue", "list") == before


def test_clerk_and_unit_are_saved_and_listed(desk: Program) -> None:
    assert desk.run("user", "save", "lan", "--name", "Bùi Thị Lan", COUNTER_APP_PASSWORD="long enough 1").code == 0
    desk.ask("unit", "save", "H99.17", "--name", "Ủy ban nhân dân xã Đồi Mẫu")

    assert "lan" in [clerk["login"] for clerk in desk.ask("user", "list")]
    assert "H99.17" in [unit["code"] for unit in desk.ask("unit", "list")]


def test_weak_password_makes_no_clerk(desk: Program) -> None:
    assert desk.run("user", "save", "yeu", "--name", "Người Yếu", COUNTER_APP_PASSWORD="short").is_refusal(2)
    assert "yeu" not in [clerk["login"] for clerk in desk.ask("user", "list")]


def test_rebuild_from_the_journal_leaves_a_sound_store(desk: Program) -> None:
    before = desk.ask("search", "nguyen", "--limit", "50")

    assert desk.ask("rebuild")["entries"] == count_entries(desk)
    assert desk.ask("search", "nguyen", "--limit", "50") == before


def test_doctor_answers_on_a_sound_desk(desk: Program) -> None:
    assert desk.run("doctor", "--json").json()


def test_damaged_store_is_noticed_and_left_as_it_is(fresh: Program) -> None:
    fresh.ask("demo", "--dossiers", "1")
    store = fresh.data / "counter.db"
    content = bytearray(store.read_bytes())
    content[len(content) // 2] ^= 1
    store.write_bytes(content)

    assert fresh.run("verify").code == 3
    assert store.read_bytes()[: len(content)] == bytes(content)


def test_store_without_its_key_file_is_one_sentence(fresh: Program) -> None:
    fresh.ask("init")
    (fresh.data / "keys.json").unlink()

    assert fresh.run("search", "an").is_refusal(3)
