"""How much work it is to draw a PDF: files come from strangers, and a drawing that never ends cannot be stopped.

A form XObject may draw others (ISO 32000-1, 8.10). Two that draw one another, or thirty that each draw the next twice,
are a few hundred bytes and keep PDFium busy for years.
"""

from io import BytesIO
from typing import Any

MOST_DRAWN = 50_000
"""Forms drawn on one page, those within forms counted each time."""
_DEEPEST = 20


def is_too_much(data: bytes) -> bool:
    """Whether a page of this PDF draws forms in a circle, too deeply, or too many times. Any thread.

    What is not readable as a PDF is not too much: whoever reads it says so.
    """
    import pikepdf

    try:
        with pikepdf.open(BytesIO(data)) as document:
            return any(_Effort().of(page, page.resources) > MOST_DRAWN for page in document.pages)
    except (pikepdf.PdfError, pikepdf.PasswordError, ValueError, TypeError, KeyError, AttributeError):
        return False


class _Effort:
    """Counts for one page; a form that was counted once is not looked into again."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], int] = {}
        self._open: set[tuple[int, int]] = set()

    def of(self, stream: Any, resources: Any) -> int:
        """Return how many forms a stream draws, more than `MOST_DRAWN` for a circle."""
        forms = _forms_of(resources)
        if not forms:
            return 0
        import pikepdf

        drawn = 0
        for call in pikepdf.parse_content_stream(stream, operators="Do"):
            form = forms.get(str(call.operands[0])) if len(call.operands) else None
            if form is not None:
                drawn += 1 + self._within(form, resources)
            if drawn > MOST_DRAWN:
                break
        return drawn

    def _within(self, form: Any, resources: Any) -> int:
        key = form.objgen
        if key in self._open or len(self._open) > _DEEPEST:
            return MOST_DRAWN + 1
        if key not in self._known:
            self._open.add(key)
            # A form without resources of its own draws with those of its page (ISO 32000-1, 7.8.3).
            self._known[key] = self.of(form, form.get("/Resources", resources))
            self._open.discard(key)
        return self._known[key]


def _forms_of(resources: Any) -> dict[str, Any]:
    """Return the forms that a stream may draw, by name; pictures cost what they are and are none."""
    named = resources.get("/XObject") if resources is not None else None
    if named is None:
        return {}
    return {name: drawn for name, drawn in named.items() if drawn.get("/Subtype") == "/Form"}
