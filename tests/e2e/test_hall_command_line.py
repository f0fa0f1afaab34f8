"""A province, a hall and two desks as processes: the line is cut by ending the province, the hall killed, all heals."""

import json
import os
import signal
from pathlib import Path

from counter_app.core.clock import SystemClock
from counter_app.core.paths import DataFolder
from counter_app.hall.running import is_running, read_status
from counter_app.province.running import administered
from counter_app.settings.settings import Settings
from counter_app.sync.roster import DeskKind
from tests.e2e.program import PASS_PHRASE, Program
from tests.e2e.test_province_command_line import received, served
from tests.fakes.daemons import free_port, wait_until
from tests.fakes.province import UNIT, province_folder


def invited(province: Path) -> dict[str, str]:
    """Return a code for the hall and one for each desk."""
    with administered(province) as made:
        kinds = {"hall": DeskKind.HALL, "one": DeskKind.DESK, "other": DeskKind.DESK}
        return {name: made.invite(unit=UNIT, kind=kind, name=name) for name, kind in kinds.items()}


def desk_of(data: Path, code: str, url: str, hall: str) -> Program:
    desk = Program(data)
    desk.run("init", "--enrol", code, "--province", url, "--json", COUNTER_APP_PASSWORD=PASS_PHRASE).json()
    Settings(DataFolder(data).settings).set("sync.hall_url", hall)
    return desk


def started(hall: Program, listen: str) -> int:
    """Start the hall aside; returns its process."""
    assert hall.ask("hall", "start", "--listen", listen) == {"url": f"https://{listen}"}
    return int(json.loads((hall.data / "hall" / "served.json").read_text())["process"])


def unsent(hall: Program) -> int:
    return read_status(DataFolder(hall.data), passphrase=PASS_PHRASE, clock=SystemClock()).unsent


def test_desks_of_a_hall_go_on_without_the_outside_line_and_the_province_gets_everything_later(tmp_path: Path) -> None:
    listen, outside = (f"127.0.0.1:{free_port()}" for _ in range(2))
    hall = Program(tmp_path / "hall")
    with province_folder() as folder:
        province = Program(folder / "province")
        with served(province.data, "--listen", outside) as url:
            codes = invited(province.data)
            hall.ask("hall", "init", "--enrol", codes["hall"], "--province", url)
            one, other = (desk_of(tmp_path / name, codes[name], url, f"https://{listen}") for name in ("one", "other"))

        process = started(hall, listen)
        try:
            code = received(one, tmp_path)
            sent = one.ask("sync", "--once")
            assert sent["is_province_there"] is False
            assert sent["hall"]["pushed"] == sent["hall"]["acknowledged"] > 0
            assert other.ask("sync", "--once")["hall"]["received"] >= sent["hall"]["pushed"]
            ticks = other.ask("show", code)["ticks"]
            assert (ticks["second_machine"], ticks["province"]) == (True, False)
            os.kill(process, signal.SIGKILL)
            wait_until(lambda: not is_running(DataFolder(hall.data)), "the end of the hall")

            with served(province.data, "--listen", outside):
                started(hall, listen)
                wait_until(lambda: unsent(hall) == 0, "everything at the province")
            answer = one.ask("sync", "--once")  # the receipt came through the hall: the province is gone again
            assert (answer["is_province_there"], answer["oldest_unsent_s"]) == (False, None)
            status = hall.ask("hall", "status")
            assert (status["is_running"], status["desks"], status["unsent"]) == (True, 2, 0)
            assert hall.ask("hall", "verify")["sound"]
        finally:
            assert hall.ask("hall", "stop") == {"stopped": True}
