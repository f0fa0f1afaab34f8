"""What each step of a waybill asks of the service, from what is written in its fields."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from counter_app.domain.postal import Attempt, AttemptOutcome, Delivery
from counter_app.services.answers.postal import NewWaybill, WaybillView
from counter_app.services.waybills import Waybills
from ui.post.waybill_panel import Recorded, Step
from ui.printing.typed import find_amount

#: The field in which a refusal is put right.
PLACES: Mapping[str, str] = {
    "postal.bad_number": "number",
    "postal.number_taken": "number",
    "postal.carrier_missing": "carrier",
    "postal.bad_cod": "cod",
    "postal.note_missing": "note",
    "postal.reason_missing": "reason",
    "postal.receiver_missing": "receiver",
    "postal.cod_differs": "collected",
    "action.refused.receiver_authorised": "relation",
}


@dataclass(frozen=True, slots=True)
class _Asked:
    waybills: Waybills
    now: datetime
    done: Recorded
    amounts: Mapping[str, int | None]


def find_unreadable(done: Recorded) -> str:
    """Return the field whose amount cannot be read, "" when there is none."""
    return next((name for name, text in _amounts(done).items() if text and find_amount(text) is None), "")


def do_step(waybills: Waybills, now: datetime, done: Recorded) -> WaybillView:
    """Record a step; call in the store's thread.

    Raises:
        UserError: as the service says.
    """
    amounts = {name: find_amount(text) if text else None for name, text in _amounts(done).items()}
    return _STEPS[done.step](_Asked(waybills, now, done, amounts))


def _amounts(done: Recorded) -> Mapping[str, str]:
    return {name: done.values.get(name, "") for name in ("cod", "collected")}


def _send(asked: _Asked) -> WaybillView:
    values = asked.done.values
    wanted = NewWaybill(
        number=values["number"],
        code=asked.done.row.code,
        carrier=values["carrier"],
        cod=asked.amounts["cod"] or 0,
        weight_note=values["weight"],
    )
    return asked.waybills.open(wanted)


def _attempt(asked: _Asked) -> WaybillView:
    values = asked.done.values
    tried = Attempt(at=asked.now, outcome=AttemptOutcome(values["outcome"]), note=values["note"])
    return asked.waybills.attempt(asked.done.row.number, tried)


def _deliver(asked: _Asked) -> WaybillView:
    values = asked.done.values
    delivery = Delivery(
        at=asked.now, receiver=values["receiver"], relation=values["relation"], id_number=values["id_number"]
    )
    return asked.waybills.deliver(asked.done.row.number, delivery, collected=asked.amounts["collected"])


def _unpay(asked: _Asked) -> WaybillView:
    record = next(one.code for one in asked.done.row.collections if one.counts)
    return asked.waybills.cancel_collection(record, asked.done.values["reason"])


_STEPS: Mapping[Step, Callable[[_Asked], WaybillView]] = {
    Step.SEND: _send,
    Step.ATTEMPT: _attempt,
    Step.RETURN: lambda asked: asked.waybills.give_back(asked.done.row.number, None, asked.done.values["reason"]),
    Step.DELIVER: _deliver,
    Step.COLLECT: lambda asked: asked.waybills.collect(asked.done.row.number, asked.amounts["collected"] or 0),
    Step.CANCEL: lambda asked: asked.waybills.cancel(asked.done.row.number, asked.done.values["reason"]),
    Step.UNPAY: _unpay,
}
