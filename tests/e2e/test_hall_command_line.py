"""A province, a hall and two desks as processes: the line is cut, the hall is killed, and all heals."""

import json
import os
import signal
from pathlib import Path

from counter_app.core.clock import SystemClock
from counter_app.core.paths import DataFolder
from counter_app.domain.unit import Slice
from counter_app.hall.running import is_running, read_status
from counter_app.province.running import administered
from counter_app.services.enrolling import fetch_invitation
from counter_app.sync.roster import DeskKind
from tests.e2e.program import PASS_PHRASE, Program
from tests.e2e.test_province_command_line import served
from tests.fakes.cut_line import cut_line
from tests.fakes.daemons import free_port, wait_until
from tests.fakes.desks import PASSPHRASE
from tests.fakes.exchanging import hall_folder, hall_unit
from tests.fakes.province import province_folder
from tests.fakes.province_desks import at, receive


def invited(province: Path) -> dict[str, str]:
    """Return a code for the hall and one for each desk."""
    with administered(province) as made:
        codes = {"hall": made.invite(unit=hall_unit(), kind=DeskKind.HALL, name="hall")}
        for number, name in enumerate(("one", "other"), start=1):  # with the numbers that `hall_folder` gave them
            numbers = Slice(number * 1_000, number * 1_000 + 999)
            codes[name] = made.invite(unit=hall_unit(), kind=DeskKind.DESK, name=name, number_slice=numbers)
        return codes


def desk_of(root: Path, number: int, url: str, code: str, hall: str) -> tuple[Program, str]:
    """Return a desk that the province has admitted, with a dossier; how these are made is shown elsewhere."""
    folder = hall_folder(root, number)
    with at(folder) as made:
        made.counter.province_line.enrolling.enrol(fetch_invitation(url, code))
        made.settings.set("sync.hall_url", hall)
        return Program(folder.root, environment={"COUNTER_APP_PASSPHRASE": PASSPHRASE}), receive(made, number)


def started(hall: Program, listen: str) -> int:
    """Start the hall aside; returns its process."""
    assert hall.ask("hall", "start", "--listen", listen) == {"url": f"https://{listen}"}
    return int(json.loads((hall.data / "hall" / "served.json").read_text())["process"])


def unsent(hall: Program) -> int:
    return read_status(DataFolder(hall.data), passphrase=PASS_PHRASE, clock=SystemClock()).unsent


def test_desks_of_a_hall_go_on_without_the_outside_line_and_the_province_gets_everything_later(tmp_path: Path) -> None:
    here, outside, far = free_port(), free_port(), free_port()
    listen, line = f"127.0.0.1:{here}", f"https://127.0.0.1:{outside}"
    hall, province = Program(tmp_path / "hall"), ("127.0.0.1", far)
    with (
        province_folder() as folder,
        served(folder / "province", "--listen", f"127.0.0.1:{far}", "--public-url", line),
    ):
        with cut_line(province, port=outside):
            codes = invited(folder / "province")
            hall.ask("hall", "init", "--enrol", codes["hall"], "--province", line)
            (one, code), (other, _code) = (
                desk_of(tmp_path / name, number, line, codes[name], f"https://{listen}")
                for number, name in enumerate(("one", "other"), start=1)
            )

        process = started(hall, listen)
        try:
            sent = one.ask("sync", "--once")
            assert sent["is_province_there"] is False
            assert sent["hall"]["pushed"] == sent["hall"]["acknowledged"] > 0
            assert other.ask("sync", "--once")["hall"]["received"] >= sent["hall"]["pushed"]
            os.kill(process, signal.SIGKILL)
            wait_until(lambda: not is_running(DataFolder(hall.data)), "the end of the hall")

            with cut_line(province, port=outside):
                started(hall, listen)
                wait_until(lambda: unsent(hall) == 0, "everything at the province")
            answer = one.ask("sync", "--once")  # the receipt came through the hall: the line is cut again
            assert (answer["is_province_there"], answer["oldest_unsent_s"]) == (False, None)
            with administered(folder / "province") as held:
                assert held.show_dossier(code).entries
            assert hall.ask("hall", "verify")["sound"]
        finally:
            assert hall.ask("hall", "stop") == {"stopped": True}
