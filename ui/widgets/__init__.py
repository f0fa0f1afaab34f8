"""The building blocks of pages. None of them knows a service."""

from ui.widgets.buttons import ActionButton, ButtonKind, LineButton
from ui.widgets.card import SectionCard
from ui.widgets.choices import Choices
from ui.widgets.empty_state import EmptyState
from ui.widgets.field import Field
from ui.widgets.message_bar import MessageBar
from ui.widgets.pill import StatusPill
from ui.widgets.polish import set_look
from ui.widgets.scrolled import ScrolledColumn
from ui.widgets.suggest_box import SuggestBox, Suggestion
from ui.widgets.unit_box import UnitBox, UnitChoice

__all__ = [
    "ActionButton",
    "ButtonKind",
    "Choices",
    "EmptyState",
    "Field",
    "LineButton",
    "MessageBar",
    "ScrolledColumn",
    "SectionCard",
    "StatusPill",
    "SuggestBox",
    "Suggestion",
    "UnitBox",
    "UnitChoice",
    "set_look",
]
