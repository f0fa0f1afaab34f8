"""The province's web pages, over HTTP and in a real browser: who may see what, and that nothing personal is there."""

import json
import logging
import re
import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from io import StringIO
from typing import NamedTuple

import msgspec
import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.clock import to_millis
from counter_app.core.errors import UserError
from counter_app.core.ids import new_id
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import Status
from counter_app.domain.forms.facts import SlipData
from counter_app.domain.forms.kinds import Form
from counter_app.domain.lookup_check import check_of
from counter_app.domain.unit import Unit
from counter_app.journal.chain import GENESIS
from counter_app.journal.entries import DossierActed, UnitSaved, encode_body
from counter_app.journal.journal import make_entry
from counter_app.province.database import Database
from counter_app.province.limits import FAILED, FAILED_CODE
from counter_app.province.logs import JsonLines
from counter_app.province.officers import add_officer, list_officers, remove_officer
from counter_app.province.service import Province
from counter_app.province.web.addresses import look_up_address, slip_link
from counter_app.province.web.running import web_served
from counter_app.province.web.server import WebOptions
from counter_app.services.answers.printing import PaperRequest
from resources.texts import Language, text
from tests.fakes.browser import Browser, browser
from tests.fakes.desks import person
from tests.fakes.exchanging import hall_folder
from tests.fakes.province import OTHER_UNIT, admit, province_folder, serving, standing_still
from tests.fakes.province_desks import at, enrol, receive
from tests.fakes.web_client import WebAnswer, ask

LOOPBACK = ("127.0.0.1", 0)
WEB_URL = "https://tracuu.example.vn"
#: What is behind this proxy is told apart by what the proxy says; each test comes from networks of its own.
PROXY = "127.0.0.1"


class Place(NamedTuple):
    """A served province, one of its desks, and what a citizen holds in their hands."""

    province: Province
    url: str
    desk: OpenCounter
    code: str
    check: str
    slip: str


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with ExitStack() as stack:
        province = standing_still(stack.enter_context(serving(stack.enter_context(province_folder()))))
        url = stack.enter_context(web_served(province, WebOptions(listen=LOOPBACK, proxy=PROXY)))
        desk = stack.enter_context(at(hall_folder(tmp_path_factory.mktemp("desk"), 1)))
        enrol(desk, province, "H99.14")
        pages = {"lookup_url": look_up_address(WEB_URL), "slip_link": slip_link(WEB_URL)}
        desk.counter.units.save(msgspec.structs.replace(desk.counter.units.own(), **pages))
        code = receive(desk)
        desk.counter.province_line.exchange()
        paper = desk.counter.papers.draft(PaperRequest(form=Form.RECEIPT, codes=(code,)))
        assert isinstance(paper, SlipData)
        assert paper.head.lookup_url == WEB_URL
        yield Place(province, url, desk, code, paper.lookup_check, paper.scan_text.removeprefix(WEB_URL.upper()))


@contextmanager
def officer(province: Province, name: str) -> Iterator[str]:
    with province.database.transaction() as connection:
        token = add_officer(connection, name, now=province.clock.now())
    yield token
    with province.database.transaction() as connection:
        if name in dict(list_officers(connection)):
            remove_officer(connection, name)


def typed(place: Place, code: str, check: str, *, who: str = "203.0.113.1") -> WebAnswer:
    return ask(place.url, "/", form={"code": code, "check": check}, X_Forwarded_For=who)


def words_of(page: str) -> str:
    return re.sub(r"<[^>]+>", " ", page)


def test_holder_of_a_paper_reads_what_the_desk_says_and_nothing_about_anybody(place: Place) -> None:
    said = place.desk.counter.public_statuses.get(place.code, Language.VIETNAMESE).text.splitlines()[1:]
    by_slip = ask(place.url, place.slip, X_Forwarded_For="203.0.113.2")
    by_hand = typed(place, f" {place.code.lower()} ", place.check.replace("-", " ").lower())
    english = ask(place.url, place.slip, Accept_Language="en-GB,en;q=0.9", X_Forwarded_For="203.0.113.2")
    citizen = person()
    for answer in (by_slip, by_hand):
        assert answer.status == 200
        # The last sentences speak of the time at which they were asked for.
        assert [line for line in said[:3] if line not in words_of(answer.text)] == []
    assert text("web.title", Language.ENGLISH) not in by_slip.text
    assert "Status: Received" in english.text
    for answer in (by_slip, by_hand, english):
        for secret in (citizen.full_name, citizen.id_number, citizen.phone, citizen.address, "Đỗ Thị Quầy"):
            assert secret not in answer.text


