"""kill -9 before each step of taking, installing and undoing a version: the next start finishes it or undoes it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.fakes.versions import NEW_STORE, OLD_STORE

OLD, NEW = OLD_STORE.decode(), NEW_STORE.decode()
VERSION = "9.1.0"
FEWEST_STEPS = {"stage": 8, "install": 12, "back": 4}


def kill_at_every_step(work: str, folder: Path, mood: str = "good") -> list[dict[str, Any]]:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.fakes.update_kills", work, str(folder), mood],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert ran.returncode == 0, ran.stderr
    seen = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(seen) >= (FEWEST_STEPS[work] if mood != "orphan" else 1)
    assert not any(one["under_way"] for one in seen)
    assert all(one["whole"] for one in seen)
    return seen


def test_a_pack_that_is_being_taken_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    seen = kill_at_every_step("stage", tmp_path)

    assert {one["staged"] for one in seen} == {"", VERSION}
    assert seen[-1]["staged"] == VERSION
    assert {(one["current"], one["store"]) for one in seen} == {("", OLD)}


def test_an_installation_is_finished_or_undone_with_the_store_that_belongs_to_it(tmp_path: Path) -> None:
    seen = kill_at_every_step("install", tmp_path)

    assert {(one["current"], one["store"]) for one in seen} == {("", OLD), (VERSION, NEW)}
    assert seen[-1] == {"current": VERSION, "staged": "", "store": NEW, "under_way": False, "whole": True}


def test_an_installation_of_a_broken_version_is_always_undone(tmp_path: Path) -> None:
    seen = kill_at_every_step("install", tmp_path, "breaks")

    assert {(one["current"], one["store"]) for one in seen} == {("", OLD)}


def test_going_back_ends_with_the_store_of_before(tmp_path: Path) -> None:
    seen = kill_at_every_step("back", tmp_path)

    assert {(one["current"], one["store"]) for one in seen} == {("", OLD), (VERSION, NEW)}
    assert (seen[-1]["current"], seen[-1]["store"]) == ("", OLD)


def test_a_version_that_outlives_its_installation_is_still_taken_or_undone(tmp_path: Path) -> None:
    """The installing process dies while the version it started is at the store."""
    seen = kill_at_every_step("install", tmp_path, "orphan")

    # Whoever gets the store first decides: the start that undoes, or the version that goes on.
    assert {(one["current"], one["store"]) for one in seen} <= {("", OLD), (VERSION, NEW)}
