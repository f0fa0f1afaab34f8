"""One item that nobody foresaw, whoever signed it, delays nothing that comes behind it: on a feed, a stick, upwards."""

import random
import string
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import update
from zstandard import ZstdCompressor

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.domain.dossier import Outcome
from counter_app.domain.procedure import Procedure
from counter_app.domain.unit import Role
from counter_app.journal.entries import Entry, ProcedurePublished
from counter_app.journal.forks import relink
from counter_app.province.service import Province
from counter_app.store.tables import journal
from counter_app.sync import reading
from counter_app.sync.carried import Answer, CarriedLine
from counter_app.sync.frames import Kind
from counter_app.sync.packs import _WORDS, ConfigurationPack, sign_pack
from counter_app.sync.ports import PROVINCE, FeedItem, FeedKind
from counter_app.sync.signed import sign_document
from tests.fakes.desks import PROCEDURE, DeskClock, a_form
from tests.fakes.exchanging import PROVINCE_SIGNER, exchange_of, hall, hall_folder, meet, picture_of
from tests.fakes.province import UNIT, admit, held
from tests.fakes.province_desks import at, enrol, receive


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenCounter]:
    with hall(tmp_path, 1) as (made,):
        yield made


def a_pack(made: OpenCounter, number: int, *procedures: Procedure) -> bytes:
    return sign_pack(pack_of(made, number, *procedures), PROVINCE_SIGNER.sign)


def pack_of(made: OpenCounter, number: int, *procedures: Procedure) -> ConfigurationPack:
    now = made.desk.clock.now()
    return ConfigurationPack(number=number, name="Đợt", effective_on=now.date(), issued_at=now, procedures=procedures)


def brought(*items: tuple[FeedKind, bytes]) -> CarriedLine:
    """Return what a province's stick brings: these items, in this order."""
    answer = Answer(after=0, asked_position=0, asked_mark=b"", chains=())
    feed = [FeedItem(position=place, kind=kind, data=data) for place, (kind, data) in enumerate(items, start=1)]
    return CarriedLine(answer, lambda kind: iter(feed if kind is Kind.FEED else ()))


def numbers(made: OpenCounter) -> list[int]:
    return [pack.number for pack in made.counter.packs.list_packs()]


def test_what_a_store_refuses_delays_nothing_behind_it_and_is_tried_again_by_the_next_version(
    desk: OpenCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = brought((FeedKind.PACK, a_pack(desk, 1)), (FeedKind.PACK, a_pack(desk, 2)))
    with desk.desk.store.writing() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER never BEFORE INSERT ON configuration_pack WHEN new.number = 1"
            " BEGIN SELECT RAISE(ABORT, 'never'); END"
        )
    assert desk.counter.province_line.take_carried(line).refused == 1
    assert numbers(desk) == [2]

    with desk.desk.store.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER never")
    monkeypatch.setattr(reading, "__version__", "9.9.9")
    assert desk.counter.province_line.make_asking().position == 0
    assert desk.counter.province_line.take_carried(line).refused == 0
    assert numbers(desk) == [2, 1]


def test_an_entry_that_cannot_travel_keeps_back_no_chain_but_its_own(tmp_path: Path) -> None:
    with hall(tmp_path, 3) as (one, two, three):
        meet(one, two)
        for number in range(60):
            receive(two, number)
        last = exchange_of(two).next_batches("nobody", most=9)[-1].last_seq
        with two.desk.store.writing() as connection:  # as programs took them once
            spoil = update(journal.entry).values(subject="a\nb")
            connection.execute(spoil.where(journal.entry.c.desk == one.desk.desk.id, journal.entry.c.seq == 1))
            connection.execute(spoil.where(journal.entry.c.desk == two.desk.desk.id, journal.entry.c.seq == last))

        batches = list(exchange_of(two).iter_batches(PROVINCE))

        assert [(one.desk, one.first_seq) for one in batches] == [(two.desk.desk.id, 1), (two.desk.desk.id, 51)]
        assert exchange_of(two).next_batches(PROVINCE)[-1].last_seq < last
        assert two.counter.bundles.export(tmp_path / "stick", to=three.desk.desk.id).entries > 0


