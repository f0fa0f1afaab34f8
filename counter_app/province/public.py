"""The citizen's look-up at the province: where a dossier stands, for whoever holds its paper.

A code that is not known and one whose proof is wrong are not told apart, neither by the answer nor by its work.
"""

from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec

from counter_app.core.errors import AppError, UserError
from counter_app.domain.dossier_code import looks_like_dossier_code, parse_dossier_code
from counter_app.domain.lookup_check import is_check
from counter_app.domain.public_status import PublicFacts, public_facts
from counter_app.domain.slip_code import SlipCode, key_id_of, parse_slip_code, signed_bytes
from counter_app.domain.unit import Unit
from counter_app.journal.chain import Signer, is_signed
from counter_app.journal.entries import UnitSaved, decode_body
from counter_app.province.database import Connection
from counter_app.province.folding import Folded, fold_dossier
from counter_app.province.tries import STRANGE

_NOBODY = "00000000-0000-7000-8000-000000000000"
_NOBODYS_KEY = Signer(bytes(32)).public_key
#: What a unit's own desks wrote of a dossier: what others did has no effect.
_ENTRIES = """
SELECT entry.* FROM entry JOIN desk ON desk.id = entry.desk WHERE entry.subject = %s AND desk.unit_code = %s
"""
_UNIT = """
SELECT version, kind, body FROM entry WHERE subject = %(unit)s AND kind = 'unit.saved'
  AND desk IN (SELECT id FROM desk WHERE unit_code = %(home)s) ORDER BY at DESC LIMIT 100
"""


def find_by_check(connection: Connection, code: str, check: str, *, now: datetime) -> PublicFacts | None:
    """Return what may be said of a dossier to whoever knows its code and the check beside it; None for all others."""
    row = _find_row(connection, code)
    is_right = is_check(check[:40], row.code if row is not None else code[:60], row.id if row is not None else _NOBODY)
    return _tell(connection, row, now) if row is not None and is_right else None


def find_by_slip(connection: Connection, text: str, *, now: datetime) -> PublicFacts | None:
    """Return the same to whoever holds a slip: its QR bears the signature of a desk of the dossier's unit."""
    try:
        slip = parse_slip_code(text)
    except UserError:
        return None
    row = _find_row(connection, slip.code)
    is_right = _is_issued(slip, _keys_of(connection, row.unit_code if row is not None else ""))
    return _tell(connection, row, now) if row is not None and is_right else None


def _find_row(connection: Connection, code: str) -> Any:
    """Return the dossier's row. What is no code at all is looked for too: it takes as long."""
    wanted = parse_dossier_code(code).format() if looks_like_dossier_code(code) else "-"
    return connection.execute("SELECT * FROM dossier WHERE code = %s", (wanted,)).fetchone()


def _keys_of(connection: Connection, unit_code: str) -> list[bytes]:
    """Return the keys of a unit's desks, of revoked ones too: papers that they issued are still in people's hands."""
    rows = connection.execute("SELECT public_key FROM desk WHERE unit_code = %s", (unit_code,))
    return [bytes(row.public_key) for row in rows]


def _is_issued(slip: SlipCode, keys: list[bytes]) -> bool:
    named = [key for key in keys if key_id_of(key) == slip.key_id] or [_NOBODYS_KEY]
    return any(is_signed(key, slip.signature, signed_bytes(slip)) for key in named)


def _tell(connection: Connection, row: Any, now: datetime) -> PublicFacts | None:
    folded = _fold(connection, row)
    if folded is None:
        return None
    dossier = folded.dossier
    received_by = _find_unit(connection, dossier.unit_code, home=row.unit_code) or Unit(
        code=dossier.unit_code, name=dossier.unit_code
    )
    competent = _find_unit(connection, dossier.competent_unit_code, home=row.unit_code)
    return public_facts(dossier, folded.state, received_by=received_by, competent=competent, now=now)


def _fold(connection: Connection, row: Any) -> Folded | None:
    entries = connection.execute(_ENTRIES, (row.id, row.unit_code)).fetchall()
    try:
        return fold_dossier(entries)
    except (AppError, *STRANGE):  # of a newer program than this one, or of none
        return None


def _find_unit(connection: Connection, code: str, *, home: str) -> Unit | None:
    """Return a unit as the desks of the dossier's unit last described it, else as it was enrolled."""
    for row in connection.execute(_UNIT, {"unit": code, "home": home}).fetchall():
        with suppress(AppError):  # of a newer program, or of none: the one before it holds
            body = decode_body(row.kind, row.version, bytes(row.body))
            if isinstance(body, UnitSaved):
                return body.unit
    row = connection.execute("SELECT facts FROM unit WHERE code = %s", (code,)).fetchone()
    return msgspec.json.decode(row.facts, type=Unit) if row is not None else None
