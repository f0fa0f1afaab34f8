"""Online requests as they come down to the desks of a unit: signed by the province, kept until they are answered."""

from collections.abc import Callable

from sqlalchemy import Connection, insert, select

from counter_app.core.clock import to_millis
from counter_app.core.errors import UserError
from counter_app.domain.online import Submission
from counter_app.store.tables import local, organisation
from counter_app.sync.signed import read_signed, sign_document

_WORDS = b"counter-app online submission 1\x00"
_KNOWN = local.online_submission.c


def sign_submission(submission: Submission, sign: Callable[[bytes], bytes]) -> bytes:
    """Return a request as what goes on the feed."""
    return sign_document(submission, _WORDS, sign)


def read_submission(data: bytes, province_key: bytes) -> Submission:
    """Return the request of an item of the feed.

    Raises:
        UserError: ``sync.bad_submission``: damaged, or not signed by this province.
    """
    return read_signed(data, Submission, _WORDS, province_key, "sync.bad_submission")


def note_submission(connection: Connection, submission: Submission, data: bytes, *, own_desk: str) -> bool:
    """Keep a request in the caller's transaction; returns whether it is new.

    Raises:
        UserError: ``sync.bad_submission``: it is for another unit.
    """
    unit = select(organisation.desk.c.unit_code).where(organisation.desk.c.id == own_desk)
    if connection.execute(unit).scalar() != submission.unit_code:
        raise UserError("sync.bad_submission")
    if connection.execute(select(_KNOWN.id).where(_KNOWN.id == submission.id)).first() is not None:
        return False
    row = {"id": submission.id, "handed_in_at": to_millis(submission.handed_in_at), "data": data}
    connection.execute(insert(local.online_submission).values(row))
    for place, file in enumerate(submission.files):
        values = {"submission_id": submission.id, "place": place, "sha256": file.sha256, "size_bytes": file.size_bytes}
        connection.execute(insert(local.online_file).values(**values, is_here=False))
    return True
