"""Reading the command line."""

import argparse
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NoReturn

from counter_app.cli.attention_options import add_attention
from counter_app.cli.bundle_options import add_bundle
from counter_app.cli.claim_options import add_claim
from counter_app.cli.concerned_options import add_incoming
from counter_app.cli.document_options import add_papers
from counter_app.cli.hall_options import add_hall
from counter_app.cli.list_options import add_filter_options, add_page_options
from counter_app.cli.post_options import add_post
from counter_app.cli.province_options import add_enrolling, add_province, add_sync
from counter_app.cli.update_options import add_backup, add_update
from counter_app.core.clock import VIETNAM
from counter_app.core.errors import UserError
from counter_app.domain.forms.kinds import Sheet
from counter_app.domain.unit import Role, Slice, UnitLevel
from counter_app.services.answers.bulk import BulkKind
from resources.texts import Language

_LONGEST_WORDS = 1_000
_LONGEST_LIST = 60_000


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
        add("init", "create the store and enrol this desk"),
        add("bootstrap", "bring a new desk of a province into service: made from a code, history follows"),
        add("demo", "fill a fresh folder with sample data"),
    )
    add("parse-card", "identity card QR or MRZ -> fields").add_argument("text", metavar="TEXT")
    _add_due(add("due", "due date with its explanation"))
    intake = add("intake", "receive a dossier, or a batch of them")
    intake.add_argument("file", metavar="FILE")
    intake.add_argument("--bulk", action="store_true", help="many dossiers: JSON, CSV or XLSX, one receipt for all")
    _add_show(add("show", "a dossier with history; or what anybody may be told of it"))
    add("portal", "what the national portal is told about a dossier, exactly as it is sent").add_argument(
        "code", type=_words, metavar="CODE"
    )
    _add_edit(add("edit", "put facts of a dossier right, with the reason"))
    _add_act(add("act", "do something with a dossier, or list what may be done"))
    listing = add("list", "dossiers that are late, due today, in a status, and by other conditions")
    add_filter_options(listing, words=_words, day=_day)
    add_page_options(listing, words=_words, count=_count)
    add_attention(
        held=add("held", "what needs attention after other desks' work: list, decide"),
        checks=add("checks", "people whom the population database has not confirmed: list"),
        everywhere=_everywhere(),
    )
    add_bundle(add("bundle", "the exchange by memory stick: export, import, carry"), parents=_everywhere, words=_words)
    add_claim(add("claim", "admission of a desk made from a file: export, import"), everywhere=_everywhere())
    _add_views(add("views", "the acting clerk's saved lists: list, save, remove"))
    _add_search(add("search", "find dossiers"))
    _add_bulk(add("bulk", "the same thing with many dossiers, after a preview"))
    _add_print(add("print", "a form on paper or as PDF"))
    add("printers", "printers and how they are")
    _add_jobs(add("jobs", "print jobs: list, answer, again, cancel"))
    _add_scan(add("scan", "list scanners, or scan into a dossier"))
    _add_slip(add("slip", "a slip's QR: verify, key, trust"))
    _add_manifest(add("manifest", "papers changing hands: new, add, remove, close, receive, show, list"))
    add_post(
        add("post", "post office: bags, waybills, carriers' lists, cash on delivery"),
        parents=_everywhere,
        words=_words,
        instant=instant,
        day=_day,
        count=_count,
        amount=_amount,
        parser_class=_Parser,
    )
    _add_person(add("person", "known people: list, show, merge, split"))
    _add_attach(add("attach", "put files to a dossier as documents"))
    add("route", "separate a pile of files by the codes of its slips").add_argument("files", nargs="+", metavar="FILE")
    add_papers(add, words=_words)
    _add_catalogue(add("catalogue", "procedures: import, template, list"))
    _add_signature(add("signature", "digital signatures: verify, tokens"))
    common: dict[str, Any] = {"parents": _everywhere, "words": _words, "parser_class": _Parser}
    add_province(add("province", "the provincial service: serve, enrol, revoke, fleet, show"), numbers=_slice, **common)
    add_hall(
        add("hall", "a node that keeps the desks of one hall together: init, start, stop, run, status, verify"),
        count=_count,
        **common,
    )
    add_incoming(add, day=_day, count=_count, **common)
    add_sync(add("sync", "the exchange with the province, once or until stopped"))
    add_update(
        add("update", "new versions: make, check, stage, status, install, rollback"), day=_day, count=_count, **common
    )
    add_backup(
        add("backup", "bring the backup of this desk in a folder up to date, while it works"),
        add("restore", "make this desk anew from a backup, in an empty data folder"),
    )
    for name, explanation in (
        ("verify", "check file, chain, signatures and rows"),
        ("rebuild", "make derived rows anew from the journal"),
        ("doctor", "look at disk, clock, devices and store"),
    ):
        add(name, explanation)
    _add_user(add("user", "clerks of this desk"))
    _add_unit(add("unit", "units this desk knows"))
    _add_settings(add("settings", "list and set settings"))
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


