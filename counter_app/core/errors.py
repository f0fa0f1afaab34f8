"""The three kinds of failure, and nothing about how they are worded.

A sentence for people is made once, by `counter_app.services.sentences`, from the code and the context kept here.
Foreign exceptions are translated at the boundary where they are met, with `raise ... from`.
"""

from typing import ClassVar


class AppError(Exception):
    """A failure with a stable code, for example ``card.too_few_fields``.

    The context fills the placeholders of the sentence; it never holds personal data, because it is logged.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, code: str, /, **context: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.context = context

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value}" for name, value in self.context.items())
        return f"{self.code} ({facts})" if facts else self.code


class UserError(AppError):
    """The person at the desk can put it right now: a wrong number, a missing paper, a bad file."""

    exit_code = 2


class EnvironmentFailure(AppError):  # noqa: N818 - nobody erred: the word of ARCHITECTURE
    """Nobody's fault: disk, line, device, credential store. `retryable` says whether trying again makes sense."""

    exit_code = 3

    def __init__(self, code: str, /, *, retryable: bool = False, **context: str | int) -> None:
        super().__init__(code, **context)
        self.retryable = retryable


class BugError(AppError):
    """Ours: logged with its traceback, reported, rolled back."""
