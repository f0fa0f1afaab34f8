"""A desk that signs entries about another desk, its epochs or its clerks changes nothing of that desk anywhere."""

import shutil
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from counter_app.bootstrap import OpenCounter, opened
from counter_app.core.errors import UserError
from counter_app.core.ids import new_id
from counter_app.core.paths import DataFolder
from counter_app.domain.unit import Clerk, Role, Slice
from counter_app.journal.chain import GENESIS
from counter_app.journal.entries import (
    Body,
    ClerkSaved,
    DeskEnrolled,
    Entry,
    EpochStarted,
    UnitSaved,
    decode_body,
    encode_body,
    entry_of,
)
from counter_app.journal.journal import make_entry
from counter_app.services.desk_backup import back_up
from counter_app.store.tables import journal, organisation
from counter_app.sync.batch import seal
from counter_app.sync.ports import Acknowledgement
from tests.fakes.desks import PASSPHRASE, DeskClock
from tests.fakes.exchanging import ADMIN, exchange_of, hall, hall_unit

LATER, EARLIER = 1 << 58, 1 << 40
PASSWORD = "mật khẩu thử nghiệm"


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[list[OpenCounter]]:
    with hall(tmp_path, count=3) as made:
        yield made


def entries_of(made: OpenCounter) -> list[Entry]:
    chain = journal.entry.c.desk == made.desk.desk.id
    with made.desk.store.reading() as connection:
        return [entry_of(row) for row in connection.execute(select(journal.entry).where(chain))]


def sealed(made: OpenCounter, *entries: Entry) -> bytes:
    return seal(entries, made.desk.journal.sign).data


def head_of(made: OpenCounter) -> Acknowledgement:
    own = made.desk.desk.id
    return next(chain for chain in exchange_of(made).list_held_chains() if chain.desk == own)


def written(made: OpenCounter, body: Body, *, epoch: int, seq: int, before: bytes, at: int, subject: str) -> Entry:
    header = (new_id(), made.desk.desk.id, epoch, seq, at, "x", body.KIND, body.VERSION, subject)
    return make_entry(header, body=encode_body(body), prev_hash=before)


def clerk_of(made: OpenCounter) -> Clerk:
    (clerk,) = made.counter.session.list_clerks()
    return clerk


def test_an_epoch_of_another_desk_is_refused_and_its_backup_opens(tmp_path: Path) -> None:
    with hall(tmp_path, 2) as (one, two):
        exchange_of(two).take(sealed(one, *entries_of(one)))
        head, victim = head_of(one), two.desk.desk.id
        body = EpochStarted(
            desk_id=victim,
            epoch=2,
            part=Slice(1, 2),
            reason="restored",
            previous_seq=head.seq,
            previous_hash=head.hash,
        )
        forged = written(one, body, epoch=2, seq=1, before=GENESIS, at=LATER, subject=victim)

        with pytest.raises(UserError, match=r"sync\.not_genuine"):
            exchange_of(two).take(sealed(one, forged))

        back_up(two.desk, tmp_path / "backup", passphrase=PASSPHRASE, recovery=None)
    there = DataFolder(tmp_path / "pc" / "desk", state_root=tmp_path / "pc" / "state")
    shutil.copytree(tmp_path / "backup", there.root)
    with opened(there, passphrase=PASSPHRASE, clock=DeskClock()) as made:
        assert made.desk.journal.epoch == 2
        assert made.counter.verification.verify().findings == ()


def test_a_desk_that_enrols_as_another_is_refused_and_the_other_is_known_as_itself(desks: list[OpenCounter]) -> None:
    one, two, three = desks
    first = entries_of(one)[0]
    body = decode_body(first.kind, first.version, first.body)
    assert isinstance(body, DeskEnrolled)
    posing = msgspec.structs.replace(body, desk=msgspec.structs.replace(body.desk, id=three.desk.desk.id, name="Giả"))
    forged = written(one, posing, epoch=1, seq=1, before=GENESIS, at=first.at, subject=first.subject)

    with pytest.raises(UserError, match=r"sync\.not_genuine"):
        exchange_of(two).take(sealed(one, forged))

    exchange_of(two).take(sealed(three, *entries_of(three)))
    with two.desk.store.reading() as connection:
        names = {row.id: row.name for row in connection.execute(select(organisation.desk))}
    assert names[three.desk.desk.id] == "Quầy 3"
    assert two.counter.held.list_all() == ()


