"""A request that a citizen handed in online, and what one may hold: it comes from outside and is trusted in nothing.

The figures are this program's own: no published source names limits for files of online dossiers.
"""

import re
import unicodedata
from pathlib import PurePosixPath

import msgspec

from counter_app.core.clock import Instant
from counter_app.core.errors import UserError
from counter_app.core.text import fold
from counter_app.domain.dossier import Paper, ResultChannel
from counter_app.domain.person import Party

MOST_FILES = 30
MOST_FILE_BYTES = 10 * 1024 * 1024
MOST_TOTAL_BYTES = 60 * 1024 * 1024
_LONGEST_FILE_NAME = 120
_LONGEST_WORDS = 2_000
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,59}", re.ASCII)
# Nothing that a browser or a rich text label would take for markup.
_MARKUP = re.compile(r"<[A-Za-z!/?]|&#")
# Letters that turn the reading direction make a name look like another one.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
_SUFFIXES = {
    "application/pdf": (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
}
_STARTS = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


class SubmittedFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file as the citizen named it; `component` is the code or the name of the paper that it is meant for."""

    name: str
    sha256: str
    size_bytes: int
    media_type: str
    component: str = ""


class Submission(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request under one procedure. `id` becomes the id of its dossier, so no two desks can make two of it.

    `number` is the one under which whoever took it from the citizen knows it. `handed_in_at` starts the clock.
    """

    id: str
    number: str
    unit_code: str
    handed_in_at: Instant
    procedure_code: str
    applicant: Party
    case_code: str = ""
    submitter: Party | None = None
    authorisation: str = ""
    result_channel: ResultChannel = ResultChannel.DESK
    delivery_address: str = ""
    dossier_count: int = 1
    note: str = ""
    files: tuple[SubmittedFile, ...] = ()


def media_type_of(name: str, data: bytes) -> str:
    """Return what a file is by how it begins.

    Raises:
        UserError: ``online.bad_file_type``: no PDF, JPEG or PNG, or its name says something else.
    """
    found = next((kind for start, kind in _STARTS.items() if data.startswith(start)), "")
    if not found or PurePosixPath(name.lower()).suffix not in _SUFFIXES[found]:
        raise UserError("online.bad_file_type", file=name[:_LONGEST_FILE_NAME])
    return found


def check_file_name(name: str) -> None:
    """Return if a name is only a name: it is shown to people, and never becomes a path.

    Raises:
        UserError: ``online.bad_file_name``.
    """
    is_name = 0 < len(name) <= _LONGEST_FILE_NAME and not set(name) & set('/\\:*?"<>|') and not name.startswith(".")
    if not is_name or name != name.strip() or not _is_plain(name):
        raise UserError("online.bad_file_name")


def check_words(words: str, *, field: str) -> None:
    """Return if a text is words and nothing else.

    Raises:
        UserError: ``online.bad_words`` naming the field, never the text.
    """
    if len(words) > _LONGEST_WORDS or _MARKUP.search(words) or not _is_plain(words.replace("\n", " ")):
        raise UserError("online.bad_words", field=field)


def check_number(number: str) -> None:
    """Return if this can be the number of a request.

    Raises:
        UserError: ``online.bad_number``.
    """
    if not _NUMBER.fullmatch(number) or ".." in number:
        raise UserError("online.bad_number")


def _is_plain(words: str) -> bool:
    return not any(unicodedata.category(char) in ("Cc", "Cs", "Co") or char in _TURNING for char in words)


def line_of(file: SubmittedFile, papers: tuple[Paper, ...]) -> int:
    """Return the line of a checklist, from 1, that a file is meant for, 0 for none of them."""
    if not file.component:
        return 0
    by_code = (line for line, paper in enumerate(papers, start=1) if paper.code == file.component)
    by_name = (line for line, paper in enumerate(papers, start=1) if fold(paper.name) == fold(file.component))
    return next(by_code, 0) or next(by_name, 0)
