import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from counter_app.core.clock import local_date
from counter_app.domain.forms.kinds import Form
from counter_app.services.answers.printing import PaperRequest, PrintJob, PrintState
from counter_app.services.counter import Counter
from tests.ui.conftest import WakeCounter
from tests.ui.printing_steps import choose, has_focus, job_count, newest_job, open_jobs, type_into
from ui.printing.batch_state import Phase
from ui.printing.batch_view import BatchView
from ui.shell import MainWindow


def _days(counter: Counter) -> tuple[str, str]:
    """The days from the first to the last dossier, as a clerk types them."""
    rows = counter.lookup.list_recent(limit=500)
    days = sorted(local_date(row.received_at) for row in rows)
    return f"{days[0]:%d/%m/%Y}", f"{days[-1]:%d%m%Y}"


def _open_batch(qtbot: QtBot, window: MainWindow, form: Form | None = None, *, days: tuple[str, str]) -> BatchView:
    page = open_jobs(qtbot, window)
    window.press("F4")
    assert page.is_batch
    assert has_focus(window, page.batch.form)
    if form is not None:
        choose(page.batch.form, form)
    for field, text in zip((page.batch.first, page.batch.last), days, strict=True):
        if field.isVisible():
            field.selectAll()
            type_into(field, text)
    qtbot.waitUntil(lambda: page.batch.presenter.state.plan is not None, timeout=10_000)
    return page.batch


def _finish(counter: Counter, batch: str, state: PrintState = PrintState.PRINTED) -> None:
    for job in counter.printing_jobs.list_of_batch(batch):
        if job.state is PrintState.QUEUED:
            counter.printing_jobs.claim_job(job.id, "Máy in quầy 1")
            counter.printing_jobs.settle(job.id, state)


def _ordered(counter: Counter) -> tuple[PrintJob, ...]:
    return counter.printing_jobs.list_of_batch(newest_job(counter).batch)


