"""The doctor's findings on a real folder, real ports and a clock moved by hand."""

import os
import shutil
import threading
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter
from typing import NamedTuple

import pytest

from counter_app.core.changes import Announcer
from counter_app.core.errors import EnvironmentFailure
from counter_app.core.paths import DataFolder
from counter_app.services.diagnostics import FULL_BYTES, LOW_BYTES, Check, CheckState, Diagnostics
from counter_app.services.peripherals import DeviceRole, DeviceState, Peripherals
from counter_app.settings.settings import Settings
from resources.texts import Language, text, texts
from tests.fakes.serial_reader import SerialReaderEmulator

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
posix = pytest.mark.skipif(os.name != "posix", reason="pseudo terminals exist on POSIX only")


class Usage(NamedTuple):
    total: int
    used: int
    free: int


class StillClock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def peripherals(tmp_path: Path) -> Peripherals:
    return Peripherals(Settings(tmp_path / "settings.json"), Announcer())


def examine(tmp_path: Path, peripherals: Peripherals, at: datetime = NOW) -> dict[str, Check]:
    doctor = Diagnostics(DataFolder(tmp_path / "not made yet"), peripherals, StillClock(at))
    return {check.name: check for check in doctor.run()}


def test_fresh_desk_without_devices_has_only_good_findings(
    tmp_path: Path, peripherals: Peripherals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _place: Usage(10 * LOW_BYTES, 0, LOW_BYTES))
    found = examine(tmp_path, peripherals)
    assert set(found) == {"disk", "clock", "ports", "barcode_reader", "card_reader"}
    assert {check.state for check in found.values()} == {CheckState.OK}


def test_disk_space_is_measured_where_the_folder_will_be(tmp_path: Path, peripherals: Peripherals) -> None:
    free_mb = examine(tmp_path, peripherals)["disk"].context["free_mb"]
    assert isinstance(free_mb, int)
    assert abs(free_mb - shutil.disk_usage(tmp_path).free // 1_000_000) < 2_000


@pytest.mark.parametrize(
    ("free", "state"),
    [
        (LOW_BYTES, CheckState.OK),
        (LOW_BYTES - 1, CheckState.WARNING),
        (FULL_BYTES, CheckState.WARNING),
        (FULL_BYTES - 1, CheckState.FAILED),
    ],
)
def test_disk_finding_follows_the_limits(
    tmp_path: Path, peripherals: Peripherals, monkeypatch: pytest.MonkeyPatch, free: int, state: CheckState
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _place: Usage(10 * LOW_BYTES, 0, free))
    assert examine(tmp_path, peripherals)["disk"].state is state


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (datetime(2025, 6, 30, 16, 59, tzinfo=UTC), "doctor.clock_behind"),
        (datetime(2025, 6, 30, 17, 0, tzinfo=UTC), "doctor.clock_ok"),
        (datetime(2046, 1, 1, tzinfo=UTC), "doctor.clock_ahead"),
    ],
)
def test_clock_outside_the_programs_time_is_told(
    tmp_path: Path, peripherals: Peripherals, at: datetime, code: str
) -> None:
    assert examine(tmp_path, peripherals, at)["clock"].code == code


def test_clock_before_the_last_entry_is_told(tmp_path: Path, peripherals: Peripherals) -> None:
    last = datetime(2026, 3, 2, 2, 6, tzinfo=UTC)
    doctor = Diagnostics(DataFolder(tmp_path), peripherals, StillClock(NOW), last_entry_at=lambda: last)
    assert "doctor.clock_behind" in [check.code for check in doctor.run()]


@posix
def test_assigned_port_is_tried_when_nothing_runs(tmp_path: Path, peripherals: Peripherals) -> None:
    with SerialReaderEmulator() as reader:
        peripherals.assign(DeviceRole.CARD_READER, reader.port)
        assert examine(tmp_path, peripherals)["card_reader"].code == "doctor.card_reader.ready"
        reader.unplug()
        gone = examine(tmp_path, peripherals)["card_reader"]
        assert (gone.state, gone.code) == (CheckState.FAILED, "device.port_missing")


@posix
def test_port_of_a_running_reader_is_reported_without_disturbing_it(tmp_path: Path, peripherals: Peripherals) -> None:
    ready = threading.Event()
    peripherals.on_state(lambda status: ready.set() if status.state is DeviceState.READY else None)
    with SerialReaderEmulator() as reader:
        peripherals.assign(DeviceRole.BARCODE_READER, reader.port)
        peripherals.start()
        try:
            assert ready.wait(5)
            assert examine(tmp_path, peripherals)["barcode_reader"].code == "doctor.barcode_reader.ready"
        finally:
            peripherals.stop()


def test_further_check_that_fails_becomes_a_failed_finding(tmp_path: Path, peripherals: Peripherals) -> None:
    def damaged() -> Check:
        raise EnvironmentFailure("store.damaged", page=7)

    doctor = Diagnostics(DataFolder(tmp_path), peripherals, StillClock(NOW), further=[damaged])
    finding = doctor.run()[-1]
    assert finding == Check(name="store", state=CheckState.FAILED, code="store.damaged", context={"page": 7})


@pytest.mark.parametrize("area", ["device", "doctor"])
def test_sentences_exist_in_both_languages_with_the_same_placeholders(area: str) -> None:
    fields: dict[Language, dict[str, set[str | None]]] = {
        language: {
            key: {field for _, field, _, _ in Formatter().parse(wording) if field}
            for key, wording in texts(language).items()
            if key.startswith(area + ".")
        }
        for language in Language
    }
    assert fields[Language.VIETNAMESE]
    assert fields[Language.VIETNAMESE] == fields[Language.ENGLISH]


@posix
def test_every_finding_has_a_sentence(tmp_path: Path, peripherals: Peripherals) -> None:
    with SerialReaderEmulator() as reader:
        peripherals.assign(DeviceRole.CARD_READER, reader.port)
        for check in examine(tmp_path, peripherals).values():
            for language in Language:
                sentence = text(check.code, language, **check.context)
                assert "{" not in sentence
