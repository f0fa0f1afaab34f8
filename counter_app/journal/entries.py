"""The vocabulary of change: each kind of entry, typed and versioned.

A kind's fields never change meaning. A new meaning is a new version; readers keep every old one.
"""

from datetime import date, datetime
from operator import attrgetter
from typing import Annotated, Any, ClassVar

import msgspec

from counter_app.core.clock import from_millis
from counter_app.core.errors import BugError, EnvironmentFailure
from counter_app.domain.actions.facts import NO_FACTS, ActionFacts
from counter_app.domain.actions.state import Handed
from counter_app.domain.actions.table import Action
from counter_app.domain.correction import Correction
from counter_app.domain.document import ContentCause, Document, DocumentContent, StatedFact
from counter_app.domain.dossier import Dossier, DueDate
from counter_app.domain.forms.subjects import Subject
from counter_app.domain.manifest import Difference, Manifest
from counter_app.domain.procedure import Procedure
from counter_app.domain.unit import Clerk, Desk, Slice, Unit
from counter_app.domain.working_time import DayOverride
from counter_app.journal.body import Body, OrderedPrint
from counter_app.journal.exchange_entries import EXCHANGE_BODIES
from counter_app.journal.postal_entries import POSTAL_BODIES

__all__ = ["BODIES", "Body", "Entry", "OrderedPrint", "decode_body", "encode_body"]


class DeskEnrolled(Body, frozen=True, kw_only=True):
    """This desk came into service; first entry of its first epoch."""

    KIND: ClassVar[str] = "desk.enrolled"
    unit: Unit
    desk: Desk
    part: Slice


class EpochStarted(Body, frozen=True, kw_only=True):
    """A restored or copied store goes on under a new epoch, with its own part of the slice; first entry of it."""

    KIND: ClassVar[str] = "epoch.started"
    desk_id: str
    epoch: int
    part: Slice
    reason: str
    previous_seq: int
    previous_hash: bytes


class EpochForked(EpochStarted, frozen=True, kw_only=True):
    """Two machines wrote one journal: the next `moved` entries stood in another epoch after another entry's hash.

    They follow as they were but for their place: the first of them had number `forked_seq` + 1 of `forked_epoch`.
    """

    VERSION: ClassVar[int] = 2
    forked_epoch: int
    forked_seq: int
    forked_hash: bytes
    moved: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class UnitSaved(Body, frozen=True, kw_only=True):
    """A unit was added or its particulars changed."""

    KIND: ClassVar[str] = "unit.saved"
    unit: Unit


class ClerkSaved(Body, frozen=True, kw_only=True):
    """A clerk was added or changed. Passwords are never journalled."""

    KIND: ClassVar[str] = "clerk.saved"
    clerk: Clerk


class ProcedurePublished(Body, frozen=True, kw_only=True):
    """A version of a procedure is in force from its date."""

    KIND: ClassVar[str] = "procedure.published"
    procedure: Procedure


class CalendarSet(Body, frozen=True, kw_only=True):
    """Days of the table that wins over the holiday calendar were set."""

    KIND: ClassVar[str] = "calendar.set"
    days: tuple[DayOverride, ...]


class DossierReceived(Body, frozen=True, kw_only=True):
    """An intake ended: the dossier as received, the number it took, and the paper that was ordered."""

    KIND: ClassVar[str] = "dossier.received"
    dossier: Dossier
    number: int
    numbered_on: date
    prints: tuple[OrderedPrint, ...] = ()


class PrintOrdered(Body, frozen=True, kw_only=True):
    """A paper of one dossier was printed again, with the reason (as written before papers about lists and periods)."""

    KIND: ClassVar[str] = "print.ordered"
    dossier_id: str
    ordered: OrderedPrint


class PaperOrdered(Body, frozen=True, kw_only=True):
    """A paper was ordered: about a dossier, several, or a period. A further printing has its reason.

    `name` tells the subject from others where it is not one dossier.
    """

    KIND: ClassVar[str] = "print.ordered"
    VERSION: ClassVar[int] = 2
    about: Subject
    ordered: OrderedPrint
    name: str = ""


