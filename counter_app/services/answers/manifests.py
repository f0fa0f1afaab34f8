"""Manifests as pages and the command line show them."""

from datetime import datetime

import msgspec

from counter_app.domain.manifest import Comparison, ItemState, Manifest, ManifestKind, ManifestState


class NewManifest(msgspec.Struct, frozen=True, kw_only=True):
    """A manifest to begin: to whom, in words; bag and seal may follow when it is closed."""

    receiver: str
    kind: ManifestKind = ManifestKind.PAPERS
    bag: str = ""
    seal: str = ""


class Scanned(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What came out of a bag: codes (or slips' QR texts) as scanned, and the reason of each difference by its code.

    `passport`: the parts of the list as the giving desk signed it, needed where this desk does not hold the manifest.
    """

    scanned: tuple[str, ...] = ()
    settled: dict[str, str] = {}
    passport: tuple[str, ...] = ()


class ManifestItem(msgspec.Struct, frozen=True, kw_only=True):
    """One dossier on a manifest; the names are empty where this desk does not hold it."""

    code: str
    state: ItemState
    reason: str = ""
    applicant_name: str = ""
    procedure_name: str = ""


class ManifestView(msgspec.Struct, frozen=True, kw_only=True):
    """A manifest with its items, extra ones last.

    `passport` are the texts, one for each QR, with which the other end receives without any line: of a manifest that
    this desk closed. `acknowledgement` are those with which the giver learns of it: of one that this desk received.
    """

    manifest: Manifest
    state: ManifestState
    items: tuple[ManifestItem, ...] = ()
    received_at: datetime | None = None
    received_by: str = ""
    received_desk: str = ""
    passport: tuple[str, ...] = ()
    acknowledgement: tuple[str, ...] = ()


class ManifestRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a list of manifests."""

    code: str
    kind: ManifestKind
    state: ManifestState
    receiver: str
    count: int


class ReceiptResult(msgspec.Struct, frozen=True, kw_only=True):
    """What receiving came to. While any code is `unsettled` nothing was received and nothing changed."""

    code: str
    is_received: bool
    comparison: Comparison
    unsettled: tuple[str, ...] = ()
    entry_id: str = ""
