"""The scanner's own button: somebody listens to it while the clerk stands at the page, and lets go for every scan."""

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from counter_app.core.errors import AppError, UserError
from counter_app.scanning.driver import Cancel
from counter_app.scanning.scanners import Scanners

EVERY_S = 1.0
"""Between two looks the device is closed: longer, and a short press is missed; shorter, and others hardly get at it."""

LONGEST_PAUSE_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonNews:
    """Who is told, in a thread of the listener's.

    `pressed`: once for each press. `heard`: the scanner answers now. `lost`: it does not, and is asked less often.
    `silent`: it tells of no button, so nobody listens any more.
    """

    pressed: Callable[[], None]
    heard: Callable[[], None]
    lost: Callable[[], None]
    silent: Callable[[UserError], None]


class ScannerButton:
    """Listens to one scanner at a time. Any thread; only `resting` waits."""

    def __init__(self, scanners: Callable[[], Scanners], *, every_s: float = EVERY_S) -> None:
        """`scanners` makes them as the settings say now."""
        self._scanners = scanners
        self.every_s = every_s
        self._lock = threading.Lock()
        self._turn = threading.Condition()
        self._resting, self._is_looking = 0, False
        self._cancel = Cancel()
        self._thread: threading.Thread | None = None

    @property
    def is_listening(self) -> bool:
        """Whether somebody listens and was not told to let go."""
        thread = self._thread
        return thread is not None and thread.is_alive() and not self._cancel.is_said

    def listen(self, device: str, news: ButtonNews) -> None:
        """Begin to listen to a scanner, once the listening before has ended."""
        with self._lock:
            self._cancel.say()
            self._cancel, before = Cancel(), self._thread
            self._thread = threading.Thread(
                target=self._listen, args=(device, news, self._cancel, before), name="scanner-button", daemon=True
            )
            self._thread.start()

    def let_go(self) -> None:
        """Listen no more; a look that is under way goes to its end."""
        with self._lock:
            self._cancel.say()

    @contextlib.contextmanager
    def resting(self) -> Iterator[None]:
        """Keep the scanners free for something else, from the end of a look that is under way; that takes seconds.

        It keeps looks away and nothing else: several may rest at once.
        """
        self.let_go()
        with self._turn:
            self._resting += 1
        try:
            with self._turn:
                self._turn.wait_for(lambda: not self._is_looking)
            yield
        finally:
            with self._turn:
                self._resting -= 1
                self._turn.notify_all()

    @contextlib.contextmanager
    def _looking(self) -> Iterator[None]:
        with self._turn:
            self._turn.wait_for(lambda: not self._resting)
            self._is_looking = True
        try:
            yield
        finally:
            with self._turn:
                self._is_looking = False
                self._turn.notify_all()

    def _listen(self, device: str, news: ButtonNews, cancel: Cancel, before: threading.Thread | None) -> None:
        if before is not None:
            before.join()
        pause_s = self.every_s

        def heard() -> None:
            nonlocal pause_s
            pause_s = self.every_s
            news.heard()

        while not cancel.is_said:
            try:
                for _press in iter_presses(self._looks(device, heard, cancel)):
                    news.pressed()
            except UserError as error:
                # It has no button, or is no scanner that could have one: that does not change by asking again.
                news.silent(error)
                return
            except AppError:
                # Another program has the scanner, or it is switched off: leave it alone for longer each time.
                news.lost()
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
            cancel.wait(pause_s)

    def _looks(self, device: str, heard: Callable[[], None], cancel: Cancel) -> Iterator[bool]:
        answers, is_first = self._scanners().feel_button(device, cancel), True
        while (is_down := self._look(answers, cancel)) is not None:
            if is_first:
                heard()
                is_first = False
            yield is_down
            cancel.wait(self.every_s)

    def _look(self, answers: Iterator[bool], cancel: Cancel) -> bool | None:
        """Return what the scanner says, None when nobody listens any more."""
        with self._looking():
            is_down = None if cancel.is_said else next(answers, None)
        return None if cancel.is_said else is_down


def iter_presses(states: Iterable[bool]) -> Iterator[None]:
    """Yield once for each time that a button goes down.

    What the first look finds is no press: the button is held from before, or remembers one that was meant for nobody.
    """
    was_down = True
    for is_down in states:
        if is_down and not was_down:
            yield
        was_down = is_down
