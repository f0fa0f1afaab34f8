"""Other systems are asked about what desks did, and their answers come down to the dossier."""

import base64
import json
import shutil
from argparse import Namespace
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.cli.output import Output
from counter_app.cli.province_systems import show_systems
from counter_app.core.clock import local_date
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.document import DocumentSource
from counter_app.domain.dossier import Outcome, Paper
from counter_app.domain.person import Party
from counter_app.domain.systems import RequestState, System, SystemLine, Wanted, list_wanted
from counter_app.province import systems as adapters
from counter_app.province.mirrors import Mirrors
from counter_app.province.report_sending import ReportSender, list_reports
from counter_app.province.service import Province
from counter_app.province.system_queue import ask_again, list_unanswered, read_standings
from counter_app.province.system_sending import Asked, SystemSender
from counter_app.province.systems import HttpSystem, SystemAccount, read_systems
from counter_app.province.telling import telling
from counter_app.services.system_sentences import sentence_of
from counter_app.sync.system_answers import SystemAnswer, sign_system_answer
from resources.texts import Language, text
from tests.fakes.daemons import wait_until
from tests.fakes.desks import PROCEDURE, DeskClock, a_form, person
from tests.fakes.exchanging import PROVINCE_SIGNER, exchange_of, hall_folder, hall_unit
from tests.fakes.other_systems import SystemsServer, problems, systems_server
from tests.fakes.province import OTHER_UNIT, admit, empty
from tests.fakes.province_desks import at, enrol
from tests.fakes.written_pdf import written_pdf

UNIT = hall_unit().code


@pytest.fixture
def clock() -> DeskClock:
    return DeskClock()


@pytest.fixture
def province_at(served: tuple[Province, Path], clock: DeskClock) -> tuple[Province, Path]:
    """An empty one that lives in the same hour as the desk."""
    province, folder = served
    empty(province)
    with province.database.transaction() as connection:
        connection.execute("TRUNCATE portal_sending")
    shutil.rmtree(folder / "mirrors", ignore_errors=True)
    return msgspec.structs.replace(province, clock=clock), folder


@pytest.fixture
def desk(
    tmp_path: Path, served: tuple[Province, Path], province_at: tuple[Province, Path], clock: DeskClock
) -> Iterator[OpenCounter]:
    with at(hall_folder(tmp_path, 1), clock) as made:
        enrol(made, province_at[0], UNIT)
        yield made


@pytest.fixture
def server() -> Iterator[SystemsServer]:
    with systems_server() as made:
        yield made


@pytest.fixture
def mirrors(province_at: tuple[Province, Path]) -> Iterator[Mirrors]:
    province, folder = province_at
    made = Mirrors(folder, province.database, province.authority.signer.public_key, province.clock)
    yield made
    made.close()


def asking(province: Province, mirrors: Mirrors, server: SystemsServer, *names: str) -> SystemSender:
    accounts = msgspec.convert(server.settings(*names), dict[System, SystemAccount])
    return SystemSender(province, mirrors, {name: HttpSystem(name, account) for name, account in accounts.items()})


def receive(desk: OpenCounter, number: int = 0, **changes: object) -> str:
    form = msgspec.structs.replace(a_form(number), wants_notices=True, **changes)
    return desk.counter.intake.receive(form, Outcome.ACCEPTED).dossier.code


def exchange(desk: OpenCounter) -> None:
    desk.counter.province_line.exchange()


def lines(desk: OpenCounter, code: str) -> dict[str, SystemLine]:
    return {line.request.partition(":")[0]: line for line in desk.counter.lookup.get_dossier(code).systems}


def said(line: SystemLine) -> str:
    return sentence_of(line, lambda key, **context: text(key, Language.VIETNAMESE, **context))


def let_it_try(province: Province) -> None:
    """As after the wait that a failed try is followed by."""
    with province.database.transaction() as connection:
        connection.execute("UPDATE system_request SET try_after = NULL")


def in_records(server: SystemsServer, party: Party, **changes: str) -> None:
    facts = {"name": party.full_name, "birth": str(party.birth_year), "sex": "2", **changes}
    server.systems.population[party.id_number] = (facts["name"], facts["birth"], facts["sex"])


