"""What desks do reaches the national portal by the province, and its answer comes down to the dossier's tick."""

import json
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.core.ids import new_id
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import Outcome
from counter_app.domain.ticks import PortalTick
from counter_app.journal.entries import DossierReceived
from counter_app.province.locks import Lock
from counter_app.province.mirrors import Mirrors
from counter_app.province.national_portal import NationalPortal, PortalAccount, read_account
from counter_app.province.portal_queue import read_standing, send_again
from counter_app.province.portal_sending import PortalSender, Sent
from counter_app.province.service import Province
from counter_app.province.telling import telling
from counter_app.store.tables import exchange
from counter_app.sync.portal_answers import PortalAnswer, sign_portal_answer
from tests.fakes.daemons import wait_until
from tests.fakes.desks import PROCEDURE, DeskClock, a_form, person
from tests.fakes.exchanging import PROVINCE_SIGNER, exchange_of, hall_folder, hall_unit
from tests.fakes.national_portal import PortalServer, portal_server
from tests.fakes.province import empty
from tests.fakes.province_desks import at, enrol

UNIT = hall_unit().code
WAITING = (
    "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND state LIKE 'idle in transaction%'"
)
NOT_SEEN = frozenset({"MaCSDL", "DSKetNoiCSDL"})


@pytest.fixture
def province_at(served: tuple[Province, Path]) -> tuple[Province, Path]:
    """An empty one."""
    province, folder = served
    empty(province)
    shutil.rmtree(folder / "mirrors", ignore_errors=True)
    return province, folder


@pytest.fixture
def desk(tmp_path: Path, province_at: tuple[Province, Path]) -> Iterator[OpenCounter]:
    with at(hall_folder(tmp_path, 1)) as made:
        enrol(made, province_at[0], UNIT)
        yield made


@pytest.fixture
def portal() -> Iterator[PortalServer]:
    with portal_server(NOT_SEEN) as server:
        yield server


@pytest.fixture
def mirrors(province_at: tuple[Province, Path]) -> Iterator[Mirrors]:
    province, folder = province_at
    made = Mirrors(folder, province.database, province.authority.signer.public_key, province.clock)
    yield made
    made.close()


def sender(province: Province, mirrors: Mirrors, portal: PortalServer) -> PortalSender:
    account = msgspec.convert(portal.account(), PortalAccount)
    return PortalSender(province, mirrors, NationalPortal(account))


def receive(desk: OpenCounter, number: int = 0, **changes: str) -> str:
    contact = {"phone": "0912345678", "email": "nguoi@example.vn", **changes}
    form = msgspec.structs.replace(a_form(number), procedure_code=PROCEDURE)
    applicant = msgspec.structs.replace(form.applicant if number else person(), **contact)
    return desk.counter.intake.receive(
        msgspec.structs.replace(form, applicant=applicant), Outcome.ACCEPTED
    ).dossier.code


def tick(desk: OpenCounter, code: str) -> tuple[PortalTick, str]:
    ticks = desk.counter.lookup.get_dossier(code).ticks
    return ticks.portal, ticks.portal_refusal


def test_what_a_desk_does_reaches_the_portal_once_and_the_tick_turns(
    desk: OpenCounter, province_at: tuple[Province, Path], portal: PortalServer, mirrors: Mirrors
) -> None:
    one = sender(province_at[0], mirrors, portal)
    code = receive(desk)
    desk.counter.province_line.exchange()
    assert tick(desk, code) == (PortalTick.NOT_TOLD, "")
    assert one.send() == Sent(taken=1)
    assert one.send() == Sent()
    desk.counter.province_line.exchange()
    assert tick(desk, code) == (PortalTick.TAKEN, "")
    desk.counter.dossiers.act(code, Action.TRANSFER, ActionFacts(receiver="Phòng Tư pháp"))
    assert tick(desk, code) == (PortalTick.WAITING, "")
    desk.counter.province_line.exchange()
    assert one.send() == Sent(taken=1)
    desk.counter.province_line.exchange()
    assert tick(desk, code) == (PortalTick.TAKEN, "")
    told, own = portal.portal, desk.counter.portal_payloads.get(code)
    assert list(told.dossiers.values()) == own.dossier["data"]
    assert told.steps == [step for call in own.progress for step in call["data"]]
    with mirrors.follow(UNIT).desk.store.reading() as connection:
        assert connection.execute(select(exchange.held_entry)).all() == []


