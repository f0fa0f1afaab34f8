"""The official slips: facts in, blocks out. One module per form; the wording of each form set is data."""

from counter_app.core.errors import BugError
from counter_app.domain.forms.facts import SlipData
from counter_app.domain.forms.kinds import Form
from printing.blocks import Slip
from printing.documents import receipt, refusal, supplement
from printing.documents.frame import frame_slip

_MODULES = {Form.RECEIPT: receipt, Form.SUPPLEMENT: supplement, Form.REFUSAL: refusal}
_MOST_COPIES = 9


def build_slip(data: SlipData, *, copies: int) -> Slip:
    """Return the blocks of a slip, each copy complete.

    Raises:
        BugError: ``print.copies_out_of_range`` for fewer than 1 or more than 9 copies.
    """
    if not 1 <= copies <= _MOST_COPIES:
        raise BugError("print.copies_out_of_range", copies=copies)
    module = _MODULES[data.form]
    return frame_slip(data, module.wording(data.form_set), module.papers(data), copies=copies)
