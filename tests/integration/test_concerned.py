"""A commune receives for another one: its desks see the dossier, state what became of it, and the answer comes back."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.concerned import ConcernedAnswer, ConcernedOutcome
from counter_app.domain.dossier import Outcome
from counter_app.domain.systems import System
from counter_app.journal.exchange_entries import ConcernedAnswered, concerned_subject
from counter_app.province.bundles import ProvinceBundles
from counter_app.province.concerned import ConcernedTelling, Told
from counter_app.province.enrolment_files import VALID_FOR, make_enrolment_file
from counter_app.province.service import Province
from counter_app.province.telling import telling
from counter_app.services.answers.documents import NamedFile
from counter_app.services.enrolling import read_invitation
from counter_app.services.system_sentences import sentence_of
from counter_app.sync.roster import DeskKind
from resources.texts import Language, text
from tests.fakes.daemons import wait_until
from tests.fakes.desks import START, DeskClock, a_form, person
from tests.fakes.exchanging import hall_folder, picture_of
from tests.fakes.province import OTHER_UNIT, UNIT, empty, next_slice, province_folder, serving
from tests.fakes.province_desks import at, enrol, is_sound, made_from
from tests.fakes.written_pdf import written_pdf

RESULT = ConcernedAnswer(
    outcome=ConcernedOutcome.RESULT, number="12/QĐ-UBND", decided_on=date(2026, 11, 22), signer="Lê Thị Ký"
)


class Place(NamedTuple):
    """The desk that receives, the one that decides, the province between them, and what it does now and then."""

    receiving: OpenCounter
    deciding: OpenCounter
    province: Province
    clock: DeskClock

    def tell(self) -> Told:
        return ConcernedTelling(self.province).tell()

    def carry(self) -> Told:
        """Bring what either side wrote to the other one."""
        for made in (self.receiving, self.deciding):
            made.counter.province_line.exchange()
        told = self.tell()
        for made in (self.receiving, self.deciding):
            made.counter.province_line.exchange()
        return told


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Province, Path]]:
    with province_folder() as folder, serving(folder) as made:
        yield made, folder


@pytest.fixture
def clock() -> DeskClock:
    return DeskClock()


@pytest.fixture
def province(served: tuple[Province, Path], clock: DeskClock) -> Province:
    empty(served[0])
    return msgspec.structs.replace(served[0], clock=clock)


@pytest.fixture
def receiving(tmp_path: Path, province: Province, clock: DeskClock) -> Iterator[OpenCounter]:
    with at(hall_folder(tmp_path / "a", 1), clock) as made:
        enrol(made, province, UNIT.code)
        made.counter.units.save(OTHER_UNIT)
        yield made


@pytest.fixture
def deciding(tmp_path: Path, served: tuple[Province, Path], clock: DeskClock) -> Iterator[OpenCounter]:
    """A desk of the other unit that the province has not admitted before its first exchange."""
    province, file = served[0], tmp_path / "enrolment"
    code = province.invite(
        unit=OTHER_UNIT, kind=DeskKind.DESK, name="Quầy kia", number_slice=next_slice(), valid_for=VALID_FOR
    )
    file.write_bytes(make_enrolment_file(province, code))
    with at(made_from(read_invitation(file), tmp_path), clock) as made:
        yield made


@pytest.fixture
def place(receiving: OpenCounter, deciding: OpenCounter, province: Province, clock: DeskClock) -> Place:
    return Place(receiving, deciding, province, clock)


def receive(made: OpenCounter, number: int = 1, competent: str = OTHER_UNIT.code) -> str:
    form = msgspec.structs.replace(a_form(number), competent_unit_code=competent)
    return made.counter.intake.receive(form, Outcome.ACCEPTED).dossier.code


def said(made: OpenCounter, code: str) -> list[str]:
    lines = made.counter.lookup.get_dossier(code).systems
    return [
        sentence_of(line, lambda key, **context: text(key, Language.VIETNAMESE, **context))
        for line in lines
        if line.system is System.COMPETENT
    ]


def proposed(made: OpenCounter, code: str) -> ActionFacts:
    return {offer.action: offer.proposed for offer in made.counter.dossiers.list_actions(code)}[Action.RESOLVE]


def test_dossier_is_shown_to_the_unit_that_decides_it_and_its_decision_comes_back(place: Place) -> None:
    receiving, deciding = place.receiving, place.deciding
    code, own = receive(receiving), receive(receiving, 2, competent=UNIT.code)
    paper = NamedFile(name="don.pdf", data=written_pdf("Đơn"))
    receiving.counter.digitising.attach([paper], code)
    receiving.counter.province_line.exchange()
    assert place.tell() == Told()  # the other unit has no desk yet
    deciding.counter.province_line.exchange()
    assert place.tell() == Told(shown=1)
    deciding.counter.province_line.exchange()

    (row,) = deciding.counter.concerned.list_open()
    shown, whole = row.dossier, receiving.counter.lookup.get_dossier(code).dossier
    assert (shown.code, shown.unit_name, shown.applicant_name) == (code, UNIT.name, person(1).full_name)
    assert (shown.received_at, len(shown.papers)) == (whole.received_at, len(whole.papers))
    assert row.is_waiting
    assert deciding.counter.concerned.read_file(code, 1).startswith(b"%PDF-")
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

    receiving.counter.dossiers.act(code, Action.RESOLVE, msgspec.structs.replace(facts, result_kind="Quyết định"))
    assert place.carry() == Told(shown=1)
    assert not deciding.counter.concerned.get(code).dossier.is_open
    assert place.tell() == Told()
    for made in (receiving, deciding):
        assert is_sound(made)
        before = picture_of(made)
        made.counter.verification.rebuild()
        assert picture_of(made) == before


def test_withdrawn_dossier_waits_no_more_and_its_papers_are_not_given_any_more(place: Place) -> None:
    receiving, deciding = place.receiving, place.deciding
    code = receive(receiving)
    receiving.counter.digitising.attach([NamedFile(name="don.pdf", data=written_pdf("Đơn"))], code)
    deciding.counter.province_line.exchange()
    place.carry()
    receiving.counter.dossiers.act(code, Action.WITHDRAW, ActionFacts(reason="công dân rút"))
    assert place.carry() == Told(shown=1)
    assert deciding.counter.concerned.list_open() == ()
    with pytest.raises(UserError, match=r"concerned\.ended"):
        deciding.counter.concerned.answer(code, RESULT)
    with pytest.raises(UserError, match=r"document\.not_fetched"):
        deciding.counter.concerned.read_file(code, 1)


def test_unit_answers_nothing_that_it_does_not_decide(place: Place) -> None:
    receiving, deciding = place.receiving, place.deciding
    receiving.counter.units.save(third := msgspec.structs.replace(OTHER_UNIT, code="H99.16"))
    code = receive(receiving, competent=third.code)
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
    code = receive(receiving)
    receiving.counter.digitising.attach([NamedFile(name="don.pdf", data=written_pdf("Đơn"))], code)
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
