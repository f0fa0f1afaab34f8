"""What a command prints: one JSON document, or plain lines; failures as one sentence on stderr."""

import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from counter_app.core.clock import to_local
from counter_app.core.errors import AppError
from counter_app.services.sentences import sentence
from resources.texts import Language, text


class Output:
    """Where a command's answer goes."""

    def __init__(self, *, language: Language, as_json: bool) -> None:
        self.language = language
        self.as_json = as_json
        self.exit_code = 0

    def words(self, key: str, **context: str | int) -> str:
        """Return a text in the chosen language."""
        return text(key, self.language, **context)

    def answer(self, document: Mapping[str, Any] | list[Any], *lines: str) -> None:
        """Print the document when JSON was asked for, else the lines."""
        if self.as_json:
            print(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
        else:
            for line in lines:
                print(line)

    def fail(self, error: AppError) -> None:
        """Print one sentence about an error."""
        print(sentence(error, self.language), file=sys.stderr)


def iso(instant: datetime | None) -> str | None:
    """Return an instant as ISO 8601 with the Vietnamese offset."""
    return to_local(instant).isoformat(timespec="seconds") if instant is not None else None


def shown(instant: datetime) -> str:
    """Return an instant as people read it: 09:10 23/11/2026."""
    return to_local(instant).strftime("%H:%M %d/%m/%Y")
