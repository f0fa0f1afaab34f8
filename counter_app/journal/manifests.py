"""What an entry about a manifest means in rows. Each entry says all of its manifest: nothing is read here.

Rows are always put in place of those with the same key, so that an executed batch holds one kind of statement a table.
"""

from datetime import datetime
from typing import Any

from counter_app.core.clock import to_millis
from counter_app.domain.manifest import ItemState, Manifest, ManifestState, find_manifest_code
from counter_app.journal.entries import Entry, ManifestChanged, ManifestClosed, ManifestOpened, ManifestReceived
from counter_app.journal.rows import Rows
from counter_app.store.tables import custody


def manifest_opened(rows: Rows, _entry: Entry, body: ManifestOpened) -> None:
    """An empty manifest."""
    rows.replace(custody.manifest, _columns(body.manifest, ManifestState.OPEN))


def manifest_changed(rows: Rows, _entry: Entry, body: ManifestChanged) -> None:
    """Items come and go; one taken off keeps its row."""
    for place, code in enumerate(body.added, start=body.place):
        _put(rows, body.manifest, code, place, ItemState.LISTED)
    for code in body.removed:
        _put(rows, body.manifest, code, 0, ItemState.REMOVED)


def manifest_closed(rows: Rows, _entry: Entry, body: ManifestClosed) -> None:
    """The list stands from now on."""
    rows.replace(custody.manifest, _columns(body.manifest, ManifestState.CLOSED))
    for place, code in enumerate(body.manifest.codes):
        _put(rows, body.manifest.code, code, place, ItemState.LISTED)


def manifest_received(rows: Rows, entry: Entry, body: ManifestReceived) -> None:
    """Each item is as listed, missing or extra; extra ones come after the list."""
    received = {
        "received_at": entry.at >> 16,
        "received_by": body.received_by,
        "received_desk": body.desk_name,
    }
    rows.replace(custody.manifest, _columns(body.manifest, ManifestState.RECEIVED) | received)
    different = {one.code: one for one in body.differences}
    extra = (one.code for one in body.differences if one.state is ItemState.EXTRA)
    for place, code in enumerate((*body.manifest.codes, *extra)):
        found = different.get(code)
        state, reason = (found.state, found.reason) if found is not None else (ItemState.OK, "")
        _put(rows, body.manifest.code, code, place, state, reason)


def _put(rows: Rows, manifest: str, code: str, place: int, state: ItemState, reason: str = "") -> None:
    values = {"manifest_code": manifest, "dossier_code": code, "place": place, "state": state.value, "reason": reason}
    rows.replace(custody.manifest_item, values)


def _columns(manifest: Manifest, state: ManifestState) -> dict[str, Any]:
    code = find_manifest_code(manifest.code)
    return {
        "code": manifest.code,
        "desk_id": manifest.desk_id,
        "epoch": manifest.epoch,
        "day": code.opened_on.isoformat() if code is not None else "",
        "number": code.number if code is not None else 0,
        "kind": manifest.kind.value,
        "state": state.value,
        "giver": manifest.giver,
        "receiver": manifest.receiver,
        "bag": manifest.bag,
        "seal": manifest.seal,
        "opened_at": _millis(manifest.opened_at),
        "closed_at": _millis(manifest.closed_at),
        "closed_by": manifest.closed_by,
        "received_at": None,
        "received_by": "",
        "received_desk": "",
    }


def _millis(at: datetime | None) -> int | None:
    return to_millis(at) if at is not None else None
