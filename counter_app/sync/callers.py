"""Who is connected to a service, and who goes when there are too many: the oldest of whoever has the most.

Until a connection has shown a certificate it counts for its address, afterwards for the desk or hall alone: a hall and
its desks, or a whole province behind one gateway, share an address, and no number of them is too many. Nobody is turned
away for others of the address: the oldest of its strangers goes, which is what a flood is made of, for an honest one is
known within a second. Of a desk too the oldest goes: of a line that broke it is the half that nobody uses.
"""

import socket
import threading
from contextlib import suppress

MOST_STRANGERS = 512
MOST_STRANGERS_OF_ONE = 64
#: A desk keeps five connections, and twice as many where it passes papers on beside them.
MOST_OF_ONE = 16

_Group = dict[str, list[socket.socket]]


class Callers:
    """Any thread; nothing blocks. Bounds: all strangers, those of one address, the connections of one desk or hall."""

    def __init__(
        self,
        *,
        strangers: int = MOST_STRANGERS,
        strangers_of_one: int = MOST_STRANGERS_OF_ONE,
        of_one: int = MOST_OF_ONE,
    ) -> None:
        self._most, self._most_strangers_of_one, self._most_of_one = strangers, strangers_of_one, of_one
        self._lock = threading.Lock()
        self._strangers: _Group = {}
        self._known: _Group = {}
        self._places: dict[socket.socket, tuple[_Group, str]] = {}
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """How many connections had to go so far."""
        return self._dropped

    def come(self, caller: socket.socket, address: str) -> None:
        """Note a new connection from an address."""
        with self._lock:
            if sum(map(len, self._strangers.values())) >= self._most:
                self._drop_oldest(self._strangers, max(self._strangers, key=lambda one: len(self._strangers[one])))
            self._add(caller, self._strangers, address, self._most_strangers_of_one)

    def show(self, caller: socket.socket, name: str) -> None:
        """Note that a connection has proved to be a desk's or hall's."""
        with self._lock:
            if self._remove(caller):
                self._add(caller, self._known, name, self._most_of_one)

    def leave(self, caller: socket.socket) -> None:
        """Forget a connection that has ended."""
        with self._lock:
            self._remove(caller)

    def _add(self, caller: socket.socket, group: _Group, name: str, most: int) -> None:
        while len(group.get(name, ())) >= most:
            self._drop_oldest(group, name)
        group.setdefault(name, []).append(caller)
        self._places[caller] = (group, name)

    def _remove(self, caller: socket.socket) -> bool:
        place = self._places.pop(caller, None)
        if place is None:
            return False
        group, name = place
        group[name].remove(caller)
        if not group[name]:
            del group[name]
        return True

    def _drop_oldest(self, group: _Group, name: str) -> None:
        oldest = group[name][0]
        self._remove(oldest)
        self._dropped += 1
        with suppress(OSError):  # it has ended by itself
            # The plain socket's: that of TLS would also take the session away from the thread that reads from it.
            socket.socket.shutdown(oldest, socket.SHUT_RDWR)
