"""Deciding about what is held back: did it happen, or does it stay without effect."""

from sqlalchemy import Connection

from counter_app.core.changes import Topic
from counter_app.core.errors import UserError
from counter_app.core.text import nfc
from counter_app.journal.exchange_entries import HeldDecided, HeldDecision
from counter_app.services.answers.held import HeldEntry
from counter_app.services.held_rows import read_held
from counter_app.services.open_desk import OpenDesk
from counter_app.services.session import Session

_MOST_REASON = 500


class Held:
    """The tray of what needs attention. Safe from any thread."""

    def __init__(self, desk: OpenDesk, session: Session) -> None:
        self._desk = desk
        self._session = session

    def list_all(self) -> tuple[HeldEntry, ...]:
        """Return everything that is held, oldest first."""
        with self._desk.store.reading() as connection:
            return read_held(connection)

    def decide(self, entry_id: str, decision: str, *, desk_id: str = "", reason: str = "") -> tuple[HeldEntry, ...]:
        """Decide about one held entry; every desk learns of it. Returns what is still held.

        `desk_id` says who wrote it, and must where several desks named entries alike.

        Raises:
            UserError: ``held.unknown``, ``held.several``, ``held.unknown_decision``, ``held.front_first``,
                ``held.cannot_apply``; nobody signed in. Nothing was changed.
        """
        signed_in = self._session.require()
        chosen, words = _decision_of(decision), nfc(reason)[:_MOST_REASON]
        with self._desk.transaction() as connection:
            held = _get(connection, entry_id, desk_id)
            if held.behind:
                raise UserError("held.front_first", entry=held.behind)
            if chosen is HeldDecision.APPLY and not held.may_apply:
                raise UserError("held.cannot_apply")
            body = HeldDecided(
                entry_id=entry_id, desk=held.desk_id, dossier_id=held.dossier_id, decision=chosen, reason=words
            )
            self._desk.journal.append(connection, body, clerk=signed_in.clerk.id, subject=held.dossier_id)
            left = read_held(connection)
        self._desk.announcer.announce(Topic.DOSSIERS)
        return left


def _decision_of(name: str) -> HeldDecision:
    try:
        return HeldDecision(name)
    except ValueError as exc:
        raise UserError("held.unknown_decision", action=name[:40], known=", ".join(HeldDecision)) from exc


def _get(connection: Connection, entry_id: str, desk_id: str) -> HeldEntry:
    named = [one for one in read_held(connection) if one.entry_id == entry_id and desk_id in ("", one.desk_id)]
    if not named:
        raise UserError("held.unknown", entry=entry_id[:40])
    if len(named) > 1:
        raise UserError("held.several", entry=entry_id[:40], desks=", ".join(one.desk_id for one in named))
    return named[0]
