"""The options of ``province`` and ``sync``, and those of ``init`` for an invited desk."""

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from counter_app.cli.bundle_options import add_province_bundle
from counter_app.cli.province_catalogue import add_catalogue_fetch
from counter_app.cli.province_updates import add_province_update
from counter_app.core.errors import UserError

_Words = Callable[[str], Any]


def add_province(
    province: argparse.ArgumentParser,
    *,
    parents: Callable[[], argparse.ArgumentParser],
    words: _Words,
    numbers: _Words,
    parser_class: type[argparse.ArgumentParser],
) -> None:
    """Add the actions of ``province``; the types and common options are those of every command."""
    actions = province.add_subparsers(dest="action", required=True, parser_class=parser_class)

    def add(name: str, explanation: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, parents=[parents()], help=explanation)

    serve = add("serve", "run the provincial service until it is stopped")
    serve.add_argument("--listen", type=address, default=("127.0.0.1", 8443), metavar="HOST:PORT")
    serve.add_argument("--database", type=words, metavar="URL", help="a PostgreSQL (default: its own, in the folder)")
    _add_papers(serve, words)
    serve.add_argument("--public-url", type=words, metavar="URL", help="how desks reach it, where that is another name")
    serve.add_argument("--portal", type=Path, metavar="FILE", help="tell the national portal, with the account in FILE")
    serve.add_argument("--systems", type=Path, metavar="FILE", help="ask other systems, with the settings in FILE")
    serve.add_argument("--web", type=address, metavar="HOST:PORT", help="serve the web pages there (default: none)")
    serve.add_argument("--web-url", type=words, metavar="URL", help="how citizens reach them: https://HOST")
    serve.add_argument("--web-proxy", type=words, default="", metavar="ADDRESS", help="plain HTTP, behind this proxy")
    serve.add_argument("--web-certificate", type=words, metavar="FILE", help="certificate and key that browsers know")
    enrol = add("enrol", "a one-time code that makes a desk")
    enrol.add_argument("unit", type=words, metavar="UNIT", help="identifier code of the unit")
    enrol.add_argument("--kind", choices=["desk", "post", "hall"], default="desk")
    enrol.add_argument("--name", type=words, required=True, metavar="NAME", help="of the desk")
    enrol.add_argument("--slice", type=numbers, metavar="LOW-HIGH", help="its numbers (default: the next thousand)")
    enrol.add_argument(
        "--numbers-checked", action="store_true", help="after a restore: no desk was given them since the backup"
    )
    enrol.add_argument("--unit-name", type=words, default="", metavar="NAME", help="of a unit that is new here")
    enrol.add_argument("--parent-name", type=words, default="", metavar="LINE", help="first head line of its paper")
    enrol.add_argument("--place", type=words, default="", metavar="NAME", help="place name before the date on paper")
    enrol.add_argument("--out", type=words, metavar="FILE", help="as a file, for a desk without a line")
    admit = add("admit", "answer a desk's claim that came as a file")
    admit.add_argument("file", type=words, metavar="CLAIM")
    admit.add_argument("--out", type=words, required=True, metavar="FILE", help="the answer, for claim import")
    add("revoke", "let a desk do nothing any more").add_argument("desk", type=words, metavar="DESK")
    add("fleet", "every desk: last seen, unsent, version")
    _add_packs(
        add("pack", "configuration packs: give one out, list them, write one as a file"), parents, words, parser_class
    )
    add_catalogue_fetch(add("catalogue", "fetch the national list of procedures as the draft of a pack"), words=words)
    bundle = add("bundle", "the exchange by memory stick with a desk: import, export")
    add_province_bundle(bundle, parents=parents, words=words, parser_class=parser_class)
    update = add("update", "update packs offered to the desks: give, share, list")
    add_province_update(update, parents=parents, words=words, parser_class=parser_class)
    portal = add("portal", "what the national portal took, refused, and was not told yet")
    portal.add_argument("--again", action="store_true", help="send again what it refused")
    systems = add("systems", "what other systems were asked, answered and refused")
    systems.add_argument("--again", action="store_true", help="ask again what was refused or given up")
    _add_backups(add, words)
    online = add("online", "requests that came in online: take them from files, list them with their answers")
    online.add_argument("doing", choices=["import", "list"])
    online.add_argument("files", type=words, nargs="*", metavar="FILE.json")
    officer = add("officer", "who may see the fleet page: add, remove, list")
    officer.add_argument("doing", choices=["add", "remove", "list"])
    officer.add_argument("name", type=words, nargs="?", metavar="NAME")
    add("show", "what the province holds of a dossier").add_argument("code", type=words, metavar="CODE")


