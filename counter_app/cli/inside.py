"""``search --inside``: dossiers by what their digitised papers say."""

import argparse

from counter_app.bootstrap import OpenCounter
from counter_app.cli.lists import row_document
from counter_app.cli.output import Output
from counter_app.core.errors import UserError


def search_inside(made: OpenCounter, options: argparse.Namespace, output: Output) -> None:
    """Answer with the dossiers, the paper, its page and the words of each; papers that are new are read first.

    Raises:
        UserError: ``document.may_not_look_inside``.
    """
    texts = made.counter.paper_texts
    if not texts.may_read:
        raise UserError("document.may_not_look_inside")
    texts.catch_up()
    found = [(row, row.inside) for row in texts.find(" ".join(options.words), limit=options.limit)]
    answer, lines = [], []
    for row, hit in found:
        if hit is None:
            continue
        inside = {"document": hit.document_id, "paper": hit.paper, "page": hit.page, "words": hit.words}
        answer.append({**row_document(row, output), "inside": inside})
        lines.append(
            f"{row.code}  " + output.words("lists.found_inside", words=hit.words, paper=hit.paper, page=hit.page)
        )
    output.answer(answer, *(lines or [output.words("cli.nothing_found")]))
