"""The columns that a list of dossiers can show."""

from collections.abc import Callable, Sequence

from counter_app.core.clock import Clock, to_local
from counter_app.domain.search import Span
from counter_app.services.answers.dossiers import DossierRow
from counter_app.services.answers.lists import ListColumn
from ui.formats import show_day, tone_of
from ui.models import Column
from ui.theme.tokens import Tone
from ui.words import Words

_WIDTHS = {
    ListColumn.CODE: 162,
    ListColumn.APPLICANT: 0,
    ListColumn.PROCEDURE: 0,
    ListColumn.FIELD: 112,
    ListColumn.CHANNEL: 92,
    ListColumn.RECEIVED: 98,
    ListColumn.CLERK: 124,
    ListColumn.DUE: 102,
    ListColumn.STATUS: 118,
}

# What a search found is marked where it stands.
_MARKS: dict[ListColumn, Callable[[DossierRow], tuple[Span, ...]]] = {
    ListColumn.CODE: lambda row: row.match.code,
    ListColumn.PROCEDURE: lambda row: row.match.procedure_name,
}


def columns_of(chosen: Sequence[ListColumn], words: Words, clock: Clock) -> tuple[Column, ...]:
    """Return columns for a table of `DossierRow`."""
    texts = _texts(words)
    tones: dict[ListColumn, Callable[[DossierRow], Tone]] = {
        ListColumn.STATUS: lambda row: Tone.BAD if row.is_late else tone_of(row.status),
        ListColumn.DUE: lambda row: _tone_of_clock(row, clock),
    }
    marks = {**_MARKS, ListColumn.APPLICANT: lambda row: _applicant_marks(words, row)}
    return tuple(
        Column(f"lists.column.{one.value}", _WIDTHS[one], texts[one], tones.get(one), marks=marks.get(one))
        for one in chosen
    )


def _texts(words: Words) -> dict[ListColumn, Callable[[DossierRow], str]]:
    return {
        ListColumn.CODE: lambda row: row.code,
        ListColumn.APPLICANT: lambda row: _applicant_text(words, row),
        ListColumn.PROCEDURE: lambda row: row.procedure_name,
        ListColumn.FIELD: lambda row: row.field_name,
        ListColumn.CHANNEL: lambda row: words(f"lists.channel.{row.channel.value}"),
        ListColumn.RECEIVED: lambda row: show_day(row.received_at),
        ListColumn.CLERK: lambda row: row.clerk_name,
        ListColumn.DUE: lambda row: _due_text(words, row),
        ListColumn.STATUS: lambda row: say_status(words, row),
    }


def _applicant_text(words: Words, row: DossierRow) -> str:
    """A dossier that was found by a paper says first on which page, in which words, and which paper it is."""
    hit = row.inside
    if hit is None:
        return row.applicant_name
    where = words("lists.found_inside", words=hit.words, paper=hit.paper, page=hit.page)
    return f"{where} · {row.applicant_name}"


def _applicant_marks(words: Words, row: DossierRow) -> tuple[Span, ...]:
    if row.inside is None:
        return row.match.applicant_name
    shift = _applicant_text(words, row).index(row.inside.words)
    return tuple(Span(mark.start + shift, mark.end + shift) for mark in row.inside.marks)


def say_status(words: Words, row: DossierRow) -> str:
    """Return the status in a word or two; late is one too."""
    return words("ui.dossier_status.late" if row.is_late else f"ui.dossier_status_short.{int(row.status)}")


def _due_text(words: Words, row: DossierRow) -> str:
    """An acknowledgement is due by the hour, a result by the day; what is due next says so, not in colour alone."""
    if row.acknowledge_by is not None:
        return f"{to_local(row.acknowledge_by):%H:%M %d/%m}"
    if row.due_at is not None and row.is_due_today:
        return words("lists.row_due_today", hour=f"{to_local(row.due_at):%H:%M}")
    if row.due_at is not None and row.is_due_soon:
        return words("lists.row_due_soon", day=f"{to_local(row.due_at):%d/%m}")
    return show_day(row.due_at)


def _tone_of_clock(row: DossierRow, clock: Clock) -> Tone:
    if row.acknowledge_by is None:
        return Tone.CAUTION if row.is_due_today or row.is_due_soon else Tone.NEUTRAL
    return Tone.BAD if row.acknowledge_by < clock.now() else Tone.CAUTION