def _add_set_up(
    init: argparse.ArgumentParser, bootstrap: argparse.ArgumentParser, demo: argparse.ArgumentParser
) -> None:
    init.add_argument("--unit", type=_words, default="H99.01", metavar="CODE", help="identifier code of the unit")
    init.add_argument("--unit-name", type=_words, default="", metavar="NAME")
    init.add_argument("--parent-name", type=_words, default="", metavar="LINE", help="first head line of its paper")
    init.add_argument("--desk-line", type=_words, default="", metavar="LINE", help="second head line of its paper")
    init.add_argument("--place", type=_words, default="", metavar="NAME", help="place name before the date on paper")
    init.add_argument("--level", type=UnitLevel, default=UnitLevel.COMMUNE, choices=list(UnitLevel))
    init.add_argument("--desk", type=_words, default="", metavar="NAME")
    init.add_argument("--slice", type=_slice, default=Slice(1, 9999), metavar="LOW-HIGH", help="this desk's numbers")
    add_enrolling(init, bootstrap, words=_words)
    demo.add_argument("--dossiers", type=_count, default=120, metavar="N")


def _add_search(search: argparse.ArgumentParser) -> None:
    search.add_argument("words", type=_words, metavar="TEXT", nargs="+")
    search.add_argument("--limit", type=_count, default=20)
    search.add_argument("--inside", action="store_true", help="look inside digitised papers")


def _add_attach(attach: argparse.ArgumentParser) -> None:
    attach.add_argument("files", nargs="+", metavar="FILE")
    attach.add_argument("--dossier", type=_words, required=True, metavar="CODE")
    attach.add_argument("--component", type=int, default=0, metavar="N", help="line of the checklist, from 1")


def _add_due(due: argparse.ArgumentParser) -> None:
    what = due.add_mutually_exclusive_group(required=True)
    what.add_argument("--procedure", type=_words, metavar="CODE")
    what.add_argument("--working-days", type=int, metavar="N")
    due.add_argument("--case", type=_words, default=None, metavar="CODE")
    due.add_argument("--at", type=instant, required=True, metavar="ISO")


def _add_show(showing: argparse.ArgumentParser) -> None:
    showing.add_argument("code", type=_words, metavar="CODE")
    showing.add_argument("--public", action="store_true", help="where it stands, without personal data")
    showing.add_argument("--language", choices=[one.value for one in Language], default=None, help="of the public text")


def _add_act(acting: argparse.ArgumentParser) -> None:
    acting.add_argument("code", type=_words, metavar="CODE")
    acting.add_argument("action", type=_words, nargs="?", default=None, metavar="ACTION", help="a verb, see --list")
    acting.add_argument(
        "file", nargs="?", default=None, metavar="FILE.json", help="what the action states; - for stdin"
    )
    acting.add_argument("--list", action="store_true", help="what may be done now, and what each needs")


def _add_edit(editing: argparse.ArgumentParser) -> None:
    editing.add_argument("code", type=_words, metavar="CODE")
    editing.add_argument("file", metavar="FILE.json", help="only what is corrected; - for stdin")
    editing.add_argument("--reason", type=_words, default="", metavar="TEXT")


