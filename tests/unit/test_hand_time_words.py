import pytest

from counter_app.domain.forms.details import Hop
from counter_app.domain.forms.facts import HandTime
from counter_app.domain.forms.kinds import Form
from tests.fakes.slips import a_slip
from tests.unit.test_paper_forms import tables_of, texts_of


@pytest.mark.parametrize(
    ("kept", "allowed", "took", "words"),
    [
        ("early", 960, 30, "Trước hạn (được 16 giờ)"),
        ("on_time", 240, 240, "Đúng hạn (được 4 giờ)"),
        ("late", 960, 1160, "Quá hạn 3 giờ 20 phút (được 16 giờ)"),
        ("late", 30, 70, "Quá hạn 40 phút (được 30 phút)"),
    ],
)
def test_control_slip_says_how_long_a_hand_had_and_how_late_it_is(
    kept: str, allowed: int, took: int, words: str
) -> None:
    hops = (Hop(giver="Người nộp", receiver="Quầy 1"), Hop(giver="Quầy 1", receiver="Phòng Tư pháp", outcome="early"))
    times = (None, HandTime(kept=kept, allowed_minutes=allowed, took_minutes=took))

    rows = tables_of(a_slip(Form.CONTROL_SLIP, hops=hops, hand_times=times))[0].rows

    assert words in texts_of(rows[2])


def test_control_slip_without_a_process_keeps_the_verdict_by_the_due_date() -> None:
    hops = (Hop(giver="Người nộp", receiver="Quầy 1"), Hop(giver="Quầy 1", receiver="Phòng Tư pháp", outcome="late"))

    rows = tables_of(a_slip(Form.CONTROL_SLIP, hops=hops))[0].rows

    assert "Quá hạn" in texts_of(rows[2])
