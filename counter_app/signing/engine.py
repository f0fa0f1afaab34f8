"""Running pyHanko: quiet, within a time, and with whatever it raises told apart.

Its import takes about 1.5 s, so everything of it is imported where it is used.
"""

import ctypes
import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from counter_app.core.errors import AppError, UserError

_log = logging.getLogger(__name__)
T = TypeVar("T")
_GRACE_S = 2.0

MOST_BYTES = 300_000_000
# What parsing a damaged file raises beyond the library's own kinds: it trusts types and keys as they come.
MALFORMED = (ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError, RecursionError, OSError)


class _Stopped(BaseException):
    """Thrown into a job whose time is up; no `except Exception` of a library can keep it."""


class _Job(Generic[T]):
    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self.answer: list[T] = []
        self.failure: AppError | None = None

    def run(self) -> None:
        try:
            self.answer.append(self._work())
        except AppError as error:
            self.failure = error
        except _Stopped:
            return
        except Exception as exc:  # noqa: BLE001 - main loop of a thread: a hostile file may raise anything at all
            _log.warning("a file could not be examined: %s", type(exc).__name__)
            self.failure = UserError("signing.unreadable_pdf")


def run_bounded(work: Callable[[], T], *, seconds: float) -> T:
    """Return what the work returns, done in a thread of its own that is stopped when its time is up.

    Raises:
        UserError: ``signing.takes_too_long``; ``signing.unreadable_pdf`` for whatever a library raised.
        AppError: what the work itself raised.
    """
    job = _Job(work)
    thread = threading.Thread(target=job.run, name="signature-check", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        _stop(thread)
    if job.failure is not None:
        raise job.failure
    if not job.answer:
        raise UserError("signing.takes_too_long")
    return job.answer[0]


def _stop(thread: threading.Thread) -> None:
    ident = ctypes.c_ulong(thread.ident or 0)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, ctypes.py_object(_Stopped))
    thread.join(_GRACE_S)
    if thread.is_alive():
        _log.error("a check of a file does not end")


def quiet_engine() -> None:
    """Keep the libraries' own log lines, which name signers, out of our log and off the terminal."""
    for name in ("pyhanko", "pyhanko_certvalidator"):
        logger = logging.getLogger(name)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
