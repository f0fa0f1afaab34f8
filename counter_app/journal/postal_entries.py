"""The vocabulary of change of the post office: waybills, collected cash, batches, files that went out or came in."""

from datetime import datetime
from typing import ClassVar

from counter_app.domain.postal import Attempt, Collection, Delivery, Waybill
from counter_app.journal.body import Body, OrderedPrint


class WaybillOpened(Body, frozen=True, kw_only=True):
    """A dossier or a result was given to a carrier. For a result the dossier's own entry comes before."""

    KIND: ClassVar[str] = "waybill.opened"
    waybill: Waybill


class WaybillAttempted(Body, frozen=True, kw_only=True):
    """A delivery was tried in vain."""

    KIND: ClassVar[str] = "waybill.attempted"
    number: str
    attempt: Attempt


class WaybillDelivered(Body, frozen=True, kw_only=True):
    """It reached somebody's hands. For a result the dossier's own entry comes before."""

    KIND: ClassVar[str] = "waybill.delivered"
    number: str
    delivery: Delivery


class WaybillReturned(Body, frozen=True, kw_only=True):
    """It came back to the sender. For a result the dossier's own entry comes before."""

    KIND: ClassVar[str] = "waybill.returned"
    number: str
    at: datetime
    reason: str


class WaybillCancelled(Body, frozen=True, kw_only=True):
    """The carrier never got it; its number stays used."""

    KIND: ClassVar[str] = "waybill.cancelled"
    number: str
    at: datetime
    reason: str


class CodCollected(Body, frozen=True, kw_only=True):
    """The cash of a delivery was taken from the carrier, under a number of its own."""

    KIND: ClassVar[str] = "cod.collected"
    collection: Collection


class CodCancelled(Body, frozen=True, kw_only=True):
    """A record of collected cash counts no more. It keeps its number."""

    KIND: ClassVar[str] = "cod.cancelled"
    code: str
    clerk_name: str
    reason: str


class BatchReceived(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Dossiers handed in together were received; each has its own entry before. `prints` is their common receipt.

    `source` is the SHA-256 of the file they came from, "" where they were typed.
    """

    KIND: ClassVar[str] = "batch.received"
    id: str
    dossier_ids: tuple[str, ...]
    codes: tuple[str, ...]
    source: str = ""
    refused: int = 0
    """Lines that stayed outside, each with its reason shown at the time."""
    prints: tuple[OrderedPrint, ...] = ()


class PostFileWritten(Body, frozen=True, kw_only=True):
    """A list with personal data left for a carrier; the entry says who, when and how much, and nobody's name."""

    KIND: ClassVar[str] = "post_file.written"
    suffix: str
    waybills: int
    orders: int


class PostFileRead(Body, frozen=True, kw_only=True):
    """A carrier's file was read and changed something."""

    KIND: ClassVar[str] = "post_file.read"
    digest: str
    accepted: int
    unchanged: int
    doubtful: int


POSTAL_BODIES: tuple[type[Body], ...] = (
    WaybillOpened,
    WaybillAttempted,
    WaybillDelivered,
    WaybillReturned,
    WaybillCancelled,
    CodCollected,
    CodCancelled,
    BatchReceived,
    PostFileWritten,
    PostFileRead,
)
