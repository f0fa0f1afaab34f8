"""When another system is asked again that did not answer, how answers are dated, what is no reason to stop."""

import random
from datetime import datetime, timedelta

#: What a strange but readable entry can bring about, beside what is said in a sentence: it delays its own dossier only.
STRANGE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
#: About a fortnight at six hours each: then nobody answers any more.
MOST_TRIES = 64
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)


def next_try(now: datetime, tries: int, *, first: timedelta = FIRST_WAIT) -> datetime:
    """Return the instant after so many tries: twice as long each time, at most six hours, never in step with others."""
    longest: timedelta = min(LONGEST_WAIT, first * 2 ** min(tries, 20))
    return now + longest * random.uniform(0.5, 1.0)  # noqa: S311 - only spreads the tries


def later(now: datetime, before: datetime | None) -> datetime:
    """Return when an answer is dated: now, or after the answer before it where the clock was put back since.

    Desks keep the answer with the latest date.
    """
    return now if before is None else max(now, before + timedelta(milliseconds=1))