def test_status_and_hotline_follow_the_desk(place: Place) -> None:
    counter = place.desk.counter
    own = counter.units.own()
    counter.units.save(msgspec.structs.replace(own, hotline="0214 3999 111"))
    code = receive(place.desk, 5)
    counter.dossiers.act(code, Action.TRANSFER, ActionFacts(receiver="Phòng Tư pháp"))
    counter.province_line.exchange()
    check = check_of(code, counter.lookup.get_dossier(code).dossier.id)
    page = words_of(typed(place, code, check, who="203.0.113.3").text)
    public = counter.public_statuses.get(code, Language.VIETNAMESE)
    assert public.status_name in page
    assert "0214 3999 111" in page
    assert "Phòng Tư pháp" not in page


def test_what_other_units_write_and_what_cannot_be_read_changes_nothing_that_is_said(place: Place) -> None:
    province, counter = place.province, place.desk.counter
    code = receive(place.desk, 6)
    counter.province_line.exchange()
    dossier = counter.lookup.get_dossier(code).dossier
    stranger, mate = admit(province, unit=OTHER_UNIT), admit(province, unit=counter.units.own())
    moved = DossierActed(
        dossier_id=dossier.id, desk_name="x", action=Action.TRANSFER, facts=ActionFacts(receiver="Phòng ma")
    )
    at_ms = to_millis(place.desk.desk.clock.now()) + 60_000
    for desk, kind, body, subject in (
        (stranger, moved.KIND, encode_body(moved), dossier.id),
        (mate, UnitSaved.KIND, b"{}", dossier.unit_code),
    ):
        header = (new_id(), desk.id, 1, 1, at_ms << 16, "program", kind, 1, subject)
        entry = make_entry(header, body=body, prev_hash=GENESIS)
        province.take(desk.id, desk.seal([entry])[0].data)

    page = words_of(typed(place, code, check_of(code, dossier.id), who="203.0.113.6").text)

    assert counter.public_statuses.get(code, Language.VIETNAMESE).status_name in page
    assert province.show_dossier(code).status is Status.RECEIVED


def test_unknown_code_and_wrong_check_are_answered_alike(place: Place) -> None:
    other = check_of(place.code, "another dossier")
    answers = {
        typed(place, code, check, who="203.0.113.4").text
        for code, check in (
            (place.code, other),
            ("H99.14-261123-0999", place.check),
            ("không phải mã", ""),
            ("<b>&\x00'\"", "<script>"),
        )
    }
    forged = place.slip[:-3] + ("AAA" if not place.slip.endswith("AAA") else "BBB")
    followed = ask(place.url, forged, X_Forwarded_For="203.0.113.4")
    assert len(answers) == 1
    assert text("web.not_found", Language.VIETNAMESE) in words_of(answers.pop())
    assert followed.status == 404
    assert place.desk.counter.lookup.get_dossier(place.code).dossier.procedure_name not in followed.text


def test_guessing_ends_soon_and_the_paper_still_opens(place: Place) -> None:
    code = receive(place.desk, 7)
    place.desk.counter.province_line.exchange()
    dossier = place.desk.counter.lookup.get_dossier(code).dossier
    guesses = [typed(place, code, "0000-0000", who=f"198.51.100.{n}").status for n in range(FAILED_CODE.most + 1)]
    assert guesses == [404] * FAILED_CODE.most + [429]
    locked = typed(place, code, check_of(code, dossier.id), who="198.51.100.99")
    assert (locked.status, locked.headers["retry-after"]) == (429, str(FAILED_CODE.period_s))
    slip = place.desk.counter.slip_checks.seal(dossier, Form.RECEIPT)
    assert ask(place.url, f"/s/{slip}", X_Forwarded_For="198.51.100.98").status == 200
    # One address that tries many codes, by whatever name it calls itself before the proxy's word.
    tries = [
        ask(
            place.url,
            "/",
            form={"code": f"H99.14-261123-{n:04d}", "check": "0000-0000"},
            X_Forwarded_For=f"192.0.2.{n}" if n % 2 else f"192.0.2.{n}, 2001:db8::{n}",
            **({"x_forwarded_for": f"2001:db8::{n}"} if n % 2 else {}),  # a proxy's word on a line of its own
        ).status
        for n in range(1, FAILED.most + 2)
    ]
    assert tries == [404] * FAILED.most + [429]


