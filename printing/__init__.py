"""Everything that becomes ink: forms as blocks, blocks as pages, pages to a printer or a file.

Knows the facts of a form (`counter_app.domain.forms`), never the store. Only `printing.backends.qt_*` know Qt.
"""

from pathlib import Path

from counter_app.core.errors import UserError
from counter_app.domain.forms.facts import FormData
from counter_app.domain.forms.kinds import Form, FormSet, Sheet
from printing.documents import build_document

__all__ = ["build_document", "form_text", "form_title", "list_wording_problems", "render_form"]


def render_form(
    data: FormData,
    *,
    copies: int,
    sheet: Sheet | None = None,
    archive: bool = False,
    wording_folder: Path | None = None,
) -> bytes:
    """Return a paper as one PDF: every copy (liên) on its own pages, fonts embedded.

    `sheet` None takes the wording's own, else the form's usual one. The same facts give the same bytes, so what a
    preview shows is what prints. With `archive` the file declares PDF/A-2b. A file in `wording_folder` stands in the
    place of the wording of the same relative name that comes with the program. Safe from any thread; one document is
    made at a time.

    Raises:
        BugError: ``print.copies_out_of_range`` for fewer than 1 or more than 9 copies, ``print.sheet_unsuitable``.
        UserError: ``forms.bad_wording``, ``forms.amount_out_of_range``, ``fee.bad_amount``,
            ``print.logo_unreadable``.
    """
    from printing.renderers.pdf import render_pdf

    pdf = render_pdf(build_document(data, copies=copies, sheet=sheet, wording_folder=wording_folder))
    if archive:
        from counter_app.core.archive import to_archive

        return to_archive(pdf)
    return pdf


def form_text(
    data: FormData, *, copies: int = 1, sheet: Sheet | None = None, wording_folder: Path | None = None
) -> str:
    """Return the same paper as plain text, for screen readers and for reading in a terminal.

    Raises:
        BugError: as `render_form`.
        UserError: as `render_form`.
    """
    from printing.renderers.text import render_text

    return render_text(build_document(data, copies=copies, sheet=sheet, wording_folder=wording_folder))


def form_title(form: Form, form_set: FormSet, wording_folder: Path | None = None) -> str:
    """Return the name of a form as its set has it, in capitals: ``PHIẾU TỪ CHỐI TIẾP NHẬN GIẢI QUYẾT HỒ SƠ``.

    Raises:
        UserError: ``forms.bad_wording``.
    """
    from printing.documents.wordings import form_wording

    return form_wording(form_set, form, wording_folder).title


def list_wording_problems(wording_folder: Path) -> tuple[UserError, ...]:
    """Return an error for each file of a unit's own wordings that cannot be used; none when all can.

    Each is ``forms.bad_wording`` with the file's name relative to the folder and a short technical reason.
    """
    from printing.documents.wordings import list_wording_problems

    return list_wording_problems(wording_folder)
