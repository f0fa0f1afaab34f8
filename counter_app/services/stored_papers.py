"""Papers of the national store for a line of a checklist, as the province was told and keeps them for the desk."""

from collections.abc import Iterator, Mapping

import msgspec
from sqlalchemy import bindparam, select

from counter_app.core.clock import from_millis
from counter_app.domain.document import Document, DocumentContent, DocumentSource
from counter_app.domain.dossier import Dossier, Paper
from counter_app.domain.systems import RequestState, System, stored_request
from counter_app.services.answers.documents import NamedFile, Reusable, StoredPaper
from counter_app.services.document_making import make_file_content
from counter_app.services.document_places import document_of, title_of
from counter_app.services.open_desk import OpenDesk
from counter_app.services.paper_line import PaperFetching
from counter_app.store.tables import exchange

_ANSWER = exchange.system_answer.c
_ANSWERS = select(_ANSWER.request, _ANSWER.at, _ANSWER.facts).where(
    _ANSWER.dossier_id == bindparam("wanted"),
    _ANSWER.system == System.STORE.value,
    _ANSWER.state == RequestState.ANSWERED.value,
)
_facts = msgspec.json.Decoder(dict[str, str])
_SHA256_CHARACTERS = 64
_LONGEST_NAME = 80


class StoredPapers:
    """Reads, and makes documents that nobody has attached yet. Any thread that may wait for the line."""

    def __init__(self, desk: OpenDesk, fetching: PaperFetching) -> None:
        self._desk = desk
        self._fetching = fetching

    def list_for(self, dossier: Dossier, lines: Mapping[int, Paper]) -> Iterator[Reusable]:
        """Yield for each line that lacks its paper what the store has of it, where the province has the file."""
        with self._desk.store.reading() as connection:
            answers = {row.request: row for row in connection.execute(_ANSWERS, {"wanted": dossier.id})}
        for place, paper in lines.items():
            row = answers.get(stored_request(dossier.applicant, paper.code))
            stored = None if row is None or paper.is_had else _first_with_file(_facts.decode(row.facts))
            if stored is not None and row is not None:
                yield Reusable(
                    document_id=stored.sha256,
                    component=place,
                    dossier_code="",
                    at=from_millis(row.at),
                    pages=0,
                    stored=stored,
                )

    def make(self, stored: StoredPaper, dossier: Dossier, component: int) -> Document:
        """Return the document of a paper, its file fetched and made as any other; what the store says of it are facts.

        Raises:
            UserError: ``document.not_fetched``, and what `make_file_content` says of a bad file.
            EnvironmentFailure: full disk.
        """
        given = DocumentContent(sha256=stored.sha256, size_bytes=stored.size_bytes, pages=0)
        self._fetching.require(given)
        file = NamedFile(name=f"{stored.title[:_LONGEST_NAME]}.pdf", data=self._desk.vault.get(stored.sha256))
        content = make_file_content(self._desk, file, title_of(dossier, component))
        made = document_of(dossier, component, content, DocumentSource.STORE)
        facts = msgspec.structs.replace(
            made.facts,
            kind_code=dossier.papers[component - 1].code,
            number_symbol=stored.number,
            issuer=stored.agency,
        )
        return msgspec.structs.replace(made, facts=facts)


def _first_with_file(facts: Mapping[str, str]) -> StoredPaper | None:
    for name, sha256 in sorted(facts.items()):
        word, _, number = name.partition(".")
        size = facts.get(f"size.{number}", "")
        if word == "sha256" and len(sha256) == _SHA256_CHARACTERS and size.isdecimal():
            return StoredPaper(
                title=facts.get(f"title.{number}", ""),
                number=facts.get(f"number.{number}", ""),
                agency=facts.get(f"agency.{number}", ""),
                sha256=sha256,
                size_bytes=int(size),
            )
    return None
