"""Slips of invented people, for tests and benchmarks of the paper."""

from datetime import UTC, datetime
from typing import Any

from counter_app.domain.dossier import Paper
from counter_app.domain.forms.facts import AgencyHead, SlipData
from counter_app.domain.forms.kinds import Form, FormSet
from counter_app.domain.procedure import FeeKind, FeeLine
from counter_app.domain.time_limit import TimeLimit, TimeUnit

CODE = "H99.15-261122-0001"

HEAD = AgencyHead(
    parent_name="Ủy ban nhân dân xã Suối Mơ",
    desk_name="Trung tâm Phục vụ hành chính công xã Suối Mơ",
    place_name="Suối Mơ",
    hotline="0214 3999 111",
    lookup_url="https://dichvucong.gov.vn",
    notes=("Khi đến nhận kết quả, Ông/Bà mang theo giấy này và căn cước.",),
)

PAPERS = (
    Paper(name="Tờ khai đăng ký khai sinh theo mẫu", original=1),
    Paper(name="Giấy chứng sinh, hoặc văn bản của người làm chứng xác nhận về việc sinh", original=1),
    Paper(name="Giấy chứng nhận kết hôn của cha, mẹ", certified=1, copy=1, note="đã đối chiếu bản chính"),
    Paper(name="Văn bản ủy quyền", copy=2),
)


def a_slip(form: Form = Form.RECEIPT, form_set: FormSet = FormSet.TT03_2025, **changes: Any) -> SlipData:
    """Return a complete slip; keyword arguments replace single facts."""
    facts: dict[str, Any] = {
        "form": form,
        "form_set": form_set,
        "head": HEAD,
        "code": CODE,
        "issued_at": datetime(2026, 11, 22, 2, 5, tzinfo=UTC),
        "procedure_code": "1.001193",
        "procedure_name": "Đăng ký khai sinh",
        "applicant_name": "Nguyễn Thị Hường",
        "submitter_name": "Lý A Páo",
        "id_number": "099190001234",
        "address": "Thôn Đá Bạc, xã Suối Mơ, tỉnh Hoa Ban",
        "phone": "0912 345 678",
        "email": "huong@example.vn",
        "papers": PAPERS,
        "missing": (Paper(name="Giấy chứng sinh", original=1), Paper(name="Sổ hộ tịch cũ", certified=1)),
        "limit": TimeLimit(amount=3, unit=TimeUnit.WORKING_DAY),
        "received_at": datetime(2026, 11, 22, 2, 5, tzinfo=UTC),
        "due_at": datetime(2026, 11, 25, 9, 30, tzinfo=UTC),
        "fees": (FeeLine(kind=FeeKind.CHARGE, name="Lệ phí đăng ký khai sinh", amount=8000),),
        "clerk_name": "Trần Văn Kiên",
        "reason": "Giấy chứng sinh chưa có chữ ký của cơ sở y tế.",
    }
    return SlipData(**{**facts, **changes})
