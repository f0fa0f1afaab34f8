"""Requests that citizens handed in online: checked, kept, signed, and put on the feed of the unit that receives them.

The national portal's published calls have none that brings a request down (LAW 3), so whatever system of the province
takes requests from citizens hands each over as a file of JSON with the files in it. Nothing in one is believed: every
field has its bounds, every file is what its name says, and one that fails leaves nothing behind.
"""

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from counter_app.core.errors import AppError, UserError
from counter_app.core.ids import new_id
from counter_app.core.reading import read_at_most
from counter_app.core.text import nfc
from counter_app.domain.dossier import Dossier, ResultChannel, Status
from counter_app.domain.online import (
    MOST_FILE_BYTES,
    MOST_FILES,
    MOST_TOTAL_BYTES,
    Submission,
    SubmittedFile,
    check_file_name,
    check_number,
    check_words,
    media_type_of,
)
from counter_app.domain.person import FieldSource, Party
from counter_app.journal.entries import DossierReceived, decode_body
from counter_app.province.authority import Authority
from counter_app.province.database import Connection, Database
from counter_app.province.feeds import lock_units, publish
from counter_app.province.papers import keep_content, note_given
from counter_app.services.intake_files import PersonInFile
from counter_app.store.paper_folder import PaperKeeping
from counter_app.sync.online import sign_submission
from counter_app.sync.papers import PaperName
from counter_app.sync.ports import FeedKind

# Files travel in base64, a third longer.
_MOST_BYTES = MOST_TOTAL_BYTES * 4 // 3 + 1024 * 1024
_EARLIEST = timedelta(days=400)
_AHEAD = timedelta(minutes=10)
# Of two desks that answered without a line the earlier clock counts, as everywhere.
_LIST = """
SELECT asked.id, asked.number, asked.unit_code, asked.handed_in_at, entry.kind, entry.version, entry.body
FROM online_submission AS asked LEFT JOIN (entry JOIN desk ON desk.id = entry.desk)
  ON entry.subject = asked.id AND entry.kind = 'dossier.received' AND desk.unit_code = asked.unit_code
ORDER BY asked.handed_in_at, asked.number, entry.at, entry.desk, entry.epoch, entry.seq
"""
_Line = Annotated[str, Meta(max_length=300)]
_Paragraph = Annotated[str, Meta(max_length=2_000)]


