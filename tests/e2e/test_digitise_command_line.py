"""A paper from the scanner's glass to a signed document that other programs accept, from outside."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from counter_app.core.paths import DataFolder
from counter_app.domain.paper_facts import FactField
from tests.e2e.program import Program
from tests.fakes.paper_corpus import as_pdf, iter_papers
from tests.fakes.pdfa_validator import pdfa_problems
from tests.fakes.sane_scanner import DEVICE, SHEETS, faulty_sane, needs_sane, sane_folder
from tests.fakes.scanned_corpus import Kind, as_file, make_page
from tests.fakes.signing_place import SIGNER, SigningPlace, signing_place
from tests.fakes.token import MODULE, PIN

pytestmark = [pytest.mark.slow, needs_sane]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SigningPlace]:
    with signing_place(tmp_path_factory.mktemp("signing")) as made:
        yield made


@pytest.fixture(scope="module")
def desk(place: SigningPlace) -> Program:
    program = Program(place.folder / "data", environment=sane_folder(place.folder / "sane"))
    program.ask("demo", "--dossiers", "2")
    program.ask("settings", "set", "signing.token.module", str(MODULE))
    program.ask("settings", "set", "scan.network.search", "false")
    trust = DataFolder(program.data).trust
    trust.mkdir(parents=True, exist_ok=True)
    (trust / "root.pem").write_bytes(place.authority.issued.pem)
    return program


@pytest.fixture(scope="module")
def code(desk: Program) -> str:
    found: str = desk.ask("list")[0]["code"]
    return found


def test_a_paper_is_attached_signed_and_written_for_others(
    place: SigningPlace, desk: Program, code: str, tmp_path: Path
) -> None:
    paper = tmp_path / "paper.png"
    paper.write_bytes(as_file(make_page(Kind.SEAL, 3, lines=(4, 5), turned=2)))
    (document,) = desk.ask("attach", str(paper), "--dossier", code, "--component", "1")["documents"]
    answer = desk.run("sign", document["id"], "--json", COUNTER_APP_PIN=PIN).json()
    out = tmp_path / "out.pdf"
    desk.ask("settings", "set", "signing.time_stamp.url", place.server.url)
    upgraded = desk.ask("signature", "upgrade")
    desk.ask("settings", "set", "signing.time_stamp.url", "")
    desk.ask("document", document["id"], "--out", str(out))
    verified = desk.run("signature", "verify", str(out), "--json").json()

    assert document["text_chars"] > 50
    assert answer["documents"][0]["signed"]
    assert answer["documents"][0]["versions"] == 2
    assert [(one["id"], one["level"]) for one in upgraded["documents"]] == [(document["id"], "B-LT")]
    assert verified["verdict"] == "valid"
    assert verified["signatures"][0]["signer"]["subject"] == SIGNER
    assert pdfa_problems(out.read_bytes()) == []
    said = subprocess.run(["pdfsig", "-nocert", str(out)], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in said
    text = subprocess.run(["pdftotext", str(out), "-"], capture_output=True, text=True, check=True).stdout
    assert "CỘNG HÒA" in text
    assert desk.ask("verify")["ok"]


def test_facts_of_a_paper_are_proposed_with_their_place_and_kept_when_taken(
    desk: Program, code: str, tmp_path: Path
) -> None:
    (paper,) = iter_papers(1, seed=12)
    file = tmp_path / "paper.pdf"
    file.write_bytes(as_pdf(paper))
    document = desk.ask("attach", str(file), "--dossier", code)["documents"][0]["id"]
    proposed = {one["field"]: one for one in desk.ask("document", document, "--facts")["proposals"]}
    number = proposed["number_symbol"]
    kept = desk.ask("document", document, "--accept", f"number_symbol={number['value']}", "--accept", "issuer=UBND xã")

    assert (number["value"], number["sure"]) == (paper.truth[FactField.NUMBER_SYMBOL], True)
    left, top, right, bottom = number["box"]
    assert 0 < left < right < 0.5
    assert 0 < top < bottom < 0.3
    assert (kept["facts"]["number_symbol"], kept["facts"]["issuer"]) == (number["value"], "UBND xã")
    # The fact went into the file as well: what was read of the version before is not kept on this one.
    assert kept["versions"] == 2
    assert desk.run("document", document, "--accept", "issuer=UBND", "--version", "1", "--json").is_refusal(2)


def test_a_wrong_pin_signs_nothing(desk: Program, code: str, tmp_path: Path) -> None:
    paper = tmp_path / "paper.png"
    paper.write_bytes(as_file(make_page(Kind.SPARSE, 3, turned=0)))
    (document,) = desk.ask("attach", str(paper), "--dossier", code)["documents"]

    assert desk.run("sign", document["id"], "--json", COUNTER_APP_PIN="000000").is_refusal(2)
    assert not desk.ask("show", code)["documents"][-1]["signed"]


def test_a_pile_in_the_feeder_becomes_one_document(desk: Program, code: str) -> None:
    done = desk.ask("scan", "--device", DEVICE, "--dossier", code)

    (document,) = done["documents"]
    assert document["pages"] == SHEETS
    assert document["dossier"] == code


def test_an_unknown_dossier_is_refused_before_the_scanner_moves(desk: Program) -> None:
    assert desk.run("scan", "--device", DEVICE, "--dossier", "H99.14-261101-9999", "--json").is_refusal(2)


def test_a_jammed_feeder_is_said_and_nothing_is_attached(desk: Program, code: str, tmp_path: Path) -> None:
    before = len(desk.ask("show", code)["documents"])
    jammed = faulty_sane(tmp_path / "jammed", "SANE_STATUS_JAMMED")
    answer = desk.run("scan", "--device", DEVICE, "--dossier", code, "--json", **jammed)

    assert answer.code == 2
    assert len(answer.err.strip().splitlines()) == 1
    assert len(desk.ask("show", code)["documents"]) == before
