"""The options of ``update``, ``backup`` and ``restore``."""

import argparse
from collections.abc import Callable
from typing import Any

from counter_app.update.installing import TRIAL_S

_Read = Callable[[str], Any]


def add_update(
    update: argparse.ArgumentParser,
    *,
    parents: Callable[[], argparse.ArgumentParser],
    words: _Read,
    day: _Read,
    count: _Read,
    parser_class: type[argparse.ArgumentParser],
) -> None:
    """Add the actions of ``update``; the types and common options are those of every command."""
    actions = update.add_subparsers(dest="action", required=True, parser_class=parser_class)

    def add(name: str, explanation: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, parents=[parents()], help=explanation)

    make = add("make", "for makers: a signed pack of a program's folder")
    make.add_argument("folder", metavar="DIR")
    make.add_argument("--version", dest="version_made", type=words, required=True, metavar="VERSION")
    make.add_argument("--minimum", type=words, default="0.0", metavar="VERSION", help="the oldest version it replaces")
    make.add_argument("--key", required=True, metavar="FILE", help="the release key: an Ed25519 private key, PEM")
    make.add_argument("--out", required=True, metavar="FILE")
    make.add_argument("--program", type=words, default="counter-app", metavar="NAME", help="the file to start")
    make.add_argument("--platform", type=words, default="", metavar="NAME", help="default: this machine's")
    make.add_argument("--share", type=count, default=100, metavar="PERCENT", help="for how many desks in a hundred")
    make.add_argument("--not-before", type=day, default=None, metavar="DATE")
    for name, explanation in (
        ("check", "read a pack whole and say what it is; changes nothing"),
        ("stage", "lay the version of a pack down beside the one in use"),
    ):
        add(name, explanation).add_argument("file", metavar="FILE")
    add("status", "the version in use, what waits, what failed")
    install = add("install", "put the waiting version in use when the window closes next")
    install.add_argument("--now", action="store_true", help="at once; nobody may have the store open")
    install.add_argument("--limit", type=count, default=int(TRIAL_S), metavar="SECONDS", help="for the new version")
    add("rollback", "go back to the version before, as long as nothing is lost by it")
    add("try", "run by an installation: open and verify the store").add_argument("token", type=words, metavar="TOKEN")


def add_backup(*commands: argparse.ArgumentParser) -> None:
    """Add the folder of a backup to the commands that make and use one."""
    for command in commands:
        command.add_argument("folder", metavar="DIR")
