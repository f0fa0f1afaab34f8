"""Pages become the file of a document, one after the other: never more than a few of them are in memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator

from counter_app.core import machine
from counter_app.domain.document import Document, DocumentContent
from counter_app.domain.dossier import Dossier
from counter_app.scanning.files import PageFile, find_signed_pdf
from counter_app.scanning.ready import PdfPage, ReadyPage
from counter_app.services.document_places import document_of, title_of
from counter_app.services.open_desk import OpenDesk
from counter_app.services.page_count import PageCount
from counter_app.services.source_files import SourceFile, page_file_of


def most_workers() -> int:
    """Return how many pages are worked on at a time: two, or one on a machine of 4 GB, beside the window.

    Each has a page of up to 26 MB as pixels, copies of it for a moment, and a text reader of its own.
    """
    return min(2, os.cpu_count() or 1) if machine.is_roomy() else 1


def make_content(desk: OpenDesk, pages: Iterable[ReadyPage], title: str) -> DocumentContent:
    """Put pages into one PDF in the vault, as they come. Memory: the pages as encoded, once."""
    from counter_app.scanning.pdf import PdfFacts, write_pdf

    with desk.store.reading() as connection:
        unit = desk.read_unit(connection)
    facts = PdfFacts(title=title, made_at=desk.clock.now(), creator=unit.name)
    counted = _Counted(pages)
    blob = desk.vault.put_written(lambda target: write_pdf(counted.each(), facts, target))
    return DocumentContent(
        sha256=blob.sha256,
        size_bytes=blob.size_bytes,
        pages=counted.pages,
        text_chars=counted.text_chars,
        blank_pages=tuple(counted.blank),
    )


class _Counted:
    """Counts pages on their way."""

    def __init__(self, pages: Iterable[ReadyPage]) -> None:
        self._pages = pages
        self.pages = self.text_chars = 0
        self.blank: list[int] = []

    def each(self) -> Iterator[PdfPage]:
        for page in self._pages:
            self.pages += 1
            self.text_chars += len(page.text.text)
            if page.is_blank:
                self.blank.append(self.pages)
            yield page.as_pdf_page()


def make_document(
    desk: OpenDesk,
    dossier: Dossier,
    component: int,
    file: SourceFile,
    *,
    counted: PageCount,
    is_cancelled: Callable[[], bool],
) -> Document | None:
    """Return the document of one file, None when cancelled. A file that carries a signature is kept as it is.

    Raises:
        UserError: what `iter_file_pages` says of the file.
        EnvironmentFailure: full disk.
    """
    source = page_file_of(file)
    signed = _keep_signed(desk, source)
    if signed is not None:
        return document_of(dossier, component, signed)
    ready = iter_ready_pages(desk, [source], reads_codes=False, is_cancelled=is_cancelled)
    content = make_content(desk, counted.each(ready), title_of(dossier, component))
    return None if is_cancelled() else document_of(dossier, component, content)


def make_file_content(desk: OpenDesk, file: SourceFile, title: str) -> DocumentContent:
    """Return the content of a document to be made of one file, in the vault already.

    Raises:
        UserError: what `iter_file_pages` says of the file.
        EnvironmentFailure: full disk.
    """
    source = page_file_of(file)
    signed = _keep_signed(desk, source)
    if signed is not None:
        return signed
    return make_content(desk, iter_ready_pages(desk, [source], reads_codes=False), title)


def _keep_signed(desk: OpenDesk, file: PageFile) -> DocumentContent | None:
    """Keep a file that carries a signature as it is; None of any other."""
    signed = find_signed_pdf(file.data, name=file.name)
    if signed is None:
        return None
    blob = desk.vault.put([signed.data])
    return DocumentContent(
        sha256=blob.sha256,
        size_bytes=blob.size_bytes,
        pages=signed.pages,
        text_chars=signed.text_chars,
        is_original=True,
        is_signed=True,
    )


def iter_ready_pages(
    desk: OpenDesk,
    files: Iterable[PageFile | None],
    *,
    reads_codes: bool,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[ReadyPage]:
    """Yield the pages of files once they are ready, in order.

    Raises:
        UserError: what `counter_app.scanning.reading.iter_pages` says of a file.
        EnvironmentFailure: ``document.worker_ended``, retryable.
    """
    return desk.page_work.iter_ready(files, workers=most_workers(), reads_codes=reads_codes, is_cancelled=is_cancelled)
