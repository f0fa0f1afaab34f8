"""Doing something with a dossier: one action of the table, one transaction, one entry, its papers ordered with it."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from counter_app.core.changes import Topic
from counter_app.core.clock import to_local
from counter_app.core.errors import UserError
from counter_app.core.ids import new_id
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.life import Setting, check_action, find_refusal, needs_waybill, offers_now
from counter_app.domain.actions.reasons import with_reason
from counter_app.domain.actions.state import DossierState, Pause
from counter_app.domain.actions.table import RULES, Action
from counter_app.domain.dossier import Dossier, DueDate
from counter_app.domain.due_date import EXTENDED, compute_due, extend_for_pause
from counter_app.domain.forms.details import Details
from counter_app.domain.forms.kinds import KINDS, Form
from counter_app.domain.manifest import ManifestKind
from counter_app.domain.postal import WaybillKind
from counter_app.domain.procedure import Channel
from counter_app.domain.stated import clean_stated
from counter_app.domain.time_limit import TimeLimit
from counter_app.domain.working_time import WorkingCalendar
from counter_app.journal.dossier_states import get_dossier_row, state_of
from counter_app.journal.entries import DossierActed, DossierActedEarlier, OrderedPrint
from counter_app.services.answers.actions import ActionOffer, ActionResult
from counter_app.services.answers.session import SignedIn
from counter_app.services.calendars import Calendars
from counter_app.services.catalogue import Catalogue
from counter_app.services.held_rows import require_nothing_held
from counter_app.services.manifest_rows import find_open_manifest_of
from counter_app.services.open_desk import OpenDesk
from counter_app.services.paper_subjects import as_ordered, normalise_codes
from counter_app.services.printing_jobs import queue_run
from counter_app.services.proposals import Proposals
from counter_app.services.session import Session
from counter_app.services.waybill_rows import find_underway
from counter_app.settings.settings import Settings

_MOVES_DUE = frozenset({Action.ACCEPT, Action.RECEIVE_SUPPLEMENT, Action.RECEIVE_PAYMENT, Action.REOPEN})


class Dossiers:
    """The use cases of the dossier page and of ``counter-app act``. Safe from any thread."""

    def __init__(
        self,
        desk: OpenDesk,
        session: Session,
        calendars: Calendars,
        catalogue: Catalogue,
        settings: Settings,
        proposals: Proposals,
    ) -> None:
        self._desk = desk
        self._session = session
        self._calendars = calendars
        self._catalogue = catalogue
        self._settings = settings
        self._proposals = proposals

    def list_actions(self, code: str) -> tuple[ActionOffer, ...]:
        """Return the actions that the signed-in clerk may begin now, with what each needs and offers.

        Raises:
            UserError: ``dossier.unknown_code``, nobody signed in.
        """
        signed_in = self._session.require()
        with self._desk.store.reading() as connection:
            dossier, state = self._read(connection, code)
            setting = self._setting(dossier, signed_in)
            return tuple(
                ActionOffer(
                    action=rule.action,
                    needs=rule.needs,
                    offers=offers_now(state, rule.action),
                    form=rule.form,
                    reasons=self._proposals.list_choices(rule.action),
                    proposed=self._proposals.propose(connection, rule.action, dossier, state),
                )
                for rule in RULES.values()
                if find_refusal(state, rule.action, setting) is None and not needs_waybill(state, rule.action)
            )

    def check(self, code: str, action: Action, facts: ActionFacts) -> None:
        """Return if the action could be done now; changes nothing.

        Raises:
            UserError: as `act`.
        """
        signed_in = self._session.require()
        with self._desk.store.reading() as connection:
            dossier, state = self._read(connection, code)
            facts = clean_stated(facts)
            check_action(state, action, facts, self._setting(dossier, signed_in))
            self._check_hours(connection, dossier, facts)
            _require_free(connection, action, dossier)

    def act(self, code: str, action: Action, facts: ActionFacts) -> ActionResult:
        """Do one action; its entry, its rows and its paper are durable together when this returns.

        Raises:
            UserError: ``action.*`` with what stands against it (``action.due_outside_hours`` with the next `opening`),
                ``dossier.unknown_code``; for a transfer or a return beside an open manifest or a waybill
                ``manifest.on_another`` and ``postal.underway_already``; nothing was changed.
        """
        with self._desk.transaction() as connection:
            dossier, state = self._read(connection, code)
            if needs_waybill(state, action):
                raise UserError("action.by_waybill", action=action.value)
            _require_free(connection, action, dossier)
            result = self.act_within(connection, code, action, facts)
        self._desk.announcer.announce(Topic.DOSSIERS, Topic.PRINT_JOBS)
        return result

    def act_within(
        self,
        connection: Connection,
        code: str,
        action: Action,
        facts: ActionFacts,
        *,
        with_paper: bool = True,
        happened_at: datetime | None = None,
    ) -> ActionResult:
        """Do one action in the caller's transaction, who announces it once it is committed.

        `happened_at` is when it was done, where that is known to be earlier than now; the caller has checked it.

        Raises:
            UserError: as `act`.
        """
        signed_in = self._session.require()
        facts = with_reason(action, clean_stated(facts), self._proposals.list_reasons(action))
        dossier, state = self._read(connection, code)
        require_nothing_held(connection, dossier)
        setting = self._setting(dossier, signed_in)
        check_action(state, action, facts, setting)
        self._check_hours(connection, dossier, facts)
        due = self._due_after(connection, dossier, state, action, facts, setting.at)
        prints = self._prints(dossier, state, action, facts, due) if with_paper else ()
        body = DossierActed(
            dossier_id=dossier.id,
            action=action,
            facts=facts,
            desk_name=self._desk.desk.name,
            due=due,
            prints=prints,
        )
        if happened_at is not None:
            body = DossierActedEarlier(**msgspec.structs.asdict(body), happened_at=happened_at)
        entry = self._desk.journal.append(connection, body, clerk=signed_in.clerk.id, subject=dossier.id)
        for ordered in prints:
            queue_run(connection, ordered.id, entry.at >> 16)
        _dossier, after = self._read(connection, code)
        return ActionResult(
            code=dossier.code,
            status=after.status,
            due_at=after.due.due_at if after.due else None,
            entry_id=entry.id,
            print_jobs=tuple(ordered.id for ordered in prints),
        )

    def may_within(self, connection: Connection, code: str, action: Action) -> bool:
        """Return whether an action could be begun now by the signed-in clerk, in the caller's transaction."""
        dossier, state = self._read(connection, code)
        return find_refusal(state, action, self._setting(dossier, self._session.require())) is None

    def _read(self, connection: Connection, code: str) -> tuple[Dossier, DossierState]:
        (wanted,) = normalise_codes([code]) or ("",)
        return state_of(get_dossier_row(connection, wanted))

    def _setting(self, dossier: Dossier, signed_in: SignedIn) -> Setting:
        return Setting(
            at=self._desk.clock.now(),
            role=signed_in.clerk.role,
            desk_line=self._desk.desk.name,
            owner_name=dossier.applicant.full_name,
            owner_id_number=dossier.applicant.id_number or dossier.applicant.tax_code,
        )

    def _check_hours(self, connection: Connection, dossier: Dossier, facts: ActionFacts) -> None:
        """Nobody is asked to come while the unit that resolves is closed; the next opening is proposed."""
        if facts.new_due_at is None:
            return
        opening = self._calendar_of(connection, dossier).next_opening(facts.new_due_at)
        if opening != facts.new_due_at:
            raise UserError("action.due_outside_hours", opening=f"{to_local(opening):%H:%M %d/%m/%Y}")

    def _calendar_of(self, connection: Connection, dossier: Dossier) -> WorkingCalendar:
        return self._calendars.calendar_of(self._desk.read_unit(connection, dossier.competent_unit_code))

    def _due_after(
        self,
        connection: Connection,
        dossier: Dossier,
        state: DossierState,
        action: Action,
        facts: ActionFacts,
        at: datetime,
    ) -> DueDate | None:
        """Return the due date that holds after the action, None where it moves nothing."""
        if action is Action.EXTEND and facts.new_due_at is not None:
            return _extended(dossier, state, facts.new_due_at)
        if action not in _MOVES_DUE:
            return None
        calendar = self._calendar_of(connection, dossier)
        if state.accepted_at is None:
            return compute_due(self._limit(dossier), at, calendar) if action is not Action.REOPEN else None
        if action is Action.REOPEN:
            # What was closed is worked on anew: an old due date would make it late at once.
            return compute_due(state.due.limit if state.due else self._limit(dossier), at, calendar)
        return _after_pause(state.due, state.pause, at, calendar)

    def _limit(self, dossier: Dossier) -> TimeLimit:
        """Return the time limit of a dossier that had none yet because it was not accepted at its intake.

        Raises:
            UserError: ``check.time_limit_missing``: the catalogue does not know it.
        """
        procedure = self._catalogue.get(dossier.procedure_code, on=dossier.procedure_effective_on)
        case = procedure.find_case(dossier.case_code or None)
        limit = procedure.find_time_limit(case, Channel(dossier.channel))
        if limit is None:
            raise UserError("check.time_limit_missing")
        return limit

    def _prints(
        self, dossier: Dossier, state: DossierState, action: Action, facts: ActionFacts, due: DueDate | None
    ) -> tuple[OrderedPrint, ...]:
        """Order the paper of the action: a paper of its own, never a further printing of an earlier one.

        A receipt states the due date that holds afterwards, any other paper the one that it is about.
        """
        form = RULES[action].form
        if form is None or dossier.form_set not in KINDS[form].sets:
            return ()
        stated = (due if form is Form.RECEIPT else None) or state.due
        now = self._desk.clock.now()
        ordered = OrderedPrint(
            id=new_id(),
            form=form,
            copies=KINDS[form].copies or int(self._settings.get("print.slip.copies")),
            details=as_ordered(form, _details(facts), now, stated.due_at if stated else None),
        )
        return (ordered,)


