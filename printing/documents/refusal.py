"""Form 03, phiếu từ chối tiếp nhận giải quyết hồ sơ: the reason in full, no list of papers."""

from counter_app.domain.dossier import Paper
from counter_app.domain.forms.facts import SlipData
from counter_app.domain.forms.kinds import FormSet
from printing.documents.form_sets import set_wording
from resources.forms import FormWording


def wording(form_set: FormSet) -> FormWording:
    """Return the words of this form in a set."""
    return set_wording(form_set).refusal


def papers(_data: SlipData) -> tuple[Paper, ...]:
    """Return nothing: the form has no table."""
    return ()
