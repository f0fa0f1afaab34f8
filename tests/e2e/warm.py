"""Processes of the program that need not read its thousand modules again: forked from one that has.

Reading them takes two thirds of a short command's time, and the tests start some hundreds of commands. Each is a
process of its own all the same, with its own arguments, environment and streams. Where the platform cannot fork, and
for tests of the start itself, `tests.e2e.program` starts an interpreter.
"""

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.context import ForkServerContext
from pathlib import Path

CAN_FORK = "forkserver" in get_all_start_methods()
_TIMEOUT_S = 120


def run_forked(arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str, str]:
    """Run the program with these arguments to its end; return its exit code, stdout and stderr.

    Raises TimeoutError after two minutes, with the process killed.
    """
    with tempfile.TemporaryDirectory(prefix="counter-command-") as folder:
        streams = Path(folder, "out"), Path(folder, "err")
        process = _server().Process(target=_become, args=(list(arguments), dict(environment), Path.cwd(), streams))
        process.start()
        process.join(_TIMEOUT_S)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise TimeoutError(f"the command did not end within {_TIMEOUT_S} seconds")
        code = process.exitcode
        process.close()
        out, err = (stream.read_text("utf-8") for stream in streams)
        return code, out, err


@cache
def _server() -> ForkServerContext:
    context = get_context("forkserver")
    # pytest: a child looks at its parent's main module, and would read that instead.
    context.set_forkserver_preload(["pytest", "counter_app.cli.commands", "counter_app.cli.parser", __name__])
    return context


def _become(arguments: list[str], environment: dict[str, str], cwd: Path, streams: tuple[Path, Path]) -> None:
    """Be the program: in the child."""
    from counter_app.__main__ import main

    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["counter-app", *arguments]
    for number, path in zip((0, 1, 2), (Path(os.devnull), *streams), strict=True):
        handle = os.open(path, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(handle, number)
        os.close(handle)
    sys.exit(main())
