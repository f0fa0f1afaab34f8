"""IT officers of the province, who may see the fleet: known by a token, afterwards for some hours by a session."""

import base64
import hashlib
import secrets
from datetime import datetime, timedelta

from counter_app.core.errors import UserError
from counter_app.core.text import nfc
from counter_app.province.database import Connection

SESSION = timedelta(hours=8)
"""How long a sign-in holds: a working day."""

_TOKEN_BYTES = 20
_MOST_NAME = 60


def add_officer(connection: Connection, name: str, *, now: datetime) -> str:
    """Let somebody see the fleet and return their token, which is kept nowhere.

    Raises:
        UserError: ``province.officer_name``, ``province.officer_exists``.
    """
    name = nfc(name).strip()
    if not 0 < len(name) <= _MOST_NAME:
        raise UserError("province.officer_name", most=_MOST_NAME)
    token = base64.b32encode(secrets.token_bytes(_TOKEN_BYTES)).decode()
    added = connection.execute(
        "INSERT INTO officer VALUES (%s, %s, %s) ON CONFLICT (name) DO NOTHING RETURNING name",
        (name, _hash(token), now),
    ).fetchone()
    if added is None:
        raise UserError("province.officer_exists", name=name)
    return token


def remove_officer(connection: Connection, name: str) -> None:
    """Let somebody see nothing from the next request on.

    Raises:
        UserError: ``province.unknown_officer``.
    """
    removed = connection.execute("DELETE FROM officer WHERE name = %s RETURNING name", (nfc(name).strip(),)).fetchone()
    if removed is None:
        raise UserError("province.unknown_officer", name=name[:_MOST_NAME])


def list_officers(connection: Connection) -> list[tuple[str, datetime]]:
    """Return who may see the fleet, and since when."""
    return [(row.name, row.added_at) for row in connection.execute("SELECT * FROM officer ORDER BY name")]


def is_token(connection: Connection, token: str) -> bool:
    """Whether a token is an officer's."""
    return _find_by_token(connection, token) is not None


def sign_in(connection: Connection, token: str, *, now: datetime) -> str | None:
    """Return the secret of a new session, None for a token that is nobody's."""
    officer = _find_by_token(connection, token)
    if officer is None:
        return None
    secret = secrets.token_urlsafe(32)
    connection.execute("DELETE FROM officer_session WHERE expires_at <= %s", (now,))
    connection.execute("INSERT INTO officer_session VALUES (%s, %s, %s)", (_hash(secret), officer, now + SESSION))
    return secret


def find_officer(connection: Connection, secret: str, *, now: datetime) -> str | None:
    """Return whose session it is, None when it is nobody's or has ended."""
    query = "SELECT officer FROM officer_session WHERE hash = %s AND expires_at > %s"
    row = connection.execute(query, (_hash(secret), now)).fetchone()
    return str(row.officer) if row is not None else None


def sign_out(connection: Connection, secret: str) -> None:
    """End a session."""
    connection.execute("DELETE FROM officer_session WHERE hash = %s", (_hash(secret),))


def _find_by_token(connection: Connection, token: str) -> str | None:
    row = connection.execute("SELECT name FROM officer WHERE token_hash = %s", (_hash(_tidy(token)),)).fetchone()
    return str(row.name) if row is not None else None


def _tidy(token: str) -> str:
    return "".join(token.split()).upper()


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
