"""Who is signed in at this desk. Signing in needs no line."""

import threading
import unicodedata
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from counter_app.core.changes import Topic
from counter_app.core.clock import to_millis
from counter_app.core.errors import UserError
from counter_app.core.ids import new_id
from counter_app.core.text import nfc
from counter_app.domain.unit import Clerk, Role
from counter_app.journal.entries import ClerkSaved
from counter_app.services.answers.session import SignedIn
from counter_app.services.open_desk import PROGRAM, OpenDesk, read_local
from counter_app.store.tables import local, organisation

_TRIES = 5
_LOCK_OUT = timedelta(minutes=5)
_MIN_PASSWORD = 8
SAMPLE_PASSWORD = "sample_password"  # noqa: S105 - the name of a local value


class Session:
    """Holds the signed-in clerk for all services. Safe from any thread."""

    def __init__(self, desk: OpenDesk) -> None:
        self._desk = desk
        self._lock = threading.Lock()
        self._current: SignedIn | None = None
        self._on_leaving: list[Callable[[], None]] = []

    @property
    def current(self) -> SignedIn | None:
        """The session, or None before signing in."""
        with self._lock:
            return self._current

    def require(self) -> SignedIn:
        """Return the session.

        Raises:
            UserError: ``session.nobody`` before signing in.
        """
        current = self.current
        if current is None:
            raise UserError("session.nobody")
        return current

    def sign_in(self, login: str, password: str) -> SignedIn:
        """Check the password (Argon2id) and open the session.

        Raises:
            UserError: ``session.wrong_password`` (also for an unknown login), ``session.locked`` after five tries.
        """
        with self._desk.store.reading() as connection:
            clerk = _find_clerk(connection, self._desk.desk.id, login)
            stored = _find_credential(connection, clerk.id) if clerk else None
        if clerk is None or stored is None:
            raise UserError("session.wrong_password")
        self._refuse_locked(stored.locked_until)
        right = _is_right(stored.password_hash, password)
        if not right or stored.failed_tries:
            self._count_try(clerk.id, right=right)
        if not right:
            raise UserError("session.wrong_password")
        return self._open(clerk)

    def act_as(self, login: str | None = None) -> SignedIn:
        """Open the session without a password, for commands run by whoever already holds the store's key.

        Without a login the first administrator acts.

        Raises:
            UserError: ``session.unknown_clerk``.
        """
        with self._desk.store.reading() as connection:
            clerks = (
                [_find_clerk(connection, self._desk.desk.id, login)]
                if login
                else _list_clerks(connection, self._desk.desk.id)
            )
        acting = next((c for c in clerks if c and c.active and (login or c.role is Role.ADMINISTRATOR)), None)
        if acting is None:
            raise UserError("session.unknown_clerk")
        return self._open(acting)

    def sign_out(self) -> None:
        """Close the session, and whatever was opened for this clerk alone."""
        self._change(None)

    def on_leaving(self, forget: Callable[[], None]) -> None:
        """Call `forget` whenever a clerk signs out or another one takes the place, in the thread that does it."""
        self._on_leaving.append(forget)

    def list_logins(self) -> tuple[str, ...]:
        """Return the logins of active clerks of this desk's unit, for the sign-in page."""
        return tuple(clerk.login for clerk in self.list_clerks() if clerk.active)

    def list_clerks(self) -> tuple[Clerk, ...]:
        """Return all clerks of this desk, by login."""
        with self._desk.store.reading() as connection:
            return tuple(_list_clerks(connection, self._desk.desk.id))

    def sample_password(self) -> str | None:
        """The password shown on the sign-in page of a store that holds sample data; None on a real one."""
        with self._desk.store.reading() as connection:
            value = read_local(connection, SAMPLE_PASSWORD)
        return value.decode() if value is not None else None

    def save_clerk(self, *, login: str, full_name: str, role: Role, password: str | None, active: bool = True) -> Clerk:
        """Add a clerk, or change the one with this login; a new clerk needs a password.

        Raises:
            UserError: ``session.weak_password``, ``session.bad_login``, ``session.name_missing``,
                ``session.not_allowed`` unless an administrator, or the program itself, asks,
                ``session.last_administrator`` when nobody could administer this desk any more.
        """
        actor = self.current
        if actor is not None and actor.clerk.role is not Role.ADMINISTRATOR:
            raise UserError("session.not_allowed")
        login, full_name = _check_clerk(login, full_name, password)
        hashed = _hash(password) if password is not None else None
        with self._desk.transaction() as connection:
            known = _find_clerk(connection, self._desk.desk.id, login, active_only=False)
            if known is None and hashed is None:
                raise UserError("session.weak_password", length=_MIN_PASSWORD)
            clerk = Clerk(
                id=known.id if known else new_id(),
                unit_code=self._desk.desk.unit_code,
                login=login,
                full_name=full_name,
                role=role,
                active=active,
            )
            _check_administrator_left(connection, self._desk.desk.id, clerk)
            who = actor.clerk.id if actor else PROGRAM
            self._desk.journal.append(connection, ClerkSaved(clerk=clerk), clerk=who, subject=clerk.id)
            if hashed is not None:
                _put_credential(connection, clerk.id, hashed)
        self._desk.announcer.announce(Topic.CLERKS)
        return clerk

    def _open(self, clerk: Clerk) -> SignedIn:
        with self._desk.store.reading() as connection:
            unit = self._desk.read_unit(connection)
        signed_in = SignedIn(clerk=clerk, desk=self._desk.desk, unit=unit)
        self._change(signed_in)
        return signed_in

    def _change(self, signed_in: SignedIn | None) -> None:
        with self._lock:
            before, self._current = self._current, signed_in
        if before is not None and (signed_in is None or signed_in.clerk.id != before.clerk.id):
            for forget in self._on_leaving:
                forget()

    def _refuse_locked(self, until: int) -> None:
        left = until - to_millis(self._desk.clock.now())
        if 0 < left <= _LOCK_OUT // timedelta(milliseconds=1):  # more than that: the clock was set back since
            raise UserError("session.locked", minutes=-(-left // 60_000))

    def _count_try(self, clerk_id: str, *, right: bool) -> None:
        """Count inside one transaction: tries made at the same time in several windows all count."""
        with self._desk.transaction() as connection:
            stored = _find_credential(connection, clerk_id)
            if stored is None:
                raise UserError("session.wrong_password")
            self._refuse_locked(stored.locked_until)
            failed = 0 if right else stored.failed_tries + 1
            until = to_millis(self._desk.clock.now() + _LOCK_OUT) if failed >= _TRIES else 0
            failed = 0 if failed >= _TRIES else failed
            connection.execute(
                update(local.credential)
                .where(local.credential.c.clerk_id == clerk_id)
                .values(failed_tries=failed, locked_until=until)
            )


def _check_clerk(login: str, full_name: str, password: str | None) -> tuple[str, str]:
    """Return login and name as they are stored, before anything is.

    Raises:
        UserError: ``session.bad_login``, ``session.name_missing``, ``session.weak_password``.
    """
    login, full_name = nfc(login).lower(), nfc(full_name)
    if not login or not login.replace(".", "").replace("_", "").replace("-", "").isalnum():
        raise UserError("session.bad_login")
    if not full_name:
        raise UserError("session.name_missing")
    if password is not None and len(password) < _MIN_PASSWORD:
        raise UserError("session.weak_password", length=_MIN_PASSWORD)
    return login, full_name


def _clerk_of(row: Row[tuple[str, str, str, str, str, bool]]) -> Clerk:
    return Clerk(
        id=row.id,
        unit_code=row.unit_code,
        login=row.login,
        full_name=row.full_name,
        role=Role(row.role),
        active=row.active,
    )


def _find_clerk(connection: Connection, desk_id: str, login: str | None, *, active_only: bool = True) -> Clerk | None:
    table = organisation.clerk
    query = select(table).where(table.c.desk_id == desk_id, table.c.login == nfc(login or "").lower())
    if active_only:
        query = query.where(table.c.active)
    row = connection.execute(query).one_or_none()
    return _clerk_of(row) if row is not None else None


def _list_clerks(connection: Connection, desk_id: str) -> list[Clerk]:
    table = organisation.clerk
    query = select(table).where(table.c.desk_id == desk_id).order_by(table.c.login)
    return [_clerk_of(row) for row in connection.execute(query)]


def _check_administrator_left(connection: Connection, desk_id: str, changed: Clerk) -> None:
    others = [clerk for clerk in _list_clerks(connection, desk_id) if clerk.id != changed.id]
    everyone = [*others, changed]
    if not any(clerk.active and clerk.role is Role.ADMINISTRATOR for clerk in everyone):
        raise UserError("session.last_administrator")


def _find_credential(connection: Connection, clerk_id: str) -> Row[tuple[str, str, int, int]] | None:
    return connection.execute(select(local.credential).where(local.credential.c.clerk_id == clerk_id)).one_or_none()


def _put_credential(connection: Connection, clerk_id: str, password_hash: str) -> None:
    values = {"password_hash": password_hash, "failed_tries": 0, "locked_until": 0}
    statement = upsert(local.credential).values(clerk_id=clerk_id, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["clerk_id"], set_=values))


def _hash(password: str) -> str:
    from argon2 import PasswordHasher

    return PasswordHasher().hash(_secret_bytes(password))


def _is_right(password_hash: str, password: str) -> bool:
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return PasswordHasher().verify(password_hash, _secret_bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def _secret_bytes(password: str) -> bytes:
    """Return the same bytes whichever way a keyboard composes Vietnamese letters."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
