"""Dossiers and results on their way with a carrier. A result's steps are actions of the one table, done along."""

from collections.abc import Iterable
from datetime import date, datetime

import msgspec
from sqlalchemy import Connection

from counter_app.core.changes import Topic
from counter_app.core.clock import local_date
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.life import is_result_at_hand
from counter_app.domain.dossier import Dossier, ResultChannel, Status
from counter_app.domain.dossier_code import next_number
from counter_app.domain.postal import (
    Attempt,
    Collection,
    Delivery,
    Waybill,
    WaybillKind,
    WaybillState,
    attempt,
    cancel,
    check_new,
    collection_code,
    deliver,
    give_back,
    normalise_number,
)
from counter_app.domain.stated import clean_stated
from counter_app.journal.body import Body
from counter_app.journal.dossier_states import STATE_COLUMNS, as_it_stands, get_dossier_row, state_of
from counter_app.journal.postal_entries import (
    CodCancelled,
    CodCollected,
    WaybillAttempted,
    WaybillCancelled,
    WaybillDelivered,
    WaybillOpened,
    WaybillReturned,
)
from counter_app.services.answers.postal import DayMoney, NewWaybill, OwedMoney, ReadyResult, WaybillView
from counter_app.services.answers.session import SignedIn
from counter_app.services.dossiers import Dossiers
from counter_app.services.open_desk import OpenDesk
from counter_app.services.paper_subjects import normalise_codes
from counter_app.services.session import Session
from counter_app.services.waybill_moves import WaybillMoves
from counter_app.services.waybill_rows import (
    find_collection,
    find_waybill,
    get_waybill,
    last_collection,
    list_waybills,
    money_of_day,
    owed_money,
    view_of,
)
from counter_app.settings.settings import Settings
from counter_app.store.tables import dossiers


