"""What every test stands on: a real encrypted store in a folder of its own, a clock moved by hand."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from counter_app.bootstrap import OpenCounter, init_sample_desk, open_counter
from counter_app.core.paths import DataFolder
from counter_app.services.counter import Counter
from counter_app.services.sample_data import LOGIN

PASSPHRASE = "cụm mật khẩu thử nghiệm"

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("torture", deadline=None, max_examples=2_000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


class HandClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def move(self, step: timedelta) -> None:
        self._now += step


@pytest.fixture
def clock() -> HandClock:
    """A Monday morning at the desk: 09:10 in Việt Nam on 23 November 2026."""
    return HandClock(datetime(2026, 11, 23, 2, 10, tzinfo=UTC))


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "desk", state_root=tmp_path / "state")


@pytest.fixture
def opened_counter(folder: DataFolder, clock: HandClock) -> Iterator[OpenCounter]:
    """An open sample desk with a few dossiers; nobody is signed in."""
    init_sample_desk(folder, passphrase=PASSPHRASE, dossiers=12, clock=clock)
    made = open_counter(folder, passphrase=PASSPHRASE, clock=clock)
    yield made
    made.close()


@pytest.fixture
def counter(opened_counter: OpenCounter) -> Counter:
    """The services of the sample desk, the sample clerk signed in."""
    opened_counter.counter.session.act_as(LOGIN)
    return opened_counter.counter
