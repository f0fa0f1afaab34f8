"""What may be asked of ``document``."""

import argparse
from collections.abc import Callable

from counter_app.domain.paper_facts import FactField


def add_document(document: argparse.ArgumentParser, *, words: Callable[[str], str]) -> None:
    """Add the options of ``document``."""
    names = ", ".join(field.value for field in FactField)
    document.add_argument("id", type=words, metavar="ID")
    document.add_argument("--out", type=words, default="", metavar="FILE.pdf", help="write the PDF")
    document.add_argument("--facts", action="store_true", help="what the paper seems to say, with place and confidence")
    document.add_argument(
        "--accept", type=words, action="append", default=[], metavar="FIELD=VALUE", help=f"keep a fact: {names}"
    )
