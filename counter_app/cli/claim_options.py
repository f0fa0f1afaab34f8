"""The options of ``claim``."""

import argparse


def add_claim(parser: argparse.ArgumentParser, *, everywhere: argparse.ArgumentParser) -> None:
    """Add the actions of ``claim``."""
    actions = parser.add_subparsers(dest="action", required=True, parser_class=type(parser))
    for name, explanation in (
        ("export", "the claim of a desk made from a file, for province admit"),
        ("import", "the province's answer to it"),
    ):
        actions.add_parser(name, parents=[everywhere], help=explanation).add_argument("file", metavar="FILE")
