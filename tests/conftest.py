"""What every test stands on: a real encrypted store in a folder of its own, a clock moved by hand."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

# No screen is needed unless a test brings one; Qt reads this when the application is made.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from hypothesis import HealthCheck, settings

from counter_app.bootstrap import OpenCounter, init_sample_desk, open_counter
from counter_app.core.paths import DataFolder
from counter_app.services.counter import Counter
from counter_app.services.sample_data import LOGIN
from ui.application import create_application
from ui.errors import WindowApplication

PASSPHRASE = "cụm mật khẩu thử nghiệm"
MONDAY_MORNING = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# The gate draws the same examples in every run, so that it judges the change and not the draw; all else explores.
settings.register_profile("gate", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
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
    return HandClock(MONDAY_MORNING)


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "desk", state_root=tmp_path / "state")


@pytest.fixture(scope="session")
def sample_desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample desk with a few dossiers, made once and copied for every test."""
    root = tmp_path_factory.mktemp("sample")
    made = DataFolder(root / "desk", state_root=root / "state")
    init_sample_desk(made, passphrase=PASSPHRASE, dossiers=12, clock=HandClock(MONDAY_MORNING))
    return root


@pytest.fixture
def sample_folder(sample_desk: Path, folder: DataFolder) -> DataFolder:
    """The sample desk in a folder of the test's own.

    The state outside the folder comes along: without it the store would notice that it was copied.
    """
    shutil.copytree(sample_desk / "desk", folder.root)
    shutil.copytree(sample_desk / "state", folder.root.parent / "state")
    return folder


@pytest.fixture
def opened_counter(sample_folder: DataFolder, clock: HandClock) -> Iterator[OpenCounter]:
    """The sample desk, open; nobody is signed in."""
    made = open_counter(sample_folder, passphrase=PASSPHRASE, clock=clock)
    yield made
    made.close()


@pytest.fixture
def counter(opened_counter: OpenCounter) -> Counter:
    """The services of the sample desk, the sample clerk signed in."""
    opened_counter.counter.session.act_as(LOGIN)
    return opened_counter.counter


@pytest.fixture(scope="session")
def qapp_cls() -> type[WindowApplication]:
    return WindowApplication


@pytest.fixture(scope="session")
def qapp(qapp_cls: type[WindowApplication]) -> WindowApplication:
    """The one application of a test run: Qt allows no second one, of whatever class."""
    return create_application(["counter-app"])
