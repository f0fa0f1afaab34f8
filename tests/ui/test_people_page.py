import msgspec
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from counter_app.domain.dossier import Outcome
from counter_app.domain.person import Party
from counter_app.services.counter import Counter
from tests.fakes.desks import a_form
from tests.ui.printing_steps import type_into
from ui.people.page import PeoplePage
from ui.shell import MainWindow


def test_head_finds_a_double_merges_it_with_a_reason_and_parts_it_again(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    counter.session.act_as()
    for number, old in (("145123456", ""), ("036085004321", "145123456")):
        party = Party(full_name="Trần Văn Hùng Mẫu", id_number=number, old_id_number=old, birth_year=1985)
        counter.intake.receive(msgspec.structs.replace(a_form(), applicant=party), Outcome.ACCEPTED)
    window.press("Ctrl+5")
    page = window.current_page
    assert isinstance(page, PeoplePage)

    def press(section: str) -> None:
        qtbot.waitUntil(page.sections[section][0].isVisible, timeout=20_000)
        button = page.sections[section][0].findChild(QPushButton)
        assert isinstance(button, QPushButton)
        button.click()

    type_into(page.search, "hung mau")
    qtbot.waitUntil(lambda: len(page.table.rows_model.rows) == 2, timeout=20_000)
    page.table.selectRow([row.party.id_number for row in page.table.rows_model.rows].index("036085004321"))
    press("doubles")
    type_into(page.reason, "đổi thẻ")
    window.press("F9")

    qtbot.waitUntil(lambda: len(page.table.rows_model.rows) == 1, timeout=20_000)
    assert len(counter.people.get_person("145123456").dossiers) == 2
    page.table.selectRow(0)
    press("members")
    type_into(page.reason, "hai người")
    window.press("F9")

    qtbot.waitUntil(lambda: len(page.table.rows_model.rows) == 2, timeout=20_000)
    assert len(counter.people.get_person("145123456").dossiers) == 1
