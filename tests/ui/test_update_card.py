from pathlib import Path

from pytestqt.qtbot import QtBot

from counter_app.core.paths import DataFolder
from counter_app.services.counter import Counter
from counter_app.update.staging import stage
from counter_app.update.state import read_state
from tests.fakes.versions import a_pack, new_key
from ui.actions import PageId
from ui.settings.page import SettingsPage
from ui.shell import MainWindow


def test_a_waiting_version_is_said_quietly_and_asked_for_by_one_choice(
    qtbot: QtBot, window: MainWindow, counter: Counter, sample_folder: DataFolder, tmp_path: Path
) -> None:
    window.show_page(PageId.SETTINGS)
    page = window.pages[PageId.SETTINGS]
    assert isinstance(page, SettingsPage)
    card = page.update_card
    qtbot.waitUntil(lambda: "Không có bản mới" in card.sentence.text())
    assert card.today.isHidden()
    assert window.strip.update_waits.isHidden()

    key, public = new_key(tmp_path / "key")
    stage(sample_folder, a_pack(tmp_path / "made", key), desk_id="invented", keys=(public,))
    counter.updates.want(wanted=False)
    qtbot.waitUntil(lambda: "9.1.0" in card.sentence.text())
    qtbot.waitUntil(lambda: not window.strip.update_waits.isHidden())

    card.today.click()
    qtbot.waitUntil(lambda: read_state(sample_folder).wanted)
    qtbot.waitUntil(card.today.isChecked)
