"""What the installed program does before anything else: finish what was interrupted, and start the version in use."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from counter_app import __version__
from counter_app.core.paths import DataFolder
from counter_app.core.sharing import SharedLock
from counter_app.update.installing import begin_going_back, finish_or_undo
from counter_app.update.running import LAUNCHED, child_environment, program_of
from counter_app.update.staging import version_in_use
from counter_app.update.state import UpdateState, Watched, change_state, read_state, version_folder

_log = logging.getLogger(__name__)
_MOST_STARTS = 2
_VALUED = frozenset({"--data", "--clerk"})
#: What the installed program does itself: it must be able to put right what an update broke.
_OWN_COMMANDS = frozenset({"update", "init", "demo", "province", "hall", "restore", "scan-worker", "page-worker"})

CountEntries = Callable[[DataFolder], int | None]


def hand_over(arguments: Sequence[str], folder: DataFolder, count_entries: CountEntries) -> int | None:
    """Run the version in use instead of this program, if it is another one; None when this one is to go on.

    On Linux it takes this process's place; on Windows its exit code is returned. `count_entries` says how many entries
    the journal has, or None where the key is not at hand.

    Raises:
        EnvironmentFailure: ``update.under_way``; disk.
    """
    command = find_command(arguments)
    if LAUNCHED in os.environ or command in _OWN_COMMANDS or not (folder.updates / "state.json").is_file():
        return None
    finish_or_undo(folder)
    if command is None:
        _watch_start(folder, count_entries)
    version = version_in_use(folder)
    program = program_of(version_folder(folder, version))
    return None if version == __version__ or program is None else _become(program, version, arguments)


def find_command(arguments: Sequence[str]) -> str | None:
    """Return the command of a command line, read without knowing what commands there are in newer versions."""
    left = iter(arguments)
    for argument in left:
        if argument in _VALUED:
            next(left, None)
        elif not argument.startswith("-"):
            return argument
    # --help and --version end at once: no window, no command either.
    return "" if {"--help", "-h", "--version"} & set(arguments) else None


def settle(folder: DataFolder) -> None:
    """The window of the version in use has opened the store: it is no longer watched."""
    if read_state(folder).watched is not None:
        change_state(folder, lambda state: msgspec.structs.replace(state, watched=None))


def uncount_start(folder: DataFolder) -> None:
    """A start that a person broke off says nothing about the version."""
    if read_state(folder).watched is not None:
        change_state(folder, lambda state: _counted(state, -1))


def _watch_start(folder: DataFolder, count_entries: CountEntries) -> None:
    """Count a start whose window may never come; when two did not, go back to the version before."""
    watched = read_state(folder).watched
    if watched is None:
        return
    if watched.starts >= _MOST_STARTS:
        _go_back_if_nothing_is_lost(folder, watched, count_entries)
    change_state(folder, lambda state: _counted(state, 1))


def _go_back_if_nothing_is_lost(folder: DataFolder, watched: Watched, count_entries: CountEntries) -> None:
    lock = SharedLock(folder.use_lock)
    try:
        # The store stays with the newer version when it may hold entries that the copy does not.
        if lock.try_alone() and (not watched.migrated or count_entries(folder) == watched.entries):
            _log.warning("version %s did not open its window twice; going back", watched.version)
            begin_going_back(folder, with_store=watched.migrated)
    finally:
        lock.close()


def _counted(state: UpdateState, step: int) -> UpdateState:
    if state.watched is None:
        return state
    starts = max(state.watched.starts + step, 0)
    return msgspec.structs.replace(state, watched=msgspec.structs.replace(state.watched, starts=starts))


def _become(program: Path, version: str, arguments: Sequence[str]) -> int:
    command, environment = [str(program), *arguments], child_environment(version)
    if sys.platform == "win32":
        return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603 - a pack's, signed
    return os.execve(program, command, environment)  # noqa: S606 - the same
