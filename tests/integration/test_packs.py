"""Configuration packs: what a province signs comes into force on its day, can be looked at before and undone after."""

import random
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from itertools import permutations
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from counter_app.bootstrap import OpenCounter
from counter_app.core.clock import local_date
from counter_app.core.errors import UserError
from counter_app.domain.catalogue.changes import list_changes
from counter_app.domain.dossier import Outcome
from counter_app.domain.procedure import Channel, ChannelTimeLimit, FeeApplication, FeeKind, FeeLine, Procedure
from counter_app.domain.time_limit import TimeLimit, TimeUnit
from counter_app.domain.unit import Role
from counter_app.domain.working_time import DayOverride
from counter_app.journal.chain import Signer
from counter_app.province.packs import get_file, give_out, list_packs
from counter_app.province.service import Province
from counter_app.services.answers.packs import PackState
from counter_app.store.tables.local import configuration_pack
from counter_app.sync.https_line import parse_url
from counter_app.sync.packs import ConfigurationPack, read_pack, sign_pack
from counter_app.sync.papers import CHUNK_BYTES
from tests.fakes.cut_line import cut_line
from tests.fakes.daemons import wait_until
from tests.fakes.desks import PROCEDURE, DeskClock, a_form
from tests.fakes.exchanging import ADMIN, PROVINCE_SIGNER, hall, hall_folder
from tests.fakes.province_desks import at, enrol, enrolled, go_by, is_sound, put_paper, receive

UNIT = "H99.51"
TEN_DAYS = TimeLimit(amount=10, unit=TimeUnit.WORKING_DAY)
FEE = FeeLine(kind=FeeKind.CHARGE, name="Lệ phí", amount=75_000, applies=FeeApplication.ALWAYS)


@pytest.fixture
def clock() -> DeskClock:
    return DeskClock()


@pytest.fixture
def desk(tmp_path: Path, clock: DeskClock) -> Iterator[OpenCounter]:
    with hall(tmp_path, 1, clock) as (made,):
        yield made


def today(made: OpenCounter) -> date:
    return local_date(made.desk.clock.now())


def dearer(made: OpenCounter, effective_on: date) -> Procedure:
    known = made.counter.catalogue.get(PROCEDURE)
    cases = tuple(msgspec.structs.replace(case, time_limit=None) for case in known.cases)
    limits = tuple(ChannelTimeLimit(channel=channel, limit=TEN_DAYS) for channel in Channel)
    return msgspec.structs.replace(known, effective_on=effective_on, cases=cases, time_limits=limits, fees=(FEE,))


def a_pack(made: OpenCounter, number: int = 1, *, in_days: int = 1, **changes: object) -> ConfigurationPack:
    day = today(made) + timedelta(days=in_days)
    pack = ConfigurationPack(
        number=number,
        name="Đợt tháng 12",
        effective_on=day,
        issued_at=made.desk.clock.now(),
        procedures=(dearer(made, day),),
    )
    return msgspec.structs.replace(pack, **changes)


def signed(pack: ConfigurationPack, signer: Signer = PROVINCE_SIGNER) -> bytes:
    return sign_pack(pack, signer.sign)


def a_sunday(made: OpenCounter) -> date:
    return today(made) + timedelta(days=6 - today(made).weekday() + 7)


def is_worked(made: OpenCounter, day: date) -> bool:
    with made.desk.store.reading() as connection:
        unit = made.desk.read_unit(connection)
    return made.counter.calendars.calendar_of(unit).is_working_day(day)


def test_pack_waits_for_its_day_is_in_force_by_itself_and_is_undone(desk: OpenCounter, clock: DeskClock) -> None:
    before = desk.counter.catalogue.get(PROCEDURE)
    taken = desk.counter.packs.take(signed(a_pack(desk)))
    assert (taken.state, taken.procedures) == (PackState.WAITING, 1)
    assert desk.counter.catalogue.get(PROCEDURE) == before
    assert desk.counter.packs.activate_due() == 0
    clock.move(timedelta(days=1))
    assert desk.counter.packs.activate_due() == 1
    assert desk.counter.packs.activate_due() == 0
    assert desk.counter.catalogue.get(PROCEDURE).fees == (FEE,)
    received = desk.counter.intake.receive(a_form(1), Outcome.ACCEPTED).dossier
    assert received.due is not None
    assert received.due.limit == TEN_DAYS
    clock.move(timedelta(days=1))
    assert desk.counter.packs.roll_back(taken.number).state is PackState.ROLLED_BACK
    assert desk.counter.catalogue.get(PROCEDURE) == msgspec.structs.replace(before, effective_on=today(desk))
    with pytest.raises(UserError, match=r"pack\.rolled_back_already"):
        desk.counter.packs.roll_back(taken.number)
    assert is_sound(desk)


