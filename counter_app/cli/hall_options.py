"""The options of ``hall``."""

import argparse
from collections.abc import Callable
from typing import Any

from counter_app.cli.province_options import address

#: Every address of the machine: the desks of the hall are other machines.
_LISTEN = ("0.0.0.0", 8444)  # noqa: S104 - as said
_LIMIT_MB, _PAPERS_MB = 4_096, 10_240


def add_hall(
    hall: argparse.ArgumentParser,
    *,
    parents: Callable[[], argparse.ArgumentParser],
    words: Callable[[str], Any],
    count: Callable[[str], Any],
    parser_class: type[argparse.ArgumentParser],
) -> None:
    """Add the actions of ``hall``; the types and common options are those of every command."""
    actions = hall.add_subparsers(dest="action", required=True, parser_class=parser_class)

    def add(name: str, explanation: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, parents=[parents()], help=explanation)

    making = add("init", "make this machine a hall node, by a code of the province")
    making.add_argument("--enrol", type=words, required=True, metavar="CODE", help="of province enrol --kind hall")
    making.add_argument("--province", type=words, required=True, metavar="URL", help="https://HOST[:PORT]")
    for name, explanation in (
        ("start", "serve the desks, and go on after this command"),
        ("run", "serve until it is stopped: what a service of the system runs"),
    ):
        serving = add(name, explanation)
        serving.add_argument("--listen", type=address, default=_LISTEN, metavar="HOST:PORT")
        serving.add_argument("--limit-mb", type=count, default=_LIMIT_MB, metavar="N", help="how much records may take")
        serving.add_argument(
            "--papers-mb", type=count, default=_PAPERS_MB, metavar="N", help="how much papers may take"
        )
    add("stop", "end it")
    add("status", "whether it runs, what it holds, what the province still lacks")
    add("verify", "look at everything it holds: links and signatures")
