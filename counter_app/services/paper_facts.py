"""What a digitised paper says of itself: proposed from its text and codes, kept when a clerk has taken it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import msgspec

from counter_app.core.changes import Topic
from counter_app.core.clock import local_date
from counter_app.core.errors import UserError
from counter_app.core.text import nfc
from counter_app.domain.document import (
    ContentCause,
    Document,
    DocumentContent,
    DocumentFacts,
    StatedFact,
    describe,
    value_of,
)
from counter_app.domain.dossier_code import looks_like_dossier_code
from counter_app.domain.paper_facts import Expected, FactField, Proposal, ReadCode, ReadPage, find_good_value, propose
from counter_app.domain.slip_code import looks_like_slip_code
from counter_app.journal.dossier_states import as_it_stands, get_dossier_row, state_of
from counter_app.journal.entries import Body, DocumentDescribed, DocumentRenewed, DocumentValidityDescribed
from counter_app.scanning.text_model import can_read
from counter_app.services.answers.documents import DocumentView, ProposedFacts
from counter_app.services.digitising import Digitising
from counter_app.services.document_rows import check_in_force
from counter_app.services.open_desk import OpenDesk
from counter_app.services.session import Session
from counter_app.services.slip_checks import SlipChecks
from counter_app.services.units import Units

_MOST_PAGES = 2
_LONGEST = 300
_XMP = {FactField.NUMBER_SYMBOL: "dc:identifier", FactField.ISSUED_ON: "dc:date", FactField.ISSUER: "dc:publisher"}


class PaperFacts:
    """`propose` is slow (1 to 8 s): for a pool. Any thread."""

    def __init__(
        self, desk: OpenDesk, session: Session, digitising: Digitising, slip_checks: SlipChecks, units: Units
    ) -> None:
        self._desk = desk
        self._session = session
        self._digitising = digitising
        self._slip_checks = slip_checks
        self._units = units

    def propose(self, document_id: str) -> ProposedFacts:
        """Read the first page, and the second where the first says neither number nor owner; keep nothing.

        What the store says already is not proposed again, nor what a clerk has decided.

        Raises:
            UserError: ``document.unknown_document``.
            EnvironmentFailure: ``vault.missing``, ``vault.damaged``.
        """
        view = self._digitising.get(document_id)
        expected = self._expected(view)
        read: list[ReadPage] = []
        proposals: tuple[Proposal, ...] = ()
        pdf = self._digitising.read_file(document_id)
        for number in range(1, _MOST_PAGES + 1):
            page = self._desk.page_work.find_read_page(pdf, number)
            if page is None:
                break
            read.append(self._with_slip_codes(page))
            codes = tuple(code.text for one in read for code in one.codes if looks_like_dossier_code(code.text))
            proposals = propose(read, msgspec.structs.replace(expected, dossier_codes=codes))
            found = {one.field for one in proposals}
            if found & {FactField.NUMBER_SYMBOL, FactField.OWNER_NAME}:
                break
        known = {one.field for one in proposals if one.value == value_of(view.document.facts, one.field)}
        decided = {one.field for description in view.descriptions for one in description.stated}
        new = tuple(one for one in proposals if one.field not in known | decided)
        return ProposedFacts(view=view, proposals=new, is_read=can_read())

    def describe(self, over: DocumentView, stated: Sequence[StatedFact]) -> DocumentView:
        """Keep facts that the clerk took or typed: in the journal, and in the file's XMP unless it is signed.

        `over` is the document as the clerk looked at it. The file as it was stays as an earlier version.

        Raises:
            UserError: nobody signed in, ``document.unknown_document``, ``document.withdrawn``,
                ``document.changed_meanwhile``: other pages are in force by now, ``document.bad_fact``;
                nothing was kept.
        """
        clerk = self._session.require().clerk.id
        view = self._digitising.require_counting(over.document.id)
        today = local_date(self._desk.clock.now())
        clean = tuple(_clean(one, today) for one in stated)
        if not clean:
            return view
        document = view.document
        bodies: list[Body] = [
            _described(document, clean),
            *self._renewed(over, describe(document.facts, clean)),
        ]
        with self._desk.transaction() as connection:
            check_in_force(connection, document.id, over.document.content.sha256)
            for body in bodies:
                self._desk.journal.append(connection, body, clerk=clerk, subject=document.dossier_id)
        self._desk.announcer.announce(Topic.DOSSIERS)
        return self._digitising.get(document.id)

    def _renewed(self, view: DocumentView, facts: DocumentFacts) -> Iterator[DocumentRenewed]:
        from counter_app.scanning.pdf import state_in_metadata

        content = view.document.content
        wanted = {name: value for field, name in _XMP.items() if (value := value_of(facts, field))}
        if content.is_signed or content.is_original or not wanted:
            return
        pdf = state_in_metadata(self._digitising.read_content(view), wanted, at=self._desk.clock.now())
        yield DocumentRenewed(
            document_id=view.document.id,
            dossier_id=view.document.dossier_id,
            content=self._kept(content, pdf),
            cause=ContentCause.DESCRIBED,
        )

    def _kept(self, content: DocumentContent, pdf: bytes) -> DocumentContent:
        blob = self._desk.vault.put([pdf])
        return msgspec.structs.replace(content, sha256=blob.sha256, size_bytes=blob.size_bytes)

    def _expected(self, view: DocumentView) -> Expected:
        with self._desk.store.reading() as connection:
            dossier = as_it_stands(*state_of(get_dossier_row(connection, view.dossier_code)))
        return Expected(
            today=local_date(self._desk.clock.now()),
            units=tuple(unit.name for unit in self._units.list_all()),
            owner_name=dossier.applicant.full_name,
            owner_id_number=dossier.applicant.id_number,
        )

    def _with_slip_codes(self, page: ReadPage) -> ReadPage:
        """Return the page with signed slips as the dossier codes that they prove; other codes as they are."""
        return msgspec.structs.replace(page, codes=tuple(self._opened(code) for code in page.codes))

    def _opened(self, code: ReadCode) -> ReadCode:
        if not looks_like_slip_code(code.text):
            # A plain dossier code proves nothing: anybody can print one.
            text = "" if looks_like_dossier_code(code.text) else code.text
            return msgspec.structs.replace(code, text=text)
        check = self._slip_checks.check(code.text)
        return msgspec.structs.replace(code, text=check.code if check.is_valid else "")


def _described(document: Document, stated: tuple[StatedFact, ...]) -> DocumentDescribed:
    says_validity = any(one.field is FactField.VALID_UNTIL for one in stated)
    body = DocumentValidityDescribed if says_validity else DocumentDescribed
    return body(document_id=document.id, dossier_id=document.dossier_id, stated=stated)


def _clean(stated: StatedFact, today: date) -> StatedFact:
    value = find_good_value(stated.field, nfc(stated.value), today)
    if value is None or len(value) > _LONGEST:
        raise UserError("document.bad_fact", field=stated.field.value)
    return msgspec.structs.replace(stated, value=value)
