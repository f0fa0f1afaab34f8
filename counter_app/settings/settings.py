"""Reading and writing settings: one JSON file per scope, replaced as a whole so that a power cut leaves the old one."""

import json
import threading
from pathlib import Path
from typing import Any

from counter_app.core.errors import UserError
from counter_app.core.paths import DataFolder, locked_settings_file
from counter_app.core.replacing import replace_file
from counter_app.settings.declared import DECLARED, Scope, Setting


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


def open_settings(folder: DataFolder) -> Settings:
    """Return the settings of a desk, with those that this machine's administrator has locked."""
    return Settings(folder.settings, locked_file=locked_settings_file())


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
