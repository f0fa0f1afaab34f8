"""The intake page with the real services on a real encrypted store, driven by keys: from the card to the receipt."""

from PySide6.QtCore import Qt

from counter_app.domain.dossier import Status
from counter_app.domain.forms.kinds import Form
from counter_app.domain.person import FieldSource
from tests.fakes.intake_place import BIRTH, HUNG, LAN, Place
from ui.actions import ActionId
from ui.messages import Severity


def test_card_fills_the_form_and_each_field_says_so(place: Place) -> None:
    place.scan(LAN)

    assert place.line("applicant.full_name").text() == "Nguyễn Thị Hồng Lan"
    assert place.line("applicant.birth_on").text() == "05/03/1990"
    assert place.choice("applicant.sex").currentText() == "Nữ"
    assert place.page.applicant.full_name.source is FieldSource.CARD
    assert place.page.applicant.phone.source is None
    place.wait_place("procedure")


def test_typing_over_a_card_field_takes_its_mark_away(place: Place) -> None:
    place.scan(LAN)
    place.page.focus_field("applicant.address")
    place.write(" 2")

    assert place.page.applicant.address.source is FieldSource.TYPED
    assert place.line("applicant.address").text().endswith("Nam Định 2")


def test_card_of_another_person_clears_and_refills(place: Place) -> None:
    place.scan(LAN)
    place.page.focus_field("applicant.phone")
    place.write("0912345678")
    place.scan(HUNG)

    assert place.line("applicant.full_name").text() == "Trần Văn Hùng"
    assert place.line("applicant.phone").text() == ""


def test_damaged_card_is_said_and_changes_nothing(place: Place) -> None:
    place.write("Lê Thị Hoa")
    place.page.handle_scan(b"036190001234|x")
    place.qtbot.waitUntil(lambda: bool(place.bar.text))

    assert place.line("applicant.full_name").text() == "Lê Thị Hoa"


def test_enter_goes_through_the_fields_to_the_procedure(place: Place) -> None:
    way = []
    for _ in range(8):
        way.append(place.page.place()[0])
        place.press(Qt.Key.Key_Return)

    assert way[0] == "applicant.full_name"
    assert way[-1] == "applicant.address"
    assert place.page.place()[0] == "procedure"


def test_procedure_is_found_without_diacritics_and_opened_with_enter(place: Place) -> None:
    place.choose("khai sinh")

    state = place.page.presenter.state
    assert state.procedure is not None
    assert state.procedure.code == BIRTH
    assert place.line("procedure").text() == state.procedure.name
    assert place.page.place()[0] in ("case", "checklist")
    assert place.page.checklist.table.model().rowCount() == len(state.components)


def test_procedure_is_found_by_three_letters_after_the_answers_are_shown(place: Place) -> None:
    place.page.perform(ActionId.INTAKE_PROCEDURE)
    place.write("kha")
    place.qtbot.waitUntil(lambda: place.page.procedure.box.box.is_open)
    place.press(Qt.Key.Key_Down)
    wanted = place.page.presenter.state.hits[1]
    place.press(Qt.Key.Key_Return)
    place.qtbot.waitUntil(lambda: place.page.presenter.state.procedure is not None)

    assert place.page.presenter.state.procedure is not None
    assert place.page.presenter.state.procedure.code == wanted.code


def test_unknown_procedure_is_said_beside_its_field(place: Place) -> None:
    place.page.perform(ActionId.INTAKE_PROCEDURE)
    place.write("zzzz")
    place.qtbot.waitUntil(lambda: place.page.procedure.box.problem != "")

    assert place.page.presenter.state.procedure is None


def test_emptied_procedure_box_stays_empty_while_the_clerk_is_there(place: Place) -> None:
    place.choose("khai sinh")
    place.page.perform(ActionId.INTAKE_PROCEDURE)
    place.press(Qt.Key.Key_Delete)
    place.page.presenter.edit("note", "x")

    assert place.line("procedure").text() == ""


