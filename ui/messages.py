"""What the message bar can say."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How a message looks. INFO and SUCCESS leave by themselves; WARNING and ERROR stay until Esc or the next one."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `action_text` labels its one button, which calls `action` or copies `copies` to the clipboard."""

    text: str
    severity: Severity = Severity.INFO
    action_text: str = ""
    action: Callable[[], None] | None = None
    copies: str = ""
