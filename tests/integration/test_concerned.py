"""A commune receives for another one: its desks see the dossier, state what became of it, and the answer comes back."""

import os
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, update

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.core.ids import new_id
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.concerned import ConcernedAnswer, ConcernedOutcome
from counter_app.domain.document import Document, DocumentContent
from counter_app.domain.systems import System
from counter_app.domain.unit import Role
from counter_app.journal.chain import GENESIS
from counter_app.journal.entries import DocumentAttached, DossierReceived, Entry, decode_body, encode_body
from counter_app.journal.exchange_entries import ConcernedAnswered, concerned_subject
from counter_app.journal.journal import make_entry
from counter_app.province import concerned
from counter_app.province.bundles import ProvinceBundles
from counter_app.province.concerned import Told
from counter_app.province.folding import Folded, fold_dossier
from counter_app.province.service import Province
from counter_app.province.telling import telling
from counter_app.services.answers.lists import Scope
from counter_app.services.document_places import document_of
from counter_app.services.paper_line import PaperFetching
from counter_app.services.system_sentences import sentence_of
from counter_app.store.tables import exchange, journal
from counter_app.sync.papers import PaperLine, PaperName
from resources.texts import Language, text
from tests.fakes.concerned_place import Place, concerned_place
from tests.fakes.daemons import wait_until
from tests.fakes.desks import START, person
from tests.fakes.exchanging import ADMIN, picture_of
from tests.fakes.hostile_pdf import a_pdf
from tests.fakes.province import OTHER_UNIT, UNIT, admit
from tests.fakes.province_desks import is_sound

RESULT = ConcernedAnswer(
    outcome=ConcernedOutcome.RESULT, number="12/QĐ-UBND", decided_on=date(2026, 11, 22), signer="Lê Thị Ký"
)


@pytest.fixture
def place(tmp_path: Path, served: tuple[Province, Path]) -> Iterator[Place]:
    with concerned_place(tmp_path, served[0]) as made:
        yield made


def said(made: OpenCounter, code: str) -> list[str]:
    lines = made.counter.lookup.get_dossier(code).systems
    return [
        sentence_of(line, lambda key, **context: text(key, Language.VIETNAMESE, **context))
        for line in lines
        if line.system is System.COMPETENT
    ]


def proposed(made: OpenCounter, code: str, action: Action = Action.RESOLVE) -> ActionFacts:
    return {offer.action: offer.proposed for offer in made.counter.dossiers.list_actions(code)}[action]


def test_dossier_is_shown_to_the_unit_that_decides_it_and_its_decision_comes_back(place: Place) -> None:
    receiving, deciding = place.receiving, place.deciding
    code, own = place.receive(with_paper=True), place.receive(2, competent=UNIT.code)
    receiving.counter.province_line.exchange()
    assert place.tell() == Told()  # the other unit has no desk yet
    deciding.counter.province_line.exchange()
    assert place.tell() == Told(shown=1)
    deciding.counter.province_line.exchange()

    (row,) = deciding.counter.concerned.list_open()
    shown, whole = row.dossier, receiving.counter.lookup.get_dossier(code).dossier
    assert (shown.code, shown.unit_name, shown.applicant_name) == (code, UNIT.name, person(1).full_name)
    assert (shown.received_at, len(shown.papers)) == (whole.received_at, len(whole.papers))
    assert (row.is_waiting, row.here) == (True, (False,))
    assert deciding.counter.concerned.read_file(code, 1).startswith(b"%PDF-")
    assert deciding.counter.concerned.get(code).here == (True,)
    with pytest.raises(UserError, match=r"concerned\.unknown"):
        deciding.counter.concerned.get(own)
    assert place.carry() == Told()

    lacks = ConcernedAnswer(outcome=ConcernedOutcome.SUPPLEMENT, words="thiếu bản sao hộ khẩu")
    deciding.counter.concerned.answer(code, lacks)
    assert place.carry() == Told(answered=1)
    assert "thiếu bản sao hộ khẩu" in said(receiving, code)[0]
    assert proposed(receiving, code).result_number == ""
    assert not deciding.counter.concerned.list_open()[0].is_waiting
    place.clock.move(timedelta(minutes=5))
    deciding.counter.concerned.answer(code, RESULT)
    assert deciding.counter.concerned.list_open() == ()
    assert place.carry() == Told(answered=1)
    assert said(receiving, code) == [f"{OTHER_UNIT.name} đã ban hành kết quả: số 12/QĐ-UBND, ngày 22/11/2026 Lê Thị Ký"]
    facts = proposed(receiving, code)
    assert (facts.result_number, facts.result_on) == (RESULT.number, RESULT.decided_on)
    assert receiving.counter.lookup.get_dossier(code).state.result is None  # only a clerk changes a dossier

    receiving.counter.dossiers.act(code, Action.RESOLVE, ActionFacts(result_kind="Quyết định"))
    arriving = proposed(receiving, code, Action.RESULT_ARRIVED)
    assert (arriving.result_number, arriving.result_on) == (RESULT.number, RESULT.decided_on)
    receiving.counter.dossiers.act(code, Action.RESULT_ARRIVED, arriving)
    assert place.carry() == Told(shown=1)
    assert not deciding.counter.concerned.get(code).dossier.is_open
    assert place.tell() == Told()
    for made in (receiving, deciding):
        assert is_sound(made)
        before = picture_of(made)
        made.counter.verification.rebuild()
        assert picture_of(made) == before


