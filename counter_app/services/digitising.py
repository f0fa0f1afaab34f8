"""Papers become documents: attached to a dossier and its checklist line, or separated from a pile by their codes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from counter_app.core.changes import Topic
from counter_app.core.errors import UserError
from counter_app.core.ids import new_id
from counter_app.core.text import nfc
from counter_app.domain.document import (
    ContentCause,
    Document,
    DocumentContent,
    DocumentSource,
    describe,
)
from counter_app.domain.dossier import Dossier
from counter_app.domain.pile import Group, iter_groups
from counter_app.journal.entries import Body, DocumentAttached, DocumentRenewed, DocumentWithdrawn
from counter_app.scanning.files import PageFile
from counter_app.scanning.page_worker.client import workers_of_this_program
from counter_app.scanning.ready import ReadyPage
from counter_app.scanning.rearranging import PagePicture, PagePlace, draw_page, draw_picture, rearrange
from counter_app.scanning.scanned import ScannedPage
from counter_app.services.answers.documents import Digitised, DocumentView
from counter_app.services.document_making import iter_ready_pages, make_content, make_document
from counter_app.services.document_places import check_component, document_of, get_dossier_at, title_of
from counter_app.services.document_rows import DOCUMENTS_OF_DOSSIER, ONE_DOCUMENT, check_in_force, view_of
from counter_app.services.last_file import LastFile
from counter_app.services.open_desk import OpenDesk
from counter_app.services.page_count import PageCount, Progressed
from counter_app.services.paper_line import PaperFetching
from counter_app.services.paper_subjects import normalise_codes
from counter_app.services.paper_texts import PaperTexts
from counter_app.services.separating import Pile
from counter_app.services.session import Session
from counter_app.services.slip_checks import SlipChecks
from counter_app.services.source_files import SourceFile, page_file_of
from counter_app.services.tray import SealedPage, Tray, take_out

_LONGEST_REASON = 500


class Digitising:
    """Slow: every call that takes files belongs in a pool or a command, never where a clerk waits. Any thread."""

    def __init__(
        self,
        desk: OpenDesk,
        session: Session,
        slip_checks: SlipChecks,
        texts: PaperTexts,
        fetching: PaperFetching,
    ) -> None:
        self._desk = desk
        self._session = session
        self._slip_checks = slip_checks
        self._texts = texts
        self._fetching = fetching
        self.tray = Tray(desk)
        self._looked_at = LastFile(desk.vault)

    def work_apart(self) -> None:
        """Make pages ready in a process of its own from now on: for a window, which must not wait meanwhile."""
        self._desk.page_work.go_apart(workers_of_this_program())

    def iter_ready(
        self, files: Iterable[PageFile | None], *, reads_codes: bool, is_cancelled: Callable[[], bool] = lambda: False
    ) -> Iterator[ReadyPage]:
        """Yield the pages of files once they are ready; as `iter_ready_pages`."""
        return iter_ready_pages(self._desk, files, reads_codes=reads_codes, is_cancelled=is_cancelled)

    def attach(
        self,
        files: Sequence[SourceFile],
        code: str,
        *,
        component: int = 0,
        is_cancelled: Callable[[], bool] = lambda: False,
        progressed: Progressed = lambda _done, _total: None,
    ) -> Digitised:
        """Put each file to the dossier as a document of its own, under a line of the checklist or under none.

        A file that carries a signature of its own is kept as it is. Every file is read before the first is attached.
        `progressed` hears how many pages of how many are read.

        Raises:
            UserError: nobody signed in, ``dossier.unknown_code``, ``document.unknown_component``, and what
                `iter_file_pages` says of a file; nothing was attached.
            EnvironmentFailure: full disk; what was attached before stays.
        """
        self._session.require()
        with self._desk.store.reading() as connection:
            dossier = get_dossier_at(connection, code)
        check_component(dossier, component)
        counted = PageCount(files, progressed)
        made: list[Document] = []
        for file in files:
            document = make_document(self._desk, dossier, component, file, counted=counted, is_cancelled=is_cancelled)
            if document is None:
                return Digitised()
            made.append(document)
        return Digitised(documents=self._attach(made))

    def route(
        self,
        files: Sequence[SourceFile],
        *,
        is_cancelled: Callable[[], bool] = lambda: False,
        progressed: Progressed = lambda _done, _total: None,
    ) -> Digitised:
        """Separate a pile by its slips and component sheets; what no code places goes to the tray with its reason.

        `progressed` hears how many pages of how many are read.

        Raises:
            UserError: nobody signed in, and what `iter_file_pages` says of a file; nothing was attached.
        """
        self._session.require()
        counted = PageCount(files, progressed)
        found = map(page_file_of, files)
        ready = iter_ready_pages(self._desk, found, reads_codes=True, is_cancelled=is_cancelled)
        pile = Pile(counted.each(ready), self._slip_checks)
        made: list[Document] = []
        waiting: list[tuple[int, SealedPage]] = []
        for group in iter_groups(pile.iter_marks()):
            pages = pile.take(group)
            placed = self.place(group, pages)
            if placed is None:
                waiting += [
                    (place, self.tray.seal(page, group)) for place, page in zip(group.pages, pages, strict=True)
                ]
            else:
                made.append(placed)
        if is_cancelled():
            return Digitised()
        session = new_id()
        tray = tuple(self.tray.keep(session, place + 1, page) for place, page in waiting)
        return Digitised(documents=self._attach(made), tray=tray, separators=len(pile.marks))

    def list_of_dossier(self, code: str) -> tuple[DocumentView, ...]:
        """Return a dossier's documents in the order in which they were attached; withdrawn ones too."""
        (wanted,) = normalise_codes([code])
        with self._desk.store.reading() as connection:
            rows = connection.execute(DOCUMENTS_OF_DOSSIER, {"wanted": wanted}).all()
            return tuple(view_of(connection, row) for row in rows)

    def assign(self, page_ids: Sequence[str], code: str, *, component: int = 0) -> DocumentView:
        """Make one document of pages that waited in the tray, in the order given.

        Raises:
            UserError: nobody signed in, ``dossier.unknown_code``, ``document.unknown_component``,
                ``document.unknown_page``;
                the pages wait on.
        """
        self._session.require()
        with self._desk.store.reading() as connection:
            dossier = get_dossier_at(connection, code)
        check_component(dossier, component)
        pages = map(self.tray.read_ready, page_ids)
        content = make_content(self._desk, pages, title_of(dossier, component))
        return self._attach_one(dossier, component, content, page_ids, DocumentSource.FILE)

    def check_place(self, code: str, component: int) -> None:
        """Return if there is such a dossier and, for a component other than 0, such a line of its checklist.

        Raises:
            UserError: ``dossier.unknown_code``, ``document.unknown_component``.
        """
        with self._desk.store.reading() as connection:
            check_component(get_dossier_at(connection, code), component)

    def begin_scan(self, scan_id: str = "") -> str:
        """Return the name of a new scan, or the one given; its pages are kept by ``tray.capture`` under it."""
        self._session.require()
        return scan_id or new_id()

    def finish_scan(
        self,
        scan: str,
        code: str,
        *,
        component: int = 0,
        is_cancelled: Callable[[], bool] = lambda: False,
        progressed: Progressed = lambda _done, _total: None,
    ) -> DocumentView | None:
        """Make one document of a scan's pages, also of a scan that was interrupted; None when cancelled.

        `progressed` hears how many pages of how many are ready.

        Raises:
            UserError: nobody signed in, ``dossier.unknown_code``, ``document.unknown_component``,
                ``document.no_pages``; the pages stay.
        """
        self._session.require()
        with self._desk.store.reading() as connection:
            dossier = get_dossier_at(connection, code)
        check_component(dossier, component)
        page_ids = self.tray.list_of_session(scan)
        if not page_ids:
            raise UserError("document.no_pages")
        found = (self.tray.as_file(page_id) for page_id in page_ids)
        ready = iter_ready_pages(self._desk, found, reads_codes=False, is_cancelled=is_cancelled)
        told = _telling(ready, lambda done: progressed(done, len(page_ids)))
        content = make_content(self._desk, told, title_of(dossier, component))
        if is_cancelled():
            return None
        return self._attach_one(dossier, component, content, page_ids, DocumentSource.SCANNER)

    def get(self, document_id: str) -> DocumentView:
        """Return a document.

        Raises:
            UserError: ``document.unknown_document``.
        """
        with self._desk.store.reading() as connection:
            row = connection.execute(ONE_DOCUMENT, {"wanted": document_id}).one_or_none()
            if row is None:
                raise UserError("document.unknown_document")
            return view_of(connection, row)

    def read_file(self, document_id: str) -> bytes:
        """Return the PDF in force.

        Raises:
            UserError: ``document.unknown_document``, ``document.not_fetched``.
            EnvironmentFailure: ``vault.damaged``.
        """
        return self.read_content(self.get(document_id))

    def read_content(self, view: DocumentView) -> bytes:
        """Return the PDF that was in force in this view; one of another desk is fetched from the province.

        Raises:
            UserError: ``document.not_fetched``.
            EnvironmentFailure: ``vault.damaged``.
        """
        self._fetching.require(view.document.content)
        return self._desk.vault.get(view.document.content.sha256)

    def renew(self, view: DocumentView, pdf: bytes, cause: ContentCause, *, pages: int | None = None) -> DocumentView:
        """Put another file in force, the earlier ones stay; for a signature or a page scanned again.

        `view` is the document as it was when the file was made from it.

        Raises:
            UserError: nobody signed in, ``document.withdrawn``, ``document.changed_meanwhile``.
        """
        self._session.require()
        document_id = view.document.id
        blob = self._desk.vault.put([pdf])
        content = msgspec.structs.replace(
            view.document.content,
            sha256=blob.sha256,
            size_bytes=blob.size_bytes,
            pages=pages or view.document.content.pages,
            blank_pages=() if pages else view.document.content.blank_pages,
            is_signed=view.document.content.is_signed or cause is ContentCause.SIGNED,
        )
        body = DocumentRenewed(
            document_id=document_id, dossier_id=view.document.dossier_id, content=content, cause=cause
        )
        self.append([(body, view.document.dossier_id)], over=view)
        return self.get(document_id)

    def rearrange(self, document_id: str, places: Sequence[PagePlace]) -> DocumentView:
        """Turn pages, put them in another order or leave some out; the file as it was stays as an earlier version.

        Raises:
            UserError: nobody signed in, ``document.unknown_document``, ``document.bad_pages``, what `renew` says;
                ``document.is_signed`` for a file whose signature would be lost.
        """
        view = self.require_changeable(document_id)
        pdf = rearrange(self.read_content(view), places)
        return self.renew(view, pdf, ContentCause.REARRANGED, pages=len(places))

    def split(self, document_id: str, after: int) -> tuple[DocumentView, DocumentView]:
        """Make the pages after a number a document of their own under the same line.

        Raises:
            UserError: as `rearrange`; nothing was changed.
        """
        view = self.require_changeable(document_id)
        content, pdf = view.document.content, self.read_content(view)
        if not 0 < after < content.pages:
            raise UserError("document.bad_pages")
        head = self.put_part(content, pdf, range(1, after + 1))
        tail = self.put_part(content, pdf, range(after + 1, content.pages + 1))
        second = msgspec.structs.replace(view.document, id=new_id(), content=tail)
        dossier_id = view.document.dossier_id
        renewed = DocumentRenewed(
            document_id=document_id, dossier_id=dossier_id, content=head, cause=ContentCause.REARRANGED
        )
        # One transaction: no page is ever in both or in neither.
        self.append([(renewed, dossier_id), (DocumentAttached(document=second), dossier_id)], over=view)
        return self.get(document_id), self.get(second.id)

    def put_part(self, content: DocumentContent, pdf: bytes, numbers: Sequence[int]) -> DocumentContent:
        """Put a file of some pages of a PDF into the vault and return its content; no document has it yet."""
        blob = self._desk.vault.put([rearrange(pdf, [PagePlace(number=number) for number in numbers])])
        blank = tuple(place for place, number in enumerate(numbers, start=1) if number in content.blank_pages)
        return msgspec.structs.replace(
            content, sha256=blob.sha256, size_bytes=blob.size_bytes, pages=len(numbers), blank_pages=blank
        )

    def move(self, document_id: str, code: str, *, component: int = 0, reason: str) -> DocumentView:
        """Put a document to another dossier or line: it is withdrawn here, with the reason, and attached there.

        Raises:
            UserError: nobody signed in, ``document.unknown_document``, ``document.withdrawn``,
                ``document.reason_missing``, ``dossier.unknown_code``, ``document.unknown_component``.
        """
        self._session.require()
        view = self.require_counting(document_id)
        here = view.document
        words = clean_reason(reason)
        with self._desk.store.reading() as connection:
            dossier = get_dossier_at(connection, code)
        check_component(dossier, component)
        there = document_of(dossier, component, here.content, here.source)
        taken = (one for description in view.descriptions for one in description.stated)
        there = msgspec.structs.replace(there, facts=describe(there.facts, taken))
        bodies: list[tuple[Body, str]] = [
            (DocumentWithdrawn(document_id=here.id, dossier_id=here.dossier_id, reason=words), here.dossier_id),
            (DocumentAttached(document=there), there.dossier_id),
        ]
        self.append(bodies, over=view)
        return self.get(there.id)

    def draw_page(self, document_id: str, number: int, *, longest: int, version: int | None = None) -> PagePicture:
        """Return one page as pixels, its longer side `longest`: of the file in force, or of a version counted from 0.

        Raises:
            UserError: ``document.unknown_document``, ``document.bad_pages``.
            EnvironmentFailure: ``vault.missing``, ``vault.damaged``.
        """
        view = self.get(document_id)
        content = view.document.content if version is None else view.versions[version].content
        self._fetching.require(content)
        with self._looked_at.open(content.sha256) as file:
            return draw_page(file, number, longest=longest)

    def draw_waiting(self, page_id: str, *, longest: int) -> PagePicture:
        """Return a page that waits, in the tray or of a scan, as pixels, its longer side `longest`.

        Raises:
            UserError: ``document.unknown_page``.
            EnvironmentFailure: ``vault.missing``, ``vault.damaged``.
        """
        from counter_app.scanning.pdf import PdfFacts, assemble
        from counter_app.scanning.reading import decode_picture

        page = self.tray.read_any(page_id)
        if isinstance(page, ScannedPage):
            return draw_picture(decode_picture(page.picture, dpi=page.dpi).pixels, longest=longest)
        facts = PdfFacts(title="", made_at=self._desk.clock.now())
        return draw_page(assemble([page.as_pdf_page()], facts), 1, longest=longest)

    def restore(self, document_id: str, version: int) -> DocumentView:
        """Put an earlier version, counted from 0, in force again; the later ones stay.

        Raises:
            UserError: as `rearrange`.
        """
        self._session.require()
        view = self.require_changeable(document_id)
        if not 0 <= version < len(view.versions):
            raise UserError("document.bad_pages")
        dossier_id = view.document.dossier_id
        body = DocumentRenewed(
            document_id=document_id,
            dossier_id=dossier_id,
            content=view.versions[version].content,
            cause=ContentCause.REARRANGED,
        )
        self.append([(body, dossier_id)], over=view)
        return self.get(document_id)

    def withdraw(self, document_id: str, reason: str) -> None:
        """Let a document no longer count; it stays readable.

        Raises:
            UserError: nobody signed in, ``document.unknown_document``, ``document.withdrawn``,
                ``document.reason_missing``.
        """
        self._session.require()
        words = clean_reason(reason)
        view = self.require_counting(document_id)
        body = DocumentWithdrawn(document_id=document_id, dossier_id=view.document.dossier_id, reason=words)
        self.append([(body, view.document.dossier_id)], over=view)

    def _attach_one(
        self,
        dossier: Dossier,
        component: int,
        content: DocumentContent,
        page_ids: Sequence[str],
        source: DocumentSource,
    ) -> DocumentView:
        (view,) = self._attach([document_of(dossier, component, content, source)], page_ids)
        return view

    def require_changeable(self, document_id: str) -> DocumentView:
        """Return a document whose pages may be changed.

        Raises:
            UserError: nobody signed in, ``document.unknown_document``, ``document.withdrawn``, ``document.is_signed``.
        """
        self._session.require()
        view = self.require_counting(document_id)
        if view.document.content.is_signed:
            raise UserError("document.is_signed")
        return view

    def require_counting(self, document_id: str) -> DocumentView:
        """Return a document that was not withdrawn.

        Raises:
            UserError: ``document.unknown_document``, ``document.withdrawn``.
        """
        view = self.get(document_id)
        if view.withdrawn_reason:
            raise UserError("document.withdrawn")
        return view

    def place(
        self, group: Group, pages: Sequence[ReadyPage], *, source: DocumentSource = DocumentSource.FILE
    ) -> Document | None:
        """Return the document of a group, None where it belongs in the tray: no dossier, or no such line."""
        if group.reason is not None:
            return None
        with self._desk.store.reading() as connection:
            dossier = get_dossier_at(connection, group.code)
        if group.component > len(dossier.papers):
            return None
        content = make_content(self._desk, pages, title_of(dossier, group.component))
        return document_of(dossier, group.component, content, source)

    def _attach(self, made: Sequence[Document], page_ids: Sequence[str] = ()) -> tuple[DocumentView, ...]:
        bodies: list[tuple[Body, str]] = [
            (DocumentAttached(document=document), document.dossier_id) for document in made
        ]
        self.append(bodies, page_ids=page_ids)
        return tuple(self.get(document.id) for document in made)

    def append(
        self,
        bodies: Sequence[tuple[Body, str]],
        *,
        page_ids: Sequence[str] = (),
        over: DocumentView | None = None,
    ) -> None:
        """Append entries with their subjects in one transaction, and take waiting pages out with it.

        `over` is the document they change.

        Raises:
            UserError: nobody signed in, ``document.changed_meanwhile``: `over` is another by now.
        """
        if not bodies and not page_ids:
            return
        clerk = self._session.require().clerk.id
        with self._desk.transaction() as connection:
            if over is not None:
                check_in_force(connection, over.document.id, over.document.content.sha256)
            for body, subject in bodies:
                self._desk.journal.append(connection, body, clerk=clerk, subject=subject)
            take_out(connection, page_ids)
        self._texts.wake()
        self._desk.announcer.announce(Topic.DOSSIERS)


def clean_reason(text: str) -> str:
    """Return a reason as it is kept.

    Raises:
        UserError: ``document.reason_missing``.
    """
    words = nfc(text).strip()[:_LONGEST_REASON]
    if not words:
        raise UserError("document.reason_missing")
    return words


def _telling(pages: Iterable[ReadyPage], told: Callable[[int], None]) -> Iterator[ReadyPage]:
    for done, page in enumerate(pages, start=1):
        yield page
        told(done)