def test_today_is_offered_and_days_move_with_the_arrows(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    page = open_jobs(qtbot, window)

    window.press("F4")

    assert (page.batch.first.text(), page.batch.last.text()) == ("23/11/2026", "23/11/2026")
    QTest.keyClick(page.batch.first, Qt.Key.Key_Down)
    assert page.batch.first.text() == "22/11/2026"
    assert page.batch.presenter.state.first == "22/11/2026"


def test_batch_of_labels_is_ordered_and_followed_to_its_end(
    qtbot: QtBot, window: MainWindow, counter: Counter, print_queue: WakeCounter
) -> None:
    batch = _open_batch(qtbot, window, Form.LABEL, days=_days(counter))
    plan = batch.presenter.state.plan
    assert plan is not None
    assert f"{len(plan.codes)} hồ sơ" in batch.summary.text()

    window.press("F9")

    qtbot.waitUntil(lambda: batch.presenter.state.phase is Phase.PRINTING)
    jobs = _ordered(counter)
    assert [job.dossier_code for job in jobs] == list(plan.codes)
    assert print_queue.wakes > 0
    assert has_focus(window, batch.stop)
    first = jobs[0]
    counter.printing_jobs.claim_job(first.id, "Máy in quầy 1")
    counter.printing_jobs.settle(first.id, PrintState.PRINTED)
    qtbot.waitUntil(lambda: batch.progress.value() == 1)
    assert batch.progress.maximum() == len(jobs)
    _finish(counter, first.batch)
    qtbot.waitUntil(lambda: batch.presenter.state.phase is Phase.OVER)
    assert batch.progress_text.text() == f"Đã in {len(jobs)} trên {len(jobs)}"


def test_only_what_has_no_such_paper_yet_is_printed_unless_asked(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    rows = counter.lookup.list_recent(limit=500)
    counter.print_orders.order(PaperRequest(form=Form.CONTROL_SLIP, codes=(rows[0].code,)))
    batch = _open_batch(qtbot, window, Form.CONTROL_SLIP, days=_days(counter))
    plan = batch.presenter.state.plan
    assert plan is not None
    assert plan.printed == {rows[0].code}
    assert batch.reason.isHidden() or not batch.reason.isVisible()

    window.press("F9")

    qtbot.waitUntil(lambda: batch.presenter.state.phase is Phase.PRINTING)
    assert {job.dossier_code for job in _ordered(counter)} == set(plan.codes) - plan.printed
    assert {job.reprint for job in _ordered(counter)} == {0}


def test_reprints_in_a_row_need_one_reason_for_all(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    batch = _open_batch(qtbot, window, Form.RECEIPT, days=_days(counter))
    plan = batch.presenter.state.plan
    assert plan is not None
    before = job_count(counter)
    assert not batch.start.isEnabled() or len(plan.printed) < len(plan.codes)
    QTest.keyClick(batch.again, Qt.Key.Key_Space)
    assert batch.reason.isVisible()

    window.press("F9")
    qtbot.waitUntil(lambda: has_focus(window, batch.reason))
    assert job_count(counter) == before
    type_into(batch.reason, "Hết mực khi in sáng nay")
    window.press("F9")

    qtbot.waitUntil(lambda: batch.presenter.state.phase is Phase.PRINTING)
    jobs = _ordered(counter)
    assert len(jobs) == len(plan.codes)
    assert {job.reason for job in jobs if job.dossier_code in plan.printed} == {"Hết mực khi in sáng nay"}


def test_register_is_one_paper_and_asks_for_a_reason_the_second_time(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    batch = _open_batch(qtbot, window, Form.REGISTER, days=_days(counter))
    window.press("F9")
    qtbot.waitUntil(lambda: batch.presenter.state.phase is Phase.PRINTING)
    assert [job.form for job in _ordered(counter)] == [Form.REGISTER]
    _finish(counter, newest_job(counter).batch)
    qtbot.waitUntil(lambda: batch.presenter.state.phase is Phase.OVER)

    window.press("Esc")
    window.press("F4")
    window.press("F9")

    qtbot.waitUntil(lambda: batch.reason.isVisible() and has_focus(window, batch.reason))
    type_into(batch.reason, "Rách trang đầu")
    window.press("F9")
    qtbot.waitUntil(lambda: newest_job(counter).reprint == 1)
    assert newest_job(counter).reason == "Rách trang đầu"


def test_day_closing_is_of_one_day(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    batch = _open_batch(qtbot, window, Form.DAY_CLOSING, days=_days(counter))
    assert not batch.last.isVisible()

    window.press("F9")

    qtbot.waitUntil(lambda: batch.presenter.state.phase is Phase.PRINTING)
    assert newest_job(counter).form is Form.DAY_CLOSING


def test_cancelling_takes_what_waits_out_of_the_queue(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    batch = _open_batch(qtbot, window, Form.LABEL, days=_days(counter))
    window.press("F9")
    qtbot.waitUntil(lambda: batch.presenter.state.phase is Phase.PRINTING)
    jobs = _ordered(counter)
    counter.printing_jobs.claim_job(jobs[0].id, "Máy in quầy 1")

    window.press("F11")

    qtbot.waitUntil(lambda: window.bar.message is not None)
    states = [job.state for job in _ordered(counter)]
    assert states == [PrintState.PRINTING, *[PrintState.FAILED] * (len(jobs) - 1)]
    counter.printing_jobs.settle(jobs[0].id, PrintState.PRINTED)
    qtbot.waitUntil(lambda: batch.presenter.state.phase is Phase.OVER)
    assert "đã hủy" in batch.progress_text.text()


@pytest.mark.parametrize(("first", "last"), [("31/2/2026", "23/11/2026"), ("24/11/2026", "23/11/2026"), ("", "mai")])
def test_days_that_are_none_or_turned_round_are_said_and_nothing_is_ordered(
    qtbot: QtBot, window: MainWindow, counter: Counter, first: str, last: str
) -> None:
    batch = _open_batch(qtbot, window, Form.LABEL, days=_days(counter))
    before = job_count(counter)
    for field, text in ((batch.first, first), (batch.last, last)):
        field.clear()
        type_into(field, text or "x")

    window.press("F9")

    assert batch._first_field.problem or batch._last_field.problem
    assert not batch.start.isEnabled()
    assert job_count(counter) == before


def test_register_across_two_years_is_refused_in_words(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    batch = _open_batch(qtbot, window, Form.REGISTER, days=("1/12/2025", "23/11/2026"))
    before = job_count(counter)

    window.press("F9")

    qtbot.waitUntil(lambda: window.bar.message is not None)
    assert "một năm" in window.bar.message.text  # type: ignore[union-attr]
    assert batch.presenter.state.phase is Phase.CHOOSING
    assert job_count(counter) == before


def test_printing_in_a_row_goes_on_while_the_clerk_works_elsewhere(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    batch = _open_batch(qtbot, window, Form.LABEL, days=_days(counter))
    window.press("F9")
    qtbot.waitUntil(lambda: batch.presenter.state.phase is Phase.PRINTING)

    window.press("Esc")
    window.press("Ctrl+2")
    _finish(counter, newest_job(counter).batch)
    window.press("Ctrl+P")
    window.press("F4")

    qtbot.waitUntil(lambda: batch.presenter.state.phase is not Phase.PRINTING)


def test_chosen_printer_and_copies_hold_for_every_paper(
    qtbot: QtBot, window: MainWindow, counter: Counter, print_queue: WakeCounter
) -> None:
    batch = _open_batch(qtbot, window, Form.LABEL, days=_days(counter))
    qtbot.waitUntil(lambda: batch.printer.findData("Máy in quầy 1") > 0)
    choose(batch.printer, "Máy in quầy 1")
    choose(batch.copies, 2)

    window.press("F9")

    qtbot.waitUntil(lambda: batch.presenter.state.phase is Phase.PRINTING)
    assert {(job.asked, job.copies) for job in _ordered(counter)} == {("Máy in quầy 1", 2)}
    assert "Máy in quầy 1" in print_queue.woken
