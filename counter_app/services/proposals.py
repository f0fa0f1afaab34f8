"""What the desk already knows when an action is begun: the reasons to choose from, dates, signers, who comes next."""

import logging
import re
from datetime import datetime

import msgspec
from sqlalchemy import Connection, select

from counter_app.core.clock import local_date
from counter_app.core.errors import UserError
from counter_app.domain.actions.facts import NO_FACTS, ActionFacts
from counter_app.domain.actions.life import offers_now
from counter_app.domain.actions.reasons import takes_reason_code
from counter_app.domain.actions.state import DossierState
from counter_app.domain.actions.table import Action
from counter_app.domain.concerned import ConcernedOutcome
from counter_app.domain.dossier import Dossier
from counter_app.domain.due_date import compute_due
from counter_app.domain.forms.details import NO_DETAILS, Details
from counter_app.domain.forms.kinds import Form
from counter_app.domain.systems import System, decision_request
from counter_app.domain.time_limit import TimeLimit, TimeUnit
from counter_app.domain.unit import Unit
from counter_app.services.answers.actions import CodedReason
from counter_app.services.calendars import Calendars
from counter_app.services.document_rows import described_outside_checklist
from counter_app.services.open_desk import OpenDesk
from counter_app.services.process_times import ProcessTimes
from counter_app.services.system_lines import read_system_lines
from counter_app.settings.settings import Settings
from counter_app.store.tables import dossiers
from resources.reasons import OTHER, Reason, ReasonFault, load_reasons
from resources.texts import Language, text

logger = logging.getLogger("counter_app.proposals")

_NUMBER = re.compile(r"\d{1,6}")
_details = msgspec.json.Decoder(Details)


class Proposals:
    """Reads only. Safe from any thread."""

    def __init__(self, desk: OpenDesk, calendars: Calendars, settings: Settings, process_times: ProcessTimes) -> None:
        self._desk = desk
        self._calendars = calendars
        self._settings = settings
        self._process_times = process_times

    def list_reasons(self, action: Action) -> tuple[Reason, ...]:
        """Return the coded reasons of an action, the province's own where its file can be used."""
        try:
            known = load_reasons(self._desk.folder.reasons)
        except ReasonFault:
            logger.warning("the list of reasons in the data folder cannot be used; see doctor")
            known = load_reasons()
        return known.get(action.value, ())

    def list_choices(self, action: Action) -> tuple[CodedReason, ...]:
        """Return what may be chosen as ``reason_code``, the reason in free words last; none where none is asked."""
        if not takes_reason_code(action):
            return ()
        listed = [
            CodedReason(code=reason.code, words={language: reason.words(language) for language in Language})
            for reason in self.list_reasons(action)
        ]
        other = {language: text("action.reason_other", language) for language in Language}
        return (*listed, CodedReason(code=OTHER, words=other))

    def propose(self, connection: Connection, action: Action, dossier: Dossier, state: DossierState) -> ActionFacts:
        """Return the facts that can be foreseen; the clerk may change each."""
        match action:
            case Action.EXTEND:
                return self._extension(connection, dossier, state)
            case Action.TRANSFER:
                return ActionFacts(receiver=self._next_hand(connection, dossier, state))
            case Action.RESOLVE:
                return _with_decision(_result(connection, dossier, state), self._decision(connection, dossier, state))
            case Action.RESULT_ARRIVED:
                known = _with_decision(_result(connection, dossier, state), self._decision(connection, dossier, state))
                return _left_open(known, offers_now(state, action))
            case Action.RETURN_RESULT:
                return _left_open(_result_here(connection, dossier, state), offers_now(state, action))
            case _:
                return NO_FACTS

    def _extension(self, connection: Connection, dossier: Dossier, state: DossierState) -> ActionFacts:
        competent = self._find_unit(connection, dossier.competent_unit_code) or self._desk.read_unit(connection)
        last = _last_apology(connection)
        title = competent.signers.get(Form.APOLOGY.value, "")
        return ActionFacts(
            new_due_at=self._later(competent, state),
            number=next_letter_number(last.number),
            signer_title=title or last.signer_title,
            signer_name=last.signer_name if last.signer_title in ("", title) else "",
        )

    def _later(self, competent: Unit, state: DossierState) -> datetime | None:
        """Return the due date after so many more working days of the unit that resolves, as the settings say.

        It lies within working time also where the old one does not, as when a day was given off since.
        """
        if state.due is None:
            return None
        limit = TimeLimit(amount=int(self._settings.get("due.extension_days")), unit=TimeUnit.WORKING_DAY)
        calendar = self._calendars.calendar_of(competent)
        try:
            return calendar.next_opening(compute_due(limit, state.due.due_at, calendar).due_at)
        except UserError:
            return None

    def _next_hand(self, connection: Connection, dossier: Dossier, state: DossierState) -> str:
        """Return who does the next step of the process, else the unit that resolves where it is not this one."""
        progress = self._process_times.trace(connection, dossier, state)
        following = next((step.done_by for step in progress.ahead if step.done_by), "")
        if following or dossier.competent_unit_code == self._desk.desk.unit_code:
            return following
        competent = self._find_unit(connection, dossier.competent_unit_code)
        return competent.name if competent is not None and competent.name != state.holder else ""

    def _decision(self, connection: Connection, dossier: Dossier, state: DossierState) -> dict[str, str]:
        """Return what document management, else the competent unit, said of the decision that is waited for."""
        lines = read_system_lines(connection, dossier, state, now=self._desk.clock.now())
        request = decision_request(state)
        found = (line.facts for line in lines if (line.system, line.request) == (System.DECISIONS, request))
        stated = (line.facts for line in lines if line.system is System.COMPETENT and not state.leg_results)
        issued = (facts for facts in stated if facts.get("outcome") == ConcernedOutcome.RESULT.value)
        return next(found, None) or next(issued, {})

    def _find_unit(self, connection: Connection, code: str) -> Unit | None:
        try:
            return self._desk.read_unit(connection, code)
        except UserError:
            return None


