"""What the national store of papers answers: only a PDF reaches a desk, and what is no answer is asked for again."""

import base64
import json
from collections.abc import Iterator

import msgspec
import pytest

from counter_app.core.errors import EnvironmentFailure
from counter_app.domain.systems import System, Wanted
from counter_app.province.systems import HttpSystem, SystemAccount
from tests.fakes.desks import DeskClock
from tests.fakes.exchanging import hall_unit
from tests.fakes.other_systems import SystemsServer, systems_server

UNIT = hall_unit().code


@pytest.fixture
def server() -> Iterator[SystemsServer]:
    with systems_server() as running:
        yield running


@pytest.mark.parametrize("content", [None, "không phải", base64.b64encode(b"MZ").decode(), "=" * 17_000_000])
def test_file_of_the_store_that_is_no_pdf_never_reaches_a_desk(server: SystemsServer, content: str | None) -> None:
    account = msgspec.convert(server.settings()["store"], SystemAccount)
    paper = {"TenGiayTo": "Giấy", "SoKyHieu": "", "CoQuanChuQuan": "A", "DanhSachTepDinhKem": [{"DuongDan": "/1"}]}
    server.systems.stored["036199000001", "K"] = [paper]
    server.systems.files |= {} if content is None else {("A", "/1"): content}
    asked = ("owner_number", "036199000001"), ("asking_name", "Lê Mẫu"), ("channel", "clerk"), ("procedure", "1")
    wanted = Wanted(system=System.STORE, request="paper:1", facts={**dict(asked), "code.1": "K"})
    ask = HttpSystem(System.STORE, account).ask
    if content is not None and not content.startswith("TV"):
        with pytest.raises(EnvironmentFailure, match=r"systems\.unreachable"):
            ask(UNIT, "x", wanted, DeskClock().now())
        return
    answer = ask(UNIT, "x", wanted, DeskClock().now())
    assert (answer.files, answer.facts["count"]) == ({}, "1")
    assert not any(name.startswith("file") for name in answer.facts)


@pytest.mark.parametrize(
    "papers",
    ["x", [5], [{"TenGiayTo": "x"}], [{"TenGiayTo": 1, "CoQuanChuQuan": "y"}], [{}] * 21, None],
)
def test_answer_of_the_store_that_is_none_is_asked_for_again(server: SystemsServer, papers: object) -> None:
    facts = {
        "owner_number": "036199000001",
        "asking_name": "Lê Mẫu",
        "channel": "clerk",
        "procedure": "1",
        "code.1": "K",
    }
    wanted = Wanted(system=System.STORE, request="paper:1", facts=facts)
    account = msgspec.convert(server.settings()["store"], SystemAccount)
    server.behaving = {"store": json.dumps({"errorCode": "0", "result": {"DanhSachGiayToKetQua": papers}})}
    with pytest.raises(EnvironmentFailure, match=r"systems\.unreachable"):
        HttpSystem(System.STORE, account).ask(UNIT, "x", wanted, DeskClock().now())
