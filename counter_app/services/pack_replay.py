"""What a pack would have made of the dossiers of the last day: their due dates and fees, with it and without it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import NamedTuple

from sqlalchemy import func, select

from counter_app.core.clock import VIETNAM, from_millis, local_date, to_millis
from counter_app.core.errors import UserError
from counter_app.domain.dossier import Dossier
from counter_app.domain.due_date import compute_due
from counter_app.domain.fees import compute_fees, select_fees
from counter_app.domain.procedure import Procedure
from counter_app.domain.working_time import DayOverride, WorkingCalendar
from counter_app.journal.dossier_states import STATE_COLUMNS, state_of
from counter_app.services.answers.packs import Replayed
from counter_app.services.catalogue import Catalogue
from counter_app.services.open_desk import OpenDesk
from counter_app.store.tables import dossiers
from counter_app.sync.packs import ConfigurationPack

_MOST = 500
_RECEIVED = dossiers.dossier.c.received_at


class Replay(NamedTuple):
    """The day whose dossiers were looked at, how many, and those that would have been different."""

    day: date | None
    received: int
    different: tuple[Replayed, ...]


class _Answer(NamedTuple):
    due_at: datetime | None
    fee: int | None
    problem: str = ""


def replay(
    desk: OpenDesk,
    catalogue: Catalogue,
    days: tuple[DayOverride, ...],
    pack: ConfigurationPack,
    before: Mapping[str, Procedure | None],
) -> Replay:
    """Return what a pack would have changed; `days` and `before` are as without it. At most 500 dossiers."""
    day, received = _last_day(desk)
    with_pack = tuple(({one.day: one for one in days} | {one.day: one for one in pack.days}).values())
    new = {one.code: one for one in pack.procedures}
    old = {one.procedure_code: before.get(one.procedure_code) or _find(catalogue, one) for one in received}
    answers = (
        (one, _answer(desk, one, old[one.procedure_code], days), _answer(desk, one, after, with_pack))
        for one in received
        for after in (new.get(one.procedure_code, old[one.procedure_code]),)
    )
    return Replay(day, len(received), tuple(_differences(answers)))


def _differences(answers: Iterable[tuple[Dossier, _Answer, _Answer]]) -> Iterator[Replayed]:
    for dossier, was, will_be in answers:
        if was != will_be:
            yield Replayed(
                code=dossier.code,
                procedure_code=dossier.procedure_code,
                due_before=was.due_at,
                due_after=will_be.due_at,
                fee_before=was.fee,
                fee_after=will_be.fee,
                problem=will_be.problem,
            )


def _answer(
    desk: OpenDesk, dossier: Dossier, procedure: Procedure | None, overrides: tuple[DayOverride, ...]
) -> _Answer:
    if procedure is None:
        return _Answer(None, None)
    case = procedure.find_case(dossier.case_code or None)
    if case is None:
        return _Answer(None, None, "check.case_unknown")
    fees = compute_fees(
        select_fees(procedure.fees, case_code=case.code),
        channel=dossier.channel,
        quantities={"dossier": dossier.dossier_count},
    )
    fee = fees.total if fees.is_complete else None
    limit = procedure.find_time_limit(case, dossier.channel)
    if limit is None:
        return _Answer(None, fee, "check.time_limit_missing")
    with desk.store.reading() as connection:
        unit = desk.read_unit(connection, dossier.competent_unit_code)
    try:
        return _Answer(compute_due(limit, dossier.received_at, WorkingCalendar(unit.timetable, overrides)).due_at, fee)
    except UserError as error:
        return _Answer(None, fee, error.code)


def _find(catalogue: Catalogue, dossier: Dossier) -> Procedure | None:
    try:
        return catalogue.get(dossier.procedure_code, on=dossier.procedure_effective_on)
    except UserError:
        return None


def _last_day(desk: OpenDesk) -> tuple[date | None, tuple[Dossier, ...]]:
    """Return the dossiers received on the last day before today that has any; today's when there is no such day."""
    midnight = to_millis(datetime.combine(local_date(desk.clock.now()), time(), VIETNAM).astimezone(UTC))
    with desk.store.reading() as connection:
        last = connection.execute(select(func.max(_RECEIVED)).where(midnight > _RECEIVED)).scalar()
        last = last if last is not None else connection.execute(select(func.max(_RECEIVED))).scalar()
        if last is None:
            return None, ()
        day = local_date(from_millis(last))
        since = to_millis(datetime.combine(day, time(), VIETNAM).astimezone(UTC))
        rows = connection.execute(
            STATE_COLUMNS.where(_RECEIVED.between(since, last)).order_by(_RECEIVED.desc()).limit(_MOST)
        )
        return day, tuple(state_of(row)[0] for row in rows)