def _add_bulk(bulk: argparse.ArgumentParser) -> None:
    bulk.add_argument("kind", type=BulkKind, choices=list(BulkKind), metavar="ACTION", help=", ".join(BulkKind))
    bulk.add_argument("codes", type=_many_words, nargs="*", metavar="CODE")
    bulk.add_argument("--codes", dest="file", default=None, metavar="FILE", help="one code a line; - for stdin")
    bulk.add_argument("--preview", action="store_true", help="only say what may be done, and why not")
    bulk.add_argument("--manifest", type=_words, default="", metavar="MANIFEST", help="the open one they go on")
    bulk.add_argument("--form", type=_words, default="receipt", metavar="FORM", help="see print --list")
    bulk.add_argument("--printer", type=_words, default="", metavar="NAME")
    bulk.add_argument("--reason", type=_words, default="", help="why papers are printed again")


def _add_views(views: argparse.ArgumentParser) -> None:
    actions = views.add_subparsers(dest="action", required=True, parser_class=_Parser)
    actions.add_parser("list", parents=[_everywhere()])
    saving = actions.add_parser("save", parents=[_everywhere()], help="save a list under a name")
    removing = actions.add_parser("remove", parents=[_everywhere()], help="forget a saved list")
    for one in (saving, removing):
        one.add_argument("name", type=_words, metavar="NAME")
    add_filter_options(saving, words=_words, day=_day)


def _add_print(printing: argparse.ArgumentParser) -> None:
    printing.add_argument(
        "code",
        type=_many_words,
        nargs="?",
        metavar="CODE",
        help="a dossier's code, several with commas, or days: 2026-11-28, 2026-11-01..2026-11-30, 2026-11, 2026",
    )
    printing.add_argument("form", type=_words, nargs="?", default="receipt", metavar="FORM", help="see --list")
    printing.add_argument("--list", action="store_true", help="list every form instead")
    printing.add_argument("--set", type=_words, default=None, metavar="SET", help="TT01-2018 or TT03-2025")
    printing.add_argument("--sheet", type=Sheet, choices=list(Sheet), default=None, help="paper, where the form has it")
    printing.add_argument("--printer", type=_words, default="", metavar="NAME", help="see the command printers")
    printing.add_argument("--out", metavar="FILE.pdf")
    printing.add_argument("--copies", type=int, choices=range(1, 10), metavar="N", default=None)
    printing.add_argument("--reason", type=_words, default="", help="why it is printed again")
    printing.add_argument(
        "--with", dest="details", metavar="FILE.json", default=None, help="what the paper says beyond the dossier"
    )


def _add_jobs(jobs: argparse.ArgumentParser) -> None:
    actions = jobs.add_subparsers(dest="action", required=True, parser_class=_Parser)
    listing = actions.add_parser("list", parents=[_everywhere()], help="newest first; or only those not settled")
    listing.add_argument("--only", choices=("open", "owed"), default=None)
    answer = actions.add_parser("answer", parents=[_everywhere()], help="say whether a paper in doubt came out")
    answer.add_argument("job", type=_words, metavar="JOB")
    answer.add_argument("--came-out", choices=("yes", "no"), required=True)
    again = actions.add_parser("again", parents=[_everywhere()], help="send a failed or owed paper now")
    again.add_argument("job", type=_words, metavar="JOB")
    again.add_argument("--printer", type=_words, default=None, metavar="NAME")
    cancel = actions.add_parser("cancel", parents=[_everywhere()], help="take a waiting paper out of the queue")
    cancel.add_argument("job", type=_words, metavar="JOB")


def _add_scan(scan: argparse.ArgumentParser) -> None:
    scan.add_argument("--list", action="store_true", help="every scanner with its driver and state")
    scan.add_argument("--waiting", action="store_true", help="scans that were interrupted, and pages that wait")
    scan.add_argument("--device", type=_words, default="", metavar="ID")
    scan.add_argument("--resume", type=_words, default="", metavar="SCAN", help="finish a scan that was interrupted")
    scan.add_argument("--dossier", type=_words, default="", metavar="CODE")
    scan.add_argument("--separate", action="store_true", help="separate the pile by the codes of its slips")
    scan.add_argument("--component", type=int, default=0, metavar="N", help="line of the checklist, from 1")
    scan.add_argument("--profile", type=_words, default="", metavar="P")


