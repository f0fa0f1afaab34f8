from datetime import timedelta

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit
from pytestqt.qtbot import QtBot

from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import ResultChannel, Status
from counter_app.domain.forms.kinds import Form
from counter_app.services.counter import Counter
from counter_app.services.peripherals import DeviceRole, Scan
from resources.texts import Language
from tests.conftest import HandClock
from tests.fakes.desks import person
from tests.ui.acting_steps import (
    begin,
    choose_reason,
    finish,
    offered,
    open_code,
    overwrite,
    receive,
    said,
    story,
    write,
)
from tests.ui.conftest import WakeCounter
from tests.ui.printing_steps import has_focus, newest_job
from ui.actions import PageId
from ui.formats import show_moment
from ui.messages import Severity
from ui.shell import MainWindow

HEAD = "hung"
CARD = "036199777777|012345678|Trần Văn Nhận Thay|01021990|Nam|Thôn Đông, xã Đồng Mẫu, tỉnh Mẫu|01072021"


def _act(counter: Counter, code: str, action: Action, **facts: str) -> None:
    counter.dossiers.act(code, action, ActionFacts(**facts))  # type: ignore[arg-type]  # texts only


def _decided(counter: Counter) -> str:
    code = receive(counter)
    _act(counter, code, Action.RESOLVE, result_kind="Giấy khai sinh")
    _act(counter, code, Action.RESULT_ARRIVED)
    return code


def _status(counter: Counter, code: str) -> Status:
    return counter.lookup.get_dossier(code).state.status


def test_transfer_by_keyboard_says_the_new_status_and_shows_who_holds_the_paper(
    qtbot: QtBot, window: MainWindow, counter: Counter, print_queue: WakeCounter
) -> None:
    code = receive(counter)
    page = open_code(qtbot, window, code)
    begin(qtbot, window, page, Action.TRANSFER)
    form = page.action_view.form
    assert has_focus(window, form.inputs["receiver"].editor)
    assert "Đang xử lý" in form.outlook.text()
    assert "Phiếu kiểm soát" in form.outlook.text()
    wakes = print_queue.wakes

    write(page, "receiver", "Phòng Tư pháp")
    QTest.keyClick(form.inputs["receiver"].editor, Qt.Key.Key_Return)
    write(page, "note", "kèm một bản sao")
    text = finish(qtbot, window, page)

    assert _status(counter, code) is Status.IN_PROGRESS
    assert code in text
    assert "Đang xử lý" in text
    assert "Phiếu kiểm soát" in text
    assert print_queue.wakes > wakes
    assert newest_job(counter).form is Form.CONTROL_SLIP
    qtbot.waitUntil(lambda: "Đang giữ | Phòng Tư pháp" in story(page, "custody"))
    assert "Quầy 1 → Phòng Tư pháp · đúng hạn. Ghi chú: kèm một bản sao" in story(page, "custody")
    assert page.panel.cards.status.text() == "Đang xử lý"
    assert "Chuyển hồ sơ · Lê Thị Mai" in said(page.panel.cards.history)
    assert Action.TAKE_BACK in offered(page)


def test_supplement_round_moves_the_due_date_and_the_page_says_why(
    qtbot: QtBot, window: MainWindow, counter: Counter, clock: HandClock
) -> None:
    code = receive(counter)
    before = counter.lookup.get_dossier(code).state.due
    page = open_code(qtbot, window, code)

    begin(qtbot, window, page, Action.ASK_SUPPLEMENT)
    write(page, "reason", "Thiếu giấy chứng sinh")
    write(page, "missing", "Giấy chứng sinh\n\nTờ khai")
    finish(qtbot, window, page)
    qtbot.waitUntil(lambda: "đang chờ" in story(page, "due"))
    job = newest_job(counter)
    assert job.form is Form.SUPPLEMENT
    assert counter.papers.get_data(job.id).details.missing == ("Giấy chứng sinh", "Tờ khai")  # type: ignore[union-attr]
    clock.move(timedelta(days=2))
    begin(qtbot, window, page, Action.RECEIVE_SUPPLEMENT)
    assert "Ngày hẹn lùi" in page.action_view.form.outlook.text()
    finish(qtbot, window, page)

    after = counter.lookup.get_dossier(code).state.due
    assert before is not None
    assert after is not None
    assert after.due_at > before.due_at
    moved = f"{show_moment(before.due_at)} → {show_moment(after.due_at)}: đã chờ bổ sung giấy tờ"
    qtbot.waitUntil(lambda: moved in story(page, "due"))
    assert show_moment(after.due_at) in said(page.panel.cards.facts)
    assert _status(counter, code) is Status.RECEIVED


