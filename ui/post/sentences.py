"""Waybills in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from counter_app.domain.postal import WaybillState
from counter_app.services.answers.postal import CollectionRow, ReadyResult, WaybillView
from ui.formats import show_dong, show_moment
from ui.theme.tokens import Tone
from ui.words import Words

Line = tuple[str, str]

_TONES = {
    WaybillState.ON_THE_WAY: Tone.INFO,
    WaybillState.ATTEMPTED: Tone.CAUTION,
    WaybillState.DELIVERED: Tone.GOOD,
    WaybillState.RETURNED: Tone.BAD,
}


class Kept(StrEnum):
    """What the list keeps."""

    READY = "ready"
    UNDERWAY = "underway"
    ATTEMPTED = "attempted"
    DELIVERED = "delivered"
    OWED = "owed"
    RETURNED = "returned"

    @property
    def states(self) -> tuple[WaybillState, ...]:
        """The states of the waybills that it keeps."""
        match self:
            case Kept.READY:
                return ()
            case Kept.UNDERWAY:
                return (WaybillState.ON_THE_WAY, WaybillState.ATTEMPTED)
            case Kept.ATTEMPTED:
                return (WaybillState.ATTEMPTED,)
            case Kept.DELIVERED | Kept.OWED:
                return (WaybillState.DELIVERED,)
            case Kept.RETURNED:
                return (WaybillState.RETURNED, WaybillState.CANCELLED)


@dataclass(frozen=True, slots=True)
class PostRow:
    """A line of the list: a waybill, or a result that waits for one."""

    view: WaybillView | None = None
    ready: ReadyResult | None = None

    @property
    def number(self) -> str:
        """The waybill's number, "" before there is one."""
        return self.view.waybill.number if self.view else ""

    @property
    def code(self) -> str:
        """The dossier's."""
        return self.view.waybill.dossier_code if self.view else self.ready.code if self.ready else ""

    @property
    def receiver(self) -> str:
        """To whom."""
        return self.view.waybill.receiver if self.view else self.ready.receiver if self.ready else ""

    @property
    def collections(self) -> tuple[CollectionRow, ...]:
        """The cash recorded for it."""
        return self.view.collections if self.view else ()

    @property
    def tone(self) -> Tone:
        """In which tone its state is shown."""
        return _TONES.get(self.view.waybill.state, Tone.NEUTRAL) if self.view else Tone.NEUTRAL


def say_state(words: Words, row: PostRow) -> str:
    """Say where it stands."""
    return words(f"postal.state.{row.view.waybill.state.value}") if row.view else words("post.to_send")


def say_cod(row: PostRow) -> str:
    """Say what there is to collect."""
    return show_dong(row.view.waybill.cod) if row.view and row.view.waybill.cod else ""


def tell_row(words: Words, row: PostRow) -> Iterator[Line]:
    """Tell what is known of a line, in the order in which it happened."""
    if row.ready is not None:
        yield words("post.told.code"), row.ready.code
        yield words("post.told.procedure"), row.ready.procedure_name
        yield words("post.told.receiver"), row.ready.receiver
        yield words("post.told.phone"), row.ready.phone
        yield words("post.told.address"), row.ready.address
    if row.view is not None:
        yield from tell_waybill(words, row.view)


def tell_waybill(words: Words, view: WaybillView) -> Iterator[Line]:
    """Tell a waybill's whole story."""
    waybill = view.waybill
    yield words("post.told.code"), waybill.dossier_code
    yield words("post.told.kind"), words(f"postal.kind.{waybill.kind.value}")
    yield words("post.told.carrier"), waybill.carrier
    yield words("post.told.receiver"), " · ".join(part for part in (waybill.receiver, waybill.phone) if part)
    yield words("post.told.address"), waybill.address
    yield words("post.told.cod"), words("post.dong", amount=show_dong(waybill.cod)) if waybill.cod else ""
    yield words("post.told.note"), waybill.weight_note
    yield from tell_steps(words, view)


def tell_steps(words: Words, view: WaybillView) -> Iterator[Line]:
    """Tell what happened to a waybill, step by step, and what of its cash is recorded."""
    waybill = view.waybill
    yield show_moment(waybill.opened_at), words("postal.state.on_the_way")
    for one in waybill.attempts:
        said = words(f"postal.outcome.{one.outcome.value}")
        yield show_moment(one.at), f"{said} · {one.note}" if one.note else said
    delivery = waybill.delivery
    if delivery is not None:
        who = " · ".join(part for part in (delivery.receiver, delivery.standing, delivery.id_number) if part)
        yield show_moment(delivery.at), words("post.delivered_to", receiver=who)
    if waybill.ended_at is not None:
        state = words(f"postal.state.{waybill.state.value}")
        yield show_moment(waybill.ended_at), f"{state} · {waybill.reason}"
    for record in view.collections:
        key = "post.collected" if record.counts else "post.collected_cancelled"
        yield show_moment(record.collected_at), words(key, amount=show_dong(record.amount), code=record.code)
    if view.owed:
        yield words("post.told.owed"), words("post.dong", amount=show_dong(view.owed))


def tell_waybills(words: Words, views: tuple[WaybillView, ...]) -> Iterator[Line]:
    """Tell every waybill of a dossier."""
    for view in views:
        yield view.waybill.number, words(f"postal.state.{view.waybill.state.value}")
        yield from tell_steps(words, view)
