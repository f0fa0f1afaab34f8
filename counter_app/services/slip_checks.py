"""Signing the QR of slips, checking those of any desk whose key is held here, and holding keys."""

import base64
from collections.abc import Callable
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from counter_app.core.errors import UserError
from counter_app.core.text import nfc
from counter_app.domain.dossier import Dossier
from counter_app.domain.dossier_code import check_unit_code, looks_like_dossier_code, parse_dossier_code
from counter_app.domain.forms.kinds import Form
from counter_app.domain.slip_code import (
    SlipCode,
    fingerprint_of,
    format_slip_code,
    is_signed_form,
    key_id_of,
    looks_like_slip_code,
    parse_slip_code,
    signed_bytes,
)
from counter_app.domain.unit import Role, Unit
from counter_app.journal.chain import is_signed
from counter_app.journal.dossier_states import STATE_COLUMNS, as_it_stands, state_of
from counter_app.journal.entries import SlipKeyTrusted
from counter_app.services.answers.slips import SlipCheck
from counter_app.services.desk_keys import KeyHolder, find_signer, list_holders
from counter_app.services.open_desk import OpenDesk
from counter_app.services.session import Session
from counter_app.store.tables import dossiers

_KEY_MARK = "QMCKEY1:"
_KEY_CONTEXT = b"counter-app slip key 1\x00"
_LONGEST_KEY_TEXT = 4_000


