"""The program as other people start it: a process, its answer, its one sentence when it fails."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e.warm import CAN_FORK, run_forked

PASS_PHRASE = "invented pass phrase"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Return the one document on stdout."""
        assert self.code == 0, self.err
        return json.loads(self.out)

    def is_refusal(self, code: int) -> bool:
        """Whether the command ended with this code, one sentence on stderr and nothing on stdout."""
        return self.code == code and self.out == "" and len(self.err.strip().splitlines()) == 1


@dataclass(frozen=True, slots=True)
class Program:
    """`counter-app` on one data folder, with a state folder of its own."""

    data: Path
    environment: dict[str, str] = field(default_factory=dict)

    def variables(self) -> dict[str, str]:
        """Return the environment of the process."""
        own = {
            "COUNTER_APP_PASSPHRASE": PASS_PHRASE,
            "COUNTER_APP_LANGUAGE": "en",
            "XDG_STATE_HOME": str(self.data.with_name(self.data.name + "-state")),
        }
        return {**os.environ, **own, **self.environment}

    def command(self, *arguments: str | Path) -> list[str]:
        """Return the command line."""
        return [sys.executable, "-m", "counter_app", "--data", str(self.data), *map(str, arguments)]

    def run(self, *arguments: str | Path, **environment: str) -> Answer:
        """Run one command to its end, nobody at the keyboard, in a process with the modules already read."""
        if not CAN_FORK:
            return self.start(*arguments, **environment)
        command = ["--data", str(self.data), *map(str, arguments)]
        return Answer(*run_forked(command, {**self.variables(), **environment}))

    def start(self, *arguments: str | Path, **environment: str) -> Answer:
        """Run one command to its end as a fresh interpreter."""
        finished = subprocess.run(
            self.command(*arguments),
            env={**self.variables(), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return Answer(finished.returncode, finished.stdout, finished.stderr)

    def ask(self, *arguments: str | Path) -> Any:
        """Run one command that must succeed and return its JSON document."""
        return self.run(*arguments, "--json").json()
