"""The service's log: a line of JSON for each event, for whatever gathers the logs of servers.

Events hold names of routes, ids of desks, counts and times; never a path, a code, an address or a row's values.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any, TextIO

from counter_app.core.errors import AppError

FACTS = "facts"
"""Under this name a log call hands over what belongs to its event: ``log.info("request", extra={FACTS: {...}})``."""


class JsonLines(logging.Formatter):
    """One object a line. Of an exception it says the kind and the place, not the message, which may quote people."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        event: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        event |= getattr(record, FACTS, {})
        if record.exc_info is not None and record.exc_info[1] is not None:
            event |= _tell(record.exc_info[1])
        return json.dumps(event, ensure_ascii=False)


def _tell(error: BaseException) -> dict[str, Any]:
    frames = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    return {"error": error.code if isinstance(error, AppError) else type(error).__name__, "frames": frames}


def log_to(stream: TextIO) -> None:
    """Send the program's log to a stream from now on, in place of where it went. Call once, when serving begins."""
    root = logging.getLogger("counter_app")
    for handler in tuple(root.handlers):
        root.removeHandler(handler)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    root.propagate = False
