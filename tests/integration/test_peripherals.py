"""Readers on real pseudo terminals, through the service: what was scanned is what is heard."""

import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from counter_app.core.changes import Announcer, Topic
from counter_app.core.errors import UserError
from counter_app.services.peripherals import DeviceRole, DeviceState, DeviceStatus, Peripherals, Scan
from counter_app.settings.settings import Settings
from tests.fakes.serial_reader import SerialReaderEmulator

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pseudo terminals exist on POSIX only")

PATIENCE_S = 5.0
CARD = "001199000123|012345678|Đặng Thị Ngọc Ánh|01021990|Nữ|Số 1, Phường Cửa Nam, Hà Nội|05032022"


class Desk:
    """Peripherals with everything they tell put into queues."""

    def __init__(self, settings_file: Path) -> None:
        self.settings = Settings(settings_file)
        self.announcer = Announcer()
        self.topics: queue.Queue[frozenset[Topic]] = queue.Queue()
        self.announcer.subscribe(self.topics.put)
        self.peripherals = Peripherals(self.settings, self.announcer)
        self.scans: queue.Queue[Scan] = queue.Queue()
        self.states: queue.Queue[DeviceStatus] = queue.Queue()
        self.peripherals.on_scan(self.scans.put)
        self.peripherals.on_state(self.states.put)

    def wait_for(self, role: DeviceRole, state: DeviceState, advice: str = "") -> DeviceStatus:
        while True:
            status = self.states.get(timeout=PATIENCE_S)
            if (status.role, status.state, status.advice) == (role, state, advice):
                return status

    def next_scan(self) -> bytes:
        return self.scans.get(timeout=PATIENCE_S).raw


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "settings.json")
    desk.peripherals.start()
    yield desk
    desk.peripherals.stop()
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("dev:")] == []


@pytest.fixture
def reader() -> Iterator[SerialReaderEmulator]:
    with SerialReaderEmulator() as emulator:
        yield emulator


@pytest.fixture
def connected(desk: Desk, reader: SerialReaderEmulator) -> Desk:
    desk.peripherals.assign(DeviceRole.CARD_READER, reader.port)
    desk.wait_for(DeviceRole.CARD_READER, DeviceState.READY)
    return desk


@pytest.mark.parametrize("suffix", [b"\r", b"\n", b"\r\n", b"", b"\t"], ids=["cr", "lf", "crlf", "none", "tab"])
def test_scan_with_any_suffix_is_heard_once_without_it(
    connected: Desk, reader: SerialReaderEmulator, suffix: bytes
) -> None:
    reader.scan(b"H26.61.10-261201-1001", suffix)
    assert connected.scans.get(timeout=PATIENCE_S) == Scan(role=DeviceRole.CARD_READER, raw=b"H26.61.10-261201-1001")
    reader.scan(b"end", suffix)
    assert connected.next_scan() == b"end"


@pytest.mark.parametrize(
    "payload",
    [CARD.encode(), b"001199000123||\xa7\xc6ng Th\xde \xb8nh|01021990|N\xf7|H\xb5 N\xe9i|05032022", b"x0123456" * 512],
    ids=["utf-8", "tcvn", "4 KiB"],
)
def test_payload_in_seven_byte_pieces_arrives_unchanged(
    connected: Desk, reader: SerialReaderEmulator, payload: bytes
) -> None:
    reader.scan(payload, chunk=7)
    assert connected.next_scan() == payload


def test_two_codes_in_one_write_are_two_scans(connected: Desk, reader: SerialReaderEmulator) -> None:
    reader.scan(b"one\rtwo")
    assert (connected.next_scan(), connected.next_scan()) == (b"one", b"two")


def test_unplugged_reader_is_searched_and_comes_back_by_itself(connected: Desk, reader: SerialReaderEmulator) -> None:
    for code in (b"first", b"second"):
        reader.unplug()
        connected.wait_for(DeviceRole.CARD_READER, DeviceState.SEARCHING, "device.advice.port_missing")
        reader.replug()
        connected.wait_for(DeviceRole.CARD_READER, DeviceState.READY)
        reader.scan(code)
        assert connected.next_scan() == code


def test_half_a_code_before_unplugging_is_not_joined_to_the_next(connected: Desk, reader: SerialReaderEmulator) -> None:
    reader.scan(b"half", suffix=b"")
    reader.unplug()
    connected.wait_for(DeviceRole.CARD_READER, DeviceState.SEARCHING, "device.advice.port_missing")
    reader.replug()
    connected.wait_for(DeviceRole.CARD_READER, DeviceState.READY)
    reader.scan(b"whole")
    assert connected.next_scan() == b"whole"


