"""From bytes as they arrive to whole codes: where one ends, what is too long, what is no text at all.

Pure: no port, no clock. Readers end a code with CR, LF or CR LF, or with nothing, in which case silence ends
it; all four are understood without being told. A code keeps its bytes: which encoding they are in is decided
elsewhere.
"""

from dataclasses import dataclass

MAX_BYTES = 8192
IDLE_MS = 150
# A reader known to send a suffix may pause inside a code (wireless ones do) without losing half of it.
SUFFIX_IDLE_MS = 2000

_NUL = b"\x00"
_STX, _ETX = b"\x02", b"\x03"
# Control characters a code may contain: tab and the separators of ISO/IEC 15434 (GS1, licences).
_LAWFUL_CONTROLS = frozenset(b"\t\x1c\x1d\x1e\x1f")
_MAX_CONTROL_SHARE = 0.02
_MAX_UNDECODABLE_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Code:
    """One complete code, suffix removed."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class Overlong:
    """A code longer than the limit was dropped; what follows up to its end is dropped too."""


@dataclass(frozen=True, slots=True)
class Noise:
    """Bytes came that make no text, most likely at a wrong speed; what follows up to silence is dropped too."""


Event = Code | Overlong | Noise


class Framer:
    """Cuts the bytes of one open port into codes. Use from one thread; times in ms of any steady clock."""

    def __init__(self, *, max_bytes: int = MAX_BYTES, idle_ms: int = IDLE_MS) -> None:
        self._max_bytes = max_bytes
        self._idle_ms = idle_ms
        self._pending = bytearray()
        self._last_ms = 0
        self._dropping = False
        self._noisy = False
        self._suffix_seen = False

    def feed(self, chunk: bytes, at_ms: int) -> tuple[Event, ...]:
        """Take what arrived; return what became complete. Any chunking gives the same codes."""
        if not chunk:
            return ()
        self._last_ms = at_ms
        events: list[Event] = []
        *ended, rest = chunk.replace(b"\n", b"\r").split(b"\r")
        for piece in ended:
            self._collect(piece, events)
            if self._pending or self._dropping:
                self._suffix_seen = True
            self._finish(events)
        self._collect(rest, events)
        return tuple(events)

    def settle(self, at_ms: int) -> tuple[Event, ...]:
        """Tell that the port was found silent at this time; return the code that the silence ended, if any.

        Call only after a read that brought nothing: time that merely passed may be this program's own delay.
        """
        silence = at_ms - self._last_ms
        if silence < self._idle_ms:
            return ()
        if self._noisy:
            self._pending.clear()
            self._dropping = self._noisy = False
            return ()
        if silence < SUFFIX_IDLE_MS and self._suffix_seen:
            return ()
        events: list[Event] = []
        if self._pending or self._dropping:
            self._suffix_seen = False
            self._pending = self._pending.rstrip(b"\t")
            self._finish(events)
        return tuple(events)

    @property
    def is_waiting(self) -> bool:
        """Whether something has begun whose end is still awaited."""
        return bool(self._pending) or self._dropping or self._noisy

    def _collect(self, piece: bytes, events: list[Event]) -> None:
        if self._dropping:
            return
        self._pending += piece
        if len(self._pending) > self._max_bytes:
            self._report(Noise() if is_noise(bytes(self._pending)) else Overlong(), events)
            self._pending.clear()
            self._dropping = True

    def _finish(self, events: list[Event]) -> None:
        raw = bytes(self._pending)
        self._pending.clear()
        self._dropping = False
        code = _bare(raw)
        if code or len(raw) > 1:
            self._report(Noise() if is_noise(code) else Code(code), events)

    def _report(self, event: Event, events: list[Event]) -> None:
        if self._noisy:
            return
        self._noisy = isinstance(event, Noise)
        events.append(event)


def is_noise(raw: bytes) -> bool:
    """Whether bytes are no text, neither UTF-8 nor 8-bit Vietnamese (TCVN 5712); a wrong speed makes such bytes.

    Noise has control characters or is rich in bytes that are no UTF-8. In a text of TCVN 5712 the latter are
    the marked letters, well under a quarter of a card's fields; damaged UTF-8 has only a few. A short code heard
    at half its speed can come out as plain letters: that only its meaning tells.
    """
    if not raw:
        return True
    decoded = raw.decode("utf-8", "surrogateescape")
    undecodable = [ord(char) & 0xFF for char in decoded if "\udc80" <= char <= "\udcff"]
    controls = sum(1 for byte in raw if _is_unlawful_control(byte)) + undecodable.count(0xFF)
    if controls > len(raw) * _MAX_CONTROL_SHARE:
        return True
    return len(undecodable) > len(raw) * _MAX_UNDECODABLE_SHARE


def _bare(raw: bytes) -> bytes:
    """Return a code without what some readers frame or pad it with: NUL (also sent by a plug), STX and ETX."""
    return raw.strip(_NUL).removeprefix(_STX).removesuffix(_ETX)


def _is_unlawful_control(byte: int) -> bool:
    return byte == 0x7F or (byte < 0x20 and byte not in _LAWFUL_CONTROLS)
