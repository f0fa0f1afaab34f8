"""The keys of the checklist as rules: ticking a paper, a kind of copy, or everything that is asked for."""

from dataclasses import replace

from counter_app.domain.procedure import Component
from ui.intake.state import Counts, TypedForm

MOST_OF_ONE = 99


def toggled(counts: Counts, asked: Component, column: int | None) -> Counts:
    """Return the counts after Space: one kind of copy between none and what is asked for, or the whole line."""
    wanted = Counts.asked_by(asked)
    if column is None:
        return Counts() if any(counts) else wanted
    return with_kind(counts, column, 0 if counts[column] else max(wanted[column], 1))


def with_kind(counts: Counts, column: int, amount: int) -> Counts:
    """Return the counts with one kind of copy (0 original, 1 certified, 2 plain copy) changed, at most 99."""
    changed = list(counts)
    changed[column] = max(0, min(amount, MOST_OF_ONE))
    return Counts(*changed)


def kind_of_digit(asked: Component) -> int:
    """Return the kind of copy a digit means when the clerk stands on the paper's name: the first asked for."""
    return next((column for column, amount in enumerate(Counts.asked_by(asked)) if amount), 0)


def all_handed_in(form: TypedForm, components: tuple[Component, ...]) -> TypedForm:
    """Return the form with every required paper counted; what is here already, on paper or digitised, stays."""
    lines = []
    for line, component in enumerate(components):
        counted = form.count(line)
        is_missing = component.required and not any(counted) and not form.reused(line)
        lines.append(Counts.asked_by(component) if is_missing else counted)
    return replace(form, counts=tuple(lines))
