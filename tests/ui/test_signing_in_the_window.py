"""Papers are signed at the window with a real token (SoftHSM), and what goes wrong is said in plain words."""

import io
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pikepdf import Pdf
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from counter_app.domain.document import ContentCause
from counter_app.domain.dossier import Outcome
from counter_app.services.answers.documents import NamedFile
from counter_app.services.answers.signatures import Verdict
from counter_app.services.counter import Counter
from counter_app.signing import tokens
from tests.conftest import HandClock
from tests.fakes.desks import a_form
from tests.fakes.signing_place import SIGNER, SigningPlace, now, signing_place
from tests.fakes.token import MODULE, PIN, PIN_FINAL_TRY, PIN_LOCKED
from tests.ui.printing_steps import open_dossier
from ui.digitise.page import DigitisePage
from ui.digitise.sign_dialog import SignDialog
from ui.shell import MainWindow

LONG_MS = 30_000


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SigningPlace]:
    with signing_place(tmp_path_factory.mktemp("signing")) as made:
        yield made


@pytest.fixture
def code(counter: Counter, clock: HandClock, place: SigningPlace, tmp_path: Path) -> str:
    """A dossier with three papers, at a desk that knows the token and its authority."""
    clock.move(now() - clock.now())
    trust = tmp_path / "trust"
    trust.mkdir()
    (trust / "goc.pem").write_bytes(place.authority.issued.pem)
    counter.preferences.set("signing.token.module", str(MODULE))
    counter.preferences.set("signing.trust.folder", str(trust))
    counter.session.act_as()
    made = counter.intake.receive(a_form(), Outcome.ACCEPTED).dossier.code
    counter.digitising.attach([NamedFile(name=f"{number}.pdf", data=blank_pdf(number)) for number in range(3)], made)
    return made


def blank_pdf(number: int) -> bytes:
    target = io.BytesIO()
    with Pdf.new() as document:
        document.add_blank_page(page_size=(300, 400 + number))
        document.save(target)
    return target.getvalue()


def ask(qtbot: QtBot, window: MainWindow, code: str) -> tuple[DigitisePage, SignDialog]:
    """Come from the dossier page by its button; the dialog shows the token."""
    panel = open_dossier(qtbot, window, code).panel
    qtbot.waitUntil(lambda: not panel.digitised.sign.isHidden(), timeout=LONG_MS)
    panel.digitised.sign.click()
    page = window.current_page
    assert isinstance(page, DigitisePage)
    qtbot.waitUntil(lambda: page.tools.signs.dialog is not None, timeout=LONG_MS)
    dialog = page.tools.signs.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.token.text() != page.words("sign.looking"), timeout=LONG_MS)
    return page, dialog


def enter(dialog: SignDialog, pin: str) -> None:
    QTest.keyClicks(dialog.pin, pin)
    QTest.keyClick(dialog.pin, Qt.Key.Key_Return)


def signed(counter: Counter, code: str) -> int:
    return sum(view.document.content.is_signed for view in counter.digitising.list_of_dossier(code))