def test_an_answer_by_a_clock_that_was_put_back_since_counts(
    desk: OpenCounter, province_at: tuple[Province, Path], portal: PortalServer, mirrors: Mirrors
) -> None:
    province = province_at[0]
    ahead = msgspec.structs.replace(province, clock=DeskClock(province.clock.now() + timedelta(days=3)))
    code = receive(desk)
    desk.counter.province_line.exchange()
    assert sender(ahead, mirrors, portal).send() == Sent(taken=1)
    desk.counter.province_line.exchange()
    desk.counter.dossiers.act(code, Action.TRANSFER, ActionFacts(receiver="Phòng Tư pháp"))
    desk.counter.province_line.exchange()

    assert sender(province, mirrors, portal).send() == Sent(taken=1)

    desk.counter.province_line.exchange()
    assert tick(desk, code) == (PortalTick.TAKEN, "")


def test_lost_answers_and_killed_senders_leave_every_step_told_and_the_dossier_known(
    desk: OpenCounter, province_at: tuple[Province, Path], portal: PortalServer, mirrors: Mirrors
) -> None:
    one = sender(province_at[0], mirrors, portal)
    codes = [receive(desk, number) for number in range(3)]
    desk.counter.province_line.exchange()
    sent = Sent()
    for _ in range(6):  # dossier and steps of each: the answer to every call is lost once
        portal.lost_answers = 1
        with pytest.raises(EnvironmentFailure, match=r"portal\.unreachable"):
            one.send()
        let_it_try(province_at[0])
        portal.lost_answers = 0
        one = sender(province_at[0], mirrors, portal)  # nothing of it was in memory only
        sent = one.send()
        with province_at[0].database.transaction() as connection:
            if read_standing(connection).waiting == 0:
                break
    assert sent.taken
    assert set(portal.portal.dossiers) == set(codes)
    assert {step["MaHoSo"] for step in portal.portal.steps} == set(codes)
    desk.counter.province_line.exchange()
    assert {tick(desk, code)[0] for code in codes} == {PortalTick.TAKEN}


def let_it_try(province: Province) -> None:
    """As after the wait that a failed try is followed by."""
    with province.database.transaction() as connection:
        connection.execute("UPDATE portal_sending SET try_after = NULL")


def test_what_the_portal_refuses_is_said_at_the_desk_and_sent_again_once_it_is_put_right(
    desk: OpenCounter, province_at: tuple[Province, Path], portal: PortalServer, mirrors: Mirrors
) -> None:
    province = province_at[0]
    one = sender(province, mirrors, portal)
    bad, good = receive(desk, 1, email=""), receive(desk, 2)
    desk.counter.province_line.exchange()
    assert one.send() == Sent(taken=1, refused=1)
    desk.counter.province_line.exchange()
    assert tick(desk, good)[0] is PortalTick.TAKEN
    assert tick(desk, bad) == (PortalTick.REFUSED, "Email")
    with province.database.transaction() as connection:
        standing = read_standing(connection)
        assert [(refused.code, refused.unit, refused.reason) for refused in standing.refused] == [(bad, UNIT, "Email")]
        assert send_again(connection) == 1
    portal.excused |= {"Email"}
    assert one.send() == Sent(taken=1)
    desk.counter.province_line.exchange()
    assert tick(desk, bad) == (PortalTick.TAKEN, "")


def test_dossiers_that_the_portal_fails_over_delay_only_themselves(
    desk: OpenCounter, province_at: tuple[Province, Path], portal: PortalServer, mirrors: Mirrors
) -> None:
    one = sender(province_at[0], mirrors, portal)
    portal.odd = {receive(desk, number) for number in range(1, 7)}
    good = {receive(desk, number) for number in range(7, 9)}
    desk.counter.province_line.exchange()

    with pytest.raises(EnvironmentFailure, match=r"portal\.bad_answer"):  # five in a row: perhaps it is down
        one.send()

    assert one.send() == Sent(taken=2, waiting=1)
    assert set(portal.portal.dossiers) == good


