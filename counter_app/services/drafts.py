"""What is half typed, saved as it is typed, so that a power cut costs nothing."""

import msgspec


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A page's fields by name as typed, the focused field, and the cursor's place in it."""

    page: str
    fields: dict[str, str]
    focus: str
    cursor: int


class Drafts:
    """One draft per signed-in clerk and page, inside the encrypted store. Not journalled: nothing happened yet."""

    def save(self, draft: Draft) -> None:
        """Replace the page's draft, durable when this returns."""
        raise NotImplementedError

    def find(self, page: str) -> Draft | None:
        """Return the clerk's draft of a page."""
        raise NotImplementedError

    def discard(self, page: str) -> None:
        """Forget the clerk's draft of a page."""
        raise NotImplementedError
