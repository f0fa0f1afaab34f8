"""What went over a device's line, for support: lengths and kinds of bytes, never the bytes themselves."""

import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

MAX_SESSIONS = 8
MAX_LINES = 50


@dataclass(frozen=True, slots=True)
class Session:
    """One opening of a port: when, and what happened, oldest line first. Free of personal data."""

    port: str
    baud: int
    opened_at: datetime
    lines: tuple[str, ...]


@dataclass(slots=True)
class _Open:
    port: str
    baud: int
    opened_at: datetime
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=MAX_LINES))


class Trace:
    """The last sessions of one device, with contents masked. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions: deque[_Open] = deque(maxlen=MAX_SESSIONS)

    def begin(self, port: str, baud: int, at: datetime) -> None:
        """Start a session."""
        with self._lock:
            self._sessions.append(_Open(port, baud, at))

    def note_bytes(self, chunk: bytes) -> None:
        """Note what arrived, masked."""
        self.note(mask(chunk))

    def note(self, line: str) -> None:
        """Note an event that holds no personal data, such as an error's code."""
        with self._lock:
            if self._sessions:
                self._sessions[-1].lines.append(line)

    def list_sessions(self) -> tuple[Session, ...]:
        """Return the last sessions, oldest first."""
        with self._lock:
            return tuple(Session(one.port, one.baud, one.opened_at, tuple(one.lines)) for one in self._sessions)


def mask(chunk: bytes) -> str:
    """Return a chunk's length and how many bytes of each kind it has: ``13 bytes: cr 1, digit 12``."""
    counts: dict[str, int] = {}
    for byte in chunk:
        kind = _kind(byte)
        counts[kind] = counts.get(kind, 0) + 1
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items()))
    return f"{len(chunk)} bytes: {kinds}" if kinds else "0 bytes"


def _kind(byte: int) -> str:
    if byte in (0x00, 0x0A, 0x0D):
        return {0x00: "nul", 0x0A: "lf", 0x0D: "cr"}[byte]
    if byte < 0x20 or byte == 0x7F:
        return "control"
    if byte >= 0x80:
        return "high"
    char = chr(byte)
    return "digit" if char.isdigit() else "letter" if char.isalpha() else "sign"