def _add_backups(add: Callable[[str, str], argparse.ArgumentParser], words: _Words) -> None:
    add("backup", "everything of the province as one sealed file").add_argument("file", type=words, metavar="FILE")
    restore = add("restore", "make the province of a backup in a new folder (--data)")
    restore.add_argument("file", type=words, metavar="FILE")
    restore.add_argument("--database", type=words, metavar="URL", help="an empty PostgreSQL (default: its own)")
    _add_papers(restore, words)
    drill = add("drill", "restore a backup into a scratch database, compare everything, clear it away")
    drill.add_argument("file", type=words, nargs="?", metavar="FILE", help="a backup (default: one made now)")


def _add_papers(one: argparse.ArgumentParser, words: _Words) -> None:
    one.add_argument(
        "--papers",
        type=words,
        default="",
        metavar="URL",
        help="a bucket: s3://BUCKET[/PREFIX]?endpoint=https://HOST[:PORT] (default: the folder)",
    )
    one.add_argument(
        "--papers-keys", type=Path, metavar="FILE", help="its keys (default: COUNTER_APP_S3_ACCESS_KEY, ..._SECRET_KEY)"
    )


def _add_packs(
    pack: argparse.ArgumentParser,
    parents: Callable[[], argparse.ArgumentParser],
    words: _Words,
    parser_class: type[argparse.ArgumentParser],
) -> None:
    actions = pack.add_subparsers(dest="pack_action", required=True, parser_class=parser_class)
    giving = actions.add_parser("give", parents=[parents()], help="sign a pack and send it to one unit or to all")
    giving.add_argument("file", nargs="?", metavar="FILE", help="portal dump, national packet or workbook")
    giving.add_argument("--days", metavar="FILE.csv", help="days that win over the holiday calendar: date,working,name")
    giving.add_argument(
        "--name", type=words, required=True, metavar="NAME", help="what it is, for those who look at it"
    )
    giving.add_argument("--effective-on", type=_day, required=True, metavar="DATE")
    giving.add_argument("--unit", type=words, metavar="UNIT", help="one unit only (default: every unit)")
    actions.add_parser("list", parents=[parents()], help="packs given out")
    writing = actions.add_parser("write", parents=[parents()], help="a pack as a file, for a desk without a line")
    writing.add_argument("number", type=int, metavar="NUMBER")
    writing.add_argument("--out", required=True, metavar="FILE")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise UserError("cli.bad_usage", detail="argument --effective-on: YYYY-MM-DD") from exc


def add_sync(sync: argparse.ArgumentParser) -> None:
    """Add the options of ``sync``."""
    sync.add_argument("--once", action="store_true", help="one exchange, then end")


def add_enrolling(*commands: argparse.ArgumentParser, words: _Words) -> None:
    """Add what ``init`` takes from a province instead of a unit's particulars, and who is its first clerk."""
    for one in commands:
        one.add_argument("--enrol", type=words, metavar="CODE", help="the one-time code of the province")
        one.add_argument(
            "--enrol-file", metavar="FILE", help="the province's enrolment file, for a desk without a line"
        )
        one.add_argument("--province", type=words, metavar="URL", help="where the province is: https://HOST[:PORT]")
        one.add_argument("--admin", type=words, default="quantri", metavar="LOGIN")
        one.add_argument("--admin-name", type=words, default="", metavar="NAME")


def address(text: str) -> tuple[str, int]:
    """Return HOST:PORT as its parts."""
    host, _colon, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 <= int(port) <= 65_535:
        raise UserError("cli.bad_usage", detail="HOST:PORT")
    return host.strip("[]"), int(port)