class DossierActed(Body, frozen=True, kw_only=True, omit_defaults=True):
    """An action of the table was done with a dossier.

    `due` is the due date that holds afterwards, None where the action moved nothing: it follows from the unit's
    calendar of that day and is not computed again. `desk_name` is the desk that did it.
    """

    KIND: ClassVar[str] = "dossier.acted"
    dossier_id: str
    action: Action
    desk_name: str
    facts: ActionFacts = NO_FACTS
    due: DueDate | None = None
    prints: tuple[OrderedPrint, ...] = ()


class DossierActedEarlier(DossierActed, frozen=True, kw_only=True, omit_defaults=True):
    """An action that was journalled later than it was done: `happened_at` counts, not when the entry was written."""

    VERSION: ClassVar[int] = 2
    happened_at: datetime


class DossierCorrected(Body, frozen=True, kw_only=True):
    """Facts of an intake were put right, field by field; what they were before is said as well."""

    KIND: ClassVar[str] = "dossier.corrected"
    dossier_id: str
    correction: Correction


class SlipKeyTrusted(Body, frozen=True, kw_only=True):
    """An administrator vouched for another desk's key, so that its slips can be checked here."""

    KIND: ClassVar[str] = "slip_key.trusted"
    public_key: bytes
    unit_code: str
    unit_name: str
    desk_name: str


class PaperHanded(Body, frozen=True, kw_only=True, omit_defaults=True):
    """The paper of a dossier changed hands by a manifest, whatever its status (as written before results were told
    apart: one of results moved the paper as well, and the result stayed where it was).
    """

    KIND: ClassVar[str] = "dossier.handed"
    dossier_id: str
    manifest: str
    receiver: str
    note: str = ""


class DossierHanded(Body, frozen=True, kw_only=True, omit_defaults=True):
    """The paper of a dossier, its result or both changed hands without an action of the table, whatever its status.

    `desk_name` is the desk that wrote it: where it is the receiver, a result lies there for its owner. `giver` "" is
    whoever had it last. `manifest` is the one it went by, "" where it went by none.
    """

    KIND: ClassVar[str] = "dossier.handed"
    VERSION: ClassVar[int] = 2
    dossier_id: str
    what: Handed
    receiver: str
    desk_name: str
    giver: str = ""
    manifest: str = ""
    note: str = ""


class PersonMerged(Body, frozen=True, kw_only=True):
    """Two known people, by their keys (`person.key_of`), are one; both are shown under the one that is kept."""

    KIND: ClassVar[str] = "person.merged"
    kept: str
    other: str
    reason: str


class PersonSplit(Body, frozen=True, kw_only=True):
    """A merge was wrong: the other is somebody of their own again, with everybody who had come along."""

    KIND: ClassVar[str] = "person.split"
    kept: str
    other: str
    reason: str


class ManifestOpened(Body, frozen=True, kw_only=True):
    """A manifest was begun under its own number; `manifest.desk_id` and `epoch` say in whose part that is."""

    KIND: ClassVar[str] = "manifest.opened"
    manifest: Manifest
    number: int
    numbered_on: date


