"""What a desk says wrongly of the epochs it began stops no hall's way up and no stick, and costs little."""

import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest

from counter_app.core.ids import new_id
from counter_app.domain.unit import Slice, Unit
from counter_app.hall.keeping import Keeping
from counter_app.journal.chain import GENESIS
from counter_app.journal.entries import Entry, EpochForked, UnitSaved, encode_body
from counter_app.journal.forks import relink
from counter_app.journal.journal import make_entry
from counter_app.province.bundles import ProvinceBundles
from counter_app.province.database import Connection
from counter_app.province.papers import index_papers
from counter_app.province.service import Province
from counter_app.store.store import Store
from counter_app.sync.bundle_file import write_bundle
from counter_app.sync.carried import Asking
from counter_app.sync.frames import Header, Kind
from counter_app.sync.ports import PROVINCE
from counter_app.sync.roster import DeskKind
from tests.fakes.desks import START, DeskClock
from tests.fakes.halls import carry_up, hall_of
from tests.fakes.province import UNIT, RemoteDesk, admit, held

_AT = 1_795_000_000_000 << 16
_NUMBERS = Slice(4_000, 4_999)
_OTHER_NUMBERS = Slice(5_000, 5_999)
_encode = msgspec.msgpack.Encoder().encode


def _desk(province: Province, numbers: Slice = _NUMBERS) -> RemoteDesk:
    code = province.invite(unit=UNIT, kind=DeskKind.DESK, name="Quầy", number_slice=numbers)
    return admit(province, code=code)


def _start(desk: RemoteDesk, *, moved: int = 1, forked_seq: int = 1, forked_hash: bytes = bytes(32)) -> bytes:
    return encode_body(
        EpochForked(
            desk_id=desk.id,
            epoch=2,
            part=Slice(1, 1),
            reason="forked",
            previous_seq=0,
            previous_hash=b"",
            forked_epoch=1,
            forked_seq=forked_seq,
            forked_hash=forked_hash,
            moved=moved,
        )
    )


def _far(desk: RemoteDesk) -> bytes:
    return _start(desk).replace(b'"forked_seq":1', b'"forked_seq":' + b"9" * 4_200)


def _far_back(desk: RemoteDesk) -> bytes:
    return _start(desk).replace(b'"forked_seq":1', b'"forked_seq":-' + b"9" * 4_200)


def _at_the_end(desk: RemoteDesk) -> bytes:
    return _start(desk, forked_seq=2**31 - 1, moved=2**31 - 1)


_BODIES: list[Callable[[RemoteDesk], bytes]] = [_far, _far_back, _at_the_end, lambda _desk: b"{}"]


def _epoch_of(desk: RemoteDesk, bodies: Sequence[tuple[str, int, bytes, str]]) -> list[Entry]:
    """Return a second epoch; each body with its kind, version and subject."""
    entries: list[Entry] = []
    for seq, (kind, version, body, subject) in enumerate(bodies, start=1):
        header = (new_id(), desk.id, 2, seq, _AT + seq, "program", kind, version, subject)
        entries.append(make_entry(header, body=body, prev_hash=entries[-1].hash if entries else GENESIS))
    return entries


def _starting(desk: RemoteDesk, body: bytes) -> tuple[str, int, bytes, str]:
    return EpochForked.KIND, EpochForked.VERSION, body, desk.id


def _saved(text: str = "") -> tuple[str, int, bytes, str]:
    return UnitSaved.KIND, 1, encode_body(UnitSaved(unit=Unit(code="H99.1", name=f"x{text}"))), ""


def _fork(province: Province, desk: RemoteDesk) -> None:
    for name in "xy":
        province.take(desk.id, desk.seal(desk.chain(2, name=name))[0].data)


def _count_aside(province: Province, desk: RemoteDesk) -> int:
    with province.database.transaction() as connection:
        row = connection.execute("SELECT count(*) AS count FROM fork WHERE desk = %s", (desk.id,)).fetchone()
    return int(row.count) if row is not None else 0


