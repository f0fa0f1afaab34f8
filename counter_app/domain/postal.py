"""Waybills: dossiers and results on their way with a carrier, and the cash that is collected for them.

A waybill's number is the carrier's own, an opaque text; once given it is never used again, also after it was cancelled.
What a carrier may report follows what postal operators print on their delivery notes; no regulation lists it, so the
list is the program's own.
"""

import re
from datetime import date, datetime, timedelta
from enum import StrEnum

import msgspec

from counter_app.core.clock import local_date
from counter_app.core.errors import UserError
from counter_app.core.text import nfc

MOST_COD = 1_000_000_000
_MOST_ATTEMPTS = 50
_NUMBER = re.compile(r"[0-9A-Z][0-9A-Z./-]{3,39}")
_LAST_DIGITS = re.compile(r"[0-9]+(?=[^0-9]*$)")
# A carrier's clock may run ahead of the desk's.
_AHEAD = timedelta(minutes=10)

replace = msgspec.structs.replace


class WaybillKind(StrEnum):
    """What travels: a dossier to the agency that decides it, or a result to whoever asked for it."""

    DOSSIER_IN = "dossier_in"
    RESULT_OUT = "result_out"


class WaybillState(StrEnum):
    """Where it stands. The last three are ends."""

    ON_THE_WAY = "on_the_way"
    ATTEMPTED = "attempted"
    DELIVERED = "delivered"
    RETURNED = "returned"
    CANCELLED = "cancelled"


#: States in which the carrier has it.
UNDERWAY = frozenset({WaybillState.ON_THE_WAY, WaybillState.ATTEMPTED})


class AttemptOutcome(StrEnum):
    """Why a delivery was tried in vain."""

    NOBODY_HOME = "nobody_home"
    UNREACHABLE = "unreachable"
    WRONG_ADDRESS = "wrong_address"
    POSTPONED = "postponed"
    COD_NOT_PAID = "cod_not_paid"
    REFUSED = "refused"
    OTHER = "other"


class Attempt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One delivery that was tried in vain. OTHER needs its note."""

    at: datetime
    outcome: AttemptOutcome
    note: str = ""


class Delivery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Into whose hands it went. `relation` says who that is to the addressee, `authorisation` names a paper."""

    at: datetime
    receiver: str
    relation: str = ""
    authorisation: str = ""
    id_number: str = ""

    @property
    def standing(self) -> str:
        """By what right somebody else than the addressee took it, "" where nothing is said."""
        return self.authorisation or self.relation


