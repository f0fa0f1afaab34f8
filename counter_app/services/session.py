"""Who is signed in at this desk. Signing in needs no line."""

import msgspec

from counter_app.domain.unit import Clerk, Desk, Unit


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """The person, the desk and the unit of this session."""

    clerk: Clerk
    desk: Desk
    unit: Unit


class Session:
    """Holds the signed-in clerk for all services. Safe from any thread."""

    @property
    def current(self) -> SignedIn | None:
        """The session, or None before signing in."""
        raise NotImplementedError

    def sign_in(self, login: str, password: str) -> SignedIn:
        """Check the password (Argon2id) and open the session.

        Raises:
            UserError: ``session.wrong_password`` (also for an unknown login), ``session.locked`` after five tries.
        """
        raise NotImplementedError

    def sign_out(self) -> None:
        """Close the session."""
        raise NotImplementedError

    def list_logins(self) -> tuple[str, ...]:
        """Return the logins of active clerks of this desk's unit, for the sign-in page."""
        raise NotImplementedError

    def sample_password(self) -> str | None:
        """The password shown on the sign-in page of a store that holds sample data; None on a real one."""
        raise NotImplementedError
