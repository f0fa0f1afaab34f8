"""Where a dossier stands for lists and counters: the ten statuses, two of them told apart further.

A registered dossier that came online waits for its acknowledgement (DOMAIN rule 4); a resolved one waits for its owner
only when the result is at the desk and no carrier has it.
"""

from collections.abc import Iterable
from enum import IntEnum

from counter_app.domain.actions.state import RUNNING, DossierState
from counter_app.domain.dossier import Status
from counter_app.domain.procedure import Channel

_DETAILS = 10


class Standing(IntEnum):
    """The number of the status, and one digit for what tells its dossiers apart."""

    REGISTERED = 10
    TO_ACKNOWLEDGE = 11
    RECEIVED = 20
    NOT_ACCEPTED = 30
    IN_PROGRESS = 40
    SUPPLEMENT_ASKED = 50
    PAYMENT_ASKED = 60
    WITHDRAWN = 70
    STOPPED = 80
    RESULT_ELSEWHERE = 90
    RESULT_HERE = 91
    RESULT_POSTED = 92
    RETURNED = 100

    @property
    def status(self) -> Status:
        """The national status."""
        return Status(self.value // _DETAILS)


EVERY_STANDING = frozenset(Standing)

#: Those in which a dossier can be late.
RUNNING_STANDINGS = frozenset(one for one in Standing if one.status in RUNNING)


def standing_of(state: DossierState, channel: Channel) -> Standing:
    """Return where a dossier stands."""
    if state.status is Status.REGISTERED and channel is Channel.ONLINE:
        return Standing.TO_ACKNOWLEDGE
    if state.status is Status.RESOLVED and state.result is not None and state.result.here_at is not None:
        return Standing.RESULT_POSTED if state.result.waybill else Standing.RESULT_HERE
    return Standing(int(state.status) * _DETAILS)


def standings_of(statuses: Iterable[Status]) -> frozenset[Standing]:
    """Return every standing of these statuses."""
    wanted = frozenset(statuses)
    return frozenset(one for one in Standing if one.status in wanted)