class Waybills:
    """The use cases of the waybill list and of ``counter-app post``. Safe from any thread."""

    def __init__(self, desk: OpenDesk, session: Session, acting: Dossiers, settings: Settings) -> None:
        self._desk = desk
        self._session = session
        self._moves = WaybillMoves(desk, session, acting)
        self._settings = settings

    def open(self, wanted: NewWaybill) -> WaybillView:
        """Give a dossier or a result to a carrier; it must lie at this desk.

        Raises:
            UserError: ``postal.number_taken``, ``postal.bad_number``, ``dossier.unknown_code``, what `check_new`,
                `check_opened_on` and `WaybillMoves.send` say; nothing was sent.
        """
        signed_in = self._session.require()
        now = self._desk.clock.now()
        wanted = _clean(wanted)
        with self._desk.transaction() as connection:
            waybill = self._new(connection, wanted, now)
            check_new(waybill, now)
            if find_waybill(connection, waybill.number) is not None:
                raise UserError("postal.number_taken", number=waybill.number)
            self._moves.check_opened_on(connection, waybill)
            self._moves.send(connection, waybill)
            self._append(connection, WaybillOpened(waybill=waybill), waybill, signed_in)
            view = view_of(connection, get_waybill(connection, waybill.number))
        self._announce()
        return view

    def attempt(self, number: str, tried: Attempt) -> WaybillView:
        """Record a delivery that was tried in vain.

        Raises:
            UserError: ``postal.unknown_number``, ``postal.wrong_state``, ``postal.in_future``, ``postal.note_missing``
                and the like; nothing was changed.
        """
        signed_in, tried = self._session.require(), clean_stated(tried)
        with self._desk.transaction() as connection:
            waybill = get_waybill(connection, number)
            attempt(waybill, tried, self._desk.clock.now())
            self._append(connection, WaybillAttempted(number=waybill.number, attempt=tried), waybill, signed_in)
            view = view_of(connection, get_waybill(connection, number))
        self._announce()
        return view

    def deliver(self, number: str, delivery: Delivery, *, collected: int | None = None) -> WaybillView:
        """Record into whose hands it went; a result is returned to its owner by the same step.

        `collected` is the cash that this clerk took for it now, None while the carrier still owes it.

        Raises:
            UserError: ``postal.*``, ``postal.cod_differs``, ``action.refused.receiver_authorised``; nothing was
                changed.
        """
        signed_in, delivery = self._session.require(), clean_stated(delivery)
        with self._desk.transaction() as connection:
            waybill = get_waybill(connection, number)
            delivered = deliver(waybill, delivery, self._desk.clock.now())
            self._moves.arrive(connection, waybill, delivery)
            body = WaybillDelivered(number=waybill.number, delivery=delivery)
            self._append(connection, body, waybill, signed_in)
            if collected is not None:
                self._collect(connection, delivered, collected, signed_in)
            view = view_of(connection, get_waybill(connection, number))
        self._announce()
        return view

    def give_back(self, number: str, at: datetime | None, reason: str) -> WaybillView:
        """Record that it came back; a result waits for its owner at the desk again.

        Raises:
            UserError: as `attempt`, ``postal.reason_missing``.
        """
        signed_in = self._session.require()
        facts = clean_stated(ActionFacts(reason=reason))
        with self._desk.transaction() as connection:
            waybill, now = get_waybill(connection, number), self._desk.clock.now()
            give_back(waybill, at or now, facts.reason, now)
            self._moves.come_back(connection, waybill, facts, at=at or now)
            body = WaybillReturned(number=waybill.number, at=at or now, reason=facts.reason)
            self._append(connection, body, waybill, signed_in)
            view = view_of(connection, get_waybill(connection, number))
        self._announce()
        return view

    def cancel(self, number: str, reason: str) -> WaybillView:
        """Record that the carrier never got it; its number stays used.

        Raises:
            UserError: as `give_back`.
        """
        signed_in = self._session.require()
        facts = clean_stated(ActionFacts(reason=reason))
        with self._desk.transaction() as connection:
            waybill, now = get_waybill(connection, number), self._desk.clock.now()
            cancel(waybill, now, facts.reason, now)
            self._moves.come_back(connection, waybill, facts, at=now)
            body = WaybillCancelled(number=waybill.number, at=now, reason=facts.reason)
            self._append(connection, body, waybill, signed_in)
            view = view_of(connection, get_waybill(connection, number))
        self._announce()
        return view

    def collect(self, number: str, amount: int) -> WaybillView:
        """Record the cash of a delivery that was recorded without it.

        Raises:
            UserError: ``postal.cod_nothing_owed``, ``postal.cod_differs``, ``postal.unknown_number``.
        """
        signed_in = self._session.require()
        with self._desk.transaction() as connection:
            waybill = get_waybill(connection, number)
            self._collect(connection, waybill, amount, signed_in)
            view = view_of(connection, waybill)
        self._announce()
        return view

    def cancel_collection(self, code: str, reason: str) -> WaybillView:
        """Take a record of cash out of the sum, with a reason; the record and its number stay.

        Raises:
            UserError: ``postal.cod_unknown``, ``postal.cod_cancelled_already``, ``postal.reason_missing``.
        """
        signed_in = self._session.require()
        facts = clean_stated(ActionFacts(reason=reason))
        if not facts.reason:
            raise UserError("postal.reason_missing")
        with self._desk.transaction() as connection:
            found = find_collection(connection, code.strip().upper())
            if found is None:
                raise UserError("postal.cod_unknown", code=code[:40])
            if not found.counts:
                raise UserError("postal.cod_cancelled_already", code=found.code)
            waybill = get_waybill(connection, found.waybill)
            body = CodCancelled(code=found.code, clerk_name=signed_in.clerk.full_name, reason=facts.reason)
            self._append(connection, body, waybill, signed_in)
            view = view_of(connection, waybill)
        self._announce()
        return view

    def get(self, number: str) -> WaybillView:
        """Return a waybill.

        Raises:
            UserError: ``postal.bad_number``, ``postal.unknown_number``.
        """
        with self._desk.store.reading() as connection:
            return view_of(connection, get_waybill(connection, number))

    def list_all(self, *, states: Iterable[WaybillState] = (), limit: int = 200) -> tuple[WaybillView, ...]:
        """Return waybills, those opened last first."""
        with self._desk.store.reading() as connection:
            return list_waybills(connection, states=states, limit=limit)

    def money(self, day: date | None = None) -> DayMoney:
        """Return the cash on delivery that this desk recorded on a local day, today unless said."""
        wanted = day or local_date(self._desk.clock.now())
        with self._desk.store.reading() as connection:
            return money_of_day(connection, wanted, desk_id=self._desk.desk.id)

    def owed(self, *, limit: int = 200) -> OwedMoney:
        """Return the cash on delivery that carriers have not handed over, with so many of its waybills."""
        with self._desk.store.reading() as connection:
            return owed_money(connection, limit=limit)

    def list_ready(self) -> tuple[ReadyResult, ...]:
        """Return the results that lie here and are to go by post, the longest waiting first."""
        table = dossiers.dossier.c
        query = STATE_COLUMNS.where(table.status == int(Status.RESOLVED)).order_by(table.row)
        with self._desk.store.reading() as connection:
            found = [state_of(row) for row in connection.execute(query)]
        return tuple(
            _ready(as_it_stands(dossier, state))
            for dossier, state in found
            if dossier.result_channel is ResultChannel.POST and is_result_at_hand(state, self._desk.desk.name)
        )

    def _new(self, connection: Connection, wanted: NewWaybill, now: datetime) -> Waybill:
        (code,) = normalise_codes([wanted.code]) or ("",)
        dossier = as_it_stands(*state_of(get_dossier_row(connection, code)))
        ready = _ready(dossier) if wanted.kind is WaybillKind.RESULT_OUT else self._agency(connection, dossier)
        return Waybill(
            number=normalise_number(wanted.number),
            carrier=wanted.carrier or str(self._settings.get("post.carrier")),
            kind=wanted.kind,
            dossier_id=dossier.id,
            dossier_code=dossier.code,
            receiver=wanted.receiver or ready.receiver,
            phone=wanted.phone or ready.phone,
            address=wanted.address or ready.address,
            cod=wanted.cod,
            weight_note=wanted.weight_note,
            opened_at=wanted.opened_at or now,
        )

    def _agency(self, connection: Connection, dossier: Dossier) -> ReadyResult:
        """Return the unit that decides a dossier, as whom its paper is sent to; nobody where that is this unit."""
        found = ReadyResult(code=dossier.code, procedure_name=dossier.procedure_name, receiver="", phone="", address="")
        if dossier.competent_unit_code == self._desk.desk.unit_code:
            return found
        try:
            unit = self._desk.read_unit(connection, dossier.competent_unit_code)
        except UserError:
            return found
        return msgspec.structs.replace(found, receiver=unit.name, phone=unit.hotline, address=unit.address)

    def _collect(self, connection: Connection, waybill: Waybill, amount: int, signed_in: SignedIn) -> None:
        if waybill.state is not WaybillState.DELIVERED or not waybill.cod:
            raise UserError("postal.cod_nothing_owed", number=waybill.number)
        if any(one.counts for one in view_of(connection, waybill).collections):
            raise UserError("postal.cod_nothing_owed", number=waybill.number)
        if amount != waybill.cod:
            raise UserError("postal.cod_differs", number=waybill.number, amount=amount, expected=waybill.cod)
        day, desk, epoch = local_date(self._desk.clock.now()), self._desk.desk, self._desk.journal.epoch
        number = next_number(self._desk.part, last_collection(connection, desk_id=desk.id, epoch=epoch, day=day))
        if number is None:
            raise EnvironmentFailure("postal.numbers_used_up")
        collection = Collection(
            code=collection_code(desk.unit_code, day, number),
            day=day,
            number=number,
            desk_id=desk.id,
            epoch=epoch,
            waybill=waybill.number,
            dossier_code=waybill.dossier_code,
            amount=amount,
            clerk_name=signed_in.clerk.full_name,
        )
        self._append(connection, CodCollected(collection=collection), waybill, signed_in)

    def _append(self, connection: Connection, body: Body, waybill: Waybill, signed_in: SignedIn) -> None:
        self._desk.journal.append(connection, body, clerk=signed_in.clerk.id, subject=waybill.dossier_id)

    def _announce(self) -> None:
        self._desk.announcer.announce(Topic.DOSSIERS, Topic.POST)


def _clean(wanted: NewWaybill) -> NewWaybill:
    """Nothing to collect is no amount that somebody stated; `check_new` looks at any other."""
    return msgspec.structs.replace(clean_stated(msgspec.structs.replace(wanted, cod=1)), cod=wanted.cod)


def _ready(dossier: Dossier) -> ReadyResult:
    applicant = dossier.applicant
    return ReadyResult(
        code=dossier.code,
        procedure_name=dossier.procedure_name,
        receiver=applicant.full_name,
        phone=applicant.phone,
        address=dossier.delivery_address or applicant.address,
    )
