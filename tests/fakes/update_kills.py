"""Kills a change of version before each of its steps, one after the other, and prints what the next start makes of it.

Run as a process of its own, because it forks: ``python -m tests.fakes.update_kills stage|install|back FOLDER MOOD``.
"""

import contextlib
import json
import shutil
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from counter_app.core.errors import AppError, EnvironmentFailure
from counter_app.core.paths import DataFolder
from counter_app.update.installing import begin_going_back, finish_or_undo, holding_alone, install
from counter_app.update.staging import stage
from counter_app.update.state import read_state, version_folder
from tests.fakes.versions import a_pack, end_at_step, new_key, plain_desk

_MOST_STEPS = 200
_ORPHANS = 3
_DESK = "01900000-0000-7000-8000-000000000001"


def main(work: str, root: Path, mood: str) -> None:
    """Print one line a kill: what is in use, what waits, the store, whether all of it fits together."""
    key, public = new_key(root / "key")
    pack = a_pack(root / "made", key, mood=mood)
    prepared = plain_desk(root / "prepared")
    if work != "stage":
        stage(prepared, pack, desk_id=_DESK, keys=(public,))
    if work == "back":
        install(prepared)
    # An orphan ends its installation by itself, at the same place each time.
    for number in range(1, _MOST_STEPS) if mood != "orphan" else [_MOST_STEPS] * _ORPHANS:
        folder = DataFolder(root / "desk")
        shutil.rmtree(folder.root, ignore_errors=True)
        shutil.copytree(prepared.root, folder.root, symlinks=True)
        was_killed = end_at_step(number, folder.root, partial(_WORKS[work], folder, pack, public))
        _next_start(folder)
        print(json.dumps(_seen(folder)), flush=True)
        if not was_killed and mood != "orphan":
            return


def _stage(folder: DataFolder, pack: Path, public: bytes) -> None:
    stage(folder, pack, desk_id=_DESK, keys=(public,))


def _install(folder: DataFolder, _pack: Path, _public: bytes) -> None:
    install(folder)


def _back(folder: DataFolder, _pack: Path, _public: bytes) -> None:
    with holding_alone(folder):
        begin_going_back(folder, with_store=True)


_WORKS: dict[str, Callable[[DataFolder, Path, bytes], None]] = {"stage": _stage, "install": _install, "back": _back}


def _next_start(folder: DataFolder) -> None:
    """A version that outlived its installation may still be at the store."""
    until = time.monotonic() + 10
    while True:
        try:
            finish_or_undo(folder)
        except EnvironmentFailure:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def _seen(folder: DataFolder) -> dict[str, object]:
    state = read_state(folder)
    named = {name for name in (state.current, state.staged) if name}
    with contextlib.suppress(AppError), holding_alone(folder):
        pass  # nobody is left behind who holds it
    return {
        "current": state.current,
        "staged": state.staged,
        "store": folder.store.read_bytes().decode(),
        "under_way": state.change is not None,
        "whole": all((version_folder(folder, name) / "lib.so").read_bytes() == b"a library" for name in named),
    }


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
