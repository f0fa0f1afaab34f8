"""Updates as a desk sees them: the program's own commands, a later version of it, a broken one, and going back."""

import json
import shutil
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from counter_app import __version__, bootstrap
from counter_app.cli import run
from counter_app.core.errors import AppError, EnvironmentFailure
from counter_app.core.paths import DataFolder
from counter_app.domain.dossier import Outcome
from counter_app.services.answers.drafts import Draft
from counter_app.update.installing import TRIAL_S, install
from counter_app.update.launching import find_command, hand_over, settle, uncount_start
from counter_app.update.staging import stage, version_in_use
from counter_app.update.state import UpdateState, change_state, read_state
from counter_app.update.using import use_store
from tests.e2e.program import Program
from tests.fakes.desks import PASSPHRASE, DeskClock, a_form, at_work, sample_desk
from tests.fakes.versions import NEW_STORE, OLD_STORE, a_pack, new_key, plain_desk, state_of

DESK = "01900000-0000-7000-8000-000000000001"


def program_at(root: Path) -> Program:
    """Return the program on a sample desk, on a machine that knows the maker's key."""
    folder = sample_desk(root)
    new_key(root / "etc" / "QuayMotCua")
    own = {
        "COUNTER_APP_PASSPHRASE": PASSPHRASE,
        "XDG_CONFIG_DIRS": str(root / "etc"),
        "XDG_STATE_HOME": str(root / "user-state"),
    }
    return Program(folder.root, own)


@pytest.fixture
def waiting(tmp_path: Path) -> DataFolder:
    """Return a desk with a plain store on which a good version waits."""
    return staged(tmp_path, "good")


def staged(tmp_path: Path, mood: str) -> DataFolder:
    key, public = new_key(tmp_path / "key")
    folder = plain_desk(tmp_path / "desk")
    stage(folder, a_pack(tmp_path / "made", key, mood=mood), desk_id=DESK, keys=(public,))
    return folder


def failure(work: object, *arguments: object, **named: object) -> str:
    with pytest.raises(AppError) as failed:
        work(*arguments, **named)  # type: ignore[operator]
    return failed.value.code


def test_a_desk_is_updated_goes_back_while_nothing_was_received_and_never_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = program_at(tmp_path)
    for name, value in desk.variables().items():
        monkeypatch.setenv(name, value)
    key = tmp_path / "etc" / "QuayMotCua" / "private.pem"
    pack = a_pack(tmp_path / "made", key, mood="real")

    def update(*words: str | Path) -> tuple[int, str]:
        """`update` is the installed program's own, here in this process."""
        code = run(["--data", str(desk.data), "update", *map(str, words), "--json"])
        return code, "".join(capsys.readouterr())

    assert update("stage", pack)[0] == 0
    assert update("install", "--now")[0] == 0
    assert desk.ask("verify")["ok"]  # by the later version, with its later store
    assert update("stage", pack)[0] == 2  # a replay
    working = Program(tmp_path / "working", desk.environment)
    shutil.copytree(desk.data, working.data, symlinks=True)
    monkeypatch.setenv("COUNTER_APP_LAUNCHED", "x")
    assert run(["--data", str(desk.data), "list"]) == 3  # the program as installed leaves that store alone
    monkeypatch.delenv("COUNTER_APP_LAUNCHED")

    capsys.readouterr()
    code, said = update("rollback")
    assert (code, json.loads(said)) == (0, {"version": __version__, "store_put_back": True})
    assert run(["--data", str(desk.data), "verify"]) == 0
    capsys.readouterr()
    assert json.loads(update("status")[1])["failures"] == {"9.1.0": 2}

    saved = working.run("user", "save", "mai", "--name", "Trần Thị Mẫu", COUNTER_APP_PASSWORD="mật khẩu thử nghiệm")
    assert saved.code == 0
    desk = working
    code, said = update("rollback")
    assert code == 2
    assert "received since" in said
    assert version_in_use(DataFolder(working.data)) == "9.1.0"


def test_a_broken_version_leaves_everything_as_it_was_and_is_left_alone_after_two_tries(tmp_path: Path) -> None:
    folder = staged(tmp_path, "breaks")

    assert failure(install, folder) == "update.failed"
    assert folder.store.read_bytes() == OLD_STORE
    assert failure(install, folder) == "update.failed"

    assert folder.store.read_bytes() == OLD_STORE
    assert version_in_use(folder) == __version__
    assert failure(install, folder) == "update.nothing_waits"
    assert state_of(folder)["failures"] == {"9.1.0": 2}


def test_a_version_that_does_not_come_to_an_end_is_stopped(tmp_path: Path) -> None:
    folder = staged(tmp_path, "hangs")

    assert failure(install, folder, limit_s=0.5) == "update.failed"
    assert folder.store.read_bytes() == OLD_STORE
    assert TRIAL_S > 60


def test_a_version_whose_window_never_comes_goes_back_by_itself_at_the_third_start(waiting: DataFolder) -> None:
    install(waiting)
    for _start in range(2):
        assert hand_over_in_child(waiting, entries=7) == "9.1.0"

    assert hand_over_in_child(waiting, entries=7) == "installed"
    assert waiting.store.read_bytes() == OLD_STORE


