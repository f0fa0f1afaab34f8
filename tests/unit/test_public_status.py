import types
import typing
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counter_app.domain.actions.state import DossierState, DueChange, DueChangeCause, LegResult, Result, Return
from counter_app.domain.dossier import Dossier, DueDate, Leg, ResultChannel, Status
from counter_app.domain.forms.form_sets import form_set_on
from counter_app.domain.person import FieldSource, Party
from counter_app.domain.procedure import Channel
from counter_app.domain.public_status import PublicStatus, public_facts, say_public
from counter_app.domain.time_limit import TimeLimit, TimeUnit
from counter_app.domain.unit import Unit
from resources.texts import Language

# No sentence of ours has these letters: whatever somebody wrote into a dossier can be seen in a text.
PERSONAL = "鬱龘靐齉"
NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
OWN = Unit(
    code="H99.14",
    name="Ủy ban nhân dân xã Đồng Mẫu",
    desk_name="TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG",
    hotline="0200 000 000",
)
OTHER = Unit(code="H99.15", name="Ủy ban nhân dân xã Sông Mẫu")
NEXT = "chưa phải làm gì; đến ngày hẹn, mang giấy tiếp nhận và giấy tờ tùy thân đến nơi nộp để nhận kết quả."
#: What is written nowhere by hand but comes from the catalogue, the code's own rule or the unit.
KNOWN = {
    "code": "H99.14-261123-0001",
    "unit_code": "H99.14",
    "competent_unit_code": "H99.15",
    "procedure_name": "Đăng ký khai sinh",
    "agency": "Công an xã Đồng Mẫu",
}


PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    type(None): st.none(),
    dict[str, FieldSource]: st.just({}),
    bool: st.booleans(),
    int: st.integers(0, 99),
    datetime: st.timedeltas(timedelta(days=-20), timedelta(days=20)).map(lambda step: NOW + step),
    date: st.dates(date(1950, 1, 1), date(2026, 1, 1)),
}


