"""Every form of a desk: facts in, blocks out. One module for each form; the wording of each form set is data."""

from pathlib import Path

from counter_app.core.errors import BugError
from counter_app.domain.forms.facts import FormData
from counter_app.domain.forms.kinds import KINDS, Sheet
from printing.blocks import Document

_MOST_COPIES = 9


def build_document(
    data: FormData, *, copies: int, sheet: Sheet | None = None, wording_folder: Path | None = None
) -> Document:
    """Return the blocks of a paper, each copy complete.

    `sheet` None takes the wording's own, else the usual one. Wordings in `wording_folder` stand in the place of those
    that come with the program.

    Raises:
        BugError: ``print.copies_out_of_range`` for fewer than 1 or more than 9 copies, ``print.sheet_unsuitable`` for
            a sheet that the form has no shape for.
        UserError: ``forms.bad_wording`` for a wording that cannot be used, ``forms.amount_out_of_range`` or
            ``fee.bad_amount`` for an amount that nobody pays.
    """
    from printing.documents.frame import frame_document, sheet_for

    if not 1 <= copies <= _MOST_COPIES:
        raise BugError("print.copies_out_of_range", copies=copies)
    kind = KINDS[data.form]
    if sheet is not None and sheet not in kind.sheets:
        raise BugError("print.sheet_unsuitable", form=data.form.value, sheet=sheet.value)
    chosen = sheet or sheet_for(data, wording_folder, kind.sheet)
    return frame_document(data, copies=copies, sheet=chosen, wording_folder=wording_folder)
