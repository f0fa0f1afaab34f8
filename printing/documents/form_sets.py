"""Which file of wording belongs to which circular."""

from counter_app.domain.forms.kinds import FormSet
from resources.forms import FormSetWording, form_set_wording

_FILES = {FormSet.TT01_2018: "tt01_2018", FormSet.TT03_2025: "tt03_2025"}


def set_wording(form_set: FormSet) -> FormSetWording:
    """Return the wording of a form set."""
    return form_set_wording(_FILES[form_set])


def circular_name(form_set: FormSet) -> str:
    """Return the circular as the foot of a paper names it."""
    return set_wording(form_set).circular
