"""The options of what comes from elsewhere: ``online`` and ``concerned``."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from counter_app.cli.online_options import add_online


def add_incoming(
    add: Callable[[str, str], argparse.ArgumentParser],
    *,
    day: Callable[[str], Any],
    count: Callable[[str], Any],
    **common: Any,
) -> None:
    """Add both commands; the types and common options are those of every command."""
    add_online(add("online", "requests that came in online: list, show, receive, supplement, refuse"), **common)
    concerned = add(
        "concerned",
        "dossiers that another unit received and this one decides: list, show, file, result, supplement, refuse",
    )
    add_concerned(concerned, day=day, count=count, **common)


def add_concerned(
    concerned: argparse.ArgumentParser,
    *,
    parents: Callable[[], argparse.ArgumentParser],
    words: Callable[[str], Any],
    day: Callable[[str], Any],
    count: Callable[[str], Any],
    parser_class: type[argparse.ArgumentParser],
) -> None:
    """Add the actions of ``concerned``; the types and common options are those of every command."""
    actions = concerned.add_subparsers(dest="action", required=True, parser_class=parser_class)
    listing = actions.add_parser(
        "list", parents=[parents()], help="those to be decided, what waits for this unit in front"
    )
    listing.add_argument("--all", action="store_true", help="also those decided that their unit has not ended yet")

    def add(name: str, explanation: str) -> argparse.ArgumentParser:
        one = actions.add_parser(name, parents=[parents()], help=explanation)
        one.add_argument("code", type=words, metavar="CODE", help="its code, or its id")
        return one

    add("show", "one with its papers and what was answered")
    file = add("file", "one of its digitised papers, written to a file")
    file.add_argument("place", type=count, metavar="N", help="its place in `show`, from 1")
    file.add_argument("path", type=Path, metavar="FILE", help="where it is written; never over another file")
    result = add("result", "state that the result was issued")
    result.add_argument("--number", type=words, required=True, metavar="TEXT", help="number and symbol of the decision")
    result.add_argument("--date", type=day, required=True, metavar="DATE", help="the day that it bears")
    result.add_argument("--signer", type=words, default="", metavar="NAME")
    result.add_argument("--summary", type=words, default="", metavar="TEXT")
    for name, explanation in (("supplement", "state what is missing"), ("refuse", "state why it is refused")):
        add(name, explanation).add_argument("--reason", type=words, required=True, metavar="TEXT")
