"""Papers of invented people, one of every kind, for tests and benchmarks of the paper."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from counter_app.domain.dossier import Paper, ResultChannel
from counter_app.domain.forms.details import CopiedPaper, Details, Hop
from counter_app.domain.forms.facts import (
    AgencyHead,
    ClosingData,
    CountedLine,
    FormData,
    HandoverData,
    JournalHead,
    ListedDossier,
    RegisterData,
    SlipData,
)
from counter_app.domain.forms.kinds import KINDS, Form, FormSet, Per
from counter_app.domain.procedure import FeeKind, FeeLine
from counter_app.domain.time_limit import TimeLimit, TimeUnit

CODE = "H99.15-261122-0001"
MANIFEST_CODE = "H99.15-BB-261122-01"
RECEIVED_AT = datetime(2026, 11, 22, 2, 5, tzinfo=UTC)
DUE_AT = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
LIMIT = TimeLimit(amount=3, unit=TimeUnit.WORKING_DAY)

HEAD = AgencyHead(
    parent_name="Ủy ban nhân dân xã Suối Mơ",
    desk_name="Trung tâm Phục vụ hành chính công xã Suối Mơ",
    place_name="Suối Mơ",
    hotline="0214 3999 111",
    lookup_url="https://dichvucong.gov.vn",
    notes=("Khi đến nhận kết quả, Ông/Bà mang theo giấy này và căn cước.",),
    address="Thôn Trung Tâm, xã Suối Mơ, tỉnh Hoa Ban",
    tax_code="0109999990",
)

PAPERS = (
    Paper(name="Tờ khai đăng ký khai sinh theo mẫu", original=1),
    Paper(name="Giấy chứng sinh, hoặc văn bản của người làm chứng xác nhận về việc sinh", original=1),
    Paper(name="Giấy chứng nhận kết hôn của cha, mẹ", certified=1, copy=1, note="đã đối chiếu bản chính"),
    Paper(name="Văn bản ủy quyền", copy=2),
)

DETAILS = Details(
    number="12",
    reason="Chưa xác minh xong nơi cư trú của người yêu cầu.",
    new_due_at=datetime(2026, 12, 2, 9, 30, tzinfo=UTC),
    stage="Thẩm định hồ sơ",
    decision="Quyết định số 34/QĐ-UBND",
    settlement="Hoàn trả toàn bộ",
    signer_name="Vàng Thị Sếnh",
    second_received_at=datetime(2026, 12, 3, 1, 0, tzinfo=UTC),
    second_due_at=datetime(2026, 12, 10, 9, 0, tzinfo=UTC),
    copied=(
        CopiedPaper(name="Bằng tốt nghiệp trung học phổ thông", pages=2, copies=5),
        CopiedPaper(name="Giấy phép lái xe", pages=1, copies=1, electronic=True),
    ),
    result_kind="Giấy khai sinh",
    result_number="151/2026",
    result_summary="Giấy khai sinh của cháu Lý Minh Khang",
    result_on=date(2026, 11, 25),
    giver="Giàng A Sử",
    giver_phone="0214 3999 112",
    receiver="Đỗ Thị Mận",
    receiver_phone="0912 000 345",
    bag="T-07",
    seal="NP 004512",
    serial_form="01BLP0-001",
    serial="AA-26",
    payer="Lý A Páo",
    payment="Tiền mặt",
    hops=(
        Hop(
            giver="Bộ phận Một cửa",
            receiver="Phòng Văn hóa - Xã hội",
            at=datetime(2026, 11, 22, 8, 0, tzinfo=UTC),
            outcome="Đúng hạn",
            note="đủ giấy tờ",
        ),
    ),
    note="Giao tại bưu cục.",
)
"""What a clerk may state: everything but an amount."""


def a_slip(form: Form = Form.RECEIPT, form_set: FormSet = FormSet.TT03_2025, **changes: Any) -> SlipData:
    """Return a complete slip; keyword arguments replace single facts."""
    facts: dict[str, Any] = {
        "form": form,
        "form_set": form_set,
        "head": HEAD,
        "code": CODE,
        "issued_at": RECEIVED_AT,
        "procedure_code": "1.001193",
        "procedure_name": "Đăng ký khai sinh",
        "applicant_name": "Nguyễn Thị Hường",
        "submitter_name": "Lý A Páo",
        "field_name": "Hộ tịch",
        "id_number": "099190001234",
        "address": "Thôn Đá Bạc, xã Suối Mơ, tỉnh Hoa Ban",
        "phone": "0912 345 678",
        "email": "huong@example.vn",
        "papers": PAPERS,
        "missing": (Paper(name="Giấy chứng sinh", original=1), Paper(name="Sổ hộ tịch cũ", certified=1)),
        "limit": LIMIT,
        "received_at": RECEIVED_AT,
        "due_at": DUE_AT,
        "fees": (FeeLine(kind=FeeKind.CHARGE, name="Lệ phí đăng ký khai sinh", amount=8000),),
        "clerk_name": "Trần Văn Kiên",
        "reason": "Giấy chứng sinh chưa có chữ ký của cơ sở y tế.",
        "competent_name": "Ủy ban nhân dân xã Suối Mơ",
    }
    return SlipData(**{**facts, **changes})


def a_line(number: int = 1, **changes: Any) -> ListedDossier:
    """Return one dossier of a list; `number` makes its code and its person."""
    facts: dict[str, Any] = {
        "code": f"H99.15-261122-{number:04}",
        "procedure_name": "Đăng ký khai sinh" if number % 2 else "Chứng thực bản sao từ bản chính",
        "applicant_name": f"Nguyễn Thị Hường {number}",
        "competent_name": "Ủy ban nhân dân xã Suối Mơ",
        "address": "Thôn Đá Bạc, xã Suối Mơ",
        "phone": "0912 345 678",
        "received_at": RECEIVED_AT,
        "due_at": DUE_AT + timedelta(days=number % 4),
        "returned_at": DUE_AT if number % 3 == 0 else None,
        "limit": LIMIT,
        "dossier_count": 1 + number % 2,
        "result": "Giấy khai sinh" if number % 2 else "",
        "result_channel": ResultChannel.POST if number % 5 == 0 else ResultChannel.DESK,
        "has_fees": number % 2 == 0,
        "note": "nộp hộ" if number % 7 == 0 else "",
    }
    return ListedDossier(**{**facts, **changes})


def lines(count: int) -> tuple[ListedDossier, ...]:
    """Return so many dossiers of a list."""
    return tuple(a_line(number) for number in range(1, count + 1))


def a_register(form_set: FormSet = FormSet.TT03_2025, *, rows: int = 45, **changes: Any) -> RegisterData:
    """Return the second part of a year's register."""
    facts: dict[str, Any] = {
        "form_set": form_set,
        "head": HEAD,
        "issued_at": RECEIVED_AT,
        "first_day": date(2026, 11, 1),
        "last_day": date(2026, 11, 30),
        "book": "02",
        "first_number": 101,
        "rows": lines(rows),
        "clerk_name": "Trần Văn Kiên",
    }
    return RegisterData(**{**facts, **changes})