def test_the_first_intake_of_its_day_is_under_a_pack_without_any_exchange(desk: OpenCounter, clock: DeskClock) -> None:
    desk.counter.packs.take(signed(a_pack(desk)))
    form = a_form(1)
    for limit in (None, TEN_DAYS):
        due = desk.counter.intake.quote(form).due
        received = desk.counter.intake.receive(form, Outcome.ACCEPTED).dossier.due
        assert due is not None
        assert received is not None
        assert due.limit == received.limit
        assert (received.limit == TEN_DAYS) is (limit is TEN_DAYS)
        clock.move(timedelta(days=1))


def test_a_pack_that_cannot_come_into_force_stops_neither_another_nor_an_intake(
    desk: OpenCounter, clock: DeskClock
) -> None:
    desk.counter.packs.take(signed(a_pack(desk, 1)))
    desk.counter.packs.take(signed(a_pack(desk, 2)))
    with desk.desk.store.writing() as connection:  # signed by another key than this desk knows now
        foreign = signed(a_pack(desk, 1), Signer(bytes(32)))
        connection.execute(update(configuration_pack).where(configuration_pack.c.number == 1).values(data=foreign))
    clock.move(timedelta(days=1))
    received = desk.counter.intake.receive(a_form(1), Outcome.ACCEPTED).dossier
    assert received.due is not None
    assert received.due.limit == TEN_DAYS


def test_pack_that_waits_can_be_kept_from_coming_into_force_and_only_by_an_administrator(
    desk: OpenCounter, clock: DeskClock
) -> None:
    before = desk.counter.catalogue.get(PROCEDURE)
    number = desk.counter.packs.take(signed(a_pack(desk))).number
    desk.counter.session.save_clerk(login="thuong", full_name="Lê Thường", role=Role.CLERK, password="mật khẩu thử")
    desk.counter.session.act_as("thuong")
    with pytest.raises(UserError, match=r"session\.not_allowed"):
        desk.counter.packs.roll_back(number)
    desk.counter.session.act_as(ADMIN)
    desk.counter.packs.roll_back(number)
    clock.move(timedelta(days=2))
    assert desk.counter.packs.activate_due() == 0
    assert desk.counter.catalogue.get(PROCEDURE) == before


def test_preview_says_what_changes_and_what_the_last_days_dossiers_would_have_got(
    desk: OpenCounter, clock: DeskClock
) -> None:
    received = desk.counter.intake.receive(a_form(1), Outcome.ACCEPTED).dossier
    clock.move(timedelta(days=1))
    off = DayOverride(today(desk) + timedelta(days=2), working=False, name="Nghỉ bù")
    number = desk.counter.packs.take(signed(a_pack(desk, days=(off,)))).number
    preview = desk.counter.packs.preview(number)
    (changed,) = preview.procedures
    assert {one.what for one in changed.changes} >= {"limit", "fee"}
    assert (preview.replayed_on, preview.replayed) == (local_date(received.received_at), 1)
    (different,) = preview.different
    assert received.due is not None
    assert (different.code, different.due_before) == (received.code, received.due.due_at)
    assert different.due_after is not None
    assert different.due_after > received.due.due_at
    assert different.fee_after == 75_000
    clock.move(timedelta(days=1))
    desk.counter.packs.activate_due()
    again = desk.counter.packs.preview(number)
    assert (again.procedures, again.different, again.days) == (preview.procedures, preview.different, preview.days)


def test_packs_in_any_order_end_in_the_same_catalogue(tmp_path: Path, clock: DeskClock) -> None:
    with hall(tmp_path, 2, clock) as (one, other):
        first = a_pack(one, 5, in_days=0)
        cheap = msgspec.structs.replace(dearer(one, today(one)), fees=())
        second = msgspec.structs.replace(first, number=6, procedures=(cheap,))
        for number in (0, 1, 0):
            one.counter.packs.take(signed((first, second)[number]))
        for number in (1, 0, 1):
            other.counter.packs.take(signed((first, second)[number]))
        assert one.counter.catalogue.get(PROCEDURE) == other.counter.catalogue.get(PROCEDURE) == cheap
        assert [pack.number for pack in other.counter.packs.list_packs()] == [6, 5]