def test_identities_and_messages_are_asked_for_and_the_desk_says_what_stands_open(
    desk: OpenCounter, province_at: tuple[Province, Path], server: SystemsServer, mirrors: Mirrors
) -> None:
    sender = asking(province_at[0], mirrors, server, "population", "notices")
    in_records(server, person(1))
    in_records(server, person(2), name="Nguyễn Thị Khác")
    good, bad, stranger = (receive(desk, number) for number in (1, 2, 3))
    assert lines(desk, good) == {}  # nobody said yet that anything is asked
    exchange(desk)
    assert sender.send() == Asked(answered=6)
    assert sender.send() == Asked()
    exchange(desk)
    outcomes = {code: said(lines(desk, code)["applicant"]) for code in (good, bad, stranger)}
    assert outcomes[good] == "Khớp với CSDL dân cư"
    assert "họ tên" in outcomes[bad]
    assert "không có số này" in outcomes[stranger]
    assert [(debt.dossier_code, debt.line.facts["outcome"]) for debt in desk.counter.identity_debts.list_all()] == [
        (bad, "differs"),
        (stranger, "unknown"),
    ]
    assert lines(desk, good)["received"].facts["carrier"] == "SMS"
    assert {message["to"] for message in server.systems.messages} == {person(number).phone for number in (1, 2, 3)}
    assert not any(person(1).full_name in message["words"] for message in server.systems.messages)
    late = receive(desk, 4)  # the line is down from here
    assert lines(desk, late)["applicant"].state is RequestState.WAITING
    assert said(lines(desk, late)["received"]) == "đã tiếp nhận: chưa gửi"
    assert late in {debt.dossier_code for debt in desk.counter.identity_debts.list_all()}
    quiet = desk.counter.intake.receive(a_form(5), Outcome.ACCEPTED).dossier.code
    assert "received" not in lines(desk, quiet)


def test_one_unit_that_is_written_to_keeps_no_other_from_hearing_which_systems_there_are(
    desk: OpenCounter, province_at: tuple[Province, Path], server: SystemsServer, mirrors: Mirrors
) -> None:
    province, later = province_at[0], OTHER_UNIT.code
    admit(province, unit=OTHER_UNIT)
    told = "SELECT unit_code FROM system_offer"

    def units() -> list[str]:
        with province.database.transaction() as connection:
            return [row.unit_code for row in connection.execute(told)]

    with ThreadPoolExecutor(1) as pool:
        with province.database.transaction() as writer:
            writer.execute("SELECT 1 FROM unit WHERE code = %s FOR UPDATE", (later,))  # as a batch of its desks does
            sent = pool.submit(asking(province, mirrors, server, "notices").send)
            wait_until(lambda: units() == [UNIT], "the unit before it was told")
        assert sent.result(60) == Asked()
    assert sorted(units()) == [UNIT, later]


def test_an_answer_by_a_clock_that_was_put_back_since_counts(
    desk: OpenCounter, province_at: tuple[Province, Path], server: SystemsServer, mirrors: Mirrors, clock: DeskClock
) -> None:
    province = province_at[0]
    ahead = msgspec.structs.replace(province, clock=DeskClock(clock.now() + timedelta(days=1)))
    code = receive(desk, 1)
    exchange(desk)
    assert asking(ahead, mirrors, server, "population").send() == Asked(answered=1)
    exchange(desk)
    assert "không có số này" in said(lines(desk, code)["applicant"])
    in_records(server, person(1))
    with province.database.transaction() as connection:
        connection.execute("UPDATE system_request SET state = 'waiting'")

    assert asking(province, mirrors, server, "population").send() == Asked(answered=1)

    exchange(desk)
    assert said(lines(desk, code)["applicant"]) == "Khớp với CSDL dân cư"


