"""Other systems that the province asks about a dossier: what is worth asking follows from the dossier as it stands.

Nobody orders a question. Desk and province each work out from the same dossier which questions stand open, so a desk
without a line knows what has not been asked yet, and a question that became pointless is asked no more.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from counter_app.domain.actions.state import DossierState, PauseCause
from counter_app.domain.dossier import ENDED, Dossier, Status, parties_of
from counter_app.domain.person import Party, PartyKind

#: A message about what happened longer ago only confuses; our own choice.
NOTICE_IS_GOOD_FOR = timedelta(days=3)
_DIGEST_CHARACTERS = 16
_PERSONAL_NUMBER_DIGITS = 12


class System(StrEnum):
    """Whom the province may ask; which of them it does ask, its settings say."""

    POPULATION = "population"
    """The national population database: are these facts of a person right?"""

    NOTICES = "notices"
    """SMS or Zalo to the citizen."""

    PAYMENT = "payment"
    """The payment platform: was the amount paid?"""

    DECISIONS = "decisions"
    """Document management of the resolving agency: number and date of the decision."""

    STORE = "store"
    """The national store of electronic papers: does it have one that a dossier lacks?"""

    REPORTS = "reports"
    """The reporting system: a unit's figures of a period. No desk is told of it, and no dossier asks it anything."""

    COMPETENT = "competent"
    """The unit that decides a dossier of another one: nobody asks it, its desks state what became of the dossier."""


class RequestState(StrEnum):
    """Where one question stands."""

    WAITING = "waiting"
    """Not asked yet, as far as is known here."""

    SENT = "sent"
    """Asked, and the system has nothing to say yet."""

    ANSWERED = "answered"
    REFUSED = "refused"
    GIVEN_UP = "given_up"
    """The system never answered, or it is too late."""


class Notice(StrEnum):
    """What a citizen is told of."""

    RECEIVED = "received"
    SUPPLEMENT = "supplement"
    RESULT = "result"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One question: `request` tells it from every other of the same dossier, also from itself about other facts.

    `facts` are what is sent, by our names; those of a list's objects end in the object's number: ``code.1``. After
    `until` it is pointless.
    """

    system: System
    request: str
    facts: dict[str, str]
    until: datetime | None = None


def list_wanted(dossier: Dossier, state: DossierState) -> list[Wanted]:
    """Return every question that a dossier gives rise to as it stands, whoever has asked it already."""
    return [
        *_identities(dossier, state),
        *_notices(dossier, state),
        *_payments(dossier, state),
        *_decisions(dossier, state),
        *_lacking_papers(dossier, state),
    ]


def identity_request(role: str, party: Party) -> str:
    """Return what names the check of a person in this role with exactly these facts."""
    return f"{role}:{_digest(*_identity(party).values())}"


def _identities(dossier: Dossier, state: DossierState) -> Iterator[Wanted]:
    """Only a personal number of twelve digits can be asked for, and only while an answer still helps."""
    if state.status in ENDED:
        return
    for role, party in parties_of(dossier).items():
        if _has_personal_number(party):
            request = identity_request(role.value, party)
            yield Wanted(system=System.POPULATION, request=request, facts=_identity(party))


def _has_personal_number(party: Party) -> bool:
    number = party.id_number
    return party.kind is PartyKind.PERSON and number.isdigit() and len(number) == _PERSONAL_NUMBER_DIGITS


def _identity(party: Party) -> dict[str, str]:
    birth = party.birth_on.strftime("%Y%m%d") if party.birth_on else str(party.birth_year or "")
    return {
        "id_number": party.id_number,
        "full_name": " ".join(party.full_name.split()),
        "birth": birth,
        "sex": party.sex.value if party.sex else "",
    }


def _notices(dossier: Dossier, state: DossierState) -> Iterator[Wanted]:
    """Only to who said yes, on the telephone number that the dossier names."""
    told = dossier.applicant.phone or (dossier.submitter.phone if dossier.submitter else "")
    if not dossier.wants_notices or not told:
        return
    for notice, count, at in _events(dossier, state):
        facts = {"phone": told, "notice": notice.value, "code": dossier.code}
        if notice is Notice.RECEIVED and state.due is not None:
            facts["due_at"] = state.due.due_at.isoformat()
        request = f"{notice.value}:{count}" if count else notice.value
        yield Wanted(system=System.NOTICES, request=request, facts=facts, until=at + NOTICE_IS_GOOD_FOR)


def _events(dossier: Dossier, state: DossierState) -> Iterator[tuple[Notice, int, datetime]]:
    if state.accepted_at is not None:
        yield Notice.RECEIVED, 0, state.accepted_at
    if state.status is Status.SUPPLEMENT_ASKED:
        pause = state.pause
        began_at = pause.began_at if pause is not None else dossier.received_at
        yield Notice.SUPPLEMENT, state.supplements_asked, began_at
    if state.status is Status.RESOLVED and state.result is not None and state.result.here_at is not None:
        yield Notice.RESULT, 0, state.result.here_at


def _payments(dossier: Dossier, state: DossierState) -> Iterator[Wanted]:
    if state.status is Status.PAYMENT_ASKED and state.payment_due:
        waits = sum(pause.cause is PauseCause.PAYMENT for pause in state.pauses)
        amount = str(state.payment_due)
        facts = {"code": dossier.code, "amount": amount}
        yield Wanted(system=System.PAYMENT, request=f"payment:{waits}:{amount}", facts=facts)


def _decisions(dossier: Dossier, state: DossierState) -> Iterator[Wanted]:
    if state.status is Status.IN_PROGRESS:
        facts = {"code": dossier.code}
        yield Wanted(system=System.DECISIONS, request=decision_request(state), facts=facts)


def _lacking_papers(dossier: Dossier, state: DossierState) -> Iterator[Wanted]:
    """Only what the checklist names by a code and nobody handed in, of its owner, while it would still help."""
    owner = dossier.applicant
    if state.status in ENDED or not _has_personal_number(owner):
        return
    lacking = {paper.code: paper for paper in dossier.papers if paper.code and not paper.is_had}
    asking = dossier.submitter or owner
    for code, paper in lacking.items():
        facts = {
            "owner_number": owner.id_number,
            "owner_name": " ".join(owner.full_name.split()),
            "asking_number": asking.id_number,
            "asking_name": " ".join(asking.full_name.split()),
            "channel": "clerk",
            "procedure": dossier.procedure_code,
            "paper": paper.name,
            "code.1": code,
        }
        yield Wanted(system=System.STORE, request=stored_request(owner, code), facts=facts)


def stored_request(owner: Party, code: str) -> str:
    """Return what names the question whether the national store has a paper of this kind of its owner."""
    return f"paper:{_digest(owner.id_number, ' '.join(owner.full_name.split()), code)}"


def _digest(*words: str) -> str:
    return hashlib.sha256("\x00".join(words).encode()).hexdigest()[:_DIGEST_CHARACTERS]


def decision_request(state: DossierState) -> str:
    """Return what names the question for the decision that is waited for now."""
    return f"decision:{len(state.leg_results)}"


class SystemLine(msgspec.Struct, frozen=True, kw_only=True):
    """Where one question about a dossier stands; `facts` are the answer by our names, `reason` why there is none.

    `about` names the paper of the checklist that was asked for, "" where the question is about something else.
    """

    system: System
    request: str
    state: RequestState
    at: datetime | None = None
    reason: str = ""
    facts: dict[str, str] = {}
    about: str = ""
