"""The options of ``post``."""

import argparse
from collections.abc import Callable
from typing import Any

from counter_app.domain.postal import AttemptOutcome, WaybillState

_Words = Callable[[str], Any]


def add_post(
    post: argparse.ArgumentParser,
    *,
    parents: Callable[[], argparse.ArgumentParser],
    words: _Words,
    instant: _Words,
    day: _Words,
    count: _Words,
    amount: _Words,
    parser_class: type[argparse.ArgumentParser],
) -> None:
    """Add the actions of ``post``; the types and common options are those of every command."""
    actions = post.add_subparsers(dest="action", required=True, parser_class=parser_class)

    def add(name: str, explanation: str, *, waybill: str = "") -> argparse.ArgumentParser:
        made = actions.add_parser(name, parents=[parents()], help=explanation)
        if waybill:
            made.add_argument("waybill", type=words, metavar=waybill)
        return made

    bags = add("bags", "one manifest for each unit that dossiers wait for")
    bags.add_argument("--preview", action="store_true", help="only say what would go out")
    bags.add_argument("--bag", type=words, default="", metavar="NUMBER", help="of the first bag; others count on")
    bags.add_argument("--seal", type=words, default="", metavar="NUMBER", help="of the first seal; others count on")
    bags.add_argument("--unit", type=words, action="append", metavar="CODE", help="only for this unit")
    bags.add_argument("--close", action="store_true", help="hand each bag over at once")
    add("export", "the list for the carrier").add_argument("file", metavar="FILE.csv|FILE.xlsx")
    add("import", "a carrier's statuses").add_argument("file", metavar="FILE.csv|FILE.xlsx")
    listing = add("list", "waybills, those opened last first")
    listing.add_argument("--state", choices=[state.value for state in WaybillState], action="append")
    owed = add("owed", "cash on delivery that carriers collected and have not handed over")
    for one in (listing, owed):
        one.add_argument("--limit", type=count, default=200, metavar="N")
    add("ready", "results here that are to go by post and have no waybill")
    opening = add("open", "give a result (or a dossier) to a carrier", waybill="WAYBILL")
    opening.add_argument("code", type=words, metavar="CODE")
    opening.add_argument("--dossier", action="store_true", help="the dossier goes to its agency, not a result")
    for name in ("carrier", "receiver", "phone", "address", "note"):
        opening.add_argument(f"--{name}", type=words, default="")
    opening.add_argument("--cod", type=amount, default=0, metavar="DONG", help="to collect at the delivery")
    tried = add("attempt", "a delivery that was tried in vain", waybill="WAYBILL")
    tried.add_argument("outcome", choices=[outcome.value for outcome in AttemptOutcome])
    tried.add_argument("--note", type=words, default="")
    delivered = add("delivered", "into whose hands it went", waybill="WAYBILL")
    delivered.add_argument("--receiver", type=words, required=True, metavar="NAME")
    for name in ("relation", "authorisation", "id-number"):
        delivered.add_argument(f"--{name}", type=words, default="")
    delivered.add_argument("--collected", type=amount, default=None, metavar="DONG", help="cash taken for it now")
    returned = add("returned", "it came back to the sender", waybill="WAYBILL")
    for one in (opening, tried, delivered, returned):
        one.add_argument("--at", type=instant, default=None, metavar="ISO")
    cancel = add("cancel", "the carrier never got it; the number stays used", waybill="WAYBILL")
    add("collect", "the cash of a delivery recorded without it", waybill="WAYBILL").add_argument(
        "amount", type=amount, metavar="DONG"
    )
    unpaid = add("cancel-money", "take a record of cash out of the sum; its number stays", waybill="RECORD")
    for one in (returned, cancel, unpaid):
        one.add_argument("--reason", type=words, required=True)
    add("money", "cash on delivery of a day").add_argument("day", type=day, nargs="?", default=None, metavar="DATE")
