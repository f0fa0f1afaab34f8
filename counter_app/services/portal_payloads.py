"""What the national portal is told about a dossier, made from the journal. Reads only."""

from collections.abc import Iterator, Sequence

import msgspec
from sqlalchemy import Connection, select

from counter_app.core.errors import UserError
from counter_app.domain.actions.life import advance
from counter_app.domain.actions.state import initial_state
from counter_app.domain.actions.table import Action
from counter_app.domain.document import DocumentSource
from counter_app.domain.dossier import Dossier, Status
from counter_app.domain.national_portal.dossier import (
    AttachedPaper,
    DossierSaid,
    Fields,
    SupplementWords,
    dossier_payload,
)
from counter_app.domain.national_portal.progress import StepSaid, progress_payloads
from counter_app.domain.national_portal.wanted import list_missing
from counter_app.journal.dossier_states import get_dossier_row, state_of
from counter_app.journal.entries import DossierActed, DossierActedEarlier, DossierReceived, Entry, decode_body, entry_of
from counter_app.journal.exchange_entries import Decisions, HeldDecided, HeldDecision
from counter_app.journal.streams import order_of
from counter_app.services.catalogue import Catalogue
from counter_app.services.document_rows import DOCUMENTS_OF_DOSSIER, view_of
from counter_app.services.open_desk import OpenDesk
from counter_app.services.paper_subjects import normalise_codes
from counter_app.store.tables import exchange, journal, organisation
from resources.texts import Language, text


class PortalPayload(msgspec.Struct, frozen=True, kw_only=True):
    """The bodies of both calls; `missing` names the fields that the portal demands and nobody said."""

    dossier: Fields
    progress: tuple[Fields, ...]
    missing: tuple[str, ...]


class PortalPayloads:
    """Reads only. Safe from any thread; needs nobody signed in."""

    def __init__(self, desk: OpenDesk, catalogue: Catalogue) -> None:
        self._desk = desk
        self._catalogue = catalogue

    def get(self, code: str) -> PortalPayload:
        """Return what is sent for a dossier as it stands: the dossier, and all its steps.

        Raises:
            UserError: ``dossier.unknown_code``.
        """
        (wanted,) = normalise_codes([code])
        with self._desk.store.reading() as connection:
            dossier, state = state_of(get_dossier_row(connection, wanted))
            entries = _entries_of(connection, dossier)
            names = {row.id: row.full_name for row in connection.execute(select(organisation.clerk))}
            unit = self._desk.read_unit(connection)
            competent = self._unit_name(connection, dossier)
            papers = tuple(_papers(connection, dossier))
        steps = tuple(_steps(dossier, entries, names))
        said = DossierSaid(
            dossier=dossier,
            state=state,
            field_code=self._field_code(dossier),
            competent_unit_name=competent,
            papers=papers,
            supplements=tuple(_supplements(entries, names)),
            refused_at=steps[-1].at if state.status is Status.NOT_ACCEPTED else None,
        )
        payload = dossier_payload(said)
        return PortalPayload(
            dossier=_call("DongBoHoSoMC", unit.code, [payload]) | {"isUpdating": str(len(steps) > 1)},
            progress=tuple(
                _call("CapNhatTienDoHoSoMC", unit.code, call) for call in progress_payloads(dossier.code, steps)
            ),
            missing=list_missing(payload, state),
        )

    def _unit_name(self, connection: Connection, dossier: Dossier) -> str:
        for code in (dossier.competent_unit_code, dossier.unit_code):
            try:
                return self._desk.read_unit(connection, code).name
            except UserError:
                continue
        return ""

    def _field_code(self, dossier: Dossier) -> str:
        try:
            return self._catalogue.get(dossier.procedure_code, on=dossier.procedure_effective_on).field_code
        except UserError:
            return ""


