"""Whom a desk believes: the province's signed list of desks, and how a new desk gets onto it.

Everything here is a document signed as `counter_app.sync.signed` says, by the province or by the new desk.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from typing import Annotated

import msgspec

from counter_app.core.clock import Instant
from counter_app.core.errors import UserError
from counter_app.domain.unit import Slice, Unit
from counter_app.sync.ports import Acknowledgement
from counter_app.sync.signed import read_signed, read_unproved, sign_document

_ROSTER, _ENROLMENT, _CLAIM = b"counter-app roster 1\x00", b"counter-app enrolment 1\x00", b"counter-app claim 1\x00"
_RECEIPT = b"counter-app receipt 1\x00"


_ID = r"\A[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z"
_AGE_KEY = r"\A(age1[0-9a-z]{58})?\Z"


class DeskKind(StrEnum):
    """What a desk is; and a hall, which a code is given for too, but which writes no journal."""

    DESK = "desk"
    POST = "post"
    HALL = "hall"


class RosterDesk(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A desk of the province. `recipient` is the age key that files for it are sealed to."""

    desk_id: str
    unit_code: str
    name: str
    kind: DeskKind
    public_key: bytes
    number_slice: Slice
    recipient: str = ""
    revoked_at: Instant | None = None
    """From then on nothing of it is taken any more but what the province had of it before: see `ends`."""
    ends: tuple[Acknowledgement, ...] = ()
    """Of a revoked desk: how far the province had each of its chains; nothing on a list of an earlier program."""

    def find_end(self, epoch: int) -> Acknowledgement | None:
        """Return how far the province had a chain of this desk when it was revoked, None where nothing is said."""
        return next((one for one in self.ends if one.epoch == epoch), None)

    def is_on_line(self, epoch: int, seq: int, digest: bytes) -> bool:
        """Whether the end of a batch is not something else than what the province had under that number."""
        end = self.find_end(epoch)
        return end is None or end.seq != seq or end.hash == digest


class RosterHall(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A hall node: desks of its unit may hand it their journals."""

    hall_id: str
    unit_code: str
    name: str
    revoked_at: Instant | None = None


class Roster(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All desks; of two rosters the one with the higher number is in force. `recipient` is the province's age key."""

    number: int
    issued_at: Instant
    desks: tuple[RosterDesk, ...]
    recipient: str = ""
    halls: tuple[RosterHall, ...] = ()

    def find(self, desk_id: str) -> RosterDesk | None:
        """Return a desk by its id."""
        return next((desk for desk in self.desks if desk.desk_id == desk_id), None)

    def get_valid(self, desk_id: str) -> RosterDesk:
        """Return a desk that may ask and give. No clock is asked: a list says who was revoked when it was signed.

        Raises:
            UserError: ``sync.unknown_desk``, ``sync.revoked_desk``.
        """
        desk = self._get(desk_id)
        if desk.revoked_at is not None:
            raise UserError("sync.revoked_desk", desk=desk.name[:40])
        return desk

    def get_writer(self, desk_id: str, epoch: int, last_seq: int) -> RosterDesk:
        """Return a desk whose batch with this last entry is taken: of a revoked one, what the province had before.

        Raises:
            UserError: ``sync.unknown_desk``, ``sync.revoked_desk``.
        """
        desk = self._get(desk_id)
        end = desk.find_end(epoch)
        return desk if end is not None and last_seq <= end.seq else self.get_valid(desk_id)

    def _get(self, desk_id: str) -> RosterDesk:
        desk = self.find(desk_id)
        if desk is None:
            raise UserError("sync.unknown_desk", desk=desk_id[:40])
        return desk


class Enrolment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the province gives somebody who is to make a desk: once, for one desk, until it expires."""

    code: str
    unit: Unit
    desk_name: str
    kind: DeskKind
    number_slice: Slice
    province_key: bytes
    expires_at: Instant
    recipient: str = ""
    url: str = ""


class EnrolmentClaim(msgspec.Struct, frozen=True, kw_only=True):
    """What the new desk answers, signed by the key that it made itself; the code proves that it was invited.

    It chooses its id, as `counter_app.core.ids` makes one; `recipient` is an age key (X25519), "" for none.
    `request` is for the certificate of its line (PKCS #10, PEM): whoever carries the claim cannot put in another.
    """

    code: str
    desk_id: Annotated[str, msgspec.Meta(pattern=_ID)]
    public_key: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    recipient: Annotated[str, msgspec.Meta(pattern=_AGE_KEY)]
    request: bytes


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What the province holds of every chain of a unit, signed: proof of it whoever hands it on."""

    unit_code: str
    issued_at: Instant
    chains: tuple[Acknowledgement, ...]


def sign_roster(roster: Roster, sign: Callable[[bytes], bytes]) -> bytes:
    """Return a roster as its file."""
    return sign_document(roster, _ROSTER, sign)


@lru_cache(maxsize=2)
def read_roster(data: bytes, province_key: bytes) -> Roster:
    """Return the roster of a file; the same one is read once, for it is asked for with every batch.

    Raises:
        UserError: ``sync.bad_roster``: damaged, or not signed by this province.
    """
    return read_signed(data, Roster, _ROSTER, province_key, "sync.bad_roster")


def sign_enrolment(enrolment: Enrolment, sign: Callable[[bytes], bytes]) -> bytes:
    """Return an enrolment as its file, signed by the province."""
    return sign_document(enrolment, _ENROLMENT, sign)


def read_enrolment(data: bytes) -> Enrolment:
    """Return the enrolment of a file. It names the key that signs it: whoever uses it must know where it came from.

    Raises:
        UserError: ``sync.bad_enrolment``.
    """
    unproved = read_unproved(data, Enrolment, "sync.bad_enrolment")
    return read_signed(data, Enrolment, _ENROLMENT, unproved.province_key, "sync.bad_enrolment")


def sign_claim(claim: EnrolmentClaim, sign: Callable[[bytes], bytes]) -> bytes:
    """Return a claim, signed by the new desk's own key."""
    return sign_document(claim, _CLAIM, sign)


def read_claim(data: bytes) -> EnrolmentClaim:
    """Return a claim; that whoever sent it holds the key is proved, that they were invited is the province's to check.

    Raises:
        UserError: ``sync.bad_claim``: also where it names itself as no program of ours does.
    """
    unproved = read_unproved(data, EnrolmentClaim, "sync.bad_claim")
    return read_signed(data, EnrolmentClaim, _CLAIM, unproved.public_key, "sync.bad_claim")


def sign_receipt(receipt: Receipt, sign: Callable[[bytes], bytes]) -> bytes:
    """Return a receipt as what is handed on."""
    return sign_document(receipt, _RECEIPT, sign)


def read_receipt(data: bytes, province_key: bytes) -> Receipt:
    """Return the receipt of what was handed on.

    Raises:
        UserError: ``sync.bad_receipt``: damaged, or not signed by this province.
    """
    return read_signed(data, Receipt, _RECEIPT, province_key, "sync.bad_receipt")
