"""Update packs that the province offers its desks: checked as a desk checks them, to a share of the desks first.

The province can withhold a pack and say who gets it first; it cannot make one. The files lie with the papers, by their
content.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from counter_app.core.errors import UserError
from counter_app.province.database import Connection
from counter_app.province.locks import Lock
from counter_app.store.paper_folder import PaperKeeping
from counter_app.sync.updates import UpdateAsked, UpdateOffer, UpdatePart
from counter_app.update.pack import PackList, check_payload, read_list
from counter_app.update.release_key import list_release_keys
from counter_app.update.staging import is_chosen
from counter_app.update.version import numbers_of

_PIECE = 1024 * 1024
_NOTHING = UpdateOffer()


class OfferedUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """A pack and for how many desks in a hundred it is now; 0 for none."""

    version: str
    platform: str
    share: int
    size_bytes: int
    offered_at: datetime


def offer(connection: Connection, keeping: PaperKeeping, path: Path, *, share: int, now: datetime) -> OfferedUpdate:
    """Lay a pack down and offer it, in the caller's transaction. Never for more desks than its maker allowed.

    Raises:
        UserError: ``update.no_file``, ``update.damaged``, ``update.not_signed``, ``update.no_key``, ``update.unfit``;
            ``update.other_file``: another file of this version was offered before.
        EnvironmentFailure: disk.
    """
    try:
        with path.open("rb") as stream:
            listed = read_list(stream, list_release_keys())
            check_payload(stream, listed)
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (Lock.LAYING_DOWN_UPDATE,))
        sha256 = _keep(keeping, path)
    except OSError as exc:
        raise UserError("update.no_file", file=path.name) from exc
    return _note(connection, listed, sha256, path.stat().st_size, share=share, now=now)


def _keep(keeping: PaperKeeping, path: Path) -> bytes:
    with path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").digest()
    name, is_whole = f"update-{sha256.hex()}", keeping.holds(sha256)
    while not is_whole:  # what a command that was broken off left of it may be damaged: then it is gone, and all comes
        with path.open("rb") as stream:
            stream.seek(keeping.size_of_part(name))
            while piece := stream.read(_PIECE):
                keeping.append(name, piece)
        is_whole = keeping.finish(name, sha256)
    return sha256


def _note(
    connection: Connection, listed: PackList, sha256: bytes, size_bytes: int, *, share: int, now: datetime
) -> OfferedUpdate:
    row = connection.execute(
        "INSERT INTO program_update VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (platform, version) DO UPDATE SET share = excluded.share"
        " WHERE program_update.sha256 = excluded.sha256 RETURNING *",
        (
            listed.version,
            listed.platform,
            listed.minimum_version,
            sha256,
            size_bytes,
            listed.share,
            min(share, listed.share),
            now,
        ),
    ).fetchone()
    if row is None:
        raise UserError("update.other_file", version=listed.version)
    return _offered(row)


def set_share(connection: Connection, version: str, share: int) -> list[OfferedUpdate]:
    """Offer a version to more desks, to fewer or, with 0, to none; those that have fetched it keep it.

    Raises:
        UserError: ``update.not_offered``.
    """
    rows = connection.execute(
        "UPDATE program_update SET share = least(%s, most_share) WHERE version = %s RETURNING *", (share, version)
    ).fetchall()
    if not rows:
        raise UserError("update.not_offered", version=version[:20])
    return sorted(map(_offered, rows), key=lambda one: one.platform)


def list_offered(connection: Connection) -> list[OfferedUpdate]:
    """Return every pack, the one offered last first."""
    rows = connection.execute("SELECT * FROM program_update ORDER BY offered_at DESC, platform")
    return [_offered(row) for row in rows]


def list_fit(connection: Connection, desk_id: str, asked: UpdateAsked) -> list[UpdateOffer]:
    """Return the packs that are meant for this desk and that it could take, the newest first.

    Raises:
        UserError: ``update.bad_version``.
    """
    here = numbers_of(asked.version)
    rows = connection.execute("SELECT * FROM program_update WHERE platform = %s", (asked.platform,)).fetchall()
    fit = [
        row
        for row in rows
        if numbers_of(row.version) > here >= numbers_of(row.minimum_version) and is_chosen(desk_id, row.share)
    ]
    return [
        UpdateOffer(version=row.version, sha256=bytes(row.sha256), size_bytes=row.size_bytes)
        for row in sorted(fit, key=lambda row: numbers_of(row.version), reverse=True)
    ]


def find_offer(keeping: PaperKeeping, fit: Sequence[UpdateOffer]) -> UpdateOffer:
    """Return the first of these packs that is here, empty for none: a restored province has what its backup held.

    What keeps them is asked without a transaction.
    """
    return next((one for one in fit if keeping.holds(one.sha256)), _NOTHING)


def require_offered(connection: Connection, part: UpdatePart) -> None:
    """Return when a pack is offered; it is read afterwards, without a transaction.

    Raises:
        UserError: ``province.unknown_paper``: it is offered to nobody.
    """
    query = "SELECT 1 FROM program_update WHERE sha256 = %s AND share > 0"
    if connection.execute(query, (part.sha256,)).fetchone() is None:
        raise UserError("province.unknown_paper")


def _offered(row: Any) -> OfferedUpdate:
    return OfferedUpdate(
        version=row.version,
        platform=row.platform,
        share=row.share,
        size_bytes=row.size_bytes,
        offered_at=row.offered_at,
    )