def another_life_of(made: OpenCounter, clerk: Clerk, *, at: int) -> tuple[bytes, Entry]:
    """Return a journal of this desk that began at another time, and its entry about somebody else's clerk."""
    known = entries_of(made)[0]
    body = decode_body(known.kind, known.version, known.body)
    enrolled = written(made, body, epoch=1, seq=1, before=GENESIS, at=at, subject=known.subject)
    taken = ClerkSaved(clerk=msgspec.structs.replace(clerk, login="xau", role=Role.CLERK, active=False))
    forged = written(made, taken, epoch=1, seq=2, before=enrolled.hash, at=at + 1, subject=clerk.id)
    return sealed(made, enrolled, forged), forged


@pytest.mark.parametrize("at", [LATER, EARLIER])
def test_a_clerk_is_not_changed_by_another_desk_and_signs_in(desks: list[OpenCounter], at: int) -> None:
    one, two, _three = desks
    before = clerk_of(one)
    data, forged = another_life_of(two, before, at=at)

    exchange_of(one).take(data)

    assert clerk_of(one) == before
    one.counter.session.sign_out()
    one.counter.session.sign_in(ADMIN, PASSWORD)
    assert [(held.entry_id, held.reason) for held in one.counter.held.list_all()] == [(forged.id, "refused")]
    renamed = rename(one)
    assert clerk_of(one) == renamed != before
    assert one.counter.verification.verify().findings == ()


def rename(made: OpenCounter) -> Clerk:
    role = Role.ADMINISTRATOR
    return made.counter.session.save_clerk(login=ADMIN, full_name="Đỗ Thị Mới", role=role, password=None)


def test_a_unit_is_changed_here_whatever_another_desk_wrote_of_it_in_a_later_year(desks: list[OpenCounter]) -> None:
    one, two, _three = desks
    exchange_of(one).take(sealed(two, *entries_of(two)))
    head, unit = head_of(two), hall_unit()
    taken = UnitSaved(unit=msgspec.structs.replace(unit, name="Giả"))
    forged = written(two, taken, epoch=1, seq=head.seq + 1, before=head.hash, at=LATER, subject=unit.code)
    exchange_of(one).take(sealed(two, forged))

    one.counter.units.save(msgspec.structs.replace(unit, name="UBND xã Mẫu Mới"))

    assert one.counter.units.own().name == "UBND xã Mẫu Mới"
    assert one.counter.verification.verify().findings == ()


@pytest.mark.parametrize(("at", "owner"), [(LATER, 0), (EARLIER, 1)])
def test_whose_a_clerk_is_does_not_depend_on_what_came_first(tmp_path: Path, at: int, owner: int) -> None:
    found = []
    for number, order in enumerate(permutations(range(3))):
        with hall(tmp_path / str(number), 3) as (one, two, three):
            clerk = clerk_of(one)
            rename(one)
            *earlier, renamed = entries_of(one)
            runs = [sealed(one, *earlier), sealed(one, renamed), another_life_of(two, clerk, at=at)[0]]

            for place in order:
                exchange_of(three).take(runs[place])

            with three.desk.store.reading() as connection:
                row = connection.execute(select(organisation.clerk).where(organisation.clerk.c.id == clerk.id)).one()
            assert row.desk_id == (one, two)[owner].desk.desk.id
            found.append((row.login, row.full_name, len(three.counter.held.list_all())))
            assert three.counter.verification.verify().findings == ()
    assert set(found) == {[(ADMIN, "Đỗ Thị Mới", 1), ("xau", "Đỗ Thị Quầy 1", 2)][owner]}
