"""Lists to and from a carrier. What goes out is logged; what comes in is taken row by row, each whole or not at all.

A list says what a carrier collected and brings no cash: the carrier owes it until a clerk has counted and taken it.
"""

import hashlib
from collections.abc import Iterator, Sequence
from enum import StrEnum

import msgspec

from counter_app.core.changes import Topic
from counter_app.core.errors import UserError
from counter_app.domain.postal import UNDERWAY, Attempt, Delivery, Waybill, WaybillState, is_misspelled
from counter_app.domain.postal_lists import IN_COLUMNS, NEEDED, OUT_COLUMNS, Event, ReportedEvent, read_event
from counter_app.domain.sheet_files import ListedRow, read_list, write_csv, write_xlsx
from counter_app.journal.postal_entries import PostFileRead, PostFileWritten
from counter_app.services.answers.postal import NewWaybill
from counter_app.services.open_desk import OpenDesk
from counter_app.services.session import Session
from counter_app.services.waybills import Waybills

_MOST_WAYBILLS = 20_000
_TITLE = "Vận đơn"


class RowState(StrEnum):
    """What became of one row."""

    ACCEPTED = "accepted"
    UNCHANGED = "unchanged"
    DOUBTFUL = "doubtful"


class ReportRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of an import report. A doubtful one has the code of its reason and the text as it stood in the file."""

    number: int
    """As a spreadsheet shows it."""
    state: RowState
    waybill: str = ""
    problem: str = ""
    context: dict[str, str] = {}
    source: str = ""


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an import came to, row by row in the order of the file."""

    rows: tuple[ReportRow, ...]

    def count(self, state: RowState) -> int:
        """Return how many rows came to this."""
        return sum(row.state is state for row in self.rows)


class OutList(msgspec.Struct, frozen=True, kw_only=True):
    """A list for the carrier as a file's content, with what it holds."""

    data: bytes
    waybills: int
    orders: int


class PostFiles:
    """Writes and reads carriers' lists. Safe from any thread."""

    def __init__(self, desk: OpenDesk, session: Session, waybills: Waybills) -> None:
        self._desk = desk
        self._session = session
        self._waybills = waybills

    def write(self, suffix: str) -> OutList:
        """Return the list of what is under way, and of the results that still need a waybill (without a number).

        `suffix` is ``.csv`` or ``.xlsx``. The journal keeps who wrote it, when, and how many rows.

        Raises:
            UserError: ``postal.bad_suffix``, nobody signed in.
        """
        signed_in = self._session.require()
        if suffix not in (".csv", ".xlsx"):
            raise UserError("postal.bad_suffix", suffix=suffix[:20])
        waybills = [view.waybill for view in self._waybills.list_all(states=UNDERWAY, limit=_MOST_WAYBILLS)]
        ready = self._waybills.list_ready()
        orders = [(one.code, "", "", "result_out", one.receiver, one.phone, one.address, 0, "") for one in ready]
        rows: list[Sequence[str | int]] = [*(_out_row(one) for one in waybills), *orders]
        headers = [names[0] for names in OUT_COLUMNS.values()]
        data = write_csv(headers, rows) if suffix == ".csv" else write_xlsx(_TITLE, headers, rows)
        with self._desk.transaction() as connection:
            body = PostFileWritten(suffix=suffix, waybills=len(waybills), orders=len(orders))
            self._desk.journal.append(connection, body, clerk=signed_in.clerk.id, subject="post")
        return OutList(data=data, waybills=len(waybills), orders=len(orders))

    def read(self, data: bytes) -> ImportReport:
        """Take a carrier's statuses, the oldest first. A row that is known already changes nothing.

        Raises:
            UserError: ``postal.file_*``: the file as a whole is refused and nothing was changed; nobody signed in.
        """
        signed_in = self._session.require()
        listed = read_list(data, IN_COLUMNS, needs=NEEDED)
        found = {row.number: self._take(row, event) for row, event in _in_time(listed)}
        report = ImportReport(rows=tuple(found[row.number] for row in listed))
        if report.count(RowState.ACCEPTED):
            body = PostFileRead(
                digest=hashlib.sha256(data).hexdigest(),
                accepted=report.count(RowState.ACCEPTED),
                unchanged=report.count(RowState.UNCHANGED),
                doubtful=report.count(RowState.DOUBTFUL),
            )
            with self._desk.transaction() as connection:
                self._desk.journal.append(connection, body, clerk=signed_in.clerk.id, subject="post")
            self._desk.announcer.announce(Topic.POST)
        return report

    def _take(self, row: ListedRow, event: ReportedEvent | UserError) -> ReportRow:
        """Take one row, in one transaction of its own."""
        if isinstance(event, UserError):
            return _doubtful(row, event)
        try:
            state = self._record(event)
        except UserError as error:
            return _doubtful(row, error, event.number)
        return ReportRow(number=row.number, state=state, waybill=event.number)

    def _record(self, event: ReportedEvent) -> RowState:
        known = self._find(event.number)
        if known is not None:
            _check_cash(known, event)
            if _is_known(known, event):
                return RowState.UNCHANGED
        if event.event is Event.ACCEPTED:
            self._open(event)
            return RowState.ACCEPTED
        if known is None:
            raise UserError("postal.unknown_number", number=event.number)
        match event.event:
            case Event.ATTEMPTED:
                tried = Attempt(at=event.at, outcome=event.outcome, note=event.note)
                self._waybills.attempt(event.number, tried)
            case Event.DELIVERED:
                self._deliver(event)
            case Event.RETURNED:
                self._waybills.give_back(event.number, event.at, event.reason)
        return RowState.ACCEPTED

    def _open(self, event: ReportedEvent) -> None:
        """A number that cannot be right is left to a clerk, who sees the paper."""
        if not event.code:
            raise UserError("postal.row_code_missing")
        if is_misspelled(event.number):
            raise UserError("postal.row_misspelled", number=event.number)
        wanted = NewWaybill(
            number=event.number,
            code=event.code,
            carrier=event.carrier,
            cod=event.cod or 0,
            weight_note="",
            opened_at=event.at,
        )
        self._waybills.open(wanted)

    def _deliver(self, event: ReportedEvent) -> None:
        """Who took it is said by the carrier or by nobody: the addressee is not put in their place."""
        if not event.receiver:
            raise UserError("postal.row_receiver_missing")
        delivery = Delivery(
            at=event.at,
            receiver=event.receiver,
            relation=event.relation,
            authorisation=event.authorisation,
            id_number=event.id_number,
        )
        self._waybills.deliver(event.number, delivery)

    def _find(self, number: str) -> Waybill | None:
        try:
            return self._waybills.get(number).waybill
        except UserError:
            return None


