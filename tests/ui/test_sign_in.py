from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import EnvironmentFailure
from counter_app.services.answers.drafts import Draft
from counter_app.services.sample_data import LOGIN
from tests.ui.conftest import WakeCounter
from ui.actions import PageId
from ui.application import make_window
from ui.errors import WindowApplication
from ui.page import OpenedDesk
from ui.shell import MainWindow


@pytest.fixture
def locked_window(
    qapp: WindowApplication, qtbot: QtBot, opened_counter: OpenCounter, print_queue: WakeCounter
) -> Iterator[MainWindow]:
    made = make_window(qapp, opened_counter.counter.preferences)
    made.attach(OpenedDesk(counter=opened_counter.counter, printing=print_queue))
    made.show()
    made.open_desk()
    qtbot.waitUntil(lambda: made.sign_in_page.login.count() > 0, timeout=10_000)
    yield made
    made.close()
    made.deleteLater()


@pytest.fixture
def early_window(qapp: WindowApplication, qtbot: QtBot, opened_counter: OpenCounter) -> Iterator[MainWindow]:
    """The window as it is before its store is open."""
    made = make_window(qapp, opened_counter.counter.preferences)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    yield made
    made.close()
    made.deleteLater()


def _sample_password(opened: OpenCounter) -> str:
    password = opened.counter.session.sample_password()
    assert password is not None
    return password


def test_sample_desk_shows_its_password_and_its_unit(locked_window: MainWindow, opened_counter: OpenCounter) -> None:
    page = locked_window.sign_in_page

    assert _sample_password(opened_counter) in page._sample.text()
    assert page._unit_name.text() == opened_counter.counter.units.own().name


def test_enter_signs_in_and_opens_the_start_page(
    qtbot: QtBot, locked_window: MainWindow, opened_counter: OpenCounter
) -> None:
    page = locked_window.sign_in_page
    page.password.setText(_sample_password(opened_counter))

    QTest.keyClick(page.password, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: locked_window.is_signed_in, timeout=10_000)
    assert locked_window.current_page is locked_window.pages[PageId.START]
    assert opened_counter.counter.session.current is not None
    assert page.password.text() == ""


def test_half_typed_intake_is_back_in_front_after_signing_in(
    qtbot: QtBot, locked_window: MainWindow, opened_counter: OpenCounter
) -> None:
    opened_counter.counter.session.act_as(LOGIN)
    opened_counter.counter.drafts.save(Draft(page="intake", fields={"applicant.phone": "0912"}, focus="", cursor=0))
    opened_counter.counter.session.sign_out()
    page = locked_window.sign_in_page
    page.password.setText(_sample_password(opened_counter))

    QTest.keyClick(page.password, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: locked_window.current_page is locked_window.pages.get(PageId.INTAKE), timeout=10_000)


def test_wrong_password_stays_and_says_so(qtbot: QtBot, locked_window: MainWindow) -> None:
    page = locked_window.sign_in_page
    page.password.setText("không phải mật khẩu này")

    QTest.keyClick(page.password, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: page._password_field.problem != "", timeout=10_000)
    assert not locked_window.is_signed_in
    assert "session." not in page._password_field.problem


def test_empty_password_asks_for_it_without_asking_the_store(qtbot: QtBot, locked_window: MainWindow) -> None:
    QTest.keyClick(locked_window.sign_in_page.password, Qt.Key.Key_Return)

    assert locked_window.sign_in_page._password_field.problem != ""


def test_keys_do_nothing_before_signing_in(locked_window: MainWindow) -> None:
    QTest.keyClick(locked_window, Qt.Key.Key_F1)

    assert not locked_window.is_signed_in
    assert locked_window.pages == {}


def test_signing_out_forgets_every_page(qtbot: QtBot, locked_window: MainWindow, opened_counter: OpenCounter) -> None:
    page = locked_window.sign_in_page
    page.password.setText(_sample_password(opened_counter))
    QTest.keyClick(page.password, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: locked_window.is_signed_in, timeout=10_000)

    locked_window.press("Ctrl+L")

    qtbot.waitUntil(lambda: not locked_window.is_signed_in)
    assert locked_window.pages == {}
    assert opened_counter.counter.session.current is None


def test_password_typed_as_fast_as_a_reader_is_still_a_password(
    qtbot: QtBot, locked_window: MainWindow, opened_counter: OpenCounter
) -> None:
    page = locked_window.sign_in_page
    page.login.setCurrentText("mai")
    page.password.setFocus()

    QTest.keyClicks(page.password, _sample_password(opened_counter), Qt.KeyboardModifier.NoModifier, 1)
    QTest.keyClick(page.password, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: locked_window.is_signed_in, timeout=10_000)


def test_sign_in_asked_for_before_the_store_is_open_goes_on_by_itself(
    qapp: WindowApplication, qtbot: QtBot, opened_counter: OpenCounter, print_queue: WakeCounter
) -> None:
    made = make_window(qapp, opened_counter.counter.preferences)
    made.show()
    made.sign_in_page.login.setCurrentText("mai")
    made.sign_in_page.password.setText(_sample_password(opened_counter))
    QTest.keyClick(made.sign_in_page.password, Qt.Key.Key_Return)
    assert not made.is_signed_in

    made.open_store(lambda: OpenedDesk(counter=opened_counter.counter, printing=print_queue))

    qtbot.waitUntil(lambda: made.is_signed_in, timeout=10_000)
    assert opened_counter.counter.preferences.get("sign_in.login") == "mai"
    made.close()
    made.deleteLater()


def test_login_typed_while_the_store_opens_keeps_letters_cursor_and_focus(
    qtbot: QtBot, opened_counter: OpenCounter, print_queue: WakeCounter, request: pytest.FixtureRequest
) -> None:
    opened_counter.counter.preferences.set("sign_in.login", "")
    early_window: MainWindow = request.getfixturevalue("early_window")
    page = early_window.sign_in_page
    page.focus_first()
    qtbot.waitUntil(page.login.hasFocus)
    QTest.keyClicks(page.login, "mi")
    QTest.keyClick(page.login, Qt.Key.Key_Left)

    early_window.open_store(lambda: OpenedDesk(counter=opened_counter.counter, printing=print_queue))
    qtbot.waitUntil(lambda: page.login.count() > 0, timeout=10_000)
    QTest.keyClicks(page.login, "a")

    assert page.login.currentText() == "mai"
    assert page.login.hasFocus()
    assert page.password.text() == ""


def test_login_of_last_time_is_there_and_the_password_is_typed_first(
    qtbot: QtBot, opened_counter: OpenCounter, request: pytest.FixtureRequest
) -> None:
    opened_counter.counter.preferences.set("sign_in.login", "mai")
    page = request.getfixturevalue("early_window").sign_in_page

    page.focus_first()

    qtbot.waitUntil(page.password.hasFocus)
    assert page.login.currentText() == "mai"


def test_store_that_cannot_be_opened_closes_the_window_and_keeps_the_reason(
    qapp: WindowApplication, qtbot: QtBot, opened_counter: OpenCounter
) -> None:
    def fail() -> OpenedDesk:
        raise EnvironmentFailure("store.newer", revision="9999")

    made = make_window(qapp, opened_counter.counter.preferences)
    made.show()

    made.open_store(fail)

    qtbot.waitUntil(lambda: made.opening_error is not None, timeout=10_000)
    assert made.opening_error is not None
    assert made.opening_error.code == "store.newer"
    assert not made.isVisible()
    made.deleteLater()