def test_payment_and_decision_are_asked_for_until_they_are_there_and_pointless_questions_are_dropped(
    desk: OpenCounter, province_at: tuple[Province, Path], server: SystemsServer, mirrors: Mirrors
) -> None:
    province = province_at[0]
    sender = asking(province, mirrors, server, "payment", "decisions")
    code, other = receive(desk, 1), receive(desk, 2)
    for one in (code, other):
        desk.counter.dossiers.act(one, Action.TRANSFER, ActionFacts(receiver="Phòng Tư pháp"))
    desk.counter.dossiers.act(other, Action.REQUEST_PAYMENT, ActionFacts(amount=150_000, reason="lệ phí"))
    exchange(desk)
    assert sender.send() == Asked(waiting=2)
    exchange(desk)
    assert lines(desk, code)["decision"].state is RequestState.SENT
    assert "Chưa thấy" in said(lines(desk, other)["payment"])
    server.systems.decisions[code] = {"SoKyHieu": "12/QĐ-UBND", "NgayBanHanh": "20261128", "NguoiKy": "Lê Văn Mẫu"}
    server.systems.payments[other] = {"SoTien": "150000", "ThoiDiem": "20261128101500", "MaGiaoDich": "GD.1"}
    assert sender.send() == Asked()  # not before the time of the next try
    let_it_try(province)
    assert sender.send() == Asked(answered=2)
    exchange(desk)
    assert said(lines(desk, code)["decision"]) == "Số 12/QĐ-UBND, ngày 28/11/2026 Lê Văn Mẫu"
    proposed = {offer.action: offer.proposed for offer in desk.counter.dossiers.list_actions(code)}[Action.RESOLVE]
    assert (proposed.result_number, proposed.result_on) == ("12/QĐ-UBND", date(2026, 11, 28))
    assert said(lines(desk, other)["payment"]) == "Đã thanh toán trực tuyến 150.000 đ lúc 10:15 28/11/2026, mã GD.1"
    third = receive(desk, 3)
    desk.counter.dossiers.act(third, Action.TRANSFER, ActionFacts(receiver="Phòng Tư pháp"))
    exchange(desk)
    assert sender.send() == Asked(waiting=1)
    facts = ActionFacts(result_kind="Quyết định", result_number="1", result_on=date(2026, 11, 27))
    desk.counter.dossiers.act(third, Action.RESOLVE, facts)
    exchange(desk)
    let_it_try(province)
    assert sender.send() == Asked()
    with province.database.transaction() as connection:
        open_rows = connection.execute("SELECT 1 FROM system_request WHERE state IN ('waiting', 'sent')").fetchall()
    assert open_rows == []


