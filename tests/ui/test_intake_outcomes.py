"""The intake page with the real services: other ends than acceptance, drafts, languages, room on the screen."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QPushButton, QTableView
from pytestqt.qtbot import QtBot

from counter_app.core.paths import DataFolder
from counter_app.core.text import fold
from counter_app.domain.dossier import Outcome, Status
from counter_app.domain.forms.kinds import Form
from counter_app.domain.person import FieldSource
from counter_app.domain.procedure import Channel
from counter_app.services.answers.intake import IntakeForm
from resources.texts import Language
from tests.fakes.intake_place import BIRTH, HUNG, LAN, PAGE_HEIGHT, PAGE_WIDTH, Place, close_place, open_place
from ui.actions import ActionId
from ui.theme.stylesheet import apply_theme
from ui.theme.tokens import Theme

SHOTS = Path(__file__).parents[2] / "build" / "screenshots"


def test_supplement_names_missing_papers_and_saves_with_enter(place: Place) -> None:
    place.scan(LAN)
    place.choose("khai sinh")
    place.page.perform(ActionId.INTAKE_SUPPLEMENT)
    required = [paper.name for paper in place.page.presenter.state.components if paper.required]
    assert all(name in place.page.reason.missing.text() for name in required)
    place.write("Bổ sung trước thứ Sáu")
    place.press(Qt.Key.Key_Return)
    place.wait_saved()

    dossier = place.newest().dossier
    assert (dossier.status, dossier.reason) == (Status.SUPPLEMENT_ASKED, "Bổ sung trước thứ Sáu")


def test_refusal_without_reason_stays_and_says_so(place: Place) -> None:
    place.ready_to_accept()
    place.page.perform(ActionId.INTAKE_REFUSE)
    place.press(Qt.Key.Key_Return)

    assert place.page.reason.reason.problem != ""
    assert place.page.place()[0] == "reason"
    assert not place.page.reason.isHidden()
    place.write("Không thuộc thẩm quyền")
    assert place.page.reason.reason.problem == ""
    place.press(Qt.Key.Key_Return)
    place.wait_saved()
    recent = place.open_desk.counter.printing_jobs.list_recent(limit=1)[0]
    assert recent.form is Form.REFUSAL


def test_accept_key_while_writing_a_reason_saves_nothing(place: Place) -> None:
    place.ready_to_accept()
    place.page.perform(ActionId.INTAKE_REFUSE)
    place.page.perform(ActionId.INTAKE_ACCEPT)

    assert place.page.presenter.state.asking is Outcome.REFUSED
    assert not place.page.presenter.state.busy
    assert "Esc" in place.bar.text
    assert place.page.perform(ActionId.DISMISS)
    assert place.page.reason.isHidden()


def test_second_dossier_of_the_same_kind_warns_and_is_not_blocked(place: Place) -> None:
    place.ready_to_accept()
    place.page.perform(ActionId.INTAKE_ACCEPT)
    place.wait_saved()
    first = place.newest().dossier.code
    place.bar.clear()
    place.ready_to_accept()
    place.qtbot.waitUntil(lambda: first in place.page.outcome.duplicate.text())
    place.page.perform(ActionId.INTAKE_ACCEPT)
    place.wait_saved()

    assert place.newest().dossier.code != first


def test_earlier_dossier_is_listed_and_gives_its_phone(place: Place) -> None:
    place.ready_to_accept()
    place.page.presenter.edit("applicant.phone", "0912345678")
    place.page.perform(ActionId.INTAKE_ACCEPT)
    place.wait_saved()
    place.scan(LAN)
    assert place.line("applicant.phone").text() == "0912345678"
    place.page.presenter.edit("applicant.phone", "")
    place.page.applicant.earlier.setFocus()
    place.press(Qt.Key.Key_Return)
    place.qtbot.waitUntil(lambda: place.line("applicant.phone").text() != "")

    assert place.page.applicant.phone.source is FieldSource.EARLIER


def test_card_read_in_the_submitters_fields_fills_the_submitter(place: Place) -> None:
    place.scan(LAN)
    place.page.perform(ActionId.INTAKE_SUBMITTER)
    assert place.page.place()[0] == "submitter.full_name"
    place.scan(HUNG)

    assert place.line("submitter.full_name").text() == "Trần Văn Hùng"
    assert place.line("applicant.full_name").text() == "Nguyễn Thị Hồng Lan"


def test_result_by_post_asks_for_an_address_and_another_unit_can_decide(place: Place) -> None:
    place.ready_to_accept()
    place.page.presenter.edit("result_channel", "post")
    place.page.presenter.edit("competent_unit", place.page.presenter.state.units[1].code)
    place.page.perform(ActionId.INTAKE_ACCEPT)
    place.wait_place("delivery_address")
    place.write("Xóm 5, xã Cổ Lễ")
    place.page.perform(ActionId.INTAKE_ACCEPT)
    place.wait_saved()

    dossier = place.newest().dossier
    assert dossier.delivery_address == "Xóm 5, xã Cổ Lễ"
    assert dossier.competent_unit_code == place.page.presenter.state.units[1].code


def test_unit_is_found_by_letters_without_diacritics_and_stays_the_own_one_until_then(place: Place) -> None:
    own, other = place.page.presenter.state.units[:2]
    box = place.line("competent_unit")
    assert box.text().startswith(own.name)
    place.ready_to_accept()
    place.page.focus_field("competent_unit")
    box.selectAll()
    place.write(fold(other.name).removeprefix("uy ban nhan dan "))
    place.press(Qt.Key.Key_Return)

    assert box.text() == other.name
    place.page.perform(ActionId.INTAKE_ACCEPT)
    place.wait_saved()
    assert place.newest().dossier.competent_unit_code == other.code
    assert box.text().startswith(own.name)


def test_words_that_name_no_unit_stop_the_intake_until_they_are_chosen_or_gone(place: Place) -> None:
    before = place.newest().dossier.code
    place.ready_to_accept()
    place.page.focus_field("competent_unit")
    place.line("competent_unit").selectAll()
    place.write("u")
    place.page.perform(ActionId.INTAKE_ACCEPT)

    place.qtbot.waitUntil(lambda: place.bar.message is not None)
    assert place.page.place()[0] == "competent_unit"
    assert place.newest().dossier.code == before
    place.press(Qt.Key.Key_Backspace)
    place.page.perform(ActionId.INTAKE_ACCEPT)
    place.wait_saved()
    own = place.page.presenter.state.units[0]
    assert place.newest().dossier.competent_unit_code == own.code


def test_intake_that_never_touches_the_unit_is_for_the_own_one(place: Place) -> None:
    place.ready_to_accept()
    assert place.page.presenter.state.form.text("competent_unit") == ""
    place.page.perform(ActionId.INTAKE_ACCEPT)
    place.wait_saved()

    dossier = place.newest().dossier
    assert dossier.competent_unit_code == dossier.unit_code


def test_draft_comes_back_to_the_same_field_and_cursor(qtbot: QtBot, sample_folder: DataFolder) -> None:
    first = open_place(qtbot, sample_folder)
    first.scan(LAN)
    first.choose("khai sinh")
    first.page.perform(ActionId.INTAKE_ALL_HANDED_IN)
    first.page.focus_field("note")
    first.write("Hẹn gọi lại")
    for _ in range(3):
        first.press(Qt.Key.Key_Left)
    form = first.page.presenter.state.form
    drafts = first.open_desk.counter.drafts

    def is_kept() -> bool:
        draft = drafts.find("intake")
        return draft is not None and draft.fields.get("note") == "Hẹn gọi lại"

    qtbot.waitUntil(is_kept)
    first.page.presenter.save_draft()
    close_place(first)

    second = open_place(qtbot, sample_folder)
    qtbot.waitUntil(lambda: second.page.presenter.state.procedure is not None)
    assert second.page.presenter.state.form == form
    assert second.page.place() == ("note", len("Hẹn gọi lại") - 3)
    assert second.line("note").text() == "Hẹn gọi lại"
    assert second.bar.text == second.words("intake.restored")
    second.page.perform(ActionId.INTAKE_NEW)
    qtbot.waitUntil(lambda: second.open_desk.counter.drafts.find("intake") is None)
    close_place(second)


def test_input_method_is_heard_only_when_its_syllable_is_done(place: Place) -> None:
    name = place.line("applicant.full_name")
    QApplication.sendEvent(name, QInputMethodEvent("Nguyê", []))
    assert place.page.presenter.state.form.is_empty
    place.page.presenter.edit("note", "một chỗ khác đổi giữa chừng")
    done = QInputMethodEvent()
    done.setCommitString("Nguyễn")
    QApplication.sendEvent(name, done)

    assert place.page.presenter.state.form.text("applicant.full_name") == "Nguyễn"
    assert name.text() == "Nguyễn"


def test_change_of_language_reaches_every_word(place: Place) -> None:
    place.ready_to_accept()
    place.page.perform(ActionId.INTAKE_SUBMITTER)
    place.page.perform(ActionId.INTAKE_REFUSE)

    def words_on_screen() -> list[str]:
        labels = [label.text() for label in place.page.findChildren(QLabel) if label.isVisible()]
        return labels + [button.text() for button in place.page.findChildren(QPushButton)]

    vietnamese = words_on_screen()
    place.words.set_language(Language.ENGLISH)
    english = words_on_screen()

    alike = {text for text in vietnamese if text in english and not any(letter.isdigit() for letter in text)}
    assert alike <= {"", "Email"}
    assert place.choice("channel").currentText() == "In person"
    assert place.page.checklist.table.model().headerData(0, Qt.Orientation.Horizontal) == "Paper"


def test_every_field_has_a_name_for_screen_readers(place: Place) -> None:
    place.ready_to_accept()
    editors = [
        *place.page.findChildren(QLineEdit),
        *place.page.findChildren(QComboBox),
        *place.page.findChildren(QTableView),
        *place.page.findChildren(QPushButton),
    ]
    unnamed = [editor.objectName() for editor in editors if not editor.accessibleName()]

    assert unnamed == []


def test_time_limit_is_asked_for_when_the_procedure_states_none(place: Place) -> None:
    catalogue = place.open_desk.counter.catalogue
    without = [
        hit.code
        for hit in catalogue.find_procedures("", limit=500)
        if not catalogue.get(hit.code).time_limits and not any(c.time_limit for c in catalogue.get(hit.code).cases)
    ]
    if not without:
        quote = place.open_desk.counter.intake.quote(IntakeForm(procedure_code=BIRTH, channel=Channel.DIRECT))
        assert quote.due is not None
        assert place.page.procedure.limit.isHidden()
        return
    place.page.presenter.choose_procedure(without[0])
    place.qtbot.waitUntil(lambda: not place.page.procedure.limit.isHidden())
    place.page.focus_field("time_limit")
    place.write("5")
    place.wait_quote()


@pytest.mark.parametrize("theme", list(Theme))
@pytest.mark.parametrize("language", list(Language))
def test_page_fits_the_ordinary_screen(
    qtbot: QtBot, sample_folder: DataFolder, qapp: QApplication, language: Language, theme: Theme
) -> None:
    sheet, palette, font = qapp.styleSheet(), qapp.palette(), qapp.font()
    apply_theme(qapp, theme)
    shown = open_place(qtbot, sample_folder, language)
    shown.ready_to_accept()
    SHOTS.mkdir(parents=True, exist_ok=True)
    shown.page.grab().save(str(SHOTS / f"intake-{language.value}-{theme.value}.png"))
    least = shown.page.minimumSizeHint()
    close_place(shown)
    qapp.setStyleSheet(sheet)
    qapp.setPalette(palette)
    qapp.setFont(font)

    assert (least.width() <= PAGE_WIDTH, least.height() <= PAGE_HEIGHT) == (True, True), least
