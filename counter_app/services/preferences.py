"""Settings that the window may read and change."""

from typing import Any


class Preferences:
    """Settings by their declared name (`counter_app.settings`). Safe from any thread."""

    def get(self, name: str) -> Any:
        """Return a setting's value in force: locked, then machine, then user, then default."""
        raise NotImplementedError

    def is_locked(self, name: str) -> bool:
        """Whether an administrator has locked the setting."""
        raise NotImplementedError

    def set(self, name: str, value: Any) -> None:
        """Change a setting; refused with UserError when locked or not of the declared type."""
        raise NotImplementedError
