"""Earlier values in words: every correction with what stood there before, and the fees of a dossier."""

from collections.abc import Iterator
from datetime import date

from counter_app.domain.correction import SILENT_FIELDS, FieldChange
from counter_app.domain.dossier import Dossier, Paper
from counter_app.domain.fees import compute_fees, format_dong
from counter_app.services.answers.dossiers import CorrectionLine
from ui.dossiers.story import Line
from ui.formats import show_moment
from ui.intake.typed_values import format_date
from ui.words import Words

# The year goes along with the date of birth; alone it is said.
_DATES = ("birth_on", "id_issued_on")


def name_of_field(words: Words, field: str) -> str:
    """Return the name of a correctable field, with the role where it is not the applicant's."""
    role, _, fact = field.rpartition(".")
    name = words(f"correction.fact.{fact or field}")
    return words("correction.of_submitter", fact=name) if role == "submitter" else name


def tell_corrections(words: Words, lines: tuple[CorrectionLine, ...]) -> Iterator[Line]:
    """Tell every correction, the newest first: when, every value before and after, why and by whom."""
    for line in reversed(lines):
        shown = [change for change in line.correction.fields if change.field not in SILENT_FIELDS]
        said = [
            words(
                "correction.change",
                field=name_of_field(words, change.field),
                before=_say(words, change, change.before),
                after=_say(words, change, change.after),
            )
            for change in shown
        ]
        said += [
            words(
                "correction.change",
                field=paper.name,
                before=_say_paper(words, paper.before),
                after=_say_paper(words, paper.after),
            )
            for paper in line.correction.papers
        ]
        why = words("correction.why", reason=line.correction.reason, clerk=line.clerk_name)
        yield show_moment(line.at), "\n".join([*said, why])


def tell_fees(words: Words, dossier: Dossier) -> Iterator[Line]:
    """Tell the lines of fees and charges as they were at the intake, and their sum where it is known."""
    if not dossier.fees:
        return
    quote = compute_fees(dossier.fees, channel=dossier.channel, quantities={"dossier": dossier.dossier_count})
    steps = [words(code, **context) for code, context in quote.steps]
    if steps:
        yield words("correction.fee_lines"), "\n".join(steps)
    if quote.is_complete:
        yield words("correction.fee_total"), format_dong(quote.total)


def _say(words: Words, change: FieldChange, value: str) -> str:
    fact = change.field.rpartition(".")[2]
    if not value:
        return words("correction.nothing_there")
    if fact in _DATES:
        return format_date(date.fromisoformat(value))
    key = {"sex": f"intake.sex.{value}", "kind": f"intake.kind.{value}"}.get(fact, f"intake.{fact}.{value}")
    return words(key) if fact in ("sex", "kind", "result_channel") else value


def _say_paper(words: Words, paper: Paper | None) -> str:
    if paper is None:
        return words("correction.nothing_there")
    return words("ui.dossiers.paper_counts", original=paper.original, certified=paper.certified, copy=paper.copy)