def test_what_is_not_one_line_never_comes_into_a_journal(desk: OpenCounter) -> None:
    code = "1.004\n222"
    procedure = msgspec.structs.replace(desk.counter.catalogue.get(PROCEDURE), code=code)
    before = exchange_of(desk).list_held_chains()

    with pytest.raises(UserError, match=r"pack\.too_long"):
        a_pack(desk, 1, procedure)
    data = ZstdCompressor().compress(sign_document(pack_of(desk, 1, procedure), _WORDS, PROVINCE_SIGNER.sign))
    assert desk.counter.province_line.take_carried(brought((FeedKind.PACK, data))).refused == 1
    with pytest.raises(UserError, match=r"journal\.too_long"), desk.desk.transaction() as connection:
        desk.desk.journal.append(connection, ProcedurePublished(procedure=procedure), clerk="program", subject=code)

    assert (numbers(desk), exchange_of(desk).list_held_chains()) == ([], before)


def test_large_entries_go_in_batches_that_every_reader_takes(tmp_path: Path) -> None:
    lots = random.Random(1)
    with hall(tmp_path, 2) as (one, two):
        for number in range(5):
            letters = "".join(lots.choices(string.printable[:94], k=700_000))
            form = msgspec.structs.replace(a_form(number), note=letters)
            one.counter.intake.receive(form, Outcome.ACCEPTED)
        receive(one, 6)

        batches = exchange_of(one).next_batches(PROVINCE, most=99)
        exchange_of(two).take_run([batch.data for batch in batches])

        assert 3 < len(batches) < 8
        assert len(picture_of(two)["dossiers"]) == 6
        (first,) = exchange_of(one).next_batches(PROVINCE, most=1)
        assert first == batches[0]


def test_what_is_larger_than_the_journal_can_hold_is_refused_with_its_intake(desk: OpenCounter) -> None:
    form = msgspec.structs.replace(a_form(), note="ghi chú " * 150_000)
    before = exchange_of(desk).list_held_chains()

    with pytest.raises(UserError, match=r"journal\.too_large"):
        desk.counter.intake.receive(form, Outcome.ACCEPTED)

    assert exchange_of(desk).list_held_chains() == before


def test_a_desk_of_which_an_entry_is_refused_still_gets_what_others_write(tmp_path: Path, province: Province) -> None:
    clock = DeskClock()
    with at(hall_folder(tmp_path / "1", 1), clock) as one, at(hall_folder(tmp_path / "2", 2)) as two:
        for made in (one, two):
            enrol(made, province, UNIT.code)
            made.counter.province_line.exchange()
        clock.move(timedelta(days=1_500 * 365))
        one.counter.session.save_clerk(login="mai", full_name="Lê Mai", role=Role.CLERK, password="mật khẩu thử")
        code = receive(two)
        two.counter.province_line.exchange()

        with pytest.raises(EnvironmentFailure, match=r"sync\.line_refused.*province\.not_genuine"):
            one.counter.province_line.exchange()

        assert one.counter.lookup.get_dossier(code).dossier.code == code


def test_province_refuses_entries_of_one_name(province: Province) -> None:
    desk = admit(province)
    first, *others = desk.chain(5)
    with desk.line() as line, pytest.raises(EnvironmentFailure, match=r"province\.not_genuine"):
        list(line.push(desk.seal(_linked([first, *(msgspec.structs.replace(one, id=first.id) for one in others)]))))
    assert held(province, desk) == []


def _linked(entries: list[Entry]) -> list[Entry]:
    return relink(entries, epoch=1, first_seq=1, prev_hash=entries[0].prev_hash)