def test_right_answers_are_not_held_against_anybody(place: Place) -> None:
    assert [typed(place, place.code, place.check, who="203.0.113.9").status for _ in range(FAILED_CODE.most + 3)] == [
        200
    ] * (FAILED_CODE.most + 3)


@pytest.mark.parametrize("path", ["/", "/style.css", "/fleet", "/nowhere", "/s/QMC1:", "/healthz", "/metrics"])
def test_every_answer_forbids_what_these_pages_never_do(place: Place, path: str) -> None:
    answer = ask(place.url, path, X_Forwarded_For="203.0.113.5")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for name, value in (
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("x-frame-options", "DENY"),
    ):
        assert answer.headers[name] == value
    assert "server" not in answer.headers
    assert "<script" not in answer.text


def test_what_is_no_page_is_refused_and_the_pages_go_on(place: Place) -> None:
    assert ask(place.url, "/" + "x" * 5_000, X_Forwarded_For="203.0.113.6").status == 404
    assert ask(place.url, "/", form={"code": "x" * 5_000}, X_Forwarded_For="203.0.113.6").status == 413
    assert ask(place.url, "/?lang=en&lang=%00%ff&" + "a=1&" * 40, X_Forwarded_For="::bad").status == 200
    assert ask(place.url, "/fleet", method="PUT").status == 501
    head = ask(place.url, "/healthz", method="HEAD")
    assert (head.status, head.text) == (200, "")
    assert ask(place.url, "/healthz").text == "ok\n"


def test_health_says_when_the_database_does_not_answer(place: Place) -> None:
    with place.province.database.transaction() as connection:
        address = f"postgresql://province@/province?host={connection.info.host}"
    closed = Database(address)
    closed.close()
    broken = msgspec.structs.replace(place.province, database=closed)
    with web_served(broken, WebOptions(listen=LOOPBACK)) as url:
        assert ask(url, "/healthz").status == 503
        page = ask(url, place.slip)
        assert (page.status, text("web.busy", Language.VIETNAMESE) in page.text) == (503, True)


def test_only_officers_see_the_fleet_and_the_metrics(place: Place) -> None:
    with officer(place.province, "Lý Thị Mạng") as token:
        assert ask(place.url, "/metrics").status == 401
        assert "<table" not in ask(place.url, "/fleet", Cookie="__Host-officer=guessed").text
        assert ask(place.url, "/fleet/sign-in", form={"token": "GUESSED"}).status == 403
        signed_in = ask(place.url, "/fleet/sign-in", form={"token": f" {token.lower()} "})
        cookie = signed_in.headers["set-cookie"]
        assert signed_in.status == 303
        assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
        session = cookie.partition(";")[0]
        fleet = ask(place.url, "/fleet", Cookie=session)
        assert "H99.14" in fleet.text
        metrics = ask(place.url, "/metrics", Authorization=f"Bearer {token}").text
        assert re.search(r"^counter_entries [1-9]\d*$", metrics, re.MULTILINE)
        assert re.search(r'^counter_requests_total\{route="web_look_up",status="200"\} [1-9]', metrics, re.MULTILINE)
        assert all(re.fullmatch(r"# (HELP|TYPE) .+|[a-z_]+(\{.*\})? [0-9.e+-]+", line) for line in metrics.splitlines())
        for secret in (place.code, "Quầy", person().full_name):
            assert secret not in metrics
        ask(place.url, "/fleet/sign-out", form={}, Cookie=session)
        assert "<table" not in ask(place.url, "/fleet", Cookie=session).text
        again = ask(place.url, "/fleet/sign-in", form={"token": token}).headers["set-cookie"].partition(";")[0]
        with place.province.database.transaction() as connection:
            with pytest.raises(UserError, match="officer_exists"):
                add_officer(connection, "Lý Thị Mạng", now=place.province.clock.now())
            remove_officer(connection, "Lý Thị Mạng")
        assert "<table" not in ask(place.url, "/fleet", Cookie=again).text
        assert ask(place.url, "/metrics", Authorization=f"Bearer {token}").status == 401