def a_handover(
    form: Form = Form.MANIFEST, form_set: FormSet = FormSet.TT03_2025, *, rows: int = 6, **changes: Any
) -> HandoverData:
    """Return a manifest or a list of results with its own code."""
    facts: dict[str, Any] = {
        "form": form,
        "form_set": form_set,
        "head": HEAD,
        "issued_at": RECEIVED_AT,
        "rows": lines(rows),
        "code": MANIFEST_CODE,
        "clerk_name": "Trần Văn Kiên",
        "details": DETAILS,
    }
    return HandoverData(**{**facts, **changes})


def a_closing(form_set: FormSet = FormSet.TT03_2025, **changes: Any) -> ClosingData:
    """Return a desk's day with something of everything."""
    facts: dict[str, Any] = {
        "form_set": form_set,
        "head": HEAD,
        "issued_at": datetime(2026, 11, 22, 10, 5, tzinfo=UTC),
        "day": date(2026, 11, 22),
        "accepted": 41,
        "supplement_asked": 3,
        "refused": 1,
        "by_procedure": (
            CountedLine(name="Chứng thực bản sao từ bản chính", count=30),
            CountedLine(name="Đăng ký khai sinh", count=15),
        ),
        "first_code": CODE,
        "last_code": "H99.15-261122-0045",
        "fees_known": 1_250_000,
        "fees_open": 4,
        "prints": 52,
        "reprints": 2,
        "owed": ("H99.15-261122-0007", "H99.15-261122-0031"),
        "desk_label": "Quầy 2",
        "journal_head": JournalHead(epoch=1, seq=12_045, hash=bytes(range(32))),
        "clerk_name": "Trần Văn Kiên",
    }
    return ClosingData(**{**facts, **changes})


_LONG = "Ủy ban nhân dân đặc khu Quần đảo Hoa Phượng Vĩ, nơi có tên dài hơn mọi tờ giấy"

SHORT: dict[str, Any] = {
    "applicant_name": "Lò Văn Á",
    "submitter_name": "Lò Văn Á",
    "id_number": "",
    "address": "",
    "phone": "",
    "email": "",
    "papers": (),
    "missing": (),
    "limit": None,
    "due_at": None,
    "fees": (),
    "clerk_name": "",
    "reason": "",
    "field_name": "",
    "competent_name": "",
}
"""A dossier of which hardly anything is known: its papers are dots to write on."""

