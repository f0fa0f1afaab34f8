"""Who is signed in."""

import msgspec

from counter_app.domain.unit import Clerk, Desk, Unit


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """The person, the desk and the unit of this session."""

    clerk: Clerk
    desk: Desk
    unit: Unit
