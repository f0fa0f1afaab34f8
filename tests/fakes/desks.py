"""Sample desks for tests that need many: one is made, the others are copies of its folder."""

import atexit
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from counter_app.bootstrap import OpenCounter, init_sample_desk, opened
from counter_app.core.clock import Clock
from counter_app.core.paths import DataFolder
from counter_app.domain.person import Party, Sex
from counter_app.domain.unit import Role
from counter_app.services.answers.intake import IntakeForm
from counter_app.services.sample_data import LOGIN

PASSPHRASE = "cụm mật khẩu thử nghiệm"
PROCEDURE = "1.001193"
HEAD = "truong"
DOSSIERS = 6
START = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
"""A Monday morning at the desk: 09:10 in Việt Nam."""


class DeskClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def move(self, step: timedelta) -> None:
        self._now += step


@cache
def _template() -> Path:
    root = Path(tempfile.mkdtemp(prefix="counter-template-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    folder = DataFolder(root / "desk", state_root=root / "state")
    init_sample_desk(folder, passphrase=PASSPHRASE, dossiers=DOSSIERS, clock=DeskClock())
    return root


def sample_desk(root: Path) -> DataFolder:
    """Return a closed sample desk with `DOSSIERS` dossiers below `root`, with its note of how far it has come."""
    shutil.copytree(_template(), root, dirs_exist_ok=True)
    return DataFolder(root / "desk", state_root=root / "state")


@contextmanager
def at_work(folder: DataFolder, clock: Clock | None = None) -> Iterator[OpenCounter]:
    """Give the open desk with the sample clerk signed in."""
    with opened(folder, passphrase=PASSPHRASE, clock=clock or DeskClock()) as made:
        made.counter.session.act_as(LOGIN)
        yield made


@contextmanager
def desk_with_head(root: Path, clock: Clock | None = None) -> Iterator[OpenCounter]:
    """Give an open sample desk that has a head, `HEAD`, beside the sample clerk, who acts."""
    with at_work(sample_desk(root), clock) as made:
        session = made.counter.session
        session.sign_out()
        session.save_clerk(login=HEAD, full_name="Phạm Thị Trưởng", role=Role.HEAD, password="mật khẩu thử nghiệm")
        session.act_as(LOGIN)
        yield made


def person(number: int = 0) -> Party:
    """Return an invented citizen; another number is another one."""
    return Party(
        full_name="Nguyễn Thị Tưởng Tượng",
        id_number=f"036199{number:06d}",
        birth_year=1999,
        sex=Sex.FEMALE,
        address="Thôn Mẫu, xã Đồng Mẫu, tỉnh Mẫu",
        phone=f"0912{number:06d}",
    )


def a_form(number: int = 0) -> IntakeForm:
    """Return a form that can be accepted."""
    return IntakeForm(procedure_code=PROCEDURE, applicant=person(number))


def digest_of(root: Path) -> dict[str, str]:
    """Return a SHA-256 of every file below a folder, to see whether anything was touched; locks hold nothing."""
    files = (path for path in sorted(root.rglob("*")) if path.is_file() and path.name != "counter.use")
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