def test_extension_is_offered_to_the_head_alone_and_shows_both_dates(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    code = receive(counter)
    page = open_code(qtbot, window, code)
    assert Action.EXTEND not in offered(page)
    counter.session.act_as(HEAD)
    window.press("F5")
    begin(qtbot, window, page, Action.EXTEND)
    due = counter.lookup.get_dossier(code).state.due
    assert due is not None
    form = page.action_view.form
    assert isinstance(form.inputs["reason"].editor, QPlainTextEdit)
    assert has_focus(window, form.inputs["reason_code"].editor)

    choose_reason(page, "verification")
    write(page, "reason", "công văn 12")
    overwrite(page, "new_due_at", "16:30 15/12/2026")
    finish(qtbot, window, page)

    reason = "Chờ kết quả xác minh của cơ quan, đơn vị khác: công văn 12"
    moved = f"{show_moment(due.due_at)} → 16:30 15/12/2026: hẹn lại. Lý do: {reason}"
    qtbot.waitUntil(lambda: moved in story(page, "due"))
    (change,) = counter.lookup.get_dossier(code).state.due_changes
    assert change.reason_code == "verification"
    assert newest_job(counter).form is Form.APOLOGY


def test_new_due_date_before_the_old_one_or_on_a_free_day_is_refused_at_its_field(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    counter.session.act_as(HEAD)
    code = receive(counter)
    page = open_code(qtbot, window, code)
    begin(qtbot, window, page, Action.EXTEND)
    field = page.action_view.form.inputs["new_due_at"]
    choose_reason(page, "other")
    write(page, "reason", "Chờ xác minh")
    overwrite(page, "new_due_at", "16:30 23/11/2020")

    window.press("F9")

    qtbot.waitUntil(lambda: "phải sau ngày hẹn cũ" in field.problem)
    assert has_focus(window, field.editor)
    overwrite(page, "new_due_at", "16:30 12/12/2026")
    window.press("F9")
    qtbot.waitUntil(lambda: "07:00 14/12/2026" in field.problem)
    assert counter.lookup.get_dossier(code).state.due_changes == ()
    assert page.is_acting


def test_clerk_refuses_a_dossier_with_a_reason(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    code = receive(counter)
    page = open_code(qtbot, window, code)
    begin(qtbot, window, page, Action.REFUSE)
    window.press("F9")
    qtbot.waitUntil(lambda: page.action_view.form.inputs["reason_code"].problem != "")
    assert _status(counter, code) is Status.RECEIVED

    choose_reason(page, "not_competent")
    text = finish(qtbot, window, page)

    assert _status(counter, code) is Status.NOT_ACCEPTED
    assert "Không được tiếp nhận" in text
    assert newest_job(counter).form is Form.REFUSAL
    qtbot.waitUntil(lambda: not page.panel.steps.buttons)
    assert page.panel.focus_steps() is False


def test_result_goes_to_an_authorised_person_whose_card_was_scanned(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    code = _decided(counter)
    page = open_code(qtbot, window, code)
    begin(qtbot, window, page, Action.RETURN_RESULT)
    fields = page.action_view.form.inputs
    owner = person()
    assert isinstance(fields["receiver"].editor, QLineEdit)
    assert fields["receiver"].editor.text() == owner.full_name
    assert "bắt buộc" not in fields["authorisation"].editor.accessibleName()

    window.bridge.scanned.emit(Scan(role=DeviceRole.CARD_READER, raw=CARD.encode()))

    number = fields["receiver_id_number"].editor
    assert isinstance(number, QLineEdit)
    qtbot.waitUntil(lambda: number.text() == "036199777777")
    assert fields["receiver"].editor.text() == "Trần Văn Nhận Thay"
    assert fields["receiver_phone"].editor.text() == ""  # type: ignore[attr-defined]
    assert "bắt buộc" in fields["authorisation"].editor.accessibleName()
    qtbot.waitUntil(lambda: has_focus(window, fields["authorisation"].editor))
    window.press("F9")
    qtbot.waitUntil(lambda: fields["authorisation"].problem != "")
    assert _status(counter, code) is Status.RESOLVED
    write(page, "authorisation", "GUQ 12/2026")
    finish(qtbot, window, page)

    (returned,) = counter.lookup.get_dossier(code).state.returns
    assert (returned.receiver, returned.receiver_id_number) == ("Trần Văn Nhận Thay", "036199777777")
    assert (returned.authorisation, returned.channel) == ("GUQ 12/2026", ResultChannel.DESK)
    assert newest_job(counter).form is Form.RESULT_RECEIPT
    qtbot.waitUntil(lambda: "Trả cho Trần Văn Nhận Thay, tại quầy" in story(page, "result"))
    assert "Giấy ủy quyền: GUQ 12/2026" in story(page, "result")


def test_numbers_of_the_applicant_never_stand_beside_another_name(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    page = open_code(qtbot, window, _decided(counter))
    begin(qtbot, window, page, Action.RETURN_RESULT)
    fields = page.action_view.form.inputs
    receiver, number = fields["receiver"].editor, fields["receiver_id_number"].editor
    assert isinstance(receiver, QLineEdit)
    assert isinstance(number, QLineEdit)
    assert number.text() == person().id_number

    receiver.selectAll()
    write(page, "receiver", "Người Khác")
    assert number.text() == ""
    receiver.selectAll()
    write(page, "receiver", person().full_name)

    assert number.text() == person().id_number


def test_part_of_a_result_leaves_the_status_and_the_form_says_so(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    code = _decided(counter)
    page = open_code(qtbot, window, code)
    begin(qtbot, window, page, Action.RETURN_RESULT)
    form = page.action_view.form
    assert "sẽ là “Đã trả kết quả”" in form.outlook.text()

    write(page, "part", "2 trong 3 bản sao")
    assert "vẫn là “Đã xử lý xong”" in form.outlook.text()
    box = form.inputs["channel"].editor
    assert isinstance(box, QComboBox)
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Down)
    window.press("F9")
    qtbot.waitUntil(lambda: "mở vận đơn" in form.inputs["channel"].problem)
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Down)
    finish(qtbot, window, page)

    (returned,) = counter.lookup.get_dossier(code).state.returns
    assert (returned.what, returned.channel) == ("2 trong 3 bản sao", ResultChannel.ONLINE)
    assert _status(counter, code) is Status.RESOLVED


def test_missing_fact_is_said_in_words_at_its_field_and_changes_nothing(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    code = receive(counter)
    page = open_code(qtbot, window, code)
    begin(qtbot, window, page, Action.TRANSFER)
    field = page.action_view.form.inputs["receiver"]

    window.press("F9")

    qtbot.waitUntil(lambda: field.problem != "")
    assert window.bar.message is not None
    assert window.bar.message.severity is Severity.WARNING
    assert "(người nhận)" in window.bar.message.text
    assert _status(counter, code) is Status.RECEIVED
    assert has_focus(window, field.editor)
    write(page, "receiver", "x")
    assert field.problem == ""
    window.press("Esc")
    assert not page.is_acting
    assert window.bar.message is None


def test_amount_that_cannot_be_read_stays_at_its_field(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    code = receive(counter)
    page = open_code(qtbot, window, code)
    begin(qtbot, window, page, Action.REQUEST_PAYMENT)
    field = page.action_view.form.inputs["amount"]
    write(page, "amount", "năm mươi")
    window.press("F9")
    assert field.problem != ""
    assert has_focus(window, field.editor)

    field.editor.selectAll()  # type: ignore[attr-defined]
    write(page, "amount", "50.000")
    finish(qtbot, window, page)

    assert counter.lookup.get_dossier(code).state.payment_due == 50_000
    qtbot.waitUntil(lambda: "50.000 đồng" in story(page, "due"))


def test_action_refused_for_the_dossiers_state_says_why_and_the_steps_are_read_again(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    code = _decided(counter)
    counter.session.act_as(HEAD)
    page = open_code(qtbot, window, code)
    begin(qtbot, window, page, Action.REOPEN)
    write(page, "reason", "Sai tên")
    counter.session.act_as("mai")

    window.press("F9")

    qtbot.waitUntil(lambda: Action.REOPEN not in offered(page))
    qtbot.waitUntil(lambda: not page.is_acting)
    assert window.bar.message is not None
    assert _status(counter, code) is Status.RESOLVED


def test_dossier_that_another_clerk_moved_on_closes_the_form_and_says_so(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    code = receive(counter)
    page = open_code(qtbot, window, code)
    begin(qtbot, window, page, Action.TRANSFER)
    write(page, "receiver", "Phòng Tư pháp")

    _act(counter, code, Action.WITHDRAW, reason="Đổi ý")

    qtbot.waitUntil(lambda: not page.is_acting)
    assert window.bar.message is not None
    assert code in window.bar.message.text
    assert page.panel.cards.status.text() == "Công dân rút hồ sơ"


def test_change_that_leaves_the_action_allowed_leaves_what_was_written(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    code = receive(counter)
    page = open_code(qtbot, window, code)
    begin(qtbot, window, page, Action.TRANSFER)
    write(page, "receiver", "Phòng Tư pháp")

    _act(counter, code, Action.TRANSFER, receiver="Phòng khác")

    outlook = page.action_view.form.outlook
    qtbot.waitUntil(lambda: "vẫn là “Đang xử lý”" in outlook.text())
    assert page.action_view.form.inputs["receiver"].editor.text() == "Phòng Tư pháp"  # type: ignore[attr-defined]


def test_scan_of_another_dossier_leaves_the_form(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    first, second = receive(counter), receive(counter, 1)
    page = open_code(qtbot, window, first)
    begin(qtbot, window, page, Action.TRANSFER)

    window.bridge.scanned.emit(Scan(role=DeviceRole.BARCODE_READER, raw=second.encode()))

    qtbot.waitUntil(lambda: page.panel.shown is not None and page.panel.shown.dossier.code == second)
    assert not page.is_acting


def test_card_scanned_over_an_action_that_needs_none_goes_to_the_intake(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    page = open_code(qtbot, window, receive(counter))
    begin(qtbot, window, page, Action.TRANSFER)
    write(page, "receiver", "Phòng Tư pháp")

    window.bridge.scanned.emit(Scan(role=DeviceRole.CARD_READER, raw=CARD.encode()))

    qtbot.waitUntil(lambda: window.current_page is window.pages.get(PageId.INTAKE))
    window.show_page(PageId.DOSSIERS)
    assert page.is_acting
    assert page.action_view.form.inputs["receiver"].editor.text() == "Phòng Tư pháp"  # type: ignore[attr-defined]


def test_enter_in_the_list_then_enter_again_opens_the_first_step(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    page = open_code(qtbot, window, receive(counter))
    page.table.setFocus()

    QTest.keyClick(page.table, Qt.Key.Key_Return)
    assert has_focus(window, page.panel.steps.buttons[0])
    QTest.keyClick(page.panel.steps.buttons[0], Qt.Key.Key_Down)
    assert has_focus(window, page.panel.steps.buttons[1])
    QTest.keyClick(page.panel.steps.buttons[1], Qt.Key.Key_Return)

    state = page.action_view.presenter.state
    assert page.is_acting
    assert state is not None
    assert state.action is offered(page)[1]


def test_language_changes_while_a_form_is_open(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    page = open_code(qtbot, window, receive(counter))
    begin(qtbot, window, page, Action.TRANSFER)
    write(page, "receiver", "Phòng Tư pháp")

    window.words.set_language(Language.ENGLISH)

    form = page.action_view.form
    assert form.inputs["receiver"].editor.accessibleName() == "Receiver (needed)"
    assert form.outlook.text().startswith("The status will be “In progress”")
    assert page.panel.steps.buttons[0].text().startswith("1   Ask for a supplement")


def test_extension_proposes_a_later_working_day_and_the_next_number(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    counter.session.act_as(HEAD)
    first = receive(counter)
    due = counter.lookup.get_dossier(first).state.due
    assert due is not None
    later = due.due_at + timedelta(days=9)
    facts = ActionFacts(reason_code="system", new_due_at=later, number="07/PXL", signer_name="Phạm Văn Trưởng")
    counter.dossiers.act(first, Action.EXTEND, facts)
    page = open_code(qtbot, window, receive(counter, 1))

    begin(qtbot, window, page, Action.EXTEND)

    shown = page.action_view.presenter.state
    assert shown is not None
    assert (shown.values["number"], shown.values["signer_name"]) == ("08/PXL", "Phạm Văn Trưởng")
    field = page.action_view.form.inputs["new_due_at"].editor
    assert isinstance(field, QLineEdit)
    assert field.text() > ""
    choose_reason(page, "other")
    assert "bắt buộc" in page.action_view.form.inputs["reason"].editor.accessibleName()