def _require_free(connection: Connection, action: Action, dossier: Dossier) -> None:
    """What is about to go by a manifest, or goes with a carrier, goes in no other way beside it."""
    if action not in (Action.TRANSFER, Action.RETURN_RESULT):
        return
    kind = ManifestKind.RESULTS if action is Action.RETURN_RESULT else None
    other = find_open_manifest_of(connection, dossier.code, kind=kind)
    if other is not None:
        raise UserError("manifest.on_another", code=dossier.code, other=other)
    number = find_underway(connection, dossier.id, WaybillKind.DOSSIER_IN)
    if number is not None and action is Action.TRANSFER:
        raise UserError("postal.underway_already", code=dossier.code, number=number)


def _details(facts: ActionFacts) -> Details:
    return Details(
        number=facts.number,
        reason=facts.reason,
        missing=facts.missing,
        new_due_at=facts.new_due_at,
        decision=facts.decision,
        settlement=facts.settlement,
        signer_title=facts.signer_title,
        signer_name=facts.signer_name,
        result_kind=facts.result_kind,
        result_number=facts.result_number,
        result_summary=facts.result_summary,
        result_on=facts.result_on,
        receiver=facts.receiver,
        receiver_phone=facts.receiver_phone,
        note=facts.note,
    )


def _extended(dossier: Dossier, state: DossierState, new_due_at: datetime) -> DueDate | None:
    due = state.due or dossier.due
    return msgspec.structs.replace(due, due_at=new_due_at, rules=(*due.rules, EXTENDED)) if due else None


def _after_pause(due: DueDate | None, pause: Pause | None, at: datetime, calendar: WorkingCalendar) -> DueDate | None:
    if due is None or pause is None:
        return None
    # A clock that was set back meanwhile makes the wait no shorter than nothing.
    return extend_for_pause(due, pause.began_at, max(at, pause.began_at), calendar)


def require_action(name: str) -> Action:
    """Return the action of a verb.

    Raises:
        UserError: ``action.unknown``.
    """
    try:
        return Action(name)
    except ValueError as exc:
        raise UserError("action.unknown", action=name[:40], known=", ".join(_verbs())) from exc


def _verbs() -> Sequence[str]:
    return [action.value for action in Action]