LONG: dict[str, Any] = {
    "head": AgencyHead(
        parent_name=_LONG,
        desk_name=f"Trung tâm Phục vụ hành chính công {_LONG}",
        place_name="Quần đảo Hoa Phượng Vĩ",
        hotline="0214 3999 111",
        lookup_url="https://dichvucong.example.vn/tra-cuu/ho-so",
        notes=("Mang theo giấy này.", "Nhận kết quả trong giờ hành chính, từ thứ Hai đến sáng thứ Bảy hằng tuần."),
        address=f"Số 1234, đường Nguyễn Thị Minh Khai, {_LONG}",
        tax_code="0109999990",
        signers={"apology": "Kt. Chủ tịch, Phó Chủ tịch", "stop": "Giám đốc"},
    ),
    "code": "000.00.25.H99-261122-10000",
    "procedure_name": "Thủ tục thành lập, tổ chức lại, giải thể và xác nhận lại việc hòa giải ở cơ sở " * 2,
    "applicant_name": "Công Tằng Tôn Nữ Thị Nguyễn Hoàng Phượng Vĩ Quỳnh Giao " * 2,
    "submitter_name": "Nguyễn Hoàng Thị Thanh Trúc Quỳnh Hương Giang",
    "field_name": "Thi đua, khen thưởng và phổ biến, giáo dục pháp luật",
    "address": "Số nhà 12, ngách 34, ngõ 567, đường Đồng Khởi Nghĩa Nam Kỳ, tổ dân phố số 89, phường Đông Ngàn " * 2,
    "papers": tuple(Paper(name=f"Thành phần thứ {n} của hồ sơ theo quy định", original=1) for n in range(1, 41)),
    "missing": tuple(Paper(name=f"Thành phần thứ {n} còn thiếu", certified=1) for n in range(1, 41)),
    "limit": TimeLimit(amount=45, unit=TimeUnit.CALENDAR_DAY),
    "fees": (
        FeeLine(kind=FeeKind.FEE, name="Phí thẩm định điều kiện hoạt động của cơ sở", amount=1_150_000),
        FeeLine(kind=FeeKind.CHARGE, name="Lệ phí cấp giấy chứng nhận", amount=50_000),
    ),
    "clerk_name": "Nguyễn Hoàng Phương Thảo Nguyên Vy",
    "reason": "Hồ sơ chưa có văn bản chấp thuận của cơ quan có thẩm quyền về địa điểm và quy mô hoạt động. " * 4,
    "competent_name": _LONG,
    "is_for_other_unit": True,
}
"""A dossier whose names fill their lines, with forty components."""

ORGANISATION: dict[str, Any] = {
    "applicant_name": "Hợp tác xã Nông nghiệp Suối Mơ",
    "submitter_name": "Phạm Quốc Đạt",
    "authorisation": "Giấy ủy quyền số 15/GUQ ngày 20/11/2026",
    "id_number": "0109999991-001",
    "address": "Thôn Nà Sáng, xã Suối Mơ, tỉnh Hoa Ban",
    "phone": "0214 3888 222",
    "email": "htx.suoimo@example.vn",
    "procedure_name": "Đăng ký thành lập hợp tác xã",
    "field_name": "Thành lập và hoạt động của hợp tác xã",
    "papers": (Paper(name="Điều lệ hợp tác xã", original=1), Paper(name="Danh sách thành viên", original=2)),
    "result_channel": ResultChannel.POST,
    "delivery_address": "Bưu cục Suối Mơ",
    "competent_name": "Sở Tài chính tỉnh Hoa Ban",
    "is_for_other_unit": True,
}
"""An organisation with a tax code, for which somebody authorised comes."""


def three_dossiers() -> dict[str, dict[str, Any]]:
    """Return what differs from `a_slip` in three dossiers: hardly known, very long, an organisation's."""
    return {"short": SHORT, "long": LONG, "organisation": ORGANISATION}


def a_form(form: Form, form_set: FormSet = FormSet.TT03_2025, dossier: str = "") -> FormData:
    """Return the data of any form; `dossier` names one of `three_dossiers`, "" the usual one.

    The one with hardly anything known states no details and has no lines; the long one has many lines.
    """
    facts = three_dossiers().get(dossier, {})
    details = Details() if dossier == "short" else DETAILS
    rows = {"short": 0, "long": 40}.get(dossier, 6)
    head = facts.get("head", HEAD)
    match KINDS[form].per:
        case Per.PERIOD:
            return a_register(form_set, rows=rows, head=head)
        case Per.MANIFEST:
            return a_handover(form, form_set, rows=rows, head=head, details=details)
        case Per.SESSION:
            return a_closing(form_set, head=head)
        case Per.DOSSIER:
            return a_slip(form, form_set, details=details, listed=lines(rows) if rows else (), **facts)
