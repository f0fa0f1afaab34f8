"""Two services over one PostgreSQL, as behind a balancer: whichever a desk reaches, everything is there once."""

import random
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime

import msgspec
import pytest

from counter_app.core.clock import to_millis
from counter_app.core.ids import new_id
from counter_app.domain.unit import Unit
from counter_app.journal.chain import GENESIS
from counter_app.journal.entries import Entry, UnitSaved, encode_body
from counter_app.journal.journal import make_entry
from counter_app.province.limits import FAILED
from counter_app.province.service import Province
from counter_app.province.web.running import web_served
from counter_app.province.web.server import WebOptions
from counter_app.sync.ports import FeedKind
from tests.fakes.province import RemoteDesk, admit, held, province_folder, serving, standing_still
from tests.fakes.web_client import ask

_DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Province, Province]]:
    with ExitStack() as stack:
        root = stack.enter_context(province_folder())
        one = stack.enter_context(serving(root / "one"))
        with one.database.transaction() as connection:
            url = f"postgresql://province@/province?host={connection.info.host}"
        (root / "two").mkdir()
        for name in ("authority.pem", "province.key"):
            shutil.copy(root / "one" / name, root / "two" / name)
        two = stack.enter_context(serving(root / "two", database=url))
        yield one, two


def over_months(desk: RemoteDesk, count: int) -> list[Entry]:
    """Return a chain that takes a year, and begins with a clock that stood decades back."""
    entries: list[Entry] = []
    for seq in range(1, count + 1):
        at = (seq * _DAY_MS if seq < 3 else 1_760_000_000_000 + seq * 12 * _DAY_MS) << 16
        body = UnitSaved(unit=Unit(code=f"H99.{seq}", name=f"x {seq}"))
        header = (new_id(), desk.id, 1, seq, at, "program", body.KIND, 1, "")
        prev_hash = entries[-1].hash if entries else GENESIS
        entries.append(make_entry(header, body=encode_body(body), prev_hash=prev_hash))
    return entries


def test_a_desk_that_goes_by_either_of_two_services_is_stored_once_month_by_month(
    pair: tuple[Province, Province],
) -> None:
    one, two = pair
    writer, reader = admit(one), admit(two)
    entries = over_months(writer, 32)
    batches = writer.seal(entries, 3) * 2
    random.Random(5).shuffle(batches)
    with ThreadPoolExecutor(4) as pool:
        sent = [pool.submit(pair[place % 2].take, writer.id, batch.data) for place, batch in enumerate(batches)]
        for answer in sent:
            answer.result()
    assert held(one, writer) == held(two, writer) == [entry.hash for entry in entries]
    with one.database.transaction() as connection:
        query = "SELECT tableoid::regclass::text AS part, count(*) AS count FROM entry WHERE desk = %s GROUP BY 1"
        parts = {row.part: row.count for row in connection.execute(query, (writer.id,))}
    assert parts["entry_elsewhen"] == 2
    assert {part.removeprefix("entry_")[:5] for part in parts} == {"2025_", "2026_", "elsew"}
    assert len(parts) >= 12
    for service in pair:
        moved = RemoteDesk(reader.id, reader.signer, msgspec.structs.replace(reader.identity, url=service.url))
        with moved.line() as line:
            items = [item for item in line.pull(0) if item.kind == FeedKind.BATCH]
        assert sorted(item.position for item in items) == [item.position for item in items]
        assert {item.data for item in items} == {batch.data for batch in batches}


def test_entries_of_a_new_month_wait_for_nobody_who_reads_entries_for_long(pair: tuple[Province, Province]) -> None:
    one, two = pair
    desks = [admit(one), admit(two)]
    with ThreadPoolExecutor(1) as pool, one.database.transaction() as reader:
        reader.execute("SELECT count(*) FROM entry")  # as a dump does, to its end
        pool.submit(two.take, desks[0].id, _of_month(desks[0], 3)).result(timeout=20)
    two.take(desks[1].id, _of_month(desks[1], 4))
    query = "SELECT tableoid::regclass::text AS part FROM entry WHERE desk = %s"
    with one.database.transaction() as connection:
        parts = [connection.execute(query, (desk.id,)).fetchall() for desk in desks]
    assert [[row.part for row in rows] for rows in parts] == [["entry_elsewhen"], ["entry_2021_04"]]


def _of_month(desk: RemoteDesk, month: int) -> bytes:
    """Return a batch of one entry written in a month of 2021."""
    body = UnitSaved(unit=Unit(code="H99.1", name="x"))
    header = (
        new_id(),
        desk.id,
        1,
        1,
        to_millis(datetime(2021, month, 5, tzinfo=UTC)) << 16,
        "program",
        body.KIND,
        1,
        "",
    )
    return desk.seal([make_entry(header, body=encode_body(body), prev_hash=GENESIS)])[0].data


def test_what_one_service_revokes_or_counts_holds_at_the_other(pair: tuple[Province, Province]) -> None:
    one, two = pair
    desk = admit(one)
    with ExitStack() as stack:
        listen = WebOptions(listen=("127.0.0.1", 0))
        pages = [stack.enter_context(web_served(standing_still(made), listen)) for made in pair]
        tries = [
            ask(pages[n % 2], "/", form={"code": f"H99.14-261123-{n:04d}", "check": "0000-0000"}).status
            for n in range(1, FAILED.most + 3)
        ]
    assert tries == [404] * FAILED.most + [429, 429]
    one.revoke(desk.id)
    moved = RemoteDesk(desk.id, desk.signer, msgspec.structs.replace(desk.identity, url=two.url))
    with moved.line() as line, pytest.raises(Exception, match="line_revoked"):
        list(line.pull(0))
