"""A number that stands at another desk, by right or not, is given to no citizen here, and stops nobody."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import func, select

from counter_app.bootstrap import FirstClerk, OpenCounter, init_desk
from counter_app.core.errors import BugError
from counter_app.core.ids import new_id
from counter_app.core.paths import DataFolder
from counter_app.domain.unit import Slice
from counter_app.journal.entries import DossierReceived, decode_body
from counter_app.store.tables import journal, local
from tests.fakes.desks import PASSPHRASE, DeskClock
from tests.fakes.exchanging import ADMIN, carry, hall, hall_folder, hall_unit, introduce, meet, picture_of
from tests.fakes.province_desks import at, is_sound, receive

ENTRY = journal.entry


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[list[OpenCounter]]:
    with hall(tmp_path, count=3) as made:
        yield made


def intake_of(made: OpenCounter, number: int) -> DossierReceived:
    """Return what a desk has just written of a dossier that it received."""
    code = receive(made, number)
    with made.desk.store.reading() as connection:
        rows = connection.execute(select(ENTRY).where(ENTRY.c.kind == DossierReceived.KIND)).all()
    bodies = [decode_body(row.kind, row.version, row.body) for row in rows]
    return next(body for body in bodies if isinstance(body, DossierReceived) and body.dossier.code == code)


def write(made: OpenCounter, body: DossierReceived) -> None:
    with made.desk.transaction() as connection:
        made.desk.journal.append(connection, body, clerk="program", subject=body.dossier.id)


def under(body: DossierReceived, code: str, dossier_id: str = "") -> DossierReceived:
    dossier = msgspec.structs.replace(body.dossier, id=dossier_id or new_id(), code=code)
    return msgspec.structs.replace(body, dossier=dossier)


def following(code: str, steps: int = 1) -> str:
    return f"{code[:-4]}{int(code[-4:]) + steps:04d}"


def count_runs(made: OpenCounter) -> int:
    with made.desk.store.reading() as connection:
        return connection.execute(select(func.count()).select_from(local.print_run)).scalar_one()


def reasons(made: OpenCounter) -> list[str]:
    return [held.reason for held in made.counter.held.list_all()]


def test_code_that_a_desk_with_the_same_numbers_has_given_is_left_out_and_every_citizen_has_one(tmp_path: Path) -> None:
    twin = DataFolder(tmp_path / "twin" / "desk", state_root=tmp_path / "twin" / "state")
    init_desk(
        twin,
        passphrase=PASSPHRASE,
        unit=hall_unit(),
        desk_name="Quầy trùng dải",
        number_slice=Slice(1_000, 1_999),
        administrator=FirstClerk(login=ADMIN, full_name="Đỗ Thị Trùng", password="mật khẩu thử nghiệm"),
        clock=DeskClock(),
    )
    with at(hall_folder(tmp_path / "1", 1)) as one, at(twin) as two:
        introduce(one, two)
        theirs = [receive(two, number) for number in range(3)]
        carry(two, one)

        given = [receive(one, 10 + number) for number in range(4)]

        assert given == [following(theirs[-1], number) for number in range(1, 5)]
        assert [one.counter.lookup.get_dossier(code).dossier.code for code in given] == given
        assert reasons(one) == []
        assert is_sound(one)


def test_intake_under_a_number_of_another_desk_is_held_wherever_it_comes_and_that_desk_gives_it(
    desks: list[OpenCounter],
) -> None:
    one, two, three = desks  # what the second writes of itself is its own affair; it is looked at elsewhere
    meet(*desks)
    wanted = following(receive(one))
    forged = under(intake_of(two, 1), wanted)
    write(two, forged)
    carry(two, one)

    given = [receive(one, 2 + number) for number in range(3)]
    meet(*desks)

    assert given == [following(wanted, number) for number in range(3)]
    for made in (one, three):
        assert reasons(made) == ["refused"]
        assert made.counter.lookup.get_dossier(wanted).dossier.desk_name == one.desk.desk.name
        assert is_sound(made)
    assert picture_of(one) == picture_of(three)


@pytest.mark.parametrize("first", [0, 1])
def test_intake_of_another_desks_dossier_under_another_desks_code_is_refused_whatever_comes_first(
    desks: list[OpenCounter], first: int
) -> None:
    one, two, three = desks
    meet(*desks)
    theirs = intake_of(one, 0)
    write(two, under(intake_of(three, 1), theirs.dossier.code, theirs.dossier.id))

    carry(desks[first], three)
    meet(*desks)

    assert reasons(one) == reasons(three) == ["refused"]
    assert picture_of(one) == picture_of(three)
    assert is_sound(one)
    assert is_sound(three)


def test_intake_that_would_stand_under_a_taken_code_fails_here_and_orders_no_paper(desks: list[OpenCounter]) -> None:
    one, *_others = desks
    meet(*desks)
    body = intake_of(one, 0)
    before = count_runs(one), picture_of(one)

    for again in (under(body, body.dossier.code), under(body, following(body.dossier.code), body.dossier.id)):
        with pytest.raises(BugError, match=r"store\.refused"):
            write(one, again)

    assert (count_runs(one), picture_of(one)) == before
    assert receive(one, 1) == following(body.dossier.code)
    assert is_sound(one)