def test_a_store_with_newer_entries_stays_with_the_newer_version(waiting: DataFolder) -> None:
    install(waiting)
    for _start in range(4):
        assert hand_over_in_child(waiting, entries=8) == "9.1.0"

    assert waiting.store.read_bytes() == NEW_STORE


def test_a_window_that_opened_is_watched_no_longer(waiting: DataFolder) -> None:
    install(waiting)
    hand_over_in_child(waiting, entries=7)
    uncount_start(waiting)
    assert read_state(waiting).watched is not None
    settle(waiting)
    for _start in range(3):
        assert hand_over_in_child(waiting, entries=7) == "9.1.0"


def test_a_file_that_cannot_be_read_for_a_moment_is_not_taken_for_an_empty_one(waiting: DataFolder) -> None:
    file = waiting.updates / "state.json"
    before = change_state(waiting, lambda state: msgspec.structs.replace(state, failures={"9.0.0": 2}))
    aside = file.rename(file.with_name("aside"))
    file.symlink_to(file)  # a loop: there, and not to be opened
    with pytest.raises(EnvironmentFailure, match=r"disk\.read_failed"):
        change_state(waiting, lambda state: msgspec.structs.replace(state, wanted=True))
    assert file.is_symlink()
    back = threading.Timer(0.2, aside.replace, (file,))
    back.start()
    after = change_state(waiting, lambda state: msgspec.structs.replace(state, wanted=True))
    back.join()
    assert after == read_state(waiting) == msgspec.structs.replace(before, wanted=True)
    file.write_bytes(b"{")  # damaged: what is installed runs
    assert read_state(waiting) == UpdateState()


def test_a_window_closes_when_it_cannot_be_known_whether_a_version_waits(tmp_path: Path) -> None:
    with at_work(sample_desk(tmp_path), DeskClock()) as made:
        made.desk.folder.updates.mkdir(exist_ok=True)
        file = made.desk.folder.updates / "state.json"
        file.symlink_to(file)
        assert not made.counter.updates.is_due()


def hand_over_in_child(folder: DataFolder, *, entries: int) -> str:
    """Start the program as a window would be started; return which version came."""
    script = (
        "import os, sys, counter_app.update.launching as launching\n"
        "from counter_app.core.paths import DataFolder\n"
        "from pathlib import Path\n"
        "launching._become = lambda program, version, arguments: print(version) or 0\n"
        f"code = launching.hand_over([], DataFolder(Path({str(folder.root)!r})), lambda _: {entries})\n"
        "print('installed') if code is None else None\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30)
    return ran.stdout.strip()


def test_two_versions_are_never_at_one_store(tmp_path: Path) -> None:
    """Two processes: this one as a window that is open, the program as a command beside it."""
    desk = program_at(tmp_path)
    folder = DataFolder(desk.data)
    with at_work(DataFolder(desk.data, state_root=tmp_path / "state")) as made:
        made.counter.intake.receive(a_form(), Outcome.ACCEPTED)
        assert failure(use_store, folder, "9.1.0") == "update.other_version"
        assert failure(install, folder) == "update.in_use"
    later = use_store(folder, "9.1.0")
    try:
        refused = desk.run("list")
    finally:
        later.close()

    assert refused.is_refusal(3)
    assert "9.1.0" in refused.err
    assert desk.run("list").code == 0


def test_the_program_opens_no_store_while_its_version_is_changed(tmp_path: Path) -> None:
    folder = sample_desk(tmp_path)
    (folder.updates).mkdir()
    change = b'{"change":{"step":"trying","version":"9.1.0","previous":"","token":"x"}}'
    (folder.updates / "state.json").write_bytes(change)

    with pytest.raises(EnvironmentFailure, match=r"update\.under_way"):
        bootstrap.open_counter(folder, passphrase=PASSPHRASE)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ([], None),
        (["--data", "update"], None),
        (["--data", "x", "--json", "verify"], "verify"),
        (["--clerk", "update", "newer-command", "update"], "newer-command"),
        (["--version"], ""),
    ],
)
def test_the_command_is_found_without_knowing_newer_ones(line: list[str], command: str | None) -> None:
    assert find_command(line) == command


def test_where_no_update_ever_came_nothing_is_looked_at(tmp_path: Path) -> None:
    folder = plain_desk(tmp_path)

    assert hand_over([], folder, lambda _: None) is None
    assert sorted(path.name for path in folder.root.iterdir()) == ["counter.db"]


EVENING, MORNING = datetime(2026, 11, 23, 12, 0, tzinfo=UTC), datetime(2026, 11, 23, 2, 10, tzinfo=UTC)


def test_a_waiting_version_is_due_outside_working_hours_or_when_asked_for_and_never_over_a_draft(
    tmp_path: Path,
) -> None:
    folder, clock = sample_desk(tmp_path), DeskClock(MORNING)
    key, public = new_key(tmp_path / "key")
    with at_work(folder, clock) as made:
        updates = made.counter.updates
        assert not updates.is_due()
        stage(folder, a_pack(tmp_path / "made", key), desk_id=DESK, keys=(public,))
        assert not updates.is_due()
        assert updates.want(wanted=True).is_wanted
        assert updates.is_due()
        updates.want(wanted=False)
        clock.move(EVENING - MORNING)
        assert updates.is_due()
        made.counter.drafts.save(Draft(page="intake", fields={}, focus="", cursor=0))
        assert not updates.is_due()
        clock.move(timedelta(hours=25))
        assert updates.is_due()
