"""People of open dossiers whose facts the population database has not confirmed: what offline work leaves to check."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, exists, or_

from counter_app.domain.dossier import ENDED, Status, parties_of
from counter_app.domain.person import PartyRole
from counter_app.domain.standing import standings_of
from counter_app.domain.systems import RequestState, System, SystemLine
from counter_app.journal.dossier_states import STATE_COLUMNS, state_of
from counter_app.services.open_desk import OpenDesk
from counter_app.services.system_lines import read_offered, read_system_lines
from counter_app.store.tables import dossiers, exchange

#: A list that nobody reads to its end; the oldest first.
MOST = 1_000
_AT_ONCE = 50
_TABLE, _ANSWER = dossiers.dossier.c, exchange.system_answer.c
_OPEN = sorted(int(one) for one in standings_of([status for status in Status if status not in ENDED]))
_CONFIRMED = exists().where(
    _ANSWER.dossier_id == _TABLE.id,
    _ANSWER.system == System.POPULATION.value,
    _ANSWER.facts.like('%"matches"%'),
)
_HAS_SUBMITTER = exists().where(
    dossiers.dossier_party.c.dossier_row == _TABLE.row, dossiers.dossier_party.c.role == PartyRole.SUBMITTER.value
)
# Whoever was confirmed may have been corrected since, and a submitter is a second person.
_MAYBE = (
    STATE_COLUMNS.where(
        _TABLE.standing.in_(_OPEN),
        _TABLE.row > bindparam("after"),
        or_(~_CONFIRMED, _TABLE.corrected.is_not(None), _HAS_SUBMITTER),
    )
    .order_by(_TABLE.row)
    .limit(_AT_ONCE)
)


class IdentityDebt(msgspec.Struct, frozen=True, kw_only=True):
    """One person of one open dossier who is not confirmed. `line` says why: not asked yet, differs, refused."""

    dossier_code: str
    role: PartyRole
    full_name: str
    received_at: datetime
    line: SystemLine


class IdentityDebts:
    """Reads only. Safe from any thread."""

    def __init__(self, desk: OpenDesk) -> None:
        self._desk = desk

    def list_all(self, *, most: int = MOST) -> tuple[IdentityDebt, ...]:
        """Return them, the oldest dossiers first, no more than asked for; nothing where the province asks nobody."""
        debts: list[IdentityDebt] = []
        with self._desk.store.reading() as connection:
            if System.POPULATION not in read_offered(connection):
                return ()
            after = 0
            while len(debts) < most:
                rows = connection.execute(_MAYBE, {"after": after}).all()
                if not rows:
                    break
                after = rows[-1].row
                for row in rows:
                    debts += self._debts_of(connection, row)
        return tuple(debts[:most])

    def _debts_of(self, connection: Connection, row: Any) -> Iterator[IdentityDebt]:
        dossier, state = state_of(row)
        people = parties_of(dossier)
        for line in read_system_lines(connection, dossier, state, now=self._desk.clock.now()):
            if line.system is System.POPULATION and not is_confirmed(line):
                role = PartyRole(line.request.partition(":")[0])
                yield IdentityDebt(
                    dossier_code=dossier.code,
                    role=role,
                    full_name=people[role].full_name,
                    received_at=dossier.received_at,
                    line=line,
                )


def is_confirmed(line: SystemLine) -> bool:
    """Whether the population database said that all facts are right."""
    return line.state is RequestState.ANSWERED and line.facts.get("outcome") == "matches"