def _result_here(connection: Connection, dossier: Dossier, state: DossierState) -> ActionFacts:
    """Return what `_result` does, of papers that came with it: later ones are of the person who fetches it."""
    here_at = state.result.here_at if state.result is not None else None
    return _result(connection, dossier, state, attached_until=here_at) if here_at is not None else NO_FACTS


def _result(
    connection: Connection, dossier: Dossier, state: DossierState, *, attached_until: datetime | None = None
) -> ActionFacts:
    """Return what the one paper outside the checklist says that can be the result: issued since the dossier came."""
    kind = state.leg.result if state.leg is not None else ""
    since = local_date(dossier.received_at)
    papers = [
        facts
        for facts in described_outside_checklist(connection, dossier.id, attached_until=attached_until)
        if facts.number_symbol and facts.issued_on is not None and facts.issued_on >= since
    ]
    if len(papers) != 1:
        return ActionFacts(result_kind=kind)
    return ActionFacts(result_kind=kind, result_number=papers[0].number_symbol, result_on=papers[0].issued_on)


def _left_open(facts: ActionFacts, offers: tuple[str, ...]) -> ActionFacts:
    """Return number and day of the result's paper, as far as the action still asks for them."""
    return ActionFacts(
        result_number=facts.result_number if "result_number" in offers else "",
        result_on=facts.result_on if "result_on" in offers else None,
    )


def _with_decision(facts: ActionFacts, decision: dict[str, str]) -> ActionFacts:
    """Return the facts with what document management knows; the paper in hand says it better."""
    if facts.result_number or not decision:
        return facts
    return msgspec.structs.replace(
        facts,
        result_number=decision["number"],
        result_on=datetime.strptime(decision["decided_on"], "%Y%m%d").date(),  # noqa: DTZ007 - a day, no instant
        signer_name=decision.get("signer", ""),
        result_summary=decision.get("summary", ""),
    )


def _last_apology(connection: Connection) -> Details:
    """Return the details of the letter ordered last, to go on from its number and its signer."""
    job = dossiers.print_job.c
    query = select(job.details).where(job.form == Form.APOLOGY.value, job.reprint == 0)
    details = connection.execute(query.order_by(job.ordered_at.desc()).limit(1)).scalar()
    return _details.decode(details) if details is not None else NO_DETAILS


def next_letter_number(last: str) -> str:
    """Return the number after a letter's number and symbol: ``12/PXL`` gives ``13/PXL``; "" where there is none."""
    return _NUMBER.sub(lambda found: str(int(found[0]) + 1).zfill(len(found[0])), last, count=1)