class _KeyCard(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A desk's key as it is handed to another desk."""

    unit_code: str
    unit_name: str
    desk_name: str
    public_key: bytes
    signature: bytes = b""

    @property
    def holder(self) -> KeyHolder:
        return KeyHolder(self.public_key, self.unit_code, self.unit_name, self.desk_name)


class SlipChecks:
    """Safe from any thread. Needs no line: only keys that are held here."""

    def __init__(self, desk: OpenDesk, session: Session) -> None:
        self._desk = desk
        self._session = session

    def seal(self, dossier: Dossier, form: Form, *, due_at: datetime | None = None, link: str = "") -> str:
        """Return the text for the QR of a slip, "" for a form that carries the plain code.

        `due_at` is the due date the slip states, the dossier's own when None. Equal facts give equal texts.
        """
        if not is_signed_form(form) or not looks_like_dossier_code(dossier.code):
            return ""
        due = due_at or (dossier.due.due_at if dossier.due else None)
        due = due.replace(second=0, microsecond=0) if due is not None else None
        journal = self._desk.journal
        slip = SlipCode(
            code=dossier.code,
            due_at=due,
            form=form,
            fingerprint=fingerprint_of(dossier, due),
            key_id=key_id_of(journal.public_key),
        )
        signed = msgspec.structs.replace(slip, signature=journal.sign(signed_bytes(slip)))
        return format_slip_code(signed, link=link)

    def check(self, text: str) -> SlipCheck:
        """Return what a scanned text is worth: a signed slip, or a plain code that proves nothing.

        Raises:
            UserError: ``slip.not_a_slip`` for anything else.
        """
        if not looks_like_slip_code(text):
            return self._check_plain(text)
        try:
            slip = parse_slip_code(text)
        except UserError as error:
            return SlipCheck(is_valid=False, reason=error.code)
        with self._desk.store.reading() as connection:
            return self._check_signed(connection, slip)

    def own_key(self) -> str:
        """Return this desk's key as a text for the administrators of other desks, signed by itself."""
        with self._desk.store.reading() as connection:
            unit = self._desk.read_unit(connection)
        journal = self._desk.journal
        return key_text(
            unit_code=unit.code,
            unit_name=unit.name,
            desk_name=self._desk.desk.name,
            public_key=journal.public_key,
            sign=journal.sign,
        )

    def trust(self, text: str) -> str:
        """Hold another desk's key from now on and return its unit's code; whoever says so vouches for it.

        A key that is held already takes the names its desk has now.

        Raises:
            UserError: ``session.not_allowed`` unless an administrator asks, ``slip.bad_key``.
        """
        signed_in = self._session.require()
        if signed_in.clerk.role is not Role.ADMINISTRATOR:
            raise UserError("session.not_allowed")
        card = _read_card(text)
        body = SlipKeyTrusted(
            public_key=card.public_key, unit_code=card.unit_code, unit_name=card.unit_name, desk_name=card.desk_name
        )
        with self._desk.transaction() as connection:
            if card.holder not in list_holders(connection, key_id_of(card.public_key)):
                self._desk.journal.append(connection, body, clerk=signed_in.clerk.id, subject=card.unit_code)
        return card.unit_code

    def _check_plain(self, text: str) -> SlipCheck:
        if not looks_like_dossier_code(text):
            raise UserError("slip.not_a_slip")
        code = parse_dossier_code(text)
        with self._desk.store.reading() as connection:
            known = _find_dossier(connection, code.format()) is not None
            unit = self._find_unit(connection, code.unit_code)
        return SlipCheck(
            is_valid=None,
            code=code.format(),
            unit_code=code.unit_code,
            unit_name=unit.name if unit else "",
            is_known=known,
            notes=("slip.not_signed",),
        )

    def _check_signed(self, connection: Connection, slip: SlipCode) -> SlipCheck:
        holders = list_holders(connection, slip.key_id)
        if not holders:
            return SlipCheck(is_valid=False, code=slip.code, unit_code=slip.unit_code, reason="slip.unknown_key")
        message = signed_bytes(slip)
        holder = find_signer(holders, slip.signature, message)
        if holder is None:
            return SlipCheck(is_valid=False, code=slip.code, unit_code=slip.unit_code, reason="slip.bad_signature")
        if holder.unit_code.upper() != slip.unit_code:
            return SlipCheck(is_valid=False, code=slip.code, unit_code=slip.unit_code, reason="slip.wrong_unit")
        dossier = _find_dossier(connection, slip.code)
        return SlipCheck(
            is_valid=True,
            code=slip.code,
            unit_code=slip.unit_code,
            unit_name=holder.unit_name,
            desk_name=holder.desk_name,
            due_at=slip.due_at,
            form=slip.form,
            is_known=dossier is not None,
            notes=_notes(slip, dossier),
        )

    def _find_unit(self, connection: Connection, code: str) -> Unit | None:
        try:
            return self._desk.read_unit(connection, code)
        except UserError:
            return None


def key_text(
    *, unit_code: str, unit_name: str, desk_name: str, public_key: bytes, sign: Callable[[bytes], bytes]
) -> str:
    """Return a desk's key as the text that `SlipChecks.trust` takes; `sign` is that desk's own signature."""
    card = _KeyCard(unit_code, unit_name, desk_name, public_key)
    signed = msgspec.structs.replace(card, signature=sign(_KEY_CONTEXT + msgspec.msgpack.encode(card)))
    return _KEY_MARK + base64.b32encode(msgspec.msgpack.encode(signed)).decode().rstrip("=")


def _notes(slip: SlipCode, dossier: Dossier | None) -> tuple[str, ...]:
    """Say what is no longer as the slip says, where this desk holds the dossier."""
    if dossier is None:
        return ("slip.not_here",)
    present = dossier.due.due_at.replace(second=0, microsecond=0) if dossier.due else None
    found = {
        "slip.facts_changed": fingerprint_of(dossier, slip.due_at) != slip.fingerprint,
        "slip.due_moved": slip.due_at != present,
    }
    return tuple(note for note, is_so in found.items() if is_so)


def _find_dossier(connection: Connection, code: str) -> Dossier | None:
    """Return the dossier as it stands, None when it is not here."""
    row = connection.execute(STATE_COLUMNS.where(dossiers.dossier.c.code == code)).one_or_none()
    return as_it_stands(*state_of(row)) if row is not None else None


def _read_card(text: str) -> _KeyCard:
    compact = "".join(text.split()).upper()
    if not compact.startswith(_KEY_MARK) or len(compact) > _LONGEST_KEY_TEXT:
        raise UserError("slip.bad_key")
    encoded = compact.removeprefix(_KEY_MARK)
    try:
        card = msgspec.msgpack.decode(base64.b32decode(encoded + "=" * (-len(encoded) % 8)), type=_KeyCard)
        check_unit_code(card.unit_code)
    except (msgspec.MsgspecError, ValueError, UserError) as exc:
        raise UserError("slip.bad_key") from exc
    unsigned = msgspec.structs.replace(card, signature=b"")
    if not is_signed(card.public_key, card.signature, _KEY_CONTEXT + msgspec.msgpack.encode(unsigned)):
        raise UserError("slip.bad_key")
    # The names come from outside, as typed ones do: no letter that a screen or a terminal would obey.
    return msgspec.structs.replace(card, unit_name=nfc(card.unit_name), desk_name=nfc(card.desk_name))
