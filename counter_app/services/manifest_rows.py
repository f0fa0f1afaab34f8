"""Reading manifests from their rows, for the services that show, print and change them."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, and_, func, select

from counter_app.core.clock import from_millis
from counter_app.core.errors import UserError
from counter_app.domain.manifest import (
    ItemState,
    Manifest,
    ManifestKind,
    ManifestState,
    looks_like_manifest_code,
    parse_manifest_code,
)
from counter_app.services.answers.dossiers import DossierManifest
from counter_app.services.answers.manifests import ManifestItem, ManifestRow, ManifestView
from counter_app.store.tables import custody, dossiers

_ITEMS = (
    select(custody.manifest_item, dossiers.dossier.c.applicant_name, dossiers.dossier.c.procedure_name)
    .join(dossiers.dossier, dossiers.dossier.c.code == custody.manifest_item.c.dossier_code, isouter=True)
    .where(custody.manifest_item.c.state != ItemState.REMOVED.value)
)


def normalise_manifest_code(text: str) -> str:
    """Return a manifest's code as stored, whatever else as it is but for blanks around it."""
    return parse_manifest_code(text).format() if looks_like_manifest_code(text) else text.strip()


def get_manifest(connection: Connection, code: str) -> ManifestView:
    """Return a manifest with its items; without a passport, which needs the desk's key.

    Raises:
        UserError: ``manifest.unknown_code``.
    """
    found = find_manifest(connection, code)
    if found is None:
        raise UserError("manifest.unknown_code", code=code[:40])
    return found


def find_manifest(connection: Connection, code: str) -> ManifestView | None:
    """Return a manifest with its items, None when this store does not hold it."""
    wanted = normalise_manifest_code(code)
    table = custody.manifest
    row = connection.execute(select(table).where(table.c.code == wanted)).one_or_none()
    if row is None:
        return None
    item = custody.manifest_item.c
    query = _ITEMS.where(item.manifest_code == wanted).order_by(item.place, item.dossier_code)
    items = tuple(_item(one) for one in connection.execute(query))
    return ManifestView(
        manifest=_manifest(row, items),
        state=ManifestState(row.state),
        items=items,
        received_at=from_millis(row.received_at) if row.received_at is not None else None,
        received_by=row.received_by,
        received_desk=row.received_desk,
    )


def items_of(connection: Connection, codes: Iterable[str]) -> tuple[ManifestItem, ...]:
    """Return dossiers as the items of a list, in this order, with their names where this store holds them."""
    wanted = tuple(codes)
    table = dossiers.dossier.c
    query = select(table.code, table.applicant_name, table.procedure_name).where(table.code.in_(wanted))
    names = {row.code: (row.applicant_name, row.procedure_name) for row in connection.execute(query)}
    return tuple(
        ManifestItem(code=code, state=ItemState.LISTED, applicant_name=applicant, procedure_name=procedure)
        for code in wanted
        for applicant, procedure in (names.get(code, ("", "")),)
    )


def list_manifests(connection: Connection, *, state: ManifestState | None, limit: int) -> tuple[ManifestRow, ...]:
    """Return manifests, the newest first."""
    table, item = custody.manifest.c, custody.manifest_item.c
    query = (
        select(table.code, table.kind, table.state, table.receiver, func.count(item.dossier_code).label("items"))
        .join(
            custody.manifest_item,
            and_(item.manifest_code == table.code, item.state.not_in([ItemState.REMOVED.value, ItemState.EXTRA.value])),
            isouter=True,
        )
        .group_by(table.code)
        .order_by(table.day.desc(), table.code.desc())
        .limit(limit)
    )
    if state is not None:
        query = query.where(table.state == state.value)
    return tuple(
        ManifestRow(
            code=row.code,
            kind=ManifestKind(row.kind),
            state=ManifestState(row.state),
            receiver=row.receiver,
            count=row.items,
        )
        for row in connection.execute(query)
    )


def list_manifests_of(connection: Connection, dossier_code: str) -> tuple[DossierManifest, ...]:
    """Return the manifests that a dossier is or was on, oldest first, with what became of it there."""
    table, item = custody.manifest.c, custody.manifest_item.c
    query = (
        select(table.code, table.state, item.state.label("item_state"))
        .join(custody.manifest_item, item.manifest_code == table.code)
        .where(item.dossier_code == dossier_code, item.state != ItemState.REMOVED.value)
        .order_by(table.day, table.code)
    )
    return tuple(
        DossierManifest(code=row.code, state=ManifestState(row.state), item_state=ItemState(row.item_state))
        for row in connection.execute(query)
    )


def find_open_manifest_of(connection: Connection, dossier_code: str, *, kind: ManifestKind | None = None) -> str | None:
    """Return the code of the open manifest, of this kind or of any, that lists a dossier."""
    table, item = custody.manifest.c, custody.manifest_item.c
    query = (
        select(table.code)
        .join(custody.manifest_item, item.manifest_code == table.code)
        .where(
            item.dossier_code == dossier_code,
            item.state == ItemState.LISTED.value,
            table.state == ManifestState.OPEN.value,
        )
    )
    if kind is not None:
        query = query.where(table.kind == kind.value)
    found: str | None = connection.execute(query.limit(1)).scalar()
    return found


def next_place(connection: Connection, code: str) -> int:
    """Return the place after every item that is or was on a manifest."""
    item = custody.manifest_item.c
    last: int | None = connection.execute(select(func.max(item.place)).where(item.manifest_code == code)).scalar()
    return 0 if last is None else last + 1


def last_number(connection: Connection, *, desk_id: str, epoch: int, day: str) -> int | None:
    """Return the highest manifest number that an epoch of a desk gave on a local day."""
    table = custody.manifest.c
    query = select(func.max(table.number)).where(table.desk_id == desk_id, table.epoch == epoch, table.day == day)
    found: int | None = connection.execute(query).scalar()
    return found


def _item(row: Any) -> ManifestItem:
    return ManifestItem(
        code=row.dossier_code,
        state=ItemState(row.state),
        reason=row.reason,
        applicant_name=row.applicant_name or "",
        procedure_name=row.procedure_name or "",
    )


def _manifest(row: Any, items: tuple[ManifestItem, ...]) -> Manifest:
    return Manifest(
        code=row.code,
        kind=ManifestKind(row.kind),
        giver=row.giver,
        receiver=row.receiver,
        desk_id=row.desk_id,
        epoch=row.epoch,
        bag=row.bag,
        seal=row.seal,
        opened_at=from_millis(row.opened_at) if row.opened_at is not None else None,
        closed_at=from_millis(row.closed_at) if row.closed_at is not None else None,
        closed_by=row.closed_by,
        codes=tuple(item.code for item in items if item.state is not ItemState.EXTRA),
    )
