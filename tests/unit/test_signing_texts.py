"""Reasons and remarks are keys handed through several layers: each must be a sentence in the end."""

import re
from pathlib import Path

import pytest

from counter_app.signing.certificates import CertificateState
from counter_app.signing.reports import Verdict
from counter_app.signing.token_errors import PinState
from resources.texts import Language, texts

SOURCES = Path(__file__).parents[2] / "counter_app"
KEY = re.compile(r'"(signing\.[a-z_.]+)"')
SETTINGS = {"signing.token.module", "signing.trust.folder", "signing.time_stamp.url", "signing.idle_minutes"}


@pytest.mark.parametrize("language", list(Language))
def test_every_key_in_the_sources_is_a_sentence(language: Language) -> None:
    files = [*(SOURCES / "signing").glob("*.py"), SOURCES / "cli" / "signature.py"]
    keys = {key for file in files for key in KEY.findall(file.read_text(encoding="utf-8"))} - SETTINGS

    assert len(keys) > 40
    assert sorted(keys - texts(language).keys()) == []


@pytest.mark.parametrize("language", list(Language))
def test_every_state_has_its_words(language: Language) -> None:
    wanted = [f"signing.pin.{state.value}" for state in PinState]
    wanted += [f"signing.certificate.{state.value}" for state in CertificateState]
    wanted += [f"signing.verdict.{verdict.value}" for verdict in Verdict]
    wanted += [f"signing.one_verdict.{verdict.value}" for verdict in Verdict if verdict is not Verdict.UNSIGNED]
    wanted += [f"signing.reason.{state.value}" for state in CertificateState if state is not CertificateState.USABLE]

    assert [key for key in wanted if key not in texts(language)] == []
