"""A list of dossiers in words, and as the argument with which another page opens it."""

from collections.abc import Iterator

import msgspec

from counter_app.services.answers.lists import DossierFilter, ListOrder, Scope
from ui.dossiers.feed import Asked
from ui.intake.typed_values import format_date
from ui.words import Words


class _Argument(msgspec.Struct, frozen=True, kw_only=True):
    wanted: DossierFilter
    order: ListOrder | None = None


def argument_of(asked: Asked) -> str:
    """Return the argument with which the page of dossiers opens a list."""
    return msgspec.json.encode(_Argument(wanted=asked.wanted, order=asked.order)).decode()


def find_asked(argument: str) -> Asked | None:
    """Return the list that an argument means, None where it is a code or words."""
    if not argument.startswith("{"):
        return None
    try:
        read = msgspec.json.decode(argument, type=_Argument)
    except msgspec.MsgspecError:
        return None
    return Asked(wanted=read.wanted, order=read.order)


def say_asked(words: Words, asked: Asked, *, clerk_name: str = "", unit_name: str = "") -> str:
    """Return what a list keeps and how it is sorted, on one line; the names are those of its clerk and its unit."""
    order = asked.order or asked.wanted.natural_order
    return " · ".join((*_said(words, asked.wanted, clerk_name, unit_name), words(f"lists.order.{order.value}")))


def _said(words: Words, wanted: DossierFilter, clerk_name: str, unit_name: str) -> Iterator[str]:
    yield from _kinds(words, wanted)
    for status in wanted.statuses:
        yield words(f"ui.dossier_status_short.{int(status)}")
    if wanted.scope is not Scope.UNIT:
        yield words(f"lists.scope.{wanted.scope.value}")
    if wanted.channel is not None:
        yield words(f"lists.channel.{wanted.channel.value}")
    yield from (text for text in (wanted.field_name, wanted.procedure_code) if text)
    if wanted.competent_unit_code:
        yield words("lists.said.unit", name=unit_name)
    if wanted.clerk_id:
        yield words("lists.said.clerk", name=clerk_name)
    for name in ("received_from", "received_to", "due_from", "due_to"):
        day = getattr(wanted, name)
        if day is not None:
            yield words(f"lists.said.{name}", day=format_date(day))


def _kinds(words: Words, wanted: DossierFilter) -> Iterator[str]:
    kinds = {
        "late": wanted.is_late,
        "due_today": wanted.is_due_today,
        "due_soon": wanted.is_due_soon,
        "running": wanted.is_running,
        "waits_for_owner": wanted.waits_for_owner,
        "result_elsewhere": wanted.is_result_elsewhere,
        "to_acknowledge": wanted.is_to_acknowledge,
        "to_transfer": wanted.is_to_transfer,
    }
    for name, is_asked in kinds.items():
        if is_asked:
            yield words(f"lists.kind.{name}")
    if wanted.due_within_days:
        yield words("lists.due_within", days=wanted.due_within_days)