def test_dossier_that_no_call_can_be_made_of_delays_only_itself(
    desk: OpenCounter, province_at: tuple[Province, Path], portal: PortalServer, mirrors: Mirrors
) -> None:
    one = sender(province_at[0], mirrors, portal)
    strange = desk.counter.lookup.get_dossier(receive(desk, 1)).dossier
    far = datetime(9999, 12, 31, 23, 30, tzinfo=UTC)  # no instant of Vietnam
    body = DossierReceived(
        dossier=msgspec.structs.replace(strange, id=new_id(), code=f"{strange.code[:-4]}9000", received_at=far),
        number=9_000,
        numbered_on=date(2026, 10, 16),
    )
    with desk.desk.transaction() as connection:
        desk.desk.journal.append(connection, body, clerk="program", subject=body.dossier.id)
    good = receive(desk, 2)
    desk.counter.province_line.exchange()

    assert one.send() == Sent(taken=2, waiting=1)
    assert set(portal.portal.dossiers) == {strange.code, good}


def test_service_tells_by_itself_and_a_portal_that_is_down_delays_no_desk(
    desk: OpenCounter, province_at: tuple[Province, Path], portal: PortalServer
) -> None:
    province, folder = province_at
    account = msgspec.convert(portal.account(), PortalAccount)
    nobody = msgspec.structs.replace(account, login_url="http://127.0.0.1:9/", url="http://127.0.0.1:9/")
    code = receive(desk)
    with telling(province, folder, nobody, every_s=0.05):
        assert desk.counter.province_line.exchange().oldest_unsent_s is None
    let_it_try(province)
    with telling(province, folder, account, every_s=0.05):
        wait_until(lambda: code in portal.portal.dossiers and bool(portal.portal.steps), "the portal was told")


def test_slow_portal_keeps_no_transaction_open_and_nobody_else_speaks_to_it_meanwhile(
    desk: OpenCounter,
    province_at: tuple[Province, Path],
    portal: PortalServer,
    mirrors: Mirrors,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    province, take = province_at[0], portal.take
    asked, may_answer = threading.Event(), threading.Event()

    def slowly(body: dict[str, Any]) -> tuple[str, list[str]]:
        asked.set()
        assert may_answer.wait(60)
        return take(body)

    monkeypatch.setattr(portal, "take", slowly)
    receive(desk)
    desk.counter.province_line.exchange()
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(sender(province, mirrors, portal).send)
        try:
            assert asked.wait(60)
            with province.database.transaction() as connection:
                waiting = connection.execute(WAITING).fetchall()
                # As another process would.
                query = "SELECT pg_try_advisory_xact_lock(%s) AS ours"
                other = connection.execute(query, (Lock.TELLING_PORTAL,)).fetchone()
            second = sender(province, mirrors, portal).send()
        finally:
            may_answer.set()
        first = sent.result(60)

    assert waiting == []
    assert other is not None
    assert not other.ours
    assert (first, second) == (Sent(taken=1), Sent())
    assert sender(province, mirrors, portal).send() == Sent()


def test_a_mirror_that_is_lost_or_ahead_of_a_restored_database_is_made_again(
    desk: OpenCounter, province_at: tuple[Province, Path], portal: PortalServer, mirrors: Mirrors
) -> None:
    province, one = province_at[0], sender(province_at[0], mirrors, portal)
    receive(desk, 1)
    desk.counter.province_line.exchange()
    one.send()
    with province.database.transaction() as connection:
        connection.execute("TRUNCATE chain, entry, dossier, portal_sending")
        connection.execute("DELETE FROM feed WHERE kind <> 'roster'")
        connection.execute("UPDATE unit SET feed_position = (SELECT max(position) FROM feed)")
    desk.counter.province_line.exchange()
    assert one.send() == Sent(taken=1)


def test_accounts_and_answers_that_are_not_right_are_refused(desk: OpenCounter, tmp_path: Path) -> None:
    file = tmp_path / "account.json"
    for text, code in (
        ("{", "portal.bad_account"),
        (json.dumps({"url": "https://x"}), "portal.bad_account"),
        (
            json.dumps(
                {"login_url": "http://portal.vn", "url": "https://x", "destination": "", "username": "", "password": ""}
            ),
            "portal.bad_url",
        ),
    ):
        file.write_text(text)
        with pytest.raises(UserError, match=code.replace(".", r"\.")):
            read_account(file)
    with pytest.raises(EnvironmentFailure, match=r"portal\.no_account"):
        read_account(tmp_path / "none.json")
    forged = PortalAnswer(dossier_id="x", at=desk.desk.clock.now(), covers=())
    with pytest.raises(UserError, match=r"sync\.bad_portal_answer"):
        exchange_of(desk).take_portal_answer(sign_portal_answer(forged, PROVINCE_SIGNER.sign))
