"""Form 02, phiếu yêu cầu bổ sung, hoàn thiện hồ sơ: every missing paper, named once."""

from counter_app.domain.dossier import Paper
from counter_app.domain.forms.facts import SlipData
from counter_app.domain.forms.kinds import FormSet
from printing.documents.form_sets import set_wording
from resources.forms import FormWording


def wording(form_set: FormSet) -> FormWording:
    """Return the words of this form in a set."""
    return set_wording(form_set).supplement


def papers(data: SlipData) -> tuple[Paper, ...]:
    """Return what is missing."""
    return data.missing
