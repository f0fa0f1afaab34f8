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
    document.add_argument(
        "--version", type=int, default=0, metavar="N", help="version that --facts read; refused if another is in force"
    )


def add_reuse(reuse: argparse.ArgumentParser, *, words: Callable[[str], str]) -> None:
    """Describe the command."""
    reuse.add_argument("code", type=words, metavar="CODE")
    reuse.add_argument("--document", type=words, default="", metavar="ID", help="use this one")
    reuse.add_argument("--component", type=int, default=0, metavar="N", help="line of the checklist, from 1")


def add_papers(add: Callable[[str, str], argparse.ArgumentParser], *, words: Callable[[str], str]) -> None:
    """Add the commands about single digitised papers."""
    add_document(add("document", "a digitised paper: its PDF, and the facts it states"), words=words)
    add_reuse(add("reuse", "papers digitised before that fit a dossier"), words=words)
    add("sign", "sign documents with the token").add_argument("ids", type=words, nargs="+", metavar="ID")