def _add_slip(slip: argparse.ArgumentParser) -> None:
    actions = slip.add_subparsers(dest="action", required=True, parser_class=_Parser)
    verify = actions.add_parser("verify", parents=[_everywhere()], help="check a slip's QR without a line")
    verify.add_argument("text", type=_words, metavar="TEXT")
    actions.add_parser("key", parents=[_everywhere()], help="this desk's key, for other desks to trust")
    trust = actions.add_parser("trust", parents=[_everywhere()], help="trust another desk's key")
    trust.add_argument("text", type=_words, metavar="TEXT")


def _add_signature(signature: argparse.ArgumentParser) -> None:
    actions = signature.add_subparsers(dest="action", required=True, parser_class=_Parser)
    verify = actions.add_parser("verify", parents=[_everywhere()], help="check every signature of a PDF")
    verify.add_argument("file", type=_words, metavar="FILE.pdf")
    verify.add_argument("--trust", type=_words, default=None, metavar="DIR", help="trusted CAs instead of the desk's")
    verify.add_argument("--online", action="store_true", help="ask the authorities for revocations")
    actions.add_parser("tokens", parents=[_everywhere()], help="tokens that are plugged in, with their certificates")
    upgrade = actions.add_parser("upgrade", parents=[_everywhere()], help="add time stamps and proofs to documents")
    upgrade.add_argument("ids", type=_words, nargs="*", metavar="ID", help="none: every document signed here without")


def _add_manifest(manifest: argparse.ArgumentParser) -> None:
    actions = manifest.add_subparsers(dest="action", required=True, parser_class=_Parser)
    new = actions.add_parser("new", parents=[_everywhere()], help="begin a list of papers or results to hand over")
    new.add_argument("--to", type=_words, required=True, metavar="WORDS", help="who gets it")
    new.add_argument("--results", action="store_true", help="results instead of paper dossiers")
    close = actions.add_parser("close", parents=[_everywhere()], help="hand everything listed over")
    close.add_argument("manifest", type=_words, metavar="MANIFEST")
    for one in (new, close):
        one.add_argument("--bag", type=_words, default="", metavar="NUMBER")
        one.add_argument("--seal", type=_words, default="", metavar="NUMBER")
    for name, explanation in (("add", "put dossiers on the list"), ("remove", "take dossiers off the list")):
        change = actions.add_parser(name, parents=[_everywhere()], help=explanation)
        change.add_argument("manifest", type=_words, metavar="MANIFEST")
        change.add_argument("codes", type=_many_words, nargs="+", metavar="CODE", help="a code or a slip's QR text")
    receive = actions.add_parser("receive", parents=[_everywhere()], help="compare what was scanned, and receive it")
    receive.add_argument("manifest", type=_words, metavar="MANIFEST")
    receive.add_argument(
        "scanned",
        type=_many_words,
        nargs="*",
        metavar="FILE.json|CODE",
        help="scanned and settled; - for stdin; or codes",
    )
    receive.add_argument(
        "--acknowledged", metavar="FILE", default=None, help="the other desk's acknowledgement instead of a scan"
    )
    receive.add_argument(
        "--passport", metavar="FILE", default=None, help="the list's QR texts, where this desk does not hold it"
    )
    for one in (close, receive):
        one.add_argument("--sign", action="store_true", help="ask for the clerk's password (COUNTER_APP_PASSWORD)")
    show = actions.add_parser("show", parents=[_everywhere()], help="a manifest with its items and its passport")
    show.add_argument("manifest", type=_words, metavar="MANIFEST")
    listing = actions.add_parser("list", parents=[_everywhere()], help="manifests, the newest first")
    listing.add_argument("--state", choices=("open", "closed", "received"), default=None)
    listing.add_argument("--limit", type=_count, default=200, metavar="N")


def _add_person(person: argparse.ArgumentParser) -> None:
    actions = person.add_subparsers(dest="action", required=True, parser_class=_Parser)
    listing = actions.add_parser("list", parents=[_everywhere()], help="people by name, or those that fit the words")
    listing.add_argument("words", type=_words, nargs="*", metavar="TEXT")
    listing.add_argument("--doubles", action="store_true", help="pairs that may be one person")
    listing.add_argument("--limit", type=_count, default=200, metavar="N")
    show = actions.add_parser("show", parents=[_everywhere()], help="a person with dossiers, history and doubles")
    show.add_argument("person", type=_words, metavar="PERSON", help="number, key, or a dossier's code")
    for name, explanation in (("merge", "show two people as one"), ("split", "undo a merge")):
        change = actions.add_parser(name, parents=[_everywhere()], help=explanation)
        change.add_argument("keep", type=_words, metavar="KEEP")
        change.add_argument("other", type=_words, metavar="OTHER")
        change.add_argument("--reason", type=_words, default="", metavar="TEXT")


