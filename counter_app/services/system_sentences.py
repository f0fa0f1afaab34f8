"""What to say about a question to another system, in the language of whoever asks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from counter_app.core.clock import VIETNAM, to_local
from counter_app.domain.systems import RequestState, System, SystemLine


class Words(Protocol):
    """Finds a text by its key."""

    def __call__(self, key: str, **context: str | int) -> str:
        """Return the text with its placeholders filled."""
        ...


def sentence_of(line: SystemLine, words: Words) -> str:
    """Return where a question stands, with what was answered."""
    if line.system is System.POPULATION and line.state is RequestState.ANSWERED:
        return _say_identity(line.facts, words)
    if line.system is System.STORE and line.state is RequestState.ANSWERED:
        return _say_papers(line, words)
    if line.system is System.COMPETENT:
        return _say_answer(line, words)
    about = line.request.partition(":")[0]
    name = words(f"systems.about.{about}") if line.system is System.NOTICES else line.about
    return words(
        f"systems.{line.system.value}.{line.state.value}",
        about=name,
        reason=line.reason,
        at=to_local(line.at).strftime("%H:%M %d/%m/%Y") if line.at else "",
        **_shown(line.facts),
    )


def _say_answer(line: SystemLine, words: Words) -> str:
    """Return what the competent unit stated; one from a newer program is told by its words."""
    outcome = line.facts.get("outcome", "")
    key = outcome if outcome in ("result", "supplement", "refused") else "other"
    at = to_local(line.at).strftime("%H:%M %d/%m/%Y") if line.at else ""
    said = {"words": line.facts.get("summary", ""), "unit": line.facts.get("unit", ""), "at": at}
    return words(f"systems.competent.{key}", **said, **_shown(line.facts)).strip()


def _say_identity(facts: Mapping[str, str], words: Words) -> str:
    outcome = facts.get("outcome", "")
    if outcome != "differs":
        return words(f"systems.population.{outcome if outcome in ('matches', 'unknown') else 'waiting'}")
    named = [words(f"systems.field.{name}") for name in facts.get("fields", "").split(",") if name]
    return words("systems.population.differs", fields=", ".join(named) or words("systems.field.none"))


def _say_papers(line: SystemLine, words: Words) -> str:
    """Return every paper that the store has of this kind, with its number and whose it is."""
    facts = line.facts
    numbers = range(1, int(facts.get("count", "0")) + 1) if facts.get("count", "0").isdecimal() else ()
    found = [
        words(
            "systems.store.paper",
            title=facts.get(f"title.{number}", ""),
            number=facts.get(f"number.{number}", "") or "-",
            agency=facts.get(f"agency.{number}", ""),
        )
        for number in numbers
    ]
    return words("systems.store.found" if found else "systems.store.none", about=line.about, papers="; ".join(found))


def _shown(facts: Mapping[str, str]) -> dict[str, str]:
    """Return an answer's facts as a person reads them; whatever is missing is empty."""
    amount = facts.get("paid", "")
    return {
        "paid": f"{int(amount):,}".replace(",", ".") if amount.isdigit() else "",
        "paid_at": _moment(facts.get("paid_at", ""), "%Y%m%d%H%M%S", "%H:%M %d/%m/%Y"),
        "reference": facts.get("reference", ""),
        "number": facts.get("number", ""),
        "decided_on": _moment(facts.get("decided_on", ""), "%Y%m%d", "%d/%m/%Y"),
        "signer": facts.get("signer", ""),
        "carrier": facts.get("carrier", ""),
    }


def _moment(value: str, form: str, shown: str) -> str:
    try:
        return datetime.strptime(value, form).replace(tzinfo=VIETNAM).strftime(shown)
    except ValueError:
        return value