class FileInDrop(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file; `content` is base64, `component` the code or the name of the paper that it is."""

    name: _Line
    content: bytes
    component: _Line = ""


class SubmissionInDrop(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One request as a file states it."""

    number: _Line
    unit: _Line
    handed_in_at: datetime
    procedure: _Line
    applicant: PersonInFile
    case: _Line = ""
    submitter: PersonInFile | None = None
    authorisation: _Paragraph = ""
    result: ResultChannel = ResultChannel.DESK
    delivery_address: _Line = ""
    dossier_count: Annotated[int, Meta(ge=1, le=9_999)] = 1
    note: _Paragraph = ""
    files: Annotated[list[FileInDrop], Meta(max_length=MOST_FILES)] = []


class TakenSubmission(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one. `code` is that of the dossier that answers it, "" before there is one.

    `status` is what the answer was: received, a supplement asked, or not accepted.
    """

    id: str
    number: str
    unit: str
    handed_in_at: datetime
    code: str = ""
    status: Status | None = None
    is_new: bool = False


def read_drop(path: Path) -> SubmissionInDrop:
    """Return the request of a file.

    Raises:
        UserError: ``online.bad_file``, ``online.too_large``, and as `check_drop`.
    """
    try:
        data = read_at_most(path, _MOST_BYTES)
    except (OSError, ValueError) as exc:
        raise UserError("online.bad_file", detail="cannot be read") from exc
    if data is None:
        raise UserError("online.too_large", most_mb=MOST_TOTAL_BYTES // (1024 * 1024))
    try:
        drop = msgspec.json.decode(data, type=SubmissionInDrop)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as exc:
        # Its message names the place and the type that was wanted, never what stood there.
        raise UserError("online.bad_file", detail=str(exc)[:200]) from exc
    check_drop(drop)
    return drop


def check_drop(drop: SubmissionInDrop) -> None:
    """Return if a request holds only what one may hold.

    Raises:
        UserError: ``online.bad_number``, ``online.bad_words``, ``online.bad_time``, ``online.bad_file_name``,
            ``online.bad_file_type``, ``online.too_large``.
    """
    check_number(drop.number)
    if drop.handed_in_at.tzinfo is None:
        raise UserError("online.bad_time")
    people = {"applicant": drop.applicant} | ({"submitter": drop.submitter} if drop.submitter else {})
    words = {f"{role}.{name}": getattr(one, name) for role, one in people.items() for name in one.__struct_fields__}
    words |= {name: getattr(drop, name) for name in drop.__struct_fields__}
    words |= {f"files[{place}].component": file.component for place, file in enumerate(drop.files)}
    for name, text in words.items():
        if isinstance(text, str):
            check_words(text, field=name)
    if not drop.applicant.full_name.strip():
        raise UserError("online.bad_words", field="applicant.full_name")
    for file in drop.files:
        check_file_name(file.name)
        if len(file.content) > MOST_FILE_BYTES:
            raise UserError("online.too_large", most_mb=MOST_FILE_BYTES // (1024 * 1024))
        media_type_of(file.name, file.content)
    if sum(len(file.content) for file in drop.files) > MOST_TOTAL_BYTES:
        raise UserError("online.too_large", most_mb=MOST_TOTAL_BYTES // (1024 * 1024))


def take_drop(
    database: Database, keeping: PaperKeeping, authority: Authority, drop: SubmissionInDrop, *, now: datetime
) -> TakenSubmission:
    """Keep a checked request with its files and put it on its unit's feed; the same one again changes nothing.

    Raises:
        UserError: ``online.unknown_unit``, ``online.bad_time``, ``online.number_taken``; nobody hears of it.
        EnvironmentFailure: disk, database.
    """
    if not now - _EARLIEST <= drop.handed_in_at <= now + _AHEAD:
        raise UserError("online.bad_time")
    digest = hashlib.sha256(msgspec.json.encode(drop, order="deterministic")).digest()
    with database.transaction() as connection:
        known = _find_known(connection, drop, digest)
    if known is not None:
        return known
    # What keeps papers may be slow: the unit, for which its desks wait, is locked when they are there.
    files = [(keep_content(keeping, file.content), file) for file in drop.files]
    submission = _submission_of(drop, tuple(_file_of(paper, file) for paper, file in files))
    with database.transaction() as connection:
        lock_units(connection, drop.unit)
        known = _find_known(connection, drop, digest)
        if known is None:
            note_given(connection, drop.unit, [paper for paper, _file in files])
            data = sign_submission(submission, authority.signer.sign)
            connection.execute(
                "INSERT INTO online_submission VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (submission.id, drop.number, drop.unit, drop.handed_in_at, now, digest, data),
            )
            publish(connection, drop.unit, FeedKind.ONLINE, data)
    return known or TakenSubmission(
        id=submission.id, number=drop.number, unit=drop.unit, handed_in_at=drop.handed_in_at, is_new=True
    )


def _find_known(connection: Connection, drop: SubmissionInDrop, digest: bytes) -> TakenSubmission | None:
    """Return a request that was taken before, None of one that may be taken."""
    if connection.execute("SELECT 1 FROM unit WHERE code = %s", (drop.unit,)).fetchone() is None:
        raise UserError("online.unknown_unit", unit=drop.unit[:40])
    known = connection.execute("SELECT * FROM online_submission WHERE number = %s", (drop.number,)).fetchone()
    if known is None:
        return None
    if bytes(known.digest) != digest:
        raise UserError("online.number_taken", number=drop.number)
    return TakenSubmission(id=known.id, number=known.number, unit=known.unit_code, handed_in_at=known.handed_in_at)


def list_submissions(connection: Connection) -> list[TakenSubmission]:
    """Return every request, the oldest first, with the code of the dossier that answers it."""
    found: dict[str, TakenSubmission] = {}
    for row in connection.execute(_LIST):
        fresh = TakenSubmission(id=row.id, number=row.number, unit=row.unit_code, handed_in_at=row.handed_in_at)
        known = found.setdefault(row.id, fresh)
        dossier = _find_dossier(row) if not known.code else None
        if dossier is not None:
            found[row.id] = msgspec.structs.replace(known, code=dossier.code, status=dossier.status)
    return list(found.values())


def _find_dossier(row: Any) -> Dossier | None:
    """Return the dossier of an answer, None of what no program of ours wrote or a newer one did."""
    try:
        body = decode_body(row.kind, row.version, bytes(row.body)) if row.kind is not None else None
    except AppError:
        return None
    return body.dossier if isinstance(body, DossierReceived) else None


def _file_of(paper: PaperName, file: FileInDrop) -> SubmittedFile:
    return SubmittedFile(
        name=nfc(file.name),
        sha256=paper.sha256.hex(),
        size_bytes=paper.size_bytes,
        media_type=media_type_of(file.name, file.content),
        component=nfc(file.component),
    )


def _submission_of(drop: SubmissionInDrop, files: tuple[SubmittedFile, ...]) -> Submission:
    return Submission(
        id=new_id(),
        number=drop.number,
        unit_code=drop.unit,
        handed_in_at=drop.handed_in_at,
        procedure_code=nfc(drop.procedure),
        case_code=nfc(drop.case),
        applicant=drop.applicant.party(Party(), FieldSource.PROVINCE),
        submitter=drop.submitter.party(Party(), FieldSource.PROVINCE) if drop.submitter else None,
        authorisation=nfc(drop.authorisation),
        result_channel=drop.result,
        delivery_address=nfc(drop.delivery_address),
        dossier_count=drop.dossier_count,
        note=nfc(drop.note),
        files=files,
    )