def test_procedure_box_left_without_choosing_shows_the_chosen_one_again(place: Place) -> None:
    place.choose("khai sinh")
    place.page.perform(ActionId.INTAKE_PROCEDURE)
    place.write("kết")
    assert place.line("procedure").text() == "kết"
    place.page.focus_field("note")

    state = place.page.presenter.state
    assert state.procedure is not None
    assert place.line("procedure").text() == state.procedure.name


def test_checklist_is_counted_with_space_digits_and_arrows(place: Place) -> None:
    place.choose("khai sinh")
    place.page.perform(ActionId.INTAKE_CHECKLIST)
    place.press(Qt.Key.Key_Space)
    place.press(Qt.Key.Key_Return)
    place.press(Qt.Key.Key_Right)
    place.write("2")
    place.press(Qt.Key.Key_Right)
    place.press(Qt.Key.Key_Space)
    place.write("+")

    counts = place.page.presenter.state.form.counts
    assert any(counts[0])
    assert tuple(counts[1]) == (2, 2, 0)
    place.press(Qt.Key.Key_Backspace)
    assert tuple(place.page.presenter.state.form.counts[1]) == (2, 0, 0)


def test_one_key_hands_all_required_papers_in(place: Place) -> None:
    place.choose("khai sinh")
    place.page.perform(ActionId.INTAKE_ALL_HANDED_IN)

    assert place.page.presenter.state.missing == ()


def test_due_date_and_fee_are_shown_with_why(place: Place) -> None:
    place.ready_to_accept()
    assert place.page.why.isHidden()
    place.page.perform(ActionId.INTAKE_WHY)

    steps = [place.page.why.steps.item(row).text() for row in range(place.page.why.steps.count())]
    assert not place.page.why.isHidden()
    assert steps[-1] == f"Hẹn trả lúc {place.page.outcome.due.text()}."
    assert place.page.outcome.fee.text() == "Không thu"
    assert "Lệ phí đăng ký khai sinh quá hạn: chỉ thu khi" in place.page.outcome.fee.toolTip()
    assert place.page.perform(ActionId.DISMISS)
    assert place.page.why.isHidden()


def test_accept_saves_says_the_code_and_is_ready_for_the_next(place: Place) -> None:
    place.ready_to_accept()
    place.page.perform(ActionId.INTAKE_ACCEPT)
    place.page.perform(ActionId.INTAKE_ACCEPT)  # a key pressed twice saves once
    place.wait_saved()

    view = place.newest()
    assert view.dossier.code in place.bar.text
    assert view.dossier.applicant.full_name == "Nguyễn Thị Hồng Lan"
    assert view.dossier.status is Status.RECEIVED
    assert [job.form for job in view.print_jobs] == [Form.RECEIPT]
    assert place.printer.woken == 1
    assert place.page.presenter.state.form.is_empty
    assert place.line("procedure").text() == place.line("applicant.full_name").text() == ""
    assert place.page.place()[0] == "applicant.full_name"
    assert place.open_desk.counter.drafts.find("intake") is None


def test_accept_without_a_name_saves_nothing_and_leads_to_the_field(place: Place) -> None:
    before = len(place.open_desk.counter.lookup.list_recent(limit=50))
    place.choose("khai sinh")
    place.page.perform(ActionId.INTAKE_ACCEPT)
    place.qtbot.waitUntil(lambda: place.page.applicant.full_name.problem != "")

    assert place.page.place()[0] == "applicant.full_name"
    assert place.page.presenter.state.procedure is not None
    assert len(place.open_desk.counter.lookup.list_recent(limit=50)) == before


def test_impossible_birth_date_is_said_while_typing_and_stops_accepting(place: Place) -> None:
    place.page.focus_field("applicant.birth_on")
    place.write("31021990")
    assert place.page.applicant.birth_on.problem != ""
    place.page.perform(ActionId.INTAKE_ACCEPT)

    assert place.page.place()[0] == "applicant.birth_on"
    assert place.bar.message is not None
    assert place.bar.message.severity is Severity.WARNING


def test_bad_phone_is_said_beside_the_field_by_the_service(place: Place) -> None:
    place.page.focus_field("applicant.phone")
    place.write("12")

    place.qtbot.waitUntil(lambda: place.page.applicant.phone.problem != "")
