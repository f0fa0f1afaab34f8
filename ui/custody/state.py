"""What the hand-over page shows: the list of manifests, and the one in hand."""

from dataclasses import dataclass, field
from enum import StrEnum

from counter_app.domain.manifest import ItemState, Manifest, ManifestState
from counter_app.domain.qr_parts import PartsInHand
from counter_app.services.answers.bags import AcknowledgedBag, BagCount
from counter_app.services.answers.manifests import ManifestItem, ManifestView
from ui.theme.tokens import Tone


class Mode(StrEnum):
    """What is in hand."""

    NONE = "none"
    MAKING = "making"
    """A manifest is about to begin: to whom, in which bag."""
    FILLING = "filling"
    """An open manifest: what is scanned goes on it."""
    SHOWN = "shown"
    """A manifest that was closed or received: it is only read, printed, or shown as codes."""
    COLLECTING = "collecting"
    """The QR codes of a list or an acknowledgement are being scanned, not all of them yet."""
    COUNTING = "counting"
    """A bag is scanned in."""
    CONFIRMING = "confirming"
    """The other desk's acknowledgement is read and waits for the clerk's word."""


class RowState(StrEnum):
    """What a line of the list asks for, in the order of the list; the values name their texts."""

    OPEN = "open"
    COUNTING = "counting"
    ON_THE_WAY = "on_the_way"
    RECEIVED = "received"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandRow:
    """One line of the list: a manifest, or a bag that is being counted. `found` is None where nothing is counted."""

    code: str
    state: RowState
    other: str
    expected: int
    found: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the last scan came to, in words."""

    text: str
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyState:
    """Everything the page shows. `pending` are dossiers that a manifest about to begin will be given."""

    mode: Mode = Mode.NONE
    rows: tuple[HandRow, ...] = ()
    view: ManifestView | None = None
    count: BagCount | None = None
    parts: PartsInHand = field(default_factory=PartsInHand)
    awaited: str = ""
    said_by_other: AcknowledgedBag | None = None
    last: Said | None = None
    last_code: str = ""
    pending: tuple[str, ...] = ()
    password_problem: str = ""
    is_busy: bool = False

    @property
    def code(self) -> str:
        """The code of the manifest in hand, "" for none."""
        manifest = self.manifest
        return manifest.code if manifest is not None else ""

    @property
    def manifest(self) -> Manifest | None:
        """The manifest in hand."""
        if self.count is not None:
            return self.count.manifest
        return self.view.manifest if self.view is not None else None

    @property
    def items(self) -> tuple[ManifestItem, ...]:
        """What stands in the table: whatever has to be settled first, while a bag is being counted."""
        if self.count is not None:
            return tuple(sorted(self.count.items, key=_place))
        return self.view.items if self.view is not None else ()

    @property
    def codes_to_show(self) -> tuple[str, ...]:
        """The texts that the other side scans from this screen."""
        return (self.view.passport or self.view.acknowledgement) if self.view is not None else ()

    @property
    def needs_signature(self) -> bool:
        """Whether F9 signs something now."""
        return self.mode in (Mode.FILLING, Mode.COUNTING, Mode.CONFIRMING)

    @property
    def may_print(self) -> bool:
        """Whether the manifest has a paper by now."""
        return self.mode is Mode.SHOWN and self.view is not None and self.view.state is not ManifestState.OPEN


_PLACES = {ItemState.EXTRA: 0, ItemState.MISSING: 0, ItemState.LISTED: 1}


def _place(item: ManifestItem) -> int:
    return _PLACES.get(item.state, 2)