def test_nobody_waits_for_a_unit_while_a_dossier_is_folded(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.receive()
    place.deciding.counter.province_line.exchange()
    place.receiving.counter.province_line.exchange()
    free: list[bool] = []

    def looking(entries: Sequence[Any]) -> Folded | None:
        with place.province.database.transaction() as connection:
            query = "SELECT 1 FROM unit WHERE code = ANY(%s) FOR NO KEY UPDATE SKIP LOCKED"
            free.append(len(connection.execute(query, ([UNIT.code, OTHER_UNIT.code],)).fetchall()) == 2)
        return fold_dossier(entries)

    monkeypatch.setattr(concerned, "fold_dossier", looking)
    assert place.tell() == Told(shown=1)
    assert free == [True]


@pytest.mark.parametrize("facts", ['{"code": "H99.66", "name": "xấu \\u0000"}', "{", '{"name": "xấu \\ud800"}'])
def test_a_unit_whose_name_cannot_be_read_keeps_no_other_from_being_told(place: Place, facts: str) -> None:
    code = place.receive()
    admit(place.province, unit=msgspec.structs.replace(OTHER_UNIT, code="H99.66"))
    place.receiving.counter.units.save(msgspec.structs.replace(OTHER_UNIT, code="H99.66"))
    place.receive(2, competent="H99.66")
    with place.province.database.transaction() as connection:
        connection.execute("UPDATE unit SET facts = %s WHERE code = 'H99.66'", (facts.encode(),))
    place.deciding.counter.province_line.exchange()
    assert place.carry() == Told(shown=2)
    assert place.deciding.counter.concerned.get(code).dossier.unit_name == UNIT.name

    with place.province.database.transaction() as connection:
        connection.execute("UPDATE unit SET facts = %s WHERE code = %s", (facts.encode(), UNIT.code))
    place.receive(3)
    assert place.carry() == Told(shown=1)
    assert {row.dossier.unit_name for row in place.deciding.counter.concerned.list_open()} == {UNIT.name, UNIT.code}


def test_withdrawn_dossier_waits_no_more_and_its_papers_are_not_given_any_more(place: Place) -> None:
    receiving, deciding = place.receiving, place.deciding
    code = place.receive(with_paper=True)
    deciding.counter.province_line.exchange()
    place.carry()
    deciding.counter.concerned.read_file(code, 1)
    for file in deciding.desk.folder.vault.rglob("*"):
        os.utime(file, (0, 0))  # long enough there to be swept
    assert deciding.counter.vault_care.tend().deleted == 0
    receiving.counter.dossiers.act(code, Action.WITHDRAW, ActionFacts(reason="công dân rút"))
    assert place.carry() == Told(shown=1)
    assert deciding.counter.concerned.list_open() == ()
    assert deciding.counter.vault_care.tend().deleted == 1
    with pytest.raises(UserError, match=r"concerned\.ended"):
        deciding.counter.concerned.answer(code, RESULT)
    with pytest.raises(UserError, match=r"document\.not_fetched"):
        deciding.counter.concerned.read_file(code, 1)


def test_unit_answers_nothing_that_it_does_not_decide(place: Place) -> None:
    receiving, deciding = place.receiving, place.deciding
    receiving.counter.units.save(third := msgspec.structs.replace(OTHER_UNIT, code="H99.16"))
    code = place.receive(competent=third.code)
    whole = receiving.counter.lookup.get_dossier(code).dossier
    place.carry()
    body = ConcernedAnswered(dossier_id=whole.id, unit_code=UNIT.code, code=code, answer=RESULT)
    with deciding.desk.transaction() as connection:
        deciding.desk.journal.append(connection, body, clerk="program", subject=concerned_subject(whole.id))
    assert place.carry() == Told()
    assert said(receiving, code) == []


def test_dossier_comes_by_memory_stick_and_a_running_province_tells_by_itself(
    place: Place, served: tuple[Province, Path], tmp_path: Path
) -> None:
    receiving, deciding = place.receiving, place.deciding
    code = place.receive(with_paper=True)
    receiving.counter.province_line.exchange()
    deciding.counter.province_line.exchange()

    def is_told() -> bool:
        with place.province.database.transaction() as connection:
            return connection.execute("SELECT 1 FROM concerned WHERE told = changes").fetchone() is not None

    with telling(place.province, served[1], None, every_s=0.05):
        wait_until(is_told, "the dossier is told of")
    sticks = ProvinceBundles(place.province)
    deciding.counter.bundles.export(tmp_path / "up")
    sticks.take(tmp_path / "up")
    sticks.export(deciding.desk.desk.id, tmp_path / "down")
    deciding.counter.bundles.take(tmp_path / "down")
    assert deciding.counter.concerned.get(code).dossier.received_at >= START


def figures(made: OpenCounter) -> tuple[int, int]:
    """What the start page says; the list must say the same of each."""
    counted = made.counter.figures.read(Scope.UNIT).concerned
    rows = made.counter.concerned.list_under_way()
    assert (counted.waiting, counted.late) == (sum(row.is_waiting for row in rows), sum(row.is_late for row in rows))
    return counted.waiting, counted.late


def test_turns_between_the_units_and_who_may_answer_again(place: Place) -> None:
    receiving, deciding = place.receiving, place.deciding
    later, code = place.receive(2), place.receive()
    deciding.counter.province_line.exchange()
    place.carry()
    due = deciding.counter.concerned.get(code).dossier.due_at
    assert due is not None
    assert figures(deciding) == (2, 0)
    place.clock.move(due - place.clock.now() + timedelta(minutes=1))
    assert figures(deciding) == (2, 2)

    deciding.counter.session.save_clerk(login="can", full_name="Cán Bộ", role=Role.CLERK, password="mật khẩu thử")
    deciding.counter.session.act_as("can")
    lacks = ConcernedAnswer(outcome=ConcernedOutcome.SUPPLEMENT, words="thiếu bản sao hộ khẩu")
    deciding.counter.concerned.answer(code, lacks)
    assert figures(deciding) == (1, 1)
    with pytest.raises(UserError, match=r"concerned\.one_supplement"):
        deciding.counter.concerned.answer(code, lacks)
    place.carry()
    place.clock.move(timedelta(minutes=1))
    receiving.counter.dossiers.act(code, Action.ASK_SUPPLEMENT, ActionFacts(reason="thiếu"))
    place.carry()
    assert figures(deciding) == (1, 1)  # the citizen's move is awaited
    place.clock.move(timedelta(minutes=1))
    receiving.counter.dossiers.act(code, Action.RECEIVE_SUPPLEMENT, ActionFacts())
    place.carry()
    assert figures(deciding)[0] == 2
    assert deciding.counter.concerned.get(code).is_waiting

    place.clock.move(timedelta(minutes=1))
    deciding.counter.concerned.answer(code, ConcernedAnswer(outcome=ConcernedOutcome.REFUSED, words="sai"))
    assert [row.dossier.code for row in deciding.counter.concerned.list_open()] == [later]
    assert [row.dossier.code for row in deciding.counter.concerned.list_under_way()] == [later, code]
    assert [row.dossier.code for row in deciding.counter.concerned.list_under_way(most=1)] == [later]
    with pytest.raises(UserError, match=r"concerned\.decided"):
        deciding.counter.concerned.answer(code, RESULT)
    deciding.counter.session.act_as(ADMIN)
    assert deciding.counter.concerned.answer(code, RESULT).answer == RESULT
    figures(deciding)


def test_nobody_corrects_an_answer_that_came_after_theirs_was_begun(place: Place) -> None:
    code = place.receive(1)
    place.deciding.counter.province_line.exchange()
    place.carry()
    concerned = place.deciding.counter.concerned
    refused = ConcernedAnswer(outcome=ConcernedOutcome.REFUSED, words="không đủ điều kiện")
    opened = concerned.get(code)
    stated = concerned.answer(code, RESULT, seen=opened)
    with pytest.raises(UserError, match=r"concerned\.answered_meanwhile"):
        concerned.answer(code, refused, seen=opened)
    assert concerned.get(code) == stated
    place.clock.move(timedelta(minutes=1))
    again = concerned.answer(code, RESULT, seen=stated)  # the same once more is another statement too
    with pytest.raises(UserError, match=r"concerned\.answered_meanwhile"):
        concerned.answer(code, refused, seen=stated)
    assert concerned.answer(code, refused, seen=again).answer == refused


def attach(made: OpenCounter, code: str, content: DocumentContent) -> Document:
    """Journal a document as any program may that has a key of its unit."""
    document = document_of(made.counter.lookup.get_dossier(code).dossier, 0, content)
    with made.desk.transaction() as connection:
        body = DocumentAttached(document=document)
        made.desk.journal.append(connection, body, clerk="program", subject=document.dossier_id)
    return document


def test_what_another_unit_says_of_its_papers_is_not_believed_and_what_cannot_be_read_hides_nothing(
    place: Place,
) -> None:
    receiving, deciding = place.receiving, place.deciding
    code, spoilt = place.receive(with_paper=True), place.receive(2)
    (view,) = receiving.counter.digitising.list_of_dossier(code)
    hostile = receiving.desk.vault.put([a_pdf((b"/A Do /A Do", 0))])
    attach(receiving, code, msgspec.structs.replace(view.document.content, pages=10**9))
    attach(receiving, code, DocumentContent(sha256=hostile.sha256, size_bytes=hostile.size_bytes, pages=1))
    nowhere = DocumentContent(sha256="ab" * 32, size_bytes=-1, pages=1)
    attach(receiving, code, nowhere)
    deciding.counter.province_line.exchange()
    place.carry()

    concerned = deciding.counter.concerned
    assert [file.pages for file in concerned.get(code).dossier.files] == [1, 10**9, 1], "none without a size"
    assert concerned.count_pages(code, 1) == 1
    with pytest.raises(UserError, match=r"document\.too_much_to_draw"):
        concerned.count_pages(code, 2)

    class Endless:
        """A line that always has more."""

        def read_part(self, _paper: PaperName, _offset: int) -> bytes:
            return b"x"

    line: PaperLine = Endless()  # type: ignore[assignment] # nothing else is asked of it
    fetching = PaperFetching(deciding.desk, lambda: nullcontext(line), lambda _paper: None)
    with pytest.raises(UserError, match=r"document\.not_fetched"):
        fetching.require(nowhere)

    table = exchange.concerned_dossier
    with deciding.desk.store.writing() as connection:
        connection.execute(update(table).where(table.c.code == spoilt).values(data=b"{}"))

    for rows in (concerned.list_open(), concerned.list_under_way()):
        assert [row.dossier.code for row in rows] == [code]
    with pytest.raises(UserError, match=r"sync\.bad_concerned"):
        concerned.get(spoilt)


def test_a_dossier_that_no_desk_can_read_is_not_shown_and_delays_no_other(place: Place) -> None:
    receiving, deciding, province = place.receiving, place.deciding, place.province
    place.receive(1)
    with receiving.desk.store.reading() as connection:
        query = select(journal.entry).where(journal.entry.c.kind == DossierReceived.KIND)
        row = connection.execute(query).one()
    body = decode_body(row.kind, row.version, row.body)
    assert isinstance(body, DossierReceived)
    hostile = admit(province, unit=UNIT)
    entries: list[Entry] = []
    for number, received_at in enumerate((START.replace(tzinfo=None), datetime.max.replace(tzinfo=UTC)), start=1):
        code = f"{body.dossier.code[:-4]}999{number}"
        bad = msgspec.structs.replace(body.dossier, id=new_id(), code=code, received_at=received_at)
        header = (new_id(), hostile.id, 1, number, row.at + number, row.clerk, row.kind, row.version, bad.id)
        data = encode_body(msgspec.structs.replace(body, dossier=bad))
        entries.append(make_entry(header, body=data, prev_hash=entries[-1].hash if entries else GENESIS))
    with hostile.line() as line:
        assert len(list(line.push(hostile.seal(entries)))) == 1

    receiving.counter.province_line.exchange()
    deciding.counter.province_line.exchange()

    assert place.tell() == Told(shown=1)
    assert deciding.counter.province_line.exchange().refused == 0
    assert [row.dossier.code for row in deciding.counter.concerned.list_open()] == [body.dossier.code]
