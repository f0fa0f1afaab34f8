"""The options of ``held`` and ``checks``."""

import argparse

from counter_app.core.text import nfc


def add_attention(
    *, held: argparse.ArgumentParser, checks: argparse.ArgumentParser, everywhere: argparse.ArgumentParser
) -> None:
    """Add what may be done with what is held, without an action it is listed, and the one action of ``checks``."""
    deciding = held.add_subparsers(dest="action", parser_class=type(held)).add_parser(
        "decide", parents=[everywhere], help="let it count, or leave it without effect"
    )
    deciding.add_argument("entry", type=nfc, metavar="ID")
    deciding.add_argument("decision", type=nfc, metavar="ACTION", help="apply, drop")
    deciding.add_argument("--desk-id", type=nfc, default="", metavar="DESK", help="whose, where several share an ID")
    deciding.add_argument("--reason", type=nfc, default="", metavar="TEXT")
    listing = checks.add_subparsers(dest="action", required=True, parser_class=type(checks))
    listing.add_parser("list", parents=[everywhere], help="who of open dossiers is to be checked, the oldest first")
