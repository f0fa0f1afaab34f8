"""Known people as lists and pages show them."""

from datetime import datetime

import msgspec

from counter_app.domain.person import DoubleReason, Party, PartyRole
from counter_app.services.answers.dossiers import DossierRow


class PersonRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the list of people: what is known of everybody shown under `key`, with all their dossiers."""

    key: str
    party: Party
    dossier_count: int
    merged_count: int = 0
    """How many others are shown under it."""


class PersonPlace(msgspec.Struct, frozen=True):
    """Where a page of the list ended; the next one begins after it."""

    order_key: bytes
    key: str


class PersonDossier(msgspec.Struct, frozen=True, kw_only=True):
    """A dossier of a person, and as what it names that person."""

    row: DossierRow
    role: PartyRole


class PersonMember(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is shown under a person, or that person: what the dossiers under its own key say."""

    key: str
    party: Party
    dossier_count: int
    merged_into: str | None


class PersonLink(msgspec.Struct, frozen=True, kw_only=True):
    """A merge, or its undoing, as it stands in the journal."""

    at: datetime
    clerk_name: str
    kept: str
    other: str
    is_merge: bool
    reason: str


class PersonDouble(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may be the same, and why."""

    person: PersonRow
    reasons: tuple[DoubleReason, ...]


class DoublePair(msgspec.Struct, frozen=True, kw_only=True):
    """Two people who may be one."""

    first: PersonRow
    second: PersonRow
    reasons: tuple[DoubleReason, ...]


class PersonView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the page of a person shows."""

    person: PersonRow
    members: tuple[PersonMember, ...]
    dossiers: tuple[PersonDossier, ...]
    links: tuple[PersonLink, ...]
    doubles: tuple[PersonDouble, ...]
