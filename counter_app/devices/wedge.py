"""Readers that act as a keyboard ("wedge"): told from a typist by timing alone, without looking at the text.

Pure: no clock, no window. The caller hands in every key with the time stamp of its event and does what the
verdict says. What is pasted comes without keys and therefore never gets here.

The limits come from what hands and readers can do: a fast typist reaches about 12 keys a second and rolls
over two to four keys within 35 ms now and then, never six in a row; a reader sends a key every 1 to 20 ms.
"""

from dataclasses import dataclass
from enum import StrEnum

MAX_KEY_GAP_MS = 35
MIN_KEYS = 6
END_PAUSE_MS = 80

_ENTER = ("\r", "\n")
_TAB = "\t"
_ERASERS = ("\b", "\x7f")
# Group separators of GS1 and licence codes (ISO/IEC 15434): the only control characters a code contains.
_SEPARATORS = ("\x1c", "\x1d", "\x1e", "\x1f")


class BurstEnd(StrEnum):
    """What closed a burst."""

    ENTER = "enter"
    TAB = "tab"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """One reading typed by a reader.

    `erase` characters of `text` had already reached the focused field before the reader was recognised and
    have to be taken back; the rest, and the closing key, were swallowed.
    """

    text: str
    erase: int
    ended_by: BurstEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What to do with a key: `swallow` it or let it through, and the burst that ended with it or just before
    it.
    """

    swallow: bool = False
    burst: Burst | None = None


_PASS = Verdict()
_SWALLOW = Verdict(swallow=True)


class WedgeDetector:
    """Recognises the burst of a reader among the keys of a window. Use from one thread.

    A burst is at least `MIN_KEYS` keys, not all alike, each at most `MAX_KEY_GAP_MS` after the one before.
    Once recognised it goes on over gaps shorter than `END_PAUSE_MS`, up to Enter, Tab or a pause. A run that
    a Backspace led into is the rewriting of an input method (UniKey replaces letters that way) and never
    counts; neither does a key that is held down.
    """

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._passed = 0
        self._last_ms: int | None = None
        self._recognised = False
        self._rewriting = False
        self._after_burst = False

    def feed(self, char: str, at_ms: int) -> Verdict:
        """Judge one key: `char` as the key event's text ("\\r" or "\\n" for Enter, "\\t", "\\b"), its time in
        ms.

        A key without text (Shift, arrows) changes nothing and passes.
        """
        if not char:
            return _PASS
        gap = None if self._last_ms is None else at_ms - self._last_ms
        ended = self._end_if_paused(gap)
        if gap is None or not 0 <= gap <= MAX_KEY_GAP_MS:
            self._start_anew()
        self._last_ms = at_ms
        if char in _ENTER or char == _TAB:
            return self._close(char, ended)
        if not _is_text(char):
            self._forget_run()
            self._rewriting = char in _ERASERS
            return Verdict(burst=ended)
        return self._append(char, ended)

    def settle(self, at_ms: int) -> Burst | None:
        """Return the burst that a pause has ended; call from a timer, `END_PAUSE_MS` after the last key."""
        return self._end_if_paused(None if self._last_ms is None else at_ms - self._last_ms)

    @property
    def is_inside_burst(self) -> bool:
        """Whether a reader has been recognised and its end is awaited."""
        return self._recognised

    def reset(self) -> None:
        """Forget everything, for example when the focus leaves the window."""
        self._forget_run()
        self._last_ms = None
        self._rewriting = False
        self._after_burst = False

    def _append(self, char: str, ended: Burst | None) -> Verdict:
        self._after_burst = False
        self._keys.append(char)
        if not self._recognised and not self._rewriting:
            self._recognised = len(self._keys) >= MIN_KEYS and len(set(self._keys)) > 1
        if self._recognised:
            return _SWALLOW
        self._passed += len(char)
        return Verdict(burst=ended) if ended else _PASS

    def _close(self, char: str, ended: Burst | None) -> Verdict:
        if self._recognised:
            burst = self._take(BurstEnd.TAB if char == _TAB else BurstEnd.ENTER)
            self._after_burst = True
            return Verdict(swallow=True, burst=burst)
        # The second half of a CR LF suffix must not press the window's default button.
        swallow = self._after_burst and char in _ENTER and not self._keys
        self._forget_run()
        self._rewriting = False
        return Verdict(swallow=swallow, burst=ended)

    def _end_if_paused(self, gap: int | None) -> Burst | None:
        if not self._recognised or gap is None or 0 <= gap < END_PAUSE_MS:
            return None
        return self._take(BurstEnd.PAUSE)

    def _take(self, ended_by: BurstEnd) -> Burst:
        burst = Burst(text="".join(self._keys), erase=self._passed, ended_by=ended_by)
        self._forget_run()
        return burst

    def _start_anew(self) -> None:
        if not self._recognised:
            self._forget_run()
            self._rewriting = False
            self._after_burst = False

    def _forget_run(self) -> None:
        self._keys = []
        self._passed = 0
        self._recognised = False


def _is_text(char: str) -> bool:
    return all(one in _SEPARATORS or (one >= " " and one != "\x7f") for one in char)