def strategy_of(hint: Any, name: str = "") -> st.SearchStrategy[Any]:
    """Return values of a type whose every text is somebody's own words, but for what the desk itself knows."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return st.one_of([strategy_of(part, name) for part in inner])
    if origin is tuple:
        return st.lists(strategy_of(inner[0], name), max_size=2).map(tuple)
    if hint is str:
        return st.just(KNOWN[name]) if name in KNOWN else st.text(PERSONAL, min_size=1, max_size=4)
    if hint in PLAIN:
        return PLAIN[hint]
    if issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    fields = typing.get_type_hints(hint)
    return st.builds(hint, **{field: strategy_of(fields[field], field) for field in hint.__struct_fields__})


DOSSIERS, STATES = strategy_of(Dossier), strategy_of(DossierState)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(DOSSIERS, STATES, st.sampled_from(Language), st.sampled_from([OWN, OTHER, None]))
def test_nothing_that_anybody_wrote_about_a_person_is_ever_said(
    dossier: Dossier, state: DossierState, language: Language, competent: Unit | None
) -> None:
    facts = public_facts(dossier, state, received_by=OWN, competent=competent, now=NOW)

    public = say_public(facts, language, {"verification": "chờ xác minh"})

    said = msgspec.json.encode(public).decode() + public.text
    assert not set(PERSONAL) & set(said)
    assert KNOWN["code"] in public.text
    assert public.next_step in public.text


def a_dossier(**changes: Any) -> Dossier:
    facts: dict[str, Any] = {
        "id": "1",
        "code": KNOWN["code"],
        "unit_code": OWN.code,
        "competent_unit_code": OWN.code,
        "procedure_code": "1.001193",
        "procedure_effective_on": date(2025, 7, 1),
        "procedure_name": KNOWN["procedure_name"],
        "field_name": "Hộ tịch",
        "status": Status.RECEIVED,
        "channel": Channel.DIRECT,
        "received_at": NOW - timedelta(days=2),
        "due": None,
        "form_set": form_set_on(date(2026, 11, 23)),
        "applicant": Party(full_name="Nguyễn Thị Tưởng Tượng"),
    }
    return Dossier(**{**facts, **changes})


def a_state(status: Status, *, due_in: timedelta = timedelta(days=2), **changes: Any) -> DossierState:
    limit = TimeLimit(amount=3, unit=TimeUnit.WORKING_DAY)
    due = DueDate(due_at=NOW + due_in, limit=limit, starts_at=NOW - timedelta(days=2))
    return DossierState(**{"status": status, "due": due, "accepted_at": NOW - timedelta(days=2), **changes})


def say(
    state: DossierState, dossier: Dossier | None = None, language: Language = Language.VIETNAMESE, **units: Unit
) -> PublicStatus:
    facts = public_facts(dossier or a_dossier(), state, received_by=OWN, competent=units.get("competent", OWN), now=NOW)
    return say_public(facts, language, {"verification": "Chờ kết quả xác minh"})


def test_running_dossier_says_where_it_was_handed_in_and_when_it_is_due() -> None:
    text = say(a_state(Status.IN_PROGRESS)).text

    assert text.splitlines() == [
        "Hồ sơ H99.14-261123-0001",
        "Thủ tục: Đăng ký khai sinh",
        "Nộp tại: TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG, Ủy ban nhân dân xã Đồng Mẫu, lúc 10:00 23/11/2026",
        "Tình trạng: Đang xử lý. Hồ sơ đang được giải quyết.",
        "Hẹn trả kết quả: 10:00 27/11/2026",
        f"Việc cần làm: {NEXT}",
        "Điện thoại hỗ trợ: 0200 000 000",
    ]


def test_late_dossier_says_so_and_an_apology_its_coded_reason_but_no_free_words() -> None:
    change = DueChange(
        at=NOW,
        cause=DueChangeCause.EXTENDED,
        due_before=NOW - timedelta(days=3),
        due_after=NOW - timedelta(days=1),
        reason="Chờ kết quả xác minh: ông Tèo đi vắng",
        reason_code="verification",
    )

    text = say(a_state(Status.IN_PROGRESS, due_in=timedelta(days=-1), due_changes=(change,))).text

    assert "Hồ sơ đã quá ngày hẹn." in text
    assert "từ 10:00 22/11/2026 sang 10:00 24/11/2026" in text
    assert "(Chờ kết quả xác minh)" in text
    assert "Tèo" not in text


def test_received_here_for_another_unit_names_both() -> None:
    text = say(a_state(Status.IN_PROGRESS), competent=OTHER).text

    assert "Nộp tại: TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG, Ủy ban nhân dân xã Đồng Mẫu" in text
    assert "Cơ quan giải quyết: Ủy ban nhân dân xã Sông Mẫu" in text


def test_linked_procedure_says_which_agency_is_at_work() -> None:
    legs = (Leg("UBND xã", "Giấy khai sinh"), Leg("Công an xã", "Thông báo"), Leg("BHXH", "Thẻ"))
    decided = LegResult(agency="UBND xã", at=NOW, result=Result(kind="Giấy khai sinh"))

    text = say(a_state(Status.IN_PROGRESS, legs=legs, leg_results=(decided,))).text

    assert "Đang ở: Công an xã (cơ quan thứ 2 trên 3)" in text


def test_in_english_everything_is_english() -> None:
    public = say(a_state(Status.SUPPLEMENT_ASKED), language=Language.ENGLISH)

    assert "Status: Supplement asked. The dossier waits for missing papers" in public.text
    assert public.next_step == "hand in the papers named on the request."


HERE = Result(kind="Giấy khai sinh", here_at=NOW)
AWAY = Result(kind="Giấy khai sinh")
PART = (Return(at=NOW, channel=ResultChannel.DESK, receiver="Nguyễn Thị Tưởng Tượng", what="một bản", is_whole=False),)


@pytest.mark.parametrize(
    ("channel", "result", "returns", "words"),
    [
        (ResultChannel.DESK, HERE, (), "đến nhận kết quả tại: TRUNG TÂM"),
        (ResultChannel.DESK, AWAY, (), "chờ kết quả được chuyển về"),
        (ResultChannel.POST, HERE, (), "chờ bưu chính giao"),
        (ResultChannel.ONLINE, AWAY, (), "nhận kết quả bản điện tử"),
        (ResultChannel.DESK, HERE, PART, "nhận phần còn lại"),
    ],
)
def test_resolved_dossier_says_where_to_get_the_result(
    channel: ResultChannel, result: Result, returns: tuple[Return, ...], words: str
) -> None:
    state = a_state(Status.RESOLVED, result=result, returns=returns)

    public = say(state, a_dossier(result_channel=channel))

    assert words in public.next_step
    assert "Hẹn trả kết quả" not in public.text


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("language", Language)
def test_every_status_has_its_sentence_and_what_to_do(status: Status, language: Language) -> None:
    public = say(a_state(status, due=None), language=language)

    assert public.next_step.endswith(".")
    assert "{" not in public.text
