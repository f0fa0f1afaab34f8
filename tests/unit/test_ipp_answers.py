import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.domain.forms.kinds import Sheet
from counter_app.services.answers.printing import BLOCKING, Condition, PrinterState
from printing.backends.ipp_answers import Refused, Report, choose_media

KEYWORDS = st.from_regex(r"\A[a-z]{1,12}(-[a-z]{1,12}){0,3}\Z")
KNOWN = ["media-empty", "media-low", "media-needed", "cover-open", "media-jam", "toner-low", "toner-empty", "paused"]
REASONS = st.builds("".join, st.tuples(st.sampled_from(KNOWN), st.sampled_from(["", "-error", "-warning", "-report"])))


def a_report(*reasons: str, state: int = 4) -> Report:
    return Report.read({"printer-state": state, "printer-state-reasons": list(reasons)})


@pytest.mark.parametrize(
    ("keyword", "condition"),
    [
        ("media-empty-error", Condition.PAPER_OUT),
        ("media-empty", Condition.PAPER_OUT),
        ("media-empty-warning", Condition.PAPER_LOW),
        ("door-open-error", Condition.COVER_OPEN),
        ("toner-empty-report", Condition.INK_LOW),
        ("marker-supply-low", Condition.INK_LOW),
        ("paused-report", Condition.PAUSED),
        ("com.example-motor-error", Condition.FAULT),
    ],
)
def test_a_reason_becomes_the_condition_it_means(keyword: str, condition: Condition) -> None:
    assert a_report(keyword).conditions == (condition,)


@pytest.mark.parametrize(
    "keyword",
    [
        "none",
        "connecting-to-device",
        "cups-waiting-for-job-completed",
        "cover-open-report",
        "com.example-lamp",
        "other",
    ],
)
def test_a_reason_that_keeps_nothing_from_printing_is_no_condition(keyword: str) -> None:
    assert a_report(keyword).conditions == ()


@pytest.mark.parametrize("keyword", ["offline-report", "shutdown", "timed-out-error"])
def test_a_printer_that_calls_itself_out_of_reach_is_offline(keyword: str) -> None:
    report = a_report(keyword)

    assert report.printer_state is PrinterState.OFFLINE
    assert report.conditions == ()


@given(st.lists(KEYWORDS | REASONS, max_size=8))
def test_conditions_are_named_once_and_the_worst_first(reasons: list[str]) -> None:
    conditions = a_report(*reasons).conditions

    assert len(set(conditions)) == len(conditions)
    assert list(conditions) == sorted(conditions, key=lambda condition: condition not in BLOCKING)


@given(st.lists(REASONS, max_size=6))
def test_what_surely_holds_a_job_up_also_may_hold_it_up(reasons: list[str]) -> None:
    report = a_report(*reasons)

    assert set(report.stopped_by) <= set(report.holding_up) | {Condition.PAUSED} <= BLOCKING


@given(st.lists(REASONS, max_size=6), st.lists(REASONS, max_size=6))
def test_a_printer_behind_a_queue_is_believed_before_the_queue(queue: list[str], device: list[str]) -> None:
    together = a_report(*queue).with_device(a_report(*device))

    assert set(together.conditions) - {Condition.PAUSED} == set(a_report(*device).conditions) - {Condition.PAUSED}
    assert a_report(*queue).with_device(None).printer_state is PrinterState.OFFLINE


@given(
    st.dictionaries(
        st.sampled_from(["printer-state", "printer-state-reasons", "printer-name", "media-supported", "device-uri"]),
        st.none() | st.integers() | st.text() | st.booleans() | st.lists(st.text() | st.integers(), max_size=3),
    )
)
def test_attributes_of_any_type_are_read_without_failing(attributes: dict[str, object]) -> None:
    report = Report.read(attributes)

    assert isinstance(report.printer_state, PrinterState)
    assert isinstance(report.conditions, tuple)


@pytest.mark.parametrize(
    ("sheet", "supported", "chosen"),
    [
        (Sheet.A5, ("iso_a4_210x297mm", "iso_a5_148x210mm"), "iso_a5_148x210mm"),
        (Sheet.A4_LANDSCAPE, ("iso_a5_148x210mm", "iso_a4_210x297mm"), "iso_a4_210x297mm"),
        (Sheet.LABEL_50X30, ("oe_label_1.97x1.18in", "iso_a4_210x297mm"), "oe_label_1.97x1.18in"),
        (Sheet.LABEL_50X30, ("om_label_30x50mm",), "om_label_30x50mm"),
        (Sheet.LABEL_50X30, ("custom_min_20x10mm", "custom_max_110x300mm"), "custom_50x30mm_50x30mm"),
        (Sheet.LABEL_100X50, ("custom_min_20x10mm", "custom_max_60x300mm"), None),
        (Sheet.A5, ("iso_a4_210x297mm", "na_letter_8.5x11in", "a5"), None),
        (Sheet.ROLL_80, ("custom_min_20x10mm", "custom_max_110x3000mm"), None),
    ],
)
def test_a_sheet_is_asked_for_by_a_name_the_printer_knows(
    sheet: Sheet, supported: tuple[str, ...], chosen: str | None
) -> None:
    assert choose_media(sheet, supported) == chosen


@given(st.sampled_from(Sheet), st.lists(st.text(max_size=30) | KEYWORDS, max_size=5))
def test_no_name_is_made_up_for_a_printer_without_custom_sizes(sheet: Sheet, supported: list[str]) -> None:
    chosen = choose_media(sheet, tuple(supported))

    assert chosen is None or chosen in supported


@given(st.integers(0x0400, 0x05FF))
def test_every_refusal_either_took_nothing_or_is_a_servers_error(status: int) -> None:
    assert Refused(status).nothing_taken or status >= 0x0500
