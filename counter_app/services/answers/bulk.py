"""One thing done with many dossiers: what is asked, what may be done, and what was."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from counter_app.core.errors import UserError
from counter_app.domain.actions.table import Action
from counter_app.domain.forms.kinds import Form


class BulkKind(StrEnum):
    """What can be done with many dossiers at once; the values are the words of the command line."""

    ACCEPT = "accept"
    RESULT_ARRIVED = "result-arrived"
    MANIFEST = "manifest"
    """Put them on an open manifest, which transfers them once it is closed."""
    PRINT = "print"

    @property
    def action(self) -> Action | None:
        """The action of the table, None where the dossiers only get a paper or a place on a list."""
        return {BulkKind.ACCEPT: Action.ACCEPT, BulkKind.RESULT_ARRIVED: Action.RESULT_ARRIVED}.get(self)


class BulkOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What to do with each dossier. `manifest` is the open one they go on; `form` and `reason` are those of a print."""

    kind: BulkKind
    manifest: str = ""
    form: Form = Form.RECEIPT
    reason: str = ""
    printer: str = ""


class BulkState(StrEnum):
    """Where one dossier stands; the values name their texts."""

    READY = "ready"
    REFUSED = "refused"
    DONE = "done"
    UNTOUCHED = "untouched"
    """It was not reached: somebody cancelled, or the desk could not go on."""


class BulkLine(msgspec.Struct, frozen=True, kw_only=True):
    """One dossier of a preview or of a result; the error's code and context say why it was refused."""

    code: str
    state: BulkState
    applicant_name: str = ""
    procedure_name: str = ""
    error_code: str = ""
    error_context: Mapping[str, str | int] = {}

    @property
    def refusal(self) -> UserError | None:
        """Why it was refused, for a sentence."""
        return UserError(self.error_code, **self.error_context) if self.error_code else None


class BulkAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """All lines, in the order asked for, each dossier once."""

    lines: tuple[BulkLine, ...]

    def count(self, state: BulkState) -> int:
        """Return how many dossiers are in a state."""
        return sum(1 for line in self.lines if line.state is state)

    @property
    def ready(self) -> tuple[str, ...]:
        """The codes of those it can be done with."""
        return tuple(line.code for line in self.lines if line.state is BulkState.READY)
