"""Where things lie on the disk of a desk."""

import sys
from dataclasses import dataclass
from pathlib import Path

from counter_app.core.errors import EnvironmentFailure

# Windows keeps data and state of a program in one place; the notes must not go back together with an old data folder.
_STATE = "QuayMotCua" if sys.platform != "win32" else "QuayMotCua-state"


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The one folder that holds everything a desk keeps; it lies outside the program's folder."""

    root: Path
    state_root: Path | None = None
    """Where the notes outside the data folder lie; None: the user's state folder."""

    @property
    def store(self) -> Path:
        """The encrypted SQLite file."""
        return self.root / "counter.db"

    @property
    def store_before(self) -> Path:
        """The store as it was before this version of the program brought it up to date, if one did."""
        return self.root / "counter-before.db"

    @property
    def scratch(self) -> Path:
        """A store that a check or a rebuild works in, gone when it ends."""
        return self.root / "counter-scratch.db"

    @property
    def keys(self) -> Path:
        """The store key wrapped by a pass phrase, where no credential store is used."""
        return self.root / "keys.json"

    @property
    def settings(self) -> Path:
        """This machine's settings."""
        return self.root / "settings.json"

    @property
    def vault(self) -> Path:
        """Digitised papers, encrypted, by their content."""
        return self.root / "vault"

    @property
    def giving(self) -> Path:
        """The paper that is on its way to the hall, sealed."""
        return self.root / "giving"

    @property
    def receipts(self) -> Path:
        """Printed documents that were asked for as files."""
        return self.root / "receipts"

    @property
    def wording(self) -> Path:
        """Corrected wordings of forms, each in place of the one that comes with the program."""
        return self.root / "forms"

    @property
    def reasons(self) -> Path:
        """A province's own list of coded reasons, in place of the one that comes with the program."""
        return self.root / "reasons.toml"

    @property
    def trust(self) -> Path:
        """Certificates and revocation lists of the authorities whose signatures count, put here by the IT officer."""
        return self.root / "trust"

    @property
    def logs(self) -> Path:
        """Log files, free of personal data."""
        return self.root / "logs"

    @property
    def lock(self) -> Path:
        """Held by the one window that is open on this store."""
        return self.root / "counter.lock"

    @property
    def use_lock(self) -> Path:
        """Shared by all programs that have the store open, held alone by one that changes their version."""
        return self.root / "counter.use"

    @property
    def updates(self) -> Path:
        """Further versions of the program, and what is known of them."""
        return self.root / "updates"

    def head_marker(self, store_id: str) -> Path:
        """The note of how far this store's journal has come; it must not be restored together with the store."""
        root = self.state_root
        if root is None:
            import platformdirs

            root = Path(platformdirs.user_state_dir(_STATE, appauthor=False))
        return root / "heads" / store_id

    def create(self) -> None:
        """Make the folder, readable by its owner only.

        Raises:
            EnvironmentFailure: ``disk.no_folder``: a file is in the way, or the place refuses it.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as exc:
            raise EnvironmentFailure("disk.no_folder", folder=self.root.name) from exc


def default_data_folder() -> DataFolder:
    """Return the user's data folder as the operating system names it."""
    import platformdirs

    return DataFolder(Path(platformdirs.user_data_dir("QuayMotCua", appauthor=False)))


def locked_settings_file() -> Path:
    """Return where a machine's administrator locks settings for every desk on it; as a rule there is no such file.

    ``/etc/xdg/QuayMotCua/locked.json`` on Linux, ``C:\\ProgramData\\QuayMotCua\\locked.json`` on Windows.
    """
    import platformdirs

    return Path(platformdirs.site_config_dir("QuayMotCua", appauthor=False)) / "locked.json"


def release_key_file() -> Path:
    """Return where a machine's administrator, or the installer, puts the public keys of those who make updates."""
    return locked_settings_file().with_name("release-key.pem")
