"""A bag that is being counted, as the hand-over page shows it."""

from enum import StrEnum

import msgspec

from counter_app.domain.manifest import Difference, ItemState, Manifest
from counter_app.services.answers.manifests import ManifestItem


class ScanOutcome(StrEnum):
    """What scanning one dossier out of a bag came to; the values name their texts."""

    OK = "ok"
    AGAIN = "again"
    """It was scanned before: nothing changes, but two papers with one code deserve a look."""
    EXTRA = "extra"


class BagCount(msgspec.Struct, frozen=True, kw_only=True):
    """A manifest that is being scanned in.

    Items are LISTED until they are scanned, then OK; EXTRA ones come last. Once `is_counted` says that the bag is
    empty, what is still not scanned is MISSING.
    """

    manifest: Manifest
    items: tuple[ManifestItem, ...]
    is_counted: bool = False

    @property
    def code(self) -> str:
        """The manifest's code."""
        return self.manifest.code

    @property
    def expected(self) -> int:
        """How many dossiers are listed."""
        return len(self.manifest.codes)

    @property
    def found(self) -> int:
        """How many of those listed were scanned."""
        return self.count(ItemState.OK)

    @property
    def differences(self) -> tuple[ManifestItem, ...]:
        """Whatever is missing or extra."""
        return tuple(item for item in self.items if item.state in (ItemState.MISSING, ItemState.EXTRA))

    @property
    def unsettled(self) -> tuple[ManifestItem, ...]:
        """The differences that lack a reason."""
        return tuple(item for item in self.differences if not item.reason)

    def count(self, state: ItemState) -> int:
        """How many items are in a state."""
        return sum(1 for item in self.items if item.state is state)


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What one scan came to, and the count after it."""

    count: BagCount
    item: ManifestItem
    outcome: ScanOutcome


class BagRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the list of bags that are being counted."""

    code: str
    giver: str
    found: int
    expected: int


class AcknowledgedBag(msgspec.Struct, frozen=True, kw_only=True):
    """What a trusted desk says it received of a manifest of this desk; nothing was changed by reading it."""

    code: str
    received_by: str
    received_desk: str
    differences: tuple[Difference, ...]
