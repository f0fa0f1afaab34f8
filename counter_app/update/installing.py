"""Changing the version in use: the store is copied, the new version tries it alone, then it counts or all is as before.

What is done is written down before it is done, so a process that is killed at any point leaves behind what the next
start finishes or undoes (`finish_or_undo`). While a change is under way only the version that is tried opens the store:
nothing can be received that going back would lose.
"""

import logging
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.core.ids import new_id
from counter_app.core.paths import DataFolder
from counter_app.core.sharing import SharedLock
from counter_app.update.running import child_environment, program_of
from counter_app.update.state import (
    MOST_FAILURES,
    Change,
    Marker,
    Step,
    UpdateState,
    Watched,
    change_state,
    is_reached,
    read_marker,
    read_state,
    version_folder,
)
from counter_app.update.store_copy import copy_store, has_copy, put_store_back

_log = logging.getLogger(__name__)

#: How long a new version may take to bring the store up to date and verify it.
TRIAL_S = 1_800.0
_MOST_SAID = 300
_NO_CONSOLE = getattr(subprocess, "CREATE_NO_WINDOW", 0)
_replace = msgspec.structs.replace


def install(folder: DataFolder, *, passphrase: str | None = None, limit_s: float = TRIAL_S) -> str:
    """Put the waiting version in use, or leave everything as it was. Returns the version.

    Between dossiers and outside working hours is the caller's to see to. The version that is tried finds the store's
    pass phrase in its environment.

    Raises:
        UserError: ``update.nothing_waits``, ``update.not_yet``, ``update.refused`` for a version that failed too often.
        EnvironmentFailure: ``update.in_use`` while anybody has the store open; ``update.failed`` when the new version
            could not open and verify the store in time: the old one is in use as before.
    """
    with holding_alone(folder):
        finish_or_undo_alone(folder)
        change = _begin(folder)
        try:
            copy_store(folder)
        except AppError:
            change_state(folder, lambda state: _replace(state, change=None))
            raise
        trial = _replace(change, step=Step.TRYING)
        change_state(folder, lambda state: _replace(state, change=trial))
    # The version that is tried holds the store itself, so that the death of this process lets nobody in.
    _try(folder, trial, passphrase, limit_s)
    finish_or_undo(folder)
    if read_state(folder).current != change.version:
        raise EnvironmentFailure("update.failed", version=change.version)
    return change.version


def finish_or_undo(folder: DataFolder) -> None:
    """Bring a change that was interrupted to its end, one way or the other; without one nothing is done.

    Raises:
        EnvironmentFailure: ``update.under_way`` while somebody is at it; disk.
    """
    if read_state(folder).change is None:
        return
    with holding_alone(folder, refusal="update.under_way"):
        finish_or_undo_alone(folder)


@contextmanager
def holding_alone(
    folder: DataFolder, *, patience_s: float = 0.0, refusal: str = "update.in_use"
) -> Iterator[SharedLock]:
    """Hold the store alone for the body.

    Raises:
        EnvironmentFailure: `refusal` while anybody has it open.
    """
    lock = SharedLock(folder.use_lock)
    try:
        if not lock.wait_alone(patience_s):
            raise EnvironmentFailure(refusal, retryable=True)
        yield lock
    finally:
        lock.close()


def finish_or_undo_alone(folder: DataFolder) -> None:
    """As `finish_or_undo`, for one who holds the store alone."""
    state = read_state(folder)
    change = state.change
    if change is None:
        return
    marker = read_marker(folder)
    if change.step is Step.TRYING and marker is not None and marker.token == change.token:
        change_state(folder, lambda state: _taken(state, change, marker))
    elif change.step is Step.COPYING:
        change_state(folder, lambda state: _replace(state, change=None))
    else:
        _go_back(folder, change)
    sweep_versions(folder)


def begin_going_back(folder: DataFolder, *, with_store: bool) -> None:
    """Put the version before the one in use back, and with it the store as it was, for one who holds the store alone.

    Raises:
        EnvironmentFailure: ``update.no_copy``, disk.
    """
    state = read_state(folder)
    change = Change(step=Step.GOING_BACK, version=state.current, previous=state.previous, token=new_id())
    if not with_store:
        change_state(folder, lambda state: _gone_back(state, change))
        return
    if not has_copy(folder):
        raise EnvironmentFailure("update.no_copy")
    change_state(folder, lambda state: _replace(state, change=change))
    finish_or_undo_alone(folder)


def sweep_versions(folder: DataFolder) -> None:
    """Delete versions that are neither in use, nor the one before, nor waiting."""
    state = read_state(folder)
    kept = {state.current, state.previous, state.staged}
    places = version_folder(folder, "x").parent
    for place in places.iterdir() if places.is_dir() else ():
        if place.name not in kept and not place.name.endswith(".new"):
            shutil.rmtree(place, ignore_errors=True)


def _begin(folder: DataFolder) -> Change:
    state = read_state(folder)
    if not state.staged or program_of(version_folder(folder, state.staged)) is None:
        raise UserError("update.nothing_waits")
    if state.failures.get(state.staged, 0) >= MOST_FAILURES:
        raise UserError("update.refused", version=state.staged)
    if not is_reached(state):
        raise UserError("update.not_yet", version=state.staged)
    change = Change(step=Step.COPYING, version=state.staged, previous=state.current, token=new_id())
    change_state(folder, lambda state: _replace(state, change=change))
    return change


def _try(folder: DataFolder, change: Change, passphrase: str | None, limit_s: float) -> None:
    """Let the new version open and verify the store; what it says is in its marker only."""
    program = program_of(version_folder(folder, change.version))
    command = [str(program), "--data", str(folder.root), "update", "try", change.token]
    environment = child_environment(change.version) | {"QT_QPA_PLATFORM": "offscreen"}
    if passphrase is not None:
        environment["COUNTER_APP_PASSPHRASE"] = passphrase
    try:
        tried = subprocess.run(  # noqa: S603 - a program of a pack that the maker signed
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=limit_s,
            check=False,
            creationflags=_NO_CONSOLE,
        )
        said = tried.stderr[-_MOST_SAID:].decode("utf-8", "replace").strip()
        _log.info("version %s ended its trial with %s %s", change.version, tried.returncode, said)
    except (OSError, subprocess.TimeoutExpired) as exc:
        _log.warning("version %s could not be tried: %s", change.version, type(exc).__name__)


def _taken(state: UpdateState, change: Change, marker: Marker) -> UpdateState:
    known = Watched(version=change.version, entries=marker.entries, migrated=marker.migrated)
    return _replace(
        state,
        current=change.version,
        previous=change.previous,
        staged="" if state.staged == change.version else state.staged,
        wanted=False,
        change=None,
        watched=known,
        taken=known,
    )


def _go_back(folder: DataFolder, change: Change) -> None:
    put_store_back(folder)
    change_state(folder, lambda state: _gone_back(state, change))


def _gone_back(state: UpdateState, change: Change) -> UpdateState:
    failures = state.failures | {change.version: state.failures.get(change.version, 0) + 1}
    left_alone = failures[change.version] >= MOST_FAILURES or change.step is Step.GOING_BACK
    if left_alone:
        failures[change.version] = MOST_FAILURES
    return _replace(
        state,
        current=change.previous,
        previous="" if change.step is Step.GOING_BACK else state.previous,
        staged="" if left_alone and state.staged == change.version else state.staged,
        wanted=False,
        change=None,
        watched=None,
        taken=None if change.step is Step.GOING_BACK else state.taken,
        failures=failures,
    )
