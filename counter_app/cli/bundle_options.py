"""The options of ``bundle`` and of ``province bundle``."""

import argparse
from collections.abc import Callable
from typing import Any

_Words = Callable[[str], Any]


def add_bundle(
    bundle: argparse.ArgumentParser, *, parents: Callable[[], argparse.ArgumentParser], words: _Words
) -> None:
    """Add the actions of ``bundle``."""
    actions = bundle.add_subparsers(dest="action", required=True, parser_class=type(bundle))
    writing = actions.add_parser("export", parents=[parents()], help="what the receiver lacks, sealed to it")
    writing.add_argument("--to", type=words, default="", metavar="DESK", help="name or id (default: the province)")
    taking = actions.add_parser("import", parents=[parents()], help="check a bundle and take what is new in it")
    relaying = actions.add_parser("carry", parents=[parents()], help="pass another desk's bundle on to the province")
    relaying.add_argument("--answer", metavar="ANSWER", help="a new file for the province's answer to that desk")
    for one in (writing, taking, relaying):
        one.add_argument("file", metavar="FILE")


def add_province_bundle(
    bundle: argparse.ArgumentParser,
    *,
    parents: Callable[[], argparse.ArgumentParser],
    words: _Words,
    parser_class: type[argparse.ArgumentParser],
) -> None:
    """Add the actions of ``province bundle``."""
    actions = bundle.add_subparsers(dest="bundle_action", required=True, parser_class=parser_class)
    taking = actions.add_parser("import", parents=[parents()], help="check a desk's bundle and take what is new in it")
    writing = actions.add_parser("export", parents=[parents()], help="what a desk waits for, sealed to it")
    writing.add_argument("desk", type=words, metavar="DESK", help="name or id")
    for one in (taking, writing):
        one.add_argument("file", metavar="FILE")
