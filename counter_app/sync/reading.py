"""How far a feed was read, and from where again after an update of this program.

What only a newer program can read is passed over, for what is behind it must not wait. The first place of it is kept:
another version of the program begins to read there again, and what is known already has no effect a second time.
"""

from collections.abc import Callable
from dataclasses import dataclass

from counter_app import __version__
from counter_app.sync.ports import FeedItem

#: What an item comes to that may be good for a newer program.
NEWER = "sync.newer_program"


@dataclass(frozen=True, slots=True)
class FeedReading:
    """The place in one feed. `read` and `write` are the values of the reader's own file, under `name` and one like it.

    Places are kept as ``POSITION MARK`` with the mark in hexadecimal digits.
    """

    name: str
    read: Callable[[str], bytes | None]
    write: Callable[[str, bytes], None]

    @property
    def _passed_over(self) -> str:
        return f"{self.name}_passed_over"

    def start(self) -> tuple[int, bytes]:
        """Return after which position to go on, and the mark of what was there; an earlier one after an update."""
        position, _blank, mark = (self.read(self.name) or b"0").decode().partition(" ")
        first, _blank, version = (self.read(self._passed_over) or b"").decode().partition(" ")
        if not first or version == __version__:
            return int(position), bytes.fromhex(mark)
        earlier = min(int(position), int(first) - 1)
        self.write(self.name, str(earlier).encode())
        self.write(self._passed_over, b"")
        return earlier, b""

    def keep(self, item: FeedItem) -> None:
        """Keep that everything up to an item was read."""
        self.write(self.name, f"{item.position} {item.mark.hex()}".encode())

    def pass_over(self, item: FeedItem) -> None:
        """Keep that an item is for a newer program."""
        if not self.read(self._passed_over):
            self.write(self._passed_over, f"{item.position} {__version__}".encode())
