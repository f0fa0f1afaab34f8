"""Looking dossiers up: lists of them, a person's earlier ones, one by its code, and what a scanned code means."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, and_, or_, select

from counter_app.core.errors import UserError
from counter_app.domain.actions.state import Handed
from counter_app.domain.dossier import Dossier, Status
from counter_app.domain.dossier_code import looks_like_dossier_code, parse_dossier_code
from counter_app.domain.identity_card import looks_like_card
from counter_app.domain.manifest import ItemState, looks_like_manifest_code, parse_manifest_code
from counter_app.domain.manifest_passport import looks_like_bag_paper
from counter_app.domain.person import FieldSource, Party, PartyRole
from counter_app.domain.postal import normalise_number
from counter_app.domain.slip_code import looks_like_slip_code, parse_slip_code
from counter_app.journal.dossier_states import as_it_stands, get_dossier_row, state_of
from counter_app.journal.entries import (
    DossierActed,
    DossierCorrected,
    DossierHanded,
    Entry,
    ManifestClosed,
    ManifestReceived,
    PaperHanded,
    decode_body,
    entry_of,
)
from counter_app.journal.postal_entries import (
    CodCollected,
    WaybillAttempted,
    WaybillCancelled,
    WaybillDelivered,
    WaybillOpened,
    WaybillReturned,
)
from counter_app.services.answers.dossiers import (
    CorrectionLine,
    DossierRow,
    DossierView,
    HistoryLine,
    ScanKind,
    ScanTarget,
)
from counter_app.services.dossier_rows import row_of, select_rows
from counter_app.services.held_rows import read_held
from counter_app.services.manifest_rows import list_manifests_of
from counter_app.services.open_desk import OpenDesk
from counter_app.services.person_rows import (
    find_root,
    join,
    keys_of_number,
    list_members,
    rows_of_number,
    rows_related,
)
from counter_app.services.printing_jobs import list_of_dossier
from counter_app.services.process_times import ProcessTimes
from counter_app.services.system_lines import read_system_lines
from counter_app.services.waybill_rows import find_waybill, list_waybills_of
from counter_app.store.tables import custody, dossiers, journal, organisation
from counter_app.sync.status import read_ticks

_FINAL = frozenset({Status.NOT_ACCEPTED, Status.WITHDRAWN, Status.STOPPED, Status.RESOLVED, Status.RETURNED})
_MOST_RELATED = 9
_PARTY_FIELDS = ("full_name", "id_number", "birth_on", "birth_year", "sex", "address", "phone", "email", "tax_code")


class Lookup:
    """Reads only."""

    def __init__(self, desk: OpenDesk, process_times: ProcessTimes) -> None:
        self._desk = desk
        self._process_times = process_times

    def list_of_person(self, id_number: str, *, limit: int = 10) -> tuple[DossierRow, ...]:
        """Return the dossiers that name somebody by this number, or somebody merged with them, newest first."""
        if not id_number:
            return ()
        query = select_rows().where(dossiers.dossier.c.row.in_(rows_of_number(id_number)))
        with self._desk.store.reading() as connection:
            rows = connection.execute(query.order_by(dossiers.dossier.c.row.desc()).limit(limit)).all()
        return self._shown(rows)

    def list_recent(self, *, limit: int = 20) -> tuple[DossierRow, ...]:
        """Return the dossiers received last, newest first."""
        query = select_rows().order_by(dossiers.dossier.c.row.desc()).limit(limit)
        with self._desk.store.reading() as connection:
            return self._shown(connection.execute(query).all())

    def list_open_twins(self, *, procedure_code: str, applicant: Party) -> tuple[DossierRow, ...]:
        """Return dossiers not yet ended of the same procedure and the same applicant: likely duplicates."""
        number = applicant.id_number or applicant.tax_code
        if not number or not procedure_code:
            return ()
        same = rows_of_number(number, role=PartyRole.APPLICANT)
        query = select_rows().where(
            dossiers.dossier.c.row.in_(same),
            dossiers.dossier.c.procedure_code == procedure_code,
            dossiers.dossier.c.status.not_in([int(status) for status in _FINAL]),
        )
        with self._desk.store.reading() as connection:
            rows = connection.execute(query.order_by(dossiers.dossier.c.row.desc()).limit(5)).all()
        return self._shown(rows)

    def find_person(self, number: str) -> Party | None:
        """Return what this desk knows of a person by number, fields marked as from an earlier dossier."""
        if not number:
            return None
        with self._desk.store.reading() as connection:
            root = find_root(connection, keys_of_number(number))
            if root is None:
                return None
            known = join(root, list_members(connection, [root])[root]).party
        sources = {name: FieldSource.EARLIER for name in _PARTY_FIELDS if getattr(known, name)}
        return msgspec.structs.replace(known, sources=sources)

    def read_rows(self, connection: Connection, rows: Iterable[int]) -> dict[int, DossierRow]:
        """Return these dossiers by their row, newest first."""
        query = select_rows().where(dossiers.dossier.c.row.in_(list(rows))).order_by(dossiers.dossier.c.row.desc())
        found = connection.execute(query).all()
        return dict(zip((row.row for row in found), self._shown(found), strict=True))

    def get_dossier(self, code: str) -> DossierView:
        """Return a dossier by code.

        Raises:
            UserError: ``dossier.unknown_code``.
        """
        wanted = parse_dossier_code(code).format() if looks_like_dossier_code(code) else code.strip()
        with self._desk.store.reading() as connection:
            dossier, state = state_of(get_dossier_row(connection, wanted))
            entries, names = _entries_of(connection, dossier), _names_of_clerks(connection)
            (line,) = self._shown(connection.execute(select_rows().where(dossiers.dossier.c.id == dossier.id)).all())
            return DossierView(
                dossier=as_it_stands(dossier, state),
                state=state,
                history=tuple(_line(entry, names) for entry in entries),
                corrections=tuple(_corrections(entries, names)),
                print_jobs=list_of_dossier(connection, dossier.id),
                manifests=list_manifests_of(connection, dossier.code),
                progress=self._process_times.trace(connection, dossier, state),
                is_due_today=line.is_due_today,
                is_due_soon=line.is_due_soon,
                waybills=list_waybills_of(connection, dossier.id),
                related=self._related(connection, dossier),
                ticks=read_ticks(connection, dossier.id, own_desk=self._desk.desk.id),
                systems=read_system_lines(connection, dossier, state, now=self._desk.clock.now()),
                held=tuple(one for one in read_held(connection) if one.dossier_id == dossier.id),
            )

    def _shown(self, rows: Sequence[Row[Any]]) -> tuple[DossierRow, ...]:
        now, soon = self._desk.clock.now(), self._process_times.soon_until()
        return tuple(row_of(row, now, soon_until=soon) for row in rows)

    def _related(self, connection: Connection, dossier: Dossier) -> tuple[DossierRow, ...]:
        table = dossiers.dossier.c
        query = select_rows().where(table.row.in_(rows_related(dossier)), table.id != dossier.id)
        return self._shown(connection.execute(query.order_by(table.row.desc()).limit(_MOST_RELATED)).all())

    def resolve_scan(self, text: str) -> ScanTarget:
        """Say what a scanned text is."""
        if looks_like_card(text):
            return ScanTarget(kind=ScanKind.IDENTITY_CARD, text=text)
        if looks_like_bag_paper(text):
            return ScanTarget(kind=ScanKind.MANIFEST, text=text)
        if looks_like_slip_code(text):
            return _slip_target(text)
        if looks_like_dossier_code(text):
            code = parse_dossier_code(text).format()
            return ScanTarget(kind=ScanKind.DOSSIER, text=text, dossier_code=code)
        if looks_like_manifest_code(text):
            return ScanTarget(kind=ScanKind.MANIFEST, text=text, manifest_code=parse_manifest_code(text).format())
        waybill = self._find_waybill(text)
        return ScanTarget(kind=ScanKind.WAYBILL if waybill else ScanKind.UNKNOWN, text=text, waybill=waybill)

    def _find_waybill(self, text: str) -> str:
        """Carriers number as they like: only the number of a waybill of this desk is one."""
        try:
            number = normalise_number(text)
        except UserError:
            return ""
        with self._desk.store.reading() as connection:
            found = find_waybill(connection, number)
        return found.number if found is not None else ""


def _slip_target(text: str) -> ScanTarget:
    """A slip leads to its dossier whether or not its signature holds: `SlipChecks` says what it is worth."""
    try:
        code = parse_slip_code(text).code
    except UserError:
        return ScanTarget(kind=ScanKind.UNKNOWN, text=text, is_slip=True)
    return ScanTarget(kind=ScanKind.DOSSIER, text=text, dossier_code=code, is_slip=True)


def _names_of_clerks(connection: Connection) -> dict[str, str]:
    return {row.id: row.full_name for row in connection.execute(select(organisation.clerk))}


def _entries_of(connection: Connection, dossier: Dossier) -> list[Entry]:
    """Return the entries about the dossier itself, and the steps of the manifests that list it, as they came."""
    entry, item = journal.entry.c, custody.manifest_item.c
    listing = select(item.manifest_code).where(item.dossier_code == dossier.code, item.state != ItemState.REMOVED.value)
    of_manifest = and_(entry.subject.in_(listing), entry.kind.in_(_MANIFEST_STEPS))
    query = (
        select(journal.entry).where(or_(entry.subject == dossier.id, of_manifest)).order_by(entry.at, entry.position)
    )
    return [entry_of(row) for row in connection.execute(query)]


def _corrections(entries: Iterable[Entry], names: dict[str, str]) -> Iterator[CorrectionLine]:
    for entry in entries:
        if entry.kind == DossierCorrected.KIND:
            body = decode_body(entry.kind, entry.version, entry.body)
            if isinstance(body, DossierCorrected):
                name = names.get(entry.clerk, "")
                yield CorrectionLine(at=entry.instant, clerk_name=name, correction=body.correction)


_MANIFEST_STEPS = (ManifestClosed.KIND, ManifestReceived.KIND)


def _line(entry: Entry, names: dict[str, str]) -> HistoryLine:
    return HistoryLine(
        at=entry.instant,
        clerk_name=names.get(entry.clerk, ""),
        kind=entry.kind,
        action=_action_of(entry),
        manifest_code=_manifest_of(entry),
        waybill=_waybill_of(entry),
        is_result=_is_result_handed(entry),
    )


def _is_result_handed(entry: Entry) -> bool:
    if (entry.kind, entry.version) != (DossierHanded.KIND, DossierHanded.VERSION):
        return False
    body = decode_body(entry.kind, entry.version, entry.body)
    return isinstance(body, DossierHanded) and body.what is Handed.RESULT


def _waybill_of(entry: Entry) -> str:
    if not entry.kind.startswith(("waybill.", "cod.")):
        return ""
    match decode_body(entry.kind, entry.version, entry.body):
        case WaybillOpened(waybill=waybill):
            return waybill.number
        case WaybillAttempted() | WaybillDelivered() | WaybillReturned() | WaybillCancelled() as step:
            return step.number
        case CodCollected(collection=collection):
            return collection.waybill
        case _:
            return ""


def _manifest_of(entry: Entry) -> str:
    if entry.kind in _MANIFEST_STEPS:
        return entry.subject
    if entry.kind != DossierHanded.KIND:
        return ""
    body = decode_body(entry.kind, entry.version, entry.body)
    return body.manifest if isinstance(body, DossierHanded | PaperHanded) else ""


def _action_of(entry: Entry) -> str:
    if entry.kind != DossierActed.KIND:
        return ""
    body = decode_body(entry.kind, entry.version, entry.body)
    return body.action.value if isinstance(body, DossierActed) else ""
