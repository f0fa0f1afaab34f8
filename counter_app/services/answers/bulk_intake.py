"""Several dossiers that one person hands in together."""

import msgspec

from counter_app.core.ids import new_id
from counter_app.domain.dossier import Outcome
from counter_app.domain.person import Party
from counter_app.services.answers.intake import IntakeForm, Problem
from counter_app.services.answers.printing import PrintJob


class BulkLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One dossier of a batch. `code` is "" until it is received; `problem` is why it was not, a code of the texts."""

    form: IntakeForm
    id: str = msgspec.field(default_factory=new_id)
    """Tells it from the batch's other lines, wherever the batch is read; a file's row has the same one each time."""
    outcome: Outcome = Outcome.ACCEPTED
    row: int = 0
    """Where it stood in a file, as a spreadsheet shows it; 0 where it was typed."""
    code: str = ""
    dossier_id: str = ""
    problem: str = ""
    context: dict[str, str] = {}

    @property
    def is_received(self) -> bool:
        """Whether it has its code."""
        return bool(self.code)


class Batch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A batch as it stands: what is typed, what is received. `source` is the SHA-256 of the file it came from."""

    id: str
    submitter: Party | None = None
    authorisation: str = ""
    lines: tuple[BulkLine, ...] = ()
    source: str = ""

    @property
    def received(self) -> tuple[BulkLine, ...]:
        """The lines that have their code."""
        return tuple(line for line in self.lines if line.is_received)

    @property
    def open_lines(self) -> tuple[BulkLine, ...]:
        """The lines that are not received."""
        return tuple(line for line in self.lines if not line.is_received)


class BatchEnd(msgspec.Struct, frozen=True, kw_only=True):
    """How a batch ended: its common receipt, None where nothing in it was accepted."""

    batch: Batch
    codes: tuple[str, ...]
    print_job: PrintJob | None


class LineQuote(msgspec.Struct, frozen=True, kw_only=True):
    """What can be said about one line before it is received."""

    problems: tuple[Problem, ...]
    fee_total: int
    fee_is_complete: bool
