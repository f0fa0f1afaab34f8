"""Signed bytes as text for one or several QR codes: ``<mark>:<digest>:<part>:<of>:<data>``.

The parts' data, put together, are base32 (RFC 4648, no padding). Only characters of the alphanumeric set of QR codes
(ISO/IEC 18004) are used, which packs two of them into eleven bits; a part has at most `MOST_CHARACTERS`, which fits
version 25 with error correction M. The digest (40 bits) tells the parts of one text from another's; it proves nothing.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from counter_app.core.errors import UserError

MOST_CHARACTERS = 1_200
_MOST_PARTS = 99
_PART = re.compile(
    r"(?P<mark>[A-Z0-9]{5}):(?P<digest>[A-Z2-7]{8}):(?P<part>[0-9]{1,2}):(?P<of>[0-9]{1,2}):(?P<data>[A-Z2-7]+)"
)
_HEADER = len("QMCX1:ABCDEFGH:99:99:")
_DIGEST_BYTES = 5


def split_parts(mark: str, data: bytes) -> tuple[str, ...]:
    """Return the texts in order, each fit for one QR; equal bytes give equal texts.

    Raises:
        UserError: ``manifest.passport_too_long``.
    """
    text, digest = _base32(data), _digest(data)
    size = MOST_CHARACTERS - _HEADER
    chunks = [text[start : start + size] for start in range(0, len(text), size)]
    if len(chunks) > _MOST_PARTS:
        raise UserError("manifest.passport_too_long")
    return tuple(f"{mark}:{digest}:{n}:{len(chunks)}:{chunk}" for n, chunk in enumerate(chunks, start=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class PartsInHand:
    """The parts of one text as they are scanned one after the other, in any order."""

    mark: str = ""
    digest: str = ""
    total: int = 0
    texts: Mapping[int, str] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether every part is here."""
        return 0 < self.total == len(self.texts)

    def with_text(self, text: str) -> "PartsInHand":
        """Return them with what was scanned, one part or several between blanks; one scanned again does no harm.

        The first part of another text begins anew: whoever scans it has taken up another paper.

        Raises:
            UserError: ``manifest.passport_damaged`` for anything that is no part.
        """
        found = self
        for word in text.split():
            match = _PART.fullmatch(word.upper())
            if match is None or not 1 <= int(match["part"]) <= int(match["of"]):
                raise UserError("manifest.passport_damaged")
            found = found._with(match)
        return found

    def _with(self, match: re.Match[str]) -> "PartsInHand":
        mark, digest, total = match["mark"], match["digest"], int(match["of"])
        is_same = (mark, digest, total) == (self.mark, self.digest, self.total)
        texts = {**(self.texts if is_same else {}), int(match["part"]): match.group()}
        return PartsInHand(mark=mark, digest=digest, total=total, texts=dict(sorted(texts.items())))


def join_parts(mark: str, texts: Iterable[str]) -> bytes:
    """Return the bytes of parts in any order, repeated or not, several in one text between blanks.

    Raises:
        UserError: ``manifest.passport_damaged``, ``manifest.passport_mixed`` for parts of several texts,
            ``manifest.passport_incomplete`` with the first ``part`` that lacks and how many there are.
    """
    matches = [_PART.fullmatch(word.upper()) for text in texts for word in text.split()]
    found = [match for match in matches if match is not None and match["mark"] == mark]
    if not found or len(found) != len(matches):
        raise UserError("manifest.passport_damaged")
    if len({(match["digest"], match["of"]) for match in found}) > 1:
        raise UserError("manifest.passport_mixed")
    parts = {int(match["part"]): match["data"] for match in found}
    total = int(found[0]["of"])
    lacking = next((part for part in range(1, total + 1) if part not in parts), None)
    if lacking is not None:
        raise UserError("manifest.passport_incomplete", part=lacking, total=total)
    return _decode("".join(parts[part] for part in range(1, total + 1)), found[0]["digest"])


def _decode(text: str, digest: str) -> bytes:
    try:
        data = base64.b32decode(text + "=" * (-len(text) % 8))
    except ValueError as exc:
        raise UserError("manifest.passport_damaged") from exc
    # One spelling only: what was changed on its way never counts as the same text.
    if _base32(data) != text or _digest(data) != digest:
        raise UserError("manifest.passport_damaged")
    return data


def _digest(data: bytes) -> str:
    return _base32(hashlib.sha256(data).digest()[:_DIGEST_BYTES])


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=")
