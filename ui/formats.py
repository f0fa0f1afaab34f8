"""Days and hours as Vietnamese offices write them, in Vietnamese local time."""

from datetime import datetime

from counter_app.core.clock import to_local
from counter_app.domain.dossier import Status
from resources.texts import Language
from ui.theme.tokens import Tone

_TONES = {
    Status.RECEIVED: Tone.INFO,
    Status.IN_PROGRESS: Tone.INFO,
    Status.NOT_ACCEPTED: Tone.BAD,
    Status.SUPPLEMENT_ASKED: Tone.CAUTION,
    Status.PAYMENT_ASKED: Tone.CAUTION,
    Status.RESOLVED: Tone.GOOD,
    Status.RETURNED: Tone.GOOD,
}


def show_day(instant: datetime | None) -> str:
    """Return dd/mm/yyyy, or "" for None."""
    return "" if instant is None else f"{to_local(instant):%d/%m/%Y}"


def show_moment(instant: datetime | None) -> str:
    """Return HH:MM dd/mm/yyyy, or "" for None."""
    return "" if instant is None else f"{to_local(instant):%H:%M %d/%m/%Y}"


def show_dong(amount: int) -> str:
    """Return whole đồng as people write them: ``50.000``."""
    return f"{amount:,}".replace(",", ".")


def tone_of(status: Status) -> Tone:
    """Return the tone in which a dossier's status is shown."""
    return _TONES.get(status, Tone.NEUTRAL)


def show_number(number: int, language: Language) -> str:
    """Return a whole number with the separator of the language between thousands."""
    grouped = f"{number:,}"
    return grouped.replace(",", ".") if language is Language.VIETNAMESE else grouped
