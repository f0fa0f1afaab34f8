"""From what a clerk names (codes, days) to what a paper is about, with the rules of each form."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from counter_app.core.clock import VIETNAM, from_millis, local_date, to_millis
from counter_app.core.errors import UserError
from counter_app.domain.actions.papers import RECEIPTS
from counter_app.domain.dossier_code import looks_like_dossier_code, parse_dossier_code
from counter_app.domain.forms.details import Details
from counter_app.domain.forms.kinds import KINDS, Form, Per
from counter_app.domain.forms.subjects import Subject, describe_codes, describe_days
from counter_app.domain.manifest import looks_like_manifest_code
from counter_app.domain.stated import clean_stated
from counter_app.services.answers.printing import PaperRequest
from counter_app.services.manifest_rows import get_manifest
from counter_app.store.tables import dossiers

_MOST_DOSSIERS = 2_000


@dataclass(frozen=True, slots=True)
class ResolvedSubject:
    """What a paper is about, and its name: the code, the codes in short, or the days."""

    about: Subject
    name: str
    due_at: datetime | None = None
    """The due date that holds now, of one dossier."""


def resolve_subject(connection: Connection, request: PaperRequest, *, today: date) -> ResolvedSubject:
    """Return what the request is about.

    Raises:
        UserError: ``dossier.unknown_code``, ``print_job.no_dossier``, ``print_job.one_dossier``,
            ``print_job.too_many_dossiers``, ``print_job.bad_period``, ``print_job.form_not_in_set``,
            ``print_job.sheet_unsuitable``, ``print_job.not_accepted``,
            ``manifest.unknown_code``, ``manifest.form_unsuitable``.
    """
    kind = KINDS[request.form]
    if request.form_set is not None and request.form_set not in kind.sets:
        raise UserError("print_job.form_not_in_set", circular=request.form_set.value)
    if request.sheet is not None and request.sheet not in kind.sheets:
        raise UserError("print_job.sheet_unsuitable", sheet=request.sheet.value)
    if kind.per in (Per.PERIOD, Per.SESSION):
        return _days(connection, request, today=today, single=kind.per is Per.SESSION)
    if len(request.codes) == 1 and looks_like_manifest_code(request.codes[0]):
        return _manifest(connection, request)
    return _dossiers(connection, request, several=kind.per is Per.MANIFEST or request.form is Form.RECEIPT_BULK)


def _dossiers(connection: Connection, request: PaperRequest, *, several: bool) -> ResolvedSubject:
    codes = normalise_codes(request.codes)
    if not codes:
        raise UserError("print_job.no_dossier")
    if len(codes) > 1 and not several:
        raise UserError("print_job.one_dossier")
    found = _find_rows(connection, codes)
    if request.form in RECEIPTS and any(row.accepted_at is None for row in found.values()):
        raise UserError("print_job.not_accepted")
    about = Subject(dossier_ids=tuple(found[code].id for code in codes))
    due_at = found[codes[0]].due_at
    return ResolvedSubject(about, describe_codes(codes), from_millis(due_at) if due_at is not None else None)


def _manifest(connection: Connection, request: PaperRequest) -> ResolvedSubject:
    if KINDS[request.form].per is not Per.MANIFEST and request.form is not Form.LABEL:
        raise UserError("manifest.form_unsuitable")
    code = get_manifest(connection, request.codes[0]).manifest.code
    return ResolvedSubject(Subject(manifest_id=code), code)


def _days(connection: Connection, request: PaperRequest, *, today: date, single: bool) -> ResolvedSubject:
    first, last = request.first_day, request.last_day
    if first is None and request.codes:
        codes = normalise_codes(request.codes)
        rows = _find_rows(connection, codes).values()
        days = [local_date(from_millis(row.accepted_at or row.received_at)) for row in rows]
        first, last = min(days), max(days)
    first = first or today
    last = last or first
    # A book is of one year; a closing of one day.
    if not first <= last or first.year != last.year or (single and first != last):
        raise UserError("print_job.bad_period", first=first.isoformat(), last=last.isoformat())
    return ResolvedSubject(Subject(first_day=first, last_day=last), describe_days(first, last))


def normalise_codes(codes: Iterable[str]) -> tuple[str, ...]:
    """Return dossier codes as they are stored, each once, in order.

    Raises:
        UserError: ``print_job.too_many_dossiers``.
    """
    found = dict.fromkeys(_normalise(code) for code in codes)
    if len(found) > _MOST_DOSSIERS:
        raise UserError("print_job.too_many_dossiers", most=_MOST_DOSSIERS)
    return tuple(found)


def _normalise(code: str) -> str:
    return parse_dossier_code(code).format() if looks_like_dossier_code(code) else code.strip()


def _find_rows(connection: Connection, codes: tuple[str, ...]) -> dict[str, Row[Any]]:
    """Return id, receipt, acceptance and due date by code.

    Raises:
        UserError: ``dossier.unknown_code`` names the first that is not here.
    """
    table = dossiers.dossier.c
    found: dict[str, Row[Any]] = {}
    for start in range(0, len(codes), 500):
        columns = select(table.code, table.id, table.received_at, table.accepted_at, table.due_at)
        query = columns.where(table.code.in_(codes[start : start + 500]))
        found |= {row.code: row for row in connection.execute(query)}
    missing = next((code for code in codes if code not in found), None)
    if missing is not None:
        raise UserError("dossier.unknown_code", code=missing[:40])
    return found


def as_ordered(form: Form, details: Details, now: datetime, due_at: datetime | None) -> Details:
    """Return the details of a paper ordered now, so that it says the same whenever it is printed.

    A dated form bears this moment; `due_at` is the due date that holds now. Neither is for the clerk to state.

    Raises:
        UserError: ``stated.*``, ``due.bad_date``.
    """
    issued_at = now if KINDS[form].is_dated else None
    return msgspec.structs.replace(clean_stated(details), issued_at=issued_at, due_at=due_at)


def midnight(day: date) -> datetime:
    """Return the instant at which a local day begins."""
    return datetime.combine(day, time(), VIETNAM)


def accepted_codes(connection: Connection, first: date, last: date) -> tuple[str, ...]:
    """Return the codes of the dossiers accepted on local days, both included, in the order of their acceptance."""
    table = dossiers.dossier.c
    start, end = to_millis(midnight(first)), to_millis(midnight(last + timedelta(days=1)))
    query = select(table.code).where(table.accepted_at >= start, table.accepted_at < end)
    return tuple(connection.execute(query.order_by(table.accepted_at, table.row)).scalars())
