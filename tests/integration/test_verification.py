"""A check works in a store of its own beside the desk's: others go on meanwhile, and nothing of it is left behind."""

import argparse
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.cli.output import Output
from counter_app.cli.verify import rebuild, verify
from counter_app.core.errors import EnvironmentFailure
from counter_app.core.paths import DataFolder
from counter_app.domain.dossier import Outcome
from counter_app.journal.verify import Stage
from counter_app.store.store import _SCRATCH
from resources.texts import Language
from tests.fakes.desks import DOSSIERS, PASSPHRASE, a_form, at_work, digest_of, person, sample_desk

PAGE_BYTES = 4096
KILLED = """
import os, signal, sys
from pathlib import Path
from counter_app.core.paths import DataFolder
from counter_app.journal.verify import Stage
from tests.fakes.desks import at_work

def tell(stage, done, whole):
    if stage == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

root = Path(sys.argv[1])
with at_work(DataFolder(root / "desk", state_root=root / "state")) as made:
    getattr(made.counter.verification, sys.argv[3])(tell)
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenCounter]:
    with at_work(sample_desk(tmp_path)) as made:
        yield made


def names_in(folder: DataFolder) -> set[str]:
    return {path.name for path in folder.root.iterdir()}


def test_check_ends_with_no_file_more_and_no_byte_of_the_store_changed(tmp_path: Path) -> None:
    folder = sample_desk(tmp_path)
    with at_work(folder) as made:
        made.counter.intake.receive(a_form(), Outcome.ACCEPTED)
    before = digest_of(folder.root)

    with at_work(folder) as made:
        assert made.counter.verification.verify().is_sound

    after = digest_of(folder.root)
    assert after.keys() == before.keys()
    assert after["counter.db"] == before["counter.db"]


class Seen(NamedTuple):
    """What somebody who looks in the middle of a check finds."""

    stages: list[Stage]
    counted: list[tuple[int, int]]
    codes: list[str]
    refusals: list[str]
    scratch: list[bytes]


def test_dossier_is_received_while_a_check_runs_and_a_second_check_is_told_to_wait(desk: OpenCounter) -> None:
    seen = Seen([], [], [], [], [])
    citizen = person(424242)
    desk.counter.intake.receive(a_form(424242), Outcome.ACCEPTED)
    before = names_in(desk.folder)

    def look(stage: Stage, done: int, whole: int) -> None:
        seen.stages.append(stage)
        if stage is Stage.ROWS:
            seen.counted.append((done, whole))
        if stage is Stage.ROWS and done:
            seen.codes.append(desk.counter.intake.receive(a_form(1), Outcome.ACCEPTED).dossier.code)
        elif stage is Stage.COMPARING:
            seen.scratch.append(desk.folder.scratch.read_bytes())
            with pytest.raises(EnvironmentFailure) as caught:
                desk.counter.verification.verify()
            seen.refusals.append(caught.value.code)

    report = desk.counter.verification.verify(look)

    assert report.is_sound
    assert seen.counted == [(0, report.entries), (report.entries, report.entries)]
    assert list(dict.fromkeys(seen.stages)) == list(Stage)
    assert seen.refusals == ["store.check_under_way"]
    assert len(seen.scratch[0]) > 4096
    assert citizen.id_number.encode() not in seen.scratch[0]
    assert b"SQLite format" not in seen.scratch[0]
    assert names_in(desk.folder) == before
    assert desk.counter.verification.verify().entries == report.entries + 1
    assert desk.counter.lookup.get_dossier(seen.codes[0]).dossier.code == seen.codes[0]


def test_check_is_refused_where_the_disk_has_no_room_for_it(desk: OpenCounter, monkeypatch: pytest.MonkeyPatch) -> None:
    before = names_in(desk.folder)
    usage = shutil.disk_usage(desk.folder.root)
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=1_000_000))

        with pytest.raises(EnvironmentFailure) as caught:
            desk.counter.verification.verify()

    assert (caught.value.code, caught.value.retryable) == ("store.no_room", True)
    assert caught.value.context["free"] == 1
    assert names_in(desk.folder) == before
    assert desk.counter.verification.verify().is_sound


def test_disk_that_is_full_in_the_middle_is_no_finding_and_leaves_nothing(
    desk: OpenCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = names_in(desk.folder)
    pages: list[int] = []

    def measure(stage: Stage, _done: int, _whole: int) -> None:
        if stage is Stage.ROWS:
            pages.append(desk.folder.scratch.stat().st_size // PAGE_BYTES)

    desk.counter.verification.verify(measure)
    empty, filled = pages
    assert empty + 10 < filled
    with monkeypatch.context() as patched:
        patched.setattr("counter_app.store.store._SCRATCH", (*_SCRATCH, f"max_page_count = {empty + 5}"))

        with pytest.raises(EnvironmentFailure, match=r"disk\.full"):
            desk.counter.verification.verify(measure)

    assert pages[2:] == [empty]
    assert names_in(desk.folder) == before
    assert desk.counter.verification.verify().is_sound


def kill_at(stage: Stage, root: Path, work: str) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(root), stage.value, work], timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_what_a_killed_check_leaves_is_gone_with_the_next_start(tmp_path: Path) -> None:
    folder = sample_desk(tmp_path)
    before = digest_of(folder.root)["counter.db"]
    kill_at(Stage.ROWS, tmp_path, "verify")
    assert folder.scratch.exists()

    with at_work(folder) as made:
        assert not folder.scratch.exists()
        report = made.counter.verification.verify()

    assert report.is_sound
    assert report.entries > DOSSIERS
    assert digest_of(folder.root)["counter.db"] == before


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_rebuild_that_is_killed_leaves_the_rows_as_they_were(tmp_path: Path) -> None:
    folder = sample_desk(tmp_path)
    with at_work(folder) as made, made.desk.store.writing() as connection:
        connection.exec_driver_sql("UPDATE dossier SET applicant_name = 'không ai'")
    kill_at(Stage.ROWS, tmp_path, "rebuild")

    with at_work(folder) as made:
        with made.desk.store.reading() as connection:
            names = set(connection.exec_driver_sql("SELECT applicant_name FROM dossier").scalars())
        found = made.counter.verification.verify().findings
        made.counter.verification.rebuild()
        after = made.counter.verification.verify().findings

    assert names == {"không ai"}
    assert [(finding.code, finding.table) for finding in found] == [("verify.table_differs", "dossier")]
    assert after == ()


@pytest.mark.parametrize("work", [verify, rebuild])
def test_how_far_it_is_goes_to_stderr_and_the_answer_alone_to_stdout(
    work: Callable[[DataFolder, argparse.Namespace, Output], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = sample_desk(tmp_path)
    monkeypatch.setenv("COUNTER_APP_PASSPHRASE", PASSPHRASE)
    monkeypatch.setattr("counter_app.cli.verify._TOLD_EVERY_S", 0.0)

    work(folder, argparse.Namespace(), Output(language=Language.ENGLISH, as_json=True))

    told = capsys.readouterr()
    entries = json.loads(told.out)["entries"]
    assert f"Rows made again: {entries} of {entries} journal entries" in told.err.splitlines()
