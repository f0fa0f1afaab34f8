"""A desk that gives its entries the ids of another desk's stops, changes and decides nothing of that desk anywhere."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.core.ids import new_id
from counter_app.core.paths import DataFolder
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import Status
from counter_app.domain.unit import Role
from counter_app.journal.entries import (
    Body,
    ClerkSaved,
    DossierActed,
    DossierReceived,
    Entry,
    UnitSaved,
    decode_body,
    encode_body,
    entry_of,
)
from counter_app.journal.exchange_entries import HeldDecided, HeldDecision
from counter_app.journal.journal import make_entry
from counter_app.province.service import Province
from counter_app.store.tables import journal
from counter_app.sync.batch import seal
from tests.fakes.exchanging import batches_of, carry, exchange_of, hall, hall_folder, hall_unit, meet, picture_of
from tests.fakes.exchanging import province_folds_alike as folds_alike
from tests.fakes.province_desks import at, enrol, is_sound, receive

TRANSFER, WITHDRAW = ActionFacts(receiver="Phòng Tư pháp"), ActionFacts(reason="theo đơn")


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[list[OpenCounter]]:
    """Give a desk, a hostile one, and a third one that hears of both."""
    with hall(tmp_path, count=3) as made:
        yield made


def entries_of(made: OpenCounter) -> list[Entry]:
    chain = journal.entry.c.desk == made.desk.desk.id
    with made.desk.store.reading() as connection:
        rows = connection.execute(select(journal.entry).where(chain).order_by(journal.entry.c.position))
        return [entry_of(row) for row in rows]


def write(made: OpenCounter, entry_id: str, body: Body, subject: str, *, at: int = 0) -> Entry:
    """Let a desk write an entry under an id of its choice."""
    last = entries_of(made)[-1]
    header = (entry_id, last.desk, 1, last.seq + 1, max(at, last.at + 1), "x", body.KIND, body.VERSION, subject)
    forged = make_entry(header, body=encode_body(body), prev_hash=last.hash)
    exchange_of(made).take(seal([forged], made.desk.journal.sign).data)
    return forged


def intake_of(made: OpenCounter) -> tuple[Entry, DossierReceived]:
    entry = next(one for one in reversed(entries_of(made)) if one.kind == DossierReceived.KIND)
    body = decode_body(entry.kind, entry.version, entry.body)
    assert isinstance(body, DossierReceived)
    return entry, body


def transferred(body: DossierReceived) -> DossierActed:
    return DossierActed(dossier_id=body.dossier.id, action=Action.TRANSFER, desk_name="Quầy 2", facts=TRANSFER)


def status(made: OpenCounter, code: str) -> Status:
    return made.counter.lookup.get_dossier(code).dossier.status


def held_of(made: OpenCounter) -> list[tuple[str, str]]:
    return [(one.desk_name, one.reason) for one in made.counter.held.list_all()]


def assert_alike(*desks: OpenCounter) -> None:
    for made in desks:
        assert made.counter.verification.verify().findings == ()
        assert folds_alike(made)
        assert picture_of(made) == picture_of(desks[0])


def test_a_desk_whose_ids_another_one_took_is_heard_wherever_that_one_came_first(desks: list[OpenCounter]) -> None:
    one, two, three = desks
    code = receive(one)
    write(two, intake_of(one)[0].id, UnitSaved(unit=hall_unit()), hall_unit().code)

    carry(two, three)
    carry(one, three)
    carry(two, one)
    meet(one, three)

    assert status(three, code) is Status.RECEIVED
    assert_alike(one, three)


def test_an_intake_under_the_id_of_another_desks_intake_of_the_same_dossier_is_held(desks: list[OpenCounter]) -> None:
    one, two, three = desks
    receive(one)
    receive(two, 1)
    entry, body = intake_of(one)
    own = intake_of(two)[1]
    code = own.dossier.code[:-1] + ("1" if own.dossier.code[-1] != "1" else "2")
    again = msgspec.structs.replace(own, dossier=msgspec.structs.replace(own.dossier, id=body.dossier.id, code=code))
    write(two, entry.id, again, entry.subject, at=entry.at + 1)

    carry(two, three)
    carry(one, three)
    meet(one, two, three)

    assert status(three, body.dossier.code) is Status.RECEIVED
    assert held_of(one) == held_of(two) == held_of(three) == [("Quầy 2", "already_received")]
    assert_alike(one, two, three)


@pytest.mark.parametrize("decision", list(HeldDecision))
def test_a_decision_about_one_of_two_entries_with_one_id_says_nothing_of_the_other(
    desks: list[OpenCounter], decision: HeldDecision
) -> None:
    one, two, three = desks
    code = receive(one)
    meet(one, two, three)
    one.counter.dossiers.act(code, Action.WITHDRAW, WITHDRAW)
    true = entries_of(one)[-1]
    write(two, true.id, transferred(intake_of(one)[1]), true.subject, at=true.at + 1)
    carry(two, three)
    carry(one, three)
    assert held_of(three) == [("Quầy 2", "wrong_status")]

    assert three.counter.held.decide(true.id, decision) == ()
    meet(one, two, three)

    is_dropped = decision is HeldDecision.DROP
    assert status(three, code) is (Status.WITHDRAWN if is_dropped else Status.IN_PROGRESS)
    (told,) = three.counter.portal_payloads.get(code).progress
    assert len(told["data"]) == (2 if is_dropped else 3)
    assert_alike(one, two, three)


def test_of_two_held_entries_with_one_id_only_the_one_that_is_meant_is_decided(desks: list[OpenCounter]) -> None:
    one, two, three = desks
    code, other = receive(one), receive(one, 1)
    body = intake_of(one)[1]
    meet(one, two, three)
    for each in (code, other):
        three.counter.dossiers.act(each, Action.WITHDRAW, WITHDRAW)
    for number in range(2, 5):  # so that the next one is later than the third desk's
        receive(one, number)
    one.counter.dossiers.act(code, Action.TRANSFER, TRANSFER)
    held = entries_of(one)[-1]
    write(two, held.id, transferred(body), body.dossier.id, at=held.at + 9)
    carry(two, three)
    carry(one, three)
    assert len(held_of(three)) == 2

    with pytest.raises(UserError, match=r"held\.several"):
        three.counter.held.decide(held.id, "drop")
    left = three.counter.held.decide(held.id, "drop", desk_id=two.desk.desk.id)
    assert [(kept.entry_id, kept.desk_id) for kept in left] == [(held.id, one.desk.desk.id)]
    meet(one, two, three)

    assert len(held_of(one)) == 1
    assert three.counter.held.decide(held.id, "drop") == ()
    meet(one, two, three)
    assert_alike(one, two, three)


def test_a_decision_filed_under_another_dossier_releases_nothing(desks: list[OpenCounter]) -> None:
    one, two, _three = desks
    meet(one, two)
    clerk = msgspec.structs.replace(one.counter.session.list_clerks()[0], role=Role.CLERK, active=False)
    refused = write(two, new_id(), ClerkSaved(clerk=clerk), clerk.id)
    unknown = new_id()
    decided = HeldDecided(entry_id=refused.id, dossier_id=unknown, decision=HeldDecision.DROP, reason="")
    write(two, new_id(), decided, unknown)

    carry(two, one)

    assert held_of(one) == [("Quầy 2", "refused")]
    assert one.counter.held.decide(refused.id, "drop") == ()
    assert is_sound(one)


@pytest.mark.usefixtures("_stretched_once")
@pytest.mark.parametrize("by_stick", [False, True])
def test_what_a_desk_moves_to_a_new_epoch_is_found_beside_the_entry_that_took_its_id(
    tmp_path: Path, province: Province, *, by_stick: bool
) -> None:
    folder = hall_folder(tmp_path / "1", 1)
    with at(hall_folder(tmp_path / "2", 2)) as two, at(hall_folder(tmp_path / "3", 3)) as three:
        with at(folder) as one:
            for made in (one, two, three):
                enrol(made, province, "H99.31")
            code = receive(one)
            for made in (one, two, three):
                made.counter.province_line.exchange()
        shutil.copytree(folder.root.parent, tmp_path / "clone")
        with at(DataFolder(tmp_path / "clone" / "desk", state_root=tmp_path / "clone" / "state")) as clone:
            receive(clone, 1)
            clone.counter.province_line.exchange()
        with at(folder) as one:
            one.counter.dossiers.act(code, Action.TRANSFER, TRANSFER)
            moved = entries_of(one)[-1]
            receive(two, 2)
            own = intake_of(two)[1]
            taken = msgspec.structs.replace(own.dossier, id=new_id())  # its code is taken, so that it is held
            write(two, moved.id, msgspec.structs.replace(own, dossier=taken), taken.id)
            if by_stick:
                one.counter.bundles.export(tmp_path / "stick", to=three.desk.desk.id)
                three.counter.bundles.take(tmp_path / "stick")
            for made in (one, three):  # not by the province: with it the desk gives its own a new code at once
                exchange_of(made).take_run(batches_of(two))
            three.counter.province_line.exchange()

            assert one.counter.province_line.exchange().new_epoch == 2

            one.counter.province_line.exchange()
            three.counter.province_line.exchange()
            assert held_of(one) == held_of(three) == [("Quầy 2", "code_taken")]
            assert status(three, code) is Status.IN_PROGRESS
            assert picture_of(one) == picture_of(three)
            assert is_sound(one)
            assert is_sound(three)