def test_a_wrong_pin_a_pulled_token_and_one_pin_for_the_whole_batch(
    qtbot: QtBot,
    window: MainWindow,
    counter: Counter,
    code: str,
    place: SigningPlace,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    page, dialog = ask(qtbot, window, code)
    assert SIGNER in dialog.token.text()
    assert page.words("sign.other_person") in dialog.token.text(), "the sample clerk is somebody else"
    assert len(dialog.chosen) == 3

    enter(dialog, "000000")
    wrong = {page.words("signing.wrong_pin"), page.words("signing.wrong_pin_few_tries")}
    qtbot.waitUntil(lambda: dialog.message.text() in wrong, timeout=LONG_MS)
    assert (signed(counter, code), dialog.pin.text()) == (0, "")

    dialog.documents.item(2).setCheckState(Qt.CheckState.Unchecked)
    enter(dialog, PIN)
    qtbot.waitUntil(lambda: page.tools.signs.dialog is None, timeout=LONG_MS)
    assert signed(counter, code) == 2
    assert window.bar.message is not None
    assert "2" in window.bar.message.text

    # The second time the token is open: no PIN is asked for; pulled meanwhile, it says so and what to do.
    window.press("Ctrl+S")
    qtbot.waitUntil(lambda: page.tools.signs.dialog is not None, timeout=LONG_MS)
    again = page.tools.signs.dialog
    assert again is not None
    qtbot.waitUntil(lambda: SIGNER in again.token.text(), timeout=LONG_MS)
    assert again.pin_field.isHidden()
    assert len(again.chosen) == 1
    place.token.pull()
    try:
        again.sign.click()
        qtbot.waitUntil(lambda: page.words("signing.token_gone") in again.message.text(), timeout=LONG_MS)
    finally:
        place.token.plug_in()
    assert signed(counter, code) == 2
    assert not again.pin_field.isHidden()
    enter(again, PIN)
    qtbot.waitUntil(lambda: signed(counter, code) == 3, timeout=LONG_MS)
    qtbot.waitUntil(lambda: page.tools.signs.dialog is None, timeout=LONG_MS)
    assert PIN not in caplog.text
    assert "000000" not in caplog.text


def test_esc_in_the_middle_keeps_what_is_signed_and_says_how_many(
    qtbot: QtBot, window: MainWindow, counter: Counter, code: str
) -> None:
    page, dialog = ask(qtbot, window, code)
    with tokens._driver:  # the token is busy: nothing is signed before Esc
        enter(dialog, PIN)
        dialog.reject()
    assert page.tools.signs.dialog is dialog, "the document in hand is finished first"
    qtbot.waitUntil(lambda: page.tools.signs.dialog is None, timeout=LONG_MS)

    count = signed(counter, code)
    assert count == 1
    assert window.bar.message is not None
    assert window.bar.message.text == page.words("sign.stopped", done=count, total=3)


def test_the_verdict_stands_below_the_document_and_proofs_are_added_when_the_line_is_there(
    qtbot: QtBot, window: MainWindow, counter: Counter, code: str, place: SigningPlace
) -> None:
    document = counter.digitising.list_of_dossier(code)[0].document.id
    counter.document_signing.open_token(PIN, given_by=counter.session.require().clerk.id)
    counter.document_signing.sign(document)
    counter.preferences.set("signing.time_stamp.url", place.server.url)
    window.press("Ctrl+7")
    page = window.current_page
    assert isinstance(page, DigitisePage)
    page.open(code)
    qtbot.waitUntil(lambda: page.code == code, timeout=LONG_MS)
    page.lists.choose((0, document))
    strip = page.tools.signatures
    qtbot.waitUntil(lambda: strip.verdict.text() == page.words("signing.verdict.valid"), timeout=LONG_MS)
    assert SIGNER in strip.details.text()
    assert page.words("signing.reason.no_time_stamp") in strip.details.text()

    strip.upgrade.click()
    qtbot.waitUntil(lambda: len(counter.digitising.get(document).versions) == 3, timeout=LONG_MS)
    view = counter.digitising.get(document)
    report = counter.document_signing.verify(document)
    assert (view.versions[-1].cause, report.verdict) == (ContentCause.PROVED, Verdict.VALID)
    assert report.signatures[0].level == "B-LT"
    qtbot.waitUntil(lambda: page.words("signing.reason.no_time_stamp") not in strip.details.text(), timeout=LONG_MS)
    assert strip.upgrade.isHidden()
    assert list(counter.document_signing.iter_signed_here()) == []

    window.press("Ctrl+L")
    qtbot.waitUntil(lambda: not counter.document_signing.token.is_open, timeout=LONG_MS)


def test_an_expired_certificate_signs_nothing_and_names_its_last_day(
    qtbot: QtBot, window: MainWindow, counter: Counter, code: str, clock: HandClock
) -> None:
    clock.move(timedelta(days=3000))
    counter.session.act_as()
    page, dialog = ask(qtbot, window, code)
    enter(dialog, PIN)
    qtbot.waitUntil(lambda: dialog.message.text() != "" and not dialog.bar.isVisible(), timeout=LONG_MS)

    assert dialog.message.text().startswith(page.words("signing.certificate_expired", on="|").split("|")[0])
    assert signed(counter, code) == 0
    dialog.reject()
    qtbot.waitUntil(lambda: page.tools.signs.dialog is None, timeout=LONG_MS)


def test_the_last_try_is_named_before_it_and_a_locked_token_takes_no_pin(
    qtbot: QtBot, window: MainWindow, counter: Counter, code: str, place: SigningPlace
) -> None:
    place.token.say_of_pin(PIN_FINAL_TRY)
    try:
        page, dialog = ask(qtbot, window, code)
        assert page.words("sign.last_try") in dialog.token.text(), "said before the PIN is typed"
        assert dialog.pin.hasFocus()
        enter(dialog, "000000")
        qtbot.waitUntil(lambda: dialog.message.text() == page.words("signing.wrong_pin_last_try"), timeout=LONG_MS)
        assert (dialog.pin.hasFocus(), dialog.pin.text(), len(dialog.chosen)) == (True, "", 3)

        # That was the last one, and the token locks itself: it says so at the next PIN, here the right one.
        place.token.say_of_pin(PIN_LOCKED)
        enter(dialog, PIN)
        qtbot.waitUntil(lambda: dialog.message.text() == page.words("signing.pin_locked"), timeout=LONG_MS)
        assert (signed(counter, code), len(dialog.chosen)) == (0, 3)
        assert not counter.document_signing.token.is_open
        assert (dialog.pin.text(), dialog.pin_field.isHidden(), dialog.sign.isEnabled()) == ("", True, False)
        assert dialog.leave.hasFocus()
        QTest.keyClick(dialog.leave, Qt.Key.Key_Space)
        qtbot.waitUntil(lambda: page.tools.signs.dialog is None, timeout=LONG_MS)

        window.press("Ctrl+S")
        qtbot.waitUntil(lambda: page.tools.signs.dialog is not None, timeout=LONG_MS)
        again = page.tools.signs.dialog
        assert again is not None
        qtbot.waitUntil(lambda: page.words("signing.pin_locked") in again.token.text(), timeout=LONG_MS)
        assert (again.pin_field.isHidden(), again.sign.isEnabled(), again.leave.hasFocus()) == (True, False, True)
        again.reject()
    finally:
        place.token.say_of_pin()
