"""Papers that pass through a hall: sealed to the desks of the unit and to the province, so that the hall reads none.

A sealed paper is a file of age for several receivers. Who opens it checks the content against the SHA-256 that a signed
entry names, as of any paper; the SHA-256 of the sealed file itself only tells whether all of it came. Sealing twice
gives two different files, so a desk seals once and goes on with that file after a cut.
"""

import hashlib
from collections.abc import Sequence
from typing import Annotated, Any, BinaryIO, Protocol

import msgspec

from counter_app.core.errors import EnvironmentFailure
from counter_app.sync.age_headers import MOST_RECEIVERS, has_short_header
from counter_app.sync.papers import CHUNK_BYTES, MOST_ASKED, MOST_PAPER_BYTES, PaperName
from counter_app.sync.roster import Roster

#: What age adds: a tag for each piece of 64 KiB, and a line or two for each receiver.
_MOST_ADDED_BYTES = 2 * 1024 * 1024
MOST_SEALED_BYTES = MOST_PAPER_BYTES + _MOST_ADDED_BYTES

_Sha256 = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
_Offset = Annotated[int, msgspec.Meta(ge=0, le=MOST_SEALED_BYTES)]


class SealedName(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed paper: which paper is in it, what the sealed file is; `sealed_for` tells lists of receivers apart."""

    paper: PaperName
    sha256: _Sha256
    size_bytes: Annotated[int, msgspec.Meta(ge=1, le=MOST_SEALED_BYTES)]
    sealed_for: _Sha256


class SealedAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a hall has these papers from the asker, sealed for these receivers."""

    papers: Annotated[list[PaperName], msgspec.Meta(max_length=MOST_ASKED)]
    sealed_for: _Sha256


class SealedPart(msgspec.Struct, frozen=True, kw_only=True):
    """Some bytes of a sealed paper from `offset` on; without any it asks where to go on.

    `is_confirmed`: the province has told the desk that gives it that it has the paper.
    """

    name: SealedName
    offset: _Offset = 0
    data: Annotated[bytes, msgspec.Meta(max_length=CHUNK_BYTES)] = b""
    is_confirmed: bool = False


class SealedWanted(msgspec.Struct, frozen=True, kw_only=True):
    """From where on bytes of a sealed file are wanted."""

    sha256: _Sha256
    offset: _Offset


class SealedLine(Protocol):
    """A hall that keeps papers. Calls block; failures are those of `counter_app.sync.ports.Line`."""

    def list_kept(self, asked: SealedAsked) -> list[int]:
        """Return `HELD` for each paper that is there whole from this desk, 0 for the others."""
        ...

    def put_part(self, part: SealedPart) -> int:
        """Carry the next part and return how much is there then: `HELD`, or from which offset it goes on."""
        ...

    def list_copies(self, paper: PaperName) -> list[SealedName]:
        """Return the sealed files of a paper, each by another desk."""
        ...

    def read_part(self, wanted: SealedWanted) -> bytes:
        """Return the next bytes of a sealed file, none at its end."""
        ...


def list_recipients(roster: Roster, unit_code: str) -> list[str]:
    """Return to whom a unit's papers are sealed; nobody where the province could not open them, or where too many."""
    if not _is_key(roster.recipient):
        return []
    desks = (desk for desk in roster.desks if desk.unit_code == unit_code and desk.revoked_at is None)
    found = sorted({roster.recipient, *(desk.recipient for desk in desks if _is_key(desk.recipient))})
    return found if len(found) <= MOST_RECEIVERS else []


def _is_key(recipient: str) -> bool:
    """Whether something can be sealed to it: a desk names its key itself, and a bad one harms no other desk."""
    import pyrage

    try:
        pyrage.x25519.Recipient.from_str(recipient)
    except pyrage.RecipientError:
        return False
    return True


def digest_of(recipients: Sequence[str]) -> bytes:
    """Return what tells one list of receivers from another."""
    return hashlib.sha256("\n".join(recipients).encode()).digest()


def seal_paper(content: Any, target: BinaryIO, recipients: Sequence[str]) -> None:
    """Write a paper that is read from a stream sealed to another one; memory stays at a piece.

    Raises:
        EnvironmentFailure: ``vault.damaged``: it could not be read to its end.
    """
    import pyrage

    try:
        pyrage.encrypt_io(content, target, [pyrage.x25519.Recipient.from_str(one) for one in recipients])
    except (pyrage.EncryptError, OSError) as exc:
        raise EnvironmentFailure("vault.damaged") from exc


def open_paper(sealed: bytes, paper: PaperName, identity: str) -> bytes | None:
    """Return the paper in a sealed file; None where it is not for this identity, or is not that paper."""
    import pyrage

    if not has_short_header(sealed):
        return None
    try:
        content: bytes = pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(identity)])
    except pyrage.DecryptError:
        return None
    is_it = len(content) == paper.size_bytes and hashlib.sha256(content).digest() == paper.sha256
    return content if is_it else None
