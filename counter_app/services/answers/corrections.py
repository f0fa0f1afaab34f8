"""What correcting a dossier's facts came to."""

import msgspec

from counter_app.domain.correction import Correction
from counter_app.services.answers.intake import Problem


class CorrectionResult(msgspec.Struct, frozen=True, kw_only=True):
    """What was corrected, the journal entry that says so, and what still looks doubtful."""

    code: str
    correction: Correction
    entry_id: str
    doubts: tuple[Problem, ...] = ()
