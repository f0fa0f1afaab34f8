"""``update``: packs made, checked and laid down; the version in use changed, and changed back."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from counter_app import __version__
from counter_app.cli.opening import find_passphrase
from counter_app.cli.output import Output
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.core.paths import DataFolder
from counter_app.update.installing import (
    begin_going_back,
    finish_or_undo,
    finish_or_undo_alone,
    holding_alone,
    install,
)
from counter_app.update.pack import PackList, Terms, write_pack
from counter_app.update.staging import check_pack, stage, version_in_use
from counter_app.update.state import Marker, Step, change_state, read_state, want_waiting, write_marker
from counter_app.update.version import platform_name

_TRIAL_PATIENCE_S = 10.0
_MEGABYTE = 1024 * 1024


def manage_updates(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    """Do one thing of ``update``.

    Raises:
        AppError: as `counter_app.update`.
    """
    _ACTIONS[options.action](folder, options, output)


def _make(_folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    terms = Terms(
        version=options.version_made,
        minimum_version=options.minimum,
        program=options.program,
        platform=options.platform or platform_name(),
        share=options.share,
        not_before=options.not_before,
    )
    made = write_pack(Path(options.folder), Path(options.out), key=Path(options.key), terms=terms)
    size = -(-made.payload_bytes // _MEGABYTE)
    said = output.words("update.made", version=made.version, files=len(made.files), mb=size)
    output.answer({"file": options.out, **_document(made)}, said)


def _check(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    found = check_pack(folder, Path(options.file))
    output.answer(_document(found), _described("update.sound", found, output))


def _stage(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    from counter_app.store.any_version import read_desk_id

    finish_or_undo(folder)
    desk_id = read_desk_id(folder, passphrase=find_passphrase(folder))
    staged = stage(folder, Path(options.file), desk_id=desk_id)
    output.answer(_document(staged), _described("update.staged", staged, output))


def _status(folder: DataFolder, _options: argparse.Namespace, output: Output) -> None:
    state = read_state(folder)
    version = version_in_use(folder)
    document = {
        "version": version,
        "installed": __version__,
        "previous": state.previous,
        "staged": state.staged,
        "not_before": state.not_before.isoformat() if state.staged and state.not_before else None,
        "wanted": state.wanted,
        "under_way": state.change.step.value if state.change else None,
        "failures": state.failures,
    }
    lines = [output.words("update.in_use_now", version=version, installed=__version__)]
    if state.staged:
        lines.append(output.words("update.waits", version=state.staged))
    lines += [output.words("update.failed_times", version=name, count=count) for name, count in state.failures.items()]
    output.answer(document, *lines)


def _install(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    if not options.now:
        after = change_state(folder, want_waiting)
        said = output.words("update.when_closed", version=after.staged)
        output.answer({"staged": after.staged, "wanted": True}, said)
        return
    version = install(folder, passphrase=find_passphrase(folder), limit_s=options.limit)
    output.answer({"version": version}, output.words("update.installed", version=version))


def _rollback(folder: DataFolder, _options: argparse.Namespace, output: Output) -> None:
    """Never loses what was received: a store that a newer version changed goes back only as long as nothing came in."""
    from counter_app.store.any_version import count_entries

    with holding_alone(folder):
        finish_or_undo_alone(folder)
        state = read_state(folder)
        if not state.current or state.taken is None:
            raise UserError("update.nothing_before")
        migrated = state.taken.migrated
        if migrated and count_entries(folder, passphrase=find_passphrase(folder)) != state.taken.entries:
            raise UserError("update.received_since", version=state.current)
        begin_going_back(folder, with_store=migrated)
    version = version_in_use(folder)
    output.answer({"version": version, "store_put_back": migrated}, output.words("update.went_back", version=version))


def _try(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    """Run by another version's installation: open and verify the store alone, and say so in the marker."""
    from counter_app.bootstrap import open_counter
    from counter_app.store.any_version import read_standing

    with holding_alone(folder, patience_s=_TRIAL_PATIENCE_S) as lock:
        token = _require_trial(folder, options.token)
        passphrase = find_passphrase(folder)
        revision, _count = read_standing(folder, passphrase=passphrase)
        opened = open_counter(folder, passphrase=passphrase, hold=lock)
        try:
            if not opened.counter.verification.verify().is_sound:
                raise EnvironmentFailure("update.unsound")
        finally:
            opened.desk.close()
        _require_window()
        after, count = read_standing(folder, passphrase=passphrase)
        write_marker(folder, Marker(token=token, version=__version__, entries=count, migrated=after != revision))
    output.answer({"version": __version__, "entries": count})


def _require_trial(folder: DataFolder, token: str) -> str:
    """This very try must be under way: another process may have undone it before this one got the store."""
    change = read_state(folder).change
    if change is None or change.step is not Step.TRYING or (change.token, change.version) != (token, __version__):
        raise UserError("update.nothing_waits")
    return token


def _require_window() -> None:
    """A version whose window cannot even be made is of no use at a desk."""
    from ui.application import create_application

    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    create_application([])


def _document(listed: PackList) -> dict[str, object]:
    facts: dict[str, object] = {
        name: getattr(listed, name)
        for name in ("product", "version", "minimum_version", "platform", "share", "payload_bytes", "unpacked_bytes")
    }
    not_before = listed.not_before.isoformat() if listed.not_before else None
    return facts | {"files": len(listed.files), "not_before": not_before}


def _described(key: str, listed: PackList, output: Output) -> str:
    size = -(-listed.unpacked_bytes // _MEGABYTE)
    return output.words(key, version=listed.version, mb=size, share=listed.share)


_ACTIONS: dict[str, Callable[[DataFolder, argparse.Namespace, Output], None]] = {
    "make": _make,
    "check": _check,
    "stage": _stage,
    "status": _status,
    "install": _install,
    "rollback": _rollback,
    "try": _try,
}
