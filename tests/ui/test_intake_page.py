"""The intake page with the real services on a real encrypted store, driven by keys."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QInputMethodEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QPushButton, QTableView, QWidget
from pytestqt.qtbot import QtBot

from counter_app.bootstrap import OpenCounter, init_sample_desk, open_counter
from counter_app.core.paths import DataFolder
from counter_app.domain.dossier import Form, Outcome, Status
from counter_app.domain.person import FieldSource
from counter_app.domain.procedure import Channel
from counter_app.services.answers.dossiers import DossierView
from counter_app.services.answers.intake import IntakeForm
from resources.texts import Language
from ui.actions import ActionId
from ui.errors import ErrorPresenter, Reporter
from ui.intake.page import IntakePage
from ui.messages import Message, Severity
from ui.page import PageContext
from ui.tasks import Tasks
from ui.theme.stylesheet import apply_theme
from ui.theme.tokens import Theme
from ui.words import Words

PASSPHRASE = "mot-cau-dai-de-thu"
LAN = "036190001234|145123456|Nguyễn Thị Hồng Lan|05031990|Nữ|Xóm 5, Cổ Lễ, Trực Ninh, Nam Định|01012022"
HUNG = "036085004321||Trần Văn Hùng|02011985|Nam|Xóm 2, Cổ Lễ, Trực Ninh, Nam Định|02022022"
BIRTH = "1.001193"
PAGE_WIDTH, PAGE_HEIGHT = 877, 514  # what the frame of the window leaves of 1366x768 at 125 %
SHOTS = Path(__file__).parents[2] / "build" / "screenshots"


class Bar:
    """Keeps what the page says, as the window's message bar does."""

    def __init__(self) -> None:
        self.message: Message | None = None

    def show_message(self, message: Message) -> None:
        self.message = message

    def clear(self) -> None:
        self.message = None

    @property
    def text(self) -> str:
        return self.message.text if self.message else ""


class Printer:
    """Counts how often the printer's thread was woken."""

    def __init__(self) -> None:
        self.woken = 0

    def wake(self) -> None:
        self.woken += 1

    def print_now(self, job_id: str) -> object:
        raise AssertionError(job_id)


@dataclass
class Place:
    """The intake page of one open desk."""

    qtbot: QtBot
    open_desk: OpenCounter
    words: Words
    tasks: Tasks
    page: IntakePage
    bar: Bar
    printer: Printer
    bugs: list[object] = field(default_factory=list)

    def focused(self) -> QWidget:
        return self.page.window().focusWidget()

    def press(self, key: Qt.Key) -> None:
        QTest.keyClick(self.focused(), key)

    def write(self, text: str) -> None:
        for letter in text:
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                event = QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, letter)
                QApplication.sendEvent(self.focused(), event)

    def line(self, name: str) -> QLineEdit:
        found = self.page.findChild(QLineEdit, name)
        assert isinstance(found, QLineEdit), name
        return found

    def choice(self, name: str) -> QComboBox:
        found = self.page.findChild(QComboBox, name)
        assert isinstance(found, QComboBox), name
        return found

    def wait_place(self, name: str) -> None:
        self.qtbot.waitUntil(lambda: self.page.place()[0] == name)

    def wait_quote(self) -> None:
        self.qtbot.waitUntil(lambda: "/" in self.page.outcome.due.text())

    def scan(self, card: str) -> None:
        before = self.page.presenter.state.form
        assert self.page.handle_scan(card.encode())
        self.qtbot.waitUntil(lambda: self.page.presenter.state.form != before)

    def choose(self, words: str) -> None:
        self.page.perform(ActionId.INTAKE_PROCEDURE)
        self.write(words)
        self.press(Qt.Key.Key_Return)
        self.qtbot.waitUntil(lambda: self.page.presenter.state.procedure is not None)

    def wait_saved(self) -> None:
        self.qtbot.waitUntil(lambda: self.bar.message is not None and self.bar.message.severity is Severity.SUCCESS)

    def newest(self) -> DossierView:
        lookup = self.open_desk.counter.lookup
        return lookup.get_dossier(lookup.list_recent(limit=1)[0].code)

    def ready_to_accept(self) -> None:
        self.scan(LAN)
        self.choose("khai sinh")
        self.page.perform(ActionId.INTAKE_ALL_HANDED_IN)
        self.wait_quote()


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sample")
    init_sample_desk(DataFolder(root / "desk", root / "state"), passphrase=PASSPHRASE, dossiers=5)
    return root


@pytest.fixture
def folder(sample: Path, tmp_path: Path) -> DataFolder:
    # The state lies outside the folder so that a copied store is noticed; copied along, it is the same desk.
    shutil.copytree(sample, tmp_path / "copy")
    return DataFolder(tmp_path / "copy" / "desk", tmp_path / "copy" / "state")


def open_place(qtbot: QtBot, folder: DataFolder, language: Language = Language.VIETNAMESE) -> Place:
    desk = open_counter(folder, passphrase=PASSPHRASE)
    desk.counter.session.act_as("mai")
    bar, printer, words, reporter = Bar(), Printer(), Words(language), Reporter()
    errors = ErrorPresenter(words, bar)
    tasks = Tasks(presenter=errors, reporter=reporter)
    page = IntakePage(
        PageContext(
            counter=desk.counter,
            tasks=tasks,
            words=words,
            errors=errors,
            messages=bar,
            print_queue=printer,
            preview_slip=lambda _: (),
            list_printers=lambda: (),
        )
    )
    qtbot.addWidget(page)
    page.resize(PAGE_WIDTH, PAGE_HEIGHT)
    with qtbot.waitActive(page):
        page.show()
        page.activateWindow()
    place = Place(qtbot, desk, words, tasks, page, bar, printer)
    reporter.bug_noted.connect(place.bugs.append)
    page.activate()
    qtbot.waitUntil(lambda: bool(page.presenter.state.units))
    return place


def close_place(place: Place) -> None:
    place.page.deactivate()
    assert place.tasks.shutdown(5000)
    place.page.hide()
    place.open_desk.close()
    assert place.bugs == []


@pytest.fixture
def place(qtbot: QtBot, folder: DataFolder) -> Iterator[Place]:
    made = open_place(qtbot, folder)
    yield made
    close_place(made)


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


def test_draft_comes_back_to_the_same_field_and_cursor(qtbot: QtBot, folder: DataFolder) -> None:
    first = open_place(qtbot, folder)
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

    second = open_place(qtbot, folder)
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
    qtbot: QtBot, folder: DataFolder, qapp: QApplication, language: Language, theme: Theme
) -> None:
    sheet, palette, font = qapp.styleSheet(), qapp.palette(), qapp.font()
    apply_theme(qapp, theme)
    shown = open_place(qtbot, folder, language)
    shown.ready_to_accept()
    SHOTS.mkdir(parents=True, exist_ok=True)
    shown.page.grab().save(str(SHOTS / f"intake-{language.value}-{theme.value}.png"))
    least = shown.page.minimumSizeHint()
    close_place(shown)
    qapp.setStyleSheet(sheet)
    qapp.setPalette(palette)
    qapp.setFont(font)

    assert (least.width() <= PAGE_WIDTH, least.height() <= PAGE_HEIGHT) == (True, True), least
