"""One question that fails keeps no other from being asked, and is not given up for what came before."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import Outcome
from counter_app.domain.systems import System, Wanted
from counter_app.province.mirrors import Mirrors
from counter_app.province.report_sending import ReportSender
from counter_app.province.service import Province
from counter_app.province.system_sending import Asked, SystemSender
from counter_app.province.systems import HttpSystem, OtherSystem, Said, SystemAccount
from counter_app.province.tries import MOST_TRIES
from tests.fakes.concerned_place import Place, concerned_place
from tests.fakes.desks import a_form
from tests.fakes.other_systems import SystemsServer, systems_server
from tests.fakes.province import OTHER_UNIT, UNIT


class Fallible(NamedTuple):
    """A system whose answer to one unit is beyond what its reader foresaw."""

    system: OtherSystem
    unit_code: str

    def ask(self, unit_code: str, dossier_id: str, wanted: Wanted, now: datetime) -> Said:
        if unit_code == self.unit_code:
            raise OverflowError
        return self.system.ask(unit_code, dossier_id, wanted, now)


@pytest.fixture
def place(tmp_path: Path, served: tuple[Province, Path]) -> Iterator[Place]:
    province, folder = served
    with concerned_place(tmp_path, province) as made:
        with province.database.transaction() as connection:
            connection.execute("TRUNCATE portal_sending")
        shutil.rmtree(folder / "mirrors", ignore_errors=True)
        yield made


@pytest.fixture
def mirrors(place: Place, served: tuple[Province, Path]) -> Iterator[Mirrors]:
    province = place.province
    made = Mirrors(served[1], province.database, province.authority.signer.public_key, province.clock)
    yield made
    made.close()


@pytest.fixture
def server() -> Iterator[SystemsServer]:
    with systems_server() as made:
        yield made


def system_at(server: SystemsServer, name: str) -> HttpSystem:
    return HttpSystem(System(name), msgspec.convert(server.settings(name)[name], SystemAccount))


def write(place: Place, columns: str) -> None:
    with place.province.database.transaction() as connection:
        connection.execute(f"UPDATE system_request SET {columns}")


def test_a_payment_that_was_long_not_there_is_not_given_up_for_one_failure(
    place: Place, mirrors: Mirrors, server: SystemsServer
) -> None:
    sender = SystemSender(place.province, mirrors, {System.PAYMENT: system_at(server, "payment")})
    code = place.receive(competent="")
    place.receiving.counter.dossiers.act(code, Action.TRANSFER, ActionFacts(receiver="Phòng Tư pháp"))
    asked = ActionFacts(amount=150_000, reason="lệ phí")
    place.receiving.counter.dossiers.act(code, Action.REQUEST_PAYMENT, asked)
    place.receiving.counter.province_line.exchange()
    assert sender.send() == Asked(waiting=1)
    write(place, f"tries = {MOST_TRIES}, try_after = NULL")
    server.behaving = {"payment": "nonsense"}
    assert sender.send() == Asked(waiting=1)

    write(place, f"failures = {MOST_TRIES}, try_after = NULL")
    server.behaving = {}
    assert sender.send() == Asked(waiting=1)  # still not there, and that is an answer
    write(place, "try_after = NULL")
    server.behaving = {"payment": "nonsense"}
    assert sender.send() == Asked(waiting=1)

    write(place, f"failures = {MOST_TRIES}, try_after = NULL")
    assert sender.send() == Asked(refused=1)


def test_figures_of_one_unit_that_cannot_be_told_keep_no_others_from_it(
    place: Place, mirrors: Mirrors, server: SystemsServer
) -> None:
    place.receive(competent="")
    place.deciding.counter.intake.receive(a_form(1), Outcome.ACCEPTED)
    for made in (place.receiving, place.deciding):
        made.counter.province_line.exchange()
    place.clock.move(datetime(2026, 12, 16, 2, tzinfo=UTC) - place.clock.now())
    first, other = sorted([UNIT.code, OTHER_UNIT.code])
    system = Fallible(system_at(server, "reports"), first)

    assert ReportSender(place.province, mirrors, system).send() == 1

    (told,) = server.systems.reports
    assert other in told["DanhSachSoLieu"][0].values()
    with place.province.database.transaction() as connection:
        rows = connection.execute("SELECT unit_code, failures FROM system_request WHERE system = 'reports'").fetchall()
    assert sorted((row.unit_code, row.failures) for row in rows) == [(first, 1), (other, 0)]