@pytest.mark.parametrize("lie", _BODIES)
def test_a_start_of_an_epoch_that_lies_stops_neither_a_halls_way_up_nor_a_stick(
    tmp_path: Path, province: Province, lie: Callable[[RemoteDesk], bytes]
) -> None:
    rogue, honest, hall = _desk(province), _desk(province, _OTHER_NUMBERS), admit(province, kind=DeskKind.HALL)
    _fork(province, rogue)
    bad = rogue.seal(_epoch_of(rogue, [_starting(rogue, lie(rogue)), _saved()]))[0].data
    batches = [batch.data for batch in honest.seal(honest.chain(20))]
    folder = hall_of(province, hall, tmp_path, unit=UNIT)
    keeping = Keeping(Store(folder.store, bytes(32)), DeskClock(), most_bytes=1 << 30)
    keeping.require_known()
    keeping.take(bad, asker=rogue.id)
    for data in batches[:2]:
        keeping.take(data, asker=honest.id)
    keeping.close()

    assert carry_up(folder) == ""
    assert len(held(province, honest)) == 10

    stick = tmp_path / "stick.bundle"
    opening = [(Kind.HEADER, _encode(Header(giver=honest.id, receiver=PROVINCE, made_at=START)))]
    pieces = [*opening, (Kind.ASKING, _encode(Asking())), *((Kind.BATCH, data) for data in (bad, *batches))]
    write_bundle(stick, pieces, sign=honest.signer.sign, recipient=province.authority.recipient)
    assert ProvinceBundles(province).take(stick).entries == 10
    assert _count_aside(province, rogue) == 1


def test_a_batch_at_which_the_province_fails_is_refused_and_stops_nobody(
    tmp_path: Path, province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    rogue, honest, hall = _desk(province), _desk(province, _OTHER_NUMBERS), admit(province, kind=DeskKind.HALL)
    folder = hall_of(province, hall, tmp_path, unit=UNIT)
    keeping = Keeping(Store(folder.store, bytes(32)), DeskClock(), most_bytes=1 << 30)
    keeping.require_known()
    keeping.take(rogue.seal(rogue.chain(5, name="strange"))[0].data, asker=rogue.id)
    keeping.take(honest.seal(honest.chain(5))[0].data, asker=honest.id)
    keeping.close()

    def fail(connection: Connection, entries: Sequence[Entry], unit_code: str) -> None:
        if b"strange" in entries[0].body:
            raise ValueError("nobody foresaw it")
        index_papers(connection, entries, unit_code)

    monkeypatch.setattr("counter_app.province.journals.index_papers", fail)

    assert carry_up(folder) == ""
    assert (held(province, rogue), len(held(province, honest))) == ([], 5)


def test_what_was_moved_is_forgotten_once_all_of_it_is_here_and_only_by_the_first_entry_of_an_epoch(
    province: Province,
) -> None:
    for numbers, offset in ((_NUMBERS, 1), (_OTHER_NUMBERS, 0)):
        desk = _desk(province, numbers)
        common = desk.chain(10)
        line = desk.chain(30, after=common, name="y")
        for entries in (desk.chain(30, after=common), line):
            province.take(desk.id, desk.seal(entries, 30)[0].data)
        assert _count_aside(province, desk) == 1

        start = _starting(desk, _start(desk, moved=20, forked_seq=10, forked_hash=common[-1].hash))
        first = _epoch_of(desk, [_saved()] * offset + [start])
        moved = relink(line[10:], epoch=2, first_seq=len(first) + 1, prev_hash=first[-1].hash)
        aside = []
        for batch in desk.seal([*first, *moved], 8):
            province.take(desk.id, batch.data)
            aside.append(_count_aside(province, desk))

        assert aside == ([1, 1, 1] if offset else [1, 1, 0])


def test_a_desk_that_says_to_have_moved_everything_takes_no_memory_for_it(province: Province) -> None:
    desk = _desk(province)
    common = desk.chain(1)
    for name in "xy":
        province.take(desk.id, desk.seal(desk.chain(900, after=common, name=name), 900)[0].data)
    start = _starting(desk, _start(desk, moved=2**31 - 1))
    entries = _epoch_of(desk, [start, *[_saved("a" * 1_000_000)] * 75])
    *before, last = desk.seal(entries, 15)
    for batch in before:
        province.take(desk.id, batch.data)

    tracemalloc.start()
    try:
        province.take(desk.id, last.data)
        _size, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < 40 * 1024 * 1024
