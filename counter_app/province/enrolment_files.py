"""Enrolment by files that somebody carries: for desks without a line."""

from datetime import timedelta

import msgspec

from counter_app.province.desks import enrolment_of, find_invitation, show_roster
from counter_app.province.service import Province
from counter_app.sync.enrolling import EnrolmentFile
from counter_app.sync.roster import sign_enrolment

VALID_FOR = timedelta(days=180)
"""How long a file may be used and its claim may be under way: a desk may be without a line for months."""


def make_enrolment_file(province: Province, code: str) -> bytes:
    """Return the enrolment of a code as a file, with the unit's list of desks as it is now.

    Raises:
        UserError: ``province.unknown_code``.
    """
    now = province.clock.now()
    with province.database.transaction() as connection:
        row = find_invitation(connection, code, now=now)
        roster = show_roster(connection, province.authority, row.unit_code, now=now)
    enrolment = sign_enrolment(
        enrolment_of(row, code, province.authority, province.url), province.authority.signer.sign
    )
    file = EnrolmentFile(
        enrolment=enrolment,
        proof=province.authority.vouch(enrolment),
        authority=province.authority.pem,
        roster=roster,
    )
    return msgspec.msgpack.encode(file)
