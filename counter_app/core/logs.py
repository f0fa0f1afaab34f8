"""Logs for support: ids, codes and counts; never names, numbers of people or contents of papers."""

import logging
import logging.handlers
from pathlib import Path

_FORMAT = "%(asctime)s %(levelname)s %(threadName)s %(name)s %(message)s"


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
    target = logging.handlers.RotatingFileHandler(
        folder / "counter.log", maxBytes=1_000_000, backupCount=5, encoding="utf-8", delay=True
    )
    target.setFormatter(logging.Formatter(_FORMAT))
    root.addHandler(target)


def _is_made(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return False
    return True
