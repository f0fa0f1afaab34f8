"""Form 01, giấy tiếp nhận hồ sơ và hẹn trả kết quả: what was received and when the result is due."""

from counter_app.domain.dossier import Paper
from counter_app.domain.forms.facts import SlipData
from counter_app.domain.forms.kinds import FormSet
from printing.documents.form_sets import set_wording
from resources.forms import FormWording


def wording(form_set: FormSet) -> FormWording:
    """Return the words of this form in a set."""
    return set_wording(form_set).receipt


def papers(data: SlipData) -> tuple[Paper, ...]:
    """Return the papers that were really handed in; a checklist line without a piece is no receipt."""
    return tuple(paper for paper in data.papers if paper.handed_in)