def test_wrong_speed_is_disturbed_with_advice_until_a_code_is_readable(
    connected: Desk, reader: SerialReaderEmulator
) -> None:
    reader.scan_at_wrong_speed(CARD.encode(), sent=9600, heard=38400)
    connected.wait_for(DeviceRole.CARD_READER, DeviceState.DISTURBED, "device.advice.wrong_speed")
    connected.peripherals.assign(DeviceRole.CARD_READER, reader.port, baud=38400)
    status = connected.wait_for(DeviceRole.CARD_READER, DeviceState.READY)
    assert status.baud == 38400
    reader.scan(CARD.encode())
    assert connected.next_scan() == CARD.encode()
    assert connected.scans.empty()


def test_code_over_the_limit_is_dropped_with_advice_and_the_next_one_heard(
    connected: Desk, reader: SerialReaderEmulator
) -> None:
    reader.scan(b"z" * 9000)
    connected.wait_for(DeviceRole.CARD_READER, DeviceState.READY, "device.advice.code_too_long")
    reader.scan(b"short")
    assert connected.next_scan() == b"short"
    connected.wait_for(DeviceRole.CARD_READER, DeviceState.READY)


def test_two_readers_at_once_keep_their_roles(connected: Desk, reader: SerialReaderEmulator) -> None:
    with SerialReaderEmulator("barcode") as other:
        connected.peripherals.assign(DeviceRole.BARCODE_READER, other.port, baud=115200)
        connected.wait_for(DeviceRole.BARCODE_READER, DeviceState.READY)
        for index in range(10):
            reader.scan(f"card {index}".encode(), chunk=3)
            other.scan(f"code {index}".encode(), suffix=b"\r\n")
        heard = [connected.scans.get(timeout=PATIENCE_S) for _ in range(20)]
        cards = [scan.raw for scan in heard if scan.role is DeviceRole.CARD_READER]
        codes = [scan.raw for scan in heard if scan.role is DeviceRole.BARCODE_READER]
        assert cards == [f"card {index}".encode() for index in range(10)]
        assert codes == [f"code {index}".encode() for index in range(10)]
        connected.peripherals.stop()


def test_stop_in_the_middle_of_a_code_is_quick_and_leaves_no_thread(
    connected: Desk, reader: SerialReaderEmulator
) -> None:
    reader.scan(b"unfinished", suffix=b"")
    before = time.monotonic()
    connected.peripherals.stop()
    assert time.monotonic() - before < 1.0
    assert connected.scans.empty()


def test_stop_while_searching_does_not_wait_for_the_retry(desk: Desk, tmp_path: Path) -> None:
    desk.peripherals.assign(DeviceRole.CARD_READER, str(tmp_path / "absent"))
    desk.wait_for(DeviceRole.CARD_READER, DeviceState.SEARCHING, "device.advice.port_missing")
    before = time.monotonic()
    desk.peripherals.stop()
    assert time.monotonic() - before < 0.25


def test_stopped_peripherals_start_again(connected: Desk, reader: SerialReaderEmulator) -> None:
    connected.peripherals.stop()
    connected.peripherals.start()
    connected.wait_for(DeviceRole.CARD_READER, DeviceState.READY)
    reader.scan(b"again")
    assert connected.next_scan() == b"again"