def _call(service: str, unit_code: str, data: Sequence[Fields]) -> Fields:
    """Return a call's body; whoever sends it adds the ``session`` it got at its login."""
    return {"service": service, "madonvi": unit_code, "data": list(data)}


def _papers(connection: Connection, dossier: Dossier) -> Iterator[AttachedPaper]:
    for row in connection.execute(DOCUMENTS_OF_DOSSIER, {"wanted": dossier.code}).all():
        view = view_of(connection, row)
        yield AttachedPaper(
            id=view.document.id,
            title=view.component_name or view.document.facts.title,
            component_code=_line_code(dossier, view.document.component),
            is_withdrawn=bool(view.withdrawn_reason),
            is_reused=bool(view.document.origin),
            is_from_store=view.document.source is DocumentSource.STORE,
        )


def _line_code(dossier: Dossier, component: int) -> str:
    return dossier.papers[component - 1].code if 0 < component <= len(dossier.papers) else ""


def _entries_of(connection: Connection, dossier: Dossier) -> list[Entry]:
    """Return the intake and the actions that count, in the order in which the dossier is folded from them."""
    entry = journal.entry.c
    kinds = (DossierReceived.KIND, DossierActed.KIND, HeldDecided.KIND)
    query = select(journal.entry).where(entry.subject == dossier.id, entry.kind.in_(kinds))
    found = [entry_of(row) for row in connection.execute(query)]
    found.sort(key=lambda each: (each.kind != DossierReceived.KIND, order_of(each)))
    held = exchange.held_entry.c
    rows = connection.execute(select(held.desk, held.entry_id).where(held.dossier_id == dossier.id))
    idle = {(row.desk, row.entry_id) for row in rows}
    decisions = Decisions(decode_body(each.kind, each.version, each.body) for each in found)
    return [
        each
        for each in found
        if each.kind != HeldDecided.KIND
        and (each.desk, each.id) not in idle
        and decisions.find(each.desk, each.id) is not HeldDecision.DROP
    ]


def _steps(dossier: Dossier, entries: Sequence[Entry], names: dict[str, str]) -> Iterator[StepSaid]:
    state = initial_state(dossier, desk_line=dossier.desk_name)
    for entry in entries:
        match decode_body(entry.kind, entry.version, entry.body):
            case DossierReceived(dossier=received):
                state, desk_name = initial_state(received, desk_line=received.desk_name), received.desk_name
                at = received.received_at
                what = text(f"history.{DossierReceived.KIND}", Language.VIETNAMESE)
            case DossierActed() as done:
                desk_name = done.desk_name
                at = done.happened_at if isinstance(done, DossierActedEarlier) else entry.instant
                state = advance(state, done.action, done.facts, at=at, desk_line=desk_name, due=done.due)
                what = text(f"action.name.{done.action.value}", Language.VIETNAMESE)
            case _:
                continue
        yield StepSaid(
            clerk_name=names.get(entry.clerk, ""),
            desk_name=desk_name,
            at=at,
            what=what,
            status=state.status,
            due_at=state.due.due_at if state.due else None,
        )


def _supplements(entries: Sequence[Entry], names: dict[str, str]) -> Iterator[SupplementWords]:
    """Yield the requests during the resolving, in order, each with its answer where one came."""
    asked: SupplementWords | None = None
    for entry in entries:
        body = decode_body(entry.kind, entry.version, entry.body)
        if not isinstance(body, DossierActed):
            continue
        if body.action is Action.ASK_SUPPLEMENT:
            if asked is not None:
                yield asked
            asked = SupplementWords(
                asked_by=names.get(entry.clerk, ""), reason=body.facts.reason, missing=body.facts.missing
            )
        elif body.action is Action.RECEIVE_SUPPLEMENT and asked is not None:
            answered_by = names.get(entry.clerk, "")
            yield msgspec.structs.replace(asked, received_by=answered_by, note=body.facts.note)
            asked = None
    if asked is not None:
        yield asked
