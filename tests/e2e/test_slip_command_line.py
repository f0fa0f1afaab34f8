import json

import pytest

from tests.e2e.program import Program

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Program:
    program = Program(tmp_path_factory.mktemp("slips") / "data")
    program.ask("demo", "--dossiers", "1")
    return program


@pytest.mark.parametrize(
    ("text", "reason"),
    [("xin chào", "slip.not_a_slip"), ("QMC1:ABC", "slip.damaged"), ("QMC7:ABC", "slip.newer_version")],
)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_what_is_no_genuine_slip_is_refused_in_json_and_in_one_sentence(
    desk: Program, text: str, reason: str, language: str
) -> None:
    refused = desk.run("slip", "verify", text, "--json", COUNTER_APP_LANGUAGE=language)

    document = json.loads(refused.out)
    assert refused.code == 2
    assert (document["valid"], document["reason"]) == (False, reason)
    assert refused.err.strip() == document["sentence"]


def test_key_damaged_by_a_keyboard_that_composes_letters_is_refused(desk: Program) -> None:
    key = desk.ask("slip", "key")["key"]

    assert desk.run("slip", "trust", key + "Â", "--json").is_refusal(2)
