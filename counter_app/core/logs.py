"""Logs for support: ids, codes and counts; never names, numbers of people or contents of papers."""

import logging
import logging.handlers
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from counter_app.core.errors import AppError

_FORMAT = "%(asctime)s %(levelname)s %(threadName)s %(name)s %(message)s"


_ErrorTriple = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class _Frames(logging.Formatter):
    """Writes of an exception where it came from and what kind it is; its message could quote what somebody typed."""

    def formatException(self, ei: _ErrorTriple) -> str:  # noqa: N802 - the name of the standard library
        """Return the frames of an exception and of its causes, the first cause first."""
        return "".join(_iter_frames(ei[1])).rstrip("\n")


def _iter_frames(error: BaseException | None) -> Iterator[str]:
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    for one in reversed(seen):
        yield from traceback.format_tb(one.__traceback__)
        yield f"{type(one).__name__}: {one}\n" if isinstance(one, AppError) else f"{type(one).__name__}\n"


class _LogFile(logging.handlers.RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name of the standard library
        """Lose a line that a full disk does not take; the standard handler would print a traceback for it."""


def configure_logs(folder: Path | None, *, level: int = logging.INFO) -> None:
    """Send the program's log to a rotating file (5 x 1 MB), or nowhere when no folder is given or it cannot be made.

    Call once, from the composition root.
    """
    root = logging.getLogger("counter_app")
    root.setLevel(level)
    root.propagate = False
    for handler in tuple(root.handlers):
        root.removeHandler(handler)
        handler.close()
    if folder is None or not _is_made(folder):
        root.addHandler(logging.NullHandler())
        return
    target = _LogFile(folder / "counter.log", maxBytes=1_000_000, backupCount=5, encoding="utf-8", delay=True)
    target.setFormatter(_Frames(_FORMAT))
    root.addHandler(target)


def _is_made(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return False
    return True
