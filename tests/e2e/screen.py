"""A real X display of our own: Xvfb, a small window manager, and keys pressed from outside the program."""

import contextlib
import hashlib
import os
import select
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

T = TypeVar("T")

_POLL_SECONDS = 0.03
_STILL_SECONDS = 0.4
_RESTING_TICKS = 8
"""Hundredths of a second that a program may work while it counts as resting: a cursor blinks, a port is asked."""


def wait_for(what: str, condition: Callable[[], T | None], *, seconds: float = 20) -> T:
    """Return the first true answer of a condition; fail with what was waited for when none comes in time."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(_POLL_SECONDS)


def _read_line(pipe: int) -> str:
    """Return the server's answer; reading less than the whole line would end the server with a broken pipe."""
    line = b""
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([pipe], [], [], 20)
        assert ready, "Xvfb did not start"
        line += os.read(pipe, 16)
    return line.decode().strip()


def _ticks(program: int | None) -> int:
    """Return the processor time of a program so far, 0 for one that is not watched or has ended (proc(5))."""
    try:
        fields = Path(f"/proc/{program}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def _is_at_work(program: int | None) -> bool:
    """Whether one of its threads waits for the disk or for a processor now."""
    states = set()
    for task in Path(f"/proc/{program}/task").glob("*/stat"):
        with contextlib.suppress(OSError):  # a thread that has just ended
            states.add(task.read_text().rpartition(")")[2].split()[0])
    return bool(states & {"R", "D"})


class Screen:
    """One virtual display, alive inside the `with` block."""

    def __init__(self, width: int = 1366, height: int = 768) -> None:
        self._size = f"{width}x{height}x24"
        self._processes: list[subprocess.Popen[bytes]] = []
        self._frames = tempfile.TemporaryDirectory(prefix="screen-")
        self.display = ""
        self.program: int | None = None
        """The process whose window is looked at; `wait_until_still` waits for its work as well."""

    def __enter__(self) -> Self:
        reading, writing = os.pipe()
        try:
            # It would reset when its last client leaves: a question asked early would throw the window manager out.
            self._start(
                *("Xvfb", "-displayfd", str(writing), "-screen", "0", self._size, "-nolisten", "tcp", "-noreset"),
                *("-fbdir", self._frames.name),
                keep=writing,
            )
            self.display = ":" + _read_line(reading)
        finally:
            os.close(reading)
            os.close(writing)
        self._start("matchbox-window-manager", "-use_titlebar", "no")
        # A window that is quicker than its manager would be left without the keyboard.
        wait_for("the window manager", self._has_manager)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in reversed(self._processes):
            process.terminate()
            process.wait(timeout=10)
        self._frames.cleanup()

    def _start(self, *command: str, keep: int | None = None) -> None:
        self._processes.append(
            subprocess.Popen(
                command,
                env={**os.environ, "DISPLAY": self.display},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=() if keep is None else (keep,),
            )
        )

    def _has_manager(self) -> bool:
        """Whether a window manager answers: only one keeps the property that xdotool asks for here."""
        return "claims not to support" not in self._ask("getactivewindow").stderr

    def _ask(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["xdotool", *arguments],
            env={**os.environ, "DISPLAY": self.display},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )

    def _xdotool(self, *arguments: str) -> str:
        return self._ask(*arguments).stdout.strip()

    def press(self, *keys: str) -> None:
        """Press keys by their X names one after the other: ``Return``, ``Tab``, ``ctrl+Return``, ``F9``."""
        self._xdotool("key", "--clearmodifiers", "--delay", "90", *keys)

    def type(self, text: str) -> None:
        """Type text as a quick person would: much faster, and the program would take it for a reader."""
        self._xdotool("type", "--clearmodifiers", "--delay", "90", text)

    def focused_title(self) -> str:
        """Return the title of the window that has the keyboard, "" when none has."""
        return self._xdotool("getwindowfocus", "getwindowname")

    def has_focused_window(self) -> bool:
        """Whether some program's window has the keyboard."""
        return bool(self.focused_title())

    def give_focus(self) -> bool:
        """Give the keyboard to the window there is, as a click on it does, unless one has it; return whether one has.

        Wine's windows do not take it from every window manager.
        """
        if not self.has_focused_window():
            self._xdotool("search", "--onlyvisible", "--name", ".", "windowfocus", "--sync")
        return self.has_focused_window()

    def wait_until_still(self) -> None:
        """Wait until the picture has not changed for a moment, as a person does; a blinking cursor is slower.

        A person sees that an answer has not come yet. This does not: on a busy machine the picture may stand still
        while the program works, so the program has to rest as well.
        """
        last, since, worked = b"", time.monotonic(), _ticks(self.program)

        def is_still() -> bool:
            nonlocal last, since, worked
            frame = self._digest()
            if frame != last or _ticks(self.program) - worked > _RESTING_TICKS or _is_at_work(self.program):
                last, since, worked = frame, time.monotonic(), _ticks(self.program)
            return time.monotonic() - since > _STILL_SECONDS

        wait_for("the picture to stand still", is_still)

    def press_and_see(self, *keys: str) -> None:
        """Press keys and wait for a picture that is another one, and then still."""
        before = self._digest()
        self.press(*keys)
        wait_for("another picture", lambda: self._digest() != before, seconds=60)
        self.wait_until_still()

    def _digest(self) -> bytes:
        return hashlib.blake2b((Path(self._frames.name) / "Xvfb_screen0").read_bytes()).digest()

    def save(self, file: Path) -> None:
        """Keep what is on the screen as a picture (the frame's form is X11's XWDFile.h, version 7)."""
        from PIL import Image

        frame = (Path(self._frames.name) / "Xvfb_screen0").read_bytes()
        header = struct.unpack_from(">25I", frame)
        width, height, line_bytes, colours = header[4], header[5], header[12], header[19]
        pixels = frame[header[0] + 12 * colours :]
        Image.frombuffer("RGB", (width, height), pixels, "raw", "BGRX", line_bytes, 1).save(file)

    def titles(self) -> list[str]:
        """Return the titles of all visible windows."""
        numbers = self._xdotool("search", "--onlyvisible", "--name", ".").split()
        return [self._xdotool("getwindowname", number) for number in numbers]
