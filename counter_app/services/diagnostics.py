"""The desk examined for support: disk, clock, ports and devices, and whatever checks the caller adds."""

import shutil
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import msgspec

from counter_app.core.clock import Clock, local_date, to_local
from counter_app.core.errors import AppError, EnvironmentFailure
from counter_app.core.paths import DataFolder
from counter_app.devices.transport.serial import SerialPort
from counter_app.services.peripherals import DeviceState, DeviceStatus, Peripherals

# Decree 118/2025/NĐ-CP, whose rules this program follows, applies from 1 July 2025: no desk works before that.
EARLIEST_ON = date(2025, 7, 1)
LATEST_YEARS = 20
CLOCK_TOLERANCE = timedelta(minutes=5)
# A receipt is about 50 kB and a backup doubles the store for a moment.
LOW_BYTES = 1_000_000_000
FULL_BYTES = 200_000_000


class CheckState(StrEnum):
    """WARNING: works, but somebody should look. FAILED: work will stop or has stopped."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One finding. `code` is a key of resources/texts and `context` fills it; free of personal data."""

    name: str
    state: CheckState
    code: str
    context: dict[str, str | int] = {}


class Diagnostics:
    """Runs all checks, one after another. Not for the window's thread: a port may take seconds to answer.

    `last_entry_at` gives the newest instant that is certainly past, or None; `further` are checks of other rooms.
    """

    def __init__(
        self,
        folder: DataFolder,
        peripherals: Peripherals,
        clock: Clock,
        *,
        last_entry_at: Callable[[], datetime | None] = lambda: None,
        further: Sequence[Callable[[], Check]] = (),
    ) -> None:
        self._folder = folder
        self._peripherals = peripherals
        self._clock = clock
        self._last_entry_at = last_entry_at
        self._further = tuple(further)

    def run(self) -> tuple[Check, ...]:
        """Return every finding, the good ones too. A check that fails with an AppError is a FAILED finding."""
        checks: list[Callable[[], Check]] = [self._check_disk, self._check_clock, self._check_ports]
        found = [_run_one(check) for check in checks]
        found += [_check_device(status) for status in self._peripherals.list_statuses()]
        found += [_run_one(check) for check in self._further]
        return tuple(found)

    def _check_disk(self) -> Check:
        place = _nearest_existing(self._folder.root)
        try:
            free = shutil.disk_usage(place).free
        except OSError as exc:
            raise EnvironmentFailure("doctor.disk_unreadable", retryable=True) from exc
        state, code = CheckState.OK, "doctor.disk_ok"
        if free < FULL_BYTES:
            state, code = CheckState.FAILED, "doctor.disk_full"
        elif free < LOW_BYTES:
            state, code = CheckState.WARNING, "doctor.disk_low"
        return Check(name="disk", state=state, code=code, context={"free_mb": free // 1_000_000})

    def _check_clock(self) -> Check:
        now = self._clock.now()
        context: dict[str, str | int] = {"now": f"{to_local(now):%H:%M %d/%m/%Y}"}
        last = self._last_entry_at()
        behind_entries = last is not None and now < last - CLOCK_TOLERANCE
        if local_date(now) < EARLIEST_ON or behind_entries:
            return Check(name="clock", state=CheckState.FAILED, code="doctor.clock_behind", context=context)
        if local_date(now).year > EARLIEST_ON.year + LATEST_YEARS:
            return Check(name="clock", state=CheckState.FAILED, code="doctor.clock_ahead", context=context)
        return Check(name="clock", state=CheckState.OK, code="doctor.clock_ok", context=context)

    def _check_ports(self) -> Check:
        names = [port.name for port in self._peripherals.list_ports()]
        if not names:
            return Check(name="ports", state=CheckState.OK, code="doctor.ports_none")
        context: dict[str, str | int] = {"count": len(names), "names": ", ".join(names)}
        return Check(name="ports", state=CheckState.OK, code="doctor.ports_found", context=context)


def _check_device(status: DeviceStatus) -> Check:
    if status.state is DeviceState.SEARCHING and not status.advice:
        return _try_port(status)
    state = {
        DeviceState.NONE: CheckState.OK,
        DeviceState.READY: CheckState.OK,
        DeviceState.DISTURBED: CheckState.WARNING,
        DeviceState.SEARCHING: CheckState.FAILED,
    }[status.state]
    return _device_finding(status, state, status.state.value)


def _try_port(status: DeviceStatus) -> Check:
    """Open and close a port that no thread has tried yet, as when only the command line runs."""
    port = SerialPort(status.port, status.baud)
    try:
        port.open()
    except EnvironmentFailure as failure:
        return Check(name=status.role, state=CheckState.FAILED, code=failure.code, context=failure.context)
    finally:
        port.close()
    return _device_finding(status, CheckState.OK, "ready")


def _device_finding(status: DeviceStatus, state: CheckState, finding: str) -> Check:
    context: dict[str, str | int] = {"port": status.port, "baud": status.baud}
    return Check(name=status.role, state=state, code=f"doctor.{status.role}.{finding}", context=context)


def _run_one(check: Callable[[], Check]) -> Check:
    try:
        return check()
    except AppError as error:
        name = error.code.partition(".")[0]
        return Check(name=name, state=CheckState.FAILED, code=error.code, context=error.context)


def _nearest_existing(path: Path) -> Path:
    """Return the folder itself, or the one it would be made in."""
    return next((place for place in (path, *path.parents) if place.exists()), path)
