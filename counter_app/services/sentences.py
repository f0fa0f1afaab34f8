"""The one place where a failure becomes a sentence: what happened, what was saved, what to do next."""

import logging
from datetime import timedelta

from counter_app.core.errors import AppError, BugError, EnvironmentFailure, UserError
from counter_app.services.answers.printing import PrintJob
from counter_app.services.details import say_detail
from resources.texts import Language, text, texts

_HOURS_A_DAY = 8

logger = logging.getLogger("counter_app.sentences")

_FALLBACKS: tuple[tuple[type[AppError], str], ...] = (
    (UserError, "error.unknown_user"),
    (EnvironmentFailure, "error.unknown_environment"),
    (BugError, "error.unexpected"),
    (AppError, "error.unexpected"),
)


def sentence(error: AppError, language: Language) -> str:
    """Return what people read about an error. Never raises; safe from any thread.

    A code without a text, or a text whose placeholders the error does not fill, gives the general sentence of
    its kind with the code as reference, and a line in the log.
    """
    try:
        return text(error.code, language, **_said(error.context, language))
    except (KeyError, IndexError, ValueError):
        if not isinstance(error, BugError):
            logger.warning("no sentence for error %s", error)
    key = next(key for kind, key in _FALLBACKS if isinstance(error, kind))
    reference = str(error.context.get("reference", error.code))
    return text(key, language, reference=reference)


def _said(context: dict[str, str | int], language: Language) -> dict[str, str | int]:
    detail = context.get("detail")
    return {**context, "detail": say_detail(detail, language)} if isinstance(detail, str) else context


class _Known(dict[str, str | int]):
    """Facts of a sentence; one that a job no longer knows is shown as a dash."""

    def __missing__(self, key: str) -> str:
        return "—"


def job_sentence(job: PrintJob, language: Language, *, printer: str = "") -> str:
    """Return why a job is as it is, "" for nothing to say. Jobs keep the code of a failure, not its facts."""
    wording = texts(language).get(job.error_code, "") if job.error_code else ""
    return wording.format_map(_Known(printer=printer or job.printer or "—", copies=job.copies))


def advice(key: str, language: Language) -> str:
    """Return the text of an advice key ("" for no advice or an unknown key)."""
    if not key:
        return ""
    try:
        return text(key, language)
    except KeyError:
        logger.warning("no text for advice %s", key)
        return ""


def working_time_words(amount: timedelta, language: Language) -> str:
    """Return working time in words, a day as eight hours: ``2 ngày 3 giờ 20 phút``."""
    hours, minutes = divmod(amount // timedelta(minutes=1), 60)
    days, hours = divmod(hours, _HOURS_A_DAY)
    parts = {"days": days, "hours": hours, "minutes": minutes}
    said = [text(f"process.amount.{name}", language, **{name: count}) for name, count in parts.items() if count]
    return " ".join(said) or text("process.amount.none", language)
