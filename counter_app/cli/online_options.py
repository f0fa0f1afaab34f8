"""The options of ``online``."""

import argparse
from collections.abc import Callable
from typing import Any


def add_online(
    online: argparse.ArgumentParser,
    *,
    parents: Callable[[], argparse.ArgumentParser],
    words: Callable[[str], Any],
    parser_class: type[argparse.ArgumentParser],
) -> None:
    """Add the actions of ``online``; the types and common options are those of every command."""
    actions = online.add_subparsers(dest="action", required=True, parser_class=parser_class)
    actions.add_parser("list", parents=[parents()], help="those that wait for their answer, the oldest first")
    for name, explanation in (
        ("show", "one with its files"),
        ("receive", "make it a dossier, with its number, due date and receipt"),
        ("supplement", "ask for what is missing, or for what the reason says"),
        ("refuse", "do not accept it, with the reason"),
    ):
        one = actions.add_parser(name, parents=[parents()], help=explanation)
        one.add_argument("number", type=words, metavar="NUMBER", help="its number, or its id")
        if name in ("supplement", "refuse"):
            one.add_argument("--reason", type=words, default="", metavar="TEXT", required=name == "refuse")