def _add_settings(settings: argparse.ArgumentParser) -> None:
    actions = settings.add_subparsers(dest="action", required=True, parser_class=_Parser)
    actions.add_parser("list", parents=[_everywhere()])
    setting = actions.add_parser("set", parents=[_everywhere()])
    setting.add_argument("name", type=_words, metavar="NAME")
    setting.add_argument("value", type=_words, metavar="VALUE")


def _add_catalogue(catalogue: argparse.ArgumentParser) -> None:
    actions = catalogue.add_subparsers(dest="action", required=True, parser_class=_Parser)
    importing = actions.add_parser("import", parents=[_everywhere()], help="portal dump, national packet or workbook")
    importing.add_argument("file", metavar="FILE")
    importing.add_argument("--effective-on", type=_day, default=None, metavar="DATE")
    template = actions.add_parser("template", parents=[_everywhere()], help="an empty workbook to fill in")
    template.add_argument("file", metavar="FILE.xlsx")
    listing = actions.add_parser("list", parents=[_everywhere()], help="find procedures")
    listing.add_argument("words", type=_words, nargs="*", metavar="TEXT")
    actions.add_parser("packs", parents=[_everywhere()], help="configuration packs of the province")
    for name, explanation in (
        ("pending", "what a pack changes, and what it would have made of the last day's dossiers"),
        ("rollback", "undo a pack from today on, or keep one that waits from coming into force"),
    ):
        one = actions.add_parser(name, parents=[_everywhere()], help=explanation)
        one.add_argument("number", type=_pack_number, metavar="NUMBER")
    taking = actions.add_parser("take", parents=[_everywhere()], help="a pack from a file, where there is no line")
    taking.add_argument("file", metavar="FILE")


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
    reading = actions.add_parser("import", parents=[_everywhere()], help="the units of a CSV or XLSX list")
    reading.add_argument("file", metavar="FILE")
    saving = actions.add_parser("save", parents=[_everywhere()], help="add a unit, or change what is named")
    saving.add_argument("code", type=_words, metavar="CODE")
    for name in (
        "name",
        "parent-name",
        "desk-name",
        "place-name",
        "address",
        "hotline",
        "lookup-url",
        "tax-code",
        "slip-link",
    ):
        saving.add_argument(f"--{name}", type=_words, default=None)
    saving.add_argument("--note", dest="notes", type=_words, action="append", metavar="LINE", help="own line on paper")
    saving.add_argument(
        "--signer", dest="signers", type=_signer, action="append", metavar="FORM=TITLE", help="who signs a form"
    )
    saving.add_argument("--logo", metavar="FILE", default=None, help="PNG or JPEG; an empty name takes it away")
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


def _many_words(text: str) -> str:
    if len(text) > _LONGEST_LIST:
        raise argparse.ArgumentTypeError(f"longer than {_LONGEST_LIST} characters")
    return ",".join(_words(part) for part in text.split(","))


def _signer(text: str) -> tuple[str, str]:
    form, equals, title = _words(text).partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not FORM=TITLE")
    return form, title


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(f"{text!r} is no ISO 8601 date") from exc


def _count(text: str) -> int:
    if not _is_number(text) or not 1 <= int(text) <= 2_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 2000000")
    return int(text)


def _pack_number(text: str) -> int:
    """Seconds since 1970: a province numbers its packs by the clock."""
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of a pack")
    return int(text)


def _amount(text: str) -> int:
    if not _is_number(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no amount in whole đồng")
    return int(text)


def _slice(text: str) -> Slice:
    low, _, high = text.partition("-")
    if not (_is_number(low) and _is_number(high)):
        raise argparse.ArgumentTypeError(f"{text!r} is not LOW-HIGH")
    return Slice(int(low), int(high))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9
