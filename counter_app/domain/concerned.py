"""Dossiers that another unit received and this one decides: what it is shown of them, and what it answers.

Any commune of the province may receive for any other (DOMAIN rule 5): the dossier belongs to the competent unit, and
its journal to the desk that received it. So the competent unit gets a snapshot and gives an answer, nothing more.
"""

from datetime import date, datetime
from enum import StrEnum

import msgspec

from counter_app.core.clock import Instant
from counter_app.core.errors import UserError
from counter_app.core.text import nfc
from counter_app.domain.actions.state import RUNNING
from counter_app.domain.actions.table import may
from counter_app.domain.dossier import ENDED, Status
from counter_app.domain.unit import Role

_LONGEST_LINE = 200
_LONGEST_WORDS = 1_000


class ConcernedPaper(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the checklist, and how many pieces of it the receiving desk has."""

    name: str
    original: int = 0
    certified: int = 0
    copy: int = 0


class ConcernedFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A digitised paper. `component` is the place of its line in the checklist from 1, 0 for none."""

    name: str
    sha256: str
    size_bytes: int
    pages: int
    component: int = 0


class ConcernedDossier(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the competent unit is shown of a dossier as it stood at `at`; of its people only what tells who it is.

    `unit_code` and `unit_name` are those of the unit that received it.
    """

    dossier_id: str
    code: str
    unit_code: str
    unit_name: str
    competent_unit_code: str
    procedure_code: str
    procedure_name: str
    applicant_name: str
    status: Status
    received_at: Instant
    at: Instant
    applicant_number: str = ""
    """Identity number, or the tax code of an organisation."""
    applicant_born: str = ""
    """ISO date or only the year."""
    applicant_address: str = ""
    submitter_name: str = ""
    due_at: Instant | None = None
    supplemented_at: Instant | None = None
    """When the citizen last handed in what was missing."""
    note: str = ""
    papers: tuple[ConcernedPaper, ...] = ()
    files: tuple[ConcernedFile, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether a decision is still waited for, as far as the receiving unit had said."""
        return self.status not in ENDED

    @property
    def turn_from(self) -> datetime | None:
        """Since when the competent unit could decide; None while the citizen's move is awaited, and after the end."""
        return (self.supplemented_at or self.received_at) if self.status in RUNNING else None


class ConcernedOutcome(StrEnum):
    """What the competent unit answers."""

    RESULT = "result"
    """It issued a decision, with a number and a day."""
    SUPPLEMENT = "supplement"
    """Something is missing; the receiving desk asks the citizen for it."""
    REFUSED = "refused"


class ConcernedAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a clerk of the competent unit stated. `words` are what is missing, why it is refused, or a summary."""

    outcome: ConcernedOutcome
    number: str = ""
    decided_on: date | None = None
    signer: str = ""
    words: str = ""


def checked_answer(answer: ConcernedAnswer, *, today: date) -> ConcernedAnswer:
    """Return an answer as it is kept: trimmed, NFC, and only what its outcome says.

    Raises:
        UserError: ``concerned.needs_decision``, ``concerned.needs_words``, ``concerned.future``,
            ``concerned.too_long``.
    """
    number, signer, words = (" ".join(nfc(one).split()) for one in (answer.number, answer.signer, answer.words))
    if max(len(number), len(signer)) > _LONGEST_LINE or len(words) > _LONGEST_WORDS:
        raise UserError("concerned.too_long")
    if answer.outcome is not ConcernedOutcome.RESULT:
        if not words:
            raise UserError("concerned.needs_words")
        return ConcernedAnswer(outcome=answer.outcome, words=words)
    if not number or answer.decided_on is None:
        raise UserError("concerned.needs_decision")
    if answer.decided_on > today:
        raise UserError("concerned.future")
    return ConcernedAnswer(
        outcome=answer.outcome, number=number, decided_on=answer.decided_on, signer=signer, words=words
    )


def check_may_answer(given: ConcernedAnswer | None, outcome: ConcernedOutcome, role: Role) -> None:
    """Return if somebody of this role may answer after what was answered before.

    As at the receiving desk: what was decided is corrected by a head, and a head asks for a second supplement.

    Raises:
        UserError: ``concerned.decided``, ``concerned.one_supplement``.
    """
    if given is None or may(role, Role.HEAD):
        return
    asks = ConcernedOutcome.SUPPLEMENT
    if given.outcome is not asks:
        raise UserError("concerned.decided")
    if outcome is asks:
        raise UserError("concerned.one_supplement")