def test_system_that_lies_is_asked_again_later_and_the_others_answer(
    desk: OpenCounter,
    province_at: tuple[Province, Path],
    server: SystemsServer,
    mirrors: Mirrors,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sender = asking(province_at[0], mirrors, server, "population", "notices")
    for number, lie in enumerate(("html", "huge", "cut", "nonsense"), start=1):
        in_records(server, person(number))
        server.behaving = {"notices": lie}
        code = receive(desk, number)
        exchange(desk)
        assert sender.send() == Asked(answered=1, waiting=1), lie
        server.behaving = {}
        let_it_try(province_at[0])
        assert sender.send() == Asked(answered=1), lie
        exchange(desk)
        assert lines(desk, code)["received"].state is RequestState.ANSWERED
        assert len(server.systems.messages) == number  # told once, however often it was asked
    receive(desk, 9)
    exchange(desk)
    server.behaving = {"notices": "slow"}
    with monkeypatch.context() as patch:
        patch.setattr(adapters, "_ANSWER_S", 0.5)
        assert asking(province_at[0], mirrors, server, "notices").send() == Asked(waiting=1)


def test_what_is_refused_is_said_and_asked_again_on_request_and_what_is_too_late_is_given_up(
    desk: OpenCounter, province_at: tuple[Province, Path], server: SystemsServer, mirrors: Mirrors, clock: DeskClock
) -> None:
    province = province_at[0]
    sender = asking(province, mirrors, server, "notices")
    bad = receive(desk, 1, applicant=msgspec.structs.replace(person(1), phone="0237123"))
    exchange(desk)
    assert sender.send() == Asked(refused=1)
    exchange(desk)
    assert "SoDienThoai" in said(lines(desk, bad)["received"])
    with province.database.transaction() as connection:
        (refused,) = list_unanswered(connection)
        assert (refused.code, refused.unit, refused.reason) == (bad, UNIT, "SoDienThoai")
        assert ask_again(connection) == 1
        assert read_standings(connection)[0].counts["waiting"] == 1
    clock.move(timedelta(days=4))
    assert sender.send() == Asked(refused=1)
    exchange(desk)
    assert "quá muộn" in said(lines(desk, bad)["received"])
    gone = SystemSender(province, mirrors, {})
    gone.send()
    exchange(desk)
    assert lines(desk, receive(desk, 2)) == {}  # no system is asked any more, so nothing is owed
    assert desk.counter.identity_debts.list_all() == ()


def test_papers_that_a_dossier_lacks_are_looked_up_in_the_national_store_and_what_it_has_is_said(
    desk: OpenCounter, province_at: tuple[Province, Path], server: SystemsServer, mirrors: Mirrors
) -> None:
    known = desk.counter.catalogue.get(PROCEDURE)
    (case, *_) = known.cases
    coded = tuple(
        msgspec.structs.replace(one, code=f"KQ.G01.00000{number}") for number, one in enumerate(case.components)
    )
    case = msgspec.structs.replace(case, components=coded[:2])
    on = local_date(desk.desk.clock.now())
    desk.counter.catalogue.publish([msgspec.structs.replace(known, effective_on=on, cases=(case,))])
    first, second = desk.counter.catalogue.get(PROCEDURE).cases[0].components
    had = Paper(name=first.name, code=first.code, original=1)
    sender = asking(province_at[0], mirrors, server, "store")
    exchange(desk)
    assert sender.send() == Asked()
    exchange(desk)
    some, none = (receive(desk, number, papers=(had,)) for number in (1, 2))
    (line,) = desk.counter.lookup.get_dossier(some).systems
    assert (line.state, line.about) == (RequestState.WAITING, second.name)
    assert "chưa hỏi" in said(line)
    birth = {"TenGiayTo": "Giấy khai sinh", "SoKyHieu": "12/2001", "CoQuanChuQuan": "UBND xã Mẫu"}
    files = [{"TenTep": "ks.pdf", "DuongDan": "/kho/1.pdf"}]
    server.systems.files["UBND xã Mẫu", "/kho/1.pdf"] = base64.b64encode(written_pdf("Giấy khai sinh")).decode()
    server.behaving = {"files": "html"}
    server.systems.stored[person(1).id_number, second.code] = [
        {**birth, "DanhSachTepDinhKem": files},
        {"TenGiayTo": "Bản sao trích lục", "SoKyHieu": "", "CoQuanChuQuan": "Sở Tư pháp", "DanhSachTepDinhKem": []},
    ]
    exchange(desk)
    assert sender.send() == Asked(waiting=1)  # what it has cannot be fetched: the whole is asked for again
    server.behaving = {}
    let_it_try(province_at[0])
    assert sender.send() == Asked(answered=2)
    assert {body["SoDinhDanhChuSoHuu"] for _, body in server.systems.asked} == {
        person(1).id_number,
        person(2).id_number,
    }
    exchange(desk)
    (found,) = desk.counter.lookup.get_dossier(some).systems
    assert all(word in said(found) for word in ("Giấy khai sinh, số 12/2001, UBND xã Mẫu", "Bản sao trích lục, số -"))
    (missing,) = desk.counter.lookup.get_dossier(none).systems
    assert said(missing) == f"{second.name}: kho quốc gia không có"
    assert desk.counter.reuse.list_offers(none) == ()
    (offer,) = desk.counter.reuse.list_offers(some)
    assert offer.stored is not None
    assert (offer.component, offer.stored.number, offer.stored.agency) == (2, "12/2001", "UBND xã Mẫu")
    with pytest.raises(UserError, match=r"document\.not_reusable"):
        desk.counter.reuse.use(offer.document_id, none, component=2)
    view = desk.counter.reuse.use(offer.document_id, some, component=2)
    facts = view.document.facts
    assert (view.document.source, facts.number_symbol, facts.issuer) == (DocumentSource.STORE, "12/2001", "UBND xã Mẫu")
    assert facts.kind_code == second.code
    assert desk.counter.digitising.read_file(view.document.id).startswith(b"%PDF-")
    assert desk.counter.reuse.list_offers(some) == ()
    body: Any = desk.counter.portal_payloads.get(some).dossier
    (attached,) = body["data"][0]["TaiLieuNop"]
    assert (attached["DuocLayTuKhoDMQG"], attached["DuocTaiSuDung"]) == ("1", "0")


def test_figures_of_a_period_are_told_once_and_again_when_late_entries_change_them(
    desk: OpenCounter,
    province_at: tuple[Province, Path],
    server: SystemsServer,
    mirrors: Mirrors,
    clock: DeskClock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    province = province_at[0]
    account = msgspec.convert(server.settings()["reports"], SystemAccount)

    def reporter() -> ReportSender:
        return ReportSender(province, mirrors, HttpSystem(System.REPORTS, account))

    decided, stopped, _open = (receive(desk, number) for number in (1, 2, 3))
    desk.counter.dossiers.act(decided, Action.TRANSFER, ActionFacts(receiver="Phòng Tư pháp"))
    facts = ActionFacts(result_kind="Quyết định", result_number="1", result_on=local_date(clock.now()))
    desk.counter.dossiers.act(decided, Action.RESOLVE, facts)
    desk.counter.dossiers.act(stopped, Action.WITHDRAW, ActionFacts(reason="Công dân rút hồ sơ"))
    exchange(desk)
    assert reporter().send() == 0  # no period has just ended
    clock.move(datetime(2026, 12, 16, 2, tzinfo=UTC) - clock.now())
    server.behaving = {"reports": "html"}
    one = reporter()
    assert one.send() == 0
    server.behaving = {}
    assert one.send() == 0  # not before the time of the next try
    let_it_try(province)
    assert (one.send(), one.send(), reporter().send()) == (1, 0, 0)
    (told,) = server.systems.reports
    assert (told["TuNgay"], told["DenNgay"], told["LanGui"]) == ("20251215", "20261214", "1")
    (row,) = told["DanhSachSoLieu"]
    assert {name: count for name, count in row.items() if count not in ("0", UNIT)} == {
        "LinhVuc": desk.counter.catalogue.get(PROCEDURE).field_name,
        "TiepNhanTrucTiep": "3",
        "GiaiQuyetDungHan": "1",
        "DungRut": "1",
        "DangGiaiQuyetQuaHan": "1",
    }
    receive(desk, 4, received_at=clock.now() - timedelta(days=5))
    receive(desk, 5)  # of the next period
    exchange(desk)
    assert one.send() == 0  # not counted anew at every entry
    clock.move(timedelta(hours=7))
    assert one.send() == 1
    again = server.systems.reports[-1]
    assert (again["LanGui"], again["DanhSachSoLieu"][0]["TiepNhanTrucTiep"]) == ("2", "4")
    assert again["MaYeuCau"] != told["MaYeuCau"]
    with province.database.transaction() as connection:
        assert [(one.unit, one.times, one.state) for one in list_reports(connection)] == [
            (UNIT, 1, RequestState.ANSWERED),
            (UNIT, 2, RequestState.ANSWERED),
        ]
        assert read_standings(connection)[-1].counts["answered"] == 2
    for as_json in (True, False):
        show_systems(province, Namespace(again=False), Output(language=Language.VIETNAMESE, as_json=as_json))
    shown, _, lines = capsys.readouterr().out.partition("\n}\n")
    assert [(one["last"], one["times"]) for one in json.loads(f"{shown}}}")["reports"]] == [
        ("2026-12-14", 1),
        ("2026-12-14", 2),
    ]
    assert f"Số liệu của {UNIT} từ 15/12/2025 đến 14/12/2026, lần 2: đã trả lời" in lines
    clock.move(timedelta(days=60))
    assert reporter().send() == 0  # too long ago


def test_figures_of_a_period_that_is_over_keep_no_later_ones_from_being_told(
    desk: OpenCounter, province_at: tuple[Province, Path], server: SystemsServer, mirrors: Mirrors, clock: DeskClock
) -> None:
    province = province_at[0]
    receive(desk)
    exchange(desk)
    clock.move(datetime(2026, 12, 16, 2, tzinfo=UTC) - clock.now())
    with province.database.transaction() as connection:
        for number in range(200):
            connection.execute(
                "INSERT INTO system_request (dossier, system, request, unit_code) VALUES (%s, 'reports', %s, %s)",
                (f"{number} 15/12/2025-14/03/2026", "2025-12-15/2026-03-14:1:abc", UNIT),
            )
    account = msgspec.convert(server.settings()["reports"], SystemAccount)
    reporter = ReportSender(province, mirrors, HttpSystem(System.REPORTS, account))

    assert reporter.send() + reporter.send() == 1
    assert [told["DenNgay"] for told in server.systems.reports] == ["20261214"]


def test_service_asks_by_itself_whatever_the_portal_does(
    desk: OpenCounter, served: tuple[Province, Path], server: SystemsServer
) -> None:
    province, folder = served
    accounts = msgspec.convert(server.settings("population"), dict[System, SystemAccount])
    receive(desk, 1)
    exchange(desk)
    made = {name: HttpSystem(name, account) for name, account in accounts.items()}
    with telling(province, folder, None, made, every_s=0.05):
        wait_until(lambda: bool(server.systems.asked), "the population database was asked")


def test_settings_and_answers_that_are_not_right_are_refused(desk: OpenCounter, tmp_path: Path) -> None:
    file = tmp_path / "systems.json"
    for content, code in (
        ("{", "systems.bad_settings"),
        (json.dumps({"weather": {"url": "https://x", "token": ""}}), "systems.bad_settings"),
        (json.dumps({"payment": {"url": "http://x.vn", "token": ""}}), "systems.bad_url"),
    ):
        file.write_text(content)
        with pytest.raises(UserError, match=code.replace(".", r"\.")):
            read_systems(file)
    with pytest.raises(EnvironmentFailure, match=r"systems\.no_settings"):
        read_systems(tmp_path / "none.json")
    forged = SystemAnswer(
        dossier_id="x",
        system=System.POPULATION,
        request="applicant:1",
        state=RequestState.ANSWERED,
        at=desk.desk.clock.now(),
    )
    with pytest.raises(UserError, match=r"sync\.bad_system_answer"):
        exchange_of(desk).take_system_answer(sign_system_answer(forged, PROVINCE_SIGNER.sign))


def test_every_question_is_as_its_system_wants_it_and_names_can_be_others(
    desk: OpenCounter, server: SystemsServer
) -> None:
    code = receive(desk, 1)
    view = desk.counter.lookup.get_dossier(code)
    identity, notice = list_wanted(view.dossier, view.state)
    questions = (
        identity,
        notice,
        Wanted(system=System.PAYMENT, request="payment:1:1", facts={"code": code, "amount": "1"}),
        Wanted(system=System.DECISIONS, request="decision:0", facts={"code": code}),
    )
    # Two are asked in their own tests, the competent unit by nobody.
    assert {one.system for one in questions} == set(System) - {System.STORE, System.REPORTS, System.COMPETENT}
    now = desk.desk.clock.now()
    for wanted in questions:
        account = msgspec.convert(server.settings()[wanted.system.value], SystemAccount)
        answer = HttpSystem(wanted.system, account).ask(UNIT, view.dossier.id, wanted, now)
        assert answer.state is not RequestState.REFUSED, answer
        renamed = msgspec.structs.replace(account, names={"MaHoSo": "MaHS", "SoDinhDanh": "CCCD"})
        assert HttpSystem(wanted.system, renamed).ask(UNIT, view.dossier.id, wanted, now).state is RequestState.REFUSED
        for system, body in server.systems.asked[-2:-1]:
            assert problems(system, body) == []
            for name in body:
                assert name in problems(system, {**body, name: 5})
    account = msgspec.convert({**server.settings()["population"], "token": "khác"}, SystemAccount)
    with pytest.raises(EnvironmentFailure, match=r"systems\.unreachable"):
        HttpSystem(System.POPULATION, account).ask(UNIT, view.dossier.id, identity, now)
