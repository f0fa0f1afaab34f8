"""What the page of dossiers received elsewhere says of one: in its columns, its facts and the lines of its papers."""

from collections.abc import Iterator

from counter_app.domain.concerned import ConcernedAnswer, ConcernedFile, ConcernedPaper
from counter_app.services.answers.concerned import ConcernedRow
from ui.formats import show_day, show_moment
from ui.intake.typed_values import format_date
from ui.models import Column
from ui.theme.tokens import Tone
from ui.words import Words

_PIECES = ("original", "certified", "copy")
# Nearly every unit that receives begins with it, and its own name would not be seen for it.
_SHORT = ("Ủy ban nhân dân", "UBND")


def columns_of(words: Words) -> tuple[Column, ...]:
    """Return the columns of the list."""
    return (
        Column("concerned.column.due", 136, lambda row: _say_due_shortly(words, row), _due_tone),
        Column("concerned.column.code", 166, lambda row: row.dossier.code),
        Column("concerned.column.applicant", 120, lambda row: row.dossier.applicant_name),
        Column("concerned.column.procedure", 0, lambda row: row.dossier.procedure_name),
        Column("concerned.column.unit", 138, lambda row: row.dossier.unit_name.replace(*_SHORT)),
        Column("concerned.column.files", 72, lambda row: _say_files(words, row)),
        Column("concerned.column.state", 122, lambda row: say_state(words, row), _state_tone),
    )


def say_state(words: Words, row: ConcernedRow) -> str:
    """Return whose turn it is, or what was answered."""
    if row.is_waiting:
        return words("concerned.waits" if row.answer is None else "concerned.waits_again")
    if row.answer is not None:
        return words(f"concerned.outcome.{row.answer.outcome.value}")
    return words(f"ui.dossier_status.{int(row.dossier.status)}")


def say_file(words: Words, file: ConcernedFile, *, is_here: bool) -> str:
    """Return the line of a digitised paper."""
    key = "concerned.file_line" if is_here else "concerned.file_elsewhere"
    return words(key, name=file.name, pages=file.pages)


def list_facts(words: Words, row: ConcernedRow) -> list[tuple[str, str]]:
    """Return the facts of a dossier, as the unit that received it last had them."""
    dossier = row.dossier
    status = words(f"ui.dossier_status.{int(dossier.status)}")
    return [
        ("code", dossier.code),
        ("procedure", dossier.procedure_name),
        ("answer", "\n".join(_say_answer(words, row))),
        ("due", _say_due(words, row)),
        ("received", words("concerned.received", at=show_moment(dossier.received_at), unit=dossier.unit_name)),
        ("supplemented", show_moment(dossier.supplemented_at)),
        ("status", words("concerned.status", status=status, at=show_moment(dossier.at))),
        ("papers", "\n".join(_say_paper(words, one) for one in dossier.papers)),
        ("id_number", dossier.applicant_number),
        ("born", _show_born(dossier.applicant_born)),
        ("address", dossier.applicant_address),
        ("submitter", dossier.submitter_name),
        ("note", dossier.note),
    ]


def _show_born(born: str) -> str:
    """A day as people write it; a year alone stays one."""
    return "/".join(reversed(born.split("-")))


def _say_due(words: Words, row: ConcernedRow) -> str:
    if row.dossier.due_at is None:
        return ""
    return words("concerned.late" if row.is_late else "concerned.until", at=show_moment(row.dossier.due_at))


def _say_due_shortly(words: Words, row: ConcernedRow) -> str:
    if row.is_late:
        return words("concerned.late_short", at=show_day(row.dossier.due_at)[:5])
    return show_moment(row.dossier.due_at)[:11]


def _say_files(words: Words, row: ConcernedRow) -> str:
    count = len(row.dossier.files)
    return words("concerned.files", here=row.files_here, count=count) if count else words("ui.none")


def _say_answer(words: Words, row: ConcernedRow) -> Iterator[str]:
    if row.answer is None or row.answered_at is None:
        return
    outcome = words(f"concerned.outcome.{row.answer.outcome.value}")
    yield words(
        "concerned.answered",
        outcome=outcome,
        at=show_moment(row.answered_at),
        clerk=row.answered_by or words("ui.none"),
    )
    said = ", ".join(_answer_parts(words, row.answer))
    if said:
        yield said


def _answer_parts(words: Words, answer: ConcernedAnswer) -> Iterator[str]:
    if answer.number:
        yield words("concerned.decision", number=answer.number, day=format_date(answer.decided_on))
    yield from (one for one in (answer.signer, answer.words) if one)


def _say_paper(words: Words, paper: ConcernedPaper) -> str:
    pieces = [words(f"concerned.piece.{kind}", count=count) for kind in _PIECES if (count := getattr(paper, kind))]
    return f"{paper.name}: {', '.join(pieces) or words('concerned.no_pieces')}"


def _due_tone(row: ConcernedRow) -> Tone:
    return Tone.BAD if row.is_late else Tone.NEUTRAL


def _state_tone(row: ConcernedRow) -> Tone:
    return Tone.CAUTION if row.is_waiting else Tone.NEUTRAL
