"""Everything that becomes ink: forms as blocks, blocks as pages, pages to a printer or a file.

Knows the facts of a form (`counter_app.domain.forms`), never the store. Only `printing.backends.qt_*` know Qt.
"""

from counter_app.domain.forms.facts import SlipData
from printing.documents import build_slip


def render_slip(data: SlipData, *, copies: int = 2, archive: bool = False) -> bytes:
    """Return forms 01, 02 or 03 as one PDF: A5 portrait, every copy (liên) on its own pages, fonts embedded.

    The same facts give the same bytes, so what a preview shows is what prints. With `archive` the file declares
    PDF/A-2b. Safe from any thread; one document is made at a time.

    Raises:
        BugError: ``print.copies_out_of_range`` for fewer than 1 or more than 9 copies.
    """
    from printing.renderers.pdf import render_pdf

    pdf = render_pdf(build_slip(data, copies=copies))
    if archive:
        from printing.renderers.archive import to_archive

        return to_archive(pdf)
    return pdf


def slip_text(data: SlipData, *, copies: int = 1) -> str:
    """Return the same paper as plain text, for screen readers and for reading in a terminal."""
    from printing.renderers.text import render_text

    return render_text(build_slip(data, copies=copies))
