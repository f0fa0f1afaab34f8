"""The command line: everything the window can do that IT staff script, and how the program is tested from outside."""

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from counter_app.cli.output import Output, forget_stdout
from counter_app.core.errors import AppError, BugError, EnvironmentFailure, UserError
from counter_app.core.logs import configure_logs
from counter_app.core.paths import DataFolder, default_data_folder
from resources.texts import Language

_log = logging.getLogger(__name__)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return the exit code; every failure is one sentence on stderr."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # Windows consoles and pipes
    output = Output(language=_language(os.environ.get("COUNTER_APP_LANGUAGE", "")), as_json=False)
    configure_logs(None)  # until a store has its own log, nothing but the one sentence reaches stderr
    try:
        return _run(arguments, output)
    except AppError as error:
        output.fail(error)
        return error.exit_code
    except BrokenPipeError:
        forget_stdout()
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as exc:  # noqa: BLE001 - the last line of defence: a bug must end as a sentence too
        _log.exception("uncaught %s", type(exc).__name__)
        output.fail(BugError("cli.bug", reference=type(exc).__name__))
        return BugError.exit_code


def _run(arguments: Sequence[str], output: Output) -> int:
    code = _hand_over(arguments)
    if code is not None:
        return code
    from counter_app.cli.parser import parse

    options = parse(arguments)
    output.as_json = options.json
    folder = _data_folder(options.data)
    if options.command is None:
        return _open_window(folder)
    from counter_app.cli.commands import COMMANDS

    COMMANDS[options.command](folder, options, output)
    return output.exit_code


def _hand_over(arguments: Sequence[str]) -> int | None:
    """Let the version in use do the work, before this one reads a command line that it may not understand."""
    folder = _data_folder(find_data(arguments))
    if not folder.updates.is_dir():
        return None
    from counter_app.store.any_version import find_entries
    from counter_app.update.launching import hand_over

    passphrase = os.environ.get("COUNTER_APP_PASSPHRASE") or None
    return hand_over(arguments, folder, lambda one: find_entries(one, passphrase=passphrase))


def find_data(arguments: Sequence[str]) -> str | None:
    """Return the data folder that a command line names, as `counter_app.cli.parser` would read it."""
    found = None
    for place, argument in enumerate(arguments):
        if argument.startswith("--data="):
            found = argument.removeprefix("--data=")
        elif argument == "--data" and place + 1 < len(arguments):
            found = arguments[place + 1]
    return found


def _data_folder(named: str | None) -> DataFolder:
    """An empty name is a script's unset variable: to take the user's own desk for it could do harm."""
    if named is None:
        return default_data_folder()
    if not named.strip():
        raise UserError("cli.bad_usage", detail="argument --data: the folder has no name")
    try:
        return DataFolder(Path(named).expanduser().absolute())
    except (RuntimeError, OSError) as exc:  # ~ without a home, or a working folder that was deleted
        raise EnvironmentFailure("disk.no_folder", folder=Path(named).name) from exc


def _open_window(folder: DataFolder) -> int:
    try:
        from counter_app.window import open_window
    except ImportError as exc:
        raise EnvironmentFailure("cli.no_window", reason=str(exc.name or "Qt")) from exc
    return open_window(folder)


def _language(name: str) -> Language:
    return Language.ENGLISH if name.lower().startswith("en") else Language.VIETNAMESE
