"""Reading and writing settings: one JSON file per scope, replaced as a whole so that a power cut leaves the old one."""

import contextlib
import json
import os
import threading
from pathlib import Path
from typing import Any

from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.settings.declared import DECLARED, Scope, Setting


def replace_file(path: Path, data: bytes) -> None:
    """Write a file so that either the old or the new content is there after a power cut; owner-only.

    Raises:
        EnvironmentFailure: ``disk.write_failed``.
    """
    draft = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
        _sync_folder(path.parent)
    except OSError as exc:
        with contextlib.suppress(OSError):  # a half-written draft would only take room on a full disk
            draft.unlink(missing_ok=True)
        raise EnvironmentFailure("disk.write_failed", retryable=True, file=path.name) from exc


def _sync_folder(folder: Path) -> None:
    """Make the new name durable too; Windows has no handle of a folder and writes names through its own journal."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Settings:
    """Values by declared name. Locked values come from an administrator's read-only file. Safe from any thread."""

    def __init__(self, machine_file: Path, *, user_file: Path | None = None, locked_file: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._files = {Scope.MACHINE: machine_file, Scope.USER: user_file or machine_file}
        self._locked = _read(locked_file) if locked_file is not None else {}
        self._values = self._read_all()

    def get(self, name: str) -> Any:
        """Return the value in force; a stored value of the wrong type counts as absent."""
        setting = _declared(name)
        with self._lock:
            for layer in (self._locked, self._values):
                if name in layer and setting.accepts(layer[name]):
                    return layer[name]
        return setting.default

    def is_locked(self, name: str) -> bool:
        """Whether an administrator has fixed this setting."""
        return name in self._locked and _declared(name).accepts(self._locked[name])

    def set(self, name: str, value: Any) -> None:
        """Store a value, durable when this returns.

        Raises:
            UserError: ``settings.locked``, ``settings.unknown`` or ``settings.wrong_value``.
            EnvironmentFailure: the disk refused it; the old value stays.
        """
        setting = _declared(name)
        if self.is_locked(name):
            raise UserError("settings.locked", name=name)
        if not setting.accepts(value):
            raise UserError("settings.wrong_value", name=name)
        with self._lock:
            values = {**self._read_all(), name: value}  # a command beside the window may have written meanwhile
            file = self._files[setting.scope]
            same_file = [key for key in values if self._files[DECLARED[key].scope] == file]
            document = {key: values[key] for key in sorted(same_file)}
            replace_file(file, json.dumps(document, ensure_ascii=False, indent=2).encode())
            self._values = values

    def _read_all(self) -> dict[str, Any]:
        """Return every stored value; a file speaks only for the scopes that are kept in it."""
        values: dict[str, Any] = {}
        for scope, file in self._files.items():
            values.update((name, value) for name, value in _read(file).items() if DECLARED[name].scope is scope)
        return values


def _declared(name: str) -> Setting:
    setting = DECLARED.get(name)
    if setting is None:
        raise UserError("settings.unknown", name=name)
    return setting


def _read(file: Path) -> dict[str, Any]:
    """Return the declared names of a settings file; a missing or damaged file has none and defaults hold."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(document, dict):
        return {}
    return {name: value for name, value in document.items() if name in DECLARED}
