"""Feeds to the other unit concerned: it is shown the dossiers that it decides, and its answers go back.

Both are folded from entries at that moment: the dossier from those of the unit that received it, the answer from those
of the unit that decides it. What any other unit wrote about either has no effect.
"""

import hashlib
import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from counter_app.core.clock import from_millis
from counter_app.core.errors import AppError
from counter_app.domain.actions.state import PauseCause
from counter_app.domain.concerned import (
    ConcernedAnswer,
    ConcernedDossier,
    ConcernedFile,
    ConcernedPaper,
)
from counter_app.domain.document import Document, DocumentContent
from counter_app.domain.dossier import Dossier
from counter_app.domain.systems import RequestState, System
from counter_app.journal.entries import (
    Body,
    DocumentAttached,
    DocumentRenewed,
    DocumentWithdrawn,
    decode_body,
)
from counter_app.journal.exchange_entries import ConcernedAnswered, concerned_subject
from counter_app.province.concerned_queue import keep, lend, list_due
from counter_app.province.database import Connection
from counter_app.province.feeds import lock_units, publish
from counter_app.province.folding import Folded, fold_dossier
from counter_app.province.locks import Lock
from counter_app.province.service import Province
from counter_app.province.tries import STRANGE, next_try
from counter_app.sync.concerned import read_concerned, sign_concerned
from counter_app.sync.papers import MOST_PAPER_BYTES
from counter_app.sync.ports import FeedKind
from counter_app.sync.system_answers import SystemAnswer, sign_system_answer

_log = logging.getLogger(__name__)
_ENTRIES = """
SELECT entry.* FROM entry JOIN desk ON desk.id = entry.desk
WHERE entry.subject = %s AND desk.unit_code = %s ORDER BY at, desk, epoch, seq
"""
_DOCUMENTS = frozenset({DocumentAttached.KIND, DocumentRenewed.KIND, DocumentWithdrawn.KIND})


class Told(NamedTuple):
    """What one round put on feeds: dossiers shown to the unit that decides, answers told to the one that received."""

    shown: int = 0
    answered: int = 0


class _Named(msgspec.Struct, frozen=True):
    """What is read of a unit's facts."""

    name: str = ""


class ConcernedTelling:
    """Works from one thread."""

    def __init__(self, province: Province) -> None:
        self._province = province

    def tell(self, *, is_stopped: threading.Event | None = None) -> Told:
        """Tell units of everything that is due; ends early when told to stop.

        Raises:
            EnvironmentFailure: the database.
        """
        stopped = is_stopped or threading.Event()
        with self._province.database.only_one(Lock.TELLING_CONCERNED) as is_ours:
            told = list(self._tell_all(stopped)) if is_ours else []
        return Told(sum(one.shown for one in told), sum(one.answered for one in told))

    def _tell_all(self, stopped: threading.Event) -> Iterator[Told]:
        while True:
            with self._province.database.transaction() as connection:
                rows = list_due(connection, self._province.clock.now())
            if not rows:
                return
            for row in rows:
                if stopped.is_set():
                    return
                yield self._tell_one(row)

    def _tell_one(self, row: Any) -> Told:
        """Tell of one dossier; what cannot be read delays only itself."""
        try:
            return self._tell(row)
        except (AppError, *STRANGE) as exc:
            if isinstance(exc, AppError) and exc.code == "province.no_database":
                raise
            _log.warning("a unit cannot be told of a dossier: %s", type(exc).__name__)
        with self._province.database.transaction() as connection:
            again = next_try(self._province.clock.now(), row.tries)
            keep(connection, row, tries=row.tries + 1, try_after=again)
        return Told()

    def _tell(self, row: Any) -> Told:
        """Put on feeds what is new, and keep that it was: both or neither.

        Folding may take long, so nobody waits for a unit meanwhile: what comes in between is one more change to tell.
        """
        with self._province.database.transaction() as connection:
            received = connection.execute(_ENTRIES, (row.dossier, row.unit_code)).fetchall()
            said = connection.execute(_ENTRIES, (concerned_subject(row.dossier), row.competent_unit)).fetchall()
            received_by, decided_by = (_name_of(connection, unit) for unit in (row.unit_code, row.competent_unit))
        shown = _find_shown(row, received, received_by=received_by)
        answered = _find_answered(row, said, decided_by=decided_by)
        with self._province.database.transaction() as connection:
            lock_units(connection, row.unit_code, row.competent_unit)
            told = Told(
                shown is not None and self._show(connection, row, shown),
                answered is not None and self._answer(connection, row, answered),
            )
            keep(connection, row, told=row.changes, tries=0, try_after=None)
        return told

    def _show(self, connection: Connection, row: Any, shown: "_Shown") -> bool:
        """Show a dossier to the unit that decides it, where that is new to it; returns whether it was."""
        snapshot = shown.snapshot
        lend(connection, row, [(one.sha256, one.size_bytes) for one in snapshot.files] if shown.is_waiting else [])
        digest = _digest(msgspec.structs.replace(snapshot, at=snapshot.received_at))
        if row.shown == digest or (row.shown is None and not shown.is_waiting):
            return False
        signer = self._province.authority.signer
        data = sign_concerned(snapshot, signer.sign)
        read_concerned(data, signer.public_key)  # what no desk can read is not shown
        publish(connection, row.competent_unit, FeedKind.CONCERNED, data)
        keep(connection, row, shown=digest)
        return True

    def _answer(self, connection: Connection, row: Any, answered: "_Answered") -> bool:
        """Tell the unit that received a dossier what the one that decides it said last; returns whether that is new."""
        if row.answered == answered.digest:
            return False
        sign = self._province.authority.signer.sign
        publish(connection, row.unit_code, FeedKind.SYSTEM, sign_system_answer(answered.told, sign))
        keep(connection, row, answered=answered.digest)
        return True


