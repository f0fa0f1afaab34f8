"""A hall that is cut off time and again."""

import time
from pathlib import Path

import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.services import hall_keeper
from counter_app.services.hall_keeper import HallKeeper
from tests.fakes.daemons import wait_until
from tests.fakes.exchanging import hall_folder
from tests.fakes.halls import Invited, make_store, running_hall
from tests.fakes.province_desks import at, receive


def knows(made: OpenCounter, code: str) -> bool:
    try:
        made.counter.lookup.get_dossier(code)
    except UserError:
        return False
    return True


def test_a_hall_that_answered_is_soon_asked_again_however_often_it_was_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hall_keeper, "_PAUSE_S", 0.1)
    invited, begun = Invited(folder=tmp_path / "province"), 0.0
    with at(hall_folder(tmp_path / "1", 1)) as one, at(hall_folder(tmp_path / "2", 2)) as other:
        invited.admit(one, other)
        with running_hall(make_store(tmp_path, invited)) as hall:
            for made in (one, other):
                made.settings.set("sync.hall_url", hall.url)
            keeper = HallKeeper(one.counter.hall_line)
            keeper.start()
            try:
                for number in range(8):
                    code = receive(other, number)
                    other.counter.hall_line.exchange()
                    begun = time.monotonic()
                    wait_until(lambda code=code: knows(one, code), "the dossier")  # type: ignore[misc]
                    keeper._abort()  # as a line that is cut
                assert time.monotonic() - begun < 5  # 0.1 s doubled six times is more
            finally:
                keeper.stop()
