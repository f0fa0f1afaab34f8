"""What a command prints: one JSON document, or plain lines; failures and how far it is as sentences on stderr."""

import contextlib
import os
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from counter_app.core.clock import to_local
from counter_app.core.errors import AppError, EnvironmentFailure
from counter_app.core.text import nfc
from counter_app.domain.dossier import Status
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

    def status(self, status: Status) -> dict[str, Any]:
        """Return the two fields in which every answer tells a dossier's status: its national number and its name."""
        return {"status": int(status), "status_name": self.words(f"dossier.status.{int(status)}")}

    def answer(self, document: Mapping[str, Any] | list[Any], *lines: str) -> None:
        """Print the document when JSON was asked for, else the lines.

        Raises:
            EnvironmentFailure: ``cli.answer_lost`` when stdout takes no more, for example a full disk.
            BrokenPipeError: whoever reads it has gone.
        """
        shown = [msgspec.json.format(msgspec.json.encode(document), indent=2).decode()] if self.as_json else lines
        try:
            for line in shown:
                print(line)
            if sys.stdout is not None:
                sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as exc:
            forget_stdout()
            raise EnvironmentFailure("cli.answer_lost") from exc

    def begin(self, *lines: str) -> None:
        """Print the lines of an answer that need not wait for its rest; a JSON document comes whole, by `answer`.

        Raises:
            EnvironmentFailure: as `answer`.
        """
        if not self.as_json:
            self.answer({}, *lines)

    def tell(self, line: str) -> None:
        """Print how far a long command is, beside its answer: nobody who reads that has to look for it."""
        if sys.stderr is not None:
            with contextlib.suppress(OSError):
                print(line, file=sys.stderr, flush=True)

    def fail(self, error: AppError) -> None:
        """Print one sentence about an error on one line, without what would steer a terminal."""
        self.tell(nfc(sentence(error, self.language)))


def forget_stdout() -> None:
    """Stdout takes no more: what is still buffered must not fail again, with its own exit code, when Python ends."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def iso(instant: datetime | None) -> str | None:
    """Return an instant as ISO 8601 with the Vietnamese offset."""
    return to_local(instant).isoformat(timespec="seconds") if instant is not None else None


def shown(instant: datetime) -> str:
    """Return an instant as people read it: 09:10 23/11/2026."""
    return to_local(instant).strftime("%H:%M %d/%m/%Y")
