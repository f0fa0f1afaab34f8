"""What is half typed on a page."""

import msgspec


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A page's fields by name as typed, the focused field, and the cursor's place in it."""

    page: str
    fields: dict[str, str]
    focus: str
    cursor: int
