"""Reading the command line."""

import argparse
from collections.abc import Sequence
from datetime import date, datetime
from typing import NoReturn

from counter_app.core.clock import VIETNAM
from counter_app.core.errors import UserError
from counter_app.domain.unit import Role, Slice, UnitLevel

_LONGEST_WORDS = 1_000


class _Parser(argparse.ArgumentParser):
    """Bad usage is bad input like any other: one sentence, exit code 2."""

    def error(self, message: str) -> NoReturn:
        raise UserError("cli.bad_usage", detail=message)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options; `command` is None for the window.

    Raises:
        UserError: ``cli.bad_usage``.
    """
    parser = _Parser(prog="counter-app", description="Quầy Một Cửa", allow_abbrev=False, parents=[_everywhere()])
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    def add(name: str, explanation: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=explanation, parents=[_everywhere()], allow_abbrev=False)

    _add_set_up(
        add("init", "create the store and enrol this desk"), add("demo", "fill a fresh folder with sample data")
    )
    add("parse-card", "identity card QR or MRZ -> fields").add_argument("text", metavar="TEXT")
    _add_due(add("due", "due date with its explanation"))
    add("intake", "receive a dossier").add_argument("file", metavar="FILE.json")
    add("show", "a dossier with history").add_argument("code", type=_words, metavar="CODE")
    search = add("search", "find dossiers")
    search.add_argument("words", type=_words, metavar="TEXT", nargs="+")
    search.add_argument("--limit", type=_count, default=20)
    _add_print(add("print", "a form of a dossier as PDF"))
    _add_catalogue(add("catalogue", "procedures: import, template, list"))
    add("verify", "check file, chain, signatures and rows")
    add("rebuild", "make derived rows anew from the journal")
    add("doctor", "look at disk, clock, devices and store")
    _add_user(add("user", "clerks of this desk"))
    _add_unit(add("unit", "units this desk knows"))
    options = parser.parse_args(arguments)
    for name, value in (("json", False), ("clerk", None), ("data", None)):
        setattr(options, name, getattr(options, name, value))
    return options


def _everywhere() -> _Parser:
    """Options that stand before the command, after it, or after its action."""
    common = _Parser(add_help=False)
    common.add_argument(
        "--data", default=argparse.SUPPRESS, metavar="DIR", help="data folder (default: the user's own)"
    )
    common.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="answer with one JSON document")
    common.add_argument(
        "--clerk",
        type=_words,
        default=argparse.SUPPRESS,
        metavar="LOGIN",
        help="act as this clerk (default: the administrator)",
    )
    return common


def _version() -> str:
    from counter_app import __version__

    return f"counter-app {__version__}"


def _add_set_up(init: argparse.ArgumentParser, demo: argparse.ArgumentParser) -> None:
    init.add_argument("--unit", type=_words, default="H99.01", metavar="CODE", help="identifier code of the unit")
    init.add_argument("--unit-name", type=_words, default="", metavar="NAME")
    init.add_argument("--parent-name", type=_words, default="", metavar="LINE", help="first head line of its paper")
    init.add_argument("--desk-line", type=_words, default="", metavar="LINE", help="second head line of its paper")
    init.add_argument("--place", type=_words, default="", metavar="NAME", help="place name before the date on paper")
    init.add_argument("--level", type=UnitLevel, default=UnitLevel.COMMUNE, choices=list(UnitLevel))
    init.add_argument("--desk", type=_words, default="", metavar="NAME")
    init.add_argument("--slice", type=_slice, default=Slice(1, 9999), metavar="LOW-HIGH", help="this desk's numbers")
    init.add_argument("--admin", type=_words, default="quantri", metavar="LOGIN")
    init.add_argument("--admin-name", type=_words, default="", metavar="NAME")
    demo.add_argument("--dossiers", type=_count, default=120, metavar="N")


def _add_due(due: argparse.ArgumentParser) -> None:
    what = due.add_mutually_exclusive_group(required=True)
    what.add_argument("--procedure", type=_words, metavar="CODE")
    what.add_argument("--working-days", type=int, metavar="N")
    due.add_argument("--case", type=_words, default=None, metavar="CODE")
    due.add_argument("--at", type=instant, required=True, metavar="ISO")


def _add_print(printing: argparse.ArgumentParser) -> None:
    printing.add_argument("code", type=_words, metavar="CODE")
    printing.add_argument(
        "form", type=_words, nargs="?", default="receipt", metavar="FORM", help="receipt, supplement or refusal"
    )
    printing.add_argument("--out", metavar="FILE.pdf")
    printing.add_argument("--copies", type=int, choices=(1, 2, 3), default=2)
    printing.add_argument("--reason", type=_words, default="", help="why it is printed again")


def _add_catalogue(catalogue: argparse.ArgumentParser) -> None:
    actions = catalogue.add_subparsers(dest="action", required=True, parser_class=_Parser)
    importing = actions.add_parser("import", parents=[_everywhere()], help="portal dump, national packet or workbook")
    importing.add_argument("file", metavar="FILE")
    importing.add_argument("--effective-on", type=_day, default=None, metavar="DATE")
    template = actions.add_parser("template", parents=[_everywhere()], help="an empty workbook to fill in")
    template.add_argument("file", metavar="FILE.xlsx")
    listing = actions.add_parser("list", parents=[_everywhere()], help="find procedures")
    listing.add_argument("words", type=_words, nargs="*", metavar="TEXT")


def _add_user(user: argparse.ArgumentParser) -> None:
    actions = user.add_subparsers(dest="action", required=True, parser_class=_Parser)
    actions.add_parser("list", parents=[_everywhere()])
    saving = actions.add_parser(
        "save",
        parents=[_everywhere()],
        help="add or change; the password comes from COUNTER_APP_PASSWORD or a prompt",
    )
    saving.add_argument("login", type=_words, metavar="LOGIN")
    saving.add_argument("--name", type=_words, required=True)
    saving.add_argument("--role", type=Role, choices=list(Role), default=Role.CLERK)
    saving.add_argument("--inactive", action="store_true")


def _add_unit(unit: argparse.ArgumentParser) -> None:
    actions = unit.add_subparsers(dest="action", required=True, parser_class=_Parser)
    actions.add_parser("list", parents=[_everywhere()])
    saving = actions.add_parser("save", parents=[_everywhere()], help="add a unit, or change what is named")
    saving.add_argument("code", type=_words, metavar="CODE")
    for name in ("name", "parent-name", "desk-name", "place-name", "address", "hotline", "lookup-url"):
        saving.add_argument(f"--{name}", type=_words, default=None)
    saving.add_argument("--level", type=UnitLevel, choices=list(UnitLevel), default=None)


def instant(text: str) -> datetime:
    """Return an aware instant; a text without an offset means Vietnamese local time."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(f"{text!r} is no ISO 8601 date and time") from exc
    return found if found.tzinfo is not None else found.replace(tzinfo=VIETNAM)


def _words(text: str) -> str:
    """Return a text argument as it is; bytes that are no text, or far too many, stop here."""
    if len(text) > _LONGEST_WORDS:
        raise argparse.ArgumentTypeError(f"longer than {_LONGEST_WORDS} characters")
    try:
        text.encode()
    except UnicodeEncodeError as exc:
        raise argparse.ArgumentTypeError("the bytes given are no UTF-8 text") from exc
    return text


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(f"{text!r} is no ISO 8601 date") from exc


def _count(text: str) -> int:
    if not _is_number(text) or not 1 <= int(text) <= 2_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 2000000")
    return int(text)


def _slice(text: str) -> Slice:
    low, _, high = text.partition("-")
    if not (_is_number(low) and _is_number(high)):
        raise argparse.ArgumentTypeError(f"{text!r} is not LOW-HIGH")
    return Slice(int(low), int(high))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9
