"""What is said about a slip whose signed code was read: genuine, not genuine, or not to be checked here."""

from counter_app.services.answers.slips import SlipCheck
from ui.messages import Message, Severity
from ui.words import Words

_UNCHECKABLE = ("slip.unknown_key", "slip.newer_version", "slip.damaged")


def slip_message(words: Words, check: SlipCheck) -> Message:
    """Return the message for a checked slip: whose it is and what changed since, or why it is not accepted."""
    if check.is_valid:
        said = words("slip.genuine", code=check.code, unit=check.unit_name or check.unit_code)
        text = " ".join([said, *(words(note) for note in check.notes)])
        return Message(text, Severity.WARNING if check.notes else Severity.SUCCESS)
    notes = [check.reason] if check.reason else list(check.notes)
    forged = check.is_valid is False and check.reason not in _UNCHECKABLE
    return Message(" ".join(words(note) for note in notes), Severity.ERROR if forged else Severity.WARNING)
