"""The options of ``list``, also those of a saved view."""

import argparse
from collections.abc import Callable
from datetime import date

from counter_app.domain.procedure import Channel
from counter_app.services.answers.exports import ExportColumn
from counter_app.services.answers.lists import ListOrder, Scope


def add_filter_options(
    parser: argparse.ArgumentParser, *, words: Callable[[str], str], day: Callable[[str], date]
) -> None:
    """Declare the conditions of a list, which add up, and its order."""
    flags = (
        ("--late", "past their due date and not resolved"),
        ("--due-today", "due today and not resolved"),
        ("--due-soon", "due in the next working days, as many as set (due.soon_days)"),
        ("--running", "the clock of the office runs"),
        ("--waits-for-owner", "resolved, the result is at the desk"),
        ("--result-elsewhere", "resolved, the result has not come to the desk"),
        ("--to-acknowledge", "came online and wait for their acknowledgement"),
        ("--to-transfer", "another unit resolves them, and their paper should be on its way"),
    )
    for name, explanation in flags:
        parser.add_argument(name, action="store_true", help=explanation)
    parser.add_argument("--due-within", type=_days, default=0, metavar="N", help="due in the next N working days")
    parser.add_argument(
        "--status", type=int, choices=range(1, 11), action="append", default=[], metavar="1..10", help="may be repeated"
    )
    parser.add_argument("--procedure", type=words, default="", metavar="CODE")
    parser.add_argument("--field", type=words, default="", metavar="NAME")
    parser.add_argument("--unit", type=words, default="", metavar="CODE", help="which unit resolves it")
    parser.add_argument("--channel", type=Channel, choices=list(Channel), default=None)
    for name in ("--received-from", "--received-to", "--due-from", "--due-to"):
        parser.add_argument(name, type=day, default=None, metavar="DATE")
    parser.add_argument("--received-by", type=words, default="", metavar="LOGIN")
    parser.add_argument("--scope", type=Scope, choices=list(Scope), default=Scope.UNIT, help="of the acting clerk")
    parser.add_argument("--order", type=ListOrder, choices=list(ListOrder), default=None)


def add_page_options(
    parser: argparse.ArgumentParser, *, words: Callable[[str], str], count: Callable[[str], int]
) -> None:
    """Declare which part of a list is asked for."""
    parser.add_argument("--limit", type=count, default=200, metavar="N")
    parser.add_argument("--after", type=words, default="", metavar="CODE", help="go on behind this dossier")
    parser.add_argument("--view", type=words, default="", metavar="NAME", help="a saved list of the acting clerk")
    parser.add_argument("--count", action="store_true", help="only how many there are")
    parser.add_argument("--xlsx", metavar="FILE.xlsx", default=None, help="write the whole list as a workbook")
    parser.add_argument(
        "--columns", type=words, default="", metavar="NAMES", help=f"of the workbook: {','.join(ExportColumn)}"
    )
    parser.add_argument(
        "--held", action="store_true", help="entries of other desks that could not be applied, instead of dossiers"
    )


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= 250):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 250")
    return int(text)
