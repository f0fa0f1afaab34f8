"""Whatever writes to one unit at the same time waits for one another in a row, never in a circle."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from counter_app.core.errors import UserError
from counter_app.core.ids import new_id
from counter_app.domain.concerned import ConcernedAnswer, ConcernedOutcome
from counter_app.journal.chain import GENESIS
from counter_app.journal.entries import DossierReceived, Entry
from counter_app.journal.journal import make_entry
from counter_app.province.desks import publish_roster
from counter_app.province.service import Province
from counter_app.sync.batch import seal
from counter_app.sync.enrolling import ShownRoster
from tests.fakes.concerned_place import concerned_place
from tests.fakes.daemons import wait_until
from tests.fakes.province import OTHER_UNIT, UNIT, RemoteDesk, admit

_AT = 1_790_000_000_000 << 16
Begin = Callable[[Callable[[], Any]], "Future[Any]"]


@contextmanager
def one_after_another(province: Province, row: str) -> Iterator[Begin]:
    """Hold a row and let works begin, each once those before it wait; all of them go on when the body ends."""

    def waiting() -> int:
        query = "SELECT count(*) AS count FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        with province.database.transaction() as connection:
            row = connection.execute(query).fetchone()
        return row.count if row is not None else 0

    with ThreadPoolExecutor(4) as pool, province.database.transaction() as holding:
        holding.execute(f"SELECT 1 FROM {row} FOR NO KEY UPDATE".encode())

        def begin(work: Callable[[], Any]) -> "Future[Any]":
            before = waiting()
            begun = pool.submit(work)
            wait_until(lambda: waiting() > before, "it waits for the row, or for who does")
            return begun

        yield begin


def about(desk: RemoteDesk, *batches: str) -> list[bytes]:
    """Return batches of a chain, each with an entry for every dossier that it is about."""
    sealed: list[bytes] = []
    seq, before = 0, GENESIS
    for dossiers in batches:
        entries: list[Entry] = []
        for dossier in dossiers.split():
            seq += 1
            header = (new_id(), desk.id, 1, seq, _AT + seq, "program", DossierReceived.KIND, 1, dossier)
            entries.append(make_entry(header, body=b"{}", prev_hash=before))
            before = entries[-1].hash
        sealed.append(seal(entries, desk.signer.sign).data)
    return sealed


def test_a_batch_that_frees_another_and_one_of_another_desk_are_both_taken(province: Province) -> None:
    freeing, other, earlier = (admit(province) for _ in range(3))
    first, freed = about(freeing, "d1", "d2 d3")
    (between,) = about(other, "d3")
    (known,) = about(earlier, "d2")
    province.take(earlier.id, known)
    province.take(freeing.id, freed)

    with one_after_another(province, "portal_sending WHERE dossier = 'd2'") as begin:
        begun = [begin(partial(province.take, freeing.id, first)), begin(partial(province.take, other.id, between))]

    assert all(one.result(60) for one in begun)


def test_a_unit_is_told_of_a_dossier_while_it_answers_about_it(
    tmp_path: Path, served: tuple[Province, Path], caplog: pytest.LogCaptureFixture
) -> None:
    with concerned_place(tmp_path, served[0]) as place:
        code = place.receive()
        place.deciding.counter.province_line.exchange()
        place.carry()
        lacks = ConcernedAnswer(outcome=ConcernedOutcome.SUPPLEMENT, words="thiếu bản sao")
        place.deciding.counter.concerned.answer(code, lacks)
        with place.province.database.transaction() as connection:
            connection.execute("UPDATE concerned SET changes = changes + 1, shown = NULL")

        with one_after_another(place.province, f"unit WHERE code = '{OTHER_UNIT.code}'") as begin:
            telling = begin(place.tell)
            answering = begin(place.deciding.counter.province_line.exchange)

        told = telling.result(60)
        answering.result(60)
        assert "DeadlockDetected" not in caplog.text
        assert (told.shown, told.answered + place.carry().answered) == (1, 1)


def test_a_list_that_revokes_a_desk_is_taken_back_while_the_desk_sends(province: Province) -> None:
    showing, revoked, beside = sorted((admit(province) for _ in range(3)), key=lambda desk: desk.id)
    for desk in (revoked, beside):
        province.revoke(desk.id)
    with province.database.transaction() as connection:
        listed_first = "UPDATE desk SET enrolled_at = enrolled_at - interval '1 day' WHERE id = %s"
        connection.execute(listed_first, (beside.id,))
        roster = publish_roster(connection, province.authority, UNIT.code, now=province.clock.now())
        connection.execute("UPDATE desk SET revoked_at = NULL")  # as in a backup of before
    shown = msgspec.msgpack.encode(ShownRoster(roster=roster, unit=UNIT))
    (batch,) = about(revoked, "d1")

    with one_after_another(province, f"desk WHERE id = '{beside.id}'") as begin:
        taken = begin(partial(province.take_roster, showing.id, shown))
        sent = begin(partial(province.take, revoked.id, batch))

    assert taken.result(60) == b""
    with pytest.raises(UserError, match=r"province\.desk_revoked"):
        sent.result(60)
