"""Reading the command line."""

import argparse
from collections.abc import Sequence
from datetime import date, datetime
from typing import NoReturn

from counter_app.core.clock import VIETNAM
from counter_app.core.errors import UserError
from counter_app.domain.unit import Role, Slice, UnitLevel


class _Parser(argparse.ArgumentParser):
    """Bad usage is bad input like any other: one sentence, exit code 2."""

    def error(self, message: str) -> NoReturn:
        raise UserError("cli.bad_usage", detail=message)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options; `command` is None for the window.

    Raises:
        UserError: ``cli.bad_usage``.
    """
    common = _Parser(add_help=False)
    common.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="answer with one JSON document")
    common.add_argument(
        "--clerk", default=argparse.SUPPRESS, metavar="LOGIN", help="act as this clerk (default: the administrator)"
    )
    parser = _Parser(prog="counter-app", description="Quầy Một Cửa", allow_abbrev=False)
    parser.add_argument("--data", metavar="DIR", help="data folder (default: the user's own)")
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    def add(name: str, explanation: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=explanation, parents=[common], allow_abbrev=False)

    _add_set_up(
        add("init", "create the store and enrol this desk"), add("demo", "fill a fresh folder with sample data")
    )
    add("parse-card", "identity card QR or MRZ -> fields").add_argument("text", metavar="TEXT")
    _add_due(add("due", "due date with its explanation"))
    add("intake", "receive a dossier").add_argument("file", metavar="FILE.json")
    add("show", "a dossier with history").add_argument("code", metavar="CODE")
    search = add("search", "find dossiers")
    search.add_argument("words", metavar="TEXT", nargs="+")
    search.add_argument("--limit", type=_count, default=20)
    _add_print(add("print", "a form of a dossier as PDF"))
    _add_catalogue(add("catalogue", "procedures: import, template, list"))
    add("verify", "check file, chain, signatures and rows")
    add("rebuild", "make derived rows anew from the journal")
    add("doctor", "look at disk, clock, devices and store")
    _add_user(add("user", "clerks of this desk"))
    _add_unit(add("unit", "units this desk knows"))
    options = parser.parse_args(arguments)
    options.json = getattr(options, "json", False)
    options.clerk = getattr(options, "clerk", None)
    return options


def _version() -> str:
    from counter_app import __version__

    return f"counter-app {__version__}"


def _add_set_up(init: argparse.ArgumentParser, demo: argparse.ArgumentParser) -> None:
    init.add_argument("--unit", default="H99.01", metavar="CODE", help="identifier code of the unit")
    init.add_argument("--unit-name", default="", metavar="NAME")
    init.add_argument("--parent-name", default="", metavar="LINE", help="first head line of its paper")
    init.add_argument("--desk-line", default="", metavar="LINE", help="second head line of its paper")
    init.add_argument("--place", default="", metavar="NAME", help="place name before the date on paper")
    init.add_argument("--level", type=UnitLevel, default=UnitLevel.COMMUNE, choices=list(UnitLevel))
    init.add_argument("--desk", default="", metavar="NAME")
    init.add_argument("--slice", type=_slice, default=Slice(1, 9999), metavar="LOW-HIGH", help="this desk's numbers")
    init.add_argument("--admin", default="quantri", metavar="LOGIN")
    init.add_argument("--admin-name", default="", metavar="NAME")
    demo.add_argument("--dossiers", type=_count, default=120, metavar="N")


def _add_due(due: argparse.ArgumentParser) -> None:
    what = due.add_mutually_exclusive_group(required=True)
    what.add_argument("--procedure", metavar="CODE")
    what.add_argument("--working-days", type=int, metavar="N")
    due.add_argument("--case", default=None, metavar="CODE")
    due.add_argument("--at", type=instant, required=True, metavar="ISO")


def _add_print(printing: argparse.ArgumentParser) -> None:
    printing.add_argument("code", metavar="CODE")
    printing.add_argument("form", nargs="?", default="receipt", metavar="FORM", help="receipt, supplement or refusal")
    printing.add_argument("--out", metavar="FILE.pdf")
    printing.add_argument("--copies", type=int, choices=(1, 2, 3), default=2)
    printing.add_argument("--reason", default="", help="why it is printed again")


def _add_catalogue(catalogue: argparse.ArgumentParser) -> None:
    actions = catalogue.add_subparsers(dest="action", required=True, parser_class=_Parser)
    importing = actions.add_parser("import", help="portal dump, national packet or workbook")
    importing.add_argument("file", metavar="FILE")
    importing.add_argument("--effective-on", type=_day, default=None, metavar="DATE")
    template = actions.add_parser("template", help="an empty workbook to fill in")
    template.add_argument("file", metavar="FILE.xlsx")
    listing = actions.add_parser("list", help="find procedures")
    listing.add_argument("words", nargs="*", metavar="TEXT")
    for action in (importing, template, listing):
        action.add_argument("--json", action="store_true", default=argparse.SUPPRESS)


def _add_user(user: argparse.ArgumentParser) -> None:
    actions = user.add_subparsers(dest="action", required=True, parser_class=_Parser)
    listing = actions.add_parser("list")
    saving = actions.add_parser("save", help="add or change; the password comes from COUNTER_APP_PASSWORD or a prompt")
    saving.add_argument("login", metavar="LOGIN")
    saving.add_argument("--name", required=True)
    saving.add_argument("--role", type=Role, choices=list(Role), default=Role.CLERK)
    saving.add_argument("--inactive", action="store_true")
    for action in (listing, saving):
        action.add_argument("--json", action="store_true", default=argparse.SUPPRESS)


def _add_unit(unit: argparse.ArgumentParser) -> None:
    actions = unit.add_subparsers(dest="action", required=True, parser_class=_Parser)
    listing = actions.add_parser("list")
    saving = actions.add_parser("save", help="add a unit, or change what is named")
    saving.add_argument("code", metavar="CODE")
    for name in ("name", "parent-name", "desk-name", "place-name", "address", "hotline", "lookup-url"):
        saving.add_argument(f"--{name}", default=None)
    saving.add_argument("--level", type=UnitLevel, choices=list(UnitLevel), default=None)
    for action in (listing, saving):
        action.add_argument("--json", action="store_true", default=argparse.SUPPRESS)


def instant(text: str) -> datetime:
    """Return an aware instant; a text without an offset means Vietnamese local time."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(f"{text!r} is no ISO 8601 date and time") from exc
    return found if found.tzinfo is not None else found.replace(tzinfo=VIETNAM)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(f"{text!r} is no ISO 8601 date") from exc


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 2_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 2000000")
    return int(text)


def _slice(text: str) -> Slice:
    low, _, high = text.partition("-")
    if not (low.isdigit() and high.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not LOW-HIGH")
    return Slice(int(low), int(high))
