"""The signed texts that travel with a bag: the passport of what was handed over, the acknowledgement of what came."""

import msgspec
from sqlalchemy import Connection

from counter_app.core.errors import UserError
from counter_app.domain.manifest import Difference, ItemState, ManifestState
from counter_app.domain.manifest_passport import (
    Acknowledgement,
    Passport,
    acknowledgement_of,
    format_acknowledgement,
    format_passport,
    passport_of,
    signed_bytes,
)
from counter_app.domain.slip_code import key_id_of
from counter_app.services.answers.manifests import ManifestView
from counter_app.services.desk_keys import KeyHolder, find_signer, list_holders
from counter_app.services.manifest_rows import get_manifest
from counter_app.services.open_desk import OpenDesk


def get_signed_manifest(desk: OpenDesk, connection: Connection, code: str) -> ManifestView:
    """Return a manifest with the texts this desk signs for it: none while it is open, always the same after.

    Raises:
        UserError: ``manifest.unknown_code``, ``manifest.passport_too_long``.
    """
    view = get_manifest(connection, code)
    journal, manifest = desk.journal, view.manifest
    key_id = key_id_of(journal.public_key)
    if manifest.desk_id != desk.desk.id:
        signed = acknowledgement_of(
            manifest, _differences(view), received_by=view.received_by, key_id=key_id, sign=journal.sign
        )
        return msgspec.structs.replace(view, acknowledgement=format_acknowledgement(signed))
    if view.state is ManifestState.OPEN:
        return view
    passport = passport_of(manifest, key_id=key_id, sign=journal.sign)
    return msgspec.structs.replace(view, passport=format_passport(passport))


def signer_of(connection: Connection, passport: Passport | Acknowledgement) -> KeyHolder:
    """Return the desk that signed, if it is known here; a passport's must be of the unit that its code names.

    Raises:
        UserError: ``manifest.passport_unknown_key``, ``manifest.passport_bad_signature``,
            ``manifest.passport_wrong_unit``.
    """
    holders = list_holders(connection, passport.key_id)
    if not holders:
        raise UserError("manifest.passport_unknown_key")
    signer = find_signer(holders, passport.signature, signed_bytes(passport))
    if signer is None:
        raise UserError("manifest.passport_bad_signature")
    if isinstance(passport, Passport) and signer.unit_code.upper() != passport.unit_code:
        raise UserError("manifest.passport_wrong_unit")
    return signer


def _differences(view: ManifestView) -> tuple[Difference, ...]:
    return tuple(
        Difference(code=item.code, state=item.state, reason=item.reason)
        for item in view.items
        if item.state in (ItemState.MISSING, ItemState.EXTRA)
    )