class Waybill(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One consignment of one dossier. Instants are aware, UTC; `cod` is whole đồng to collect, 0 for nothing."""

    number: str
    carrier: str
    kind: WaybillKind
    dossier_id: str
    dossier_code: str
    receiver: str
    address: str
    opened_at: datetime
    phone: str = ""
    cod: int = 0
    weight_note: str = ""
    state: WaybillState = WaybillState.ON_THE_WAY
    attempts: tuple[Attempt, ...] = ()
    delivery: Delivery | None = None
    ended_at: datetime | None = None
    """When it came back or was cancelled."""
    reason: str = ""
    """Why it came back or was cancelled."""

    @property
    def is_underway(self) -> bool:
        """Whether the carrier has it."""
        return self.state in UNDERWAY


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """Cash that was collected for one delivery, under a number of its own: ``<unit code>-T<YYMMDD>-<NNN>``.

    `clerk_name` is who took the money from the carrier. A number that was given stays given, cancelled or not.
    """

    code: str
    day: date
    number: int
    desk_id: str
    epoch: int
    waybill: str
    dossier_code: str
    amount: int
    clerk_name: str


def normalise_number(text: str) -> str:
    """Return a waybill's number as it is kept: upper case, without blanks.

    Raises:
        UserError: ``postal.bad_number``.
    """
    number = "".join(nfc(text).upper().split()) if len(text) <= 100 else ""
    if not _NUMBER.fullmatch(number):
        raise UserError("postal.bad_number")
    return number


def is_misspelled(number: str) -> bool:
    """Whether a number in the form of the Universal Postal Union (S10, two letters, nine digits, two letters) has a
    check digit that does not fit. Other forms have none that could be checked.
    """
    if not re.fullmatch(r"[A-Z]{2}[0-9]{9}[A-Z]{2}", number):
        return False
    weights = (8, 6, 4, 2, 3, 5, 9, 7)
    total = sum(weight * int(digit) for weight, digit in zip(weights, number[2:10], strict=True))
    check = 11 - total % 11
    return int(number[10]) != {10: 0, 11: 5}.get(check, check)


def check_new(waybill: Waybill, now: datetime) -> None:
    """Return if a waybill may be opened.

    Raises:
        UserError: ``postal.carrier_missing``, ``postal.receiver_missing``, ``postal.address_missing``,
            ``postal.bad_cod``, ``postal.in_future``.
    """
    if not waybill.carrier:
        raise UserError("postal.carrier_missing")
    if not waybill.receiver:
        raise UserError("postal.receiver_missing")
    if not waybill.address:
        raise UserError("postal.address_missing")
    if not 0 <= waybill.cod <= MOST_COD:
        raise UserError("postal.bad_cod", most=MOST_COD)
    _check_time(waybill, waybill.opened_at, now)


def check_opened_on(waybill: Waybill, *, received_at: datetime, result_at: datetime | None) -> None:
    """Return if a waybill was opened no earlier than what it carries was there.

    `result_at` is since when the result lies at the desk, None where the paper goes or the result is not here yet.
    Days count, as in the bounds of every later step.

    Raises:
        UserError: ``postal.before_dossier``, ``postal.before_result``.
    """
    opened_on = local_date(waybill.opened_at)
    if opened_on < local_date(received_at):
        raise UserError("postal.before_dossier", code=waybill.dossier_code, day=f"{local_date(received_at):%d/%m/%Y}")
    if result_at is not None and opened_on < local_date(result_at):
        raise UserError("postal.before_result", code=waybill.dossier_code, day=f"{local_date(result_at):%d/%m/%Y}")


def attempt(waybill: Waybill, tried: Attempt, now: datetime) -> Waybill:
    """Return the waybill after a delivery that was tried in vain.

    Raises:
        UserError: ``postal.wrong_state``, ``postal.in_future``, ``postal.before_opening``, ``postal.note_missing``,
            ``postal.too_many_attempts``.
    """
    _require_underway(waybill)
    _check_time(waybill, tried.at, now)
    if tried.outcome is AttemptOutcome.OTHER and not tried.note:
        raise UserError("postal.note_missing")
    if len(waybill.attempts) >= _MOST_ATTEMPTS:
        raise UserError("postal.too_many_attempts", most=_MOST_ATTEMPTS)
    return with_attempt(waybill, tried)


def deliver(waybill: Waybill, delivery: Delivery, now: datetime) -> Waybill:
    """Return the waybill after it reached somebody's hands.

    Raises:
        UserError: ``postal.wrong_state``, ``postal.in_future``, ``postal.before_opening``,
            ``postal.receiver_missing``.
    """
    _require_underway(waybill)
    _check_time(waybill, delivery.at, now)
    if not delivery.receiver:
        raise UserError("postal.receiver_missing")
    return with_delivery(waybill, delivery)


def give_back(waybill: Waybill, at: datetime, reason: str, now: datetime) -> Waybill:
    """Return the waybill after it came back to the sender.

    Raises:
        UserError: ``postal.wrong_state``, ``postal.in_future``, ``postal.before_opening``, ``postal.reason_missing``.
    """
    return _ended(waybill, WaybillState.RETURNED, at, reason, now)


def cancel(waybill: Waybill, at: datetime, reason: str, now: datetime) -> Waybill:
    """Return the waybill after it was cancelled: the carrier never got it. Its number stays used.

    Raises:
        UserError: as `give_back`.
    """
    return _ended(waybill, WaybillState.CANCELLED, at, reason, now)


def _ended(waybill: Waybill, state: WaybillState, at: datetime, reason: str, now: datetime) -> Waybill:
    _require_underway(waybill)
    _check_time(waybill, at, now)
    if not reason:
        raise UserError("postal.reason_missing")
    return with_end(waybill, state, at, reason)


def with_attempt(waybill: Waybill, tried: Attempt) -> Waybill:
    """Return the waybill with one more try, whenever it comes to be known. Total: after an end the end stands."""
    tries = tuple(sorted((*waybill.attempts, tried), key=lambda one: one.at))
    return replace(waybill, state=WaybillState.ATTEMPTED if waybill.is_underway else waybill.state, attempts=tries)


def with_delivery(waybill: Waybill, delivery: Delivery) -> Waybill:
    """Return the waybill as delivered. Total: of two ends the first stands."""
    return replace(waybill, state=WaybillState.DELIVERED, delivery=delivery) if waybill.is_underway else waybill


def with_end(waybill: Waybill, state: WaybillState, at: datetime, reason: str) -> Waybill:
    """Return the waybill as given back or cancelled. Total: of two ends the first stands."""
    return replace(waybill, state=state, ended_at=at, reason=reason) if waybill.is_underway else waybill


def _require_underway(waybill: Waybill) -> None:
    if not waybill.is_underway:
        raise UserError("postal.wrong_state", number=waybill.number, state=waybill.state.value)


def _check_time(waybill: Waybill, at: datetime, now: datetime) -> None:
    """A clerk often opens a waybill hours after the carrier took it, so the day of its opening is early enough."""
    if at > now + _AHEAD:
        raise UserError("postal.in_future")
    if local_date(at) < local_date(waybill.opened_at):
        raise UserError("postal.before_opening", number=waybill.number)


def follow(text: str, step: int) -> str:
    """Return the number that comes `step` after one written on a roll of seals or bags: ``CH0099`` -> ``CH0100``.

    The last run of digits counts up and keeps its width; a text without digits, or an empty one, stays as it is.
    """
    last = _LAST_DIGITS.search(text)
    if last is None:
        return text
    digits = str(int(last.group()) + step).zfill(len(last.group()))
    return text[: last.start()] + digits + text[last.end() :]


def collection_code(unit_code: str, day: date, number: int) -> str:
    """Return the number under which collected cash is recorded."""
    return f"{unit_code.upper()}-T{day:%y%m%d}-{number:03d}"
