"""Certificates of the line: whoever shows the present one, desk or hall, is given the next."""

from datetime import datetime, timedelta

import msgspec

from counter_app.sync.enrolling import check_certificate, ends_at, make_line_key
from counter_app.sync.https_line import HttpsLine, LineIdentity

RENEWED_BEFORE = timedelta(days=365)
"""So long before a certificate ends the next one is asked for: months without a line must not end it."""


def find_renewal(line: HttpsLine, identity: LineIdentity, *, now: datetime) -> LineIdentity | None:
    """Ask for a new certificate, with a new key, in the last year of the present one; None before.

    Raises:
        AppError: as `HttpsLine.request`; ``sync.bad_admission``. The present certificate stays.
    """
    if ends_at(identity.certificate) - now > RENEWED_BEFORE:
        return None
    key, request = make_line_key()
    certificate = line.request("POST", "/renew", request).data
    check_certificate(certificate, key, identity.authority)
    return msgspec.structs.replace(identity, certificate=certificate, key=key)
