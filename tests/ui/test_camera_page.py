"""A document camera at the digitising page: its picture is live, a key keeps the page, another makes the document."""

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from counter_app.core.paths import DataFolder
from counter_app.domain.dossier import Outcome
from counter_app.scanning.drivers.camera import Camera, CameraDriver
from counter_app.scanning.scanners import Scanners
from counter_app.services.counter import Counter
from counter_app.services.scanning import Scanning
from counter_app.settings.settings import open_settings
from tests.fakes.camera_objects import StillCamera
from tests.fakes.desks import a_form
from tests.ui.test_digitise_page import LONG_MS, open_page, wait_for_documents
from ui.shell import MainWindow


@pytest.fixture
def camera() -> StillCamera:
    return StillCamera(2600, 1900)


@pytest.fixture
def counter(counter: Counter, sample_folder: DataFolder, camera: StillCamera) -> Counter:
    """The camera is all there is to scan with."""
    driver = CameraDriver(lambda: (Camera(number=0, name="Mắt tài liệu"),), lambda _number: camera)
    settings = open_settings(sample_folder)
    scanners, piles = Scanners({"camera": driver}), counter.scanning.piles
    scanning = Scanning(counter.digitising, lambda: scanners, settings, counter.page_repairs, piles)
    return replace(counter, scanning=scanning)


def test_two_pages_are_photographed_into_a_document(
    qtbot: QtBot, window: MainWindow, counter: Counter, camera: StillCamera
) -> None:
    counter.session.act_as()
    code = counter.intake.receive(a_form(), Outcome.ACCEPTED).dossier.code
    page = open_page(qtbot, window, code)
    window.press("F9")
    qtbot.waitUntil(page.lists.notice.isVisible, timeout=LONG_MS)
    qtbot.waitUntil(lambda: not page.viewer.paper.pixmap().isNull(), timeout=LONG_MS)
    window.press("F9")
    qtbot.waitUntil(lambda: count_kept(counter) == 1, timeout=LONG_MS)
    window.press("F9")
    qtbot.waitUntil(lambda: count_kept(counter) == 2, timeout=LONG_MS)
    window.press("Ctrl+Return")
    wait_for_documents(qtbot, page, 1)

    (view,) = counter.digitising.list_of_dossier(code)
    assert (view.document.component, view.document.content.pages) == (1, 2)
    assert camera.released == 1
    assert not page.lists.notice.isVisible()


def test_a_camera_that_is_pulled_out_keeps_its_pages_and_says_so(
    qtbot: QtBot, window: MainWindow, counter: Counter, camera: StillCamera
) -> None:
    counter.session.act_as()
    code = counter.intake.receive(a_form(), Outcome.ACCEPTED).dossier.code
    page = open_page(qtbot, window, code)
    window.press("F9")
    qtbot.waitUntil(page.lists.notice.isVisible, timeout=LONG_MS)
    window.press("F9")
    qtbot.waitUntil(lambda: count_kept(counter) == 1, timeout=LONG_MS)
    camera.is_there = False
    qtbot.waitUntil(lambda: page.lists.tray.rows_model.rowCount() == 1, timeout=LONG_MS)

    assert window.bar.message is not None
    assert counter.digitising.tray.list_interrupted()[0].likely_code == code
    assert not page.is_busy


def count_kept(counter: Counter) -> int:
    return sum(len(scan.page_ids) for scan in counter.digitising.tray.list_interrupted())