def _in_time(rows: Sequence[ListedRow]) -> Iterator[tuple[ListedRow, ReportedEvent | UserError]]:
    """Yield the rows by the time they report: a list may have the delivery above the attempts before it."""
    understood: list[tuple[ListedRow, ReportedEvent]] = []
    for row in rows:
        try:
            understood.append((row, read_event(row)))
        except UserError as error:
            yield row, error
    order = tuple(Event)
    yield from sorted(understood, key=lambda one: (one[1].at, order.index(one[1].event), one[0].number))


def _check_cash(waybill: Waybill, event: ReportedEvent) -> None:
    """Another amount than the waybill's is for a clerk to look at, before the carrier says it has paid."""
    if event.event is Event.DELIVERED and event.cod and event.cod != waybill.cod:
        raise UserError("postal.cod_differs", number=waybill.number, amount=event.cod, expected=waybill.cod)


def _is_known(waybill: Waybill, event: ReportedEvent) -> bool:
    match event.event:
        case Event.ACCEPTED:
            return waybill.dossier_code == event.code.strip().upper() and waybill.opened_at == event.at
        case Event.ATTEMPTED:
            return any((one.at, one.outcome) == (event.at, event.outcome) for one in waybill.attempts)
        case Event.DELIVERED:
            delivery = waybill.delivery
            if delivery is None or delivery.at != event.at:
                return False
            return event.receiver in (delivery.receiver, "")
        case Event.RETURNED:
            return waybill.state is WaybillState.RETURNED and waybill.ended_at == event.at


def _out_row(waybill: Waybill) -> Sequence[str | int]:
    return (
        waybill.dossier_code,
        waybill.number,
        waybill.carrier,
        waybill.kind.value,
        waybill.receiver,
        waybill.phone,
        waybill.address,
        waybill.cod,
        waybill.weight_note,
    )


def _doubtful(row: ListedRow, error: UserError, waybill: str = "") -> ReportRow:
    return ReportRow(
        number=row.number,
        state=RowState.DOUBTFUL,
        waybill=waybill,
        problem=error.code,
        context={name: str(value) for name, value in error.context.items()},
        source=row.source,
    )
