"""Who has a print job in hand, and whether that one still lives.

A lock file for each open store, held through `counter_app.core.occupying`: the operating system, Windows and Linux
alike, lets go of it when the process ends, however it ends. A heartbeat in the store was not taken: after the
computer slept, or its clock was put right, a living process would look dead and its paper would be printed twice; and
it would write to the store all day. A process number alone is soon another program's.
"""

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from counter_app.core.errors import EnvironmentFailure
from counter_app.core.ids import new_id
from counter_app.core.occupying import occupying

_TRIES = 50
_BETWEEN_TRIES_S = 0.01


class PrintingOwner:
    """One open store as owner of print jobs: a random id, and a lock below ``printing/`` while it is held.

    Safe from any thread. Nothing is written before the first `hold`.
    """

    def __init__(self, root: Path) -> None:
        self.id = new_id()
        self._all = root / "printing"
        self._guard = threading.Lock()
        self._held: contextlib.ExitStack | None = None

    def hold(self) -> str:
        """Make sure that others see this owner alive, and return its id. Cheap when it is held already.

        Raises:
            EnvironmentFailure: ``disk.write_failed``, ``disk.occupied``.
        """
        with self._guard:
            if self._held is None:
                self._held = self._locked()
        return self.id

    def release(self) -> None:
        """Let go: from now on this owner counts as dead. May be called at any time, also twice."""
        with self._guard:
            held, self._held = self._held, None
            if held is not None:
                held.close()
                self._remove(self._all / self.id)
                with contextlib.suppress(OSError):
                    self._all.rmdir()

    def is_alive(self, owner: str) -> bool:
        """Whether an owner may still write how its job ended; one that cannot be asked counts as alive."""
        if owner == self.id:
            return True
        folder = self._all / owner
        if not owner or not folder.is_dir():
            return False
        try:
            with occupying(folder):
                pass
        except EnvironmentFailure:
            # Taken away meanwhile by somebody who asked the same, or held.
            return folder.is_dir()
        self._remove(folder)
        return False

    def sweep(self) -> None:
        """Take away what dead owners left behind. Never raises."""
        for folder in self._folders():
            self.is_alive(folder.name)

    def _folders(self) -> Iterator[Path]:
        with contextlib.suppress(OSError):
            yield from [folder for folder in self._all.iterdir() if folder.is_dir()]

    def _locked(self) -> contextlib.ExitStack:
        """Lock the own folder; somebody who asks between making and locking it takes it away, so it is tried again."""
        for remaining in reversed(range(_TRIES)):
            try:
                return self._locked_once()
            except EnvironmentFailure:
                if not remaining:
                    raise
                time.sleep(_BETWEEN_TRIES_S)
        raise AssertionError

    def _locked_once(self) -> contextlib.ExitStack:
        folder = self._all / self.id
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as exc:
            raise EnvironmentFailure("disk.write_failed", retryable=True, file=self._all.name) from exc
        stack = contextlib.ExitStack()
        stack.enter_context(occupying(folder))
        return stack

    @staticmethod
    def _remove(folder: Path) -> None:
        with contextlib.suppress(OSError):
            folder.rmdir()
