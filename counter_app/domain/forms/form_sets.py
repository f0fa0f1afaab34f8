"""Which circular's forms a dossier keeps, by the day it was received."""

from datetime import date

from counter_app.domain.forms.kinds import FormSet

# Circular 03/2025/TT-VPCP was issued on 15/9/2025; that it binds from that very day is unverified.
_FROM = ((date(2025, 9, 15), FormSet.TT03_2025), (date.min, FormSet.TT01_2018))


def form_set_on(day: date) -> FormSet:
    """Return the form set in force on a local date."""
    return next(form_set for start, form_set in _FROM if day >= start)
