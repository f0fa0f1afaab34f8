"""``signature upgrade``: time stamps and proofs for documents that were signed without a line."""

import argparse
from typing import Any

from counter_app.cli.opening import acting
from counter_app.cli.output import Output
from counter_app.core.errors import AppError
from counter_app.core.paths import DataFolder
from counter_app.services.answers.documents import SignedDocument
from counter_app.services.document_signing import DocumentSigning


def upgrade_documents(folder: DataFolder, options: argparse.Namespace, output: Output) -> None:
    """Upgrade the named documents, or every one that waits for it; those that succeeded stay when another fails.

    Raises:
        AppError: of the first document that was not upgraded, after the answer about the others.
    """
    with acting(folder, options) as made:
        signing = made.counter.document_signing
        done = [_upgrade(signing, one) for one in options.ids or tuple(signing.iter_signed_here())]
    failed = [one for one in done if one.error is not None]
    document = {
        "documents": [_answer(one) for one in done if one.error is None],
        "not_upgraded": [one.document_id for one in failed],
    }
    remarks = dict.fromkeys(output.words(remark) for one in done for remark in one.remarks)
    output.answer(document, output.words("signing.upgraded", count=len(done) - len(failed)), *remarks)
    for one in failed[:1]:
        if one.error is not None:
            raise one.error


def _upgrade(signing: DocumentSigning, document_id: str) -> SignedDocument:
    try:
        return signing.upgrade(document_id)
    except AppError as error:
        return SignedDocument(document_id=document_id, error=error)


def _answer(one: SignedDocument) -> dict[str, Any]:
    versions = len(one.view.versions) if one.view is not None else 0
    return {"id": one.document_id, "level": one.level, "versions": versions, "remarks": list(one.remarks)}
