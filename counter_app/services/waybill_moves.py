"""What a waybill's steps do with its dossier: who holds the paper or the result, and the actions of the one table.

A result is moved by its own actions. The paper of a dossier goes from hand to hand: this desk, the carrier, the
addressee; where the table allows it, its arrival is the transfer that a manifest would have been.
"""

from datetime import datetime

from sqlalchemy import Connection

from counter_app.core.errors import UserError
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.state import DossierState, Handed
from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import Dossier, ResultChannel, Status
from counter_app.domain.manifest import ManifestKind
from counter_app.domain.postal import Delivery, Waybill, WaybillKind, check_opened_on
from counter_app.journal.dossier_states import get_dossier_row, state_of
from counter_app.journal.entries import DossierHanded
from counter_app.services.dossiers import Dossiers
from counter_app.services.manifest_rows import find_open_manifest_of
from counter_app.services.open_desk import OpenDesk
from counter_app.services.session import Session
from counter_app.services.waybill_rows import find_underway


class WaybillMoves:
    """Each is done inside the caller's transaction, before the waybill's own entry."""

    def __init__(self, desk: OpenDesk, session: Session, acting: Dossiers) -> None:
        self._desk = desk
        self._session = session
        self._acting = acting

    def check_opened_on(self, connection: Connection, waybill: Waybill) -> None:
        """Return if the dossier, and a result that goes home, were there on the day of the waybill.

        Raises:
            UserError: ``postal.before_dossier``, ``postal.before_result``.
        """
        dossier, state = self._read(connection, waybill)
        result = state.result if waybill.kind is WaybillKind.RESULT_OUT else None
        result_at = result.here_at or result.decided_at if result is not None else None
        check_opened_on(waybill, received_at=dossier.received_at, result_at=result_at)

    def send(self, connection: Connection, waybill: Waybill) -> None:
        """Give it to the carrier.

        Raises:
            UserError: ``manifest.not_held``, ``manifest.on_another``, ``postal.underway_already``,
                ``action.refused.*``, ``action.wrong_status``.
        """
        dossier, state = self._read(connection, waybill)
        is_paper = waybill.kind is WaybillKind.DOSSIER_IN
        kind = ManifestKind.PAPERS if is_paper else ManifestKind.RESULTS
        other = find_open_manifest_of(connection, dossier.code, kind=kind)
        if other is not None:
            raise UserError("manifest.on_another", code=dossier.code, other=other)
        if is_paper:
            self._send_paper(connection, waybill, state)
        else:
            self._send_result(connection, waybill, state)

    def _send_paper(self, connection: Connection, waybill: Waybill, state: DossierState) -> None:
        underway = find_underway(connection, waybill.dossier_id, WaybillKind.DOSSIER_IN)
        if underway is not None:
            raise UserError("postal.underway_already", code=waybill.dossier_code, number=underway)
        if state.holder != self._own:
            raise UserError("manifest.not_held", code=waybill.dossier_code)
        if waybill.receiver.casefold() == self._own.casefold():
            raise UserError("action.refused.receiver_elsewhere")
        self._hand(connection, waybill, self._own, waybill.carrier)

    def _send_result(self, connection: Connection, waybill: Waybill, state: DossierState) -> None:
        result = state.result
        is_fresh = result is not None and result.here_at is None and not result.holder and not result.waybill
        if state.status is Status.RESOLVED and is_fresh and state.holder == self._own:
            # Decided by another unit while the dossier lies here: it goes home from here, and has arrived by that.
            self._acting.act_within(connection, waybill.dossier_code, Action.RESULT_ARRIVED, ActionFacts())
        facts = ActionFacts(waybill=waybill.number)
        self._acting.act_within(connection, waybill.dossier_code, Action.POST_RESULT, facts)

    def arrive(self, connection: Connection, waybill: Waybill, delivery: Delivery) -> None:
        """Let it be in the hands that took it.

        Raises:
            UserError: ``action.refused.receiver_authorised`` and what else stands against returning a result.
        """
        if waybill.kind is WaybillKind.RESULT_OUT:
            self._return(connection, waybill, delivery)
            return
        _dossier, state = self._read(connection, waybill)
        if state.holder not in (waybill.carrier, self._own):
            return  # it went on in another way meanwhile, and is not brought back by a late report
        facts = ActionFacts(receiver=waybill.receiver, note=waybill.number)
        if self._acting.may_within(connection, waybill.dossier_code, Action.TRANSFER):
            self._acting.act_within(connection, waybill.dossier_code, Action.TRANSFER, facts, with_paper=False)
        else:
            self._hand(connection, waybill, state.holder, waybill.receiver)

    def _return(self, connection: Connection, waybill: Waybill, delivery: Delivery) -> None:
        facts = ActionFacts(
            receiver=delivery.receiver,
            receiver_id_number=delivery.id_number,
            authorisation=delivery.standing,
            channel=ResultChannel.POST,
            waybill=waybill.number,
        )
        code, at = waybill.dossier_code, delivery.at
        self._acting.act_within(connection, code, Action.RETURN_RESULT, facts, with_paper=False, happened_at=at)

    def come_back(self, connection: Connection, waybill: Waybill, facts: ActionFacts, *, at: datetime) -> None:
        """Let it lie at this desk again since `at`, for the reason given; a result not before its sending was recorded.

        Raises:
            UserError: ``action.refused.result_posted``.
        """
        _dossier, state = self._read(connection, waybill)
        if waybill.kind is WaybillKind.RESULT_OUT:
            # One list of a carrier may bring the sending and the return together, both after they happened.
            posted_at = state.result.posted_at if state.result is not None else None
            came_at = max(at, posted_at or at)
            code = waybill.dossier_code
            self._acting.act_within(connection, code, Action.RESULT_CAME_BACK, facts, happened_at=came_at)
            return
        if state.holder == waybill.carrier:
            self._hand(connection, waybill, waybill.carrier, self._own, reason=facts.reason)

    @property
    def _own(self) -> str:
        return self._desk.desk.name

    def _read(self, connection: Connection, waybill: Waybill) -> tuple[Dossier, DossierState]:
        return state_of(get_dossier_row(connection, waybill.dossier_code))

    def _hand(self, connection: Connection, waybill: Waybill, giver: str, receiver: str, *, reason: str = "") -> None:
        body = DossierHanded(
            dossier_id=waybill.dossier_id,
            what=Handed.PAPER,
            giver=giver,
            receiver=receiver,
            desk_name=self._own,
            note=f"{waybill.number}: {reason}" if reason else waybill.number,
        )
        clerk_id = self._session.require().clerk.id
        self._desk.journal.append(connection, body, clerk=clerk_id, subject=waybill.dossier_id)