class _Shown(NamedTuple):
    """What the unit that decides a dossier sees of it, and whether it waits for that unit."""

    snapshot: ConcernedDossier
    is_waiting: bool


class _Answered(NamedTuple):
    """What the unit that received a dossier is told, and the digest of what was said."""

    told: SystemAnswer
    digest: bytes


def _find_shown(row: Any, entries: Sequence[Any], *, received_by: str) -> _Shown | None:
    """Return a dossier as its unit's entries make it, None where the unit is not to be shown it."""
    folded = fold_dossier(entries)
    if folded is None or folded.dossier.competent_unit_code != row.competent_unit:
        return None
    latest = from_millis(max(entry.at for entry in entries) >> 16)
    snapshot = _snapshot(row, folded, tuple(_files(entries)), latest, received_by=received_by)
    return _Shown(snapshot, snapshot.is_open and folded.state.accepted_at is not None)


def _find_answered(row: Any, entries: Sequence[Any], *, decided_by: str) -> _Answered | None:
    """Return the last of what the unit that decides a dossier said of it, None before it said anything."""
    said = [(entry, body) for entry in entries if (body := _answer_of(entry, row)) is not None]
    if not said:
        return None
    entry, answer = said[-1]
    told = SystemAnswer(
        dossier_id=row.dossier,
        system=System.COMPETENT,
        request="answer",
        state=RequestState.ANSWERED,
        at=from_millis(entry.at >> 16),
        facts=_facts(answer) | {"unit": decided_by},
    )
    return _Answered(told, _digest(answer))


def _name_of(connection: Connection, unit_code: str) -> str:
    """Return what a unit is called: its code where its facts name it in no readable way, as a desk once gave them."""
    row = connection.execute("SELECT facts FROM unit WHERE code = %s", (unit_code,)).fetchone()
    try:
        name = msgspec.json.decode(row.facts if row is not None else b"", type=_Named).name
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return unit_code
    return name if name.isprintable() and name else unit_code


def _answer_of(entry: Any, row: Any) -> ConcernedAnswer | None:
    if entry.kind != ConcernedAnswered.KIND:
        return None
    body = _body_of(entry)
    is_about = isinstance(body, ConcernedAnswered) and (body.dossier_id, body.unit_code) == (row.dossier, row.unit_code)
    return body.answer if is_about and isinstance(body, ConcernedAnswered) else None


def _facts(answer: ConcernedAnswer) -> dict[str, str]:
    facts = {
        "outcome": answer.outcome.value,
        "number": answer.number,
        "decided_on": answer.decided_on.strftime("%Y%m%d") if answer.decided_on is not None else "",
        "signer": answer.signer,
        "summary": answer.words,
    }
    return {name: value for name, value in facts.items() if value}


def _snapshot(
    row: Any, folded: Folded, files: tuple[ConcernedFile, ...], at: datetime, *, received_by: str
) -> ConcernedDossier:
    dossier, state = folded.dossier, folded.state
    applicant = dossier.applicant
    born = applicant.birth_on.isoformat() if applicant.birth_on else str(applicant.birth_year or "")
    came = [one.ended_at for one in state.pauses if one.cause is PauseCause.SUPPLEMENT and one.ended_at is not None]
    return ConcernedDossier(
        dossier_id=row.dossier,
        code=dossier.code,
        unit_code=row.unit_code,
        unit_name=received_by,
        competent_unit_code=row.competent_unit,
        procedure_code=dossier.procedure_code,
        procedure_name=dossier.procedure_name,
        applicant_name=applicant.full_name,
        applicant_number=applicant.id_number or applicant.tax_code,
        applicant_born=born,
        applicant_address=applicant.address,
        submitter_name=dossier.submitter.full_name if dossier.submitter is not None else "",
        status=state.status,
        received_at=dossier.received_at,
        due_at=state.due.due_at if state.due is not None else None,
        supplemented_at=max(came, default=None),
        note=dossier.note,
        papers=tuple(_papers(dossier)),
        files=files,
        at=at,
    )


def _papers(dossier: Dossier) -> Iterator[ConcernedPaper]:
    for paper in dossier.papers:
        yield ConcernedPaper(name=paper.name, original=paper.original, certified=paper.certified, copy=paper.copy)


def _files(entries: Iterable[Any]) -> Iterator[ConcernedFile]:
    """Yield the digitised papers in force, each by its last version; none of a size that no paper has."""
    documents: dict[str, tuple[Document, DocumentContent]] = {}
    for entry in (entry for entry in entries if entry.kind in _DOCUMENTS):
        match _body_of(entry):
            case DocumentAttached(document=document):
                documents[document.id] = (document, document.content)
            case DocumentRenewed(document_id=wanted, content=content) if wanted in documents:
                documents[wanted] = (documents[wanted][0], content)
            case DocumentWithdrawn(document_id=wanted):
                documents.pop(wanted, None)
            case _:
                pass
    for document, content in documents.values():
        if not 0 < content.size_bytes <= MOST_PAPER_BYTES:
            continue
        yield ConcernedFile(
            name=document.facts.title,
            sha256=content.sha256,
            size_bytes=content.size_bytes,
            pages=content.pages,
            component=document.component,
        )


def _body_of(entry: Any) -> Body:
    return decode_body(entry.kind, entry.version, bytes(entry.body))


def _digest(said: msgspec.Struct) -> bytes:
    return hashlib.sha256(msgspec.json.encode(said, order="deterministic")).digest()
