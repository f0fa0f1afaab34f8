"""What a new version of a procedure changes, field by field, as a person reads it."""

from collections.abc import Iterator

import msgspec

from counter_app.domain.procedure import Channel, FeeLine, Procedure, ProcedureCase
from counter_app.domain.time_limit import TimeLimit


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is another afterwards.

    `what` is "new", "name", "field", "limit", "fee", "paper", "case", "step" or "other"; `about` says which of them.
    `before` and `after` are the words of the source or a number, empty where there was or is none.
    """

    what: str
    about: str = ""
    before: str = ""
    after: str = ""


def list_changes(before: Procedure | None, after: Procedure) -> tuple[Change, ...]:
    """Return every difference that a clerk or a citizen would meet; none where the versions say the same."""
    if before is None:
        return (Change(what="new", after=after.name),)
    found = tuple(_changes(before, after))
    same = msgspec.structs.replace(before, effective_on=after.effective_on, source=after.source)
    if found or msgspec.structs.replace(same, source_text=after.source_text) == after:
        return found
    return (Change(what="other"),)


def _changes(before: Procedure, after: Procedure) -> Iterator[Change]:
    if before.name != after.name:
        yield Change(what="name", before=before.name, after=after.name)
    if before.field_name != after.field_name:
        yield Change(what="field", before=before.field_name, after=after.field_name)
    yield from _limits(before, after)
    yield from _differences("fee", _fees(before), _fees(after))
    yield from _cases(before, after)
    yield from _differences("step", _steps(before), _steps(after))


def _limits(before: Procedure, after: Procedure) -> Iterator[Change]:
    for channel in Channel:
        old, new = (_say_limit(one.find_time_limit(None, channel)) for one in (before, after))
        if old != new:
            yield Change(what="limit", about=channel.value, before=old, after=new)


def _say_limit(limit: TimeLimit | None) -> str:
    """Return a limit in the words of its source, or as number and unit: ``3 working_day``."""
    return "" if limit is None else limit.text or f"{limit.amount} {limit.unit.value}"


def _fees(procedure: Procedure) -> dict[str, str]:
    return {f"{fee.name} / {fee.per}": _say_fee(fee) for fee in procedure.fees}


def _say_fee(fee: FeeLine) -> str:
    online = "" if fee.online_amount is None else f" / {fee.online_amount}"
    rest = msgspec.structs.replace(fee, amount=None, online_amount=None, note="", legal_basis="")
    more = [str(len(rest.tiers))] * bool(rest.tiers) + [str(rest.cap)] * (rest.cap is not None) + list(rest.cases)
    return f"{'?' if fee.amount is None else fee.amount}{online} {fee.applies.value} {' '.join(more)}".rstrip()


def _cases(before: Procedure, after: Procedure) -> Iterator[Change]:
    old, new = ({case.code or case.name: case for case in one.cases} for one in (before, after))
    for key in [*old, *(key for key in new if key not in old)]:
        if key not in new:
            yield Change(what="case", about=old[key].name or key, before=old[key].name or key)
        elif key not in old:
            yield Change(what="case", about=new[key].name or key, after=new[key].name or key)
        else:
            yield from _in_case(old[key], new[key])


def _in_case(before: ProcedureCase, after: ProcedureCase) -> Iterator[Change]:
    if (old := _say_limit(before.time_limit)) != (new := _say_limit(after.time_limit)):
        yield Change(what="limit", about=after.name, before=old, after=new)
    yield from _differences("paper", _papers(before), _papers(after))


def _papers(case: ProcedureCase) -> dict[str, str]:
    return {
        paper.name: f"{paper.original}+{paper.certified}+{paper.copy}{'' if paper.required else ' (?)'}"
        for paper in case.components
    }


def _steps(procedure: Procedure) -> dict[str, str]:
    return {
        step.name: f"{step.done_by} {f'{step.hours} h' if step.hours is not None else f'{step.percent} %'}".strip()
        for step in procedure.steps
    }


def _differences(what: str, before: dict[str, str], after: dict[str, str]) -> Iterator[Change]:
    for about in [*before, *(one for one in after if one not in before)]:
        if before.get(about) != after.get(about):
            yield Change(what=what, about=about, before=before.get(about, ""), after=after.get(about, ""))
