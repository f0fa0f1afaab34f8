"""What the province signs is read only where a desk can keep and show it, for the feed of every desk passes by it."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import msgspec
import pytest

from counter_app.core.errors import UserError
from counter_app.domain.concerned import ConcernedDossier, ConcernedPaper
from counter_app.domain.dossier import Status
from counter_app.domain.online import Submission, SubmittedFile
from counter_app.domain.person import Party
from counter_app.domain.systems import RequestState, System
from counter_app.journal.chain import Signer
from counter_app.sync.concerned import read_concerned, sign_concerned
from counter_app.sync.online import read_submission, sign_submission
from counter_app.sync.packs import ConfigurationPack, read_pack, sign_pack
from counter_app.sync.portal_answers import Covered, PortalAnswer, read_portal_answer, sign_portal_answer
from counter_app.sync.ports import Acknowledgement
from counter_app.sync.roster import Receipt, Roster, RosterHall, read_receipt, read_roster, sign_receipt, sign_roster
from counter_app.sync.system_answers import SystemAnswer, read_system_answer, sign_system_answer

PROVINCE = Signer(bytes(range(7, 39)))
AT = datetime(2026, 11, 23, 2, tzinfo=UTC)
NAIVE = datetime(2026, 11, 23, 2)  # noqa: DTZ001 - what must not pass
LAST = datetime.max.replace(tzinfo=UTC)
MANY = 2**63

CONCERNED = ConcernedDossier(
    dossier_id="1",
    code="H99.14-261123-1001",
    unit_code="H99.14",
    unit_name="Xã Mẫu",
    competent_unit_code="H99.15",
    procedure_code="1.004222",
    procedure_name="Đăng ký thường trú",
    applicant_name="Nguyễn Văn Mẫu",
    status=Status.RECEIVED,
    received_at=AT,
    at=AT,
)
SUBMISSION = Submission(
    id="1", number="A1", unit_code="H99.14", handed_in_at=AT, procedure_code="1.004222", applicant=Party()
)
SYSTEM = SystemAnswer(dossier_id="1", system=System.POPULATION, request="r", state=RequestState.ANSWERED, at=AT)
PORTAL = PortalAnswer(dossier_id="1", at=AT, covers=(Covered(desk="1", epoch=1, seq=1),))
PACK = ConfigurationPack(number=1, name="Đợt", effective_on=date(2026, 12, 1), issued_at=AT)
ROSTER = Roster(number=1, issued_at=AT, desks=())
HALL = RosterHall(hall_id="1", unit_code="H99.14", name="Bộ phận một cửa")
RECEIPT = Receipt(unit_code="H99.14", issued_at=AT, chains=())

Read = Callable[[bytes, bytes], object]
Sign = Callable[..., bytes]
KINDS: dict[str, tuple[Sign, Read, msgspec.Struct, list[dict[str, object]]]] = {
    "sync.bad_concerned": (
        sign_concerned,
        read_concerned,
        CONCERNED,
        [
            {"received_at": NAIVE},
            {"at": NAIVE},
            {"due_at": NAIVE},
            {"supplemented_at": NAIVE},
            {"received_at": LAST},
            {"due_at": LAST},
            {"note": "x" * 1024 * 1024},
            {"papers": (ConcernedPaper(name="Đơn", original=MANY),)},
        ],
    ),
    "sync.bad_submission": (
        sign_submission,
        read_submission,
        SUBMISSION,
        [
            {"handed_in_at": NAIVE},
            {"files": (SubmittedFile(name="a.pdf", sha256="a", size_bytes=MANY, media_type="application/pdf"),)},
        ],
    ),
    "sync.bad_system_answer": (sign_system_answer, read_system_answer, SYSTEM, [{"at": NAIVE}]),
    "sync.bad_portal_answer": (
        sign_portal_answer,
        read_portal_answer,
        PORTAL,
        [{"at": NAIVE}, {"covers": (Covered(desk="1", epoch=1, seq=MANY),)}],
    ),
    "pack.bad": (sign_pack, read_pack, PACK, [{"issued_at": NAIVE}, {"number": MANY}, {"number": -MANY - 1}]),
    "sync.bad_roster": (
        sign_roster,
        read_roster,
        ROSTER,
        [
            {"issued_at": NAIVE},
            {"number": MANY},
            {"halls": (msgspec.structs.replace(HALL, revoked_at=NAIVE),)},
        ],
    ),
    "sync.bad_receipt": (
        sign_receipt,
        read_receipt,
        RECEIPT,
        [
            {"issued_at": NAIVE},
            {"chains": (Acknowledgement(desk="1", epoch=2**31, seq=1, hash=bytes(32)),)},
            {"chains": (Acknowledgement(desk="1", epoch=1, seq=2**31, hash=bytes(32)),)},
            {"chains": (Acknowledgement(desk="1", epoch=1, seq=-1, hash=bytes(32)),)},
        ],
    ),
}


@pytest.mark.parametrize("code", KINDS)
def test_document_that_no_desk_can_keep_or_show_is_refused_where_it_is_read(code: str) -> None:
    sign, read, good, changes = KINDS[code]
    assert read(sign(good, PROVINCE.sign), PROVINCE.public_key) == good
    for change in changes:
        with pytest.raises(UserError) as caught:
            read(sign(msgspec.structs.replace(good, **change), PROVINCE.sign), PROVINCE.public_key)
        assert caught.value.code == code, change
