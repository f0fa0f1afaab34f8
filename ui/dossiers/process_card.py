"""The card of the internal process: who had the dossier how long, who is late, which agency is at work."""

from collections.abc import Iterator

from counter_app.domain.actions.state import DossierState
from counter_app.domain.progress import Holding, Kept, Progress
from counter_app.services.answers.dossiers import DossierView
from counter_app.services.sentences import working_time_words
from ui.dossiers.lines import clear, lines_layout, wrapped
from ui.formats import show_moment
from ui.widgets import SectionCard
from ui.words import Words

_Line = tuple[str, str, str]
"""What stands at the left, what it says, and the role of its words: "" for plain, "problem" for late."""


class ProcessCard(SectionCard):
    """Passive: `show_dossier` fills it. It is away where there is no process to tell of and nobody is late."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self.lines = lines_layout()
        self.body.addLayout(self.lines)

    def show_dossier(self, view: DossierView) -> None:
        """Show the hands of a dossier in their order, and what is still to come."""
        self.set_title(self._words("process.title"))
        told = [*_tell_legs(self._words, view.state), *_tell_progress(self._words, view.progress)]
        clear(self.lines)
        for name, said, role in told:
            self.lines.addRow(wrapped(name, role="hint", wraps=False), wrapped(said, role=role))
        self.setVisible(bool(told))


def _tell_legs(words: Words, state: DossierState) -> Iterator[_Line]:
    done = len(state.leg_results)
    for number, leg in enumerate(state.legs):
        key = "done" if number < done else "now" if number == done and state.is_running else "ahead"
        said = words(
            f"process.leg_{key}", agency=leg.agency, result=leg.result, number=number + 1, count=len(state.legs)
        )
        yield words("process.agencies") if not number else "", said, ""


def _tell_progress(words: Words, progress: Progress) -> Iterator[_Line]:
    if not (progress.ahead or any(held.steps for held in progress.holdings)):
        return
    for held in progress.holdings:
        role = "problem" if held.kept is Kept.LATE else ""
        yield show_moment(held.began_at), _say_held(words, held), role
    for number, step in enumerate(progress.ahead):
        who = words("process.step", holder=step.done_by, names=step.name) if step.done_by else step.name
        yield words("process.ahead") if not number else "", who, "soft"


def _say_held(words: Words, held: Holding) -> str:
    names = ", ".join(step.name for step in held.steps)
    who = words("process.step", holder=held.holder, names=names) if names else held.holder
    took = working_time_words(held.took, words.language)
    if held.allowed is None:
        return words("process.spent", who=who, took=took)
    allowed = working_time_words(held.allowed, words.language)
    return words("process.measured", who=who, took=took, allowed=allowed, verdict=_verdict(words, held))


def _verdict(words: Words, held: Holding) -> str:
    if held.kept is not None:
        return words(f"process.kept.{held.kept.value}", amount=working_time_words(held.late_by, words.language))
    left = held.allowed - held.took if held.allowed is not None else held.took
    return words("process.kept.running", left=working_time_words(left, words.language))


def say_due(words: Words, view: DossierView) -> str:
    """Return the due date with its warning: due soon, or late by how much working time."""
    due = view.state.due
    if due is None:
        return ""
    moment = show_moment(due.due_at)
    if view.progress.is_late:
        late_by = view.progress.late_by
        amount = working_time_words(late_by, words.language) if late_by else ""
        return words("process.due_late", moment=moment, amount=amount).rstrip()
    if view.is_due_today:
        return words("process.due_today", moment=moment)
    return words("process.due_soon", moment=moment) if view.is_due_soon else moment
