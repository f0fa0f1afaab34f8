"""Taking a pack: whether it is for this desk, and laying its version down whole beside the one in use."""

import hashlib
import os
import shutil
from pathlib import Path

import msgspec

from counter_app import __version__
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.core.paths import DataFolder
from counter_app.core.replacing import sync_folder
from counter_app.update.pack import PackList, check_payload, read_list, unpack
from counter_app.update.release_key import list_release_keys
from counter_app.update.running import program_of
from counter_app.update.state import (
    MOST_FAILURES,
    UpdateState,
    change_state,
    read_state,
    version_folder,
)
from counter_app.update.version import numbers_of, platform_name

# Beside the unpacked version the store is copied, and the old version stays.
_ROOM_LEFT_BYTES = 200 * 1024 * 1024
# A pack of 130 MB holds 420 MB of files.
_UNPACKED_TIMES = 5


def version_in_use(folder: DataFolder) -> str:
    """Return the version that starts on this desk: the newest of what was installed and what came by an update."""
    current = read_state(folder).current
    is_newer = bool(current) and numbers_of(current) > numbers_of(__version__)
    return current if is_newer and program_of(version_folder(folder, current)) else __version__


def is_chosen(desk_id: str, share: int) -> bool:
    """Whether a desk is among so many in a hundred: always the same ones, and a larger share holds the smaller."""
    digest = hashlib.sha256(b"counter-app share " + desk_id.encode()).digest()
    return int.from_bytes(digest[:8]) % 100 < share


def may_take(folder: DataFolder, version: str) -> bool:
    """Whether a pack of that version is worth fetching: newer than what is here and waits, and it has not failed here.

    Raises:
        UserError: ``update.bad_version``.
    """
    state = read_state(folder)
    if state.failures.get(version, 0) >= MOST_FAILURES:
        return False
    waiting = state.staged or version_in_use(folder)
    return numbers_of(version) > max(numbers_of(waiting), numbers_of(version_in_use(folder)))


def has_room(folder: DataFolder, size_bytes: int) -> bool:
    """Whether a pack of that size may come: it takes its own room, and unpacked several times as much."""
    folder.updates.mkdir(parents=True, exist_ok=True, mode=0o700)
    return shutil.disk_usage(folder.updates).free >= size_bytes * _UNPACKED_TIMES + _ROOM_LEFT_BYTES


def check_pack(folder: DataFolder, path: Path, *, keys: tuple[bytes, ...] | None = None) -> PackList:
    """Return what a pack says, after reading all of it; changes nothing. Whether this desk is chosen is not asked.

    Raises:
        UserError: ``update.no_file``, ``update.damaged``, ``update.not_signed``, ``update.no_key``, ``update.unfit``,
            ``update.other_platform``, ``update.not_newer``, ``update.too_old_here``, ``update.refused``.
    """
    try:
        with path.open("rb") as stream:
            listed = read_list(stream, list_release_keys() if keys is None else keys)
            _check_fit(folder, listed)
            check_payload(stream, listed)
    except OSError as exc:
        raise UserError("update.no_file", file=path.name) from exc
    return listed


def stage(folder: DataFolder, path: Path, *, desk_id: str, keys: tuple[bytes, ...] | None = None) -> PackList:
    """Lay a pack's version down beside the one in use, where it waits. Until it lies there whole it is not known of.

    Raises:
        UserError: as `check_pack`, and ``update.not_chosen``.
        EnvironmentFailure: ``disk.full``, ``disk.write_failed``.
    """
    listed = check_pack(folder, path, keys=keys)
    if not is_chosen(desk_id, listed.share):
        raise UserError("update.not_chosen", version=listed.version, share=listed.share)
    place = version_folder(folder, listed.version)
    draft = place.with_name(f"{place.name}.{os.getpid()}.new")
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _clear_drafts(place.parent)
        if shutil.disk_usage(place.parent).free < listed.unpacked_bytes + _ROOM_LEFT_BYTES:
            raise EnvironmentFailure("disk.full", retryable=True)
        draft.mkdir(mode=0o700)
        with path.open("rb") as stream:
            again = read_list(stream, list_release_keys() if keys is None else keys)
            if again != listed:
                raise UserError("update.damaged")  # another file than a moment ago
            unpack(stream, listed, draft)
        shutil.rmtree(place, ignore_errors=True)
        draft.rename(place)
        sync_folder(place.parent)
    except OSError as exc:
        raise EnvironmentFailure("disk.write_failed", retryable=True, file=path.name) from exc
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    change_state(folder, lambda state: _waits(state, listed))
    return listed


def _waits(state: UpdateState, listed: PackList) -> UpdateState:
    return msgspec.structs.replace(state, staged=listed.version, not_before=listed.not_before, wanted=False)


def _clear_drafts(places: Path) -> None:
    for left in places.glob("*.new"):
        shutil.rmtree(left, ignore_errors=True)


def _check_fit(folder: DataFolder, listed: PackList) -> None:
    here = version_in_use(folder)
    if listed.platform != platform_name():
        raise UserError("update.other_platform", platform=listed.platform[:40], here=platform_name())
    if numbers_of(listed.version) <= numbers_of(here):
        raise UserError("update.not_newer", version=listed.version, here=here)
    if numbers_of(listed.minimum_version) > numbers_of(here):
        raise UserError("update.too_old_here", version=listed.version, minimum=listed.minimum_version, here=here)
    if read_state(folder).failures.get(listed.version, 0) >= MOST_FAILURES:
        raise UserError("update.refused", version=listed.version)
