"""Where the questions to other systems about a dossier stand, as far as this desk knows."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, select

from counter_app.core.clock import from_millis
from counter_app.domain.actions.state import DossierState
from counter_app.domain.dossier import Dossier
from counter_app.domain.systems import RequestState, System, SystemLine, Wanted, list_wanted
from counter_app.journal.dossier_states import as_it_stands
from counter_app.store.tables import exchange

_ANSWER = exchange.system_answer.c
_OF_DOSSIER = (
    select(exchange.system_answer)
    .where(_ANSWER.dossier_id == bindparam("wanted"))
    .order_by(_ANSWER.system, _ANSWER.at, _ANSWER.request)
)
_OFFERED = select(_ANSWER.system).where(_ANSWER.dossier_id == "", _ANSWER.state == RequestState.ANSWERED.value)
_facts = msgspec.json.Decoder(dict[str, str])
# A message that was sent and money that was paid stay true whatever the dossier asks for now.
_LASTING = frozenset({System.NOTICES, System.PAYMENT, System.DECISIONS, System.COMPETENT})


def read_offered(connection: Connection) -> frozenset[System]:
    """Return which systems the province asks at all, as it last said."""
    return frozenset(System(name) for name in connection.execute(_OFFERED).scalars())


def read_system_lines(
    connection: Connection, dossier: Dossier, state: DossierState, *, now: datetime
) -> tuple[SystemLine, ...]:
    """Return every question of a dossier that is open here, and every answer that still says something."""
    offered = read_offered(connection)
    rows = connection.execute(_OF_DOSSIER, {"wanted": dossier.id}).all()
    if not offered and not rows:
        return ()
    answers = {(row.system, row.request): _line(row) for row in rows}
    wanted = list_wanted(as_it_stands(dossier, state), state)
    lines = []
    for one in wanted:
        answer = answers.pop((one.system.value, one.request), None)
        line = answer or (_open(one, now) if one.system in offered else None)
        if line is not None:
            lines.append(msgspec.structs.replace(line, about=one.facts.get("paper", "")))
    lines += [line for line in answers.values() if line.system in _LASTING and line.state is RequestState.ANSWERED]
    order = list(System)
    return tuple(sorted(lines, key=lambda line: order.index(line.system)))


def _line(row: Row[Any]) -> SystemLine:
    return SystemLine(
        system=System(row.system),
        request=row.request,
        state=RequestState(row.state),
        at=from_millis(row.at),
        reason=row.reason,
        facts=_facts.decode(row.facts),
    )


def _open(wanted: Wanted, now: datetime) -> SystemLine:
    is_late = wanted.until is not None and now > wanted.until
    state = RequestState.GIVEN_UP if is_late else RequestState.WAITING
    return SystemLine(system=wanted.system, request=wanted.request, state=state)