def test_days_of_a_pack_are_worked_or_not_and_as_before_once_it_is_undone(desk: OpenCounter) -> None:
    sunday = a_sunday(desk)
    worked = DayOverride(sunday, working=True, name="Làm bù")
    number = desk.counter.packs.take(signed(a_pack(desk, in_days=0, procedures=(), days=(worked,)))).number
    assert is_worked(desk, sunday)
    desk.counter.packs.roll_back(number)
    assert not is_worked(desk, sunday)


#: Packs by number: how many days ago it came into force, its fee, and whether it has the Sunday worked.
_THREE = {7: (-1, 30_000, False), 8: (-2, 10_000, True), 9: (-2, 20_000, False)}
_COUNTS_MORE = (7, 9, 8)


def take_one_of_three(made: OpenCounter, number: int) -> None:
    in_days, amount, worked = _THREE[number]
    day = DayOverride(a_sunday(made), working=worked, name=f"{number}")
    pack = a_pack(made, number, in_days=in_days, days=(day,))
    fee = msgspec.structs.replace(FEE, amount=amount)
    priced = tuple(msgspec.structs.replace(one, fees=(fee,)) for one in pack.procedures)
    made.counter.packs.take(signed(msgspec.structs.replace(pack, procedures=priced)))


@pytest.mark.parametrize(("come", "go"), list(zip(permutations(_THREE), permutations(_COUNTS_MORE), strict=True)))
def test_packs_come_and_go_in_any_order_and_the_last_one_left_counts(
    desk: OpenCounter, clock: DeskClock, come: tuple[int, ...], go: tuple[int, ...]
) -> None:
    before = desk.counter.catalogue.get(PROCEDURE).fees
    sunday = a_sunday(desk)
    for number in come:
        take_one_of_three(desk, number)
    left = list(_COUNTS_MORE)
    for undone in ((), *((number,) for number in go)):
        for number in undone:
            desk.counter.packs.roll_back(number)
            left.remove(number)
            clock.move(timedelta(days=1))
        fees = desk.counter.catalogue.get(PROCEDURE).fees
        assert [one.amount for one in fees] == ([_THREE[left[0]][1]] if left else [one.amount for one in before])
        assert is_worked(desk, sunday) == (_THREE[left[0]][2] if left else False)
    assert is_sound(desk)


@pytest.mark.parametrize(
    ("undone", "late"), [((9,), 8), ((7,), 8), ((7, 9), 8), ((9, 7), 8), ((8,), 9), ((8,), 7), ((8, 9), 7)]
)
def test_a_pack_that_comes_after_others_were_undone_counts(
    desk: OpenCounter, clock: DeskClock, undone: tuple[int, ...], late: int
) -> None:
    before = desk.counter.catalogue.get(PROCEDURE).fees
    for number in undone:
        take_one_of_three(desk, number)
    for number in undone:
        desk.counter.packs.roll_back(number)
    take_one_of_three(desk, late)
    _days, amount, worked = _THREE[late]
    assert [one.amount for one in desk.counter.catalogue.get(PROCEDURE).fees] == [amount]
    assert is_worked(desk, a_sunday(desk)) is worked
    clock.move(timedelta(days=1))
    desk.counter.packs.roll_back(late)
    assert desk.counter.catalogue.get(PROCEDURE).fees == before
    assert not is_worked(desk, a_sunday(desk))


def test_what_a_person_set_after_a_pack_stays_when_that_is_undone(desk: OpenCounter, clock: DeskClock) -> None:
    sunday = a_sunday(desk)
    off = DayOverride(sunday, working=False, name="Nghỉ")
    number = desk.counter.packs.take(
        signed(a_pack(desk, in_days=0, days=(msgspec.structs.replace(off, working=True),)))
    ).number
    clock.move(timedelta(days=1))
    free = msgspec.structs.replace(dearer(desk, today(desk)), fees=())
    desk.counter.catalogue.publish([free])
    desk.counter.calendars.set_days([off])
    clock.move(timedelta(days=1))
    desk.counter.packs.roll_back(number)
    assert desk.counter.catalogue.get(PROCEDURE) == free
    assert off in desk.counter.calendars.list_overrides()


def test_pack_that_a_wrong_clock_put_in_force_is_undone_on_its_day_too(desk: OpenCounter, clock: DeskClock) -> None:
    before = desk.counter.catalogue.get(PROCEDURE).fees
    number = desk.counter.packs.take(signed(a_pack(desk, in_days=3))).number
    clock.move(timedelta(days=4))
    assert desk.counter.packs.activate_due() == 1
    clock.move(timedelta(days=-3))
    desk.counter.packs.roll_back(number)
    for _day in range(4):
        assert desk.counter.catalogue.get(PROCEDURE).fees == before
        clock.move(timedelta(days=1))