def test_port_held_by_another_process_is_told_and_taken_when_it_lets_go(
    desk: Desk, reader: SerialReaderEmulator
) -> None:
    hold = (
        "import serial,sys; s=serial.Serial(sys.argv[1], exclusive=True); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, reader.port], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == "held\n"
        desk.peripherals.assign(DeviceRole.CARD_READER, reader.port)
        desk.wait_for(DeviceRole.CARD_READER, DeviceState.SEARCHING, "device.advice.port_busy")
        holder.stdin.close()
        holder.wait(PATIENCE_S)
    desk.wait_for(DeviceRole.CARD_READER, DeviceState.READY)


def test_file_that_is_no_port_is_refused_with_advice(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    desk.peripherals.assign(DeviceRole.BARCODE_READER, str(tmp_path / "file"))
    desk.wait_for(DeviceRole.BARCODE_READER, DeviceState.SEARCHING, "device.advice.port_refused")


def test_assignment_is_remembered_and_opened_at_the_next_start(
    connected: Desk, reader: SerialReaderEmulator, tmp_path: Path
) -> None:
    connected.peripherals.stop()
    next_day = Desk(tmp_path / "settings.json")
    next_day.peripherals.start()
    try:
        next_day.wait_for(DeviceRole.CARD_READER, DeviceState.READY)
        reader.scan(b"good morning")
        assert next_day.next_scan() == b"good morning"
    finally:
        next_day.peripherals.stop()


def test_taking_the_port_away_ends_the_thread_and_tells_none(connected: Desk, reader: SerialReaderEmulator) -> None:
    connected.peripherals.assign(DeviceRole.CARD_READER, "")
    connected.wait_for(DeviceRole.CARD_READER, DeviceState.NONE)
    assert {status.state for status in connected.peripherals.list_statuses()} == {DeviceState.NONE}
    assert not any(thread.name.startswith("dev:") for thread in threading.enumerate())


def test_port_of_another_role_is_refused_also_under_its_other_name(
    connected: Desk, reader: SerialReaderEmulator
) -> None:
    for name in (reader.port, os.path.realpath(reader.port)):
        with pytest.raises(UserError) as refusal:
            connected.peripherals.assign(DeviceRole.BARCODE_READER, name)
        assert refusal.value.code == "device.port_taken"
    assert connected.settings.get("device.barcode_reader.port") == ""


def test_unusual_speed_is_refused_and_nothing_changes(connected: Desk, reader: SerialReaderEmulator) -> None:
    with pytest.raises(UserError) as refusal:
        connected.peripherals.assign(DeviceRole.CARD_READER, reader.port, baud=12345)
    assert refusal.value.code == "device.unusual_speed"
    reader.scan(b"still there")
    assert connected.next_scan() == b"still there"


def test_statuses_name_every_role_before_and_after_connecting(desk: Desk, reader: SerialReaderEmulator) -> None:
    assert [status.state for status in desk.peripherals.list_statuses()] == [DeviceState.NONE, DeviceState.NONE]
    desk.peripherals.assign(DeviceRole.CARD_READER, reader.port)
    ready = desk.wait_for(DeviceRole.CARD_READER, DeviceState.READY)
    assert ready in desk.peripherals.list_statuses()


def test_listener_that_fails_does_not_end_the_reader(connected: Desk, reader: SerialReaderEmulator) -> None:
    def fail(scan: Scan) -> None:
        raise RuntimeError("a listener's mistake")

    forget = connected.peripherals.on_scan(fail)
    reader.scan(b"first")
    assert connected.next_scan() == b"first"
    forget()
    deadline = time.monotonic() + PATIENCE_S
    # The port is opened anew after the mistake; what is scanned meanwhile is lost, as with a real reader.
    while connected.scans.empty() and time.monotonic() < deadline:
        reader.scan(b"second")
        threading.Event().wait(0.05)
    assert connected.next_scan() == b"second"


def test_state_changes_are_announced_as_a_topic(connected: Desk) -> None:
    heard = [connected.topics.get(timeout=PATIENCE_S) for _ in range(3)]
    assert frozenset({Topic.DEVICES}) in heard
    assert frozenset({Topic.SETTINGS}) in heard


def test_trace_has_lengths_and_kinds_but_nothing_that_was_read(connected: Desk, reader: SerialReaderEmulator) -> None:
    reader.scan(CARD.encode())
    connected.next_scan()
    session = connected.peripherals.list_sessions(DeviceRole.CARD_READER)[-1]
    assert session.port == reader.port
    written = "\n".join(session.lines)
    assert "digit" in written
    assert not any(field in written for field in CARD.split("|"))


def test_ports_of_the_machine_can_be_listed(desk: Desk) -> None:
    names = [port.name for port in desk.peripherals.list_ports()]
    assert names == sorted(set(names))


def test_start_without_assigned_ports_loads_no_serial_library(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from counter_app.core.changes import Announcer\n"
        "from counter_app.services.peripherals import Peripherals\n"
        "from counter_app.settings.settings import Settings\n"
        "p = Peripherals(Settings(Path(sys.argv[1])), Announcer()); p.start(); p.list_statuses(); p.stop()\n"
        "print('serial' in sys.modules)\n"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "none.json")], capture_output=True, text=True, check=True
    )
    assert outcome.stdout == "False\n"