class ManifestChanged(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Dossiers were put on an open manifest (`place` is that of the first), or taken off it again."""

    KIND: ClassVar[str] = "manifest.changed"
    manifest: str
    added: tuple[str, ...] = ()
    place: int = 0
    removed: tuple[str, ...] = ()


class ManifestClosed(Body, frozen=True, kw_only=True, omit_defaults=True):
    """The giver handed the listed papers over; each dossier's own entry follows.

    `by_password`: the clerk gave the password for it, beyond being signed in.
    """

    KIND: ClassVar[str] = "manifest.closed"
    manifest: Manifest
    by_password: bool = False


class ManifestReceived(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Everything was scanned in at the other end and every difference has its reason.

    `passport` is what another desk signed: its list where this desk knew the manifest from that alone, or its
    acknowledgement at the desk that gave the manifest.
    """

    KIND: ClassVar[str] = "manifest.received"
    manifest: Manifest
    desk_name: str
    received_by: str
    differences: tuple[Difference, ...] = ()
    by_password: bool = False
    passport: bytes = b""


class ListExported(Body, frozen=True, kw_only=True):
    """A list of dossiers left the store as a file: how many rows, which columns, by which filter (as JSON).

    A search is not told by its words, which may be somebody's name.
    """

    KIND: ClassVar[str] = "list.exported"
    rows: int
    columns: tuple[str, ...]
    wanted: str = ""
    is_search: bool = False


class DocumentAttached(Body, frozen=True, kw_only=True):
    """A digitised paper was put to a dossier; its file is in the vault already."""

    KIND: ClassVar[str] = "document.attached"
    document: Document


class DocumentRenewed(Body, frozen=True, kw_only=True, omit_defaults=True):
    """A document has another file; every earlier one is kept. `reason` is why a page went to another place."""

    KIND: ClassVar[str] = "document.renewed"
    document_id: str
    dossier_id: str
    content: DocumentContent
    cause: ContentCause
    reason: str = ""


class DocumentWithdrawn(Body, frozen=True, kw_only=True):
    """A document was put to the wrong dossier or line: it no longer counts, and stays readable."""

    KIND: ClassVar[str] = "document.withdrawn"
    document_id: str
    dossier_id: str
    reason: str


class DocumentDescribed(Body, frozen=True, kw_only=True):
    """The entry's clerk took facts of a document from its paper, or typed them; what stood before stays readable."""

    KIND: ClassVar[str] = "document.described"
    document_id: str
    dossier_id: str
    stated: tuple[StatedFact, ...]


class DocumentValidityDescribed(DocumentDescribed, frozen=True, kw_only=True):
    """Facts of a document, and among them until when it is valid, which programs before could not state."""

    VERSION: ClassVar[int] = 2


BODIES: dict[tuple[str, int], type[Body]] = {
    (body.KIND, body.VERSION): body
    for body in (
        DeskEnrolled,
        EpochStarted,
        EpochForked,
        UnitSaved,
        ClerkSaved,
        ProcedurePublished,
        CalendarSet,
        DossierReceived,
        PrintOrdered,
        PaperOrdered,
        DossierActed,
        DossierActedEarlier,
        DossierCorrected,
        SlipKeyTrusted,
        PaperHanded,
        DossierHanded,
        PersonMerged,
        PersonSplit,
        ManifestOpened,
        ManifestChanged,
        ManifestClosed,
        ManifestReceived,
        ListExported,
        DocumentAttached,
        DocumentRenewed,
        DocumentWithdrawn,
        DocumentDescribed,
        DocumentValidityDescribed,
    )
}
BODIES |= {(body.KIND, body.VERSION): body for body in (*POSTAL_BODIES, *EXCHANGE_BODIES)}


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One link of a desk's chain. `at` is a hybrid logical clock: milliseconds since 1970 << 16 | counter.

    `id` stands once in its desk's journal; what another desk gave the same id is another entry.
    """

    id: str
    desk: str
    epoch: int
    seq: int
    at: int
    clerk: str
    kind: str
    version: int
    subject: str
    body: bytes
    prev_hash: bytes
    hash: bytes

    @property
    def instant(self) -> datetime:
        """When it was written, UTC."""
        return from_millis(self.at >> 16)


_NAMES = Entry.__struct_fields__
_values = attrgetter(*_NAMES)


def entry_of(row: object) -> Entry:
    """Return the entry of a row of the journal table."""
    return Entry(**dict(zip(_NAMES, _values(row), strict=True)))


_encoder = msgspec.json.Encoder(order="deterministic")
_decoders: dict[type[Body], msgspec.json.Decoder[Any]] = {body: msgspec.json.Decoder(body) for body in BODIES.values()}


def encode_body(body: Body) -> bytes:
    """Return the canonical bytes of a body: JSON with sorted keys. Equal bodies give equal bytes."""
    return _encoder.encode(body)


def decode_body(kind: str, version: int, data: bytes) -> Body:
    """Return the typed body.

    Raises:
        EnvironmentFailure: ``journal.unknown_kind``, written by a newer program.
        BugError: ``journal.bad_body``, which `verify` would have found first.
    """
    body_type = BODIES.get((kind, version))
    if body_type is None:
        raise EnvironmentFailure("journal.unknown_kind", kind=kind, version=version)
    try:
        body: Body = _decoders[body_type].decode(data)
    except (msgspec.MsgspecError, RecursionError) as exc:
        raise BugError("journal.bad_body", kind=kind) from exc
    return body