def test_packs_of_others_and_altered_ones_change_nothing(desk: OpenCounter) -> None:
    whole = signed(a_pack(desk, in_days=0))
    foreign = signed(a_pack(desk, in_days=0), Signer(bytes(32)))
    elsewhere = signed(a_pack(desk, in_days=0, unit_code="H99.99"))
    before = desk.counter.catalogue.get(PROCEDURE)
    for data in (foreign, b"", whole[:-1], whole + b"x", b"\x28\xb5\x2f\xfd" + bytes(60)):
        with pytest.raises(UserError, match=r"pack\.bad"):
            desk.counter.packs.take(data)
    with pytest.raises(UserError, match=r"pack\.other_unit"):
        desk.counter.packs.take(elsewhere)
    assert desk.counter.packs.list_packs() == ()
    assert desk.counter.catalogue.get(PROCEDURE) == before


@given(st.integers(0, 2**31), st.data())
def test_no_altered_byte_passes(seed: int, data: st.DataObject) -> None:
    pack = ConfigurationPack(number=seed, name="x", effective_on=date(2026, 12, 1), issued_at=DeskClock().now())
    whole = bytearray(signed(pack))
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    # A byte of the frame's own head may be another one and mean the same: then nothing was altered.
    with suppress(UserError):
        assert read_pack(bytes(whole), PROVINCE_SIGNER.public_key) == pack


def test_a_version_that_says_the_same_changes_nothing(desk: OpenCounter) -> None:
    for hit in desk.counter.catalogue.find_procedures("", limit=60):
        known = desk.counter.catalogue.get(hit.code)
        assert list_changes(known, msgspec.structs.replace(known, effective_on=date(2030, 1, 1))) == ()
        assert [one.what for one in list_changes(None, known)] == ["new"]


def test_pack_of_the_province_comes_down_to_its_units_and_to_those_that_come_later(
    tmp_path: Path, province: Province
) -> None:
    with at(hall_folder(tmp_path / "1", 1)) as early, at(hall_folder(tmp_path / "2", 2)) as late:
        enrol(early, province, UNIT)
        with province.database.transaction() as connection:
            given_out = give_out(
                connection,
                province.authority,
                unit_code="",
                name="Mức phí mới",
                effective_on=today(early),
                procedures=(dearer(early, today(early)),),
                days=(),
                now=province.clock.now(),
            )
        enrol(late, province, "H99.52")
        for made in (early, late):
            made.counter.province_line.exchange()
            (pack,) = made.counter.packs.list_packs()
            assert (pack.number, pack.state) == (given_out.number, PackState.IN_FORCE)
            assert made.counter.catalogue.get(PROCEDURE).fees == (FEE,)
        with province.database.transaction() as connection:
            assert [one.number for one in list_packs(connection)] == [given_out.number]
            data = get_file(connection, given_out.number)
        assert late.counter.packs.take(data).number == given_out.number


def test_day_of_a_pack_comes_while_papers_go_up(tmp_path: Path, province: Province, clock: DeskClock) -> None:
    with enrolled(tmp_path, province, "H99.53", clocks=[clock]) as (made,), cut_line(parse_url(province.url)) as line:
        put_paper(made, receive(made), random.Random(5).randbytes(50 * CHUNK_BYTES))
        with province.database.transaction() as connection:
            give_out(
                connection,
                province.authority,
                unit_code="",
                name="Mức phí mới",
                effective_on=today(made) + timedelta(days=1),
                procedures=(dearer(made, today(made) + timedelta(days=1)),),
                days=(),
                now=province.clock.now(),
            )
        made.counter.preferences.set("sync.papers_hours", "never")
        made.counter.province_line.exchange()
        made.counter.preferences.set("sync.papers_hours", "always")
        made.counter.preferences.set("sync.papers_kbit_s", 256)
        go_by(made, line.url)
        sending = threading.Thread(target=made.counter.province_line.exchange)
        sending.start()
        wait_until(lambda: line.carried_bytes > 3 * CHUNK_BYTES, "papers go up")
        made.counter.preferences.set("sync.papers_kbit_s", 0)
        clock.move(timedelta(days=1))
        made.counter.session.save_clerk(login="thuong", full_name="Lê Thường", role=Role.CLERK, password="mật khẩu thử")
        sending.join()
        (pack,) = made.counter.packs.list_packs()
        assert pack.state is PackState.IN_FORCE
