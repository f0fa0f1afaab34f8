import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from counter_app.core.paths import DataFolder
from counter_app.signing.signing import sign_pdf
from tests.e2e.program import Program
from tests.fakes.signed_files import archive_pdf
from tests.fakes.signing_place import SIGNER, SigningPlace, now, signing_place
from tests.fakes.token import MODULE

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SigningPlace]:
    with signing_place(tmp_path_factory.mktemp("signing")) as made:
        yield made


@pytest.fixture(scope="module")
def program(place: SigningPlace) -> Program:
    """A machine without a store: checking a signature needs none."""
    made = Program(place.folder / "data")
    trust = DataFolder(made.data).trust
    trust.mkdir(parents=True)
    (trust / "goc.pem").write_bytes(place.authority.issued.pem)
    made.ask("settings", "set", "signing.token.module", str(MODULE))
    return made


@pytest.fixture(scope="module")
def signed(place: SigningPlace) -> Path:
    file = place.folder / "signed.pdf"
    session = place.open()
    file.write_bytes(sign_pdf(archive_pdf(), session, now()).pdf)
    session.close()
    return file


def verified(program: Program, file: Path, *options: str) -> tuple[int, Any]:
    answer = program.run("signature", "verify", file, "--json", *options)
    return answer.code, json.loads(answer.out)


def test_a_valid_file_is_told_with_its_signer_and_exit_code_0(program: Program, signed: Path) -> None:
    code, document = verified(program, signed)

    (one,) = document["signatures"]
    assert (code, document["verdict"], document["signed"]) == (0, "valid", True)
    assert (one["signer"]["subject"], one["level"], one["intact"], one["trusted"]) == (SIGNER, "B-B", True, True)
    assert one["reasons"] == ["no_time_stamp", "revocation_unknown"]


def test_online_asks_the_authority(program: Program, signed: Path) -> None:
    _, document = verified(program, signed, "--online")

    assert document["signatures"][0]["revocation"] == "not_revoked"


def test_anything_but_valid_ends_with_2_and_the_whole_report(program: Program, signed: Path, tmp_path: Path) -> None:
    altered = tmp_path / "altered.pdf"
    pdf = signed.read_bytes()
    at = pdf.index(b"%", 5) + 2
    altered.write_bytes(pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :])
    plain = tmp_path / "plain.pdf"
    plain.write_bytes(archive_pdf())
    (tmp_path / "nobody").mkdir()

    found = [verified(program, altered), verified(program, plain)]
    found.append(verified(program, signed, "--trust", str(tmp_path / "nobody")))

    assert [(code, document["verdict"]) for code, document in found] == [
        (2, "invalid"),
        (2, "unsigned"),
        (2, "doubtful"),
    ]


def test_for_people_every_reason_is_a_sentence(program: Program, signed: Path) -> None:
    said = program.run("signature", "verify", signed, COUNTER_APP_LANGUAGE="vi").out

    assert SIGNER in said
    assert "Mọi chữ ký đều hợp lệ." in said


def test_what_cannot_be_examined_is_one_sentence(program: Program, tmp_path: Path) -> None:
    no_pdf = tmp_path / "a.pdf"
    no_pdf.write_bytes(b"hello")

    assert program.run("signature", "verify", no_pdf, "--json").is_refusal(2)
    assert program.run("signature", "verify", tmp_path / "none.pdf").is_refusal(2)
    assert program.run("signature", "verify", no_pdf, "--trust", tmp_path / "none").is_refusal(2)


def test_tokens_are_listed_with_their_certificates(program: Program, place: SigningPlace) -> None:
    (token,) = program.ask("signature", "tokens")["tokens"]

    (certificate,) = token["certificates"]
    assert (token["label"], token["pin"]) == (place.token.label, "fine")
    assert (certificate["subject"], certificate["state"]) == (SIGNER, "usable")


def test_doctor_knows_the_token_and_the_trusted_authorities(program: Program) -> None:
    found = json.loads(program.run("doctor", "--json").out)["checks"]

    states = {check["name"]: (check["state"], check["sentence"]) for check in found}
    assert states["token"][0] == "ok"
    assert "usable until" in states["token"][1]
    assert states["trust"] == ("ok", "Trusted root certificates: 1; revocation lists: 0.")


def test_a_library_that_is_not_there_is_an_environment_failure(tmp_path: Path) -> None:
    program = Program(tmp_path / "data")
    program.ask("settings", "set", "signing.token.module", str(tmp_path / "none.so"))

    assert program.run("signature", "tokens").is_refusal(3)
