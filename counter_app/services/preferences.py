"""Settings that the window may read and change."""

from typing import Any

from counter_app.core.changes import Announcer, Topic
from counter_app.settings.settings import Settings


class Preferences:
    """Settings by their declared name (`counter_app.settings.declared`). Safe from any thread."""

    def __init__(self, settings: Settings, announcer: Announcer) -> None:
        self._settings = settings
        self._announcer = announcer

    def get(self, name: str) -> Any:
        """Return a setting's value in force: locked, then machine, then user, then default."""
        return self._settings.get(name)

    def is_locked(self, name: str) -> bool:
        """Whether an administrator has locked the setting."""
        return self._settings.is_locked(name)

    def set(self, name: str, value: Any) -> None:
        """Change a setting; refused with UserError when locked or not of the declared type."""
        self._settings.set(name, value)
        self._announcer.announce(Topic.SETTINGS)
