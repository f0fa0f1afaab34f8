"""``reuse``: papers digitised before that fit a dossier, and using one of them."""

import argparse
from typing import Any

from counter_app.cli.opening import acting
from counter_app.cli.output import Output, iso
from counter_app.core.clock import to_local
from counter_app.core.paths import DataFolder
from counter_app.services.answers.documents import Reusable, StoredPaper


def reuse_papers(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    """List what fits, or put one of them to its line.

    Raises:
        UserError: the reason that a clerk would read; nothing was attached.
    """
    with acting(folder, options) as made:
        reuse = made.counter.reuse
        if options.document:
            view = reuse.use(options.document, options.code, component=options.component)
            document = {"id": view.document.id, "component": view.document.component, "origin": view.document.origin}
            output.answer(document, output.words("document.reused", line=view.component_name, code=view.dossier_code))
            return
        offers = reuse.list_offers(options.code)
    lines = [_line(offer, output) for offer in offers]
    output.answer([_document(offer) for offer in offers], *(lines or [output.words("cli.nothing_found")]))


def _line(offer: Reusable, output: Output) -> str:
    if (stored := offer.stored) is not None:
        number = stored.number or "-"
        said = output.words("document.offered_store", title=stored.title, number=number, agency=stored.agency)
        return f"{offer.component}. {said}  {offer.document_id}"
    day = f"{to_local(offer.at):%d/%m/%Y}"
    said = output.words("document.offered", day=day, code=offer.dossier_code, pages=offer.pages)
    until = output.words("document.offered_until", day=f"{offer.valid_until:%d/%m/%Y}") if offer.valid_until else ""
    return f"{offer.component}. {said}{until}  {offer.document_id}"


def _document(offer: Reusable) -> dict[str, Any]:
    return {
        "document": offer.document_id,
        "component": offer.component,
        "dossier": offer.dossier_code or None,
        "digitised_at": None if offer.stored else iso(offer.at),
        "pages": offer.pages or None,
        "store": None if offer.stored is None else _stored(offer.stored),
        "valid_until": offer.valid_until.isoformat() if offer.valid_until else None,
    }


def _stored(paper: StoredPaper) -> dict[str, str]:
    return {"title": paper.title, "number": paper.number, "agency": paper.agency}
