"""Single pages of a document put right: scanned again, or moved to where they belong."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from counter_app.core.errors import UserError
from counter_app.domain.document import ContentCause, DocumentContent
from counter_app.journal.entries import DocumentAttached, DocumentRenewed
from counter_app.scanning.rearranging import replace_page
from counter_app.services.answers.documents import DocumentView
from counter_app.services.digitising import Digitising, clean_reason
from counter_app.services.document_places import check_component, document_of, get_dossier_at
from counter_app.services.open_desk import OpenDesk
from counter_app.services.session import Session


class PageRepairs:
    """Slow: for a pool or a command. Any thread. The version before always stays."""

    def __init__(self, desk: OpenDesk, session: Session, digitising: Digitising) -> None:
        self._desk = desk
        self._session = session
        self._digitising = digitising

    def check_page(self, document_id: str, number: int) -> DocumentView:
        """Return the document if this page of it may be replaced.

        Raises:
            UserError: nobody signed in, ``document.unknown_document``, ``document.withdrawn``, ``document.is_signed``,
                ``document.bad_pages``.
        """
        view = self._digitising.require_changeable(document_id)
        if not 1 <= number <= view.document.content.pages:
            raise UserError("document.bad_pages")
        return view

    def replace_page(self, document_id: str, number: int, page_id: str) -> DocumentView:
        """Put a scanned page that waits in the place of a page.

        Raises:
            UserError: as `check_page`, ``document.unknown_page``, ``document.changed_meanwhile``; the page waits on.
            EnvironmentFailure: ``vault.damaged``, full disk.
        """
        from counter_app.scanning.pdf import PdfFacts, assemble

        view = self.check_page(document_id, number)
        content = view.document.content
        (ready,) = self._digitising.iter_ready([self._digitising.tray.as_file(page_id)], reads_codes=False)
        facts = PdfFacts(title=view.document.facts.title, made_at=self._desk.clock.now())
        pdf = replace_page(self._digitising.read_content(view), number, assemble([ready.as_pdf_page()], facts))
        blob = self._desk.vault.put([pdf])
        blank = set(content.blank_pages) - {number} | ({number} if ready.is_blank else set())
        renewed = msgspec.structs.replace(
            content, sha256=blob.sha256, size_bytes=blob.size_bytes, blank_pages=tuple(sorted(blank))
        )
        self._digitising.append([(self._renewed(view, renewed, ContentCause.RESCANNED))], over=view, page_ids=[page_id])
        return self._digitising.get(document_id)

    def move_pages(
        self, document_id: str, numbers: Sequence[int], code: str, *, component: int = 0, reason: str
    ) -> DocumentView:
        """Make pages a document of another dossier or line and leave them out here, with the reason; return the new.

        Raises:
            UserError: nobody signed in, ``document.unknown_document``, ``document.withdrawn``, ``document.is_signed``,
                ``document.bad_pages`` (also for all pages: that is the document), ``dossier.unknown_code``,
                ``document.unknown_component``, ``document.changed_meanwhile``, ``document.reason_missing``; nothing was
                changed.
        """
        view, words = self._digitising.require_changeable(document_id), clean_reason(reason)
        content, wanted = view.document.content, sorted(set(numbers))
        rest = [number for number in range(1, content.pages + 1) if number not in wanted]
        if not rest or not wanted:
            raise UserError("document.bad_pages")
        with self._desk.store.reading() as connection:
            dossier = get_dossier_at(connection, code)
        check_component(dossier, component)
        pdf = self._digitising.read_content(view)
        there = document_of(dossier, component, self._digitising.put_part(content, pdf, wanted), view.document.source)
        here = self._renewed(view, self._digitising.put_part(content, pdf, rest), ContentCause.REARRANGED, words)
        self._digitising.append([here, (DocumentAttached(document=there), there.dossier_id)], over=view)
        return self._digitising.get(there.id)

    def _renewed(
        self, view: DocumentView, content: DocumentContent, cause: ContentCause, reason: str = ""
    ) -> tuple[DocumentRenewed, str]:
        dossier_id = view.document.dossier_id
        body = DocumentRenewed(
            document_id=view.document.id, dossier_id=dossier_id, content=content, cause=cause, reason=reason
        )
        return body, dossier_id
