"""How the intake page words what services said: problems, due dates with their why, fees, duplicates."""

from counter_app.core.clock import local_date, to_local
from counter_app.domain.dossier import DueDate
from counter_app.domain.due_date import describe_steps
from counter_app.domain.fees import FeeQuote, QuotedLine, format_dong
from counter_app.services.answers.dossiers import DossierRow
from counter_app.services.answers.intake import IntakeQuote, Problem
from ui.intake.state import IntakeState
from ui.intake.typed_values import format_date
from ui.words import Words

_PRICES_OF_A_UNIT = {
    "page": "fee.short.each_page",
    "copy": "fee.short.each_copy",
    "person": "fee.short.each_person",
}


def say_problem(words: Words, problem: Problem | None) -> str:
    """Return what stands beside a field, or "": the first sentence, which says what is wrong.

    The others say what was saved and what to do next; beside the field itself that is plain to see.
    """
    return words(problem.code, **problem.context).partition(". ")[0].rstrip(".") if problem else ""


def say_due(words: Words, quote: IntakeQuote | None) -> str:
    """Return the due instant in local time with its weekday-free date, or that it is not known yet."""
    if quote is None or quote.due is None:
        return words("intake.due.none")
    return f"{to_local(quote.due.due_at):%H:%M %d/%m/%Y}"


def say_why(words: Words, due: DueDate) -> list[str]:
    """Return the steps that lead to a due date, one line each."""
    lines = (words(code, **context) for code, context in describe_steps(due))
    return [line[:1].upper() + line[1:] for line in lines]


def say_fee(words: Words, state: IntakeState) -> str:
    """Return what is to be paid, short: the sum, the price of a unit, or who sets it."""
    if state.quote is None or state.procedure is None:
        return words("intake.fee.unknown")
    quote = state.quote.fee_quote
    if quote.is_complete:
        return format_dong(quote.total) if quote.total else words("fee.short.none")
    if quote.alternatives:
        return words("fee.short.by_case")
    if quote.total:
        return words("fee.short.from", amount=format_dong(quote.total))
    return _say_open_fee(words, quote)


def _say_open_fee(words: Words, quote: FeeQuote) -> str:
    prices = {_say_price(words, line) for line in quote.due_lines}
    if len(prices) == 1:
        return prices.pop()
    unknown = any(line.unit_amount is None for line in quote.due_lines)
    return words("fee.short.local") if unknown else words("fee.short.by_count")


def _say_price(words: Words, line: QuotedLine) -> str:
    if line.unit_amount is None:
        return words("fee.short.local")
    amount = format_dong(line.unit_amount)
    code = _PRICES_OF_A_UNIT.get(line.line.per, "fee.short.each")
    return words(code, amount=amount)


def say_fee_steps(words: Words, state: IntakeState) -> list[str]:
    """Return how the fee comes about, with what is paid only sometimes, one line each."""
    if state.quote is None or state.procedure is None:
        return []
    return [words(code, **context) for code, context in state.quote.fee_quote.steps]


def say_fee_label(words: Words, state: IntakeState) -> str:
    """Return what stands above the fee: that there are conditions, where there are any."""
    conditional = state.procedure is not None and state.quote is not None and state.quote.fee_quote.conditional_lines
    return words("fee.short.conditional") if conditional else words("intake.fee.label")


def say_duplicates(words: Words, quote: IntakeQuote | None) -> str:
    """Return the warning about open dossiers of the same person and procedure, or ""."""
    if quote is None or not quote.duplicates:
        return ""
    newest = max(quote.duplicates, key=lambda row: row.received_at)
    received = format_date(local_date(newest.received_at))
    if len(quote.duplicates) == 1:
        return words("intake.duplicate.one", code=newest.code, received=received)
    return words("intake.duplicate.more", count=len(quote.duplicates), code=newest.code, received=received)


def say_earlier(words: Words, row: DossierRow) -> str:
    """Return one line of the person's earlier dossiers."""
    received = format_date(local_date(row.received_at))
    return words("intake.earlier.row", received=received, code=row.code, procedure=row.procedure_name)


def say_missing(words: Words, state: IntakeState) -> str:
    """Return the required papers that are not here, numbered in one sentence."""
    if not state.missing:
        return words("intake.asking.nothing_missing")
    papers = "; ".join(f"({number}) {paper.name}" for number, paper in enumerate(state.missing, start=1))
    return words("intake.asking.missing", papers=papers)


def say_handed_in(words: Words, state: IntakeState) -> str:
    """Return how many of the required papers are here."""
    required = sum(component.required for component in state.components)
    return words("intake.checklist.handed_in", count=required - len(state.missing), all=required)