def test_log_lines_say_what_was_asked_and_never_about_whom(place: Place) -> None:
    stream, logger = StringIO(), logging.getLogger("counter_app")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        typed(place, place.code, place.check, who="203.0.113.77")
        ask(place.url, place.slip, X_Forwarded_For="203.0.113.77")
        try:
            json.loads(person().full_name)
        except ValueError:
            logger.exception("a page failed")
        # The line of a request is written after its answer.
        while stream.getvalue().count("\n") < 3:
            ask(place.url, "/healthz")
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    events = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert {"route": "web_look_up", "status": 200}.items() <= next(e for e in events if "route" in e).items()
    assert next(e for e in events if e["event"] == "a page failed")["error"] == "JSONDecodeError"
    for secret in (place.code, place.check, place.slip, "203.0.113.77", person().full_name):
        assert secret not in stream.getvalue()


def test_pages_are_served_with_tls_where_no_proxy_stands_before_them(place: Place) -> None:
    with web_served(place.province, WebOptions(listen=("0.0.0.0", 0), name="tracuu.example.vn")) as url:
        assert url.startswith("https://")
        with pytest.raises(Exception, match=r"reset|closed|disconnect|status"):
            ask(url, "/")


def test_a_unit_of_a_province_with_pages_prints_where_they_are() -> None:
    unit = Unit(code="H99.14", name="x", slip_link=slip_link("https://tracuu.example.vn/"))
    assert unit.slip_link == "HTTPS://TRACUU.EXAMPLE.VN/S/"
    assert look_up_address("https://tracuu.example.vn/") == "https://tracuu.example.vn"
    assert slip_link("") == slip_link("https://tra-cứu.example.vn") == ""


def test_citizen_and_officer_find_their_way_in_a_browser(place: Place) -> None:
    with officer(place.province, "Vũ Văn Trực") as token, browser() as page:
        _look_up(page, place)
        _see_fleet(page, place, token)


def _look_up(page: Browser, place: Place) -> None:
    page.resize(360, 740)
    page.open(place.url + "/")
    assert page.run("return document.documentElement.lang") == "vi"
    assert page.run(_UNLABELLED) == []
    assert page.list_unreadable() == []
    page.type("#code", place.code)
    page.type("#check", place.check)
    page.click("main button")
    assert page.texts("h1") == [text("web.answer_title", Language.VIETNAMESE, code=place.code)]
    assert page.run("return document.documentElement.scrollWidth") <= 360
    page.open(place.url + place.slip)
    page.click("nav a")
    assert page.run("return document.documentElement.lang") == "en"
    assert page.texts("h1") == [f"Dossier {place.code}"]
    page.prefer_dark()
    assert page.list_unreadable() == []


def _see_fleet(page: Browser, place: Place, token: str) -> None:
    now = place.province.clock.now()
    quiet = admit(place.province, name="Quầy vắng <b>")
    with place.province.database.transaction() as connection:
        connection.execute(
            "UPDATE desk SET seen_at = %s, numbers_left = 7, disk_free_bytes = 600000000, held = 2 WHERE id = %s",
            (now - timedelta(days=5), quiet.id),
        )
    page.resize(1366, 768)
    page.open(place.url + "/fleet?lang=vi")
    page.type("#token", token)
    page.click("main button")
    (first, *_others) = page.texts("tbody tr")
    assert "Quầy vắng <b>" in first
    for reason in ("silent", "numbers", "disk", "held"):
        assert text(f"web.fleet.reason.{reason}", Language.VIETNAMESE) in first
    assert text("web.fleet.state.alarm", Language.VIETNAMESE) in first
    assert page.run("return document.documentElement.scrollWidth") <= 1366
    assert page.list_unreadable() == []
    page.click("thead th:nth-child(7) a")
    page.click("thead th:nth-child(7) a")
    assert page.run("return document.querySelector('th[aria-sort]').ariaSort") == "descending"
    numbers = [int(cell) for cell in page.texts("tbody td:nth-child(7)") if cell.isdecimal()]
    assert numbers == sorted(numbers, reverse=True)
    assert 7 in numbers
    width, height = struct.unpack(">II", page.picture()[16:24])
    assert (width, height) == (1366, 768)
    page.click("nav button")
    assert page.texts("label") == [text("web.fleet.token", Language.VIETNAMESE)]


_UNLABELLED = "return [...document.querySelectorAll('input')].filter(e => !e.labels.length).map(e => e.id)"
