"""By when an online dossier is answered: eight working hours from its being handed in (DOMAIN rule 4).

The limit is the one provinces publish (LAW R10, seen for one province); the article behind it, Nghị định 45/2020/NĐ-CP
article 11, is unverified.
"""

from datetime import datetime

from counter_app.domain.working_time import WorkingCalendar

ACKNOWLEDGEMENT_HOURS = 8


def acknowledge_by(handed_in_at: datetime, calendar: WorkingCalendar) -> datetime:
    """Return the instant (UTC) by which a dossier handed in online is accepted, refused or asked a supplement for.

    `calendar` is that of the unit that received it. Handed in outside its working time, the hours count from the next
    opening.

    Raises:
        UserError: ``due.bad_date`` for a year that is surely mistyped; ``due.no_working_time``.
    """
    return calendar.add_working_hours(handed_in_at, ACKNOWLEDGEMENT_HOURS)
